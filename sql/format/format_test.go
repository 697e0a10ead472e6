package format_test

import (
	"math"
	"testing"

	"github.com/argan-sql/argan/sql/ast"
	"github.com/argan-sql/argan/sql/format"
	"github.com/argan-sql/argan/sql/parser"
	"github.com/argan-sql/argan/types"
)

func TestString(t *testing.T) {
	for s, want := range map[string]string{"": "''", "it's": `'it\'s'`, `a\b`: `'a\\b'`, "x\n\t\r": `'x\n\t\r'`, "\x0000": `'\u000000'`, "é": "'é'", `\%`: `'\\%'`} {
		got := format.String(s)
		if got != want {
			t.Errorf("%q: got %s, want %s", s, got, want)
		}
		e, err := parser.ParseExpr(got)
		if err != nil || e.(*ast.Literal).Value != s {
			t.Errorf("%s reads as %v, %v", got, e, err)
		}
	}
}

func TestType(t *testing.T) {
	typ := types.NewStruct(
		types.Field{Name: "a", Type: types.NewDecimal(10, 2)},
		types.Field{
			Name: "1 b`", Type: types.NewMap(types.StringType, types.NewArray(types.NewVarchar(3), true), true), Nullable: true,
			Metadata: map[string]any{"comment": `it's \`},
		},
		types.Field{Name: "c", Type: types.NewDayTime(types.UnitDay, types.UnitSecond), Nullable: true})
	want := "STRUCT<a: DECIMAL(10,2) NOT NULL, `1 b```: MAP<STRING, ARRAY<VARCHAR(3)>> COMMENT 'it\\'s \\\\', c: INTERVAL DAY TO SECOND>"
	got := format.Type(typ)
	if got != want {
		t.Errorf("got  %s\nwant %s", got, want)
	}
	again, err := parser.ParseType(got)
	if err != nil || !again.Equal(typ) || again.Fields[1].Comment() != `it's \` || again.Fields[0].Nullable {
		t.Errorf("reads as %v, %v", again, err)
	}
}

func TestLiterals(t *testing.T) {
	tests := []struct {
		kind  ast.LiteralKind
		value any
		want  string
	}{
		{ast.LitNull, nil, "NULL"},
		{ast.LitBool, true, "TRUE"},
		{ast.LitTinyInt, int8(-1), "-1Y"},
		{ast.LitSmallInt, int16(2), "2S"},
		{ast.LitInt, int32(math.MinInt32), "-2147483648"},
		{ast.LitBigInt, int64(math.MinInt64), "-9223372036854775808L"},
		{ast.LitFloat, float32(1e30), "1e+30F"},
		{ast.LitDouble, -0.5, "-0.5D"},
		{ast.LitDecimal, ast.Decimal("1.50"), "1.50"},
		{ast.LitDecimal, ast.Decimal("12"), "12BD"},
		{ast.LitDecimal, ast.Decimal("1E-3"), "1E-3BD"},
		{ast.LitBinary, []byte{0, 255}, "X'00FF'"},
		{ast.LitDate, "2024-01-01", "DATE '2024-01-01'"},
	}
	for _, test := range tests {
		lit := &ast.Literal{Kind: test.kind, Value: test.value}
		got := format.Expr(lit)
		if got != test.want {
			t.Errorf("got %s, want %s", got, test.want)
		}
		if e, err := parser.ParseExpr(got); err != nil || !ast.Equal(e, lit) {
			t.Errorf("%s reads as %+v, %v", got, e, err)
		}
	}
}
