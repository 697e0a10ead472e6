package shell

import (
	"context"
	"time"

	"github.com/argan-sql/argan/engine"
)

// embedded is a session of an engine in this process.
type embedded struct {
	engine  *engine.Engine
	session *engine.Session
}

// Embedded starts a session of an engine. Close closes both.
func Embedded(e *engine.Engine) (Backend, error) {
	session, err := e.NewSession(engine.SessionOptions{Client: "argan sql", Local: true, KeepAlive: true})
	if err != nil {
		return nil, err
	}
	return &embedded{e, session}, nil
}

func (b *embedded) Prepare(ctx context.Context, sql string) (Statement, error) {
	st, err := b.session.Prepare(ctx, engine.Request{SQL: sql})
	if err != nil {
		return nil, err
	}
	return embeddedStatement{st}, nil
}

func (b *embedded) Set(_ context.Context, key, value string) error { return b.session.Set(key, value) }

func (b *embedded) Place() string { return b.engine.Warehouse() }

func (b *embedded) Close() error {
	b.session.Close()
	return b.engine.Close()
}

type embeddedStatement struct{ *engine.Statement }

func (s embeddedStatement) Run(ctx context.Context) (Rows, error) {
	result, err := s.Statement.Run(ctx)
	if err != nil {
		return nil, err
	}
	return embeddedRows{result, s.Session()}, nil
}

func (s embeddedStatement) Progress() (engine.Progress, bool) { return s.Statement.Progress(), true }

type embeddedRows struct {
	*engine.Result
	session *engine.Session
}

func (r embeddedRows) Zone() (*time.Location, string) {
	return r.session.Zone(), r.session.Get("spark.sql.session.timeZone")
}
