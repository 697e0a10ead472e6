package shell

import (
	"context"
	"errors"
	"fmt"
	"io"
	"strings"

	"github.com/argan-sql/argan/engine"
)

// ErrInterrupt is what a LineReader gives for Ctrl-C: the entry is thrown away.
var ErrInterrupt = errors.New("interrupted")

// LineReader reads what a person types: one entry, which may have several lines. It gives io.EOF at the end.
type LineReader interface {
	Read(prompt string) (string, error)
}

// Interact reads entries and runs them until the end, or until the person quits. Statements that fail do not end it.
func (s *Shell) Interact(ctx context.Context, in LineReader) error {
	s.interactive, s.timing = true, true
	database := s.database(ctx)
	for {
		entry, err := in.Read(prompt(database))
		switch {
		case errors.Is(err, io.EOF):
			return nil
		case errors.Is(err, ErrInterrupt):
			continue
		case err != nil:
			return err
		}
		entry = strings.TrimSpace(entry)
		if name, rest, ok := command(entry); ok {
			if name == "q" {
				return nil
			}
			s.command(name, rest)
			continue
		}
		for _, piece := range engine.Split(entry) {
			if err := s.run(ctx, piece.Text); err != nil {
				fmt.Fprintln(s.Err, describe(err).text)
				break
			}
			if strings.EqualFold(firstWord(piece.Text), "USE") {
				database = s.database(ctx)
			}
		}
		if ctx.Err() != nil {
			return ctx.Err()
		}
	}
}

func prompt(database string) string {
	if database == "" || database == "default" {
		return "argan> "
	}
	return "argan (" + database + ")> "
}

// database asks for the current database, for the prompt.
func (s *Shell) database(ctx context.Context) string {
	names, err := column(ctx, s.Backend, "SELECT current_database()", "")
	if err != nil || len(names) != 1 {
		return ""
	}
	return names[0]
}

// Complete says whether an entry is one that can be run: a command, nothing at all, or statements that all end in a
// semicolon. Else the person goes on typing in the next line.
func Complete(entry string) bool {
	text := strings.TrimSpace(entry)
	if _, _, ok := command(text); ok || text == "" {
		return true
	}
	pieces := engine.Split(text)
	if len(pieces) == 0 { // comments, or semicolons alone
		return !strings.HasPrefix(text, "/*") || strings.HasSuffix(text, "*/") || strings.HasSuffix(text, ";")
	}
	last := pieces[len(pieces)-1]
	return last.Complete && !last.Open
}

// command takes a command of the shell apart: \name rest. quit and exit are \q.
func command(entry string) (name, rest string, ok bool) {
	bare := strings.ToLower(strings.TrimSpace(strings.TrimSuffix(entry, ";")))
	if bare == "quit" || bare == "exit" {
		return "q", "", true
	}
	if !strings.HasPrefix(entry, `\`) {
		return "", "", false
	}
	name, rest, _ = strings.Cut(strings.TrimSpace(strings.TrimSuffix(entry[1:], ";")), " ")
	return strings.ToLower(name), strings.TrimSpace(rest), true
}

const help = `Statements end with a semicolon and may have several lines.
  \format NAME   write results as %s (now %s)
  \timing        show how long statements take, or no longer
  \?             this list
  \q             leave; quit, exit and Ctrl-D do too
Tab completes, the arrow keys and Ctrl-R find earlier entries, Ctrl-C cancels the running statement.
`

func (s *Shell) command(name, rest string) {
	switch name {
	case "?", "h", "help":
		fmt.Fprintf(s.Err, help, strings.Join(Formats, ", "), s.Format)
	case "timing":
		s.timing = !s.timing
		fmt.Fprintf(s.Err, "Timing is %s.\n", map[bool]string{true: "on", false: "off"}[s.timing])
	case "format":
		switch {
		case !KnownFormat(rest):
			fmt.Fprintf(s.Err, "\\format takes one of %s; now it is %s.\n", strings.Join(Formats, ", "), s.Format)
		case binary(rest) && s.Out.file == nil:
			fmt.Fprintf(s.Err, "%s is no text: start the shell with --output FILE for it.\n", rest)
		default:
			s.Format = rest
		}
	default:
		fmt.Fprintf(s.Err, "There is no command \\%s; \\? lists them.\n", name)
	}
}
