package engine

import (
	"fmt"
	"time"

	"github.com/argan-sql/argan/exec/cast"
	"github.com/argan-sql/argan/exec/function"
	"github.com/argan-sql/argan/exec/vector"
	"github.com/argan-sql/argan/planner/expr"
	"github.com/argan-sql/argan/sql/ast"
	"github.com/argan-sql/argan/sql/parser"
	"github.com/argan-sql/argan/sqlerr"
	"github.com/argan-sql/argan/types"
)

// ParseType reads the name of a SQL type, such as DECIMAL(10,2).
func ParseType(text string) (*types.Type, error) { return parser.ParseType(text) }

// TextParameter is a parameter whose value is given as text; CAST_INVALID_INPUT when the text is not a value of the type.
func TextParameter(name string, t *types.Type, text string) (Parameter, error) {
	p := Parameter{Name: name, Type: t, Value: text}
	if t.Kind == types.String {
		return p, nil
	}
	convert, err := cast.Bind(types.StringType, t, cast.ANSI)
	if err != nil {
		return p, err
	}
	v, err := convert(&function.Context{ANSI: true, Zone: time.UTC, Now: time.Now()}, vector.ConstOf(types.StringType, text, 1))
	if err != nil {
		return p, err
	}
	if p.Value = v.Value(0); p.Value == nil {
		return p, sqlerr.New("CAST_INVALID_INPUT", "expression", "'"+text+"'", "sourceType", `"STRING"`, "targetType", `"`+t.SQL()+`"`, "ansiConfig", `"spark.sql.ansi.enabled"`)
	}
	return p, nil
}

// marker is a parameter without value while a statement is only described: a NULL whose casts tell what type is wanted.
type marker struct {
	name  string
	value *vector.Vector
	typ   *types.Type
}

// placeholders lists the parameters that a statement's text names, in order, each named one once.
func placeholders(tree ast.Node) []*marker {
	var out []*marker
	seen := map[string]bool{}
	ast.Inspect(tree, func(n ast.Node) bool {
		if p, ok := n.(*ast.Param); ok {
			name := ""
			if p.Name != "" {
				name = p.Name
				if seen[name] {
					return true
				}
				seen[name] = true
			}
			out = append(out, &marker{name: name, value: vector.Of(types.NullType, nil)})
		}
		return true
	})
	return out
}

// learn takes from an expression which type each parameter in it is cast to.
func learn(markers []*marker, e expr.Expr) {
	expr.Walk(e, func(x expr.Expr) bool {
		c, ok := x.(*expr.Cast)
		if !ok {
			return true
		}
		if l, ok := c.Child.(*expr.Literal); ok {
			for _, m := range markers {
				if m.typ == nil && m.value == l.Value {
					m.typ = c.To
				}
			}
		}
		return true
	})
}

// Parameters are the parameters the statement takes, in order: those of ? are named 1, 2, …, named ones :name. The type
// is what the statement converts the parameter to, STRING where it takes anything.
func (st *Statement) Parameters() []types.Field {
	out := make([]types.Field, len(st.markers))
	for i, m := range st.markers {
		t := m.typ
		if t == nil {
			t = types.StringType
		}
		name := fmt.Sprint(i + 1)
		if m.name != "" {
			name = ":" + m.name
		}
		out[i] = types.Field{Name: name, Type: t, Nullable: true}
	}
	return out
}
