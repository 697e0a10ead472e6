package main

import (
	"bytes"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/argan-sql/argan/engine"
	"github.com/argan-sql/argan/internal/config"
	"github.com/argan-sql/argan/sqlerr"
)

// TestExposed: an address of the network is opened to nobody but users, over TLS, unless it is said in so many words.
func TestExposed(t *testing.T) {
	local := []string{"127.0.0.1", "127.0.0.9", "::1", "localhost"}
	network := []string{"0.0.0.0", "::", "", "192.168.1.5", "2001:db8::1", "example.com", "127.0.0.1.example.com"}
	for _, c := range []struct {
		addresses            []string
		users, tls, insecure bool
		missing              string // "" for opened
	}{
		{local, false, false, false, ""},
		{local, true, false, false, ""},
		{local, false, true, false, ""},
		{network, false, false, false, "users and TLS"},
		{network, true, false, false, "TLS"},
		{network, false, true, false, "users"},
		{network, true, true, false, ""},
		{network, false, false, true, ""},
		{network, true, false, true, ""},
	} {
		for _, address := range c.addresses {
			s := &config.Serve{Listen: address, Warehouse: "lake", Insecure: c.insecure}
			if c.tls {
				s.TLS.Cert = "cert.pem"
			}
			err := exposed(s, c.users)
			if c.missing == "" {
				if err != nil {
					t.Errorf("%q, users %t, TLS %t, insecure %t: %v", address, c.users, c.tls, c.insecure, err)
				}
				continue
			}
			if !sqlerr.Is(err, "EXPOSED_ADDRESS") || !strings.Contains(err.Error(), " "+c.missing+" are missing") {
				t.Errorf("%q, users %t, TLS %t: %v, want %q missing", address, c.users, c.tls, err, c.missing)
				continue
			}
			for _, advice := range []string{"argan sql --warehouse lake -e \"CREATE USER", "--users-file", "--tls-cert", "docs/security.md"} {
				if !strings.Contains(err.Error(), advice) {
					t.Errorf("%v does not say %q", err, advice)
				}
			}
		}
	}
}

// TestExposedServer: the refusal comes before any port is open, and counts the users of a file.
func TestExposedServer(t *testing.T) {
	dir := t.TempDir()
	users := filepath.Join(dir, "users.yaml")
	if err := os.WriteFile(users, []byte("users:\n  - name: ann\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	for file, missing := range map[string]string{"": "users and TLS", users: "TLS"} {
		s, err := config.Load(map[string]string{"warehouse": filepath.Join(dir, "lake"), "listen": "0.0.0.0", "users-file": file}, nil, "")
		if err != nil {
			t.Fatal(err)
		}
		r, err := start(s, slog.New(slog.DiscardHandler))
		if !sqlerr.Is(err, "EXPOSED_ADDRESS") || !strings.Contains(err.Error(), " "+missing+" are missing") || r != nil {
			t.Errorf("users-file %q: %v, want %q missing", file, err, missing)
		}
	}
}

// TestHashPassword: what the command prints lets the user of a users-file in.
func TestHashPassword(t *testing.T) {
	hash := func(in string) (string, error) {
		c := hashPasswordCommand()
		var out bytes.Buffer
		c.SetIn(strings.NewReader(in))
		c.SetOut(&out)
		c.SetArgs(nil)
		c.SilenceErrors, c.SilenceUsage = true, true
		err := c.Execute()
		return out.String(), err
	}
	for _, in := range []string{"", "\n", "one\ntwo\n", strings.Repeat("x", 2000)} {
		if out, err := hash(in); err == nil {
			t.Errorf("%.20q: %s", in, out)
		}
	}
	dir := t.TempDir()
	var text strings.Builder
	text.WriteString("users:\n")
	passwords := map[string]string{"ann": "s3cret \t'x'", "bob": "s3cret"}
	for user, end := range map[string]string{"ann": "\r\n", "bob": ""} {
		out, err := hash(passwords[user] + end)
		if err != nil {
			t.Fatal(err)
		}
		text.WriteString("  - {name: " + user + ", password-hash: '" + strings.TrimSpace(out) + "'}\n")
	}
	users := filepath.Join(dir, "users.yaml")
	if err := os.WriteFile(users, []byte(text.String()), 0o600); err != nil {
		t.Fatal(err)
	}
	s, err := config.Load(map[string]string{"warehouse": filepath.Join(dir, "lake"), "users-file": users, "memory": "256m"}, nil, "")
	if err != nil {
		t.Fatal(err)
	}
	e, err := open(s, slog.New(slog.DiscardHandler), nil)
	if err != nil {
		t.Fatal(err)
	}
	defer e.Close()
	for user, password := range passwords {
		if _, err := e.Authenticate(t.Context(), engine.Credentials{User: user, Password: password}); err != nil {
			t.Errorf("%s: %v", user, err)
		}
		if _, err := e.Authenticate(t.Context(), engine.Credentials{User: user, Password: password + "\n"}); !sqlerr.Is(err, "AUTHENTICATION_FAILED") {
			t.Errorf("%s with another password: %v", user, err)
		}
	}
}
