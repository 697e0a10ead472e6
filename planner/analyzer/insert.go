package analyzer

import (
	"strings"

	"github.com/argan-sql/argan/planner/expr"
	"github.com/argan-sql/argan/planner/logical"
	"github.com/argan-sql/argan/sql/ast"
	"github.com/argan-sql/argan/sql/parser"
	"github.com/argan-sql/argan/sqlerr"
	"github.com/argan-sql/argan/types"
)

// Insert analyzes INSERT INTO and INSERT OVERWRITE.
func (a *Analyzer) Insert(st *ast.Insert) (*logical.Insert, error) {
	t, err := a.target(st.Table, nil, st.SchemaEvolution)
	if err != nil {
		return nil, err
	}
	if st.IfNotExists {
		return nil, sqlerr.New("UNSUPPORTED_FEATURE.INSERT_PARTITION_SPEC_IF_NOT_EXISTS", "tableName", quoteParts(t.name)).At(st.Pos())
	}
	static, err := t.staticPartition(st)
	if err != nil {
		return nil, err
	}
	places, err := t.places(st, static)
	if err != nil {
		return nil, err
	}
	query, err := t.withDefaults(st.Query, places)
	if err != nil {
		return nil, err
	}
	if st.With != nil {
		query = &ast.Query{At: st.At, With: st.With, Body: query}
	}
	node, err := a.Query(query)
	if err != nil {
		return nil, err
	}
	out := &logical.Insert{Target: t.scan}
	if out.Query, err = t.arrange(st, node, places, static); err != nil {
		return nil, at(err, st.Pos())
	}
	out.NewColumns = t.added
	return out, t.insertMode(out, st, static)
}

// InsertPlan makes the INSERT of a plan into a table, by name or by position: what COPY INTO, CREATE TABLE AS and the
// engine's own writes need.
func (a *Analyzer) InsertPlan(rel *Relation, node logical.Node, byName, evolve bool) (*logical.Insert, error) {
	scan, err := a.Scan(rel, rel.At)
	if err != nil {
		return nil, err
	}
	t := &target{
		a: a, name: rel.Name, scan: scan, fields: scan.Snapshot.Schema().Fields, delta: strings.EqualFold(rel.Table.Provider(), "delta"),
		evolve: evolve, scope: &scope{node: scan, columns: scan.Columns},
	}
	out := &logical.Insert{Target: scan}
	if out.Query, err = t.arrange(&ast.Insert{ByName: byName}, node, t.order(nil), nil); err != nil {
		return nil, err
	}
	out.NewColumns = t.added
	return out, nil
}

// staticPartition binds the values of PARTITION (a = 1), by column number.
func (t *target) staticPartition(st *ast.Insert) (map[int]expr.Expr, error) {
	static := map[int]expr.Expr{}
	for _, p := range st.Partition {
		i := t.find(p.Name.Text)
		isPartition := false
		for _, n := range t.scan.Snapshot.PartitionColumns() {
			isPartition = isPartition || t.a.sameName(n, p.Name.Text)
		}
		if i < 0 || !isPartition {
			return nil, sqlerr.New("NON_PARTITION_COLUMN", "columnName", types.Quote(p.Name.Text)).At(p.Pos())
		}
		if p.Value == nil {
			continue
		}
		var e expr.Expr
		var err error
		if ast.IsDefault(p.Value) {
			e, _, err = t.byDefault(i)
		} else if e, err = t.a.Expression(p.Value, nil); err == nil {
			e, err = t.store(e, i)
		}
		if err != nil {
			return nil, at(err, p.Pos())
		}
		for _, c := range st.Columns {
			if t.a.sameName(c.Text, p.Name.Text) {
				return nil, sqlerr.New("STATIC_PARTITION_COLUMN_IN_INSERT_COLUMN_LIST", "staticName", types.Quote(c.Text)).At(c.Pos())
			}
		}
		static[i] = e
	}
	return static, nil
}

// order are the numbers of the columns that a query fills by position.
func (t *target) order(static map[int]expr.Expr) []int {
	var out []int
	for i := range t.fields {
		if static[i] == nil {
			out = append(out, i)
		}
	}
	return out
}

// places are the column numbers that the query's columns go to, in order; nil for BY NAME.
func (t *target) places(st *ast.Insert, static map[int]expr.Expr) ([]int, error) {
	switch {
	case st.ByName:
		return nil, nil
	case len(st.Columns) == 0:
		return t.order(static), nil
	}
	seen := map[int]bool{}
	var out []int
	for _, c := range st.Columns {
		i := t.find(c.Text)
		if i < 0 {
			return nil, at(t.missing(c.Text), c.Pos())
		}
		if seen[i] {
			return nil, sqlerr.New("COLUMN_ALREADY_EXISTS", "columnName", types.Quote(c.Text)).At(c.Pos())
		}
		seen[i] = true
		out = append(out, i)
	}
	return out, nil
}

// withDefaults writes out the word DEFAULT in the rows of VALUES, or in a select list, as the default of its column.
func (t *target) withDefaults(q *ast.Query, places []int) (*ast.Query, error) {
	if q == nil {
		return nil, sqlerr.Unsupported("INSERT without a query")
	}
	replace := func(list []ast.Expr) ([]ast.Expr, error) {
		out := append([]ast.Expr{}, list...)
		for i, e := range list {
			if !ast.IsDefault(e) || i >= len(places) {
				continue
			}
			d, err := t.defaultTree(places[i])
			if err != nil {
				return nil, at(err, e.Pos())
			}
			out[i] = d
		}
		return out, nil
	}
	var err error
	switch body := q.Body.(type) {
	case *ast.Values:
		v := *body
		v.Rows = make([][]ast.Expr, len(body.Rows))
		for i, row := range body.Rows {
			if v.Rows[i], err = replace(row); err != nil {
				return nil, err
			}
		}
		c := *q
		c.Body = &v
		return &c, nil
	case *ast.Select:
		s := *body
		if s.Items, err = replace(body.Items); err != nil {
			return nil, err
		}
		c := *q
		c.Body = &s
		return &c, nil
	}
	return q, nil
}

// defaultTree is the default of column i as a tree; NULL where there is none.
func (t *target) defaultTree(i int) (ast.Expr, error) {
	text, ok := t.fields[i].Metadata[defaultKey].(string)
	if !ok {
		return &ast.Literal{Kind: ast.LitNull}, nil
	}
	return parser.ParseExpr(text)
}

// arrange gives the query's columns the table's names, types and order, and fills in what is missing.
func (t *target) arrange(st *ast.Insert, node logical.Node, places []int, static map[int]expr.Expr) (logical.Node, error) {
	in := node.Output()
	t.rebuild = t.delta && t.mustCast(in, places)
	values := make([]expr.Expr, t.width(), t.width()+len(in))
	for i, e := range static {
		values[i] = e
	}
	var err error
	if st.ByName {
		values, err = t.byName(values, in)
	} else {
		values, err = t.byPosition(st, values, in, places)
	}
	if err != nil {
		return nil, err
	}
	first := &logical.Project{Input: node}
	outs := make([]*expr.Column, len(values))
	generated := false
	for i, e := range values {
		c := t.column(i)
		if e == nil {
			d, ok, err := t.byDefault(i)
			if err != nil {
				return nil, err
			}
			if !ok {
				generated = true
				continue
			}
			e = d
		} else if static[i] == nil {
			if e, err = t.store(e, i); err != nil {
				return nil, err
			}
		}
		outs[i] = logical.NewColumn(c.Name, c.T, e.Nullable())
		first.Exprs = append(first.Exprs, named(e, outs[i]))
	}
	if !generated {
		return first, nil
	}
	return t.generate(first, outs)
}

// mustCast says whether the query's columns differ from the table's in names or types; what may be NULL does not count.
func (t *target) mustCast(in []*expr.Column, places []int) bool {
	for k, c := range in {
		i := k
		if places == nil {
			i = t.find(c.Name)
		} else if k < len(places) {
			i = places[k]
		}
		if i < 0 || i >= t.width() || c.Name != t.column(i).Name || !c.T.Equal(t.column(i).T) {
			return true
		}
	}
	return false
}

// generate computes generated columns over the others.
func (t *target) generate(first *logical.Project, outs []*expr.Column) (logical.Node, error) {
	given := make([]expr.Expr, len(outs))
	for i, c := range outs {
		if c != nil {
			given[i] = c
		}
	}
	second := &logical.Project{Input: first}
	for i, c := range outs {
		if c != nil {
			second.Exprs = append(second.Exprs, logical.Pass(c))
			continue
		}
		e, err := t.generated(i, given)
		if err != nil {
			return nil, err
		}
		second.Exprs = append(second.Exprs, named(e, logical.NewColumn(t.column(i).Name, t.column(i).T, e.Nullable())))
	}
	return second, nil
}

func (t *target) byName(values []expr.Expr, in []*expr.Column) ([]expr.Expr, error) {
	for _, c := range in {
		i := t.find(c.Name)
		if i < 0 {
			if !t.evolve {
				return nil, sqlerr.New("INCOMPATIBLE_DATA_FOR_TABLE.EXTRA_COLUMNS", "tableName", quoteParts(t.name), "extraColumns", types.Quote(c.Name))
			}
			t.add(c)
			values = append(values, c)
			continue
		}
		if values[i] != nil {
			return nil, sqlerr.New("INCOMPATIBLE_DATA_FOR_TABLE.AMBIGUOUS_COLUMN_NAME", "tableName", quoteParts(t.name), "colName", types.Quote(c.Name))
		}
		values[i] = c
	}
	return values, nil
}

func (t *target) byPosition(st *ast.Insert, values []expr.Expr, in []*expr.Column, places []int) ([]expr.Expr, error) {
	if len(in) > len(places) && len(st.Columns) == 0 && t.evolve {
		for _, c := range in[len(places):] {
			if t.find(c.Name) >= 0 {
				return nil, sqlerr.New("COLUMN_ALREADY_EXISTS", "columnName", types.Quote(c.Name))
			}
			t.add(c)
			places = append(places, len(values))
			values = append(values, nil)
		}
	}
	switch {
	case len(in) > len(places):
		return nil, t.arity("TOO_MANY_DATA_COLUMNS", in)
	case len(in) < len(places) && (len(st.Columns) > 0 || !t.fillable(places[len(in):])):
		if t.delta && len(st.Columns) == 0 {
			return nil, sqlerr.New("DELTA_INSERT_COLUMN_ARITY_MISMATCH", "tableName", strings.Join(t.name, "."), "columnName", "not enough data columns",
				"numColumns", itoa(len(places)), "insertColumns", itoa(len(in)))
		}
		return nil, t.arity("NOT_ENOUGH_DATA_COLUMNS", in)
	}
	for k, c := range in {
		values[places[k]] = c
	}
	return values, nil
}

// fillable says whether columns at the end may be left out: those with a default, and generated ones.
func (t *target) fillable(places []int) bool {
	for _, i := range places {
		if _, ok := t.fields[i].Metadata[defaultKey].(string); !ok && !t.isGenerated(i) {
			return false
		}
	}
	return true
}

func (t *target) arity(sub string, in []*expr.Column) error {
	data := make([]string, len(in))
	for i, c := range in {
		data[i] = types.Quote(c.Name)
	}
	return sqlerr.New("INSERT_COLUMN_ARITY_MISMATCH."+sub, "tableName", quoteParts(t.name), "tableColumns", fieldNames(t.fields), "dataColumns", strings.Join(data, ", "))
}

// insertMode says which of the rows that are there go.
func (t *target) insertMode(out *logical.Insert, st *ast.Insert, static map[int]expr.Expr) error {
	switch {
	case st.ReplaceWhere != nil:
		out.Mode = logical.ReplaceWhere
		cond, err := t.a.Condition(st.ReplaceWhere, t.scan.Columns)
		if err != nil {
			return err
		}
		out.Where = cond
	case !st.Overwrite:
		out.Mode = logical.Append
	case len(static) > 0:
		out.Mode = logical.OverwritePartition
		var terms []expr.Expr
		for i := range t.fields {
			if static[i] == nil {
				continue
			}
			eq, err := t.a.scalar("<=>", t.scan.Columns[i], static[i])
			if err != nil {
				return err
			}
			terms = append(terms, eq)
		}
		out.Where = expr.Conjunction(terms)
	default:
		out.Mode = logical.Overwrite
	}
	return nil
}
