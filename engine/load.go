package engine

import (
	"context"
	"strings"

	"github.com/argan-sql/argan/catalog/relation"
	"github.com/argan-sql/argan/exec/vector"
	"github.com/argan-sql/argan/sqlerr"
	"github.com/argan-sql/argan/types"
)

// LoadMode says what a load does about the table.
type LoadMode string

// Modes of loading.
const (
	LoadCreate       LoadMode = "create"        // the table must not be there
	LoadAppend       LoadMode = "append"        // the table must be there
	LoadReplace      LoadMode = "replace"       // the table is made anew
	LoadCreateAppend LoadMode = "create_append" // either
)

// Load is rows from outside on their way into a table. One load is one commit: all rows or none.
type Load struct {
	// Schema is the database, "" for the current one.
	Schema, Table string
	Mode          LoadMode
	// Columns are those of the batches; in an existing table they are found by name.
	Columns *types.Type
	// Next gives the next batch, nil at the end.
	Next func() (*vector.Batch, error)
}

// Load writes rows into a table and gives how many, and the version they became.
func (s *Session) Load(ctx context.Context, l Load) (rows, version int64, err error) {
	counted := int64(0)
	view := &tempView{name: "_load_" + newID()}
	view.table = relation.Stream(view.name, l.Columns, func() (*vector.Batch, error) {
		b, err := l.Next()
		if b != nil {
			counted += int64(b.Len())
		}
		return b, err
	})
	done, err := s.loadView(ctx, view, loading{database: l.Schema, table: l.Table, mode: l.Mode, byName: true})
	if err != nil {
		return 0, 0, err
	}
	return counted, done.Version, nil
}

// loading is where the rows of a view go.
type loading struct {
	database, table string // database "" is the current one
	mode            LoadMode
	byName          bool // columns of an existing table are found by name, else by place
	evolve          bool // columns that the table has not are added to it
	application     string
}

// loadView writes the rows of a view into a table by the statement that a user would write.
func (s *Session) loadView(ctx context.Context, view *tempView, l loading) (Loaded, error) {
	if l.table == "" {
		return Loaded{}, sqlerr.New("INVALID_EMPTY_LOCATION", "location", "").WithHint("The load names no table.")
	}
	target := types.Quote(l.table)
	database := s.Database()
	if l.database != "" {
		database, target = l.database, types.Quote(l.database)+"."+target
	}
	if err := s.addView(view, false); err != nil {
		return Loaded{}, err
	}
	defer s.dropView(view.name, false)
	there, err := s.engine.meta.Table(ctx, database, l.table)
	if err != nil {
		return Loaded{}, err
	}
	from := " SELECT * FROM " + types.Quote(view.name)
	var sql string
	switch {
	case l.mode == LoadReplace:
		sql = "CREATE OR REPLACE TABLE " + target + " USING delta AS" + from
	case l.mode == LoadCreate || l.mode == LoadCreateAppend && there == nil:
		sql = "CREATE TABLE " + target + " USING delta AS" + from
	case l.mode == LoadAppend || l.mode == LoadCreateAppend:
		sql = "INSERT "
		if l.evolve {
			sql += "WITH SCHEMA EVOLUTION "
		}
		sql += "INTO " + target
		if l.byName {
			sql += " BY NAME"
		}
		sql += from
	default:
		return Loaded{}, sqlerr.Unsupported("The load mode %s", strings.TrimSpace(string(l.mode)))
	}
	st, err := s.Prepare(ctx, Request{SQL: sql, Tag: "load", application: l.application})
	if err != nil {
		return Loaded{}, err
	}
	done := Loaded{StatementID: st.ID()}
	r, err := st.Run(ctx)
	if err != nil {
		return done, err
	}
	defer r.Close()
	if err := r.Drain(ctx); err != nil {
		return done, err
	}
	done.Rows, done.Version = r.Affected(), r.CommitVersion()
	return done, nil
}
