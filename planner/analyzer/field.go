package analyzer

import (
	"strings"

	"github.com/argan-sql/argan/exec/function"
	"github.com/argan-sql/argan/exec/vector"
	"github.com/argan-sql/argan/planner/expr"
	"github.com/argan-sql/argan/sql/ast"
	"github.com/argan-sql/argan/sqlerr"
	"github.com/argan-sql/argan/types"
)

// FieldFunction is the name of the function that takes a field out of a struct; its second argument is the field's number.
const FieldFunction = "getstructfield"

// structField takes a field out of a struct.
var structField = &function.Scalar{
	Name: FieldFunction, Nulls: function.NullIfAnyNull, MinArgs: 2, MaxArgs: 2,
	Doc: "Returns a field of a struct by its number.",
}

func fieldOf(e expr.Expr, i int) *expr.Call {
	st := e.Type()
	f := st.Fields[i]
	b := &function.Bound{
		Function: structField, Args: []*types.Type{st, types.IntType}, Return: f.Type, Nullable: f.Nullable || e.Nullable(),
		Eval: func(_ *function.Context, args []*vector.Vector, n int) (*vector.Vector, error) {
			return fieldVector(args[0], i, n), nil
		},
	}
	return &expr.Call{Bound: b, Args: []expr.Expr{e, intLiteral(i)}, Text: e.String() + "." + f.Name}
}

// fieldVector is the child of a struct vector, NULL also where the struct is.
func fieldVector(v *vector.Vector, i, n int) *vector.Vector {
	v = vector.Flatten(v)
	child := *v.Children[i]
	if v.Valid == nil {
		return &child
	}
	if child.Form == vector.Const {
		child = *vector.Flatten(&child)
	}
	child.Valid = vector.And(child.Valid, v.Valid, n)
	return &child
}

// Field says which field of which expression a call takes; ok is false for other calls.
func Field(c *expr.Call) (of expr.Expr, index int, ok bool) {
	if c.Bound.Function != structField {
		return nil, 0, false
	}
	v, _ := literalValue(c.Args[1])
	return c.Args[0], int(v.(int32)), true
}

func (r *resolver) fieldOf(x *ast.FieldOf) (expr.Expr, error) {
	e, err := r.expr(x.Expr)
	if err != nil {
		return nil, err
	}
	return r.a.extract(e, x.Name.Text)
}

func (a *Analyzer) extractAll(e expr.Expr, names []string) (expr.Expr, error) {
	for _, n := range names {
		var err error
		if e, err = a.extract(e, n); err != nil {
			return nil, err
		}
	}
	return e, nil
}

// extract is e.name: a field of a struct, that field of each struct of an array, or the value of a map.
func (a *Analyzer) extract(e expr.Expr, name string) (expr.Expr, error) {
	t := e.Type()
	switch {
	case t.Kind == types.Struct:
		i, err := a.fieldIndex(t, name)
		if err != nil {
			return nil, err
		}
		c := fieldOf(e, i)
		c.Text = e.String() + "." + name
		return c, nil
	case t.Kind == types.Array && t.Elem.Kind == types.Struct:
		i, err := a.fieldIndex(t.Elem, name)
		if err != nil {
			return nil, err
		}
		return a.fieldOfEach(e, i, name)
	case t.Kind == types.Map, t.Kind == types.Array:
		return a.subscript(e, stringLiteral(name))
	}
	return nil, sqlerr.New("INVALID_EXTRACT_BASE_FIELD_TYPE", "base", quoted(e), "other", quotedType(t))
}

func (a *Analyzer) fieldIndex(t *types.Type, name string) (int, error) {
	found, count := -1, 0
	names := make([]string, len(t.Fields))
	for i, f := range t.Fields {
		names[i] = types.Quote(f.Name)
		if a.sameName(f.Name, name) {
			found = i
			count++
		}
	}
	switch count {
	case 0:
		return 0, sqlerr.New("FIELD_NOT_FOUND", "fieldName", types.Quote(name), "fields", strings.Join(names, ", "))
	case 1:
		return found, nil
	}
	return 0, sqlerr.New("AMBIGUOUS_REFERENCE_TO_FIELDS", "field", types.Quote(name), "count", itoa(count))
}

// arrayField takes a field out of each struct of an array.
var arrayField = &function.Scalar{
	Name: "getarraystructfields", Nulls: function.NullIfAnyNull, MinArgs: 2, MaxArgs: 2,
	Doc: "Returns an array of a field of each struct of an array.",
}

func (a *Analyzer) fieldOfEach(e expr.Expr, i int, name string) (expr.Expr, error) {
	at := e.Type()
	f := at.Elem.Fields[i]
	out := types.NewArray(f.Type, at.ElemNullable || f.Nullable)
	b := &function.Bound{
		Function: arrayField, Args: []*types.Type{at, types.IntType}, Return: out, Nullable: e.Nullable(),
		Eval: func(_ *function.Context, args []*vector.Vector, _ int) (*vector.Vector, error) {
			v := vector.Flatten(args[0])
			w := *v
			w.Type = out
			w.Children = []*vector.Vector{fieldVector(v.Children[0], i, v.Children[0].Len)}
			return &w, nil
		},
	}
	return &expr.Call{Bound: b, Args: []expr.Expr{e, intLiteral(i)}, Text: e.String() + "." + name}, nil
}

func (r *resolver) subscript(x *ast.Subscript) (expr.Expr, error) {
	parts, err := r.exprs([]ast.Expr{x.Expr, x.Index})
	if err != nil {
		return nil, err
	}
	return r.a.subscript(parts[0], parts[1])
}

// subscript is e[index]: an element of an array, from 0, or a value of a map; a field of a struct by constant name.
func (a *Analyzer) subscript(e, index expr.Expr) (expr.Expr, error) {
	t := e.Type()
	text := e.String() + "[" + index.String() + "]"
	switch {
	case t.Kind == types.Struct:
		if name, ok := literalValue(index); ok {
			if s, ok := name.(string); ok {
				return a.extract(e, s)
			}
		}
		return nil, sqlerr.New("INVALID_EXTRACT_FIELD", "field", quoted(index), "expr", quoted(e))
	case t.Kind == types.Array && t.Elem.Kind == types.Struct:
		if name, ok := literalValue(index); ok {
			if s, ok := name.(string); ok {
				return a.extract(e, s)
			}
		}
	case t.Kind != types.Array && t.Kind != types.Map:
		return nil, sqlerr.New("INVALID_EXTRACT_BASE_FIELD_TYPE", "base", quoted(e), "other", quotedType(t))
	}
	return a.textCall("[]", text, e, index)
}
