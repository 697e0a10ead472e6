package plantest

import (
	"strings"

	"github.com/argan-sql/argan/catalog"
	"github.com/argan-sql/argan/planner/analyzer"
	"github.com/argan-sql/argan/planner/expr"
	"github.com/argan-sql/argan/planner/logical"
	"github.com/argan-sql/argan/sql/ast"
	"github.com/argan-sql/argan/sql/parser"
	"github.com/argan-sql/argan/sqlerr"
	"github.com/argan-sql/argan/types"
)

// Result is what a replayed statement came to: the columns of a query, or Skipped for a statement that has no plan.
type Result struct {
	Columns []*expr.Column
	Plan    logical.Node
	Skipped bool
}

// Replay analyzes a statement; CREATE and DROP of tables and views, USE-less, and SET change the catalog.
func (c *Catalog) Replay(text string) (Result, error) {
	st, err := parser.Parse(text)
	if err != nil {
		return Result{}, err
	}
	a := analyzer.New(c)
	switch st := st.(type) {
	case *ast.Query:
		n, err := a.Query(st)
		if err != nil {
			return Result{}, err
		}
		return Result{Columns: n.Output(), Plan: n}, nil
	case *ast.Insert:
		in, err := a.Insert(st)
		if err != nil {
			return Result{}, err
		}
		return Result{Plan: in.Query}, nil
	case *ast.Update:
		_, err = a.Update(st)
	case *ast.Delete:
		_, err = a.Delete(st)
	case *ast.Merge:
		_, err = a.Merge(st)
	case *ast.CreateView:
		err = c.createView(a, st)
	case *ast.CreateTable:
		err = c.createTable(a, st)
	case *ast.DropTable:
		delete(c.tables, strings.ToLower(st.Table.Last()))
	case *ast.DropView:
		delete(c.views, strings.ToLower(st.View.Last()))
	case *ast.Set:
		if st.Value != nil {
			c.Settings[st.Key] = *st.Value
		}
	default:
		return Result{Skipped: true}, nil
	}
	return Result{}, err
}

func (c *Catalog) createView(a *analyzer.Analyzer, st *ast.CreateView) error {
	n, err := a.Query(st.Query)
	if err != nil {
		return err
	}
	var fields []types.Field
	var written []string
	for i, col := range n.Output() {
		name := col.Name
		written = append(written, name)
		if len(st.Columns) > i {
			name = st.Columns[i].Name.Text
		}
		fields = append(fields, types.Field{Name: name, Type: col.T, Nullable: col.Null})
	}
	name := []string{"spark_catalog", "default", st.View.Last()}
	if st.Temporary || st.Global {
		name = name[2:]
	}
	c.views[strings.ToLower(st.View.Last())] = &analyzer.Relation{Name: name, View: &analyzer.View{
		Query: st.Query, Columns: types.NewStruct(fields...), QueryColumns: written,
		Place: analyzer.Place{Catalog: "spark_catalog", Database: "default", Temporary: st.Temporary},
	}, Temporary: st.Temporary}
	if temps := a.TemporaryViews(); !st.Temporary && len(temps) > 0 {
		return sqlerr.New("INVALID_TEMP_OBJ_REFERENCE", "objName", st.View.Last(), "obj", "VIEW", "tempObjName", temps[0], "tempObj", "VIEW")
	}
	return nil
}

func (c *Catalog) createTable(a *analyzer.Analyzer, st *ast.CreateTable) error {
	var fields []types.Field
	for _, d := range st.Columns {
		f := types.Field{Name: d.Name.Last(), Type: d.Type, Nullable: !d.NotNull, Metadata: map[string]any{}}
		if d.Default != nil {
			f.Metadata["CURRENT_DEFAULT"] = string(d.DefaultText)
		}
		if d.Generated != nil {
			f.Metadata["delta.generationExpression"] = string(d.GeneratedText)
		}
		fields = append(fields, f)
	}
	if st.As != nil {
		n, err := a.Query(st.As)
		if err != nil {
			return err
		}
		for _, col := range n.Output() {
			fields = append(fields, types.Field{Name: col.Name, Type: col.T, Nullable: col.Null})
		}
	}
	t := &Table{name: st.Table.Last(), schema: types.NewStruct(fields...), Stats: catalog.Statistics{Rows: -1, Bytes: -1}, provider: strings.ToLower(st.Using)}
	for _, p := range st.PartitionBy {
		if p.Column != nil {
			t.schema.Fields = append(t.schema.Fields, types.Field{Name: p.Column.Name.Last(), Type: p.Column.Type, Nullable: true})
			t.Partitions = append(t.Partitions, p.Column.Name.Last())
			continue
		}
		t.Partitions = append(t.Partitions, p.Name.Last())
	}
	key := strings.ToLower(t.name)
	if c.tables[key] != nil && st.IfNotExists {
		return nil
	}
	c.tables[key] = t
	return nil
}
