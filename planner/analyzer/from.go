package analyzer

import (
	"strings"

	"github.com/argan-sql/argan/catalog"
	"github.com/argan-sql/argan/planner/expr"
	"github.com/argan-sql/argan/planner/logical"
	"github.com/argan-sql/argan/sql/ast"
	"github.com/argan-sql/argan/sqlerr"
	"github.com/argan-sql/argan/types"
)

// from analyzes a relation.
func (a *Analyzer) from(rel ast.Relation, b *block) (*scope, error) {
	s, err := a.relation(rel, b)
	if err != nil {
		return nil, at(err, rel.Pos())
	}
	return s, nil
}

func (a *Analyzer) relation(rel ast.Relation, b *block) (*scope, error) {
	switch rel := rel.(type) {
	case *ast.Table:
		return a.table(rel, b)
	case *ast.Derived:
		return a.derived(rel, b)
	case *ast.Nested:
		s, err := a.from(rel.Relation, b)
		if err != nil {
			return nil, err
		}
		if s, err = a.sampled(s, rel.Sample, b); err != nil {
			return nil, err
		}
		return a.aliased(s, rel.Alias, nil)
	case *ast.TableFunction:
		return a.tableFunction(rel, b)
	case *ast.Join:
		return a.join(rel, b)
	case *ast.LateralView:
		return a.lateralView(rel, b)
	case *ast.Pivot:
		return a.pivot(rel, b)
	case *ast.Unpivot:
		return a.unpivot(rel, b)
	case *ast.Values:
		return a.values(rel, b)
	case *ast.Stream:
		return a.stream(rel, b)
	}
	return nil, sqlerr.Unsupported("the relation %T", rel)
}

func (a *Analyzer) table(t *ast.Table, b *block) (*scope, error) {
	name, err := a.nameOf(t.Name)
	if err != nil {
		return nil, err
	}
	if len(name) == 1 && t.TimeTravel == nil {
		if s := b.ctes.find(a, name[0]); s != nil {
			if s, err = a.sampled(s, t.Sample, b); err != nil {
				return nil, err
			}
			return a.aliased(s, t.Alias, []string{name[0]})
		}
	}
	rel, err := a.env.Relation(name, a.place)
	if err != nil {
		return nil, at(err, t.Name.Pos())
	}
	if rel == nil {
		return nil, sqlerr.New("TABLE_OR_VIEW_NOT_FOUND", "relationName", quoteParts(name)).At(t.Name.Pos())
	}
	if rel.Temporary && len(a.views) == 0 {
		a.temps = append(a.temps, strings.Join(name, "."))
	}
	version := rel.At
	if t.TimeTravel != nil {
		if version, err = a.timeTravel(t.TimeTravel); err != nil {
			return nil, at(err, t.TimeTravel.Pos())
		}
		if rel.Table == nil {
			return nil, sqlerr.New("UNSUPPORTED_FEATURE.TIME_TRAVEL", "relationId", quoteParts(name)).At(t.Name.Pos())
		}
	}
	s, err := a.open(rel, version)
	if err != nil {
		return nil, at(err, t.Name.Pos())
	}
	if s, err = a.sampled(s, t.Sample, b); err != nil {
		return nil, err
	}
	return a.aliased(s, t.Alias, nil)
}

// open makes a scope of a table, view or plan.
func (a *Analyzer) open(rel *Relation, version catalog.At) (*scope, error) {
	switch {
	case rel.View != nil:
		return a.view(rel)
	case rel.Plan != nil:
		node, _ := logical.Fresh(rel.Plan)
		return qualified(&scope{node: node, columns: node.Output()}, rel.Name), nil
	}
	scan, err := a.Scan(rel, version)
	if err != nil {
		return nil, err
	}
	s := &scope{node: scan, columns: scan.Columns, scans: []*logical.Scan{scan}}
	return a.padded(s)
}

// Scan reads all columns of a table.
func (a *Analyzer) Scan(rel *Relation, version catalog.At) (*logical.Scan, error) {
	snapshot, err := rel.Table.Snapshot(a.env.Context(), version)
	if err != nil {
		return nil, err
	}
	schema := snapshot.Schema()
	scan := &logical.Scan{Table: rel.Table, Snapshot: snapshot, Limit: -1}
	keepsNotNull := strings.EqualFold(rel.Table.Provider(), "delta")
	for i, f := range schema.Fields {
		if f.Type.HasNested(func(t *types.Type) bool { return t.Kind == types.Variant }) {
			return nil, sqlerr.Unsupported("the type of the column %s: %s", f.Name, f.Type)
		}
		scan.Columns = append(scan.Columns, &expr.Column{
			ID: expr.NewID(), Name: f.Name, T: withoutLengths(f.Type), Null: f.Nullable || !keepsNotNull,
			Qualifier: rel.Name, Metadata: withLength(f.Metadata, f.Type),
		})
		scan.Fields = append(scan.Fields, i)
	}
	return scan, nil
}

// padded fills char(n) columns with blanks to their length, as files may hold them shorter.
func (a *Analyzer) padded(s *scope) (*scope, error) {
	scan := s.scans[0]
	schema := scan.Snapshot.Schema()
	list := make([]logical.Named, len(scan.Columns))
	changed := false
	for i, c := range scan.Columns {
		list[i] = logical.Pass(c)
		t := charType(schema.Fields[scan.Fields[i]])
		if t == nil || !a.enabled("spark.sql.readSideCharPadding", true) {
			continue
		}
		e, err := a.scalar("rpad", c, intLiteral(t.Length), stringLiteral(" "))
		if err != nil {
			return nil, err
		}
		out := *c
		out.ID = expr.NewID()
		list[i], changed = named(e, &out), true
	}
	if !changed {
		return s, nil
	}
	p := &logical.Project{Exprs: list, Input: scan}
	return &scope{node: p, columns: p.Output()}, nil
}

// withLength notes the char(n) or varchar(n) type of a column whose values are strings from here on.
func withLength(metadata map[string]any, t *types.Type) map[string]any {
	if t.Kind != types.Char && t.Kind != types.Varchar {
		return metadata
	}
	out := map[string]any{}
	for k, v := range metadata {
		out[k] = v
	}
	out[lengthKey] = t.String()
	return out
}

// charType is the char(n) type of a field, by its type or its metadata; nil for other fields.
func charType(f types.Field) *types.Type {
	if f.Type.Kind == types.Char {
		return f.Type
	}
	text, _ := f.Metadata[lengthKey].(string)
	if strings.HasPrefix(text, "char(") {
		n := 0
		for _, c := range text[len("char("):] {
			if c < '0' || c > '9' {
				break
			}
			n = n*10 + int(c-'0')
		}
		return types.NewChar(n)
	}
	return nil
}

// maxViewDepth bounds views within views.
const maxViewDepth = 100

// view analyzes the text of a view where it was made, and gives its columns the names and types it was made with.
func (a *Analyzer) view(rel *Relation) (*scope, error) {
	v := rel.View
	full := strings.Join(rel.Name, ".")
	for _, n := range a.views {
		if n == full {
			return nil, sqlerr.New("RECURSIVE_VIEW", "viewIdent", quoteParts(rel.Name), "newPath", strings.Join(append(a.views, full), " -> "))
		}
	}
	if len(a.views) >= maxViewDepth {
		return nil, sqlerr.New("_LEGACY_ERROR_TEMP_1009", "identifier", quoteParts(rel.Name), "maxNestedViewDepth", itoa(maxViewDepth), "config", "spark.sql.view.maxNestedViewDepth")
	}
	place, override, ansi, views, warnings := a.place, a.override, a.ansi, a.views, a.warnings
	a.place, a.override, a.views = v.Place, v.Settings, append(append([]string{}, views...), full)
	if s, ok := v.Settings["spark.sql.ansi.enabled"]; ok {
		a.ansi = strings.EqualFold(s, "true")
	}
	s, err := a.query(v.Query, &block{})
	a.place, a.override, a.ansi, a.views, a.warnings = place, override, ansi, views, warnings
	if err != nil {
		if e, ok := err.(*sqlerr.Error); ok {
			e.Position = sqlerr.Position{} // it points into the view's text, not into the statement
		}
		return nil, err
	}
	s, err = a.viewColumns(rel, s)
	if err != nil {
		return nil, err
	}
	return qualified(s, rel.Name), nil
}

func (a *Analyzer) viewColumns(rel *Relation, s *scope) (*scope, error) {
	want := rel.View.Columns
	if want == nil {
		return &scope{node: tidy(s), columns: s.visible()}, nil
	}
	have := s.visible()
	if len(have) < len(want.Fields) {
		return nil, incompatibleView(rel, want.Fields[len(have)].Name, have)
	}
	p := &logical.Project{Input: s.node}
	for i, f := range want.Fields {
		c := have[i]
		if i < len(rel.View.QueryColumns) {
			ms := a.matches(have, []string{rel.View.QueryColumns[i]})
			if len(ms) != 1 {
				return nil, incompatibleView(rel, rel.View.QueryColumns[i], have)
			}
			c = ms[0].column
		}
		if !types.CanStoreAssign(c.T, f.Type) {
			return nil, sqlerr.New("CANNOT_UP_CAST_DATATYPE", "expression", rel.Name[len(rel.Name)-1]+"."+c.Name, "sourceType", quotedType(c.T),
				"targetType", quotedType(f.Type), "details", "The type path of the target object is:\n\nYou can either add an explicit cast to the input data or choose a higher precision type of the field in the target object")
		}
		e, err := a.coerce(c, withoutLengths(f.Type))
		if err != nil {
			return nil, err
		}
		out := logical.NewColumn(f.Name, e.Type(), e.Nullable())
		out.Metadata = c.Metadata
		if f.Metadata != nil {
			out.Metadata = f.Metadata
		}
		p.Exprs = append(p.Exprs, named(e, out))
	}
	return &scope{node: p, columns: p.Output()}, nil
}

func incompatibleView(rel *Relation, column string, have []*expr.Column) error {
	return sqlerr.New("INCOMPATIBLE_VIEW_SCHEMA_CHANGE", "viewName", quoteParts(rel.Name), "colName", column, "expectedNum", "1",
		"actualCols", "["+columnNames(have)+"]", "suggestion", "CREATE OR REPLACE VIEW")
}

func columnNames(cols []*expr.Column) string {
	names := make([]string, len(cols))
	for i, c := range cols {
		names[i] = c.Name
	}
	return strings.Join(names, ", ")
}

// qualified gives all columns a qualifier in place of their own.
func qualified(s *scope, qualifier []string) *scope {
	cols := make([]*expr.Column, len(s.columns))
	for i, c := range s.columns {
		n := *c
		n.Qualifier = qualifier
		cols[i] = &n
	}
	return &scope{node: s.node, columns: cols, scans: s.scans}
}

// anonymous qualifies the columns of a query in FROM that has no alias.
var anonymous = []string{"__auto_generated_subquery_name"}

// aliased gives a relation its alias: a qualifier, and names for its columns. implied is the qualifier without an alias.
func (a *Analyzer) aliased(s *scope, alias *ast.TableAlias, implied []string) (*scope, error) {
	if alias == nil {
		if implied == nil {
			return s, nil
		}
		return qualified(&scope{node: s.node, columns: s.visible(), scans: s.scans}, implied), nil
	}
	if len(alias.Columns) > 0 {
		cols := s.visible()
		if len(cols) != len(alias.Columns) {
			return nil, sqlerr.New("_LEGACY_ERROR_TEMP_1028", "columnSize", itoa(len(alias.Columns)), "outputSize", itoa(len(cols))).At(alias.Pos())
		}
		p := &logical.Project{Input: s.node}
		for i, c := range cols {
			out := c.Renamed()
			out.Name, out.Qualifier = alias.Columns[i].Text, nil
			p.Exprs = append(p.Exprs, named(c, out))
		}
		s = &scope{node: p, columns: p.Output()}
	}
	if !alias.Name.Present() {
		return s, nil
	}
	return qualified(&scope{node: s.node, columns: s.visible(), scans: s.scans}, []string{alias.Name.Text}), nil
}

func (a *Analyzer) derived(d *ast.Derived, b *block) (*scope, error) {
	s, err := a.query(d.Query, b)
	if err != nil {
		return nil, err
	}
	s = &scope{node: tidy(s), columns: s.visible()}
	if s, err = a.sampled(s, d.Sample, b); err != nil {
		return nil, err
	}
	return a.aliased(qualified(s, anonymous), d.Alias, nil)
}

// hints takes note of the join hints of a SELECT; the others have no effect on the rows, and unknown ones are reported.
func (a *Analyzer) hints(list []ast.Hint, s *scope) {
	for _, h := range list {
		kind, known := joinHints[strings.ToUpper(h.Name.Text)]
		switch {
		case !known && !otherHints[strings.ToUpper(h.Name.Text)]:
			a.warnings = append(a.warnings, "Unrecognized hint: "+h.Name.Text)
		case known:
			s.node = hinted(s, kind, hintTables(h))
		}
	}
}

var joinHints = map[string]string{
	"BROADCAST": "broadcast", "BROADCASTJOIN": "broadcast", "MAPJOIN": "broadcast", "MERGE": "merge", "SHUFFLE_MERGE": "merge",
	"MERGEJOIN": "merge", "SHUFFLE_HASH": "shuffle_hash", "SHUFFLE_REPLICATE_NL": "shuffle_replicate_nl",
}

var otherHints = map[string]bool{"COALESCE": true, "REPARTITION": true, "REPARTITION_BY_RANGE": true, "REBALANCE": true}

func hintTables(h ast.Hint) []string {
	var out []string
	for _, e := range h.Args {
		if c, ok := e.(*ast.Column); ok {
			out = append(out, c.Name.Last())
		}
	}
	return out
}

// hinted marks the joins that have one of the tables as a direct side.
func hinted(s *scope, kind string, tables []string) logical.Node {
	named := map[expr.ID]bool{}
	for _, c := range s.columns {
		for _, t := range tables {
			if len(c.Qualifier) > 0 && strings.EqualFold(c.Qualifier[len(c.Qualifier)-1], t) {
				named[c.ID] = true
			}
		}
	}
	return logical.Transform(s.node, func(x logical.Node) logical.Node {
		j, ok := x.(*logical.Join)
		if !ok || j.Hint != "" {
			return x
		}
		for _, side := range []logical.Node{j.Left, j.Right} {
			if _, nested := side.(*logical.Join); nested {
				continue
			}
			if out := side.Output(); len(out) > 0 && named[out[0].ID] {
				c := *j
				c.Hint = kind
				return &c
			}
		}
		return x
	})
}
