// Package operator holds the operators of expressions: arithmetic, comparison, logic, bits, IN, LIKE and the conditionals,
// and the functions that are operators by another name (negative, mod, try_add …).
//
// In: argument types from the analyzer, vectors. Out: entries in the function registry. Loops over numbers come from
// exec/kernel; what depends on decimal rules or zones is here.
package operator

import (
	"github.com/argan-sql/argan/exec/cast"
	"github.com/argan-sql/argan/exec/function"
	"github.com/argan-sql/argan/exec/function/bind"
	"github.com/argan-sql/argan/exec/kernel"
	"github.com/argan-sql/argan/exec/vector"
	"github.com/argan-sql/argan/sqlerr"
	"github.com/argan-sql/argan/types"
)

// tryOf are the functions that give NULL where an operator fails in ANSI mode.
var tryOf = map[string]string{"+": "try_add", "-": "try_subtract", "*": "try_multiply", "/": "try_divide"}

// differ is BINARY_OP_DIFF_TYPES.
func differ(name string, args []function.Arg, a, b *types.Type) error {
	return bind.Mismatch("BINARY_OP_DIFF_TYPES", name, args, "left", bind.TypeSQL(a), "right", bind.TypeSQL(b))
}

// wrongType is BINARY_OP_WRONG_TYPE.
func wrongType(name string, args []function.Arg, want string, t *types.Type) error {
	return bind.Mismatch("BINARY_OP_WRONG_TYPE", name, args, "inputType", want, "actualDataType", bind.TypeSQL(t))
}

// decimalOperand is the decimal type an integer takes beside a decimal: a literal as small as its digits allow.
func decimalOperand(a function.Arg) *types.Type {
	if n, null, ok := bind.ConstInt(a); ok && !null && literalText(a.SQL) {
		return types.DecimalOfLiteral(n)
	}
	d, _ := types.DecimalOf(a.Type)
	return d
}

// literalText says whether an argument's text is an integer literal, not an expression that folds to one.
func literalText(s string) bool {
	if s != "" && s[0] == '-' {
		s = s[1:]
	}
	for i := 0; i < len(s); i++ {
		if s[i] < '0' || s[i] > '9' {
			return false
		}
	}
	return s != ""
}

// numericOperands are the types in which two operands of arithmetic are computed: one number type, or two decimals.
func numericOperands(name string, args []function.Arg, ansi bool) (a, b *types.Type, err error) {
	l, r := args[0], args[1]
	promote := func(x *function.Arg, other *types.Type) {
		switch {
		case !x.Type.IsString():
		case ansi && other.IsInteger():
			x.Type = types.LongType
		case ansi && (other.Kind == types.Timestamp || other.Kind == types.TimestampNTZ || other.Kind == types.Date):
			x.Type = other
		default:
			x.Type = types.DoubleType
		}
	}
	lt, rt := l.Type, r.Type
	promote(&l, rt)
	promote(&r, lt)
	a, b = l.Type, r.Type
	switch {
	case a.Kind == types.Null && b.Kind == types.Null:
		return types.DoubleType, types.DoubleType, nil
	case a.Kind == types.Null:
		a = b
	case b.Kind == types.Null:
		b = a
	}
	switch {
	case !a.IsNumeric() || !b.IsNumeric():
		if l.Type.Equal(r.Type) {
			if a.Kind == types.Date {
				return nil, nil, bind.Unexpected(name, args, 1, `("INT" or "SMALLINT" or "TINYINT")`)
			}
			return nil, nil, wrongType(name, args, types.NumericOrInterval.SQL(), a)
		}
		return nil, nil, differ(name, args, l.Type, r.Type)
	case a.Kind == types.Decimal && b.Kind == types.Decimal:
		return a, b, nil
	case a.Kind != types.Decimal && b.Kind != types.Decimal:
		t := types.TightestCommonType(a, b, ansi)
		return t, t, nil
	case a.Kind == types.Float || a.Kind == types.Double || b.Kind == types.Float || b.Kind == types.Double:
		return types.DoubleType, types.DoubleType, nil
	case a.Kind == types.Decimal:
		return a, decimalOperand(r), nil
	}
	return decimalOperand(l), b, nil
}

// operand gives a vector to a kernel.
func operand[T bind.Fixed](v *vector.Vector) kernel.Operand[T] {
	if v.Form == vector.Const {
		return kernel.Operand[T]{V: bind.Slice[T](v)[:1], Const: true}
	}
	return kernel.Operand[T]{V: bind.Slice[T](vector.Flatten(v))}
}

// nulls collects the rows that an operator makes NULL, beyond those with a NULL operand.
type nulls struct {
	args  vector.Bitmap // rows without a NULL operand
	valid vector.Bitmap // of the result; nil until a row is made NULL
	n     int
}

func newNulls(args []*vector.Vector, n int) nulls { return nulls{args: bind.Nulls(args, n), n: n} }

// set makes row i NULL.
func (s *nulls) set(i int) {
	if s.valid == nil {
		s.valid = vector.NewBitmap(s.n, true)
		copy(s.valid, s.args)
	}
	s.valid.Clear(i)
}

// result is the validity of the result.
func (s *nulls) result() vector.Bitmap {
	if s.valid == nil {
		return s.args
	}
	return s.valid
}

// fail handles a row on which an operator fails: NULL, or in ANSI mode the error.
func (s *nulls) fail(i int, mode cast.Mode, err func() error) error {
	if !s.args.Get(i) {
		return nil
	}
	if mode == cast.ANSI {
		return err()
	}
	s.set(i)
	return nil
}

func divideByZero() error { return sqlerr.New("DIVIDE_BY_ZERO", "config", `"spark.sql.ansi.enabled"`) }

func intervalDivideByZero() error { return sqlerr.New("INTERVAL_DIVIDED_BY_ZERO") }

// overflow is ARITHMETIC_OVERFLOW; try names the function that tolerates it, "" for none.
func overflow(message, try string) error {
	alternative := ""
	if try != "" {
		alternative = " Use '" + try + "' to tolerate overflow and return NULL instead."
	}
	return sqlerr.New("ARITHMETIC_OVERFLOW", "message", message, "alternative", alternative, "config", `"spark.sql.ansi.enabled"`)
}

func intervalOverflow(try string) error {
	alternative := ""
	if try != "" {
		alternative = " Use '" + try + "' to tolerate overflow and return NULL instead."
	}
	return sqlerr.New("INTERVAL_ARITHMETIC_OVERFLOW", "message", "integer overflow", "alternative", alternative)
}
