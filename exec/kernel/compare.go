// Package kernel holds the inner loops over vectors: comparisons to booleans and to selections, arithmetic, equality and
// order of single values.
//
// In: dense vectors of one type in any form. Out: slices that the caller provides, so that no kernel allocates. Loops are
// generic over the value type with the operator in the body, and are found once, by operator and type.
//
// Comparisons are Spark's: NaN equals NaN and is above all numbers, -0.0 equals 0.0, strings compare by their bytes.
package kernel

import (
	"bytes"

	"github.com/argan-sql/argan/exec/vector"
	"github.com/argan-sql/argan/types"
)

// Op is a comparison.
type Op uint8

// The comparisons.
const (
	Eq Op = iota
	Ne
	Lt
	Le
	Gt
	Ge
)

// OpByName finds a comparison by its SQL symbol.
func OpByName(name string) (Op, bool) {
	switch name {
	case "=", "==":
		return Eq, true
	case "<>", "!=":
		return Ne, true
	case "<":
		return Lt, true
	case "<=":
		return Le, true
	case ">":
		return Gt, true
	case ">=":
		return Ge, true
	}
	return 0, false
}

// swapped is the comparison with its operands exchanged.
func (o Op) swapped() Op { return [...]Op{Eq: Eq, Ne: Ne, Lt: Gt, Le: Ge, Gt: Lt, Ge: Le}[o] }

// Number lists the value types that Go compares itself.
type Number interface {
	int8 | int16 | int32 | int64 | float32 | float64
}

// The x != x terms are false for integers, and the compiler drops them.

func lt[T Number](a, b T) bool { return a < b || b != b && a == a }
func le[T Number](a, b T) bool { return a <= b || b != b }
func eq[T Number](a, b T) bool { return a == b || a != a && b != b }

func bit(b bool) int {
	if b {
		return 1
	}
	return 0
}

// numbers gives the value slice of a vector of numbers.
func numbers[T Number](v *vector.Vector) []T {
	var x any
	var zero T
	switch any(zero).(type) {
	case int8:
		x = v.I8
	case int16:
		x = v.I16
	case int32:
		x = v.I32
	case int64:
		x = v.I64
	case float32:
		x = v.F32
	case float64:
		x = v.F64
	}
	return x.([]T)
}

// compareFlat compares two slices row by row.
func compareFlat[T Number](op Op, out []bool, a, b []T) {
	a, b = a[:len(out)], b[:len(out)]
	switch op {
	case Eq:
		for i := range out {
			out[i] = eq(a[i], b[i])
		}
	case Ne:
		for i := range out {
			out[i] = !eq(a[i], b[i])
		}
	case Lt:
		for i := range out {
			out[i] = lt(a[i], b[i])
		}
	case Le:
		for i := range out {
			out[i] = le(a[i], b[i])
		}
	case Gt:
		for i := range out {
			out[i] = lt(b[i], a[i])
		}
	case Ge:
		for i := range out {
			out[i] = le(b[i], a[i])
		}
	}
}

// compareConst compares a slice with one value.
func compareConst[T Number](op Op, out []bool, a []T, b T) {
	a = a[:len(out)]
	switch op {
	case Eq:
		for i, x := range a {
			out[i] = eq(x, b)
		}
	case Ne:
		for i, x := range a {
			out[i] = !eq(x, b)
		}
	case Lt:
		for i, x := range a {
			out[i] = lt(x, b)
		}
	case Le:
		for i, x := range a {
			out[i] = le(x, b)
		}
	case Gt:
		for i, x := range a {
			out[i] = lt(b, x)
		}
	case Ge:
		for i, x := range a {
			out[i] = le(b, x)
		}
	}
}

func compareNumbers[T Number](op Op, out []bool, a, b *vector.Vector) {
	switch {
	case b.Form == vector.Const:
		compareConst(op, out, numbers[T](vector.Flatten(a)), numbers[T](b)[0])
	case a.Form == vector.Const:
		compareConst(op.swapped(), out, numbers[T](vector.Flatten(b)), numbers[T](a)[0])
	default:
		compareFlat(op, out, numbers[T](vector.Flatten(a)), numbers[T](vector.Flatten(b)))
	}
}

// holds says whether an order (-1, 0, 1) fulfils a comparison.
func (o Op) holds(c int) bool {
	switch o {
	case Eq:
		return c == 0
	case Ne:
		return c != 0
	case Lt:
		return c < 0
	case Le:
		return c <= 0
	case Gt:
		return c > 0
	}
	return c >= 0
}

func compareBytes(op Op, out []bool, a, b *vector.Vector) {
	if b.Form == vector.Const {
		y := b.Bytes(0)
		if a.Form == vector.Flat {
			heap := a.Heap
			switch op {
			case Eq, Ne:
				want := op == Eq
				for i, s := range a.Spans[:len(out)] {
					out[i] = (int(s.Len) == len(y) && string(heap[s.Off:s.Off+s.Len]) == string(y)) == want
				}
			default:
				for i, s := range a.Spans[:len(out)] {
					out[i] = op.holds(bytes.Compare(heap[s.Off:s.Off+s.Len], y))
				}
			}
			return
		}
	} else if a.Form == vector.Const {
		compareBytes(op.swapped(), out, b, a)
		return
	}
	for i := range out {
		out[i] = op.holds(bytes.Compare(a.Bytes(i), b.Bytes(i)))
	}
}

// Compare fills out with a op b for every row; rows with a NULL get anything. Both vectors have the same type and len(out) rows.
func Compare(op Op, out []bool, a, b *vector.Vector) {
	if a.Form == vector.Dict && b.Form == vector.Const && a.Dictionary.Len <= len(out) && a.Dictionary.Len > 0 {
		pass := make([]bool, a.Dictionary.Len)
		one := *b
		one.Len = len(pass)
		Compare(op, pass, a.Dictionary, &one)
		for i, c := range a.Codes[:len(out)] {
			out[i] = pass[c]
		}
		return
	}
	switch a.Type.Physical() {
	case types.PhysInt8:
		compareNumbers[int8](op, out, a, b)
	case types.PhysInt16:
		compareNumbers[int16](op, out, a, b)
	case types.PhysInt32:
		compareNumbers[int32](op, out, a, b)
	case types.PhysInt64:
		compareNumbers[int64](op, out, a, b)
	case types.PhysFloat32:
		compareNumbers[float32](op, out, a, b)
	case types.PhysFloat64:
		compareNumbers[float64](op, out, a, b)
	case types.PhysBytes:
		compareBytes(op, out, a, b)
	default:
		order := Comparator(a.Type)
		for i := range out {
			out[i] = op.holds(order(a, i, b, i))
		}
	}
}
