package shell

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"

	"github.com/reeflective/readline"
	"github.com/reeflective/readline/inputrc"
	"golang.org/x/term"
)

// IsTerminal says whether a file is a terminal.
func IsTerminal(f *os.File) bool { return term.IsTerminal(int(f.Fd())) }

// TerminalWidth is how many characters a line of a terminal has, 0 where the file is none.
func TerminalWidth(f *os.File) int {
	w, _, err := term.GetSize(int(f.Fd()))
	if err != nil {
		return 0
	}
	return w
}

// terminal reads entries with editing, history and completion.
type terminal struct{ rl *readline.Shell }

// Terminal reads entries from the terminal of the process and completes names of the shell's backend. history is the
// file that keeps the entries, "" for none.
func (s *Shell) Terminal(history string) LineReader {
	rl := readline.NewShell(inputrc.WithApp("argan"))
	s.names = newNames(s.Backend)
	rl.AcceptMultiline = func(line []rune) bool { return Complete(string(line)) }
	rl.Prompt.Secondary(func() string { return "    -> " })
	rl.Completer = func(line []rune, cursor int) readline.Completions {
		prefix, found := complete(string(line), len(string(line[:cursor])), s.names)
		list := make([]readline.Completion, len(found))
		for i, c := range found {
			list[i] = readline.Completion{Value: c.value, Display: c.value, Tag: c.kind}
		}
		completions := readline.CompleteRaw(list).NoSpace('.', '(')
		completions.PREFIX = prefix
		return completions
	}
	if history != "" {
		rl.History.Delete()
		rl.History.AddFromFile("history", history)
	}
	return &terminal{rl}
}

func (t *terminal) Read(prompt string) (string, error) {
	t.rl.Prompt.Primary(func() string { return prompt })
	line, err := t.rl.Readline()
	if errors.Is(err, readline.ErrInterrupt) {
		return "", ErrInterrupt
	}
	return line, err
}

// HistoryFile is where entries are kept: history in the argan folder of the user's configuration. "" where there is none.
func HistoryFile() string {
	dir, err := os.UserConfigDir()
	if err != nil {
		return ""
	}
	dir = filepath.Join(dir, "argan")
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return ""
	}
	return filepath.Join(dir, "history")
}

// Talk greets and reads from the terminal until the person leaves.
func (s *Shell) Talk(ctx context.Context, version string) error {
	fmt.Fprintf(s.Err, "argan %s on %s. Statements end with ;  \\? helps, \\q leaves.\n", version, s.Backend.Place())
	return s.Interact(ctx, s.Terminal(HistoryFile()))
}
