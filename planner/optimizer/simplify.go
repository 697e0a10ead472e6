package optimizer

import (
	"math"

	"github.com/argan-sql/argan/planner/expr"
	"github.com/argan-sql/argan/planner/logical"
	"github.com/argan-sql/argan/types"
)

// simplify brings conditions into forms that the rules after it, scans and the statistics of files understand:
//
//	NOT (a < 1 OR b IS NULL)   a >= 1 AND b IS NOT NULL
//	CAST(a AS BIGINT) > 5      a > 5, for a narrower integer a
//	a = 1 OR a = 2 OR a = 3    a IN (1, 2, 3)
//	(a OR b) OR c              one OR of three
//
// Each holds in three-valued logic: NOT of a comparison with NULL is NULL, as is the opposite comparison. A cast is only taken
// off where the constant fits the narrower type: CAST(a AS BIGINT) = 300 for a TINYINT a is false, or NULL for a NULL, which
// no comparison of a itself says.
func simplify(n logical.Node, _ *Options) (logical.Node, error) {
	var failed error
	out := logical.TransformAllExpressions(n, func(e expr.Expr) expr.Expr {
		s, err := simplified(e)
		if err != nil {
			failed = err
			return e
		}
		return s
	})
	return out, failed
}

func simplified(e expr.Expr) (expr.Expr, error) {
	switch e := e.(type) {
	case *expr.Or:
		return memberships(&expr.Or{Terms: branches(e)})
	case *expr.Call:
		if e.Bound.Function.Name == "not" {
			return negated(e)
		}
		if _, ok := comparisons[e.Bound.Function.Name]; ok && len(e.Args) == 2 {
			return uncast(e)
		}
	}
	return e, nil
}

// opposites are the comparisons that hold where another does not. There is none for <=>, and for = it is NOT again.
var opposites = map[string]string{"<": ">=", "<=": ">", ">": "<=", ">=": "<"}

// negated moves a NOT inwards.
func negated(e *expr.Call) (expr.Expr, error) {
	var terms []expr.Expr
	switch x := e.Args[0].(type) {
	case *expr.And:
		terms = x.Terms
	case *expr.Or:
		terms = x.Terms
	case *expr.Call:
		switch name := x.Bound.Function.Name; name {
		case "not":
			return x.Args[0], nil
		case "isnull":
			return expr.NewCall("isnotnull", x.Args...)
		case "isnotnull":
			return expr.NewCall("isnull", x.Args...)
		default:
			if o, ok := opposites[name]; ok && len(x.Args) == 2 {
				return expr.NewCall(o, x.Args...)
			}
		}
		return e, nil
	default:
		return e, nil
	}
	out := make([]expr.Expr, len(terms))
	for i, t := range terms {
		n, err := expr.NewCall("not", t)
		if err != nil {
			return nil, err
		}
		c, ok := n.(*expr.Call)
		if !ok {
			return e, nil
		}
		if out[i], err = negated(c); err != nil {
			return nil, err
		}
	}
	if _, and := e.Args[0].(*expr.And); and {
		return &expr.Or{Terms: out}, nil
	}
	return expr.Conjunction(out), nil
}

// uncast compares an integer in its own type with a constant.
func uncast(e *expr.Call) (expr.Expr, error) {
	for side := range 2 {
		c, ok := e.Args[side].(*expr.Cast)
		if !ok || !c.Child.Type().IsInteger() || !c.Type().IsInteger() || c.Child.Type().Kind > c.Type().Kind {
			continue
		}
		v, ok := constant(e.Args[1-side])
		if !ok {
			continue
		}
		narrow, fits := fitting(c.Child.Type(), v)
		if !fits {
			continue
		}
		args := []expr.Expr{c.Child, expr.NewLiteral(c.Child.Type(), narrow)}
		if side == 1 {
			args[0], args[1] = args[1], args[0]
		}
		return expr.NewCall(e.Bound.Function.Name, args...)
	}
	return e, nil
}

// fitting is an integer as a value of a narrower type.
func fitting(t *types.Type, v any) (any, bool) {
	var x int64
	switch v := v.(type) {
	case int8:
		x = int64(v)
	case int16:
		x = int64(v)
	case int32:
		x = int64(v)
	case int64:
		x = v
	default:
		return nil, false
	}
	switch t.Kind {
	case types.Byte:
		return int8(x), x >= math.MinInt8 && x <= math.MaxInt8
	case types.Short:
		return int16(x), x >= math.MinInt16 && x <= math.MaxInt16
	case types.Int:
		return int32(x), x >= math.MinInt32 && x <= math.MaxInt32
	case types.Long:
		return x, true
	}
	return nil, false
}

// branches are the terms of a disjunction, those of disjunctions within it among them.
func branches(o *expr.Or) []expr.Expr {
	var out []expr.Expr
	for _, t := range o.Terms {
		if inner, ok := t.(*expr.Or); ok {
			out = append(out, branches(inner)...)
		} else {
			out = append(out, t)
		}
	}
	return out
}

// leastMembers is the number of equalities of one expression that are better looked up than compared.
const leastMembers = 3

// memberships makes IN of the equalities of one expression with constants among the branches of an OR.
func memberships(o *expr.Or) (expr.Expr, error) {
	type group struct {
		of     expr.Expr
		values []expr.Expr
		first  int
	}
	var groups []*group
	member := make([]*group, len(o.Terms))
	for i, t := range o.Terms {
		c, ok := t.(*expr.Call)
		if !ok || len(c.Args) != 2 || c.Bound.Function.Name != "=" || expr.Volatile(t) {
			continue
		}
		of, value := c.Args[0], c.Args[1]
		if _, ok := of.(*expr.Literal); ok {
			of, value = value, of
		}
		l, ok := value.(*expr.Literal)
		if !ok || l.Value.IsNull(0) || !of.Type().Equal(l.Type()) {
			continue
		}
		for _, g := range groups {
			if expr.Equal(g.of, of) {
				member[i] = g
			}
		}
		if member[i] == nil {
			member[i] = &group{of: of, first: i}
			groups = append(groups, member[i])
		}
		member[i].values = append(member[i].values, l)
	}
	var out []expr.Expr
	for i, t := range o.Terms {
		g := member[i]
		switch {
		case g == nil || len(g.values) < leastMembers:
			out = append(out, t)
		case g.first == i:
			in, err := expr.NewCall("in", append([]expr.Expr{g.of}, g.values...)...)
			if err != nil {
				return nil, err
			}
			out = append(out, in)
		}
	}
	switch len(out) {
	case len(o.Terms):
		return o, nil
	case 1:
		return out[0], nil
	}
	return &expr.Or{Terms: out}, nil
}
