package engine

import (
	"context"
	"strings"

	"github.com/argan-sql/argan/catalog/metastore"
	"github.com/argan-sql/argan/exec/function"
	"github.com/argan-sql/argan/exec/vector"
	"github.com/argan-sql/argan/planner/analyzer"
	"github.com/argan-sql/argan/sql/ast"
	"github.com/argan-sql/argan/sql/parser"
	"github.com/argan-sql/argan/sqlerr"
	"github.com/argan-sql/argan/types"
)

// environment answers the analyzer's questions about names, settings and parameters for one statement.
type environment struct {
	p   *planner
	ctx context.Context
}

// newAnalyzer is an analyzer for the planner's statement.
func (p *planner) newAnalyzer(ctx context.Context) *analyzer.Analyzer {
	return analyzer.New(&environment{p, ctx})
}

func (e *environment) Context() context.Context     { return e.ctx }
func (e *environment) Functions() *function.Context { return e.p.functions }
func (e *environment) Setting(key string) string    { return e.p.get(key) }

// Macro: functions in SQL are not stored (CREATE FUNCTION is refused by name).
func (e *environment) Macro([]string, analyzer.Place) *analyzer.Macro { return nil }

func (e *environment) Relation(name []string, place analyzer.Place) (*analyzer.Relation, error) {
	q := *e.p
	if place.Database != "" {
		q.database = place.Database
	}
	q.definer = place.Owner
	o, err := q.complete(e.ctx, name, &ast.Table{})
	if err != nil {
		if sqlerr.Is(err, "TABLE_OR_VIEW_NOT_FOUND") || sqlerr.Is(err, "REQUIRES_SINGLE_PART_NAMESPACE") {
			return nil, nil
		}
		return nil, err
	}
	if o.temporary != "" && !place.Temporary {
		// A permanent view sees no temporary ones.
		o.temporary = ""
		name = []string{o.database, o.name}
	}
	// What is written to was looked at before the statement was planned: it is no reading.
	if !place.Written && (o.temporary == "" || q.session.temporaryView(o.temporary) == nil) {
		if err := q.readsFrom(e.ctx, o); err != nil {
			return nil, err
		}
	}
	f, err := q.find(e.ctx, name, &ast.Table{})
	if err != nil {
		if sqlerr.Is(err, "TABLE_OR_VIEW_NOT_FOUND") {
			return nil, nil
		}
		return nil, err
	}
	switch {
	case f.temp != nil && f.table != nil:
		return &analyzer.Relation{Name: []string{f.temp.name}, Table: f.table, Temporary: true}, nil
	case f.temp != nil:
		return &analyzer.Relation{Name: temporaryName(f.temp), Temporary: true, View: &analyzer.View{
			Query: f.temp.query, Columns: f.temp.schema, QueryColumns: f.temp.queryColumns, Place: analyzer.Place{Catalog: catalogName, Database: f.temp.database, Temporary: true},
		}}, nil
	case f.table != nil && f.name.path:
		return &analyzer.Relation{Name: []string{f.name.database, f.name.name}, Table: f.table, At: f.at}, nil
	case f.table != nil:
		return &analyzer.Relation{Name: []string{catalogName, f.name.database, f.name.name}, Table: f.table}, nil
	}
	v, err := storedView(f.entry)
	if err != nil {
		return nil, err
	}
	return &analyzer.Relation{Name: []string{catalogName, f.entry.Database, f.entry.Name}, View: v}, nil
}

func temporaryName(v *tempView) []string {
	if v.global {
		return []string{globalTemp, v.name}
	}
	return []string{v.name}
}

// storedView is a permanent view as the analyzer takes it.
func storedView(entry *metastore.Table) (*analyzer.View, error) {
	tree, err := parser.Options{
		DoubleQuotedIdentifiers: strings.EqualFold(entry.ViewSettings["spark.sql.ansi.enabled"], "true") && strings.EqualFold(entry.ViewSettings["spark.sql.ansi.doubleQuotedIdentifiers"], "true"),
	}.Parse(entry.ViewText)
	if err != nil {
		return nil, err
	}
	q, ok := tree.(*ast.Query)
	if !ok {
		return nil, sqlerr.Internal("the text of view %s.%s is not a query", entry.Database, entry.Name)
	}
	return &analyzer.View{
		Query: q, Columns: entry.Schema, QueryColumns: entry.ViewColumns, Place: analyzer.Place{Catalog: catalogName, Database: entry.ViewDatabase, Owner: entry.Owner}, Settings: entry.ViewSettings,
	}, nil
}

func (e *environment) TableFunction(name string, args []analyzer.Argument, place analyzer.Place) (*analyzer.Relation, error) {
	f, ok := tableFunctions[strings.ToLower(name)]
	if !ok {
		return nil, nil
	}
	q := *e.p
	if place.Database != "" {
		q.database = place.Database
	}
	q.definer = place.Owner
	return f(&q, e.ctx, args)
}

func (e *environment) Parameter(name string, index int) *vector.Vector {
	if e.p.statement == nil {
		return nil
	}
	r := e.p.statement.request
	positional := 0
	for _, param := range r.Parameters {
		if param.Name == "" {
			if name == "" && positional == index {
				return constant(param)
			}
			positional++
			continue
		}
		if name != "" && strings.EqualFold(param.Name, name) {
			return constant(param)
		}
	}
	positional = 0
	for _, m := range e.p.statement.markers {
		if name != "" && strings.EqualFold(m.name, name) || name == "" && m.name == "" && positional == index {
			return m.value
		}
		if m.name == "" {
			positional++
		}
	}
	return nil
}

func constant(p Parameter) *vector.Vector {
	t := p.Type
	if t == nil {
		t = types.NullType
	}
	return vector.Of(t, p.Value)
}

func (e *environment) Variable(name []string) *vector.Vector {
	if n := len(name); n > 1 && strings.EqualFold(name[n-2], "session") {
		name = name[n-1:]
	}
	if len(name) != 1 {
		return nil
	}
	e.p.session.mu.RLock()
	defer e.p.session.mu.RUnlock()
	if v := e.p.session.variables[strings.ToLower(name[0])]; v != nil {
		return v.value
	}
	return nil
}
