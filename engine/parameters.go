package engine

import (
	"context"
	"fmt"
	"time"

	"github.com/argan-sql/argan/exec/cast"
	"github.com/argan-sql/argan/exec/function"
	"github.com/argan-sql/argan/exec/vector"
	"github.com/argan-sql/argan/planner/expr"
	"github.com/argan-sql/argan/planner/logical"
	"github.com/argan-sql/argan/sql/ast"
	"github.com/argan-sql/argan/sql/parser"
	"github.com/argan-sql/argan/sqlerr"
	"github.com/argan-sql/argan/types"
)

// ParseType reads the name of a SQL type, such as DECIMAL(10,2).
func ParseType(text string) (*types.Type, error) { return parser.ParseType(text) }

// TextParameter is a parameter whose value is given as text; CAST_INVALID_INPUT when the text is not a value of the type.
func TextParameter(name string, t *types.Type, text string) (Parameter, error) {
	p := Parameter{Name: name, Type: t, Value: text}
	if t.Kind == types.String {
		return p, nil
	}
	convert, err := cast.Bind(types.StringType, t, cast.ANSI)
	if err != nil {
		return p, err
	}
	v, err := convert(&function.Context{ANSI: true, Zone: time.UTC, Now: time.Now()}, vector.ConstOf(types.StringType, text, 1))
	if err != nil {
		return p, err
	}
	if p.Value = v.Value(0); p.Value == nil {
		return p, sqlerr.New("CAST_INVALID_INPUT", "expression", "'"+text+"'", "sourceType", `"STRING"`, "targetType", `"`+t.SQL()+`"`, "ansiConfig", `"spark.sql.ansi.enabled"`)
	}
	return p, nil
}

// marker is a parameter without value while a statement is only described: a NULL whose casts tell what type is wanted.
type marker struct {
	name  string
	value *vector.Vector
	typ   *types.Type
}

// placeholders lists the parameters that a statement's text names, in order, each named one once.
func placeholders(tree ast.Node) []*marker {
	var out []*marker
	seen := map[string]bool{}
	ast.Inspect(tree, func(n ast.Node) bool {
		if p, ok := n.(*ast.Param); ok {
			name := ""
			if p.Name != "" {
				name = p.Name
				if seen[name] {
					return true
				}
				seen[name] = true
			}
			out = append(out, &marker{name: name, value: vector.Of(types.NullType, nil)})
		}
		return true
	})
	return out
}

// noParameters refuses parameters in what is kept as text, where a later reader has no values for them.
func noParameters(tree ast.Node, kept string) (err error) {
	ast.Inspect(tree, func(n ast.Node) bool {
		if p, ok := n.(*ast.Param); ok && err == nil {
			err = sqlerr.New("UNSUPPORTED_FEATURE.PARAMETER_MARKER_IN_UNEXPECTED_STATEMENT", "statement", kept).At(p.Pos())
		}
		return err == nil
	})
	return err
}

// lesson finds out which types parameters are converted to.
type lesson struct {
	markers []*marker
	columns map[expr.ID][]*marker // of columns that are nothing but parameters
}

// learn analyzes a statement once more, for the types that its parameters are wanted as. A statement that has got this far
// analyzes without error; kinds that take no parameters into a plan are left out.
func (p *planner) learn(ctx context.Context, tree ast.Statement, markers []*marker) {
	l := &lesson{markers, map[expr.ID][]*marker{}}
	switch t := tree.(type) {
	case *ast.Query:
		if n, err := p.newAnalyzer(ctx).Query(t); err == nil {
			l.plan(n)
		}
	case *ast.Insert:
		if n, err := p.newAnalyzer(ctx).Insert(t); err == nil {
			l.plan(n.Query)
			l.exprs(n.Where)
		}
	case *ast.Update:
		if n, err := p.newAnalyzer(ctx).Update(t); err == nil {
			l.exprs(append(n.Values, n.Condition)...)
		}
	case *ast.Delete:
		if n, err := p.newAnalyzer(ctx).Delete(t); err == nil {
			l.exprs(n.Condition)
		}
	case *ast.Merge:
		if n, err := p.newAnalyzer(ctx).Merge(t); err == nil {
			l.plan(n.Source)
			l.exprs(n.Condition)
			for _, list := range [][]logical.MergeClause{n.Matched, n.NotMatched, n.NotMatchedBySource} {
				for _, c := range list {
					l.exprs(append(c.Values, c.Condition)...)
				}
			}
		}
	}
}

// plan learns from a plan, inputs first: what a column is made of is known before the column is cast.
func (l *lesson) plan(n logical.Node) {
	for _, c := range n.Children() {
		l.plan(c)
	}
	switch n := n.(type) {
	case *logical.Values:
		for _, row := range n.Rows {
			for j, e := range row {
				l.columns[n.Columns[j].ID] = append(l.columns[n.Columns[j].ID], l.in(e)...)
			}
		}
	case *logical.Project:
		for _, e := range n.Exprs {
			l.columns[e.Out.ID] = l.in(e.Expr)
		}
	}
	l.exprs(n.Expressions()...)
}

// in gives the parameters that an expression is nothing but.
func (l *lesson) in(e expr.Expr) []*marker {
	switch e := e.(type) {
	case *expr.Column:
		return l.columns[e.ID]
	case *expr.Literal:
		for _, m := range l.markers {
			if m.value == e.Value {
				return []*marker{m}
			}
		}
	}
	return nil
}

// exprs learns from casts, the outermost first; nil is no expression.
func (l *lesson) exprs(list ...expr.Expr) {
	for _, e := range list {
		if e == nil {
			continue
		}
		expr.Walk(e, func(x expr.Expr) bool {
			switch x := x.(type) {
			case *expr.Subquery:
				l.plan(x.Plan.(logical.Node))
			case *expr.Cast:
				for _, m := range l.in(x.Child) {
					if m.typ == nil {
						m.typ = x.To
					}
				}
			}
			return true
		})
	}
}

// Parameters are the parameters the statement takes, in order: those of ? are named 1, 2, …, named ones :name. The type
// is what the statement converts the parameter to, STRING where it takes anything.
func (st *Statement) Parameters() []types.Field {
	out := make([]types.Field, len(st.markers))
	for i, m := range st.markers {
		t := m.typ
		if t == nil {
			t = types.StringType
		}
		name := fmt.Sprint(i + 1)
		if m.name != "" {
			name = ":" + m.name
		}
		out[i] = types.Field{Name: name, Type: t, Nullable: true}
	}
	return out
}
