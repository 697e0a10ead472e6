package engine

import (
	"context"
	"path"
	"path/filepath"
	"regexp"
	"sort"
	"strings"

	"github.com/argan-sql/argan/catalog/metastore"
	"github.com/argan-sql/argan/sql/ast"
	"github.com/argan-sql/argan/sqlerr"
	"github.com/argan-sql/argan/types"
)

// globalTemp is the database of global temporary views.
const globalTemp = "global_temp"

// pathFormats are the formats whose name may stand before a path: delta.`/data/t`.
var pathFormats = map[string]bool{"delta": true, "parquet": true, "csv": true, "json": true, "text": true, "orc": true, "avro": true, "binaryfile": true}

// quoted is a name as error messages show it: `a`.`b`.
func quoted(parts ...string) string {
	out := make([]string, len(parts))
	for i, p := range parts {
		out[i] = types.Quote(p)
	}
	return strings.Join(out, ".")
}

// parts gives the parts of a name, evaluating IDENTIFIER(…).
func (p *planner) parts(ctx context.Context, n ast.Name) ([]string, error) {
	if n.Dynamic == nil {
		return n.Strings(), nil
	}
	return p.identifier(ctx, n.Dynamic)
}

// objectName is a name of a table or view, completed by the current database. path is set for delta.`/p` and the like.
type objectName struct {
	database, name string
	path           bool   // database is then the format and name the path
	temporary      string // the only part, where a temporary view may be meant
}

func (o objectName) String() string { return quoted(catalogName, o.database, o.name) }

// object completes a name of one to three parts.
func (p *planner) object(ctx context.Context, n ast.Name) (objectName, error) {
	parts, err := p.parts(ctx, n)
	if err != nil {
		return objectName{}, err
	}
	return p.complete(ctx, parts, n)
}

func (p *planner) complete(ctx context.Context, parts []string, at ast.Node) (objectName, error) {
	switch len(parts) {
	case 1:
		return objectName{database: p.database, name: parts[0], temporary: strings.ToLower(parts[0])}, nil
	case 2:
		if pathFormats[strings.ToLower(parts[0])] {
			if _, err := p.engine.meta.Database(ctx, parts[0]); sqlerr.Is(err, "SCHEMA_NOT_FOUND") {
				return objectName{database: strings.ToLower(parts[0]), name: parts[1], path: true}, nil
			}
		}
		return objectName{database: strings.ToLower(parts[0]), name: parts[1]}, nil
	case 3:
		if strings.EqualFold(parts[0], catalogName) {
			return objectName{database: strings.ToLower(parts[1]), name: parts[2]}, nil
		}
		return objectName{}, sqlerr.New("TABLE_OR_VIEW_NOT_FOUND", "relationName", quoted(parts...)).At(at.Pos()).WithHint("The only catalog is %s.", catalogName)
	}
	return objectName{}, sqlerr.New("REQUIRES_SINGLE_PART_NAMESPACE", "sessionCatalog", catalogName, "namespace", quoted(parts[:max(0, len(parts)-1)]...)).At(at.Pos())
}

// databaseName is the name of a database, of one part or with the catalog before it.
func (p *planner) databaseName(ctx context.Context, n ast.Name) (string, error) {
	parts, err := p.parts(ctx, n)
	if err != nil {
		return "", err
	}
	if len(parts) == 2 && strings.EqualFold(parts[0], catalogName) {
		parts = parts[1:]
	}
	if len(parts) != 1 {
		return "", sqlerr.New("SCHEMA_NOT_FOUND", "schemaName", quoted(parts...)).At(n.Pos())
	}
	return strings.ToLower(parts[0]), nil
}

// databaseOr is databaseName, or the current database where there is no name. The database must exist.
func (p *planner) databaseOr(ctx context.Context, n ast.Name) (string, error) {
	name := p.database
	if n.Present() {
		var err error
		if name, err = p.databaseName(ctx, n); err != nil {
			return "", err
		}
	}
	if name == globalTemp {
		return name, nil
	}
	if _, err := p.engine.meta.Database(ctx, name); err != nil {
		return "", at(err, n)
	}
	return name, nil
}

// at gives an error of the table of classes the position of a node.
func at(err error, n ast.Node) error {
	if err == nil {
		return nil
	}
	if e, ok := err.(*sqlerr.Error); ok {
		return e.At(n.Pos())
	}
	return err
}

// notFound is TABLE_OR_VIEW_NOT_FOUND, with what was perhaps meant.
func (p *planner) notFound(ctx context.Context, parts []string, n ast.Node) error {
	e := sqlerr.New("TABLE_OR_VIEW_NOT_FOUND", "relationName", quoted(parts...)).At(n.Pos())
	database := p.database
	if len(parts) > 1 {
		database = parts[len(parts)-2]
	}
	if _, err := p.engine.meta.Database(ctx, database); err != nil && database != globalTemp {
		return e.WithHint("There is no database %s; SHOW DATABASES lists those there are.", types.Quote(database))
	}
	var names []string
	if tables, err := p.engine.meta.Tables(ctx, database); err == nil {
		for _, t := range tables {
			if p.session.sees(ctx, t.Database, t.Name) {
				names = append(names, t.Name)
			}
		}
	}
	for name := range p.session.temporaryViews() {
		names = append(names, name)
	}
	if near := nearest(parts[len(parts)-1], names); near != "" {
		return e.WithHint("Did you mean %s?", types.Quote(near))
	}
	return e
}

// nearest is the candidate that differs from name by the fewest letters, "" when none is near.
func nearest(name string, candidates []string) string {
	best, bound := "", len(name)/3+1
	sort.Strings(candidates)
	for _, c := range candidates {
		if d := sqlerr.Distance(strings.ToLower(name), strings.ToLower(c)); d <= bound {
			best, bound = c, d-1
		}
	}
	return best
}

// like turns a SHOW pattern (* any letters, | or) into a test of names, case-insensitively.
func like(pattern *string) func(string) bool {
	if pattern == nil {
		return func(string) bool { return true }
	}
	var tests []*regexp.Regexp
	for _, p := range strings.Split(strings.TrimSpace(*pattern), "|") {
		if re, err := regexp.Compile("(?i)^" + strings.ReplaceAll(p, "*", ".*") + "$"); err == nil {
			tests = append(tests, re)
		}
	}
	return func(name string) bool {
		for _, t := range tests {
			if t.MatchString(name) {
				return true
			}
		}
		return false
	}
}

// location makes a path absolute: relative ones are under base.
func location(base, text string) string {
	text = strings.TrimPrefix(text, "file:")
	if strings.HasPrefix(text, "//") {
		text = "/" + strings.TrimLeft(text, "/")
	}
	if !filepath.IsAbs(text) {
		text = filepath.Join(base, text)
	}
	return filepath.Clean(text)
}

// isFolder refuses names of tables and databases that would name another folder than one right below their parent.
func isFolder(name string) error {
	if name == "." || name == ".." || strings.ContainsAny(name, "/\\\x00") {
		return sqlerr.New("_LEGACY_ERROR_TEMP_1065", "name", name)
	}
	return nil
}

// tableLocation is where a table without LOCATION lives.
func (p *planner) tableLocation(ctx context.Context, database, name string) (string, error) {
	if err := isFolder(name); err != nil {
		return "", err
	}
	d, err := p.engine.meta.Database(ctx, database)
	if err != nil {
		return "", err
	}
	return path.Join(d.Location, strings.ToLower(name)), nil
}

// entry finds a table or view of the metastore; nil when there is none.
func (p *planner) entry(ctx context.Context, o objectName) (*metastore.Table, error) {
	if o.path || o.database == globalTemp {
		return nil, nil
	}
	return p.engine.meta.Table(ctx, o.database, o.name)
}
