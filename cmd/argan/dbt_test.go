package main

import (
	"bytes"
	"io"
	"net"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// fakeDBT puts a program dbt that prints something first into PATH.
func fakeDBT(t *testing.T, script string) {
	t.Helper()
	dir := t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, "dbt"), []byte("#!/bin/sh\n"+script), 0o755); err != nil {
		t.Fatal(err)
	}
	t.Setenv("PATH", dir)
}

func TestFindDBT(t *testing.T) {
	t.Setenv("PATH", t.TempDir())
	if _, _, err := findDBT(t.Context()); err == nil || !strings.Contains(err.Error(), "pip install dbt-core") {
		t.Error(err)
	}
	fakeDBT(t, "echo 'Core:'; echo '  - installed: 1.11.16'; echo 'Plugins:'; echo '  - postgres: 1.9.0 - Up to date!'\n")
	if _, _, err := findDBT(t.Context()); err == nil || !strings.Contains(err.Error(), "no adapter for Spark") {
		t.Error(err)
	}
	fakeDBT(t, "echo 'Core:'; echo '  - installed: 1.11.16'; echo 'Plugins:'; echo '  - spark: 1.11.0 - Up to date!'\n")
	if _, version, err := findDBT(t.Context()); err != nil || version != "dbt 1.11.16 with dbt-spark 1.11.0" {
		t.Error(version, err)
	}
}

// hiveServer answers a sign-in with a status.
func hiveServer(t *testing.T, status byte) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	done := make(chan struct{})
	t.Cleanup(func() { _ = l.Close(); <-done })
	go func() {
		defer close(done)
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			_, _ = io.ReadFull(c, make([]byte, 10+5+len("\x00me\x00x")))
			_, _ = c.Write([]byte{status, 0, 0, 0, 0})
			_ = c.Close()
		}
	}()
	_, port, _ := net.SplitHostPort(l.Addr().String())
	return port
}

func TestDoctorOfProfiles(t *testing.T) {
	t.Setenv("PATH", t.TempDir())
	t.Setenv("HOME", t.TempDir())
	t.Setenv("DBT_PROFILES_DIR", "")
	t.Setenv("THE_PORT", hiveServer(t, 5))
	refusing := hiveServer(t, 3)
	for name, c := range map[string]struct {
		profile string
		want    []string
		wrong   int
	}{
		"session": {
			"p:\n  target: dev\n  outputs:\n    dev:\n      type: spark\n      method: session\n      host: localhost\n      schema: gold\n",
			[]string{"WRONG  p.dev: method session starts a Spark of its own", "line 6   -       method: session\n                +       method: thrift\n                +       port: 10000\n"},
			1,
		},
		"session without a host": {
			"p:\n  outputs:\n    dev: {type: spark, method: session, host: NA, schema: gold}\n",
			[]string{"host: localhost"},
			1,
		},
		"databricks": {
			"p:\n  outputs:\n    dev:\n      type: spark\n      method: odbc\n      driver: x\n      host: y.databricks.com\n      token: dapi\n      port: 443\n      schema: gold\n",
			[]string{"method odbc is for Databricks", "line 6   -       driver: x\n", "line 7   -       host: y.databricks.com\n                +       host: localhost\n", "line 9   -       port: 443\n                +       port: 10000\n"},
			1,
		},
		"thrift": {
			"p:\n  outputs:\n    dev:\n      type: spark\n      method: thrift\n      user: me\n      host: \"{{ env_var('NO_HOST', '127.0.0.1') }}\"\n      port: \"{{ env_var('THE_PORT') | int }}\"\n      schema: gold\n",
			[]string{"ok     p.dev: HiveServer2 answers on 127.0.0.1:"},
			0,
		},
		"refused": {
			"p:\n  outputs:\n    dev: {type: spark, method: thrift, user: me, host: 127.0.0.1, port: " + refusing + ", schema: gold}\n",
			[]string{"the sign-in was refused"},
			1,
		},
		"no port":    {"p:\n  outputs:\n    dev: {type: spark, method: thrift, host: h, schema: gold}\n", []string{"dbt takes 443"}, 1},
		"kerberos":   {"p:\n  outputs:\n    dev: {type: spark, method: thrift, auth: KERBEROS, host: h, port: 1, schema: gold}\n", []string{"Kerberos"}, 1},
		"other":      {"p:\n  outputs:\n    dev: {type: duckdb}\n", []string{"note   p.dev: type duckdb"}, 0},
		"no profile": {"q:\n  outputs:\n    dev: {type: spark}\n", []string{"has no profile p", "method: thrift"}, 1},
		"broken":     {"p: [\n", []string{"WRONG"}, 1},
	} {
		t.Run(name, func(t *testing.T) {
			dir := t.TempDir()
			for file, text := range map[string]string{"dbt_project.yml": "name: x\nprofile: p\n", "profiles.yml": c.profile} {
				if err := os.WriteFile(filepath.Join(dir, file), []byte(text), 0o600); err != nil {
					t.Fatal(err)
				}
			}
			var out bytes.Buffer
			d := &doctor{out: &out}
			d.dbt(t.Context(), dir)
			for _, w := range c.want {
				if !strings.Contains(out.String(), w) {
					t.Errorf("no %q in\n%s", w, out.String())
				}
			}
			if d.wrong != c.wrong || (d.verdict() == nil) != (c.wrong == 0) {
				t.Errorf("%d things are wrong:\n%s", d.wrong, out.String())
			}
		})
	}
	var out bytes.Buffer
	d := &doctor{out: &out}
	d.dbt(t.Context(), t.TempDir())
	if !strings.Contains(out.String(), "there is no profiles.yml") {
		t.Error(out.String())
	}
}
