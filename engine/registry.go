package engine

import (
	"sort"
	"strings"
	"sync"

	"github.com/argan-sql/argan/sqlerr"
)

// registry holds the statements that wait, run, or have a kept result.
type registry struct {
	byID sync.Map // id → *Statement
}

func (r *registry) add(st *Statement) { r.byID.Store(st.id, st) }

func (r *registry) remove(st *Statement) { r.byID.Delete(st.id) }

func (r *registry) find(id string) *Statement {
	if v, ok := r.byID.Load(id); ok {
		return v.(*Statement)
	}
	return nil
}

// each calls f for every statement.
func (r *registry) each(f func(*Statement)) {
	r.byID.Range(func(_, v any) bool {
		f(v.(*Statement))
		return true
	})
}

// sees says whether someone may see what belongs to a user. nil is the server itself, and anybody in open mode.
func (who *Identity) sees(user string) bool {
	return who == nil || who.Administrator || who.User == user
}

// Statement finds a statement that waits, runs, or whose result is kept. One that belongs to another user is
// STATEMENT_NOT_FOUND as well, unless who is an administrator; nil sees all.
func (e *Engine) Statement(id string, who *Identity) (*Statement, error) {
	if st := e.statements.find(strings.ToLower(id)); st != nil && who.sees(st.session.User()) {
		return st, nil
	}
	return nil, sqlerr.New("STATEMENT_NOT_FOUND", "id", id)
}

// Statements lists the statements that wait, run, or whose result is kept, oldest first: those of who, all for an
// administrator or nil.
func (e *Engine) Statements(who *Identity) []*Statement {
	var out []*Statement
	e.statements.each(func(st *Statement) {
		if who.sees(st.session.User()) {
			out = append(out, st)
		}
	})
	sort.Slice(out, func(i, j int) bool {
		a, b := out[i].Submitted(), out[j].Submitted()
		return a.Before(b) || a.Equal(b) && out[i].id < out[j].id
	})
	return out
}
