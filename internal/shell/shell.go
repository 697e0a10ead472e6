// Package shell is `argan sql`: it runs scripts and the lines that a person types, on an engine in this process or on a
// server, and writes results as tables, text or files.
//
// In: a Backend, SQL text, a place for results. Out: results in the format asked for, and for a statement that fails the
// message with its caret and, for scripts, file and line. Splitting and running scripts, commands, completion and progress are
// apart from the terminal itself, so that they can be tested without one.
package shell

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/signal"
	"strings"
	"time"

	"github.com/argan-sql/argan/engine"
	"github.com/argan-sql/argan/engine/render"
)

// ErrFailed says that a statement failed; why has been written.
var ErrFailed = errors.New("a statement failed")

// Shell runs statements one after the other and writes their results.
type Shell struct {
	Backend Backend
	// Out gets the results, Err everything else.
	Out *Output
	Err io.Writer
	// Format is how results are written, one of Formats.
	Format string
	// Progress gets the progress of long statements; nil for none.
	Progress io.Writer
	// Width is the width of the terminal, 0 where there is none.
	Width int
	// Temporary says that the warehouse goes away with the shell, which is told before the first change.
	Temporary bool

	interactive bool
	timing      bool
	results     int // with rows, so far
	names       *names
}

// Script runs the statements of a text; name is shown with errors and may be "". It stops at the first failure, having
// written why, and gives ErrFailed.
func (s *Shell) Script(ctx context.Context, name, text string) error {
	for _, piece := range engine.Split(text) {
		err := s.run(ctx, piece.Text)
		if err == nil {
			continue
		}
		f := describe(err)
		if name != "" {
			fmt.Fprintf(s.Err, "%s: ", place(name, text, piece, f))
		}
		fmt.Fprintln(s.Err, f.text)
		return ErrFailed
	}
	return nil
}

// place says where in a script a statement failed: name:line:column, or the line where the statement begins.
func place(name, text string, piece engine.Piece, f failure) string {
	if f.line == 0 {
		return fmt.Sprintf("%s:%d", name, piece.Line)
	}
	column := f.column
	if f.line == 1 { // the statement may not begin where its line does
		from := strings.LastIndexByte(text[:piece.Start], '\n') + 1
		column += len([]rune(text[from:piece.Start]))
	}
	return fmt.Sprintf("%s:%d:%d", name, piece.Line+f.line-1, column)
}

// run runs one statement. Ctrl-C cancels it.
func (s *Shell) run(ctx context.Context, sql string) error {
	ctx, stop := signal.NotifyContext(ctx, os.Interrupt)
	defer stop()
	began := time.Now()
	st, err := s.Backend.Prepare(ctx, sql)
	if err != nil {
		return err
	}
	if s.Temporary && !st.ReadOnly() {
		fmt.Fprintln(s.Err, "Note: no --warehouse was given, so what is made here is gone when the shell ends.")
		s.Temporary = false
	}
	bar := watch(s.Progress, began, s.Width, st.Progress)
	defer bar.end()
	rows, err := st.Run(ctx)
	if err != nil {
		return err
	}
	defer rows.Close()
	if s.names != nil && changesNames(sql) {
		defer s.names.forget()
	}
	if len(rows.Schema().Fields) == 0 {
		return s.drain(ctx, rows, bar, began)
	}
	return s.print(ctx, rows, bar, began)
}

// drain waits for the end of a statement without rows.
func (s *Shell) drain(ctx context.Context, rows Rows, bar *progress, began time.Time) error {
	for {
		b, err := rows.Next(ctx)
		if err != nil {
			return err
		}
		if b == nil {
			break
		}
	}
	bar.end()
	text := "OK"
	if n := rows.Affected(); n >= 0 {
		text += fmt.Sprintf(", %s changed", count(n))
	}
	s.tell(text, began)
	return nil
}

// print writes a result.
func (s *Shell) print(ctx context.Context, rows Rows, bar *progress, began time.Time) error {
	if s.results++; s.results > 1 && binary(s.Format) {
		return errOneResult
	}
	o := render.Options{}
	if s.interactive {
		o.Width = s.Width
	}
	bar.end() // the terminal belongs to the rows now
	out, err := newEncoder(s.Format, s.Out, rows, o)
	if err != nil {
		return err
	}
	n := int64(0)
	for {
		b, err := rows.Next(ctx)
		if err != nil {
			out.fail(err)
			return err
		}
		if b == nil {
			break
		}
		n += int64(b.Len())
		if err := out.batch(b); err != nil {
			return err
		}
	}
	if err := out.end(rows.Affected()); err != nil {
		return err
	}
	s.tell(count(n), began)
	return nil
}

func count(n int64) string {
	if n == 1 {
		return "1 row"
	}
	return fmt.Sprintf("%d rows", n)
}

// tell says to a person what a statement came to.
func (s *Shell) tell(text string, began time.Time) {
	if !s.interactive {
		return
	}
	if s.timing {
		text += fmt.Sprintf(" in %.3f s", time.Since(began).Seconds())
	}
	fmt.Fprintln(s.Err, text)
}
