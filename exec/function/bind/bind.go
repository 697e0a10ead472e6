// Package bind is what function entries share: checking and coercing argument types with Spark's errors, and combinators
// that turn a Go function over single values into an Eval over vectors, with NULLs and the Const and Dict forms handled.
//
// In: entries as function.Scalar and the like, and plain Go functions. Out: entries in the registry, Evals.
// The combinators cost a call per row: they are for the long tail of functions. Arithmetic, comparisons and aggregates
// have loops of their own in exec/kernel and beside their entries.
package bind

import (
	"strconv"
	"strings"

	"github.com/argan-sql/argan/exec/function"
	"github.com/argan-sql/argan/exec/vector"
	"github.com/argan-sql/argan/sqlerr"
	"github.com/argan-sql/argan/types"
)

// Scalars registers scalar entries. Each Bind is wrapped: the number of arguments is checked first, and Bound.Function is set.
func Scalars(entries ...*function.Scalar) {
	for _, e := range entries {
		inner := e.Bind
		e.Bind = func(args []function.Arg, ansi bool) (*function.Bound, error) {
			if err := Count(e.Name, len(args), e.MinArgs, e.MaxArgs); err != nil {
				return nil, err
			}
			b, err := inner(args, ansi)
			if err != nil {
				return nil, err
			}
			b.Function = e
			return b, nil
		}
	}
	function.Register(entries...)
}

// Aggregates registers aggregate entries, as Scalars does.
func Aggregates(entries ...*function.Aggregate) {
	for _, e := range entries {
		inner := e.Bind
		e.Bind = func(args []function.Arg, ignoreNulls, ansi bool) (*function.BoundAggregate, error) {
			if err := Count(e.Name, len(args), e.MinArgs, e.MaxArgs); err != nil {
				return nil, err
			}
			b, err := inner(args, ignoreNulls, ansi)
			if err != nil {
				return nil, err
			}
			if b.Function == nil { // a Bind may give an entry whose EmptyValue depends on the arguments
				b.Function = e
			}
			return b, nil
		}
	}
	function.RegisterAggregate(entries...)
}

// Windows registers window entries, as Scalars does.
func Windows(entries ...*function.Window) {
	for _, e := range entries {
		inner := e.Bind
		e.Bind = func(args []function.Arg, ignoreNulls, ansi bool) (*function.BoundWindow, error) {
			if err := Count(e.Name, len(args), e.MinArgs, e.MaxArgs); err != nil {
				return nil, err
			}
			b, err := inner(args, ignoreNulls, ansi)
			if err != nil {
				return nil, err
			}
			b.Function = e
			return b, nil
		}
	}
	function.RegisterWindow(entries...)
}

// Generators registers table-generating entries, as Scalars does.
func Generators(entries ...*function.Generator) {
	for _, e := range entries {
		inner := e.Bind
		e.Bind = func(args []function.Arg, ansi bool) (*function.BoundGenerator, error) {
			if err := Count(e.Name, len(args), e.MinArgs, e.MaxArgs); err != nil {
				return nil, err
			}
			b, err := inner(args, ansi)
			if err != nil {
				return nil, err
			}
			b.Function = e
			return b, nil
		}
	}
	function.RegisterGenerator(entries...)
}

// Count checks a number of arguments: WRONG_NUM_ARGS otherwise. most -1 is any number.
func Count(name string, n, least, most int) error {
	if n >= least && (most < 0 || n <= most) {
		return nil
	}
	var want string
	switch {
	case most < 0:
		want = "> " + strconv.Itoa(least-1)
	case most == least:
		want = strconv.Itoa(least)
	default:
		parts := make([]string, 0, most-least+1)
		for i := least; i <= most; i++ {
			parts = append(parts, strconv.Itoa(i))
		}
		want = "[" + strings.Join(parts, ", ") + "]"
	}
	return WrongCount(name, want, n)
}

// WrongCount is the WRONG_NUM_ARGS error; want is the expected number as text.
func WrongCount(name, want string, n int) error {
	return sqlerr.New("WRONG_NUM_ARGS.WITHOUT_SUGGESTION", "functionName", types.Quote(name), "expectedNum", want, "actualNum", strconv.Itoa(n), "docroot", "https://spark.apache.org/docs/latest")
}

// infix tells the operators that messages print between their operands.
var infix = map[string]bool{
	"+": true, "-": true, "*": true, "/": true, "%": true, "div": true, "=": true, "<=>": true, "<>": true, "<": true,
	"<=": true, ">": true, ">=": true, "and": true, "or": true, "&": true, "|": true, "^": true, "||": true, "<<": true, ">>": true, ">>>": true,
}

// CallSQL is the call as messages print it, in double quotes: "upper(a)", "(a + b)".
func CallSQL(name string, args []function.Arg) string {
	texts := make([]string, len(args))
	for i, a := range args {
		texts[i] = strings.Trim(a.SQL, `"`)
	}
	if len(args) == 2 && infix[name] {
		op := strings.ToUpper(name)
		if op == "<>" {
			return `"(NOT (` + texts[0] + " = " + texts[1] + `))"`
		}
		return `"(` + texts[0] + " " + op + " " + texts[1] + `)"`
	}
	if len(args) == 1 && (name == "-" || name == "+" || name == "~" || name == "not") {
		if name == "not" {
			return `"(NOT ` + texts[0] + `)"`
		}
		return `"(` + name + " " + texts[0] + `)"`
	}
	return `"` + name + "(" + strings.Join(texts, ", ") + `)"`
}

// TypeSQL is a type as messages print it, in double quotes.
func TypeSQL(t *types.Type) string { return `"` + t.SQL() + `"` }

// ArgSQL is an argument as messages print it, in double quotes.
func ArgSQL(a function.Arg) string { return `"` + strings.Trim(a.SQL, `"`) + `"` }

// Unexpected is DATATYPE_MISMATCH.UNEXPECTED_INPUT_TYPE for argument i; want is the wanted type as Family.SQL prints it.
func Unexpected(name string, args []function.Arg, i int, want string) error {
	return sqlerr.New("DATATYPE_MISMATCH.UNEXPECTED_INPUT_TYPE", "sqlExpr", CallSQL(name, args), "paramIndex", strconv.Itoa(i+1),
		"requiredType", want, "inputSql", ArgSQL(args[i]), "inputType", TypeSQL(args[i].Type))
}

// Mismatch is a DATATYPE_MISMATCH error of a subclass for a call; params are the subclass's own.
func Mismatch(subclass, name string, args []function.Arg, params ...string) error {
	return sqlerr.New("DATATYPE_MISMATCH."+subclass, append([]string{"sqlExpr", CallSQL(name, args)}, params...)...)
}

// Cast coerces every argument to the family wanted at its position; the last family serves for all further arguments.
// The result is what goes into Bound.Args; an argument that cannot be cast gives UNEXPECTED_INPUT_TYPE.
func Cast(name string, args []function.Arg, ansi bool, want ...types.Family) ([]*types.Type, error) {
	out := make([]*types.Type, len(args))
	for i, a := range args {
		f := want[min(i, len(want)-1)]
		t, ok := types.ImplicitCast(a.Type, f, ansi)
		if !ok {
			return nil, Unexpected(name, args, i, f.SQL())
		}
		out[i] = t
	}
	return out, nil
}

// Same is the common type of arguments that must agree (coalesce, array, …), strings promoted: DATA_DIFF_TYPES otherwise.
func Same(name string, args []function.Arg, ansi bool) (*types.Type, error) {
	return agree(name, args, types.CommonType(argTypes(args), ansi))
}

// SameWithoutStrings is Same for greatest and least, where a string does not swallow numbers.
func SameWithoutStrings(name string, args []function.Arg, ansi bool) (*types.Type, error) {
	return agree(name, args, types.CommonTypeWithoutStrings(argTypes(args), ansi))
}

func argTypes(args []function.Arg) []*types.Type {
	ts := make([]*types.Type, len(args))
	for i, a := range args {
		ts[i] = a.Type
	}
	return ts
}

func agree(name string, args []function.Arg, t *types.Type) (*types.Type, error) {
	if t != nil {
		return t, nil
	}
	list := make([]string, len(args))
	for i, a := range args {
		list[i] = TypeSQL(a.Type)
	}
	return nil, Mismatch("DATA_DIFF_TYPES", name, args, "functionName", types.Quote(name), "dataType", "("+strings.Join(list, " or ")+")")
}

// Repeat is n times the type t, for Bound.Args of variadic functions.
func Repeat(t *types.Type, n int) []*types.Type {
	out := make([]*types.Type, n)
	for i := range out {
		out[i] = t
	}
	return out
}

// Simple makes a Bind for the common case: families wanted, a fixed result type, one Eval. nullable says that the result
// may be NULL even if no argument is.
func Simple(name string, ret *types.Type, nullable bool, eval function.Eval, want ...types.Family) func([]function.Arg, bool) (*function.Bound, error) {
	return func(args []function.Arg, ansi bool) (*function.Bound, error) {
		in, err := Cast(name, args, ansi, want...)
		if err != nil {
			return nil, err
		}
		return &function.Bound{Args: in, Return: ret, Nullable: nullable, Eval: eval}, nil
	}
}

// Typed makes a Bind whose result type and Eval depend on the coerced argument types.
func Typed(name string, make func(in []*types.Type, ansi bool) (ret *types.Type, eval function.Eval, err error), want ...types.Family) func([]function.Arg, bool) (*function.Bound, error) {
	return func(args []function.Arg, ansi bool) (*function.Bound, error) {
		in, err := Cast(name, args, ansi, want...)
		if err != nil {
			return nil, err
		}
		ret, eval, err := make(in, ansi)
		if err != nil {
			return nil, err
		}
		return &function.Bound{Args: in, Return: ret, Nullable: true, Eval: eval}, nil
	}
}

// ConstText is a constant string argument: ok is false when it is not constant, null when it is NULL.
func ConstText(a function.Arg) (s string, null, ok bool) {
	if a.Const == nil {
		return "", false, false
	}
	if a.Const.IsNull(0) {
		return "", true, true
	}
	s, ok = a.Const.Value(0).(string)
	return s, false, ok
}

// ConstInt is a constant integer argument of any width: ok is false when it is not a constant integer, null when it is NULL.
func ConstInt(a function.Arg) (n int64, null, ok bool) {
	if a.Const == nil {
		return 0, false, false
	}
	if a.Const.IsNull(0) {
		return 0, true, true
	}
	switch x := a.Const.Value(0).(type) {
	case int8:
		return int64(x), false, true
	case int16:
		return int64(x), false, true
	case int32:
		return int64(x), false, true
	case int64:
		return x, false, true
	}
	return 0, false, false
}

// NotFoldable is the error for an argument that must be constant; input is its name in the signature.
func NotFoldable(name string, args []function.Arg, i int, input, wantType string) error {
	return Mismatch("NON_FOLDABLE_INPUT", name, args, "inputName", types.Quote(input), "inputType", `"`+wantType+`"`, "inputExpr", ArgSQL(args[i]))
}

// Nulls is the validity of rows in which no argument is NULL; nil when no row has a NULL.
func Nulls(args []*vector.Vector, n int) vector.Bitmap {
	var out vector.Bitmap
	for _, a := range args {
		out = vector.And(out, a.Nulls(), n)
	}
	return out
}
