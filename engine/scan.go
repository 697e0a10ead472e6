package engine

import (
	"github.com/argan-sql/argan/catalog"
	"github.com/argan-sql/argan/planner/logical"
	"github.com/argan-sql/argan/sql/ast"
	"github.com/argan-sql/argan/sql/parser"
)

// snapshotScan reads all columns of a snapshot, in order; extra are further fields by their logical.Field number.
func snapshotScan(t catalog.Table, s catalog.Snapshot, extra ...int) *logical.Scan {
	out := &logical.Scan{Table: t, Snapshot: s, Limit: -1, Columns: columnsOf(s.Schema())}
	for i := range out.Columns {
		out.Fields = append(out.Fields, i)
	}
	return withFields(out, extra...)
}

// columnNames are the first parts of the names that the text of an expression mentions.
func columnNames(text string) []string {
	tree, err := parser.ParseExpr(text)
	if err != nil {
		return nil
	}
	var out []string
	ast.Inspect(tree, func(n ast.Node) bool {
		if c, ok := n.(*ast.Column); ok && len(c.Name.Parts) > 0 {
			out = append(out, c.Name.Parts[0].Text)
		}
		return true
	})
	return out
}
