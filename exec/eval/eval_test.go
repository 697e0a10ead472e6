package eval_test

import (
	"reflect"
	"testing"
	"time"

	"github.com/argan-sql/argan/exec/eval"
	"github.com/argan-sql/argan/exec/function"
	_ "github.com/argan-sql/argan/exec/function/all"
	"github.com/argan-sql/argan/exec/vector"
	"github.com/argan-sql/argan/planner/expr"
	"github.com/argan-sql/argan/types"
)

func bound(t *testing.T, name string, args ...expr.Expr) expr.Expr {
	t.Helper()
	f := function.FindScalar(name)
	if f == nil {
		t.Fatalf("no function %s", name)
	}
	in := make([]function.Arg, len(args))
	for i, a := range args {
		in[i] = function.Arg{Type: a.Type(), Nullable: a.Nullable()}
	}
	b, err := f.Bind(in, false)
	if err != nil {
		t.Fatal(err)
	}
	return &expr.Call{Bound: b, Args: args}
}

func col(i int, t *types.Type) expr.Expr { return &expr.Ordinal{Index: i, Name: "c", T: t, Null: true} }

func lit(t *types.Type, v any) expr.Expr { return &expr.Literal{Value: vector.ConstOf(t, v, 1)} }

func env() *eval.Env { return &eval.Env{Context: &function.Context{Zone: time.UTC}} }

func values(v *vector.Vector) []any {
	out := make([]any, v.Len)
	for i := range out {
		out[i] = v.Value(i)
	}
	return out
}

func TestBranches(t *testing.T) {
	a := vector.Of(types.IntType, int32(1), nil, int32(3), int32(4), int32(5), nil)
	b := vector.Of(types.IntType, int32(10), int32(20), nil, int32(40), int32(50), nil)
	in := vector.NewBatch([]*vector.Vector{a, b}, 6)
	x, y := col(0, types.IntType), col(1, types.IntType)
	gt := bound(t, ">", x, lit(types.IntType, int32(2)))
	lt := bound(t, "<", y, lit(types.IntType, int32(50)))
	for name, c := range map[string]struct {
		e    expr.Expr
		want []any
	}{
		"and":      {&expr.And{Terms: []expr.Expr{gt, lt}}, []any{false, nil, nil, true, false, nil}},
		"or":       {&expr.Or{Terms: []expr.Expr{gt, lt}}, []any{true, true, true, true, true, nil}},
		"case":     {&expr.Case{Whens: []expr.When{{Cond: gt, Then: bound(t, "+", x, y)}, {Cond: lt, Then: y}}, Else: x}, []any{int32(10), int32(20), nil, int32(44), int32(55), nil}},
		"blend":    {&expr.Case{Whens: []expr.When{{Cond: gt, Then: x}}, Else: y}, []any{int32(10), int32(20), int32(3), int32(4), int32(5), nil}},
		"coalesce": {&expr.Coalesce{Args: []expr.Expr{x, y, lit(types.IntType, int32(7))}}, []any{int32(1), int32(20), int32(3), int32(4), int32(5), int32(7)}},
	} {
		p, err := eval.Compile(c.e, env())
		if err != nil {
			t.Fatal(err)
		}
		v, err := p.Eval(in)
		if err != nil {
			t.Fatal(err)
		}
		if got := values(v); !reflect.DeepEqual(got, c.want) {
			t.Errorf("%s: %v, want %v", name, got, c.want)
		}
		// The same under a selection.
		sel := []uint32{1, 3, 4}
		if v, err = p.Eval(in.Select(sel)); err != nil {
			t.Fatal(err)
		}
		for k, i := range sel {
			if got := v.Value(k); !reflect.DeepEqual(got, c.want[i]) {
				t.Errorf("%s under a selection: row %d is %v, want %v", name, i, got, c.want[i])
			}
		}
	}
}

func TestDictionariesAreEvaluatedOnce(t *testing.T) {
	dict := vector.Of(types.StringType, "ant", "bee", nil)
	v := &vector.Vector{Type: types.StringType, Form: vector.Dict, Len: 5, Codes: []uint32{1, 0, 2, 1, 0}, Dictionary: dict, Valid: vector.Bitmap{0b01111}}
	in := vector.NewBatch([]*vector.Vector{v}, 5)
	p, err := eval.Compile(bound(t, "upper", col(0, types.StringType)), env())
	if err != nil {
		t.Fatal(err)
	}
	first, err := p.Eval(in)
	if err != nil {
		t.Fatal(err)
	}
	second, err := p.Eval(in)
	if err != nil {
		t.Fatal(err)
	}
	if first.Form != vector.Dict || first.Dictionary != second.Dictionary {
		t.Error("the dictionary was evaluated twice, or codes were lost")
	}
	if got, want := values(first), []any{"BEE", "ANT", nil, "BEE", nil}; !reflect.DeepEqual(got, want) {
		t.Errorf("%v, want %v", got, want)
	}
	for name, c := range map[string]struct {
		e    expr.Expr
		want []any
	}{
		"comparison": {bound(t, "=", col(0, types.StringType), lit(types.StringType, "bee")), []any{"bee", "bee"}},
		"null":       {bound(t, "isnull", col(0, types.StringType)), []any{nil, nil}},
	} {
		f, err := eval.CompileFilter([]expr.Expr{c.e}, env())
		if err != nil {
			t.Fatal(err)
		}
		b, err := f.Apply(in)
		if err != nil {
			t.Fatal(err)
		}
		if got := values(b.Column(0)); !reflect.DeepEqual(got, c.want) {
			t.Errorf("%s: %v, want %v", name, got, c.want)
		}
	}
}

func TestGroupsShareWhatIsRepeated(t *testing.T) {
	x := col(0, types.LongType)
	sum := func() expr.Expr { return bound(t, "+", x, lit(types.LongType, int64(1))) }
	g, err := eval.CompileGroup([]expr.Expr{sum(), bound(t, "*", sum(), x), sum()}, env())
	if err != nil {
		t.Fatal(err)
	}
	out, err := g.Eval(vector.NewBatch([]*vector.Vector{vector.Of(types.LongType, int64(3), int64(4))}, 2))
	if err != nil {
		t.Fatal(err)
	}
	if out[0] != out[2] {
		t.Error("an expression was computed twice")
	}
	if got, want := values(out[1]), []any{int64(12), int64(20)}; !reflect.DeepEqual(got, want) {
		t.Errorf("%v, want %v", got, want)
	}
}

func TestLambdaCapturesColumns(t *testing.T) {
	list := types.NewArray(types.IntType, true)
	v := &expr.LambdaVar{ID: expr.NewID(), Name: "x", T: types.IntType, Null: true}
	body := bound(t, "+", v, col(1, types.IntType))
	f := function.FindScalar("transform")
	b, err := f.Bind([]function.Arg{{Type: list, Nullable: true}, {Type: types.IntType, Nullable: true, Lambda: &function.LambdaArg{Parameters: 1}}}, false)
	if err != nil {
		t.Fatal(err)
	}
	p, err := eval.Compile(&expr.Call{Bound: b, Args: []expr.Expr{col(0, list), &expr.Lambda{Params: []*expr.LambdaVar{v}, Body: body}}}, env())
	if err != nil {
		t.Fatal(err)
	}
	in := vector.NewBatch([]*vector.Vector{vector.Of(list, []any{int32(1), int32(2)}, nil, []any{}, []any{nil}), vector.Of(types.IntType, int32(10), int32(20), int32(30), int32(40))}, 4)
	got, err := p.Eval(in)
	if err != nil {
		t.Fatal(err)
	}
	if want := []any{[]any{int32(11), int32(12)}, nil, []any{}, []any{nil}}; !reflect.DeepEqual(values(got), want) {
		t.Errorf("%v, want %v", values(got), want)
	}
}

// A NULL among a dictionary's entries is a NULL to functions that look at NULLs, too.
func TestNullEntriesOfDictionaries(t *testing.T) {
	dict := vector.Of(types.StringType, "ant", nil)
	v := &vector.Vector{Type: types.StringType, Form: vector.Dict, Len: 3, Codes: []uint32{1, 0, 1}, Dictionary: dict}
	p, err := eval.Compile(bound(t, "isnull", col(0, types.StringType)), env())
	if err != nil {
		t.Fatal(err)
	}
	out, err := p.Eval(vector.NewBatch([]*vector.Vector{v}, 3))
	if err != nil {
		t.Fatal(err)
	}
	if got, want := values(out), []any{true, false, true}; !reflect.DeepEqual(got, want) {
		t.Errorf("%v, want %v", got, want)
	}
}
