package shell

import (
	"bytes"
	"context"
	"io"
	"strings"
	"testing"
	"time"

	"github.com/argan-sql/argan/engine"
	"github.com/argan-sql/argan/exec/vector"
	"github.com/argan-sql/argan/sqlerr"
	"github.com/argan-sql/argan/types"
)

// fake answers statements from a table; what is not in it fails as an unknown table would.
type fake struct {
	answers map[string]*answer
	ran     []string
	set     map[string]string
}

type answer struct {
	schema  *types.Type
	batches []*vector.Batch
	err     error // after the batches
	wait    bool  // until the context ends
}

func one(name string, t *types.Type, values ...any) *answer {
	a := &answer{schema: types.NewStruct(types.Field{Name: name, Type: t, Nullable: true})}
	if len(values) > 0 {
		a.batches = []*vector.Batch{vector.NewBatch([]*vector.Vector{vector.Of(t, values...)}, len(values))}
	}
	return a
}

func nothing() *answer { return &answer{schema: types.NewStruct()} }

func (f *fake) Prepare(_ context.Context, sql string) (Statement, error) {
	f.ran = append(f.ran, sql)
	a, ok := f.answers[sql]
	if !ok {
		err := sqlerr.New("TABLE_OR_VIEW_NOT_FOUND", "relationName", "`t`")
		if at := strings.Index(sql, "missing"); at >= 0 {
			line := strings.Count(sql[:at], "\n") + 1
			column := at - strings.LastIndexByte(sql[:at], '\n')
			err = err.At(sqlerr.Position{Line: line, Column: column, Start: at, Stop: at + 7})
			err.Query = sql
		}
		return nil, err
	}
	return &fakeStatement{a, strings.HasPrefix(sql, "SELECT")}, nil
}

func (f *fake) Set(_ context.Context, key, value string) error {
	f.set[key] = value
	return nil
}
func (f *fake) Place() string { return "a fake" }
func (f *fake) Close() error  { return nil }

type fakeStatement struct {
	*answer
	readOnly bool
}

func (s *fakeStatement) Run(context.Context) (Rows, error) { return &fakeRows{answer: s.answer}, nil }
func (s *fakeStatement) Progress() (engine.Progress, bool) { return engine.Progress{}, false }
func (s *fakeStatement) ReadOnly() bool                    { return s.readOnly }

type fakeRows struct {
	*answer
	at int
}

func (r *fakeRows) Schema() *types.Type            { return r.schema }
func (r *fakeRows) Zone() (*time.Location, string) { return time.UTC, "UTC" }
func (r *fakeRows) Affected() int64                { return -1 }
func (r *fakeRows) Close()                         {}
func (r *fakeRows) Next(ctx context.Context) (*vector.Batch, error) {
	if r.wait {
		<-ctx.Done()
		return nil, ctx.Err()
	}
	if r.at < len(r.batches) {
		r.at++
		return r.batches[r.at-1], nil
	}
	return nil, r.err
}

// typed gives entries as a person would type them; after the last comes the end.
type typed struct {
	entries []string
	prompts []string
	errs    map[int]error
}

func (l *typed) Read(prompt string) (string, error) {
	l.prompts = append(l.prompts, prompt)
	n := len(l.prompts) - 1
	if err := l.errs[n]; err != nil {
		return "", err
	}
	if n >= len(l.entries) {
		return "", io.EOF
	}
	return l.entries[n], nil
}

// newShell is a shell on a backend, and what it writes.
func newShell(b Backend, format string) (s *Shell, out, errs *bytes.Buffer) {
	out, errs = &bytes.Buffer{}, &bytes.Buffer{}
	return &Shell{Backend: b, Out: Stream(out), Err: errs, Format: format}, out, errs
}

func lines(parts ...string) string { return strings.Join(parts, "\n") + "\n" }

func check(t *testing.T, what, got, want string) {
	t.Helper()
	if got != want {
		t.Errorf("%s is\n%s\nwant\n%s", what, got, want)
	}
}
