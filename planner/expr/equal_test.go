package expr_test

import (
	"testing"

	"github.com/argan-sql/argan/planner/analyzer"
	"github.com/argan-sql/argan/planner/expr"
	"github.com/argan-sql/argan/planner/logical"
	"github.com/argan-sql/argan/planner/plantest"
	"github.com/argan-sql/argan/sql/parser"
	"github.com/argan-sql/argan/types"
)

func TestEqual(t *testing.T) {
	columns := []*expr.Column{
		logical.NewColumn("a", types.IntType, true), logical.NewColumn("b", types.IntType, true),
		logical.NewColumn("s", types.StringType, true), logical.NewColumn("l", types.NewArray(types.IntType, true), true),
	}
	bind := func(text string) expr.Expr {
		t.Helper()
		x, err := parser.ParseExpr(text)
		if err != nil {
			t.Fatal(err)
		}
		e, err := analyzer.New(plantest.New()).Expression(x, columns)
		if err != nil {
			t.Fatalf("%s: %v", text, err)
		}
		return e
	}
	for _, c := range []struct {
		a, b string
		want bool
	}{
		{"a + b", "b + a", true},
		{"a - b", "b - a", false},
		{"A", "a", true},
		{"a = b", "b = a", true},
		{"a < b", "b < a", false},
		{"a = 1 AND b = 2", "b = 2 AND a = 1", true},
		{"a = 1 OR b = 2", "a = 1 AND b = 2", false},
		{"upper(s)", "UPPER(s)", true},
		{"upper(s)", "lower(s)", false},
		{"CAST(a AS STRING)", "string(a)", true},
		{"CAST(a AS STRING)", "CAST(a AS BIGINT)", false},
		{"1", "1L", false},
		{"uuid()", "uuid()", false},
		{"transform(l, x -> x + 1)", "transform(l, y -> y + 1)", true},
		{"transform(l, x -> x + 1)", "transform(l, x -> x + 2)", false},
		{"CASE WHEN a = 1 THEN 2 ELSE 3 END", "if(a = 1, 2, 3)", true},
		{"s LIKE 'x%'", "s LIKE 'y%'", false},
	} {
		if got := expr.Equal(bind(c.a), bind(c.b)); got != c.want {
			t.Errorf("Equal(%s, %s) is %t", c.a, c.b, got)
		}
	}
}
