package engine

import (
	"context"
	"strings"

	"github.com/argan-sql/argan/catalog"
	"github.com/argan-sql/argan/catalog/relation"
	"github.com/argan-sql/argan/exec/vector"
	"github.com/argan-sql/argan/sqlerr"
	"github.com/argan-sql/argan/types"
)

// keptTable is a table of rows that a session keeps: in memory first, then on disk, until its view goes or the session ends.
type keptTable struct {
	name string
	kept *keptResult
}

func (t *keptTable) Name() []string                { return []string{t.name} }
func (t *keptTable) Provider() string              { return "memory" }
func (t *keptTable) Location() string              { return "" }
func (t *keptTable) Schema() *types.Type           { return t.kept.schema }
func (t *keptTable) PartitionColumns() []string    { return nil }
func (t *keptTable) Properties() map[string]string { return nil }
func (t *keptTable) Version() int64                { return -1 }

func (t *keptTable) Snapshot(context.Context, catalog.At) (catalog.Snapshot, error) { return t, nil }

func (t *keptTable) Files(context.Context, catalog.Predicate) ([]catalog.File, int, error) {
	return nil, 0, nil
}

// Statistics are exact: the rows do not change.
func (t *keptTable) Statistics() catalog.Statistics {
	rows, held, stored := t.kept.size()
	return catalog.Statistics{Rows: rows, Bytes: held + stored}
}

// Batches reads the rows from the start, as often as one likes.
func (t *keptTable) Batches(ctx context.Context, columns []int, f func(*vector.Batch) error) error {
	reader, err := t.kept.read(ctx, wholeResult)
	if err != nil {
		return err
	}
	defer reader.Close()
	for {
		b, err := reader.Next(ctx)
		if err != nil || b == nil {
			return err
		}
		if err := b.InPieces(columns, f); err != nil {
			return err
		}
	}
}

// LoadTemporary keeps rows in the session, under the name of a temporary view; Schema must be "". It gives how many rows
// were loaded. More are appended only to a view that was made so.
func (s *Session) LoadTemporary(ctx context.Context, l Load) (int64, error) {
	if l.Schema != "" {
		return 0, sqlerr.New("TEMP_VIEW_NAME_TOO_MANY_NAME_PARTS", "actualName", quoted(l.Schema, l.Table))
	}
	there := s.temporaryView(l.Table)
	appends := there != nil && (l.Mode == LoadAppend || l.Mode == LoadCreateAppend)
	switch {
	case l.Mode == LoadCreate && there != nil:
		return 0, sqlerr.New("TEMP_TABLE_OR_VIEW_ALREADY_EXISTS", "relationName", quoted(l.Table))
	case l.Mode == LoadAppend && there == nil:
		return 0, sqlerr.New("TABLE_OR_VIEW_NOT_FOUND", "relationName", quoted(l.Table)).WithHint("There is no temporary view of that name in the session.")
	case appends && there.kept == nil:
		return 0, sqlerr.Unsupported("Loading more rows into a temporary view that is a query").WithHint("Load with the mode replace, or into another name.")
	}
	counted := int64(0)
	stream := &tempView{name: "_load_" + newID()}
	stream.table = relation.Stream(stream.name, l.Columns, func() (*vector.Batch, error) {
		b, err := l.Next()
		if b != nil {
			counted += int64(b.Len())
		}
		return b, err
	})
	if err := s.addView(stream, false); err != nil {
		return 0, err
	}
	defer s.dropView(stream.name, false)
	sql := "SELECT * FROM " + types.Quote(stream.name)
	if appends {
		var err error
		if sql, err = appended(there, l.Columns, stream.name); err != nil {
			return 0, err
		}
	}
	kept, err := s.keep(ctx, sql)
	if err != nil {
		return 0, err
	}
	view := &tempView{name: l.Table, schema: kept.schema, database: s.Database(), kept: kept}
	view.table = &keptTable{l.Table, kept}
	if err := s.addView(view, l.Mode != LoadCreate); err != nil {
		view.forget()
		return 0, err
	}
	s.mu.RLock()
	closed := s.closed
	s.mu.RUnlock()
	if closed { // nobody drops the view of a session that has ended meanwhile
		s.dropView(l.Table, false)
		return 0, sqlerr.New("SESSION_NOT_FOUND", "id", s.id)
	}
	return counted, nil
}

// appended is the query of a view's rows and, below them, those of a stream, whose columns are found by name.
func appended(view *tempView, columns *types.Type, stream string) (string, error) {
	names := make([]string, len(view.kept.schema.Fields))
	casts := make([]string, len(names))
	for i, f := range view.kept.schema.Fields {
		names[i] = types.Quote(f.Name)
		casts[i] = "CAST(" + names[i] + " AS " + f.Type.SQL() + ") AS " + names[i]
	}
	if len(columns.Fields) > len(names) {
		data := make([]string, len(columns.Fields))
		for i, f := range columns.Fields {
			data[i] = types.Quote(f.Name)
		}
		return "", sqlerr.New("INSERT_COLUMN_ARITY_MISMATCH.TOO_MANY_DATA_COLUMNS", "tableName", quoted(view.name), "tableColumns", strings.Join(names, ", "), "dataColumns", strings.Join(data, ", "))
	}
	return "SELECT " + strings.Join(names, ", ") + " FROM " + types.Quote(view.name) + " UNION ALL SELECT " + strings.Join(casts, ", ") + " FROM " + types.Quote(stream), nil
}

// keep runs a query and keeps its rows.
func (s *Session) keep(ctx context.Context, sql string) (*keptResult, error) {
	st, err := s.Prepare(ctx, Request{SQL: sql, Tag: "load"})
	if err != nil {
		return nil, err
	}
	r, err := st.Run(ctx)
	if err != nil {
		return nil, err
	}
	defer r.Close()
	kept := newKept(&s.engine.keeper, r.Schema(), s.engine.spillDir())
	for {
		b, err := r.Next(ctx)
		if err == nil && b != nil {
			if err = kept.add(ctx, b); err == nil {
				continue
			}
		}
		if err != nil {
			kept.drop()
			return nil, err
		}
		kept.end(nil, -1, -1)
		return kept, nil
	}
}
