// Command argan is the whole program: a server of Spark SQL over Delta tables, a shell, a demo and its data, and a doctor.
// Here is only wiring: flags to settings, settings to the rooms that do the work.
package main

import (
	"errors"
	"fmt"
	"os"

	"github.com/spf13/cobra"

	"github.com/argan-sql/argan/sqlerr"
)

// version is set at release: -ldflags "-X main.version=1.2.3".
var version = "dev"

// errUsage ends the program with 2: the command line itself is wrong.
var errUsage = errors.New("usage")

// errQuiet ends the program with 1 without a word: what went wrong has been said.
var errQuiet = errors.New("quiet")

func main() { os.Exit(run(os.Args[1:])) }

func run(args []string) int {
	root := &cobra.Command{
		Use: "argan", Short: "Spark SQL over Delta tables, in one program", SilenceUsage: true, SilenceErrors: true,
		CompletionOptions: cobra.CompletionOptions{HiddenDefaultCmd: true},
	}
	root.SetFlagErrorFunc(func(c *cobra.Command, err error) error {
		return fmt.Errorf("%w: %w\nSee '%s --help'.", errUsage, err, c.CommandPath())
	})
	root.AddCommand(serveCommand(), sqlCommand(), demoCommand(), genCommand(), doctorCommand(), hashPasswordCommand(), versionCommand())
	root.SetArgs(args)
	err := root.Execute()
	switch {
	case err == nil:
		return 0
	case errors.Is(err, errQuiet):
		return 1
	case errors.Is(err, errUsage):
		fmt.Fprintln(os.Stderr, "argan:", err)
		return 2
	}
	var known *sqlerr.Error
	if errors.As(err, &known) {
		fmt.Fprintln(os.Stderr, known.Error())
	} else {
		fmt.Fprintln(os.Stderr, "argan:", err)
		if len(args) == 0 || root.CommandPath() == "argan" && isUnknownCommand(err) {
			return 2
		}
	}
	return 1
}

func isUnknownCommand(err error) bool {
	return len(err.Error()) > 15 && err.Error()[:15] == "unknown command"
}

func versionCommand() *cobra.Command {
	return &cobra.Command{
		Use: "version", Short: "Print the version", Args: cobra.NoArgs,
		Run: func(*cobra.Command, []string) { fmt.Println("argan", version) },
	}
}
