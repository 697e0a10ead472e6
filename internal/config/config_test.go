package config

import (
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

func file(t *testing.T, text string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "argan.yaml")
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

func TestDefaults(t *testing.T) {
	s, err := Load(nil, nil, "")
	if err != nil {
		t.Fatal(err)
	}
	if s.Listen != "127.0.0.1" || s.Flight != (Port{true, 32010}) || s.HTTP != (Port{true, 8080}) || s.SessionTimeout != 30*time.Minute || s.LogLevel != slog.LevelInfo || s.Memory != 0 {
		t.Errorf("%+v", s)
	}
}

func TestFlagsBeforeEnvironmentBeforeFile(t *testing.T) {
	path := file(t, `
warehouse: /from/file
flight-port: 1
http-port: off
memory: 2g
settings:
  spark.sql.session.timeZone: Africa/Casablanca
  spark:
    sql:
      ansi:
        enabled: true
`)
	s, err := Load(
		map[string]string{"flight-port": "3"},
		[]string{"ARGAN_FLIGHT_PORT=2", "ARGAN_THREADS=4", "ARGAN_WAREHOUSE=/from/env", "ARGAN_SETTINGS=argan.statement.timeout=5s, a.b=c", "PATH=/bin", "ARGAN_FLIGHT_PROT=9"},
		path)
	if err != nil {
		t.Fatal(err)
	}
	if s.Flight.Number != 3 || s.Threads != 4 || s.Warehouse != "/from/env" || s.HTTP.On || s.Memory != 2<<30 {
		t.Errorf("%+v", s)
	}
	for k, want := range map[string]string{"spark.sql.session.timeZone": "Africa/Casablanca", "spark.sql.ansi.enabled": "true", "argan.statement.timeout": "5s", "a.b": "c"} {
		if s.Settings[k] != want {
			t.Errorf("setting %s is %q, want %q", k, s.Settings[k], want)
		}
	}
	if len(s.Warnings) != 1 || !strings.Contains(s.Warnings[0], "did you mean ARGAN_FLIGHT_PORT?") {
		t.Errorf("warnings: %q", s.Warnings)
	}
}

func TestConfigFileByEnvironment(t *testing.T) {
	s, err := Load(nil, []string{"ARGAN_CONFIG=" + file(t, "threads: 7")}, "")
	if err != nil || s.Threads != 7 {
		t.Errorf("threads %v, %v", s, err)
	}
}

func TestRefused(t *testing.T) {
	for _, c := range []struct {
		name  string
		flags map[string]string
		env   []string
		file  string
		want  []string
	}{
		{"bad port", map[string]string{"http-port": "70000"}, nil, "", []string{"[INVALID_SETTING]", `"70000"`, "http-port", "65535", "by a flag"}},
		{"bad port from the environment", nil, []string{"ARGAN_HTTP_PORT=x"}, "", []string{"by the environment"}},
		{"unknown key", nil, nil, "wharehouse: x", []string{"wharehouse", "did you mean warehouse?", "argan.yaml"}},
		{"unknown flag", map[string]string{"prot": "1"}, nil, "", []string{"prot", "no such setting"}},
		{"map for a value", nil, nil, "listen: {a: b}", []string{"listen", "a single value"}},
		{"not YAML", nil, nil, "a: [", []string{"config file"}},
		{"bad size", map[string]string{"memory": "lots"}, nil, "", []string{"such as 512m"}},
		{"size overflow", map[string]string{"memory": "99999999999t"}, nil, "", []string{"such as 512m"}},
		{"bad duration", map[string]string{"session-timeout": "5"}, nil, "", []string{"such as 30s"}},
		{"bad level", map[string]string{"log-level": "loud"}, nil, "", []string{"debug, info"}},
		{"bad format", map[string]string{"log-format": "xml"}, nil, "", []string{"text or json"}},
		{"bad address", map[string]string{"listen": "my host"}, nil, "", []string{"IP address"}},
		{"bad threads", map[string]string{"threads": "0"}, nil, "", []string{"at least 1"}},
		{"bad way of asking", map[string]string{"tls-client-auth": "maybe"}, nil, "", []string{"required or optional"}},
		{"not served", map[string]string{"mysql-port": "9030"}, nil, "", []string{"MySQL", "not supported yet"}},
		{"every origin", map[string]string{"http-cors-origins": "https://a.example.com, *"}, nil, "", []string{"no origin"}},
		{"an origin with a path", map[string]string{"http-cors-origins": "https://a.example.com/x"}, nil, "", []string{"no origin"}},
		{"no connection", map[string]string{"http-max-connections": "0"}, nil, "", []string{"at least 1"}},
	} {
		path := ""
		if c.file != "" {
			path = file(t, c.file)
		}
		_, err := Load(c.flags, c.env, path)
		if err == nil {
			t.Errorf("%s: taken", c.name)
			continue
		}
		for _, want := range c.want {
			if !strings.Contains(err.Error(), want) {
				t.Errorf("%s: %q does not say %q", c.name, err, want)
			}
		}
	}
	if _, err := Load(nil, nil, filepath.Join(t.TempDir(), "none.yaml")); err == nil {
		t.Error("a missing file was taken")
	}
}

func TestSizes(t *testing.T) {
	for text, want := range map[string]int64{"1": 1, "1k": 1024, "512m": 512 << 20, "6G": 6 << 30, "6gb": 6 << 30, "1t": 1 << 40, "2kb": 2048} {
		if n, err := parseSize(text); err != nil || n != want {
			t.Errorf("parseSize(%q) = %d, %v, want %d", text, n, err, want)
		}
	}
}

func TestEveryKeyIsDocumented(t *testing.T) {
	seen := map[string]bool{}
	for _, k := range Keys {
		if k.Doc == "" || k.Type == "" || seen[k.Name] {
			t.Errorf("key %q: doc %q, type %q, seen before %v", k.Name, k.Doc, k.Type, seen[k.Name])
		}
		seen[k.Name] = true
		raw, err := os.ReadFile(filepath.Join("..", "..", "docs", "cli.md"))
		if err == nil && !strings.Contains(string(raw), "`"+k.Name+"`") {
			t.Errorf("docs/cli.md does not name %s", k.Name)
		}
	}
}
