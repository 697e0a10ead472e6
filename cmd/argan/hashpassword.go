package main

import (
	"errors"
	"fmt"
	"io"
	"os"
	"strings"

	"github.com/spf13/cobra"
	"golang.org/x/term"

	"github.com/argan-sql/argan/engine"
)

// hashPasswordCommand makes what a users-file and PASSWORD HASH keep of a password.
func hashPasswordCommand() *cobra.Command {
	return &cobra.Command{
		Use: "hash-password", Short: "Make the hash of a password, for a users-file", Args: cobra.NoArgs,
		Long: "Make the hash of a password, for password-hash in a users-file or PASSWORD HASH in SQL.\nThe password is asked for at the terminal, or read from the standard input.",
		RunE: func(c *cobra.Command, _ []string) error {
			password, err := askPassword(c.InOrStdin())
			if err != nil {
				return err
			}
			hash, err := engine.HashPassword(password)
			if err != nil {
				return err
			}
			_, err = fmt.Fprintln(c.OutOrStdout(), hash)
			return err
		},
	}
}

// askPassword asks for a password at a terminal, twice and without showing it, or reads it; the line's end is not part of it.
func askPassword(in io.Reader) (string, error) {
	if f, ok := in.(*os.File); ok && term.IsTerminal(int(f.Fd())) {
		var typed [2]string
		for i, prompt := range []string{"Password: ", "Once more: "} {
			fmt.Fprint(os.Stderr, prompt)
			raw, err := term.ReadPassword(int(f.Fd()))
			fmt.Fprintln(os.Stderr)
			if err != nil {
				return "", fmt.Errorf("reading the password: %w", err)
			}
			typed[i] = string(raw)
		}
		if typed[0] != typed[1] {
			return "", errors.New("the two are not the same")
		}
		return typed[0], nil
	}
	raw, err := io.ReadAll(io.LimitReader(in, 1<<20))
	if err != nil {
		return "", fmt.Errorf("reading the password: %w", err)
	}
	password := strings.TrimSuffix(strings.TrimSuffix(string(raw), "\n"), "\r")
	if strings.ContainsAny(password, "\r\n") {
		return "", errors.New("the standard input has more than one line")
	}
	return password, nil
}
