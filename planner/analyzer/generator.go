package analyzer

import (
	"github.com/argan-sql/argan/exec/function"
	"github.com/argan-sql/argan/planner/expr"
	"github.com/argan-sql/argan/planner/logical"
	"github.com/argan-sql/argan/sql/ast"
	"github.com/argan-sql/argan/sqlerr"
	"github.com/argan-sql/argan/types"
)

// generated stands for a call of a table-generating function in a select list until the select makes a Generate of it.
type generated struct {
	bound *function.BoundGenerator
	args  []expr.Expr
	name  string
}

func (g *generated) Type() *types.Type     { return types.NullType }
func (g *generated) Nullable() bool        { return true }
func (g *generated) Children() []expr.Expr { return g.args }
func (g *generated) With(args []expr.Expr) expr.Expr {
	return &generated{g.bound, args, g.name}
}
func (g *generated) String() string { return g.name + "(" + joined(g.args) + ")" }

// outer says whether the function is an _outer form.
func (g *generated) outer() bool { return g.bound.Function.Outer }

func (r *resolver) generator(x *ast.Call, f *function.Generator, name string) (expr.Expr, error) {
	if err := refuseExtras(x, name); err != nil {
		return nil, err
	}
	args, err := r.args(x.Args)
	if err != nil {
		return nil, err
	}
	if args, err = r.namedArgs(x, name, args); err != nil {
		return nil, err
	}
	b, err := f.Bind(r.a.arguments(args), r.a.ansi)
	if err != nil {
		return nil, err
	}
	if args, err = r.a.castAll(args, b.Args); err != nil {
		return nil, err
	}
	return &generated{b, args, name}, nil
}

// generate puts a Generate over a plan; names replace the default ones, and outer asks for a row where there is none.
func (a *Analyzer) generate(g *generated, input logical.Node, names []string, outer bool, qualifier []string) (*logical.Generate, error) {
	fields := g.bound.Columns
	if len(names) > 0 && len(names) != len(fields) {
		return nil, sqlerr.New("UDTF_ALIAS_NUMBER_MISMATCH", "aliasesSize", itoa(len(fields)), "aliasesNames", commas(names))
	}
	cols := make([]*expr.Column, len(fields))
	outer = outer || g.outer()
	for i, f := range fields {
		name := f.Name
		if len(names) > 0 {
			name = names[i]
		}
		cols[i] = &expr.Column{ID: expr.NewID(), Name: name, T: f.Type, Null: f.Nullable || outer, Qualifier: qualifier}
	}
	return &logical.Generate{Bound: g.bound, Args: g.args, Columns: cols, Outer: outer, Input: input}, nil
}

// lateralView is LATERAL VIEW [OUTER] f(x) t AS a, b.
func (a *Analyzer) lateralView(x *ast.LateralView, b *block) (*scope, error) {
	in := oneRow()
	if x.Input != nil {
		var err error
		if in, err = a.from(x.Input, b); err != nil {
			return nil, err
		}
	}
	r := a.over(in, b)
	e, err := r.call(x.Call)
	if err != nil {
		return nil, at(err, x.Call.Pos())
	}
	g, ok := e.(*generated)
	if !ok {
		return nil, sqlerr.New("UNSUPPORTED_GENERATOR.NOT_GENERATOR", "functionName", types.Quote(x.Call.Name.Last()), "classCanonicalName", "scalar function").At(x.Call.Pos())
	}
	var qualifier []string
	if x.Table.Present() {
		qualifier = []string{x.Table.Text}
	}
	node, err := a.generate(g, in.node, identTexts(x.Columns), x.Outer, qualifier)
	if err != nil {
		return nil, at(err, x.Pos())
	}
	return &scope{node: node, columns: append(append([]*expr.Column{}, in.columns...), node.Columns...), scans: in.scans}, nil
}

func identTexts(ids []ast.Ident) []string {
	out := make([]string, len(ids))
	for i, id := range ids {
		out[i] = id.Text
	}
	return out
}

// oneRow is what SELECT without FROM reads.
func oneRow() *scope {
	return &scope{node: &logical.Values{Rows: [][]expr.Expr{{}}}}
}
