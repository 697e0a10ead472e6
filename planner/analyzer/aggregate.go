package analyzer

import (
	"strings"

	"github.com/argan-sql/argan/planner/expr"
	"github.com/argan-sql/argan/planner/logical"
	"github.com/argan-sql/argan/sql/ast"
	"github.com/argan-sql/argan/sqlerr"
	"github.com/argan-sql/argan/types"
)

// grouping is the GROUP BY of a select: its keys, the sets of keys where there are several, and the aggregates found.
type grouping struct {
	a    *Analyzer
	keys []expr.Expr
	outs []*expr.Column // of the keys
	// sets are the grouping sets, as positions in keys; nil for a plain GROUP BY.
	sets [][]int
	id   *expr.Column // the grouping id, where there are sets
	aggs []logical.Named
	// free are columns that need not be grouped: those of the select list that a sort key refers to.
	free map[expr.ID]bool
	by   bool // there is a GROUP BY
}

// grouping analyzes GROUP BY; nil where the select neither groups nor aggregates.
func (s *selection) grouping() (*grouping, error) {
	if s.sel.GroupBy == nil && s.sel.Having == nil && !s.aggregates() {
		return nil, nil
	}
	g := &grouping{a: s.a, by: s.sel.GroupBy != nil}
	if s.sel.GroupBy == nil {
		return g, nil
	}
	items := s.sel.GroupBy.Items
	if len(items) == 1 && items[0].Kind == ast.GroupExprs && len(items[0].Exprs) == 1 && isAll(items[0].Exprs[0]) {
		if _, found, _ := s.a.among(s.in.columns, []string{"all"}); !found {
			return g, s.groupAll(g)
		}
	}
	plainGroups := true
	for _, it := range items {
		plainGroups = plainGroups && it.Kind == ast.GroupExprs
	}
	if plainGroups {
		for _, it := range items {
			for _, x := range it.Exprs {
				k, err := s.groupKey(x)
				if err != nil {
					return nil, at(err, x.Pos())
				}
				if g.find(k) < 0 {
					g.add(k)
				}
			}
		}
		return g, nil
	}
	return g, s.groupingSets(g, items)
}

// aggregates says whether the select list, or a sort key as it is written, calls aggregate functions.
func (s *selection) aggregates() bool {
	for _, it := range s.items {
		if hasAggregate(it.e) {
			return true
		}
	}
	return false
}

// hasAggregate says whether e calls an aggregate function for groups; aggregates over windows do not count.
func hasAggregate(e expr.Expr) bool {
	if w, ok := e.(*expr.Window); ok {
		for _, c := range w.Children() {
			if hasAggregate(c) {
				return true
			}
		}
		return false
	}
	if _, ok := e.(*expr.Aggregate); ok {
		return true
	}
	for _, c := range e.Children() {
		if hasAggregate(c) {
			return true
		}
	}
	return false
}

// groupKey binds one expression of GROUP BY: a position, an expression over the FROM clause, or an alias.
func (s *selection) groupKey(x ast.Expr) (expr.Expr, error) {
	if n, ok := position(x); ok && s.a.enabled("spark.sql.groupByOrdinal", true) {
		if n < 1 || n > len(s.items) {
			return nil, sqlerr.New("GROUP_BY_POS_OUT_OF_RANGE", "index", itoa(n), "size", itoa(len(s.items)))
		}
		it := s.items[n-1]
		if _, star := it.at.(*ast.Star); star {
			return nil, sqlerr.New("STAR_GROUP_BY_POS")
		}
		if hasAggregate(it.e) {
			return nil, sqlerr.New("GROUP_BY_POS_AGGREGATE", "index", itoa(n), "aggExpr", it.e.String())
		}
		return it.e, nil
	}
	r := *s.r
	r.steps = []lookup{r.input(s.in)}
	if s.a.enabled("spark.sql.groupByAliases", true) {
		r.steps = append(r.steps, s.alias)
	}
	k, err := r.expr(x)
	if err != nil {
		return nil, err
	}
	k = plain(k)
	switch {
	case hasAggregate(k):
		return nil, sqlerr.New("GROUP_BY_AGGREGATE", "sqlExpr", aggregateIn(k))
	case !groupable(k.Type()):
		return nil, sqlerr.New("GROUP_EXPRESSION_TYPE_IS_NOT_ORDERABLE", "sqlExpr", quoted(k), "dataType", quotedType(k.Type()))
	case expr.Any(k, func(y expr.Expr) bool { _, w := y.(*expr.Window); return w }):
		return nil, sqlerr.New("UNSUPPORTED_EXPR_FOR_OPERATOR", "invalidExprSqls", quoted(k))
	}
	return k, nil
}

func aggregateIn(e expr.Expr) string {
	text := e.String()
	expr.Walk(e, func(x expr.Expr) bool {
		if a, ok := x.(*expr.Aggregate); ok {
			text = a.String()
			return false
		}
		return true
	})
	return text
}

// groupAll groups by every select item without an aggregate.
func (s *selection) groupAll(g *grouping) error {
	for _, it := range s.items {
		if !hasAggregate(it.e) {
			if _, ok := it.e.(*generated); ok {
				continue
			}
			if g.find(it.e) < 0 && !windowed(it.e) {
				g.add(it.e)
			}
		}
	}
	// An item that mixes aggregates with other columns is fine only if those are grouped by some other item.
	for _, it := range s.items {
		if hasAggregate(it.e) && g.loose(it.e) {
			return sqlerr.New("UNRESOLVED_ALL_IN_GROUP_BY").At(s.sel.GroupBy.Pos())
		}
	}
	return nil
}

func windowed(e expr.Expr) bool {
	return expr.Any(e, func(x expr.Expr) bool { _, w := x.(*expr.Window); return w })
}

// loose says whether e reads a column outside aggregates that is no key.
func (g *grouping) loose(e expr.Expr) bool {
	if g.find(e) >= 0 {
		return false
	}
	switch e.(type) {
	case *expr.Aggregate:
		return false
	case *expr.Column:
		return true
	}
	for _, c := range e.Children() {
		if g.loose(c) {
			return true
		}
	}
	return false
}

// add adds a key. A key that is a column keeps its identity, so that references to it stay right.
func (g *grouping) add(k expr.Expr) int {
	g.keys = append(g.keys, k)
	if c, ok := k.(*expr.Column); ok {
		g.outs = append(g.outs, c)
	} else {
		g.outs = append(g.outs, logical.NewColumn(argumentSQL(k), k.Type(), k.Nullable()))
	}
	return len(g.keys) - 1
}

// find is the number of the key equal to e, -1 for none.
func (g *grouping) find(e expr.Expr) int {
	for i, k := range g.keys {
		if expr.Equal(k, e) {
			return i
		}
	}
	return -1
}

// rewrite turns an expression over the FROM clause into one over the aggregation's output.
func (g *grouping) rewrite(e expr.Expr) (expr.Expr, error) {
	if i := g.find(e); i >= 0 {
		return g.outs[i], nil
	}
	switch x := e.(type) {
	case *expr.Aggregate:
		return g.aggregate(x)
	case *groupingCall:
		return g.call(x)
	case *expr.Column:
		if g.free[x.ID] || g.isOut(x.ID) {
			return x, nil
		}
		if !g.by {
			return nil, sqlerr.New("MISSING_GROUP_BY")
		}
		return nil, sqlerr.New("MISSING_AGGREGATION", "expression", quoted(x), "expressionAnyValue", `"any_value(`+x.Name+`)"`)
	case *expr.Subquery:
		if err := g.correlated(x); err != nil {
			return nil, err
		}
		if g.sets != nil {
			e = g.overSets(x)
		}
	}
	ch := e.Children()
	if len(ch) == 0 {
		return e, nil
	}
	out := make([]expr.Expr, len(ch))
	changed := false
	for i, c := range ch {
		var err error
		if out[i], err = g.rewrite(c); err != nil {
			return nil, err
		}
		changed = changed || out[i] != c
	}
	if !changed {
		return e, nil
	}
	return e.With(out), nil
}

func (g *grouping) isOut(id expr.ID) bool {
	for _, o := range g.outs {
		if o.ID == id {
			return true
		}
	}
	for _, n := range g.aggs {
		if n.Out.ID == id {
			return true
		}
	}
	return g.id != nil && g.id.ID == id
}

// aggregate gives the column of an aggregate, the same for equal ones.
func (g *grouping) aggregate(x *expr.Aggregate) (expr.Expr, error) {
	for _, c := range x.Children() {
		if hasAggregate(c) {
			return nil, sqlerr.New("NESTED_AGGREGATE_FUNCTION")
		}
		if windowed(c) {
			return nil, sqlerr.New("UNSUPPORTED_EXPR_FOR_OPERATOR", "invalidExprSqls", quoted(c))
		}
	}
	for _, n := range g.aggs {
		if expr.Equal(n.Expr, x) {
			return n.Out, nil
		}
	}
	col := logical.NewColumn(x.String(), x.Type(), x.Nullable())
	g.aggs = append(g.aggs, named(x, col))
	return col, nil
}

// correlated checks that a subquery refers to grouped columns only.
func (g *grouping) correlated(x *expr.Subquery) error {
	var bad *expr.Column
	for _, c := range freeOuters(x.Plan.(logical.Node)) {
		if !g.isOut(c.ID) && g.find(c) < 0 && !g.free[c.ID] {
			bad = c
		}
	}
	if bad == nil {
		return nil
	}
	if !g.by {
		return sqlerr.New("MISSING_GROUP_BY")
	}
	return sqlerr.New("MISSING_AGGREGATION", "expression", quoted(bad), "expressionAnyValue", `"any_value(`+bad.Name+`)"`)
}

// overSets lets a subquery refer to the keys as the grouping sets give them.
func (g *grouping) overSets(x *expr.Subquery) expr.Expr {
	plan := logical.TransformAllExpressions(x.Plan.(logical.Node), func(e expr.Expr) expr.Expr {
		if o, ok := e.(*expr.Outer); ok {
			if i := g.find(o.Column); i >= 0 {
				return &expr.Outer{Column: g.outs[i]}
			}
		}
		return e
	})
	return &expr.Subquery{Kind: x.Kind, Values: x.Values, Plan: plan, ID: x.ID, Outer: x.Outer}
}

// aggregated puts the aggregation, and HAVING over it, on the plan, and rewrites what stands above.
func (s *selection) aggregated(g *grouping) (logical.Node, error) {
	g.aggs = append(g.aggs, s.outer...)
	for _, it := range s.items {
		if o := outerIn(it.e); o != nil && s.b.outer != nil {
			return nil, sqlerr.New("UNSUPPORTED_SUBQUERY_EXPRESSION_CATEGORY.CORRELATED_REFERENCE", "sqlExprs", quoted(it.e)).At(it.at.Pos())
		}
	}
	g.free = map[expr.ID]bool{}
	var err error
	for _, it := range s.items {
		if it.e, err = g.rewrite(it.e); err != nil {
			return nil, at(err, it.at.Pos())
		}
		it.out = withNull(it.out, it.e.Nullable())
		g.free[it.out.ID] = true
	}
	if s.having != nil {
		if s.having, err = g.rewrite(s.having); err != nil {
			return nil, at(s.notGrouped(err), s.sel.Having.Pos())
		}
	}
	if s.qualify != nil {
		if s.qualify, err = g.rewrite(s.qualify); err != nil {
			return nil, at(err, s.sel.Qualify.Pos())
		}
	}
	for i, k := range s.keys {
		if s.keys[i].Expr, err = g.rewrite(k.Expr); err != nil {
			return nil, at(s.notGrouped(err), s.q.Pos())
		}
	}
	for i, e := range s.spread {
		if s.spread[i], err = g.rewrite(e); err != nil {
			return nil, at(err, s.q.Pos())
		}
	}
	node := g.node(s.in.node)
	if s.having != nil {
		node = &logical.Filter{Condition: s.having, Input: node}
	}
	return node, nil
}

// notGrouped is the error for HAVING and ORDER BY over a column that is not grouped: there it is unknown.
func (s *selection) notGrouped(err error) error {
	e, ok := err.(*sqlerr.Error)
	if !ok || e.Class != "MISSING_AGGREGATION" && e.Class != "MISSING_GROUP_BY" || e.Parameters["expression"] == "" {
		return err
	}
	return unresolved([]string{strings.Trim(e.Parameters["expression"], `"`)}, s.output())
}

// outerIn is a reference to the query around in an expression, nil where there is none.
func outerIn(e expr.Expr) *expr.Outer {
	var found *expr.Outer
	expr.Walk(e, func(x expr.Expr) bool {
		if o, ok := x.(*expr.Outer); ok {
			found = o
		}
		return found == nil
	})
	return found
}

func withNull(c *expr.Column, null bool) *expr.Column {
	if c.Null == null {
		return c
	}
	n := *c
	n.Null = null
	return &n
}

// node is the Aggregate, with the Expand of grouping sets below it.
func (g *grouping) node(input logical.Node) logical.Node {
	if g.sets == nil {
		groups := make([]logical.Named, len(g.keys))
		for i, k := range g.keys {
			groups[i] = named(k, g.outs[i])
		}
		return &logical.Aggregate{Groups: groups, Aggregates: g.aggs, Input: input}
	}
	return g.expanded(input)
}

// groupingCall stands for grouping(x) or grouping_id(x, y) until the grouping sets are known.
type groupingCall struct {
	args []expr.Expr
	one  bool // grouping(x)
}

func (c *groupingCall) Type() *types.Type {
	if c.one {
		return types.ByteType
	}
	return types.LongType
}
func (c *groupingCall) Nullable() bool                  { return false }
func (c *groupingCall) Children() []expr.Expr           { return c.args }
func (c *groupingCall) With(args []expr.Expr) expr.Expr { return &groupingCall{args, c.one} }
func (c *groupingCall) String() string {
	if c.one {
		return "grouping(" + joined(c.args) + ")"
	}
	return "grouping_id(" + joined(c.args) + ")"
}

func hasGroupingCall(e expr.Expr) bool {
	return expr.Any(e, func(x expr.Expr) bool { _, ok := x.(*groupingCall); return ok })
}

func (r *resolver) groupingOf(x *ast.Call) (expr.Expr, error) {
	args, err := r.args(x.Args)
	if err != nil {
		return nil, err
	}
	if len(args) != 1 {
		return nil, wrongCount("grouping", 1, 1, len(args))
	}
	return &groupingCall{args, true}, nil
}

func (r *resolver) groupingID(x *ast.Call) (expr.Expr, error) {
	args, err := r.args(x.Args)
	if err != nil {
		return nil, err
	}
	return &groupingCall{args, false}, nil
}
