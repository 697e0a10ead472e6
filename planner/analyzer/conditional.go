package analyzer

import (
	"strings"

	"github.com/argan-sql/argan/exec/cast"
	"github.com/argan-sql/argan/planner/expr"
	"github.com/argan-sql/argan/sql/ast"
	"github.com/argan-sql/argan/sqlerr"
	"github.com/argan-sql/argan/types"
)

func (r *resolver) caseOf(x *ast.Case) (expr.Expr, error) {
	var operand expr.Expr
	var err error
	if x.Operand != nil {
		if operand, err = r.expr(x.Operand); err != nil {
			return nil, err
		}
	}
	whens := make([]expr.When, len(x.Whens))
	for i, w := range x.Whens {
		cond, err := r.expr(w.Cond)
		if err != nil {
			return nil, err
		}
		if operand != nil {
			if cond, err = r.a.binary(ast.OpEq, operand, cond); err != nil {
				return nil, at(err, w.Pos())
			}
		}
		then, err := r.expr(w.Result)
		if err != nil {
			return nil, err
		}
		whens[i] = expr.When{Cond: cond, Then: then}
	}
	var otherwise expr.Expr
	if x.Else != nil {
		if otherwise, err = r.expr(x.Else); err != nil {
			return nil, err
		}
	}
	return r.a.caseWhen(whens, otherwise)
}

// caseWhen brings conditions to boolean and values to one type; a nil default is NULL.
func (a *Analyzer) caseWhen(whens []expr.When, otherwise expr.Expr) (expr.Expr, error) {
	var values []expr.Expr
	for _, w := range whens {
		values = append(values, w.Then)
	}
	shown := &expr.Case{Whens: whens, Else: nullLiteral(types.NullType)}
	if otherwise != nil {
		values = append(values, otherwise)
		shown.Else = otherwise
	}
	for i, w := range whens {
		switch {
		case w.Cond.Type().Kind == types.Null, a.ansi && w.Cond.Type().IsString():
			c, err := a.coerce(w.Cond, types.BooleanType)
			if err != nil {
				return nil, err
			}
			whens[i].Cond = c
		case w.Cond.Type().Kind != types.Boolean:
			return nil, sqlerr.New("DATATYPE_MISMATCH.UNEXPECTED_INPUT_TYPE", "sqlExpr", `"`+argumentSQL(shown)+`"`, "paramIndex", "1",
				"requiredType", `"BOOLEAN"`, "inputSql", quoted(w.Cond), "inputType", quotedType(w.Cond.Type()))
		}
	}
	values, err := a.branches(values, "casewhen", shown)
	if err != nil {
		return nil, err
	}
	out := &expr.Case{Whens: make([]expr.When, len(whens)), Else: nullLiteral(values[0].Type())}
	for i, w := range whens {
		out.Whens[i] = expr.When{Cond: w.Cond, Then: values[i]}
	}
	if otherwise != nil {
		out.Else = values[len(values)-1]
	}
	return out, nil
}

// branches casts values that stand for each other to their common type.
func (a *Analyzer) branches(values []expr.Expr, name string, whole expr.Expr) ([]expr.Expr, error) {
	ts := make([]*types.Type, len(values))
	for i, v := range values {
		ts[i] = v.Type()
	}
	t := types.CommonType(ts, a.ansi)
	if t == nil {
		return nil, a.differentTypes(name, ts, whole)
	}
	return a.castAll(values, repeat(t, len(values)))
}

func (a *Analyzer) differentTypes(name string, ts []*types.Type, whole expr.Expr) error {
	list := make([]string, len(ts))
	for i, t := range ts {
		list[i] = quotedType(t)
	}
	return sqlerr.New("DATATYPE_MISMATCH.DATA_DIFF_TYPES", "sqlExpr", `"`+argumentSQL(whole)+`"`, "functionName", types.Quote(name),
		"dataType", "["+strings.Join(list, ", ")+"]")
}

func repeat(t *types.Type, n int) []*types.Type {
	out := make([]*types.Type, n)
	for i := range out {
		out[i] = t
	}
	return out
}

// conditionals are the functions that evaluate only the arguments they need: they become Case and Coalesce nodes.
var conditionals = map[string]struct {
	least, most int
	build       func(a *Analyzer, name string, args []expr.Expr) (expr.Expr, error)
}{
	"if":       {3, 3, (*Analyzer).ifOf},
	"when":     {2, -1, (*Analyzer).whenOf},
	"coalesce": {1, -1, (*Analyzer).coalesce},
	"ifnull":   {2, 2, (*Analyzer).coalesce},
	"nvl":      {2, 2, (*Analyzer).coalesce},
	"nvl2":     {3, 3, (*Analyzer).nvl2},
	"nullif":   {2, 2, (*Analyzer).nullIf},
}

func (a *Analyzer) ifOf(_ string, args []expr.Expr) (expr.Expr, error) {
	text := "(IF(" + joined(args) + "))"
	e, err := a.caseWhen([]expr.When{{Cond: args[0], Then: args[1]}}, args[2])
	if err != nil {
		return nil, err
	}
	e.(*expr.Case).Text = text
	return e, nil
}

func (a *Analyzer) whenOf(_ string, args []expr.Expr) (expr.Expr, error) {
	var whens []expr.When
	for i := 0; i+1 < len(args); i += 2 {
		whens = append(whens, expr.When{Cond: args[i], Then: args[i+1]})
	}
	if len(args)%2 == 1 {
		return a.caseWhen(whens, args[len(args)-1])
	}
	return a.caseWhen(whens, nil)
}

func (a *Analyzer) coalesce(name string, args []expr.Expr) (expr.Expr, error) {
	text := name + "(" + joined(args) + ")"
	args, err := a.branches(args, "coalesce", &expr.Coalesce{Args: args})
	if err != nil {
		return nil, err
	}
	return &expr.Coalesce{Args: args, Text: text}, nil
}

func (a *Analyzer) nvl2(_ string, args []expr.Expr) (expr.Expr, error) {
	text := "nvl2(" + joined(args) + ")"
	cond, err := a.isNull(args[0], true)
	if err != nil {
		return nil, err
	}
	e, err := a.caseWhen([]expr.When{{Cond: cond, Then: args[1]}}, args[2])
	if err != nil {
		return nil, err
	}
	e.(*expr.Case).Text = text
	return e, nil
}

func (a *Analyzer) nullIf(_ string, args []expr.Expr) (expr.Expr, error) {
	text := "nullif(" + joined(args) + ")"
	cond, err := a.binary(ast.OpEq, args[0], args[1])
	if err != nil {
		return nil, err
	}
	return &expr.Case{Whens: []expr.When{{Cond: cond, Then: nullLiteral(args[0].Type())}}, Else: args[0], Text: text}, nil
}

func (r *resolver) cast(x *ast.Cast) (expr.Expr, error) {
	e, err := r.expr(x.Expr)
	if err != nil {
		return nil, err
	}
	return r.a.explicitCast(e, x.Type, x.Try)
}

func (a *Analyzer) explicitCast(e expr.Expr, to *types.Type, try bool) (expr.Expr, error) {
	to = withoutLengths(to)
	mode, word := cast.ModeOf(a.ansi), "CAST"
	if try {
		mode, word = cast.Try, "TRY_CAST"
	}
	text := word + "(" + e.String() + " AS " + to.SQL() + ")"
	if err := cast.Check(e.Type(), to, mode, `"`+text+`"`); err != nil {
		return nil, err
	}
	f, err := cast.Bind(e.Type(), to, mode)
	if err != nil {
		return nil, err
	}
	return &expr.Cast{Child: e, To: to, Mode: mode, Apply: f}, nil
}

// withoutLengths takes char(n) and varchar(n) as string, as casts do.
func withoutLengths(t *types.Type) *types.Type {
	switch t.Kind {
	case types.Char, types.Varchar:
		return types.StringType
	case types.Array:
		return types.NewArray(withoutLengths(t.Elem), t.ElemNullable)
	case types.Map:
		return types.NewMap(withoutLengths(t.Key), withoutLengths(t.Elem), t.ElemNullable)
	case types.Struct:
		fields := make([]types.Field, len(t.Fields))
		for i, f := range t.Fields {
			fields[i] = f
			fields[i].Type = withoutLengths(f.Type)
		}
		return types.NewStruct(fields...)
	}
	return t
}
