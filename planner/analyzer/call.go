package analyzer

import (
	"strings"

	"github.com/argan-sql/argan/exec/function"
	"github.com/argan-sql/argan/planner/expr"
	"github.com/argan-sql/argan/sql/ast"
	"github.com/argan-sql/argan/sqlerr"
	"github.com/argan-sql/argan/types"
)

// special are functions that the analyzer itself turns into something else; they get the call as written.
var special map[string]func(r *resolver, x *ast.Call) (expr.Expr, error)

func init() {
	special = map[string]func(r *resolver, x *ast.Call) (expr.Expr, error){
		"struct":                  (*resolver).structOf,
		"grouping":                (*resolver).groupingOf,
		"grouping_id":             (*resolver).groupingID,
		"input_file_name":         (*resolver).inputFile,
		"input_file_block_start":  (*resolver).inputFile,
		"input_file_block_length": (*resolver).inputFile,
		"count":                   (*resolver).count,
	}
}

func (r *resolver) call(x *ast.Call) (expr.Expr, error) {
	name, err := r.functionName(x)
	if err != nil {
		return nil, err
	}
	if len(name) > 1 {
		builtin := strings.EqualFold(name[0], "system") || strings.EqualFold(name[0], "builtin")
		if m := r.a.env.Macro(name, r.a.place); m != nil && !builtin {
			return r.macro(m, name, x)
		}
		if !builtin {
			return nil, r.a.unknownFunction(name)
		}
	}
	last := strings.ToLower(name[len(name)-1])
	if r.timeColumn != nil {
		if c := r.timeColumn(x); c != nil {
			return c, nil
		}
	}
	if x.Over != nil {
		return r.window(x, last)
	}
	if f := special[last]; f != nil {
		return f(r, x)
	}
	return r.plainCall(x, name, last)
}

func (r *resolver) functionName(x *ast.Call) ([]string, error) {
	if x.Name.Dynamic != nil {
		return r.a.dynamicName(x.Name.Dynamic)
	}
	return x.Name.Strings(), nil
}

// plainCall finds a function in the registry, or a SQL function of the session.
func (r *resolver) plainCall(x *ast.Call, name []string, last string) (expr.Expr, error) {
	if len(x.WithinGroup) > 0 {
		return r.withinGroup(x, last)
	}
	if c, ok := conditionals[last]; ok {
		return r.conditional(x, last, c.least, c.most, c.build)
	}
	if t, ok := castCalls[last]; ok {
		return r.conditional(x, last, 1, 1, func(a *Analyzer, _ string, args []expr.Expr) (expr.Expr, error) {
			e, err := a.explicitCast(args[0], t, false)
			if err != nil {
				return nil, err
			}
			e.(*expr.Cast).Implicit = true // printed as its argument alone
			return e, nil
		})
	}
	if f := function.FindAggregate(last); f != nil {
		return r.aggregate(x, f, last)
	}
	if f := function.FindScalar(last); f != nil {
		return r.scalarCall(x, f, last)
	}
	if f := function.FindGenerator(last); f != nil {
		return r.generator(x, f, last)
	}
	if f := function.FindWindow(last); f != nil {
		return nil, sqlerr.New("WINDOW_FUNCTION_WITHOUT_OVER_CLAUSE", "funcName", `"`+last+`()"`)
	}
	if m := r.a.env.Macro(name, r.a.place); m != nil {
		return r.macro(m, name, x)
	}
	return nil, r.a.unknownFunction(name)
}

// castCalls are casts written as calls: double(x).
var castCalls = map[string]*types.Type{
	"boolean": types.BooleanType, "tinyint": types.ByteType, "smallint": types.ShortType, "int": types.IntType,
	"bigint": types.LongType, "float": types.FloatType, "double": types.DoubleType, "decimal": types.NewDecimal(10, 0), "date": types.DateType,
	"timestamp": types.TimestampType, "binary": types.BinaryType, "string": types.StringType,
}

func (a *Analyzer) unknownFunction(name []string) error {
	path := "[`system`.`builtin`, `system`.`session`, " + quoteParts([]string{a.place.Catalog, a.place.Database}) + "]"
	return sqlerr.New("UNRESOLVED_ROUTINE", "routineName", quoteParts(name), "searchPath", path)
}

func (r *resolver) conditional(x *ast.Call, name string, least, most int, build func(*Analyzer, string, []expr.Expr) (expr.Expr, error)) (expr.Expr, error) {
	if err := refuseExtras(x, name); err != nil {
		return nil, err
	}
	args, err := r.args(x.Args)
	if err != nil {
		return nil, err
	}
	if len(args) < least || most >= 0 && len(args) > most {
		return nil, wrongCount(name, least, most, len(args))
	}
	return build(r.a, name, args)
}

// refuseExtras refuses DISTINCT, FILTER and IGNORE NULLS on a function that is no aggregate.
func refuseExtras(x *ast.Call, name string) error {
	var word string
	switch {
	case x.Distinct:
		word = "DISTINCT"
	case x.Filter != nil:
		word = "FILTER clause"
	case x.Nulls == ast.NullsIgnore:
		word = "IGNORE NULLS"
	default:
		return nil
	}
	return sqlerr.New("_LEGACY_ERROR_TEMP_1023", "prettyName", name, "syntax", word)
}

// args binds arguments, writing out stars.
func (r *resolver) args(list []ast.Expr) ([]expr.Expr, error) {
	var out []expr.Expr
	for _, e := range list {
		if s, ok := e.(*ast.Star); ok {
			cols, err := r.star(s)
			if err != nil {
				return nil, at(err, s.Pos())
			}
			for _, c := range cols {
				out = append(out, c.e)
			}
			continue
		}
		if c, ok := e.(*ast.Column); ok {
			cols, ok, err := r.regexColumns(c)
			if err != nil {
				return nil, at(err, c.Pos())
			}
			if ok {
				for _, c := range cols {
					out = append(out, c.e)
				}
				continue
			}
		}
		x, err := r.expr(e)
		if err != nil {
			return nil, err
		}
		if g, ok := x.(*generated); ok {
			return nil, sqlerr.New("UNSUPPORTED_GENERATOR.NESTED_IN_EXPRESSIONS", "expression", quoted(g)).At(e.Pos())
		}
		out = append(out, x)
	}
	return out, nil
}

// parameters are the names of the parameters of the functions that take arguments by name.
var parameters = map[string][]string{
	"mask":             {"str", "upperChar", "lowerChar", "digitChar", "otherChar"},
	"explode":          {"collection"},
	"explode_outer":    {"collection"},
	"count_min_sketch": {"column", "epsilon", "confidence", "seed"},
}

var defaults = map[string][]expr.Expr{
	"mask": {nil, stringLiteral("X"), stringLiteral("x"), stringLiteral("n"), nullLiteral(types.StringType)},
}

// namedArgs puts arguments given by name in their places.
func (r *resolver) namedArgs(x *ast.Call, name string, args []expr.Expr) ([]expr.Expr, error) {
	if len(x.NamedArgs) == 0 {
		return args, nil
	}
	names, ok := parameters[name]
	if !ok {
		return nil, sqlerr.New("NAMED_PARAMETERS_NOT_SUPPORTED", "functionName", types.Quote(name))
	}
	out := make([]expr.Expr, len(names))
	copy(out, args)
	last := len(args)
	for _, n := range x.NamedArgs {
		k := -1
		for i, p := range names {
			if strings.EqualFold(p, n.Name.Text) {
				k = i
			}
		}
		if k < 0 {
			return nil, sqlerr.New("UNRECOGNIZED_PARAMETER_NAME", "functionName", types.Quote(name), "argumentName", types.Quote(n.Name.Text),
				"proposal", quoteParts(names[:1])).At(n.Pos())
		}
		if out[k] != nil {
			class := "DUPLICATE_ROUTINE_PARAMETER_ASSIGNMENT.DOUBLE_NAMED_ARGUMENT_REFERENCE"
			if k < len(args) {
				class = "DUPLICATE_ROUTINE_PARAMETER_ASSIGNMENT.BOTH_POSITIONAL_AND_NAMED"
			}
			return nil, sqlerr.New(class, "functionName", types.Quote(name), "parameterName", types.Quote(n.Name.Text)).At(n.Pos())
		}
		e, err := r.expr(n.Value)
		if err != nil {
			return nil, err
		}
		out[k] = e
		last = max(last, k+1)
	}
	for i := range out[:last] {
		if out[i] == nil && i < len(defaults[name]) {
			out[i] = defaults[name][i]
		}
		if out[i] == nil {
			return nil, sqlerr.New("REQUIRED_PARAMETER_NOT_FOUND", "functionName", types.Quote(name), "parameterName", types.Quote(names[i]), "index", itoa(i))
		}
	}
	return out[:last], nil
}

func (r *resolver) scalarCall(x *ast.Call, f *function.Scalar, name string) (expr.Expr, error) {
	if err := refuseExtras(x, name); err != nil {
		return nil, err
	}
	for _, e := range x.Args {
		if _, ok := e.(*ast.Lambda); ok {
			return r.lambdaCall(x, f, name)
		}
	}
	args, err := r.args(x.Args)
	if err != nil {
		return nil, err
	}
	if args, err = r.namedArgs(x, name, args); err != nil {
		return nil, err
	}
	c, err := r.a.bind(f, args)
	if err != nil {
		return nil, err
	}
	c.Text = callText(name, f.Name, args)
	if name == "from_json" && c.Bound.Return.Kind == types.Map {
		c.Text = "entries"
	}
	return c, nil
}

// aggregate binds an aggregate function.
func (r *resolver) aggregate(x *ast.Call, f *function.Aggregate, name string) (expr.Expr, error) {
	if r.inAggregate {
		return nil, sqlerr.New("NESTED_AGGREGATE_FUNCTION")
	}
	inner := *r
	inner.inAggregate, inner.overWindow = !r.overWindow, false
	args, err := inner.args(x.Args)
	if err != nil {
		return nil, err
	}
	if args, err = inner.namedArgs(x, name, args); err != nil {
		return nil, err
	}
	var filter expr.Expr
	if x.Filter != nil {
		if filter, err = inner.filter(x.Filter); err != nil {
			return nil, err
		}
	}
	g, err := r.a.bindAggregate(f, name, args, x.Distinct, x.Nulls, filter)
	if err != nil {
		return nil, err
	}
	return r.placed(g)
}

// filter binds the condition of FILTER (WHERE …).
func (r *resolver) filter(e ast.Expr) (expr.Expr, error) {
	x, err := r.expr(e)
	if err != nil {
		return nil, err
	}
	if x.Type().Kind == types.Null {
		return r.a.coerce(x, types.BooleanType)
	}
	if x.Type().Kind != types.Boolean {
		return nil, sqlerr.New("_LEGACY_ERROR_TEMP_1025").At(e.Pos())
	}
	if expr.Volatile(x) {
		return nil, sqlerr.New("_LEGACY_ERROR_TEMP_1024").At(e.Pos())
	}
	if expr.Any(x, func(y expr.Expr) bool { _, w := y.(*expr.Window); return w }) {
		return nil, sqlerr.New("_LEGACY_ERROR_TEMP_1027").At(e.Pos())
	}
	return x, nil
}

func (a *Analyzer) bindAggregate(f *function.Aggregate, name string, args []expr.Expr, distinct bool, nulls ast.Nulls, filter expr.Expr) (*expr.Aggregate, error) {
	if nulls != ast.NullsDefault && !f.TakesNulls {
		return nil, sqlerr.New("_LEGACY_ERROR_TEMP_1023", "prettyName", name, "syntax", "IGNORE NULLS")
	}
	shown := args
	if f.Name == "avg" && len(args) == 1 && args[0].Type().Kind == types.Timestamp && !a.ansi {
		// The mean of timestamps is that of their seconds.
		seconds, err := a.coerce(args[0], types.DoubleType)
		if err != nil {
			return nil, err
		}
		args = []expr.Expr{seconds}
	}
	b, err := f.Bind(a.arguments(args), nulls == ast.NullsIgnore, a.ansi)
	if err != nil {
		return nil, err
	}
	for _, e := range args {
		if expr.Volatile(e) && !distinct {
			return nil, sqlerr.New("AGGREGATE_FUNCTION_WITH_NONDETERMINISTIC_EXPRESSION", "sqlExpr", quoted(&expr.Aggregate{Bound: b, Args: args}))
		}
	}
	text := aggregateText(name, f.Name, shown, distinct)
	if filter != nil {
		text += " FILTER (WHERE " + filter.String() + ")"
	}
	if args, err = a.castAll(args, b.Args); err != nil {
		return nil, err
	}
	if f.IgnoresDistinct {
		distinct = false
	}
	return &expr.Aggregate{Bound: b, Args: args, Distinct: distinct, Filter: filter, Text: text}, nil
}

// placed gives the aggregate to the query around, if all that it reads are columns of that query.
func (r *resolver) placed(g *expr.Aggregate) (expr.Expr, error) {
	local, outside := false, false
	for _, c := range g.Children() {
		expr.Walk(c, func(x expr.Expr) bool {
			switch x.(type) {
			case *expr.Column:
				local = true
			case *expr.Outer:
				outside = true
			}
			return true
		})
	}
	if !outside {
		return g, nil
	}
	o := r.block.outer
	if local {
		return nil, sqlerr.New("UNSUPPORTED_SUBQUERY_EXPRESSION_CATEGORY.AGGREGATE_FUNCTION_MIXED_OUTER_LOCAL_REFERENCES",
			"function", g.String())
	}
	if o == nil || o.aggregates == nil {
		return g, nil
	}
	inner := expr.Transform(g, func(x expr.Expr) expr.Expr {
		if o, ok := x.(*expr.Outer); ok {
			return o.Column
		}
		return x
	}).(*expr.Aggregate)
	col := &expr.Column{ID: expr.NewID(), Name: g.String(), T: g.Type(), Null: g.Nullable()}
	*o.aggregates = append(*o.aggregates, named(inner, col))
	return &expr.Outer{Column: col}, nil
}

// count is count(*), count(a, b) and count(DISTINCT …).
func (r *resolver) count(x *ast.Call) (expr.Expr, error) {
	f := function.FindAggregate("count")
	if f == nil {
		return nil, r.a.unknownFunction([]string{"count"})
	}
	if len(x.Args) == 1 && !x.Distinct {
		if s, ok := x.Args[0].(*ast.Star); ok && len(s.Qualifier) == 0 && len(s.Except) == 0 {
			y := *x
			y.Args = []ast.Expr{&ast.Literal{At: s.At, Kind: ast.LitInt, Value: int32(1)}}
			x = &y
		} else if ok && len(s.Qualifier) > 0 && !r.a.enabled("spark.sql.legacy.allowStarWithSingleTableIdentifierInCount", false) {
			return nil, sqlerr.New("_LEGACY_ERROR_TEMP_1021", "targetString", strings.Join(identTexts(s.Qualifier), "."))
		}
	}
	if len(x.Args) == 0 && r.a.enabled("spark.sql.legacy.allowParameterlessCount", false) {
		// Without arguments nothing counts.
		g, err := r.a.bindAggregate(f, "count", []expr.Expr{nullLiteral(types.IntType)}, false, ast.NullsDefault, nil)
		if err != nil {
			return nil, err
		}
		g.Text = "count()"
		return g, nil
	}
	return r.aggregate(x, f, "count")
}

// structOf is struct(a, b AS c): the names come from the expressions.
func (r *resolver) structOf(x *ast.Call) (expr.Expr, error) {
	if err := refuseExtras(x, "struct"); err != nil {
		return nil, err
	}
	return r.structFrom(x.Args, "struct")
}

// row is (a, b, …).
func (r *resolver) row(x *ast.Row) (expr.Expr, error) { return r.structFrom(x.Exprs, "") }

func (r *resolver) structFrom(list []ast.Expr, as string) (expr.Expr, error) {
	var args, values []expr.Expr
	add := func(name string, e expr.Expr) {
		args = append(args, stringLiteral(name), e)
		values = append(values, e)
	}
	for _, e := range list {
		if s, ok := e.(*ast.Star); ok {
			cols, err := r.star(s)
			if err != nil {
				return nil, at(err, s.Pos())
			}
			for _, c := range cols {
				add(c.name, c.e)
			}
			continue
		}
		x, err := r.expr(e)
		if err != nil {
			return nil, err
		}
		name := fieldName(e, x)
		if name == "" {
			name = "col" + itoa(len(values)+1)
		}
		add(name, x)
	}
	c, err := r.a.scalar("named_struct", args...)
	if err != nil {
		return nil, err
	}
	if as != "" {
		c.Text = as + "(" + joined(values) + ")"
	}
	return c, nil
}

// fieldName is the name an expression brings along: an alias, a column's or a field's name; "" for none.
func fieldName(e ast.Expr, x expr.Expr) string {
	switch e := e.(type) {
	case *ast.Alias:
		if len(e.Names) > 0 {
			return e.Names[0].Text
		}
	case *ast.Column:
		if c, ok := x.(*expr.Column); ok {
			return c.Name
		}
		if o, ok := x.(*expr.Outer); ok {
			return o.Column.Name
		}
		if len(e.Name.Parts) > 0 {
			return e.Name.Last()
		}
	case *ast.FieldOf:
		return e.Name.Text
	}
	return ""
}

func wrongCount(name string, least, most, got int) error {
	want := itoa(least)
	switch {
	case most < 0:
		want = "> " + itoa(least-1)
	case most != least:
		var list []string
		for i := least; i <= most; i++ {
			list = append(list, itoa(i))
		}
		want = "[" + strings.Join(list, ", ") + "]"
	}
	return sqlerr.New("WRONG_NUM_ARGS.WITHOUT_SUGGESTION", "functionName", types.Quote(name), "expectedNum", want, "actualNum", itoa(got),
		"docroot", "https://spark.apache.org/docs/latest")
}
