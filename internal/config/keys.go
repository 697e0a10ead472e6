package config

import (
	"fmt"
	"math"
	"net"
	"net/url"
	"strconv"
	"strings"
	"time"
)

// Key is one setting of the server.
type Key struct {
	// Name is the flag without dashes and the key in the file.
	Name string
	// Type is how a value is written: text, port, size, count, number, duration, level, format, switch or map.
	Type string
	// Default is the value when nothing is said, "" for none.
	Default string
	// Doc says in a sentence what it does.
	Doc string

	parse func(*Serve, string) error
}

// Env is the environment variable of the key.
func (k Key) Env() string {
	return envPrefix + strings.ToUpper(strings.ReplaceAll(k.Name, "-", "_"))
}

const envPrefix = "ARGAN_"

// Keys are all settings, in the order they are documented.
var Keys = []Key{
	{"warehouse", "text", "", "The folder of the catalog and of tables without LOCATION. Made when it is not there.", text(func(s *Serve) *string { return &s.Warehouse })},
	{"listen", "text", "127.0.0.1", "The address all ports are opened on. Anything but a local address opens the server to the network.", parseListen},
	{"flight-port", "port", "32010", "Arrow Flight SQL (ADBC, JDBC).", port(func(s *Serve) *Port { return &s.Flight })},
	{"http-port", "port", "8080", "HTTP: SQL for curl, health and metrics.", port(func(s *Serve) *Port { return &s.HTTP })},
	{"hive-port", "port", "10000", "HiveServer2: dbt, PyHive, Beeline, Hive JDBC; binary and HTTP mode.", port(func(s *Serve) *Port { return &s.Hive })},
	{"http-cors-origins", "text", "", "The origins whose pages may call the HTTP port from a browser, such as https://app.example.com, separated by commas. Default: none.", parseOrigins},
	{"http-hosts", "text", "", "Names by which the HTTP port may be called besides localhost, separated by commas. Checked where it listens on a local address and nobody is asked for a password.", list(func(s *Serve) *[]string { return &s.Web.Hosts })},
	{"http-max-connections", "count", "1000", "How many connections the HTTP port has open at most; further ones get 503.", parseConnections},
	{"http-max-load", "size", "16g", "The largest file that is loaded over HTTP, packed or unpacked.", parseMaxLoad},
	{"mysql-port", "port", "off", "MySQL wire. Not served yet: only off is taken.", notServed("The MySQL wire (mysql-port)")},
	{"tls-cert", "text", "", "A PEM file with the servers' certificate and those it is signed by: every port speaks TLS. The files are read anew when they change.", text(func(s *Serve) *string { return &s.TLS.Cert })},
	{"tls-key", "text", "", "A PEM file with the private key of the certificate.", text(func(s *Serve) *string { return &s.TLS.Key })},
	{"tls-client-ca", "text", "", "A PEM file with the authorities that sign clients' certificates: clients are asked for one.", text(func(s *Serve) *string { return &s.TLS.ClientCA })},
	{"tls-client-auth", "format", "", "Whether a client must have a certificate: required or optional. Default: required where tls-client-ca is given.", parseClientAuth},
	{"allowed-paths", "text", "", "The folders outside of the warehouse that statements may name, separated by commas; * for any. Default: any while there are no users, none once there are.", parsePaths},
	{"users-file", "text", "", "A YAML file with users and groups, besides those made by SQL. It is read anew when it changes.", text(func(s *Serve) *string { return &s.UsersFile })},
	{"oidc-issuer", "text", "", "The issuer whose OpenID Connect tokens are taken, by its URL.", text(func(s *Serve) *string { return &s.OIDC.Issuer })},
	{"oidc-audience", "text", "", "What the issuer's tokens must be made for. Needed with oidc-issuer.", text(func(s *Serve) *string { return &s.OIDC.Audience })},
	{"oidc-user-claim", "text", "", "The claim with the user's name. Default: preferred_username, else email, else sub.", text(func(s *Serve) *string { return &s.OIDC.UserClaim })},
	{"oidc-groups-claim", "text", "", "The claim with the user's groups. Default: groups.", text(func(s *Serve) *string { return &s.OIDC.GroupsClaim })},
	{"insecure-let-anyone-on-the-network-in", "truth", "false", "Open an address of the network without users or without TLS: whoever reaches it may do everything, and whoever listens reads along.", parseInsecure},
	{"memory", "size", "", "The memory of all statements and caches together, such as 512m or 6g. Caches take a quarter of it at most, and no more than 1 GiB. Default: half of the machine's.", parseMemory},
	{"threads", "count", "", "The workers of a statement. Default: the number of cores.", parseThreads},
	{"spill-dir", "text", "", "Where statements over their memory limit write. Default: the system's temporary folder.", text(func(s *Serve) *string { return &s.SpillDir })},
	{"session-timeout", "duration", "30m", "How long a session may be idle before it ends.", duration(func(s *Serve) *time.Duration { return &s.SessionTimeout })},
	{"shutdown-grace", "duration", "30s", "How long running statements may go on after SIGTERM.", duration(func(s *Serve) *time.Duration { return &s.ShutdownGrace })},
	{"log-level", "level", "info", "What is logged to stderr: debug, info, warn or error.", parseLogLevel},
	{"log-format", "format", "text", "How it is logged: text or json.", parseLogFormat},
	{"settings", "map", "", "Defaults of every session, such as spark.sql.session.timeZone. In a flag or the environment: key=value, separated by commas.", nil},
}

func find(name string) (Key, bool) {
	for _, k := range Keys {
		if k.Name == name {
			return k, true
		}
	}
	return Key{}, false
}

// Port is a TCP port to serve on: a number, 0 for any free one, or off.
type Port struct {
	On     bool
	Number int
}

func text(field func(*Serve) *string) func(*Serve, string) error {
	return func(s *Serve, v string) error {
		*field(s) = v
		return nil
	}
}

func port(field func(*Serve) *Port) func(*Serve, string) error {
	return func(s *Serve, v string) error {
		if strings.EqualFold(v, "off") || strings.EqualFold(v, "false") { // YAML reads a bare off as false
			*field(s) = Port{}
			return nil
		}
		n, err := strconv.ParseUint(v, 10, 16)
		if err != nil {
			return fmt.Errorf("a port is a number from 0 (any free one) to 65535, or off")
		}
		*field(s) = Port{On: true, Number: int(n)}
		return nil
	}
}

func notServed(what string) func(*Serve, string) error {
	return func(_ *Serve, v string) error {
		if strings.EqualFold(v, "off") || strings.EqualFold(v, "false") {
			return nil
		}
		return fmt.Errorf("%s is not supported yet", what)
	}
}

func parseListen(s *Serve, v string) error {
	if v != "localhost" && net.ParseIP(v) == nil {
		return fmt.Errorf("it must be an IP address, or localhost")
	}
	s.Listen = v
	return nil
}

// list reads values that are separated by commas.
func list(field func(*Serve) *[]string) func(*Serve, string) error {
	return func(s *Serve, v string) error {
		*field(s) = nil
		for _, one := range strings.Split(v, ",") {
			if one = strings.TrimSpace(one); one != "" {
				*field(s) = append(*field(s), one)
			}
		}
		return nil
	}
}

func parseOrigins(s *Serve, v string) error {
	if err := list(func(s *Serve) *[]string { return &s.Web.Origins })(s, v); err != nil {
		return err
	}
	for _, o := range s.Web.Origins {
		u, err := url.Parse(o)
		if err != nil || u.Scheme != "http" && u.Scheme != "https" || u.Host == "" || u.Path != "" || u.RawQuery != "" || u.User != nil || strings.Contains(u.Host, "*") {
			return fmt.Errorf("%q is no origin such as https://app.example.com; there is no pattern for several", o)
		}
	}
	return nil
}

func parseConnections(s *Serve, v string) error {
	n, err := strconv.Atoi(v)
	if err != nil || n < 1 {
		return fmt.Errorf("it must be a number of at least 1")
	}
	s.Web.Connections = n
	return nil
}

func parseMaxLoad(s *Serve, v string) error {
	n, err := parseSize(v)
	s.Web.MaxLoad = n
	return err
}

func parseClientAuth(s *Serve, v string) error {
	if v != "" && v != "required" && v != "optional" {
		return fmt.Errorf("it must be required or optional")
	}
	s.TLS.ClientAuth = v
	return nil
}

func parseMemory(s *Serve, v string) error {
	if v == "" {
		return nil
	}
	n, err := parseSize(v)
	s.Memory = n
	return err
}

func parseThreads(s *Serve, v string) error {
	if v == "" {
		return nil
	}
	n, err := strconv.Atoi(v)
	if err != nil || n < 1 {
		return fmt.Errorf("it must be a number of at least 1")
	}
	s.Threads = n
	return nil
}

func duration(field func(*Serve) *time.Duration) func(*Serve, string) error {
	return func(s *Serve, v string) error {
		d, err := time.ParseDuration(v)
		if err != nil || d < 0 {
			return fmt.Errorf("it must be a duration such as 30s, 5m or 1h")
		}
		*field(s) = d
		return nil
	}
}

func parseLogLevel(s *Serve, v string) error {
	if err := s.LogLevel.UnmarshalText([]byte(v)); err != nil {
		return fmt.Errorf("it must be debug, info, warn or error")
	}
	return nil
}

func parseLogFormat(s *Serve, v string) error {
	if v != "text" && v != "json" {
		return fmt.Errorf("it must be text or json")
	}
	s.LogFormat = v
	return nil
}

// parseSize reads bytes with an optional unit of 1024: k, m, g, t.
func parseSize(v string) (int64, error) {
	bad := fmt.Errorf("it must be a size such as 512m or 6g")
	digits := strings.TrimRight(strings.ToLower(v), "b")
	shift := 0
	if n := len(digits); n > 0 {
		if at := strings.IndexByte("kmgt", digits[n-1]); at >= 0 {
			shift = 10 * (at + 1)
			digits = digits[:n-1]
		}
	}
	n, err := strconv.ParseInt(digits, 10, 64)
	if err != nil || n <= 0 || n > math.MaxInt64>>shift {
		return 0, bad
	}
	return n << shift, nil
}

func parsePaths(s *Serve, v string) error {
	s.AllowedPaths = nil
	for _, path := range strings.Split(v, ",") {
		if path = strings.TrimSpace(path); path != "" {
			s.AllowedPaths = append(s.AllowedPaths, path)
		}
	}
	return nil
}

func parseInsecure(s *Serve, v string) error {
	on, err := strconv.ParseBool(v)
	if err != nil {
		return fmt.Errorf("it must be true or false")
	}
	s.Insecure = on
	return nil
}
