package analyzer

import (
	"strings"

	"github.com/argan-sql/argan/catalog"
	"github.com/argan-sql/argan/exec/cast"
	"github.com/argan-sql/argan/planner/expr"
	"github.com/argan-sql/argan/planner/logical"
	"github.com/argan-sql/argan/sql/ast"
	"github.com/argan-sql/argan/sql/parser"
	"github.com/argan-sql/argan/sqlerr"
	"github.com/argan-sql/argan/types"
)

// Keys of a column's metadata that say what a write puts where nothing is given.
const (
	defaultKey    = "CURRENT_DEFAULT"
	generationKey = "delta.generationExpression"
	lengthKey     = "__CHAR_VARCHAR_TYPE_STRING"
)

// target is the table that a statement writes.
type target struct {
	a      *Analyzer
	name   []string
	scan   *logical.Scan
	fields []types.Field
	scope  *scope
	delta  bool
	evolve bool // columns that the table does not have may be added
	// rebuild says that structs of another type are built anew field by field, as Delta's INSERT does where it casts at all: a
	// NULL among them becomes a struct of NULLs.
	rebuild bool
	added   []*expr.Column
}

// target resolves the table a statement writes, under its alias.
func (a *Analyzer) target(n ast.Name, alias *ast.TableAlias, evolve bool) (*target, error) {
	name, err := a.nameOf(n)
	if err != nil {
		return nil, err
	}
	place := a.place
	place.Written = true
	rel, err := a.env.Relation(name, place)
	if err != nil {
		return nil, at(err, n.Pos())
	}
	switch {
	case rel == nil:
		return nil, sqlerr.New("TABLE_OR_VIEW_NOT_FOUND", "relationName", quoteParts(name)).At(n.Pos())
	case rel.Table == nil:
		return nil, sqlerr.New("UNSUPPORTED_INSERT.NOT_ALLOWED", "relationId", quoteParts(name)).At(n.Pos())
	case rel.At != (catalog.At{}):
		return nil, sqlerr.New("UNSUPPORTED_FEATURE.TIME_TRAVEL", "relationId", quoteParts(name)).At(n.Pos())
	}
	scan, err := a.Scan(rel, rel.At)
	if err != nil {
		return nil, at(err, n.Pos())
	}
	t := &target{a: a, name: rel.Name, scan: scan, fields: scan.Snapshot.Schema().Fields, delta: strings.EqualFold(rel.Table.Provider(), "delta")}
	t.evolve = evolve || a.enabled("spark.databricks.delta.schema.autoMerge.enabled", false)
	t.scope = &scope{node: scan, columns: scan.Columns, scans: []*logical.Scan{scan}}
	if alias != nil && alias.Name.Present() {
		t.scope = qualified(t.scope, []string{alias.Name.Text})
	}
	return t, nil
}

// find is the number of the table's column of a name, -1 for none; added columns come after the table's.
func (t *target) find(name string) int {
	for i, f := range t.fields {
		if t.a.sameName(f.Name, name) {
			return i
		}
	}
	for i, c := range t.added {
		if t.a.sameName(c.Name, name) {
			return len(t.fields) + i
		}
	}
	return -1
}

// column is column i, of the table or added.
func (t *target) column(i int) *expr.Column {
	if i < len(t.fields) {
		return t.scan.Columns[i]
	}
	return t.added[i-len(t.fields)]
}

// width is the number of columns, added ones included.
func (t *target) width() int { return len(t.fields) + len(t.added) }

// add takes a new column into the table.
func (t *target) add(c *expr.Column) {
	t.added = append(t.added, logical.NewColumn(c.Name, c.T, true))
}

func (t *target) missing(name string) error {
	return sqlerr.New("UNRESOLVED_COLUMN.WITH_SUGGESTION", "objectName", types.Quote(name), "proposal", fieldNames(t.fields))
}

// store casts a value to what column i holds, as a write does: what does not fit is an error, not NULL.
func (t *target) store(e expr.Expr, i int) (expr.Expr, error) {
	c := t.column(i)
	e, err := t.assign(e, c.T, c.Name)
	if err != nil || i >= len(t.fields) {
		return e, err
	}
	bounded := boundedText(t.fields[i])
	if bounded == nil {
		return e, nil
	}
	checked, err := expr.NewCast(e, bounded, cast.Store, true)
	if err != nil {
		return nil, err
	}
	return expr.NewCast(checked, c.T, cast.Store, true)
}

// boundedText is the char(n) or varchar(n) type of a field; nil for others.
func boundedText(f types.Field) *types.Type {
	if f.Type.Kind == types.Char || f.Type.Kind == types.Varchar {
		return f.Type
	}
	text, _ := f.Metadata[lengthKey].(string)
	if text == "" {
		return nil
	}
	t, err := parser.ParseType(text)
	if err != nil || t.Kind != types.Char && t.Kind != types.Varchar {
		return nil
	}
	return t
}

// assign casts by the store assignment policy; structs whose fields differ in order or number are matched by name.
func (t *target) assign(e expr.Expr, to *types.Type, path string) (expr.Expr, error) {
	from := e.Type()
	if t.rebuild && from.Kind == types.Struct && to.Kind == types.Struct && len(from.Fields) == len(to.Fields) && !identical(from, to) {
		return t.assignStruct(e, to, path)
	}
	if from.Equal(to) {
		return e, nil
	}
	if from.Kind == types.Struct && to.Kind == types.Struct && !sameFieldNames(from, to) {
		return t.assignStruct(e, to, path)
	}
	mode := cast.ANSI
	switch strings.ToUpper(t.a.setting("spark.sql.storeAssignmentPolicy")) {
	case "LEGACY":
		mode = cast.Legacy
	case "", "ANSI":
		// Delta casts whatever an ANSI cast can convert; other tables take what is safe by the standard's rules.
		if !types.CanStoreAssign(from, to) && (!t.delta || !cast.Allowed(from, to, cast.ANSI)) {
			return nil, t.unsafe(path, from, to)
		}
	default:
		return nil, sqlerr.Unsupported("spark.sql.storeAssignmentPolicy=%s", t.a.setting("spark.sql.storeAssignmentPolicy"))
	}
	if !cast.Allowed(from, to, mode) && cast.Allowed(from, to, cast.Store) {
		mode = cast.Store
	}
	return expr.NewCast(e, to, mode, true)
}

func (t *target) unsafe(path string, from, to *types.Type) error {
	return sqlerr.New("INCOMPATIBLE_DATA_FOR_TABLE.CANNOT_SAFELY_CAST", "tableName", quoteParts(t.name), "colName", types.Quote(path),
		"srcType", quotedType(from), "targetType", quotedType(to))
}

// identical compares types down to names and what may be NULL, as Spark compares structs before it decides to cast.
func identical(a, b *types.Type) bool {
	switch {
	case a.Kind != b.Kind:
		return false
	case a.Kind == types.Array:
		return a.ElemNullable == b.ElemNullable && identical(a.Elem, b.Elem)
	case a.Kind == types.Map:
		return a.ElemNullable == b.ElemNullable && identical(a.Key, b.Key) && identical(a.Elem, b.Elem)
	case a.Kind != types.Struct:
		return a.Equal(b)
	case len(a.Fields) != len(b.Fields):
		return false
	}
	for i := range a.Fields {
		if a.Fields[i].Name != b.Fields[i].Name || a.Fields[i].Nullable != b.Fields[i].Nullable || !identical(a.Fields[i].Type, b.Fields[i].Type) {
			return false
		}
	}
	return true
}

func sameFieldNames(a, b *types.Type) bool {
	if len(a.Fields) != len(b.Fields) {
		return false
	}
	for i := range a.Fields {
		if !strings.EqualFold(a.Fields[i].Name, b.Fields[i].Name) {
			return false
		}
	}
	return true
}

// assignStruct builds a struct field by field: by name where the names are there, else by position.
func (t *target) assignStruct(e expr.Expr, to *types.Type, path string) (expr.Expr, error) {
	from := e.Type()
	byName := true
	for _, f := range from.Fields {
		if to.FieldIndex(f.Name) < 0 {
			byName = false
		}
	}
	if !byName && len(from.Fields) != len(to.Fields) {
		return nil, t.unsafe(path, from, to)
	}
	var args []expr.Expr
	for i, f := range to.Fields {
		k := i
		if byName {
			k = from.FieldIndex(f.Name)
		}
		var v expr.Expr
		if k < 0 {
			if !f.Nullable {
				return nil, sqlerr.New("INCOMPATIBLE_DATA_FOR_TABLE.STRUCT_MISSING_FIELDS", "tableName", quoteParts(t.name), "colName", types.Quote(path), "missingFields", types.Quote(f.Name))
			}
			v = nullLiteral(f.Type)
		} else {
			var err error
			if v, err = t.assign(fieldOf(e, k), f.Type, path+"."+f.Name); err != nil {
				return nil, err
			}
		}
		args = append(args, stringLiteral(f.Name), v)
	}
	st, err := t.a.scalar("named_struct", args...)
	if err != nil {
		return nil, err
	}
	var out expr.Expr = st
	if e.Nullable() && !t.rebuild {
		// A NULL struct stays NULL instead of becoming a struct of NULLs.
		isNull, err := t.a.isNull(e, false)
		if err != nil {
			return nil, err
		}
		out = &expr.Case{Whens: []expr.When{{Cond: isNull, Then: nullLiteral(st.Type())}}, Else: st}
	}
	return expr.NewCast(out, to, cast.Store, true)
}

// byDefault is what column i gets where a statement says nothing of it: its default, or NULL; ok is false for a column
// that is generated from others.
func (t *target) byDefault(i int) (e expr.Expr, ok bool, err error) {
	c := t.column(i)
	if i < len(t.fields) {
		if _, generated := t.fields[i].Metadata[generationKey].(string); generated {
			return nil, false, nil
		}
		if text, given := t.fields[i].Metadata[defaultKey].(string); given {
			e, err = t.a.expressionText(text, nil)
			if err != nil {
				return nil, false, err
			}
			e, err = t.store(e, i)
			return e, true, err
		}
		if !c.Null {
			return nil, false, sqlerr.New("NO_DEFAULT_COLUMN_VALUE_AVAILABLE", "colName", types.Quote(c.Name))
		}
	}
	return nullLiteral(c.T), true, nil
}

// generated is the value of generated column i, with other columns' values put in place of the columns it reads.
func (t *target) generated(i int, values []expr.Expr) (expr.Expr, error) {
	text, _ := t.fields[i].Metadata[generationKey].(string)
	e, err := t.a.expressionText(text, t.scan.Columns)
	if err != nil {
		return nil, err
	}
	index := map[expr.ID]int{}
	for k, c := range t.scan.Columns {
		index[c.ID] = k
	}
	e = expr.Transform(e, func(x expr.Expr) expr.Expr {
		if c, ok := x.(*expr.Column); ok {
			if k, ok := index[c.ID]; ok && values[k] != nil {
				return values[k]
			}
		}
		return x
	})
	return t.store(e, i)
}

// isGenerated says whether column i is generated from others.
func (t *target) isGenerated(i int) bool {
	if i >= len(t.fields) {
		return false
	}
	_, ok := t.fields[i].Metadata[generationKey].(string)
	return ok
}

// expressionText binds the text of a default, a generated column or a constraint.
func (a *Analyzer) expressionText(text string, columns []*expr.Column) (expr.Expr, error) {
	x, err := parser.ParseExpr(text)
	if err != nil {
		return nil, err
	}
	e, err := a.Expression(x, columns)
	if err != nil {
		if u, ok := err.(*sqlerr.Error); ok {
			u.Position = sqlerr.Position{} // it points into the stored text
		}
		return nil, err
	}
	return e, nil
}

// Expression binds an expression over columns: a constraint, a default, a generated column, a partition filter.
func (a *Analyzer) Expression(x ast.Expr, columns []*expr.Column) (expr.Expr, error) {
	s := &scope{columns: columns}
	e, err := a.over(s, &block{}).expr(x)
	if err != nil {
		return nil, err
	}
	return e, noAggregates(e)
}

// Condition is Expression for one that must be boolean.
func (a *Analyzer) Condition(x ast.Expr, columns []*expr.Column) (expr.Expr, error) {
	e, err := a.Expression(x, columns)
	if err != nil {
		return nil, err
	}
	return a.condition(e, "WHERE")
}
