package main

import (
	"fmt"
	"os"
	"strings"

	"github.com/spf13/pflag"

	"github.com/argan-sql/argan/internal/certificate"
	"github.com/argan-sql/argan/internal/shell"
)

// signIn are the flags that say who talks to a server, and whom it trusts. A secret may be in a file or in the environment
// (ARGAN_PASSWORD, ARGAN_TOKEN), where no list of processes shows it.
type signIn struct {
	user, password, passwordFile, tokenFile string
	ca, cert, key                           string
}

func (o *signIn) flags(f *pflag.FlagSet) {
	f.StringVar(&o.user, "user", "", "Who signs in at the server of --url.")
	f.StringVar(&o.password, "password", "", "The user's password; better in --password-file or ARGAN_PASSWORD.")
	f.StringVar(&o.passwordFile, "password-file", "", "A file with the user's password.")
	f.StringVar(&o.tokenFile, "token-file", "", "A file with an API token or an OIDC token, instead of a user; or it stands in ARGAN_TOKEN.")
	f.StringVar(&o.ca, "ca", "", "A PEM file with the authorities to trust, for grpc+tls://; default: the system's.")
	f.StringVar(&o.cert, "cert", "", "A PEM file with the shell's own certificate, for servers that ask for one.")
	f.StringVar(&o.key, "key", "", "A PEM file with the private key of --cert.")
}

// given says whether any of the flags was set.
func (o *signIn) given() bool { return *o != signIn{} }

// server is the server of a URL, with what the flags and the environment say.
func (o *signIn) server(url string) (s shell.Server, err error) {
	if s, err = shell.ParseURL(url); err != nil {
		return s, fmt.Errorf("%w: --url: %w", errUsage, err)
	}
	if o.user != "" && s.User != "" && o.user != s.User {
		return s, fmt.Errorf("%w: --url and --user name two users", errUsage)
	}
	if o.user != "" {
		s.User = o.user
	}
	s.Password, s.Token = o.password, ""
	if o.passwordFile != "" {
		if o.password != "" {
			return s, fmt.Errorf("%w: --password and --password-file exclude each other", errUsage)
		}
		if s.Password, err = secret("password-file", o.passwordFile); err != nil {
			return s, err
		}
	}
	if s.Password == "" && s.User != "" {
		s.Password = os.Getenv("ARGAN_PASSWORD")
	}
	switch {
	case o.tokenFile != "" && s.User != "":
		return s, fmt.Errorf("%w: a token names its user: --token-file and --user exclude each other", errUsage)
	case o.tokenFile != "":
		if s.Token, err = secret("token-file", o.tokenFile); err != nil {
			return s, err
		}
	case s.User == "":
		s.Token = os.Getenv("ARGAN_TOKEN")
	}
	if s.Password != "" && s.User == "" {
		return s, fmt.Errorf("%w: a password without --user", errUsage)
	}
	if !s.Encrypted {
		if o.ca != "" || o.cert != "" || o.key != "" {
			return s, fmt.Errorf("%w: --ca, --cert and --key are for grpc+tls://HOST:PORT", errUsage)
		}
		return s, nil
	}
	if s.TLS, err = certificate.Client(o.ca, o.cert, o.key); err != nil {
		return s, fmt.Errorf("%w: %w", errUsage, err)
	}
	return s, nil
}

// secret reads a file that holds one secret; the line's end is not part of it.
func secret(flag, path string) (string, error) {
	raw, err := os.ReadFile(path)
	if err != nil {
		return "", fmt.Errorf("%w: --%s: %w", errUsage, flag, err)
	}
	text := strings.TrimRight(string(raw), "\r\n")
	if text == "" {
		return "", fmt.Errorf("%w: --%s: the file %s is empty", errUsage, flag, path)
	}
	return text, nil
}
