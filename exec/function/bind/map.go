package bind

import (
	"errors"

	"github.com/argan-sql/argan/exec/function"
	"github.com/argan-sql/argan/exec/vector"
	"github.com/argan-sql/argan/types"
)

// ErrNull is what a mapped function returns to make the row NULL.
var ErrNull = errors.New("null")

// Lift makes an Eval that need not care for constants and dictionaries: when every argument is Const it is computed once, and
// when one argument is Dict and all others Const it is computed on the dictionary (unless that is longer than the batch).
// Not for volatile functions. The inner Eval still has to take vectors in any form (others mix freely).
func Lift(inner function.Eval) function.Eval { return lift(inner, true) }

// LiftAll is Lift for functions that give something else than NULL for a NULL argument.
func LiftAll(inner function.Eval) function.Eval { return lift(inner, false) }

func lift(inner function.Eval, strict bool) function.Eval {
	return func(ctx *function.Context, args []*vector.Vector, n int) (*vector.Vector, error) {
		if n == 0 || len(args) == 0 {
			return inner(ctx, args, n)
		}
		dict := -1
		for i, a := range args {
			switch a.Form {
			case vector.Flat:
				return inner(ctx, args, n)
			case vector.Dict:
				if dict >= 0 || a.Dictionary.Len > n || !strict && a.Valid != nil {
					return inner(ctx, args, n)
				}
				dict = i
			}
		}
		if dict < 0 {
			one := make([]*vector.Vector, len(args))
			for i, a := range args {
				one[i] = vector.Slice(a, 0, 1)
			}
			r, err := inner(ctx, one, 1)
			if err != nil {
				return nil, err
			}
			if r.Form == vector.Dict {
				r = vector.Flatten(r)
			}
			return AsConst(r, n), nil
		}
		d := args[dict]
		m := d.Dictionary.Len
		if m == 0 {
			return inner(ctx, args, n)
		}
		each := make([]*vector.Vector, len(args))
		for i, a := range args {
			c := *a
			c.Len = m
			each[i] = &c
		}
		// Entries that no row uses may be anything, also values the function fails on: then it is computed by row.
		each[dict] = d.Dictionary
		r, err := inner(ctx, each, m)
		if err != nil {
			return inner(ctx, args, n)
		}
		if r.Form == vector.Const {
			return AsConstValid(r, d.Valid, n), nil
		}
		return &vector.Vector{Type: r.Type, Form: vector.Dict, Len: n, Valid: d.Valid, Codes: d.Codes, Dictionary: vector.Flatten(r)}, nil
	}
}

// AsConst gives n rows of the first row of a one-row Flat or Const vector.
func AsConst(v *vector.Vector, n int) *vector.Vector {
	c := *v
	c.Form, c.Len = vector.Const, n
	return &c
}

// AsConstValid is AsConst, with the rows NULL that valid says are.
func AsConstValid(v *vector.Vector, valid vector.Bitmap, n int) *vector.Vector {
	c := AsConst(v, n)
	if valid == nil || !c.Valid.Get(0) {
		return c
	}
	f := vector.Flatten(c)
	f.Valid = valid
	return f
}

// Fixed lists the Go types of fixed-width values: int32 serves int, date and year-month intervals; int64 bigint, timestamps and
// day-time intervals; types.Int128 a decimal of any precision.
type Fixed interface {
	bool | int8 | int16 | int32 | int64 | float32 | float64 | types.Int128 | types.Interval
}

// Value lists the Go types of single values that the combinators pass: fixed-width ones, and []byte for string and binary
// (valid during the call only, not to be changed).
type Value interface {
	bool | int8 | int16 | int32 | int64 | float32 | float64 | types.Int128 | types.Interval | []byte
}

// Slice is the value slice of a vector with fixed-width values, which must be of the physical form of T.
func Slice[T Fixed](v *vector.Vector) []T {
	var x any
	var zero T
	switch any(zero).(type) {
	case bool:
		x = v.Bools
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
	case types.Int128:
		if v.I128 == nil && v.I64 != nil {
			wide := make([]types.Int128, len(v.I64))
			for i, a := range v.I64 {
				wide[i] = types.Int128From(a)
			}
			x = wide
		} else {
			x = v.I128
		}
	case types.Interval:
		x = v.Intervals
	}
	return x.([]T)
}

// Reader gives the value of a row of a vector in any form; NULL rows give anything.
func Reader[T Value](v *vector.Vector) func(i int) T {
	var zero T
	switch any(zero).(type) {
	case []byte:
		f := func(i int) []byte { return v.Bytes(i) }
		return any(f).(func(int) T)
	case bool:
		return any(fixedReader[bool](v)).(func(int) T)
	case int8:
		return any(fixedReader[int8](v)).(func(int) T)
	case int16:
		return any(fixedReader[int16](v)).(func(int) T)
	case int32:
		return any(fixedReader[int32](v)).(func(int) T)
	case int64:
		return any(fixedReader[int64](v)).(func(int) T)
	case float32:
		return any(fixedReader[float32](v)).(func(int) T)
	case float64:
		return any(fixedReader[float64](v)).(func(int) T)
	case types.Int128:
		return any(fixedReader[types.Int128](v)).(func(int) T)
	}
	return any(fixedReader[types.Interval](v)).(func(int) T)
}

func fixedReader[T Fixed](v *vector.Vector) func(i int) T {
	s := Slice[T](v.Values())
	switch v.Form {
	case vector.Const:
		x := s[0]
		return func(int) T { return x }
	case vector.Dict:
		codes := v.Codes
		return func(i int) T { return s[codes[i]] }
	}
	return func(i int) T { return s[i] }
}

// Each calls row for every row in which no argument is NULL, and gives the validity of a result: rows with a NULL argument and
// rows for which row returned ErrNull are NULL. Any other error ends it.
func Each(args []*vector.Vector, n int, row func(i int) error) (vector.Bitmap, error) {
	valid := Nulls(args, n)
	owned := false
	for i := 0; i < n; i++ {
		if valid != nil && !valid.Get(i) {
			continue
		}
		if err := row(i); err != nil {
			if err != ErrNull {
				return nil, err
			}
			if !owned {
				owned = true
				fresh := vector.NewBitmap(n, true)
				copy(fresh, valid)
				valid = fresh
			}
			valid.Clear(i)
		}
	}
	return valid, nil
}

// sink collects the results of n rows.
func sink[R Value](ret *types.Type, n int) (set func(i int, r R), out *vector.Vector) {
	out = vector.New(ret, n)
	var zero R
	switch any(zero).(type) {
	case []byte:
		f := func(i int, r []byte) {
			out.Spans[i] = vector.Span{Off: uint32(len(out.Heap)), Len: uint32(len(r))}
			out.Heap = append(out.Heap, r...)
		}
		return any(f).(func(int, R)), out
	case bool:
		return any(fixedSink[bool](out)).(func(int, R)), out
	case int8:
		return any(fixedSink[int8](out)).(func(int, R)), out
	case int16:
		return any(fixedSink[int16](out)).(func(int, R)), out
	case int32:
		return any(fixedSink[int32](out)).(func(int, R)), out
	case int64:
		return any(fixedSink[int64](out)).(func(int, R)), out
	case float32:
		return any(fixedSink[float32](out)).(func(int, R)), out
	case float64:
		return any(fixedSink[float64](out)).(func(int, R)), out
	case types.Int128:
		if out.I128 == nil {
			f := func(i int, r types.Int128) { out.I64[i] = int64(r.Lo) }
			return any(f).(func(int, R)), out
		}
		return any(fixedSink[types.Int128](out)).(func(int, R)), out
	}
	return any(fixedSink[types.Interval](out)).(func(int, R)), out
}

func fixedSink[R Fixed](out *vector.Vector) func(int, R) {
	s := Slice[R](out)
	return func(i int, r R) { s[i] = r }
}

// Map1 computes a function of one value a row. ErrNull makes the row NULL; NULL rows are not shown to it.
func Map1[A, R Value](ret *types.Type, f func(ctx *function.Context, a A) (R, error)) function.Eval {
	return Lift(func(ctx *function.Context, args []*vector.Vector, n int) (*vector.Vector, error) {
		a := Reader[A](args[0])
		set, out := sink[R](ret, n)
		valid, err := Each(args, n, func(i int) error {
			r, err := f(ctx, a(i))
			if err == nil {
				set(i, r)
			}
			return err
		})
		out.Valid = valid
		return out, err
	})
}

// Map2 computes a function of two values a row.
func Map2[A, B, R Value](ret *types.Type, f func(ctx *function.Context, a A, b B) (R, error)) function.Eval {
	return Lift(func(ctx *function.Context, args []*vector.Vector, n int) (*vector.Vector, error) {
		a, b := Reader[A](args[0]), Reader[B](args[1])
		set, out := sink[R](ret, n)
		valid, err := Each(args, n, func(i int) error {
			r, err := f(ctx, a(i), b(i))
			if err == nil {
				set(i, r)
			}
			return err
		})
		out.Valid = valid
		return out, err
	})
}

// Map3 computes a function of three values a row.
func Map3[A, B, C, R Value](ret *types.Type, f func(ctx *function.Context, a A, b B, c C) (R, error)) function.Eval {
	return Lift(func(ctx *function.Context, args []*vector.Vector, n int) (*vector.Vector, error) {
		a, b, c := Reader[A](args[0]), Reader[B](args[1]), Reader[C](args[2])
		set, out := sink[R](ret, n)
		valid, err := Each(args, n, func(i int) error {
			r, err := f(ctx, a(i), b(i), c(i))
			if err == nil {
				set(i, r)
			}
			return err
		})
		out.Valid = valid
		return out, err
	})
}

// Append1 computes a text of one value a row: f appends the result to dst and returns it, so that no memory is made per row.
func Append1[A Value](ret *types.Type, f func(ctx *function.Context, dst []byte, a A) ([]byte, error)) function.Eval {
	return Lift(func(ctx *function.Context, args []*vector.Vector, n int) (*vector.Vector, error) {
		a := Reader[A](args[0])
		return appendRows(ret, args, n, func(dst []byte, i int) ([]byte, error) { return f(ctx, dst, a(i)) })
	})
}

// Append2 is Append1 for two values a row.
func Append2[A, B Value](ret *types.Type, f func(ctx *function.Context, dst []byte, a A, b B) ([]byte, error)) function.Eval {
	return Lift(func(ctx *function.Context, args []*vector.Vector, n int) (*vector.Vector, error) {
		a, b := Reader[A](args[0]), Reader[B](args[1])
		return appendRows(ret, args, n, func(dst []byte, i int) ([]byte, error) { return f(ctx, dst, a(i), b(i)) })
	})
}

// Append3 is Append1 for three values a row.
func Append3[A, B, C Value](ret *types.Type, f func(ctx *function.Context, dst []byte, a A, b B, c C) ([]byte, error)) function.Eval {
	return Lift(func(ctx *function.Context, args []*vector.Vector, n int) (*vector.Vector, error) {
		a, b, c := Reader[A](args[0]), Reader[B](args[1]), Reader[C](args[2])
		return appendRows(ret, args, n, func(dst []byte, i int) ([]byte, error) { return f(ctx, dst, a(i), b(i), c(i)) })
	})
}

func appendRows(ret *types.Type, args []*vector.Vector, n int, row func(dst []byte, i int) ([]byte, error)) (*vector.Vector, error) {
	out := vector.New(ret, n)
	valid, err := Each(args, n, func(i int) error {
		from := len(out.Heap)
		heap, err := row(out.Heap, i)
		if err != nil {
			out.Heap = out.Heap[:from]
			return err
		}
		out.Heap = heap
		out.Spans[i] = vector.Span{Off: uint32(from), Len: uint32(len(heap) - from)}
		return nil
	})
	out.Valid = valid
	return out, err
}

// Rows computes any result a row at a time through a Builder: row is called for every row in which no argument is NULL and
// appends exactly one value (AppendNull for NULL); other rows become NULL. prepare is called once a batch.
func Rows(ret *types.Type, prepare func(ctx *function.Context, args []*vector.Vector) (row func(i int, out *vector.Builder) error, err error)) function.Eval {
	return Lift(func(ctx *function.Context, args []*vector.Vector, n int) (*vector.Vector, error) {
		row, err := prepare(ctx, args)
		if err != nil {
			return nil, err
		}
		valid := Nulls(args, n)
		out := vector.NewBuilder(ret, n)
		for i := 0; i < n; i++ {
			if valid != nil && !valid.Get(i) {
				out.AppendNull()
				continue
			}
			if err := row(i, out); err != nil {
				if err != ErrNull {
					return nil, err
				}
				out.AppendNull()
			}
		}
		return out.Finish(), nil
	})
}

// AllRows is Rows for functions that look at NULL arguments themselves: row is called for every row.
func AllRows(ret *types.Type, prepare func(ctx *function.Context, args []*vector.Vector) (row func(i int, out *vector.Builder) error, err error)) function.Eval {
	return LiftAll(func(ctx *function.Context, args []*vector.Vector, n int) (*vector.Vector, error) {
		row, err := prepare(ctx, args)
		if err != nil {
			return nil, err
		}
		out := vector.NewBuilder(ret, n)
		for i := 0; i < n; i++ {
			if err := row(i, out); err != nil {
				if err != ErrNull {
					return nil, err
				}
				out.AppendNull()
			}
		}
		return out.Finish(), nil
	})
}
