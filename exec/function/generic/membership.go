package generic

import (
	"slices"
	"strings"

	"github.com/argan-sql/argan/exec/function"
	"github.com/argan-sql/argan/exec/function/bind"
	"github.com/argan-sql/argan/exec/vector"
	"github.com/argan-sql/argan/types"
)

func init() { bind.Scalars(membership("is_member"), membership("is_account_group_member")) }

// membership is a function that says whether the session's user is in a group, as Databricks has it: for views that show each
// reader their own rows.
func membership(name string) *function.Scalar {
	return &function.Scalar{
		Name: name, MinArgs: 1, MaxArgs: 1, Since: "3.0.0", Stable: true,
		Doc:     "Whether the user of the session is in a group.",
		Usage:   name + "(group)",
		Example: "> SELECT " + name + "('nobody');\n false",
		Bind: func(args []function.Arg, ansi bool) (*function.Bound, error) {
			in, err := bind.Cast(name, args, ansi, types.StringFamily)
			if err != nil {
				return nil, err
			}
			return &function.Bound{Args: in, Return: types.BooleanType, Nullable: true, Eval: func(ctx *function.Context, args []*vector.Vector, n int) (*vector.Vector, error) {
				var groups []string
				if ctx.Groups != nil {
					groups = ctx.Groups()
				}
				out := vector.New(types.BooleanType, n)
				for i := range out.Bools {
					group := string(args[0].Bytes(i))
					out.Bools[i] = slices.ContainsFunc(groups, func(g string) bool { return strings.EqualFold(g, group) })
				}
				return out, nil
			}}, nil
		},
	}
}
