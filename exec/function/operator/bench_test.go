package operator

import (
	"testing"

	"github.com/argan-sql/argan/exec/function"
	"github.com/argan-sql/argan/exec/vector"
	"github.com/argan-sql/argan/types"
)

// benchmark evaluates a call of columns of random-looking decimals; a nil column is the constant 1.
func benchmark(b *testing.B, name string, ts ...*types.Type) {
	n := vector.BatchSize
	args := make([]function.Arg, len(ts))
	vals := make([]*vector.Vector, len(ts))
	for i, t := range ts {
		args[i] = function.Arg{Type: t, SQL: "c"}
		v := vector.New(t, n)
		for k := 0; k < n; k++ {
			x := int64(k*7919%100000 + 1)
			if v.I64 != nil {
				v.I64[k] = x
			} else {
				v.I128[k] = types.Int128From(x)
			}
		}
		vals[i] = v
	}
	f, err := function.FindScalar(name).Bind(args, false)
	if err != nil {
		b.Fatal(err)
	}
	b.ReportAllocs()
	for i := 0; i < b.N; i++ {
		if _, err := f.Eval(nil, vals, n); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkDecimalTimes(b *testing.B) {
	benchmark(b, "*", types.NewDecimal(12, 2), types.NewDecimal(13, 2))
}

func BenchmarkDecimalTimesWide(b *testing.B) {
	benchmark(b, "*", types.NewDecimal(26, 4), types.NewDecimal(13, 2))
}

func BenchmarkDecimalMinus(b *testing.B) {
	benchmark(b, "-", types.NewDecimal(12, 2), types.NewDecimal(12, 2))
}

func BenchmarkDecimalOver(b *testing.B) {
	benchmark(b, "/", types.NewDecimal(12, 2), types.NewDecimal(12, 2))
}

func BenchmarkLongLess(b *testing.B) { benchmark(b, "<", types.LongType, types.LongType) }
