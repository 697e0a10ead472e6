package exec

import (
	"strings"

	"github.com/argan-sql/argan/catalog"
	"github.com/argan-sql/argan/catalog/file/parquet"
	"github.com/argan-sql/argan/exec/vector"
	"github.com/argan-sql/argan/types"
)

// mayMatch says whether a predicate may be true for some of rows rows, by the statistics of their columns.
func mayMatch(p catalog.Predicate, stats func(path []string) (parquet.Stats, bool), rows int64) bool {
	switch p := p.(type) {
	case *catalog.AllOf:
		for _, t := range p.Terms {
			if !mayMatch(t, stats, rows) {
				return false
			}
		}
	case *catalog.AnyOf:
		for _, t := range p.Terms {
			if mayMatch(t, stats, rows) {
				return true
			}
		}
		return len(p.Terms) == 0
	case *catalog.Compare:
		s, ok := stats(p.Column)
		return !ok || mayCompare(p, s, rows)
	}
	return true
}

func mayCompare(p *catalog.Compare, s parquet.Stats, rows int64) bool {
	allNull := s.Nulls == rows && rows >= 0
	switch p.Op {
	case catalog.IsNull:
		return s.Nulls != 0
	case catalog.IsNotNull:
		return !allNull
	}
	if allNull {
		return false
	}
	if s.Min == nil || s.Max == nil {
		return true
	}
	switch p.Type.Kind {
	case types.Float, types.Double:
		// NaN is above all numbers and in no statistics: a bound from above is none.
		switch p.Op {
		case catalog.Greater, catalog.GreaterEqual, catalog.NotEqual:
			return true
		}
		for _, v := range p.Values {
			if isNaN(v) {
				return true
			}
		}
	}
	for _, v := range p.Values {
		if v != nil && mayOne(p.Op, v, s) {
			return true
		}
	}
	return len(p.Values) == 0
}

func isNaN(v any) bool {
	switch x := v.(type) {
	case float64:
		return x != x
	case float32:
		return x != x
	}
	return false
}

// mayOne compares one constant with the bounds.
func mayOne(op catalog.Op, v any, s parquet.Stats) bool {
	if op == catalog.StartsWith {
		prefix, ok1 := v.(string)
		lo, ok2 := s.Min.(string)
		hi, ok3 := s.Max.(string)
		if !ok1 || !ok2 || !ok3 {
			return true
		}
		return hi >= prefix && (lo <= prefix || strings.HasPrefix(lo, prefix))
	}
	lo, ok1 := types.Order(v, s.Min)
	hi, ok2 := types.Order(v, s.Max)
	if !ok1 || !ok2 {
		return true
	}
	switch op {
	case catalog.Equal, catalog.In:
		return lo >= 0 && hi <= 0
	case catalog.NotEqual:
		return !s.Exact || lo != 0 || hi != 0
	case catalog.Less:
		return lo > 0
	case catalog.LessEqual:
		return lo >= 0
	case catalog.Greater:
		return hi < 0
	case catalog.GreaterEqual:
		return hi <= 0
	}
	return true
}

// overlaps says whether values between lo and hi may be in the filter; nil bounds are unknown.
func (f *runtimeFilter) overlaps(lo, hi any) bool {
	if f.empty {
		return false
	}
	if !f.integer || lo == nil || hi == nil {
		return true
	}
	l, ok1 := wholeNumber(lo)
	h, ok2 := wholeNumber(hi)
	return !ok1 || !ok2 || l <= f.hi && h >= f.lo
}

func wholeNumber(v any) (int64, bool) {
	switch x := v.(type) {
	case int8:
		return int64(x), true
	case int16:
		return int64(x), true
	case int32:
		return int64(x), true
	case int64:
		return x, true
	case types.Int128:
		return x.Int64()
	}
	return 0, false
}

// may says whether the value of a constant may be in the filter.
func (f *runtimeFilter) may(v *vector.Vector) bool {
	if f.empty || v.IsNull(0) {
		return false
	}
	p := &filterProbe{f: f}
	sel, all := p.rows(vector.Flatten(widthOf(v, 1)))
	return all || len(sel) > 0
}
