package ast

import (
	"fmt"
	"reflect"
	"strings"
	"testing"

	"github.com/argan-sql/argan/sqlerr"
	"github.com/argan-sql/argan/types"
)

func column(name string) *Column { return &Column{Name: Name{Parts: []Ident{{Text: name}}}} }

func TestEqual(t *testing.T) {
	at := At{Position: sqlerr.Position{Line: 1, Column: 2}}
	a := &Binary{Op: OpAdd, Left: column("a"), Right: &Literal{Kind: LitInt, Value: int32(1), Raw: "1"}}
	b := &Binary{At: at, Op: OpAdd, Left: column("a"), Right: &Literal{Kind: LitInt, Value: int32(1), Raw: "01"}}
	if !Equal(a, b) {
		t.Error("positions and texts must not count")
	}
	different := []Expr{
		&Binary{Op: OpSub, Left: a.Left, Right: a.Right},
		&Binary{Op: OpAdd, Left: column("A"), Right: a.Right},
		&Binary{Op: OpAdd, Left: a.Left, Right: &Literal{Kind: LitInt, Value: int64(1)}},
		&Binary{Op: OpAdd, Left: a.Left},
		a.Left,
	}
	for _, d := range different {
		if Equal(a, d) {
			t.Errorf("equal to %+v", d)
		}
	}
	if Equal(&Cast{Expr: a, Type: types.IntType}, &Cast{Expr: a, Type: types.LongType}) || !Equal(&Cast{Expr: a, Type: types.NewDecimal(5, 2)}, &Cast{Expr: a, Type: types.NewDecimal(5, 2)}) {
		t.Error("types compare by what they are")
	}
}

func TestInspect(t *testing.T) {
	tree := &Query{Body: &Select{
		Items: []Expr{&Alias{Expr: column("a")}, &Call{Over: &WindowSpec{OrderBy: []SortItem{{Expr: column("b")}}}}},
		From:  &Join{Left: &Table{}, Right: &Derived{Query: &Query{Body: &Values{Rows: [][]Expr{{column("c")}}}}}},
		Where: column("d"),
	}}
	var got []string
	Inspect(tree, func(n Node) bool {
		name := strings.TrimPrefix(reflect.TypeOf(n).String(), "*ast.")
		if c, ok := n.(*Column); ok {
			name = c.Name.Last()
		}
		got = append(got, name)
		return name != "Derived"
	})
	if s, want := fmt.Sprint(got), "[Query Select Alias a Call WindowSpec b Join Table Derived d]"; s != want {
		t.Errorf("got %s, want %s", s, want)
	}
}

func TestDepth(t *testing.T) {
	var e Expr = column("a")
	for range 100_000 {
		e = &Unary{Op: OpNot, Expr: e}
	}
	if d := Depth(e); d != 100_001 {
		t.Errorf("got %d", d)
	}
}
