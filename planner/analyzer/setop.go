package analyzer

import (
	"github.com/argan-sql/argan/planner/expr"
	"github.com/argan-sql/argan/planner/logical"
	"github.com/argan-sql/argan/sql/ast"
	"github.com/argan-sql/argan/sqlerr"
	"github.com/argan-sql/argan/types"
)

var setKinds = map[ast.SetOpKind]logical.SetKind{ast.Union: logical.Union, ast.Intersect: logical.Intersect, ast.Except: logical.Except}

// setOp analyzes a set operation. A chain of UNION ALL becomes one node with many inputs.
func (a *Analyzer) setOp(x *ast.SetOp, b *block) (*scope, error) {
	operands := []ast.QueryNode{x.Right}
	left := x.Left
	for x.Kind == ast.Union {
		// UNION leans to the left: inner unions of the same sort are part of this one.
		l, ok := left.(*ast.SetOp)
		if !ok || l.Kind != ast.Union || l.All != x.All {
			break
		}
		operands = append(operands, l.Right)
		left = l.Left
	}
	operands = append(operands, left)
	inputs := make([]logical.Node, len(operands))
	for i := range operands {
		n := operands[len(operands)-1-i]
		s, err := a.queryNode(n, b)
		if err != nil {
			return nil, at(err, n.Pos())
		}
		inputs[i] = tidy(s)
	}
	node, err := a.combine(setKinds[x.Kind], x.All, inputs)
	if err != nil {
		return nil, at(err, x.Pos())
	}
	return &scope{node: node, columns: node.Output()}, nil
}

// combine brings inputs to common column types and combines them.
func (a *Analyzer) combine(kind logical.SetKind, all bool, inputs []logical.Node) (logical.Node, error) {
	name := map[logical.SetKind]string{logical.Union: "UNION", logical.Intersect: "INTERSECT", logical.Except: "EXCEPT"}[kind]
	first := inputs[0].Output()
	outs := make([][]*expr.Column, len(inputs))
	for i, in := range inputs {
		outs[i] = in.Output()
		if len(outs[i]) != len(first) {
			return nil, sqlerr.New("NUM_COLUMNS_MISMATCH", "operator", name, "firstNumColumns", itoa(len(first)), "invalidOrdinalNum", ordinal(i+1), "invalidNumColumns", itoa(len(outs[i])))
		}
	}
	want := make([]*types.Type, len(first))
	cols := make([]*expr.Column, len(first))
	for j, c := range first {
		t, null := c.T, c.Null
		for i := 1; i < len(inputs); i++ {
			w := types.WiderType(t, outs[i][j].T, a.ansi)
			if w == nil {
				return nil, sqlerr.New("INCOMPATIBLE_COLUMN_TYPE", "operator", name, "columnOrdinalNumber", ordinal(j+1), "tableOrdinalNumber", ordinal(i+1),
					"dataType1", quotedType(outs[i][j].T), "dataType2", quotedType(c.T), "hint", "")
			}
			t, null = w, null || kind == logical.Union && outs[i][j].Null
		}
		if (kind != logical.Union || !all) && !groupable(t) {
			return nil, sqlerr.New("UNSUPPORTED_FEATURE.SET_OPERATION_ON_MAP_TYPE", "colName", types.Quote(c.Name), "dataType", quotedType(t))
		}
		want[j] = t
		cols[j] = logical.NewColumn(c.Name, t, null)
		cols[j].Metadata = c.Metadata
	}
	for i := range inputs {
		var err error
		if inputs[i], err = a.castOutput(inputs[i], want); err != nil {
			return nil, err
		}
	}
	if kind == logical.Union && !all {
		return &logical.Distinct{Input: &logical.SetOp{Kind: kind, All: true, Inputs: inputs, Columns: cols}}, nil
	}
	return &logical.SetOp{Kind: kind, All: all, Inputs: inputs, Columns: cols}, nil
}

// castOutput casts the columns of a plan where they differ from the types wanted.
func (a *Analyzer) castOutput(n logical.Node, want []*types.Type) (logical.Node, error) {
	p := &logical.Project{Input: n}
	changed := false
	for i, c := range n.Output() {
		e, err := a.coerce(c, want[i])
		if err != nil {
			return nil, err
		}
		if e == expr.Expr(c) {
			p.Exprs = append(p.Exprs, logical.Pass(c))
			continue
		}
		changed = true
		p.Exprs = append(p.Exprs, named(e, logical.NewColumn(c.Name, e.Type(), e.Nullable())))
	}
	if !changed {
		return n, nil
	}
	return p, nil
}

// ordinal is a number as messages count: first, second, 11th.
func ordinal(n int) string {
	words := []string{"", "first", "second", "third", "fourth", "fifth", "sixth", "seventh", "eighth", "ninth", "tenth"}
	if n < len(words) {
		return words[n]
	}
	suffix := "th"
	if n/10%10 != 1 {
		switch n % 10 {
		case 1:
			suffix = "st"
		case 2:
			suffix = "nd"
		case 3:
			suffix = "rd"
		}
	}
	return itoa(n) + suffix
}
