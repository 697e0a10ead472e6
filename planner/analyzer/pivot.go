package analyzer

import (
	"strings"

	"github.com/argan-sql/argan/exec/function"
	"github.com/argan-sql/argan/planner/expr"
	"github.com/argan-sql/argan/planner/logical"
	"github.com/argan-sql/argan/sql/ast"
	"github.com/argan-sql/argan/sqlerr"
	"github.com/argan-sql/argan/types"
)

// pivotValue is a value of the pivot columns, and the name of its columns.
type pivotValue struct {
	e    []expr.Expr
	name string
}

// pivot aggregates by the other columns and the pivot columns, then puts the aggregates of each value into columns of
// their own: NULL for a value that does not occur.
func (a *Analyzer) pivot(p *ast.Pivot, b *block) (*scope, error) {
	in, err := a.from(p.Input, b)
	if err != nil {
		return nil, err
	}
	r := a.over(in, b)
	var columns []expr.Expr
	for _, c := range p.Columns {
		e, err := r.name([]string{c.Text})
		if err != nil {
			return nil, at(err, c.Pos())
		}
		if !groupable(e.Type()) {
			return nil, sqlerr.New("INCOMPARABLE_PIVOT_COLUMN", "columnName", types.Quote(c.Text)).At(c.Pos())
		}
		columns = append(columns, e)
	}
	aggs, names, err := a.pivotAggregates(p, r)
	if err != nil {
		return nil, err
	}
	values, err := a.pivotValues(p, columns, b)
	if err != nil {
		return nil, err
	}
	used := map[expr.ID]bool{}
	for _, e := range columns {
		expr.Columns(e, used)
	}
	for _, e := range aggs {
		expr.Columns(e, used)
	}
	var keys []*expr.Column
	for _, c := range in.visible() {
		if !used[c.ID] {
			keys = append(keys, c)
		}
	}
	g := &grouping{a: a, by: true}
	for _, k := range keys {
		g.add(k)
	}
	outs := make([]*expr.Column, len(columns))
	for i, e := range columns {
		outs[i] = g.outs[g.add(e)]
	}
	results := make([]expr.Expr, len(aggs))
	for i, e := range aggs {
		if results[i], err = g.rewrite(e); err != nil {
			return nil, at(err, p.Aggregates[i].Pos())
		}
	}
	node, err := a.spread(g.node(in.node), keys, outs, results, names, values)
	if err != nil {
		return nil, at(err, p.Pos())
	}
	return a.aliased(&scope{node: node, columns: node.Output()}, p.Alias, nil)
}

func (a *Analyzer) pivotAggregates(p *ast.Pivot, r *resolver) ([]expr.Expr, []string, error) {
	aggs := make([]expr.Expr, len(p.Aggregates))
	names := make([]string, len(p.Aggregates))
	for i, x := range p.Aggregates {
		e, err := r.expr(x)
		if err != nil {
			return nil, nil, err
		}
		if !hasAggregate(e) {
			return nil, nil, sqlerr.New("_LEGACY_ERROR_TEMP_1006", "sql", e.String()).At(x.Pos())
		}
		aggs[i], names[i] = e, e.String()
		if al, ok := x.(*ast.Alias); ok && len(al.Names) > 0 {
			names[i] = al.Names[0].Text
		}
	}
	return aggs, names, nil
}

func (a *Analyzer) pivotValues(p *ast.Pivot, columns []expr.Expr, b *block) ([]pivotValue, error) {
	r := &resolver{a: a, block: &block{ctes: b.ctes}}
	var out []pivotValue
	for _, v := range p.Values {
		list := []ast.Expr{v.Value}
		if row, ok := v.Value.(*ast.Row); ok && len(columns) > 1 {
			list = row.Exprs
		}
		es, err := r.exprs(list)
		if err != nil {
			return nil, err
		}
		if len(es) != len(columns) {
			return nil, sqlerr.New("PIVOT_VALUE_DATA_TYPE_MISMATCH", "value", joined(es), "valueType", "struct", "pivotType", columns[0].Type().String()).At(v.Pos())
		}
		pv := pivotValue{name: v.Alias.Text}
		var texts []string
		for i, e := range es {
			if !constant(e) {
				return nil, sqlerr.New("NON_LITERAL_PIVOT_VALUES", "expression", quoted(e)).At(v.Pos())
			}
			c, err := a.coerce(e, columns[i].Type())
			if err != nil {
				return nil, sqlerr.New("PIVOT_VALUE_DATA_TYPE_MISMATCH", "value", e.String(), "valueType", e.Type().String(), "pivotType", columns[i].Type().String()).At(v.Pos())
			}
			pv.e = append(pv.e, c)
			texts = append(texts, a.valueText(e))
		}
		if pv.name == "" {
			pv.name = texts[0]
			if len(texts) > 1 {
				pv.name = "{" + strings.Join(texts, ", ") + "}"
			}
		}
		out = append(out, pv)
	}
	return out, nil
}

// valueText is a constant as a cast to string gives it; NULL is null.
func (a *Analyzer) valueText(e expr.Expr) string {
	c, err := a.coerce(e, types.StringType)
	if err != nil {
		return e.String()
	}
	v := a.fold(c)
	if v == nil || v.IsNull(0) {
		return "null"
	}
	return v.Value(0).(string)
}

// spread groups by the keys and picks, for each value, the aggregates of the row that has it.
func (a *Analyzer) spread(input logical.Node, keys, columns []*expr.Column, results []expr.Expr, names []string, values []pivotValue) (logical.Node, error) {
	first := function.FindAggregate("first")
	if first == nil {
		return nil, sqlerr.Unsupported("PIVOT without the function first")
	}
	agg := &logical.Aggregate{Groups: logical.PassAll(keys), Input: input}
	for _, v := range values {
		var terms []expr.Expr
		for i, c := range columns {
			eq, err := a.scalar("<=>", c, v.e[i])
			if err != nil {
				return nil, err
			}
			terms = append(terms, eq)
		}
		for i, res := range results {
			pick, err := a.caseWhen([]expr.When{{Cond: expr.Conjunction(terms), Then: res}}, nil)
			if err != nil {
				return nil, err
			}
			f, err := a.bindAggregate(first, "first", []expr.Expr{pick}, false, ast.NullsIgnore, nil)
			if err != nil {
				return nil, err
			}
			name := v.name
			if len(results) > 1 {
				name += "_" + names[i]
			}
			agg.Aggregates = append(agg.Aggregates, named(f, logical.NewColumn(name, f.Type(), true)))
		}
	}
	return agg, nil
}

// unpivot gives a row for each set of value columns, with the set's name.
func (a *Analyzer) unpivot(u *ast.Unpivot, b *block) (*scope, error) {
	in, err := a.from(u.Input, b)
	if err != nil {
		return nil, err
	}
	r := a.over(in, b)
	width := len(u.Values)
	sets := make([][]expr.Expr, len(u.Sets))
	labels := make([]string, len(u.Sets))
	used := map[expr.ID]bool{}
	for i, set := range u.Sets {
		var parts []string
		for _, n := range set.Columns {
			e, err := r.name(n.Strings())
			if err != nil {
				return nil, at(err, n.Pos())
			}
			if _, ok := e.(*expr.Column); !ok {
				return nil, sqlerr.New("UNPIVOT_REQUIRES_ATTRIBUTES", "given", "value", "empty", "id", "expressions", quoted(e)).At(n.Pos())
			}
			expr.Columns(e, used)
			sets[i] = append(sets[i], e)
			parts = append(parts, fieldName(&ast.Column{Name: n}, e))
		}
		if len(sets[i]) != width {
			return nil, sqlerr.New("UNPIVOT_VALUE_SIZE_MISMATCH", "names", itoa(width)).At(set.Pos())
		}
		labels[i] = strings.Join(parts, "_")
		if set.Alias.Present() {
			labels[i] = set.Alias.Text
		}
	}
	x := &logical.Expand{Input: in.node}
	for _, c := range in.visible() {
		if !used[c.ID] {
			x.Columns = append(x.Columns, c)
		}
	}
	ids := len(x.Columns)
	x.Columns = append(x.Columns, logical.NewColumn(u.Name.Text, types.StringType, false))
	var values []*expr.Column
	for j, v := range u.Values {
		var ts []*types.Type
		null := false
		for _, s := range sets {
			ts = append(ts, s[j].Type())
			null = null || s[j].Nullable()
		}
		t := types.CommonTypeWithoutStrings(ts, a.ansi)
		if t == nil {
			list := make([]string, len(ts))
			for i, s := range sets {
				list[i] = quotedType(s[j].Type()) + " (" + types.Quote(s[j].String()) + ")"
			}
			return nil, sqlerr.New("UNPIVOT_VALUE_DATA_TYPE_MISMATCH", "types", strings.Join(list, ", ")).At(u.Pos())
		}
		for _, s := range sets {
			if s[j], err = a.coerce(s[j], t); err != nil {
				return nil, err
			}
		}
		values = append(values, logical.NewColumn(v.Text, t, null))
	}
	x.Columns = append(x.Columns, values...)
	for i, s := range sets {
		row := make([]expr.Expr, 0, len(x.Columns))
		for _, c := range x.Columns[:ids] {
			row = append(row, c)
		}
		row = append(row, stringLiteral(labels[i]))
		x.Projections = append(x.Projections, append(row, s...))
	}
	var node logical.Node = x
	if !u.IncludeNulls {
		var terms []expr.Expr
		for _, v := range values {
			t, err := a.isNull(v, true)
			if err != nil {
				return nil, err
			}
			terms = append(terms, t)
		}
		node = &logical.Filter{Condition: anyOf(terms), Input: node}
	}
	return a.aliased(&scope{node: node, columns: x.Columns}, u.Alias, nil)
}

func anyOf(terms []expr.Expr) expr.Expr {
	if len(terms) == 1 {
		return terms[0]
	}
	return &expr.Or{Terms: terms}
}
