package engine

import (
	"context"
	"fmt"
	"reflect"
	"strings"

	"github.com/argan-sql/argan/catalog/relation"
	"github.com/argan-sql/argan/exec/vector"
	"github.com/argan-sql/argan/sql/ast"
	"github.com/argan-sql/argan/sql/parser"
	"github.com/argan-sql/argan/types"
)

// PrepareRows prepares one statement for many rows of parameters, where that can be: INSERT of one row of VALUES becomes an
// INSERT of all rows, which is one commit. nil is any other statement: it is to be run row by row.
func (s *Session) PrepareRows(ctx context.Context, r Request, rows [][]Parameter) (*Statement, error) {
	tree, err := s.parse(r.SQL)
	if err != nil || !ofValues(tree) || len(rows) == 0 {
		return nil, nil //nolint:nilerr // what is wrong with the text is said when it is run
	}
	columns := types.NewStruct()
	for i, p := range rows[0] {
		columns.Fields = append(columns.Fields, types.Field{Name: fmt.Sprint("p", i), Type: p.Type, Nullable: true})
	}
	name := "_parameters_" + newID()
	at := 0
	view := &tempView{name: name, table: relation.Stream(name, columns, func() (*vector.Batch, error) {
		n := min(len(rows)-at, vector.BatchSize)
		if n == 0 {
			return nil, nil
		}
		cols := make([]*vector.Vector, len(columns.Fields))
		for c, f := range columns.Fields {
			b := vector.NewBuilder(f.Type, n)
			for _, row := range rows[at : at+n] {
				b.AppendValue(row[c].Value)
			}
			cols[c] = b.Finish()
		}
		at += n
		return vector.NewBatch(cols, n), nil
	})}
	if err := s.addView(view, false); err != nil {
		return nil, err
	}
	defer s.dropView(name, false) // the plan has its table
	r.Parameters = rows[0]
	r.rewrite = func(tree ast.Statement) error { return selectParameters(tree.(*ast.Insert), name, rows[0]) }
	return s.Prepare(ctx, r)
}

// ofValues says whether a statement is INSERT of one row of VALUES, in which parameters can be replaced by columns.
func ofValues(tree ast.Statement) bool {
	insert, ok := tree.(*ast.Insert)
	if !ok || insert.With != nil || insert.Overwrite || insert.ReplaceWhere != nil || insert.Query == nil {
		return false
	}
	q := insert.Query
	values, ok := q.Body.(*ast.Values)
	if !ok || len(values.Rows) != 1 || q.With != nil || len(q.OrderBy) > 0 || q.Limit != nil {
		return false
	}
	plain := true
	for _, e := range values.Rows[0] {
		ast.Inspect(e, func(n ast.Node) bool {
			switch n.(type) {
			case *ast.Query, *ast.Column, *ast.Lambda: // DEFAULT is a column, too
				plain = false
			}
			return plain
		})
	}
	return plain
}

// selectParameters turns VALUES of an INSERT into a SELECT of the same expressions over the rows of parameters.
func selectParameters(insert *ast.Insert, view string, row []Parameter) error {
	tree, err := parser.Parse("SELECT 1 FROM " + types.Quote(view))
	if err != nil {
		return err
	}
	from := tree.(*ast.Query)
	items := insert.Query.Body.(*ast.Values).Rows[0]
	replace(reflect.ValueOf(&items).Elem(), func(p *ast.Param) ast.Expr {
		i := columnOf(p, row)
		if i < 0 {
			return p // and the analyzer says that it is not bound
		}
		return &ast.Column{At: p.At, Name: ast.Name{At: p.At, Parts: []ast.Ident{{At: p.At, Text: fmt.Sprint("p", i), Quoted: true}}}}
	})
	from.Body.(*ast.Select).Items = items
	insert.Query = from
	return nil
}

// columnOf is the place of a parameter in a row; -1 where the row does not have it.
func columnOf(p *ast.Param, row []Parameter) int {
	positional := 0
	for i, given := range row {
		switch {
		case given.Name != "":
			if p.Name != "" && strings.EqualFold(given.Name, p.Name) {
				return i
			}
		case p.Name == "" && positional == p.Index:
			return i
		default:
			positional++
		}
	}
	return -1
}

// replace puts other expressions in the place of parameters, everywhere below a value of the tree.
func replace(v reflect.Value, with func(*ast.Param) ast.Expr) {
	switch v.Kind() {
	case reflect.Interface:
		if p, ok := v.Interface().(*ast.Param); ok && v.CanSet() {
			v.Set(reflect.ValueOf(with(p)))
			return
		}
		replace(v.Elem(), with)
	case reflect.Pointer:
		if !v.IsNil() {
			replace(v.Elem(), with)
		}
	case reflect.Struct:
		for i := range v.NumField() {
			if v.Type().Field(i).IsExported() {
				replace(v.Field(i), with)
			}
		}
	case reflect.Slice:
		for i := range v.Len() {
			replace(v.Index(i), with)
		}
	}
}
