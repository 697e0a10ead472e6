package engine

import (
	"context"
	"regexp"
	"strings"

	"github.com/argan-sql/argan/catalog/metastore"
	"github.com/argan-sql/argan/sql/ast"
	"github.com/argan-sql/argan/sqlerr"
	"github.com/argan-sql/argan/types"
)

// CatalogName is the name of the one catalog.
const CatalogName = catalogName

// TableInfo is a table or view as metadata calls of the protocols list it.
type TableInfo struct {
	Schema, Name string
	// Type is TABLE, VIEW or SYSTEM TABLE; temporary views are VIEW in schema "".
	Type    string
	Comment string
	// Provider and Location are those of a table.
	Provider, Location string
	Properties         map[string]string
	// Version is a Delta table's, -1 otherwise. Set with Columns.
	Version int64
	// Columns are set when they were asked for; nil where the table cannot be opened.
	Columns *types.Type
	// Partitions are the partition columns. Set with Columns.
	Partitions []string
}

// LikePattern turns a JDBC metadata pattern (% any letters, _ one, backslash escapes) into a test of names, ignoring case.
func LikePattern(pattern *string) func(string) bool {
	if pattern == nil || *pattern == "%" || *pattern == "" {
		return func(string) bool { return true }
	}
	var b strings.Builder
	b.WriteString("(?is)^")
	escaped := false
	for _, r := range *pattern {
		switch {
		case escaped:
			b.WriteString(regexp.QuoteMeta(string(r)))
			escaped = false
		case r == '\\':
			escaped = true
		case r == '%':
			b.WriteString(".*")
		case r == '_':
			b.WriteString(".")
		default:
			b.WriteString(regexp.QuoteMeta(string(r)))
		}
	}
	re := regexp.MustCompile(b.String() + "$")
	return re.MatchString
}

// Schemas lists the databases whose name matches.
func (s *Session) Schemas(ctx context.Context, matches func(string) bool) ([]string, error) {
	all, err := s.engine.meta.Databases(ctx)
	if err != nil {
		return nil, err
	}
	var out []string
	for _, d := range all {
		if matches(d.Name) && s.sees(ctx, d.Name, "") {
			out = append(out, d.Name)
		}
	}
	return out, nil
}

// Tables lists tables and views whose schema and name match, with their columns if asked for.
func (s *Session) Tables(ctx context.Context, schema, name func(string) bool, columns bool) ([]TableInfo, error) {
	all, err := s.engine.meta.Databases(ctx)
	if err != nil {
		return nil, err
	}
	p := s.newPlanner(nil)
	var out []TableInfo
	for _, d := range all {
		if !schema(d.Name) || !s.sees(ctx, d.Name, "") {
			continue
		}
		entries, err := s.engine.meta.Tables(ctx, d.Name)
		if err != nil {
			return nil, err
		}
		for _, e := range entries {
			if !name(e.Name) || !s.sees(ctx, e.Database, e.Name) {
				continue
			}
			info := TableInfo{Schema: e.Database, Name: e.Name, Type: "TABLE", Comment: e.Comment, Provider: e.Provider, Location: e.Location, Properties: e.Properties, Version: -1}
			switch e.Kind {
			case metastore.View:
				info.Type = "VIEW"
			case metastore.SystemTable:
				info.Type = "SYSTEM TABLE"
			}
			if columns {
				p.describe(ctx, e, &info)
			}
			out = append(out, info)
		}
	}
	for _, v := range s.temporaryViews() {
		if schema("") && name(v.name) {
			info := TableInfo{Name: v.name, Type: "VIEW", Comment: v.comment, Version: -1}
			if columns {
				info.Columns, _, _ = p.schemaOf(ctx, &found{temp: v, table: v.table})
			}
			out = append(out, info)
		}
	}
	return out, nil
}

// describe fills in what only the table itself tells; a table that cannot be opened is listed without it.
func (p *planner) describe(ctx context.Context, e *metastore.Table, info *TableInfo) {
	f := &found{name: objectName{database: e.Database, name: e.Name}, entry: e}
	if e.Kind != metastore.View {
		var err error
		if f.table, err = p.open(ctx, e); err != nil {
			return
		}
		snapshot, err := f.snapshot(ctx)
		if err != nil {
			return
		}
		info.Version = snapshot.Version()
	}
	info.Columns, info.Partitions, _ = p.schemaOf(ctx, f)
	if props, err := p.propertiesOf(ctx, f); err == nil {
		info.Properties = props
	}
}

// Table describes one table or view; TABLE_OR_VIEW_NOT_FOUND when there is none.
func (s *Session) Table(ctx context.Context, schema, name string) (*TableInfo, error) {
	e, err := s.engine.meta.Table(ctx, schema, name)
	if err != nil {
		return nil, err
	}
	if e == nil {
		p := s.newPlanner(nil)
		return nil, p.notFound(ctx, []string{schema, name}, &ast.Table{})
	}
	list, err := s.Tables(ctx, func(d string) bool { return strings.EqualFold(d, e.Database) }, func(n string) bool { return strings.EqualFold(n, e.Name) }, true)
	if err != nil {
		return nil, err
	}
	for i := range list {
		if list[i].Schema != "" {
			return &list[i], nil
		}
	}
	return nil, sqlerr.New("TABLE_OR_VIEW_NOT_FOUND", "relationName", quoted(schema, name))
}
