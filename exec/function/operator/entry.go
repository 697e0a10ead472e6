package operator

import (
	"github.com/argan-sql/argan/exec/cast"
	"github.com/argan-sql/argan/exec/function"
	"github.com/argan-sql/argan/exec/function/bind"
	"github.com/argan-sql/argan/exec/function/text"
	"github.com/argan-sql/argan/types"
)

type binder = func([]function.Arg, bool) (*function.Bound, error)

// inMode gives a binder the mode of the session.
func inMode(f func([]function.Arg, cast.Mode) (*function.Bound, error)) binder {
	return func(args []function.Arg, ansi bool) (*function.Bound, error) { return f(args, cast.ModeOf(ansi)) }
}

// tolerating gives a binder the mode in which failures are NULL.
func tolerating(f func([]function.Arg, cast.Mode) (*function.Bound, error)) binder {
	return func(args []function.Arg, _ bool) (*function.Bound, error) { return f(args, cast.Try) }
}

func named(name string, f func(string, []function.Arg, cast.Mode) (*function.Bound, error)) func([]function.Arg, cast.Mode) (*function.Bound, error) {
	return func(args []function.Arg, mode cast.Mode) (*function.Bound, error) { return f(name, args, mode) }
}

func init() {
	two := func(name, doc, example, since string, b binder, aliases ...string) *function.Scalar {
		usage := "expr1 " + name + " expr2"
		if name[0] >= 'a' && name[0] <= 'z' && name != "div" && name != "and" && name != "or" && name != "like" {
			usage = name + "(expr1, expr2)"
		}
		return &function.Scalar{Name: name, Aliases: aliases, MinArgs: 2, MaxArgs: 2, Since: since, Doc: doc, Usage: usage, Example: example, Bind: b}
	}
	one := func(name, doc, usage, example, since string, b binder) *function.Scalar {
		return &function.Scalar{Name: name, MinArgs: 1, MaxArgs: 1, Since: since, Doc: doc, Usage: usage, Example: example, Bind: b}
	}
	bind.Scalars(
		two("+", "Returns `expr1`+`expr2`.", "> SELECT 1 + 2;\n 3", "1.0.0", inMode(named("+", plus))),
		two("-", "Returns `expr1`-`expr2`.", "> SELECT 2 - 1;\n 1", "1.0.0", inMode(named("-", minus))),
		two("*", "Returns `expr1`*`expr2`.", "> SELECT 2 * 3;\n 6", "1.0.0", inMode(times)),
		two("/", "Returns `expr1`/`expr2`. It always performs floating point division.", "> SELECT 3 / 2;\n 1.5", "1.0.0", inMode(over)),
		two("%", "Returns the remainder after `expr1`/`expr2`.", "> SELECT 2 % 1.8;\n 0.2", "1.0.0", inMode(named("%", remainder)), "mod"),
		two("pmod", "Returns the positive value of `expr1` mod `expr2`.", "> SELECT pmod(-10, 3);\n 2", "1.5.0", inMode(named("pmod", remainder))),
		two("div", "Divide `expr1` by `expr2`. It returns NULL if an operand is NULL or `expr2` is 0. The result is casted to long.", "> SELECT 3 div 2;\n 1", "3.0.0", inMode(integralDivide)),
		two("try_add", "Returns the sum of `expr1` and `expr2` and the result is null on overflow.", "> SELECT try_add(1, 2);\n 3", "3.2.0", tolerating(named("try_add", plus))),
		two("try_subtract", "Returns `expr1`-`expr2` and the result is null on overflow.", "> SELECT try_subtract(2, 1);\n 1", "3.3.0", tolerating(named("try_subtract", minus))),
		two("try_multiply", "Returns `expr1`*`expr2` and the result is null on overflow.", "> SELECT try_multiply(2, 3);\n 6", "3.3.0", tolerating(times)),
		two("try_divide", "Returns `dividend`/`divisor`. Its result is always null if `divisor` is 0.", "> SELECT try_divide(3, 2);\n 1.5", "3.2.0", tolerating(over)),
		one("negative", "Returns the negated value of `expr`.", "negative(expr)", "> SELECT negative(1);\n -1", "1.0.0", negate),
		one("positive", "Returns the value of `expr`.", "positive(expr)", "> SELECT positive(1);\n 1", "1.5.0", positive),

		two("&", "Returns the result of bitwise AND of `expr1` and `expr2`.", "> SELECT 3 & 5;\n 1", "1.4.0", bitwise("&")),
		two("|", "Returns the result of bitwise OR of `expr1` and `expr2`.", "> SELECT 3 | 5;\n 7", "1.4.0", bitwise("|")),
		two("^", "Returns the result of bitwise exclusive OR of `expr1` and `expr2`.", "> SELECT 3 ^ 5;\n 6", "1.4.0", bitwise("^")),
		one("~", "Returns the result of bitwise NOT of `expr`.", "~ expr", "> SELECT ~ 0;\n -1", "1.4.0", bitNot),

		two("=", "Returns true if `expr1` equals `expr2`, or false otherwise.", "> SELECT 2 = 2;\n true", "1.0.0", comparison("="), "=="),
		two("<>", "Returns true if `expr1` is not equal to `expr2`, or false otherwise.", "> SELECT 1 <> 2;\n true", "1.0.0", comparison("<>"), "!="),
		two("<", "Returns true if `expr1` is less than `expr2`.", "> SELECT 1 < 2;\n true", "1.0.0", comparison("<")),
		two("<=", "Returns true if `expr1` is less than or equal to `expr2`.", "> SELECT 2 <= 2;\n true", "1.0.0", comparison("<=")),
		two(">", "Returns true if `expr1` is greater than `expr2`.", "> SELECT 2 > 1;\n true", "1.0.0", comparison(">")),
		two(">=", "Returns true if `expr1` is greater than or equal to `expr2`.", "> SELECT 2 >= 1;\n true", "1.0.0", comparison(">=")),
	)
	nullAware := func(e *function.Scalar) *function.Scalar {
		e.Nulls = function.NullByFunction
		return e
	}
	many := func(name, doc, usage, example, since string, least, most int, b binder) *function.Scalar {
		return &function.Scalar{Name: name, MinArgs: least, MaxArgs: most, Nulls: function.NullByFunction, Since: since, Doc: doc, Usage: usage, Example: example, Bind: b}
	}
	bind.Scalars(
		nullAware(two("<=>", "Returns same result as the EQUAL(=) operator for non-null operands, but returns true if both are null, false if one of them is null.",
			"> SELECT NULL <=> NULL;\n true", "1.1.0", nullSafe)),
		nullAware(two("and", "Logical AND.", "> SELECT true and false;\n false", "1.0.0", logical("and"))),
		nullAware(two("or", "Logical OR.", "> SELECT true or false;\n true", "1.0.0", logical("or"))),
		one("not", "Logical not.", "not expr", "> SELECT not true;\n false", "1.0.0", not),
		nullAware(one("isnull", "Returns true if `expr` is null, or false otherwise.", "isnull(expr)", "> SELECT isnull(1);\n false", "1.0.0", nullTest(true))),
		nullAware(one("isnotnull", "Returns true if `expr` is not null, or false otherwise.", "isnotnull(expr)", "> SELECT isnotnull(1);\n true", "1.0.0", nullTest(false))),
		nullAware(one("isnan", "Returns true if `expr` is NaN, or false otherwise.", "isnan(expr)", "> SELECT isnan(cast('NaN' as double));\n true", "1.5.0", isNaN)),
		nullAware(two("nanvl", "Returns `expr1` if it's not NaN, or `expr2` otherwise.", "> SELECT nanvl(cast('NaN' as double), 123);\n 123.0", "1.5.0", nanvl)),
		many("greatest", "Returns the greatest value of all parameters, skipping null values.", "greatest(expr, ...)", "> SELECT greatest(10, 9, 2, 4, 3);\n 10", "1.5.0", 2, -1, extreme("greatest")),
		many("least", "Returns the least value of all parameters, skipping null values.", "least(expr, ...)", "> SELECT least(10, 9, 2, 4, 3);\n 2", "1.5.0", 2, -1, extreme("least")),
		many("in", "Returns true if `expr1` equals to any exprN.", "expr1 in(expr2, expr3, ...)", "> SELECT 1 in(1, 2, 3);\n true", "1.0.0", 1, -1, in),
		many("coalesce", "Returns the first non-null argument if exists. Otherwise, null.", "coalesce(expr1, expr2, ...)", "> SELECT coalesce(NULL, 1, NULL);\n 1", "1.0.0", 1, -1, coalesce("coalesce")),
		many("nvl", "Returns `expr2` if `expr1` is null, or `expr1` otherwise.", "nvl(expr1, expr2)", "> SELECT nvl(NULL, 2);\n 2", "2.0.0", 2, 2, coalesce("nvl")),
		many("ifnull", "Returns `expr2` if `expr1` is null, or `expr1` otherwise.", "ifnull(expr1, expr2)", "> SELECT ifnull(NULL, 2);\n 2", "2.0.0", 2, 2, coalesce("ifnull")),
		many("nvl2", "Returns `expr2` if `expr1` is not null, or `expr3` otherwise.", "nvl2(expr1, expr2, expr3)", "> SELECT nvl2(NULL, 2, 1);\n 1", "2.0.0", 3, 3, nvl2),
		many("nullif", "Returns null if `expr1` equals to `expr2`, or `expr1` otherwise.", "nullif(expr1, expr2)", "> SELECT nullif(2, 2);\n NULL", "2.0.0", 2, 2, nullIf),
		many("if", "If `expr1` evaluates to true, then returns `expr2`; otherwise returns `expr3`.", "if(expr1, expr2, expr3)", "> SELECT if(1 < 2, 'a', 'b');\n a", "1.0.0", 3, 3, conditional("if")),
		many("when", "When `expr1` = true, returns `expr2`; else when `expr3` = true, returns `expr4`; else returns `expr5`.",
			"CASE WHEN expr1 THEN expr2 [WHEN expr3 THEN expr4]* [ELSE expr5] END", "> SELECT CASE WHEN 1 > 0 THEN 1 WHEN 2 > 0 THEN 2.0 ELSE 1.2 END;\n 1.0", "1.0.1", 2, -1, conditional("when")),

		&function.Scalar{
			Name: "like", MinArgs: 2, MaxArgs: 3, Since: "1.0.0", Doc: "Returns true if str matches `pattern` with `escape`, null if any arguments are null, false otherwise.",
			Usage: "str like pattern[ ESCAPE escape]", Example: "> SELECT like('Spark', '_park');\n true", Bind: like("like"),
		},
		&function.Scalar{
			Name: "ilike", MinArgs: 2, MaxArgs: 3, Since: "3.3.0", Doc: "Returns true if str matches `pattern` with `escape` case-insensitively, null if any arguments are null, false otherwise.",
			Usage: "str ilike pattern[ ESCAPE escape]", Example: "> SELECT ilike('Spark', '_Park');\n true", Bind: like("ilike"),
		},
		&function.Scalar{
			Name: "rlike", Aliases: []string{"regexp"}, MinArgs: 2, MaxArgs: 2, Since: "1.0.0", Doc: "Returns true if `str` matches `regexp`, or false otherwise.",
			Usage: "rlike(str, regexp)", Example: "> SELECT rlike('Spark', 'S.*k');\n true", Bind: bind.Simple("rlike", types.BooleanType, false, text.MatchEval("rlike"), types.StringFamily),
		},
	)
}
