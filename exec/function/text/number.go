package text

import (
	"github.com/argan-sql/argan/exec/function"
	"github.com/argan-sql/argan/exec/function/bind"
	"github.com/argan-sql/argan/exec/vector"
	"github.com/argan-sql/argan/sqlerr"
	"github.com/argan-sql/argan/types"
)

func init() {
	bind.Scalars(
		&function.Scalar{
			Name: "to_number", MinArgs: 2, MaxArgs: 2, Since: "3.3.0",
			Doc:     "A text read as a decimal by a format of 0, 9, . or D, comma or G, $, S, MI and PR.",
			Usage:   "to_number(expr, fmt)",
			Example: "> SELECT to_number('12,454.8-', '99,999.9S');\n -12454.8",
			Bind:    bindToNumber("to_number", false),
		},
		&function.Scalar{
			Name: "try_to_number", MinArgs: 2, MaxArgs: 2, Since: "3.3.0",
			Doc:     "As to_number, but NULL where the text does not match.",
			Usage:   "try_to_number(expr, fmt)",
			Example: "> SELECT try_to_number('abc', '999');\n NULL",
			Bind:    bindToNumber("try_to_number", true),
		},
		&function.Scalar{
			Name: "to_char", Aliases: []string{"to_varchar"}, MinArgs: 2, MaxArgs: 2, Since: "3.4.0",
			Doc:     "A number written by a format of 0, 9, . or D, comma or G, $, S, MI and PR.",
			Usage:   "to_char(numberExpr, formatExpr)",
			Example: "> SELECT to_char(12454, '99,999');\n 12,454",
			Bind:    bindToChar,
		},
	)
}

// constPicture is the format argument, which must be constant; nil when it is NULL.
func constPicture(name string, args []function.Arg) (*picture, error) {
	s, null, ok := bind.ConstText(args[1])
	switch {
	case null || args[1].Type.Kind == types.Null:
		return nil, nil
	case !ok:
		return nil, bind.NotFoldable(name, args, 1, "format", "STRING")
	}
	return newPicture(s)
}

func allNull(ret *types.Type) function.Eval {
	return func(_ *function.Context, _ []*vector.Vector, n int) (*vector.Vector, error) {
		return vector.NullConst(ret, n), nil
	}
}

func bindToNumber(name string, try bool) binder {
	return func(args []function.Arg, ansi bool) (*function.Bound, error) {
		in, err := bind.Cast(name, args, ansi, types.StringFamily)
		if err != nil {
			return nil, err
		}
		p, err := constPicture(name, args)
		if err != nil {
			return nil, err
		}
		if p == nil {
			ret := types.NewDecimal(types.MaxPrecision, 0)
			return &function.Bound{Args: in, Return: ret, Nullable: true, Eval: allNull(ret)}, nil
		}
		ret := types.NewDecimal(p.precision, p.scale)
		return &function.Bound{Args: in, Return: ret, Nullable: true, Eval: bind.Map2(ret, func(_ *function.Context, s, _ []byte) (types.Int128, error) {
			v, ok := p.parse(string(s))
			switch {
			case ok:
				return v, nil
			case try:
				return v, bind.ErrNull
			}
			return v, sqlerr.New("INVALID_FORMAT.MISMATCH_INPUT", "inputType", `"STRING"`, "input", string(s), "format", p.source)
		})}, nil
	}
}

func bindToChar(args []function.Arg, ansi bool) (*function.Bound, error) {
	from := args[0].Type
	if from.Kind == types.Date || from.Kind == types.Timestamp || from.Kind == types.TimestampNTZ || from.Kind == types.Binary {
		return nil, bind.Unexpected("to_char", args, 0, types.DecimalFamily.SQL())
	}
	in, err := bind.Cast("to_char", args, ansi, types.DecimalFamily, types.StringFamily)
	if err != nil {
		return nil, err
	}
	p, err := constPicture("to_char", args)
	if err != nil {
		return nil, err
	}
	if p == nil {
		return &function.Bound{Args: in, Return: types.StringType, Nullable: true, Eval: allNull(types.StringType)}, nil
	}
	scale := int(in[0].Scale)
	return &function.Bound{Args: in, Return: types.StringType, Nullable: true, Eval: bind.Append2(types.StringType, func(_ *function.Context, dst []byte, x types.Int128, _ []byte) ([]byte, error) {
		return append(dst, p.format(x, scale)...), nil
	})}, nil
}
