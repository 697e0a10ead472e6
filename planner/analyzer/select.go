package analyzer

import (
	"github.com/argan-sql/argan/planner/expr"
	"github.com/argan-sql/argan/planner/logical"
	"github.com/argan-sql/argan/sql/ast"
	"github.com/argan-sql/argan/sqlerr"
	"github.com/argan-sql/argan/types"
)

// item is an entry of a select list.
type item struct {
	name    string
	e       expr.Expr // over the FROM clause, with aggregates and windows in it
	out     *expr.Column
	aliased bool
	names   []string // of a generator's columns
	at      ast.Expr
}

// selection is one SELECT while it is analyzed. Expressions are bound over the FROM clause first; then aggregates,
// windows and generators are taken out of them, bottom of the plan first.
type selection struct {
	a     *Analyzer
	b     *block
	sel   *ast.Select
	q     *ast.Query // ORDER BY, LIMIT …
	in    *scope
	r     *resolver
	items []*item
	outer []logical.Named // aggregates that subqueries compute over this query's columns
	times []timeWindow

	having, qualify expr.Expr
	keys            []expr.SortKey // ORDER BY or SORT BY
	spread          []expr.Expr    // DISTRIBUTE BY
}

func (a *Analyzer) selectQuery(sel *ast.Select, q *ast.Query, b *block) (*scope, error) {
	s := &selection{a: a, b: b, sel: sel, q: q}
	s.in = oneRow()
	if sel.From != nil {
		var err error
		if s.in, err = a.from(sel.From, b); err != nil {
			return nil, err
		}
	}
	a.hints(sel.Hints, s.in)
	if err := s.where(); err != nil {
		return nil, err
	}
	if err := s.timeWindows(); err != nil {
		return nil, err
	}
	windows, err := namedWindows(sel.Windows, q.Windows)
	if err != nil {
		return nil, err
	}
	s.r = a.over(s.in, b)
	s.r.windows = windows
	s.r.timeColumn = s.timeColumn
	s.r.steps = append(s.r.steps, s.lateralAlias)
	s.r.patterns = true
	err = s.list()
	s.r.patterns = false
	if err != nil {
		return nil, err
	}
	return s.build()
}

func (s *selection) where() error {
	if s.sel.Where == nil {
		return nil
	}
	cond, err := s.a.filterCondition(s.sel.Where, s.in, s.b)
	if err != nil {
		return err
	}
	s.in = &scope{node: &logical.Filter{Condition: cond, Input: s.in.node}, columns: s.in.columns, scans: s.in.scans}
	return nil
}

// filterCondition binds a WHERE condition: no aggregates, windows or generators.
func (a *Analyzer) filterCondition(e ast.Expr, in *scope, b *block) (expr.Expr, error) {
	x, err := a.over(in, b).truth(e, "WHERE")
	if err != nil {
		return nil, at(err, e.Pos())
	}
	var bad []string
	expr.Walk(x, func(y expr.Expr) bool {
		switch y.(type) {
		case *expr.Aggregate, *expr.Window, *generated:
			bad = append(bad, y.String())
			return false
		}
		return true
	})
	if len(bad) > 0 {
		return nil, sqlerr.New("INVALID_WHERE_CONDITION", "condition", quoted(x), "expressionList", commas(bad)).At(e.Pos())
	}
	return x, nil
}

// lateral stands for an alias of an earlier select item, until the item's name is known.
type lateral struct {
	name string
	e    expr.Expr
}

func (l *lateral) Type() *types.Type     { return l.e.Type() }
func (l *lateral) Nullable() bool        { return l.e.Nullable() }
func (l *lateral) Children() []expr.Expr { return []expr.Expr{l.e} }
func (l *lateral) With(c []expr.Expr) expr.Expr {
	return &lateral{l.name, c[0]}
}
func (l *lateral) String() string { return l.name }

// plain replaces aliases by what they stand for.
func plain(e expr.Expr) expr.Expr {
	if e == nil || !expr.Any(e, func(x expr.Expr) bool { _, ok := x.(*lateral); return ok }) {
		return e
	}
	return expr.Transform(e, func(x expr.Expr) expr.Expr {
		if l, ok := x.(*lateral); ok {
			return l.e
		}
		return x
	})
}

// lateralAlias finds aliases of the select items before.
func (s *selection) lateralAlias(parts []string) (expr.Expr, bool, error) {
	if !s.a.enabled("spark.sql.lateralColumnAlias.enableImplicitResolution", true) {
		return nil, false, nil
	}
	var found *item
	n := 0
	for _, it := range s.items {
		if it.aliased && len(it.names) == 0 && s.a.sameName(it.name, parts[0]) {
			found = it
			n++
		}
	}
	switch {
	case n == 0:
		return nil, false, nil
	case n > 1:
		return nil, false, sqlerr.New("AMBIGUOUS_LATERAL_COLUMN_ALIAS", "name", quoteParts(parts), "n", itoa(n))
	case expr.Volatile(found.e):
		return nil, false, sqlerr.Unsupported("a reference to the select item %s, whose value changes from call to call, in the same SELECT", found.name)
	}
	e, err := s.a.extractAll(&lateral{found.name, found.e}, parts[1:])
	return e, err == nil, err
}

// list binds the select list.
func (s *selection) list() error {
	for _, x := range s.sel.Items {
		if err := s.add(x); err != nil {
			return at(err, x.Pos())
		}
	}
	return nil
}

func (s *selection) add(x ast.Expr) error {
	switch x := x.(type) {
	case *ast.Star:
		cols, err := s.r.star(x)
		if err != nil {
			return err
		}
		s.addAll(cols, x)
		return nil
	case *ast.Column:
		cols, ok, err := s.r.regexColumns(x)
		if err != nil {
			return err
		}
		if ok {
			s.addAll(cols, x)
			return nil
		}
	case *ast.Alias:
		return s.addAlias(x)
	}
	e, err := s.r.expr(x)
	if err != nil {
		return err
	}
	name := ""
	switch x := x.(type) {
	case *ast.FieldOf:
	case *ast.Cast:
		if c, ok := e.(*expr.Cast).Child.(*expr.Column); ok {
			name = c.Name
		}
	default:
		name = fieldName(x, e)
	}
	if name == "" {
		name = e.String()
	}
	s.append(&item{name: name, e: e, at: x})
	return nil
}

func (s *selection) addAlias(x *ast.Alias) error {
	e, err := s.r.expr(x.Expr)
	if err != nil {
		return err
	}
	names := identTexts(x.Names)
	if g, ok := e.(*generated); ok {
		if len(names) != len(g.bound.Columns) {
			return sqlerr.New("UDTF_ALIAS_NUMBER_MISMATCH", "aliasesSize", itoa(len(g.bound.Columns)), "aliasesNames", commas(names))
		}
		s.append(&item{name: names[0], e: e, aliased: true, names: names, at: x})
		return nil
	}
	if len(names) != 1 {
		return sqlerr.New("_LEGACY_ERROR_TEMP_1023", "prettyName", "alias", "syntax", "several names for one column")
	}
	s.append(&item{name: names[0], e: e, aliased: true, at: x})
	return nil
}

func (s *selection) addAll(cols []starred, x ast.Expr) {
	for _, c := range cols {
		s.append(&item{name: c.name, e: c.e, at: x})
	}
}

// append finishes an item: its output column keeps the identity of a column that is only passed on.
func (s *selection) append(it *item) {
	it.e = plain(it.e)
	if c, ok := it.e.(*expr.Column); ok && !it.aliased {
		it.out = c
		if c.Hidden {
			n := *c
			n.Hidden = false
			it.out = &n
		}
	} else {
		it.out = logical.NewColumn(it.name, it.e.Type(), it.e.Nullable())
		if ok {
			it.out.Metadata = c.Metadata
		}
	}
	s.items = append(s.items, it)
}

// output are the columns of the select list; a generator has none of its own yet.
func (s *selection) output() []*expr.Column {
	out := make([]*expr.Column, 0, len(s.items))
	for _, it := range s.items {
		out = append(out, it.out)
	}
	return out
}

// build makes the plan, bottom up.
func (s *selection) build() (*scope, error) {
	g, err := s.grouping()
	if err != nil {
		return nil, err
	}
	node := s.in.node
	if g == nil {
		if err := s.bindRest(nil); err != nil {
			return nil, err
		}
		if err := s.noGrouping(); err != nil {
			return nil, err
		}
	} else {
		if err := s.bindRest(g); err != nil {
			return nil, err
		}
		if node, err = s.aggregated(g); err != nil {
			return nil, err
		}
	}
	if node, err = s.windowed(node); err != nil {
		return nil, err
	}
	if s.qualify != nil {
		node = &logical.Filter{Condition: s.qualify, Input: node}
	}
	if node, err = s.generated(node); err != nil {
		return nil, err
	}
	return s.project(node)
}

// noGrouping refuses grouping functions outside a grouping.
func (s *selection) noGrouping() error {
	for _, it := range s.items {
		if hasGroupingCall(it.e) {
			return sqlerr.New("UNSUPPORTED_GROUPING_EXPRESSION").At(it.at.Pos())
		}
	}
	for _, k := range s.keys {
		if hasAggregate(k.Expr) {
			return sqlerr.New("UNSUPPORTED_EXPR_FOR_OPERATOR", "invalidExprSqls", quoted(k.Expr)).At(s.q.Pos())
		}
	}
	if s.qualify != nil && hasAggregate(s.qualify) {
		return sqlerr.New("UNSUPPORTED_EXPR_FOR_OPERATOR", "invalidExprSqls", quoted(s.qualify)).At(s.sel.Qualify.Pos())
	}
	return nil
}

// bindRest binds HAVING, QUALIFY and the sort keys, which may use the select list's names.
func (s *selection) bindRest(g *grouping) error {
	var err error
	if s.sel.Having != nil {
		if s.having, err = s.bindHaving(g); err != nil {
			return err
		}
	}
	if s.sel.Qualify != nil {
		r := *s.r
		r.steps = []lookup{r.input(s.in), s.alias}
		x, err := r.truth(s.sel.Qualify, "QUALIFY")
		if err != nil {
			return at(err, s.sel.Qualify.Pos())
		}
		s.qualify = plain(x)
	}
	return s.bindKeys()
}

// alias finds select items by name, whatever their place.
func (s *selection) alias(parts []string) (expr.Expr, bool, error) {
	for _, it := range s.items {
		if s.a.sameName(it.name, parts[0]) && len(it.names) == 0 {
			e, err := s.a.extractAll(&lateral{it.name, it.e}, parts[1:])
			return e, err == nil, err
		}
	}
	return nil, false, nil
}

// bindHaving binds HAVING: names are grouping columns first, then the select list's, then other columns of the FROM
// clause, which only aggregates may read.
func (s *selection) bindHaving(g *grouping) (expr.Expr, error) {
	r := *s.r
	r.outerAggregates = &s.outer
	input := r.input(s.in)
	r.argument = input
	r.steps = []lookup{func(parts []string) (expr.Expr, bool, error) {
		e, ok, err := input(parts)
		if err != nil || !ok || g.find(e) < 0 {
			return nil, false, nil //nolint:nilerr // what is not a group is looked for further on
		}
		return e, true, nil
	}, s.alias, input}
	x, err := r.truth(s.sel.Having, "HAVING")
	if err != nil {
		return nil, at(err, s.sel.Having.Pos())
	}
	if expr.Any(x, func(y expr.Expr) bool { _, w := y.(*expr.Window); return w }) {
		return nil, sqlerr.New("UNSUPPORTED_EXPR_FOR_OPERATOR", "invalidExprSqls", quoted(x)).At(s.sel.Having.Pos())
	}
	return plain(x), nil
}

// bindKeys binds the sort keys: names are the select list's first, then those of the FROM clause.
func (s *selection) bindKeys() error {
	r := *s.r
	r.outerAggregates = nil
	output := s.output()
	input := r.input(s.in)
	r.steps = []lookup{func(parts []string) (expr.Expr, bool, error) { return s.a.among(output, parts) }, input}
	r.argument = input
	r.columns = output
	o := &ordering{a: s.a, q: s.q, output: output, r: &r}
	items := s.q.OrderBy
	if len(items) == 0 {
		items = s.q.SortBy
	}
	var err error
	if s.keys, err = o.keys(items); err != nil {
		return err
	}
	if len(s.q.ClusterBy) > 0 {
		if s.spread, err = r.exprs(s.q.ClusterBy); err != nil {
			return err
		}
		for _, e := range s.spread {
			s.keys = append(s.keys, expr.SortKey{Expr: e, NullsFirst: true})
		}
		return nil
	}
	s.spread, err = r.exprs(s.q.DistributeBy)
	return err
}

// each applies f to every expression that stands above the FROM clause and the aggregation: items, QUALIFY, sort keys.
func (s *selection) each(f func(e expr.Expr) (expr.Expr, error)) error {
	var err error
	for _, it := range s.items {
		if it.e, err = f(it.e); err != nil {
			return at(err, it.at.Pos())
		}
	}
	if s.qualify != nil {
		if s.qualify, err = f(s.qualify); err != nil {
			return at(err, s.sel.Qualify.Pos())
		}
	}
	for i, k := range s.keys {
		if s.keys[i].Expr, err = f(k.Expr); err != nil {
			return at(err, s.q.Pos())
		}
	}
	for i, e := range s.spread {
		if s.spread[i], err = f(e); err != nil {
			return at(err, s.q.Pos())
		}
	}
	return nil
}

// generated makes a Generate of each table-generating function of the select list, and items of its columns.
func (s *selection) generated(node logical.Node) (logical.Node, error) {
	for i, it := range s.items {
		g, ok := it.e.(*generated)
		if !ok {
			continue
		}
		gen, err := s.a.generate(g, node, it.names, false, nil)
		if err != nil {
			return nil, at(err, it.at.Pos())
		}
		items := append([]*item{}, s.items[:i]...)
		for _, c := range gen.Columns {
			items = append(items, &item{name: c.Name, e: c, out: c, at: it.at})
		}
		old := it.out
		s.items = append(items, s.items[i+1:]...)
		replace := func(e expr.Expr) expr.Expr {
			return expr.Transform(e, func(x expr.Expr) expr.Expr {
				if c, ok := x.(*expr.Column); ok && c.ID == old.ID {
					return gen.Columns[0]
				}
				return x
			})
		}
		for k := range s.keys {
			s.keys[k].Expr = replace(s.keys[k].Expr)
		}
		return s.generated(gen)
	}
	return node, nil
}

// project computes the select list, drops duplicates, sorts and limits.
func (s *selection) project(node logical.Node) (*scope, error) {
	list := make([]logical.Named, len(s.items))
	out := make([]*expr.Column, len(s.items))
	for i, it := range s.items {
		list[i] = named(it.e, it.out)
		out[i] = it.out
	}
	extra, err := s.hiddenKeys(out)
	if err != nil {
		return nil, err
	}
	if len(extra) == 0 && passes(list, node.Output()) {
		// SELECT * adds nothing.
	} else {
		node = &logical.Project{Exprs: append(list, extra...), Input: node}
	}
	if s.sel.Distinct {
		for _, c := range out {
			if !groupable(c.T) {
				return nil, sqlerr.New("UNSUPPORTED_FEATURE.SET_OPERATION_ON_MAP_TYPE", "colName", types.Quote(c.Name), "dataType", quotedType(c.T)).At(s.sel.Pos())
			}
		}
		node = &logical.Distinct{Input: node}
	}
	if len(s.spread) > 0 {
		node = &logical.Repartition{Keys: s.spread, Input: node}
	}
	if len(s.keys) > 0 {
		node = sorted(node, s.keys, len(s.q.OrderBy) > 0)
	}
	if len(extra) > 0 {
		node = &logical.Project{Exprs: logical.PassAll(out), Input: node}
	}
	if node, err = s.a.limit(s.q, s.b, node); err != nil {
		return nil, err
	}
	return &scope{node: node, columns: out}, nil
}

// passes says whether a projection hands on exactly its input.
func passes(list []logical.Named, in []*expr.Column) bool {
	if len(list) != len(in) {
		return false
	}
	for i, n := range list {
		c, ok := n.Expr.(*expr.Column)
		if !ok || c.ID != in[i].ID || n.Out.ID != c.ID || n.Out.Name != in[i].Name {
			return false
		}
	}
	return true
}

// hiddenKeys rewrites the sort keys over the select list's columns; what the list does not have becomes an extra column.
func (s *selection) hiddenKeys(out []*expr.Column) ([]logical.Named, error) {
	var extra []logical.Named
	known := map[expr.ID]bool{}
	defs := map[expr.ID]expr.Expr{}
	for i, it := range s.items {
		known[out[i].ID] = true
		defs[out[i].ID] = it.e
	}
	rewrite := func(e expr.Expr) (expr.Expr, error) {
		e = s.overItems(e)
		if within(e, known) {
			return e, nil
		}
		if s.sel.Distinct {
			return nil, s.notSelected(e, known)
		}
		below := expr.Transform(e, func(x expr.Expr) expr.Expr {
			if c, ok := x.(*expr.Column); ok && defs[c.ID] != nil {
				return defs[c.ID]
			}
			return x
		})
		for _, x := range extra {
			if expr.Equal(x.Expr, below) {
				return x.Out, nil
			}
		}
		col := logical.NewColumn(argumentSQL(e), below.Type(), below.Nullable())
		if c, ok := below.(*expr.Column); ok {
			col = c
		}
		extra = append(extra, named(below, col))
		return col, nil
	}
	var err error
	for i, k := range s.keys {
		if s.keys[i].Expr, err = rewrite(k.Expr); err != nil {
			return nil, err
		}
	}
	for i, e := range s.spread {
		if s.spread[i], err = rewrite(e); err != nil {
			return nil, err
		}
	}
	return extra, nil
}

func (s *selection) notSelected(e expr.Expr, known map[expr.ID]bool) error {
	name := e.String()
	expr.Walk(e, func(x expr.Expr) bool {
		if c, ok := x.(*expr.Column); ok && !known[c.ID] {
			name = c.Name
		}
		return true
	})
	return unresolved([]string{name}, s.output()).At(s.q.Pos())
}

// overItems replaces the parts of a sort key that the select list computes by its columns.
func (s *selection) overItems(e expr.Expr) expr.Expr {
	for _, it := range s.items {
		if expr.Equal(e, it.e) {
			return it.out
		}
	}
	ch := e.Children()
	if len(ch) == 0 {
		return e
	}
	out := make([]expr.Expr, len(ch))
	changed := false
	for i, c := range ch {
		out[i] = s.overItems(c)
		changed = changed || out[i] != c
	}
	if !changed {
		return e
	}
	return e.With(out)
}

// within says whether an expression reads nothing but the columns of a set.
func within(e expr.Expr, known map[expr.ID]bool) bool {
	return !expr.Any(e, func(x expr.Expr) bool {
		switch x := x.(type) {
		case *expr.Column:
			return !known[x.ID]
		case *expr.Subquery:
			for _, c := range freeOuters(x.Plan.(logical.Node)) {
				if !known[c.ID] {
					return true
				}
			}
		}
		return false
	})
}
