package delta

import "github.com/argan-sql/argan/types"

// Predicate is a condition on rows, for leaving out files in which it is true of none. It is evaluated over partition
// values and statistics, never over rows.
type Predicate interface{ outcome(e *evaluator) outcome }

// CompareOp is a comparison.
type CompareOp uint8

// The comparisons.
const (
	OpEqual CompareOp = iota
	OpNotEqual
	OpLess
	OpLessEqual
	OpGreater
	OpGreaterEqual
)

// The predicates. Column is a path of logical names; values are of the column's own type (see the values of this
// package), decimals at its scale. Opaque stands for a condition that cannot be looked into: it may be anything.
type (
	And     struct{ Terms []Predicate }
	Or      struct{ Terms []Predicate }
	Not     struct{ Term Predicate }
	Compare struct {
		Column []string
		Op     CompareOp
		Value  any
	}
	In struct {
		Column []string
		Values []any
	}
	IsNull     struct{ Column []string }
	StartsWith struct {
		Column []string
		Prefix string
	}
	Opaque struct{}
)

// outcome is a set of truth values: those that a predicate may have for some row of a file.
type outcome uint8

const (
	mayTrue outcome = 1 << iota
	mayFalse
	mayNull
	mayAny = mayTrue | mayFalse | mayNull
)

func (p And) outcome(e *evaluator) outcome {
	out := mayTrue
	for _, t := range p.Terms {
		if out = conjunction(out, t.outcome(e)); out == mayFalse {
			break // nothing can change it: partition columns spare the parsing of statistics
		}
	}
	return out
}

func (p Or) outcome(e *evaluator) outcome {
	out := mayFalse
	for _, t := range p.Terms {
		out = negation(conjunction(negation(out), negation(t.outcome(e))))
	}
	return out
}

func (p Not) outcome(e *evaluator) outcome { return negation(p.Term.outcome(e)) }

func (Opaque) outcome(*evaluator) outcome { return mayAny }

func negation(o outcome) outcome {
	out := o & mayNull
	if o&mayTrue != 0 {
		out |= mayFalse
	}
	if o&mayFalse != 0 {
		out |= mayTrue
	}
	return out
}

// conjunction is what a AND b may be when a and b may each be any of their sets.
func conjunction(a, b outcome) (out outcome) {
	for _, x := range []outcome{mayTrue, mayFalse, mayNull} {
		if a&x == 0 {
			continue
		}
		for _, y := range []outcome{mayTrue, mayFalse, mayNull} {
			switch {
			case b&y == 0:
			case x == mayFalse || y == mayFalse:
				out |= mayFalse
			case x == mayNull || y == mayNull:
				out |= mayNull
			default:
				out |= mayTrue
			}
		}
	}
	return out
}

func (p Compare) outcome(e *evaluator) outcome {
	if p.Value == nil {
		return mayNull
	}
	r := e.column(p.Column)
	if !r.known {
		return mayAny
	}
	return r.outcome(compareRange(r, p.Op, p.Value))
}

func (p In) outcome(e *evaluator) outcome {
	r := e.column(p.Column)
	if !r.known {
		return mayAny
	}
	out := mayFalse
	for _, v := range p.Values {
		one := mayNull
		if v != nil {
			one = r.outcome(compareRange(r, OpEqual, v))
		}
		out = negation(conjunction(negation(out), negation(one)))
	}
	return out
}

func (p IsNull) outcome(e *evaluator) outcome {
	r := e.column(p.Column)
	if !r.known {
		return mayTrue | mayFalse
	}
	var out outcome
	if r.nulls {
		out |= mayTrue
	}
	if r.values {
		out |= mayFalse
	}
	return out
}

func (p StartsWith) outcome(e *evaluator) outcome {
	r := e.column(p.Column)
	if !r.known {
		return mayAny
	}
	o := mayTrue | mayFalse
	low, okLow := r.min.(string)
	high, okHigh := r.max.(string)
	// Bounds are compared by as much of them as the prefix is long.
	if okLow && okHigh {
		switch l, h := head(low, len(p.Prefix)), head(high, len(p.Prefix)); {
		case l > p.Prefix || h < p.Prefix:
			o = mayFalse
		case l == p.Prefix && h == p.Prefix:
			o = mayTrue
		}
	}
	return r.outcome(o)
}

func head(s string, n int) string {
	if len(s) > n {
		return s[:n]
	}
	return s
}

// valueRange is what is known of a column in a file.
type valueRange struct {
	known         bool
	min, max      any
	nulls, values bool // there may be NULLs; there may be values
}

// outcome joins what holds of the values with what a NULL gives.
func (r valueRange) outcome(ofValues outcome) (out outcome) {
	if r.values {
		out |= ofValues
	}
	if r.nulls {
		out |= mayNull
	}
	return out
}

func compareRange(r valueRange, op CompareOp, v any) outcome {
	if op == OpNotEqual {
		return negation(compareRange(r, OpEqual, v))
	}
	lo, okLo := compareValues(r.min, v)
	hi, okHi := compareValues(r.max, v)
	switch op {
	case OpEqual:
		if okLo && lo > 0 || okHi && hi < 0 {
			return mayFalse
		}
		if okLo && okHi && lo == 0 && hi == 0 {
			return mayTrue
		}
	case OpLess:
		if okLo && lo >= 0 {
			return mayFalse
		}
		if okHi && hi < 0 {
			return mayTrue
		}
	case OpLessEqual:
		if okLo && lo > 0 {
			return mayFalse
		}
		if okHi && hi <= 0 {
			return mayTrue
		}
	case OpGreater:
		return negation(compareRange(r, OpLessEqual, v))
	case OpGreaterEqual:
		return negation(compareRange(r, OpLess, v))
	}
	return mayTrue | mayFalse
}

// boundsUsable says whether bounds of a type order its values as comparisons do. char(n) is compared blank-padded.
func boundsUsable(t *types.Type) bool { return t.Kind != types.Char }
