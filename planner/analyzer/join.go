package analyzer

import (
	"strings"

	"github.com/argan-sql/argan/planner/expr"
	"github.com/argan-sql/argan/planner/logical"
	"github.com/argan-sql/argan/sql/ast"
	"github.com/argan-sql/argan/sqlerr"
	"github.com/argan-sql/argan/types"
)

var joinKinds = map[ast.JoinKind]logical.JoinKind{
	ast.JoinInner: logical.Inner, ast.JoinCross: logical.Cross, ast.JoinComma: logical.Inner, ast.JoinLeft: logical.LeftOuter,
	ast.JoinRight: logical.RightOuter, ast.JoinFull: logical.FullOuter, ast.JoinSemi: logical.LeftSemi, ast.JoinAnti: logical.LeftAnti,
}

func (a *Analyzer) join(j *ast.Join, b *block) (*scope, error) {
	left, err := a.from(j.Left, b)
	if err != nil {
		return nil, err
	}
	right, lateral, err := a.rightSide(j, left, b)
	if err != nil {
		return nil, err
	}
	kind := joinKinds[j.Kind]
	node := &logical.Join{Kind: kind, Left: left.node, Right: right.node, Lateral: lateral}
	if b.outer != nil && !lateral {
		if err := correlatedSides(node); err != nil {
			return nil, err
		}
	}
	if lateral && len(j.Using) == 0 && !j.Natural {
		if s := generateOver(j, left, right); s != nil {
			return a.conditionOver(j, s, b)
		}
	}
	names := identTexts(j.Using)
	if j.Natural {
		names = a.commonNames(left, right)
	}
	if len(names) > 0 {
		if lateral {
			return nil, sqlerr.New("UNSUPPORTED_FEATURE.LATERAL_JOIN_USING")
		}
		return a.usingJoin(node, left, right, names)
	}
	s := joined2(node, left, right)
	if j.On == nil {
		if kind == logical.Inner {
			node.Kind = logical.Cross
		}
		return s, nil
	}
	both := &scope{columns: append(append([]*expr.Column{}, left.columns...), right.columns...), scans: append(append([]*logical.Scan{}, left.scans...), right.scans...)}
	cond, err := a.over(both, b).truth(j.On, "JOIN")
	if err != nil {
		return nil, at(err, j.On.Pos())
	}
	if err := noAggregates(cond); err != nil {
		return nil, at(err, j.On.Pos())
	}
	if lateral && expr.Volatile(cond) {
		return nil, sqlerr.New("UNSUPPORTED_SUBQUERY_EXPRESSION_CATEGORY.LATERAL_JOIN_CONDITION_NON_DETERMINISTIC", "condition", cond.String()).At(j.On.Pos())
	}
	node.Condition = cond
	return s, nil
}

// correlatedSides refuses references to the query around in a side of a join that cannot give them on.
func correlatedSides(j *logical.Join) error {
	switch j.Kind {
	case logical.LeftSemi, logical.LeftAnti, logical.LeftOuter, logical.FullOuter:
		if len(freeOuters(j.Right)) > 0 {
			return accessingOuter(j.Right)
		}
	}
	if (j.Kind == logical.RightOuter || j.Kind == logical.FullOuter) && len(freeOuters(j.Left)) > 0 {
		return accessingOuter(j.Left)
	}
	return nil
}

// noAggregates refuses aggregates, windows and generators in a condition.
func noAggregates(e expr.Expr) error {
	var bad []string
	expr.Walk(e, func(x expr.Expr) bool {
		switch x.(type) {
		case *expr.Aggregate, *expr.Window, *generated:
			bad = append(bad, quoted(x))
			return false
		}
		return true
	})
	if len(bad) == 0 {
		return nil
	}
	return sqlerr.New("UNSUPPORTED_EXPR_FOR_OPERATOR", "invalidExprSqls", strings.Join(bad, ", "))
}

// rightSide analyzes the right relation; a LATERAL one sees the columns of the left.
func (a *Analyzer) rightSide(j *ast.Join, left *scope, b *block) (*scope, bool, error) {
	inner := &block{ctes: b.ctes, outer: &outerQuery{columns: left.columns, find: a.over(left, b).steps[0]}}
	switch rel := j.Right.(type) {
	case *ast.Derived:
		if rel.Lateral {
			if err := lateralKind(j); err != nil {
				return nil, false, err
			}
			plain := *rel
			plain.Lateral = false
			s, err := a.from(&plain, inner)
			return s, true, err
		}
	case *ast.TableFunction:
		if rel.Lateral {
			if err := lateralKind(j); err != nil {
				return nil, false, err
			}
			plain := *rel
			plain.Lateral = false
			s, err := a.from(&plain, inner)
			return s, true, err
		}
	}
	s, err := a.from(j.Right, b)
	return s, false, err
}

// generateOver puts a table-generating function that is joined laterally right over the left side; nil where the join is
// of another form.
func generateOver(j *ast.Join, left, right *scope) *scope {
	project, _ := right.node.(*logical.Project)
	node := right.node
	if project != nil {
		node = project.Input
	}
	g, ok := node.(*logical.Generate)
	if !ok || j.Kind == ast.JoinLeft && j.On != nil {
		return nil
	}
	if v, ok := g.Input.(*logical.Values); !ok || len(v.Columns) > 0 || len(v.Rows) != 1 {
		return nil
	}
	n := *g
	n.Input, n.Outer = left.node, g.Outer || j.Kind == ast.JoinLeft
	n.Args = make([]expr.Expr, len(g.Args))
	for i, e := range g.Args {
		n.Args[i] = expr.Transform(e, func(x expr.Expr) expr.Expr {
			if o, ok := x.(*expr.Outer); ok && hasColumn(left.columns, o.Column.ID) {
				return o.Column
			}
			return x
		})
	}
	s := &scope{node: &n, columns: append(append([]*expr.Column{}, left.columns...), nullable(right.columns, n.Outer)...), scans: left.scans}
	if project != nil {
		s.node = &logical.Project{Exprs: append(logical.PassAll(left.node.Output()), project.Exprs...), Input: &n}
		s.scans = nil
	}
	return s
}

func hasColumn(cols []*expr.Column, id expr.ID) bool {
	for _, c := range cols {
		if c.ID == id {
			return true
		}
	}
	return false
}

// conditionOver filters a finished join by its ON condition.
func (a *Analyzer) conditionOver(j *ast.Join, s *scope, b *block) (*scope, error) {
	if j.On == nil {
		return s, nil
	}
	cond, err := a.over(s, b).truth(j.On, "JOIN")
	if err != nil {
		return nil, at(err, j.On.Pos())
	}
	if err := noAggregates(cond); err != nil {
		return nil, at(err, j.On.Pos())
	}
	return &scope{node: &logical.Filter{Condition: cond, Input: s.node}, columns: s.columns, scans: s.scans}, nil
}

func lateralKind(j *ast.Join) error {
	switch j.Kind {
	case ast.JoinInner, ast.JoinCross, ast.JoinComma, ast.JoinLeft:
		return nil
	}
	return sqlerr.New("INCOMPATIBLE_JOIN_TYPES", "joinType1", "LATERAL", "joinType2", string(j.Kind)).At(j.Right.Pos())
}

// joined2 is the scope of a join: the columns of both sides, or of the left alone, nullable where the join may fill in.
func joined2(j *logical.Join, left, right *scope) *scope {
	s := &scope{node: j, scans: append(append([]*logical.Scan{}, left.scans...), right.scans...)}
	s.columns = nullable(left.columns, j.Kind == logical.RightOuter || j.Kind == logical.FullOuter)
	if j.Kind == logical.LeftSemi || j.Kind == logical.LeftAnti {
		s.scans = left.scans
		return s
	}
	s.columns = append(s.columns, nullable(right.columns, j.Kind == logical.LeftOuter || j.Kind == logical.FullOuter)...)
	return s
}

func nullable(cols []*expr.Column, yes bool) []*expr.Column {
	out := append([]*expr.Column{}, cols...)
	if yes {
		for i, c := range out {
			out[i] = c.AsNullable()
		}
	}
	return out
}

// commonNames are the names of NATURAL: visible on both sides, in the left's order.
func (a *Analyzer) commonNames(left, right *scope) []string {
	var out []string
	for _, l := range left.visible() {
		for _, r := range right.visible() {
			if a.sameName(l.Name, r.Name) {
				out = append(out, l.Name)
				break
			}
		}
	}
	return out
}

// usingJoin joins by equal names: each shows once, first; the other side's column stays hidden, for its qualified name.
func (a *Analyzer) usingJoin(node *logical.Join, left, right *scope, names []string) (*scope, error) {
	var terms []expr.Expr
	var ls, rs []*expr.Column
	for _, n := range names {
		l, err := a.usingColumn(n, left, "left")
		if err != nil {
			return nil, err
		}
		r, err := a.usingColumn(n, right, "right")
		if err != nil {
			return nil, err
		}
		eq, err := a.binary(ast.OpEq, l, r)
		if err != nil {
			return nil, err
		}
		terms = append(terms, eq)
		ls, rs = append(ls, l), append(rs, r)
	}
	if node.Kind == logical.Cross {
		node.Kind = logical.Inner
	}
	node.Condition = expr.Conjunction(terms)
	all := joined2(node, left, right)
	find := func(id expr.ID) *expr.Column {
		for _, c := range all.columns {
			if c.ID == id {
				return c
			}
		}
		return nil
	}
	s := &scope{node: node, scans: all.scans}
	shown, hide := map[expr.ID]bool{}, map[expr.ID]bool{}
	semi := node.Kind == logical.LeftSemi || node.Kind == logical.LeftAnti
	var project *logical.Project
	for i := range names {
		switch node.Kind {
		case logical.FullOuter:
			if project == nil {
				project = &logical.Project{Exprs: logical.PassAll(node.Output()), Input: node}
			}
			l, r := find(ls[i].ID), find(rs[i].ID)
			e, err := a.coalesce("coalesce", []expr.Expr{l, r})
			if err != nil {
				return nil, err
			}
			c := logical.NewColumn(l.Name, e.Type(), e.Nullable())
			project.Exprs = append(project.Exprs, named(e, c))
			s.columns = append(s.columns, c)
			hide[l.ID], hide[r.ID] = true, true
		case logical.RightOuter:
			s.columns = append(s.columns, find(rs[i].ID))
			shown[rs[i].ID], hide[ls[i].ID] = true, true
		default:
			s.columns = append(s.columns, find(ls[i].ID))
			shown[ls[i].ID] = true
			if !semi {
				hide[rs[i].ID] = true
			}
		}
	}
	for _, c := range all.columns {
		switch {
		case shown[c.ID]:
		case hide[c.ID]:
			h := *c
			h.Hidden = true
			s.columns = append(s.columns, &h)
		default:
			s.columns = append(s.columns, c)
		}
	}
	if project != nil {
		s.node, s.scans = project, nil
	}
	return s, nil
}

func (a *Analyzer) usingColumn(name string, s *scope, side string) (*expr.Column, error) {
	ms := a.matches(s.visible(), []string{name})
	switch len(ms) {
	case 1:
		return ms[0].column, nil
	case 0:
		cols := make([]string, 0, len(s.columns))
		for _, c := range s.visible() {
			cols = append(cols, types.Quote(c.Name))
		}
		return nil, sqlerr.New("UNRESOLVED_USING_COLUMN_FOR_JOIN", "colName", types.Quote(name), "side", side, "suggestion", strings.Join(cols, ", "))
	}
	return nil, ambiguous([]string{name}, ms)
}
