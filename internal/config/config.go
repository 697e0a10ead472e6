// Package config gathers the settings of `argan serve`: flags over ARGAN_* environment variables over a YAML file over
// defaults.
//
// In: the flags that were given, the environment, the path of a file. Out: a Serve with every setting checked, or an
// error that names the key, the value, where it was set and what it may be.
package config

import (
	"fmt"
	"log/slog"
	"os"
	"sort"
	"strings"
	"time"

	"github.com/knadh/koanf/parsers/yaml"
	"github.com/knadh/koanf/providers/confmap"
	"github.com/knadh/koanf/v2"

	"github.com/argan-sql/argan/sqlerr"
)

// Serve is what the server is started with.
type Serve struct {
	Warehouse    string
	Listen       string
	Flight, HTTP Port
	Hive         Port
	TLS          TLS
	OIDC         OIDC
	Web          Web
	// UsersFile is a file with users and groups.
	UsersFile string
	// AllowedPaths are the folders outside of the warehouse that statements may name.
	AllowedPaths []string
	// Insecure opens an address of the network without users or TLS.
	Insecure       bool
	Memory         int64 // bytes; 0 for the default
	Threads        int   // 0 for the default
	SpillDir       string
	SessionTimeout time.Duration
	ShutdownGrace  time.Duration
	Results        Results
	Queue          Queue
	Limits         Limits
	Audit          Audit
	// HistoryRetention is how long the history of statements is kept on disk, 0 for not at all.
	HistoryRetention time.Duration
	// ConnectionAge is how long a connection of Flight SQL may last, 0 for ever.
	ConnectionAge time.Duration
	// SlowQuery is from how long a statement is logged as slow, 0 for never.
	SlowQuery time.Duration
	Trace     Trace
	LogLevel  slog.Level
	LogFormat string
	// Settings are the defaults of every session.
	Settings map[string]string
	// Warnings are things to log once the logger stands, such as ARGAN_ variables that mean nothing.
	Warnings []string
}

// OIDC says whose bearer tokens are taken; Issuer is "" for nobody's.
type OIDC struct{ Issuer, Audience, UserClaim, GroupsClaim string }

// TLS are the files of certificates; all are "" where no port speaks TLS. ClientAuth is required, optional or "".
type TLS struct{ Cert, Key, ClientCA, ClientAuth string }

// Web is what concerns the HTTP port alone. 0 is the default of a limit.
type Web struct {
	Origins, Hosts []string
	Connections    int
	MaxLoad        int64 // bytes
}

// delimiter parts the levels of nested keys. Not a dot: settings of sessions have dots in their names.
const delimiter = "/"

// notSettings are ARGAN_ variables with another use: where tests find their data, where tools are kept, what the shell signs in with.
var notSettings = map[string]bool{"ARGAN_SHARED": true, "ARGAN_CACHE": true, "ARGAN_CONFIG": true, "ARGAN_PASSWORD": true, "ARGAN_TOKEN": true}

// Load gathers the settings. flags holds only the flags that were given; environ is as os.Environ returns it; file may
// be "", then ARGAN_CONFIG names the file, if any.
func Load(flags map[string]string, environ []string, file string) (*Serve, error) {
	s := &Serve{Settings: map[string]string{}}
	fromEnv := s.environment(environ)
	if file == "" {
		file = lookup(environ, "ARGAN_CONFIG")
	}
	fromFile, err := readFile(file)
	if err != nil {
		return nil, err
	}

	all := koanf.New(delimiter)
	origin := map[string]string{}
	for _, layer := range []struct {
		name   string
		values map[string]any
	}{
		{"by default", defaults()},
		{"in " + file, fromFile},
		{"by the environment", fromEnv},
		{"by a flag", flagValues(flags)},
	} {
		if err := all.Load(confmap.Provider(layer.values, ""), nil); err != nil {
			return nil, fmt.Errorf("settings %s: %w", layer.name, err)
		}
		for name := range layer.values {
			origin[name] = layer.name
		}
	}

	for _, name := range all.Keys() {
		if key, value, ok := strings.Cut(name, delimiter); ok && key == "settings" {
			s.Settings[value] = all.String(name)
			continue
		}
		k, known := find(name)
		if !known {
			return nil, unknown(name, origin[name])
		}
		if k.parse == nil {
			continue
		}
		if err := k.parse(s, all.String(name)); err != nil {
			return nil, sqlerr.New("INVALID_SETTING", "key", name, "value", quoted(all.String(name)), "reason", err.Error()).
				WithHint("It is set %s.", origin[name])
		}
	}
	return s, nil
}

func quoted(v string) string { return `"` + v + `"` }

func defaults() map[string]any {
	m := map[string]any{}
	for _, k := range Keys {
		if k.Default != "" {
			m[k.Name] = k.Default
		}
	}
	return m
}

func flagValues(flags map[string]string) map[string]any {
	m := map[string]any{}
	for name, value := range flags {
		put(m, name, value)
	}
	return m
}

// put sets a value that was written as text; `settings` is a list of key=value.
func put(m map[string]any, name, value string) {
	if name != "settings" {
		m[name] = value
		return
	}
	settings := map[string]any{}
	for _, pair := range strings.Split(value, ",") {
		if key, v, ok := strings.Cut(pair, "="); ok {
			settings[strings.TrimSpace(key)] = strings.TrimSpace(v)
		} else if strings.TrimSpace(pair) != "" {
			settings[strings.TrimSpace(pair)] = ""
		}
	}
	m[name] = settings
}

// environment picks the ARGAN_ variables. One that means nothing is a warning, not an error: others may set variables
// that start like ours.
func (s *Serve) environment(environ []string) map[string]any {
	byEnv := map[string]string{}
	for _, k := range Keys {
		byEnv[k.Env()] = k.Name
	}
	m := map[string]any{}
	for _, pair := range environ {
		variable, value, _ := strings.Cut(pair, "=")
		if !strings.HasPrefix(variable, envPrefix) || notSettings[variable] {
			continue
		}
		name, known := byEnv[variable]
		if !known {
			warning := "the environment variable " + variable + " is no setting"
			if near := nearest(variable, keysOf(byEnv)); near != "" {
				warning += "; did you mean " + near + "?"
			}
			s.Warnings = append(s.Warnings, warning)
			continue
		}
		put(m, name, value)
	}
	sort.Strings(s.Warnings)
	return m
}

func lookup(environ []string, name string) string {
	for _, pair := range environ {
		if variable, value, _ := strings.Cut(pair, "="); variable == name {
			return value
		}
	}
	return ""
}

func readFile(path string) (map[string]any, error) {
	if path == "" {
		return nil, nil
	}
	raw, err := os.ReadFile(path)
	if err != nil {
		return nil, fmt.Errorf("config file: %w", err)
	}
	values, err := yaml.Parser().Unmarshal(raw)
	if err != nil {
		return nil, fmt.Errorf("config file %s: %w", path, err)
	}
	for name, v := range values {
		if _, known := find(name); !known {
			return nil, unknown(name, "in "+path)
		}
		if _, nested := v.(map[string]any); nested && name != "settings" {
			return nil, sqlerr.New("INVALID_SETTING", "key", name, "value", "a map", "reason", "it must be a single value").WithHint("It is set in %s.", path)
		}
		if name == "settings" {
			values[name] = flatten(v)
		}
	}
	return values, nil
}

// flatten joins nested maps by dots, so that `spark: {sql: {ansi: {enabled: true}}}` may be written as well as the
// dotted name.
func flatten(v any) map[string]any {
	flat := map[string]any{}
	var walk func(prefix string, v any)
	walk = func(prefix string, v any) {
		if m, ok := v.(map[string]any); ok {
			for name, inner := range m {
				walk(strings.TrimPrefix(prefix+"."+name, "."), inner)
			}
			return
		}
		flat[prefix] = fmt.Sprint(v)
	}
	walk("", v)
	return flat
}

func unknown(name, origin string) error {
	names := make([]string, len(Keys))
	for i, k := range Keys {
		names[i] = k.Name
	}
	hint := ""
	if near := nearest(name, names); near != "" {
		hint = ", did you mean " + near + "?"
	}
	return fmt.Errorf("there is no such setting as %q, set %s%s (settings are %s)", name, origin, hint, strings.Join(names, ", "))
}

func keysOf(m map[string]string) []string {
	keys := make([]string, 0, len(m))
	for k := range m {
		keys = append(keys, k)
	}
	sort.Strings(keys)
	return keys
}

// nearest gives the name that differs by the fewest letters, if by no more than a third of them.
func nearest(name string, names []string) string {
	best, at := "", len(name)/3+1
	for _, n := range names {
		if d := sqlerr.Distance(name, n); d < at {
			best, at = n, d
		}
	}
	return best
}
