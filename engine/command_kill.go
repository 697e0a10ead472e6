package engine

import (
	"context"
	"strings"

	"github.com/argan-sql/argan/sql/ast"
	"github.com/argan-sql/argan/sqlerr"
)

func init() { handle(kill) }

// kill ends a statement or a session: one's own, or as an administrator anybody's. What belongs to others is not found.
func kill(p *planner, _ context.Context, t *ast.Kill) (*plan, error) {
	name := "KILL QUERY"
	end := p.session.killStatement
	if t.Session {
		name, end = "KILL SESSION", p.session.killSession
	}
	return command(name, func(_ context.Context, x *execution) error {
		err := end(t.ID)
		o := p.session.options
		ev := Event{
			Event: EventKill, User: p.session.User(), Protocol: o.Protocol, Client: o.Client, Address: o.Address, Session: p.session.PublicID(), Statement: x.statement.id,
			Name: name, Objects: []string{t.ID}, Outcome: OutcomeOK,
		}
		if err != nil {
			ev.Outcome, ev.Class = OutcomeFailed, sqlerr.From(err).Class
		}
		p.engine.audit(ev)
		return at(err, t)
	}), nil
}

func (s *Session) killStatement(id string) error {
	st, err := s.engine.Statement(id, s.Identity())
	if err != nil {
		return err
	}
	if state, _ := st.State(); state != Queued && state != Running {
		return sqlerr.New("STATEMENT_NOT_FOUND", "id", id)
	}
	st.Cancel("killed by " + s.User())
	return nil
}

// killSession ends a session by its public name.
func (s *Session) killSession(id string) error {
	for _, other := range s.engine.Sessions(s.Identity()) {
		if strings.EqualFold(other.PublicID(), id) {
			other.end("the session was killed by " + s.User())
			return nil
		}
	}
	return sqlerr.New("SESSION_NOT_FOUND", "id", id)
}
