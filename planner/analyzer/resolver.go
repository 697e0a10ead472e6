package analyzer

import (
	"strings"

	"github.com/argan-sql/argan/exec/cast"
	"github.com/argan-sql/argan/exec/function"
	"github.com/argan-sql/argan/planner/expr"
	"github.com/argan-sql/argan/planner/logical"
	"github.com/argan-sql/argan/sql/ast"
	"github.com/argan-sql/argan/sqlerr"
	"github.com/argan-sql/argan/types"
)

// resolver binds the expressions of one clause.
type resolver struct {
	a     *Analyzer
	block *block
	// steps find a name, in the order in which they are tried; outer columns come after all of them.
	steps []lookup
	// columns are what * stands for and what an error suggests.
	columns []*expr.Column
	scope   *scope // for metadata columns; may be nil
	// lambda holds the variables of the lambdas around the expression, innermost last.
	lambda [][]*expr.LambdaVar
	// windows are the windows that the query names.
	windows map[string]*ast.WindowSpec
	// inAggregate says that the expression is an argument of an aggregate function.
	inAggregate bool
	// overWindow says that the aggregate being bound is a window's: its arguments may be aggregates of the groups.
	overWindow bool
	// argument finds names in arguments of aggregates before steps do; nil for none (ORDER BY of an aggregation).
	argument lookup
	// timeColumn is the column of a time window of the GROUP BY; nil outside a select.
	timeColumn func(*ast.Call) *expr.Column
	// patterns says that names in backticks may be patterns for columns (select lists, with the setting).
	patterns bool
	// outerAggregates collects aggregates that subqueries of this clause compute over its columns; nil where not allowed.
	outerAggregates *[]logical.Named
}

// over is a resolver over the columns of a FROM clause.
func (a *Analyzer) over(s *scope, b *block) *resolver {
	r := &resolver{a: a, block: b, columns: s.columns, scope: s}
	r.steps = []lookup{r.input(s)}
	return r
}

// input finds columns of a scope, and the metadata columns of its tables.
func (r *resolver) input(s *scope) lookup {
	return func(parts []string) (expr.Expr, bool, error) {
		e, ok, err := r.a.among(s.columns, parts)
		if ok || err != nil {
			return e, ok, err
		}
		return r.a.metadata(s, parts)
	}
}

// expr binds an expression.
func (r *resolver) expr(e ast.Expr) (expr.Expr, error) {
	out, err := r.dispatch(e)
	if err != nil {
		return nil, at(err, e.Pos())
	}
	return out, nil
}

// at gives an error a position, if it has none yet.
func at(err error, pos sqlerr.Position) error {
	if e, ok := err.(*sqlerr.Error); ok {
		return e.At(pos)
	}
	return err
}

func (r *resolver) dispatch(e ast.Expr) (expr.Expr, error) {
	switch e := e.(type) {
	case *ast.Literal:
		return r.a.literal(e)
	case *ast.Interval:
		return r.a.interval(e)
	case *ast.Column:
		return r.column(e)
	case *ast.Param:
		return r.a.parameter(e)
	case *ast.Unary:
		return r.unary(e)
	case *ast.Binary:
		return r.binary(e)
	case *ast.Between:
		return r.between(e)
	case *ast.In:
		return r.in(e)
	case *ast.InQuery:
		return r.inQuery(e)
	case *ast.Exists:
		return r.exists(e)
	case *ast.Subquery:
		return r.scalarSubquery(e)
	case *ast.Match:
		return r.match(e)
	case *ast.MatchList:
		return r.matchList(e)
	case *ast.IsNull:
		return r.isNull(e)
	case *ast.IsTruth:
		return r.isTruth(e)
	case *ast.IsDistinct:
		return r.isDistinct(e)
	case *ast.Row:
		return r.row(e)
	case *ast.Case:
		return r.caseOf(e)
	case *ast.Cast:
		return r.cast(e)
	case *ast.Extract:
		return r.extractField(e)
	case *ast.Trim:
		return r.trim(e)
	case *ast.Substring:
		return r.substring(e)
	case *ast.Overlay:
		return r.overlay(e)
	case *ast.PositionOf:
		return r.position(e)
	case *ast.UnitCall:
		return r.unitCall(e)
	case *ast.Call:
		return r.call(e)
	case *ast.Subscript:
		return r.subscript(e)
	case *ast.FieldOf:
		return r.fieldOf(e)
	case *ast.Alias:
		return r.expr(e.Expr)
	case *ast.Star:
		return nil, sqlerr.New("INVALID_USAGE_OF_STAR_OR_REGEX", "elem", "'*'", "prettyName", "expression")
	case *ast.Lambda:
		return nil, sqlerr.New("INVALID_LAMBDA_FUNCTION_CALL.NON_HIGHER_ORDER_FUNCTION", "class", "")
	case *ast.TableArg:
		return nil, sqlerr.Unsupported("a table as an argument")
	}
	return nil, sqlerr.Unsupported("the expression %T", e)
}

func (r *resolver) exprs(es []ast.Expr) ([]expr.Expr, error) {
	out := make([]expr.Expr, len(es))
	for i, e := range es {
		var err error
		if out[i], err = r.expr(e); err != nil {
			return nil, err
		}
	}
	return out, nil
}

// bare are functions that may be called without parentheses.
var bare = map[string]bool{
	"current_date": true, "current_timestamp": true, "current_user": true, "current_catalog": true,
	"current_database": true, "current_schema": true, "localtimestamp": true, "user": true, "session_user": true, "now": false,
}

func (r *resolver) column(x *ast.Column) (expr.Expr, error) {
	parts := x.Name.Strings()
	if x.Name.Dynamic != nil {
		var err error
		if parts, err = r.a.dynamicName(x.Name.Dynamic); err != nil {
			return nil, err
		}
	}
	return r.name(parts)
}

// name resolves a name: lambda variables first, then what the clause offers, then functions without parentheses, the
// query around, and session variables.
func (r *resolver) name(parts []string) (expr.Expr, error) {
	if v := r.lambdaVariable(parts[0]); v != nil {
		return r.a.extractAll(v, parts[1:])
	}
	steps := r.steps
	if r.inAggregate && r.argument != nil {
		steps = append([]lookup{r.argument}, steps...)
	}
	for i, step := range steps {
		e, ok, err := step(parts)
		if err != nil || ok {
			return e, err
		}
		if i == 0 && len(parts) == 1 {
			if e, err := r.bareFunction(parts[0]); e != nil || err != nil {
				return e, err
			}
		}
	}
	if len(steps) == 0 && len(parts) == 1 {
		if e, err := r.bareFunction(parts[0]); e != nil || err != nil {
			return e, err
		}
	}
	if o := r.block.outer; o != nil {
		e, ok, err := o.find(parts)
		if err != nil {
			return nil, err
		}
		if ok {
			return outerOf(e), nil
		}
	}
	if v := r.a.env.Variable(parts); v != nil {
		return &expr.Literal{Value: v}, nil
	}
	columns := r.columns
	if len(columns) == 0 && r.block.outer != nil {
		columns = r.block.outer.columns
	}
	return nil, unresolved(parts, columns)
}

// outerOf turns the columns of an expression of the query around into references from within a subquery.
func outerOf(e expr.Expr) expr.Expr {
	return expr.Transform(e, func(x expr.Expr) expr.Expr {
		if c, ok := x.(*expr.Column); ok {
			return &expr.Outer{Column: c}
		}
		return x
	})
}

func (r *resolver) bareFunction(name string) (expr.Expr, error) {
	lower := strings.ToLower(name)
	if lower == "grouping__id" {
		return &groupingCall{}, nil
	}
	if !bare[lower] {
		return nil, nil
	}
	f := function.FindScalar(lower)
	if f == nil {
		return nil, nil
	}
	c, err := r.a.bind(f, nil)
	if err != nil {
		return nil, err
	}
	return c, nil
}

func (r *resolver) lambdaVariable(name string) *expr.LambdaVar {
	for i := len(r.lambda) - 1; i >= 0; i-- {
		for _, v := range r.lambda[i] {
			if r.a.sameName(v.Name, name) {
				return v
			}
		}
	}
	return nil
}

// bind calls a scalar function, casting the arguments to what it wants.
func (a *Analyzer) bind(f *function.Scalar, args []expr.Expr) (*expr.Call, error) {
	b, err := f.Bind(a.arguments(args), a.ansi)
	if err != nil {
		return nil, err
	}
	args, err = a.castAll(args, b.Args)
	if err != nil {
		return nil, err
	}
	return &expr.Call{Bound: b, Args: args}, nil
}

// scalar calls the scalar function of a name, which must be there.
func (a *Analyzer) scalar(name string, args ...expr.Expr) (*expr.Call, error) {
	f := function.FindScalar(name)
	if f == nil {
		return nil, sqlerr.Unsupported("the function %s", name)
	}
	return a.bind(f, args)
}

// arguments describes bound arguments to a function's Bind.
func (a *Analyzer) arguments(args []expr.Expr) []function.Arg {
	out := make([]function.Arg, len(args))
	keep := !a.enabled("spark.sql.decimalOperations.allowPrecisionLoss", true)
	calendar := a.enabled("spark.sql.legacy.interval.enabled", false)
	for i, e := range args {
		if l, ok := e.(*expr.Lambda); ok {
			out[i] = function.Arg{Type: l.Body.Type(), Nullable: l.Body.Nullable(), Lambda: &function.LambdaArg{Parameters: len(l.Params)}, SQL: l.String()}
			continue
		}
		out[i] = function.Arg{Type: e.Type(), Nullable: e.Nullable(), Const: a.fold(e), SQL: argumentSQL(e), KeepScale: keep, Calendar: calendar}
	}
	return out
}

// textLimit bounds what messages quote of an expression.
const textLimit = 100

// argumentSQL is an expression as messages quote it. Printing is quadratic for deep trees, so only shallow ones are printed.
func argumentSQL(e expr.Expr) string {
	n := 0
	if expr.Any(e, func(expr.Expr) bool { n++; return n > textLimit }) {
		return "…"
	}
	return e.String()
}

// castAll casts arguments to the types wanted; lambdas stay.
func (a *Analyzer) castAll(args []expr.Expr, want []*types.Type) ([]expr.Expr, error) {
	out := make([]expr.Expr, len(args))
	for i, e := range args {
		out[i] = e
		if _, lambda := e.(*expr.Lambda); lambda || i >= len(want) || want[i] == nil {
			continue
		}
		var err error
		if out[i], err = a.coerce(e, want[i]); err != nil {
			return nil, err
		}
	}
	return out, nil
}

// coerce casts implicitly.
func (a *Analyzer) coerce(e expr.Expr, to *types.Type) (expr.Expr, error) {
	return expr.NewCast(e, to, cast.ModeOf(a.ansi), true)
}

// quoted is an expression as messages print it.
func quoted(e expr.Expr) string { return `"` + e.String() + `"` }

// quotedType is a type as messages print it.
func quotedType(t *types.Type) string { return `"` + t.SQL() + `"` }

// truth binds a condition: a boolean, or NULL.
func (r *resolver) truth(e ast.Expr, clause string) (expr.Expr, error) {
	x, err := r.expr(e)
	if err != nil {
		return nil, err
	}
	return r.a.condition(x, clause)
}

// condition checks that an expression is boolean; clause names where it stands.
func (a *Analyzer) condition(x expr.Expr, clause string) (expr.Expr, error) {
	switch {
	case x.Type().Kind == types.Boolean:
		return x, nil
	case x.Type().Kind == types.Null, a.ansi && x.Type().IsString():
		return a.coerce(x, types.BooleanType)
	case clause == "JOIN":
		return nil, sqlerr.New("JOIN_CONDITION_IS_NOT_BOOLEAN_TYPE", "joinCondition", quoted(x), "conditionType", quotedType(x.Type()))
	}
	return nil, sqlerr.New("DATATYPE_MISMATCH.FILTER_NOT_BOOLEAN", "sqlExpr", quoted(x), "filter", quoted(x), "type", quotedType(x.Type()))
}
