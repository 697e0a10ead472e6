package analyzer

import (
	"math/rand/v2"
	"strings"

	"github.com/argan-sql/argan/exec/function"
	"github.com/argan-sql/argan/planner/expr"
	"github.com/argan-sql/argan/planner/logical"
	"github.com/argan-sql/argan/sql/ast"
	"github.com/argan-sql/argan/sqlerr"
	"github.com/argan-sql/argan/types"
)

// tableFunction is a function in FROM: range, a table-generating function, or one of the engine's.
func (a *Analyzer) tableFunction(x *ast.TableFunction, b *block) (*scope, error) {
	s, err := a.callTable(x.Call, b)
	if err != nil {
		return nil, at(err, x.Call.Pos())
	}
	if s, err = a.sampled(s, x.Sample, b); err != nil {
		return nil, err
	}
	if x.Alias != nil && len(x.Alias.Columns) > 0 && len(x.Alias.Columns) != len(s.visible()) {
		return nil, sqlerr.New("NUM_TABLE_VALUE_ALIASES_MISMATCH", "funcName", types.Quote(x.Call.Name.Last()), "aliasesNum", itoa(len(x.Alias.Columns)),
			"outColsNum", itoa(len(s.visible()))).At(x.Pos())
	}
	return a.aliased(s, x.Alias, nil)
}

func (a *Analyzer) callTable(c *ast.Call, b *block) (*scope, error) {
	name := c.Name.Strings()
	if c.Name.Dynamic != nil {
		var err error
		if name, err = a.dynamicName(c.Name.Dynamic); err != nil {
			return nil, err
		}
	}
	last := strings.ToLower(name[len(name)-1])
	if len(name) > 1 {
		return nil, sqlerr.New("INVALID_SQL_SYNTAX.INVALID_TABLE_VALUED_FUNC_NAME", "funcName", quoteParts(name))
	}
	r := &resolver{a: a, block: b}
	switch {
	case last == "range":
		return a.rangeOf(r, c)
	case function.FindGenerator(last) != nil:
		call := *c
		e, err := r.generator(&call, function.FindGenerator(last), last)
		if err != nil {
			return nil, err
		}
		node, err := a.generate(e.(*generated), oneRow().node, nil, false, nil)
		if err != nil {
			return nil, err
		}
		return &scope{node: node, columns: node.Columns}, nil
	}
	args, err := a.tableArguments(r, c)
	if err != nil {
		return nil, err
	}
	rel, err := a.env.TableFunction(last, args, a.place)
	if err != nil {
		return nil, err
	}
	if rel == nil {
		return nil, sqlerr.New("UNRESOLVABLE_TABLE_VALUED_FUNCTION", "name", types.Quote(last))
	}
	return a.open(rel, rel.At)
}

// tableArguments evaluates the constant arguments of a table function of the engine.
func (a *Analyzer) tableArguments(r *resolver, c *ast.Call) ([]Argument, error) {
	var out []Argument
	add := func(name string, e ast.Expr) error {
		x, err := r.expr(e)
		if err != nil {
			return err
		}
		v, err := a.operand(x)
		if err != nil {
			return at(err, e.Pos())
		}
		if v == nil {
			return sqlerr.New("DATATYPE_MISMATCH.NON_FOLDABLE_INPUT", "sqlExpr", quoted(x), "inputName", "argument", "inputType", quotedType(x.Type()), "inputExpr", quoted(x)).At(e.Pos())
		}
		out = append(out, Argument{Name: name, Value: v})
		return nil
	}
	for _, e := range c.Args {
		if err := add("", e); err != nil {
			return nil, err
		}
	}
	for _, n := range c.NamedArgs {
		if err := add(n.Name.Text, n.Value); err != nil {
			return nil, err
		}
	}
	return out, nil
}

// rangeOf is range(end), range(start, end), range(start, end, step[, partitions]).
func (a *Analyzer) rangeOf(r *resolver, c *ast.Call) (*scope, error) {
	args, err := a.tableArguments(r, c)
	if err != nil {
		return nil, err
	}
	if len(args) < 1 || len(args) > 4 || len(c.NamedArgs) > 0 {
		return nil, wrongCount("range", 1, 4, len(args))
	}
	n := make([]int64, len(args))
	for i, v := range args {
		e, err := a.coerce(&expr.Literal{Value: v.Value}, types.LongType)
		if err != nil {
			return nil, err
		}
		w, err := a.operand(e)
		if err != nil {
			return nil, err
		}
		if w.IsNull(0) {
			return nil, sqlerr.New("DATATYPE_MISMATCH.UNEXPECTED_INPUT_TYPE", "sqlExpr", `"range"`, "paramIndex", itoa(i+1), "requiredType", `"BIGINT"`,
				"inputSql", quoted(&expr.Literal{Value: v.Value}), "inputType", quotedType(v.Value.Type))
		}
		n[i] = w.Value(0).(int64)
	}
	rel := &logical.Range{Column: logical.NewColumn("id", types.LongType, false), Step: 1}
	if len(n) == 1 {
		rel.End = n[0]
	} else {
		rel.Start, rel.End = n[0], n[1]
	}
	if len(n) > 2 {
		rel.Step = n[2]
	}
	if rel.Step == 0 {
		return nil, sqlerr.New("DATATYPE_MISMATCH.VALUE_OUT_OF_RANGE", "sqlExpr", `"range"`, "exprName", "step", "valueRange", "(-inf, 0), (0, inf)", "currentValue", "0")
	}
	return &scope{node: rel, columns: rel.Output()}, nil
}

// sampled applies TABLESAMPLE.
func (a *Analyzer) sampled(s *scope, x *ast.Sample, b *block) (*scope, error) {
	if x == nil {
		return s, nil
	}
	out := &scope{columns: s.columns, scans: s.scans}
	seed := int64(rand.Uint64() >> 1)
	if x.Repeatable != nil {
		seed = *x.Repeatable
	}
	switch x.Kind {
	case ast.SampleRows:
		n, err := a.rowCount(x.Value, "limit", b)
		if err != nil {
			return nil, err
		}
		out.node = &logical.Limit{Count: n, Input: s.node}
		return out, nil
	case ast.SampleBytes:
		return nil, sqlerr.New("_LEGACY_ERROR_TEMP_0015", "msg", "byteLengthLiteral").At(x.Pos())
	case ast.SampleBucket:
		out.node = &logical.Sample{From: 0, To: float64(x.Bucket) / float64(x.OutOf), Seed: seed, Input: s.node}
		return out, nil
	}
	r := &resolver{a: a, block: &block{ctes: b.ctes}}
	e, err := r.expr(x.Value)
	if err != nil {
		return nil, err
	}
	c, err := a.coerce(e, types.DoubleType)
	if err != nil {
		return nil, err
	}
	v := a.fold(c)
	if v == nil || v.IsNull(0) {
		return nil, sqlerr.New("INVALID_LIMIT_LIKE_EXPRESSION.IS_UNFOLDABLE", "name", "sample", "expr", quoted(e)).At(x.Pos())
	}
	percent := v.Value(0).(float64)
	if percent < 0 || percent > 100 {
		return nil, sqlerr.New("_LEGACY_ERROR_TEMP_0064", "msg", "Sampling fraction ("+e.String()+") must be on interval [0, 1]").At(x.Pos())
	}
	out.node = &logical.Sample{From: 0, To: percent / 100, Seed: seed, Input: s.node}
	return out, nil
}
