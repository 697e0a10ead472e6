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
	if l.Table == "" {
		return 0, 0, sqlerr.New("INVALID_EMPTY_LOCATION", "location", "").WithHint("The load names no table.")
	}
	target := types.Quote(l.Table)
	database := s.Database()
	if l.Schema != "" {
		database, target = l.Schema, types.Quote(l.Schema)+"."+target
	}
	counted := int64(0)
	name := "_load_" + newID()
	view := &tempView{name: name, table: relation.Stream(name, l.Columns, func() (*vector.Batch, error) {
		b, err := l.Next()
		if b != nil {
			counted += int64(b.Len())
		}
		return b, err
	})}
	if err := s.addView(view, false); err != nil {
		return 0, 0, err
	}
	defer s.dropView(name, false)
	there, err := s.engine.meta.Table(ctx, database, l.Table)
	if err != nil {
		return 0, 0, err
	}
	from := " SELECT * FROM " + types.Quote(name)
	sql := "INSERT INTO " + target + " BY NAME" + from
	switch {
	case l.Mode == LoadReplace:
		sql = "CREATE OR REPLACE TABLE " + target + " USING delta AS" + from
	case l.Mode == LoadCreate || l.Mode == LoadCreateAppend && there == nil:
		sql = "CREATE TABLE " + target + " USING delta AS" + from
	case l.Mode != LoadAppend && l.Mode != LoadCreateAppend:
		return 0, 0, sqlerr.Unsupported("The load mode %s", strings.TrimSpace(string(l.Mode)))
	}
	r, err := s.Query(ctx, Request{SQL: sql, Tag: "load"})
	if err != nil {
		return 0, 0, err
	}
	defer r.Close()
	for {
		b, err := r.Next(ctx)
		if err != nil {
			return 0, 0, err
		}
		if b == nil {
			return counted, r.CommitVersion(), nil
		}
	}
}
