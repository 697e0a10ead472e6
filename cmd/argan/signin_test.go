package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func TestSignIn(t *testing.T) {
	dir := t.TempDir()
	file := func(name, text string) string {
		path := filepath.Join(dir, name)
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		return path
	}
	secretFile, empty := file("secret", "s3cret\n"), file("empty", "\n")
	const url = "grpc://h:1"
	for _, c := range []struct {
		name                  string
		url                   string
		o                     signIn
		env                   string // ARGAN_PASSWORD and ARGAN_TOKEN
		user, password, token string
		err                   string
	}{
		{name: "nobody", url: url},
		{name: "a user of the URL", url: "grpc://ann@h:1", user: "ann"},
		{name: "a user and a password", url: url, o: signIn{user: "ann", password: "p"}, user: "ann", password: "p"},
		{name: "a password of a file", url: "grpc://ann@h:1", o: signIn{passwordFile: secretFile}, user: "ann", password: "s3cret"},
		{name: "a password of the environment", url: url, o: signIn{user: "ann"}, env: "env", user: "ann", password: "env"},
		{name: "a token of a file", url: url, o: signIn{tokenFile: secretFile}, token: "s3cret"},
		{name: "a token of the environment", url: url, env: "env", token: "env"},
		{name: "TLS", url: "grpc+tls://h:1"},
		{name: "two users", url: "grpc://ann@h:1", o: signIn{user: "bob"}, err: "two users"},
		{name: "two passwords", url: url, o: signIn{user: "ann", password: "p", passwordFile: secretFile}, err: "exclude each other"},
		{name: "a user and a token", url: url, o: signIn{user: "ann", tokenFile: secretFile}, err: "exclude each other"},
		{name: "a password alone", url: url, o: signIn{password: "p"}, err: "without --user"},
		{name: "no file", url: url, o: signIn{tokenFile: filepath.Join(dir, "none")}, err: "--token-file"},
		{name: "an empty file", url: url, o: signIn{tokenFile: empty}, err: "is empty"},
		{name: "an authority without TLS", url: url, o: signIn{ca: secretFile}, err: "grpc+tls://"},
		{name: "a bad authority", url: "grpc+tls://h:1", o: signIn{ca: secretFile}, err: "BEGIN CERTIFICATE"},
	} {
		t.Setenv("ARGAN_PASSWORD", c.env)
		t.Setenv("ARGAN_TOKEN", c.env)
		s, err := c.o.server(c.url)
		if c.err != "" {
			if err == nil || !strings.Contains(err.Error(), c.err) {
				t.Errorf("%s: %v, want %s", c.name, err, c.err)
			}
			continue
		}
		if err != nil || s.User != c.user || s.Password != c.password || s.Token != c.token || s.Encrypted != (s.TLS != nil) {
			t.Errorf("%s: %+v, %v", c.name, s, err)
		}
	}
}
