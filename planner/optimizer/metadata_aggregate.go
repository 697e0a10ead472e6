package optimizer

import (
	"strings"

	"github.com/argan-sql/argan/catalog"
	"github.com/argan-sql/argan/planner/expr"
	"github.com/argan-sql/argan/planner/logical"
	"github.com/argan-sql/argan/types"
)

// aggregateMetadata answers count(*), and min and max of whole numbers and dates, of a whole table from the statistics of its
// files. It asks for exact statistics: bounds of strings may have been cut, those of timestamps are rounded, and after rows were
// deleted by deletion vectors bounds hold for the deleted rows too.
func aggregateMetadata(n logical.Node, o *Options) (logical.Node, error) {
	var failure error
	out := logical.Transform(n, func(n logical.Node) logical.Node {
		a, ok := n.(*logical.Aggregate)
		if !ok || len(a.Groups) > 0 || len(a.Aggregates) == 0 || failure != nil {
			return n
		}
		scan, columns := plainScan(a.Input)
		if scan == nil {
			return n
		}
		if _, isSource := scan.Snapshot.(catalog.Source); isSource {
			return n
		}
		files, _, err := scan.Snapshot.Files(o.Context, nil)
		if err != nil {
			failure = err
			return n
		}
		row := make([]expr.Expr, len(a.Aggregates))
		for i, x := range a.Aggregates {
			agg, ok := x.Expr.(*expr.Aggregate)
			if !ok {
				return n
			}
			v, ok := fromFiles(agg, files, scan, columns)
			if !ok {
				return n
			}
			row[i] = expr.NewLiteral(x.Out.T, v)
		}
		return &logical.Values{Columns: a.Output(), Rows: [][]expr.Expr{row}}
	})
	return out, failure
}

// plainScan is the scan below projections that only pass columns on, and the scan's column by the ID it has above; nil where
// there is anything else.
func plainScan(n logical.Node) (*logical.Scan, map[expr.ID]*expr.Column) {
	switch n := n.(type) {
	case *logical.Scan:
		if len(n.Filters) > 0 || len(n.Runtime) > 0 || n.Limit >= 0 {
			return nil, nil
		}
		columns := map[expr.ID]*expr.Column{}
		for _, c := range n.Columns {
			columns[c.ID] = c
		}
		return n, columns
	case *logical.Project:
		scan, below := plainScan(n.Input)
		if scan == nil {
			return nil, nil
		}
		columns := map[expr.ID]*expr.Column{}
		for _, x := range n.Exprs {
			if c, ok := x.Expr.(*expr.Column); ok && below[c.ID] != nil {
				columns[x.Out.ID] = below[c.ID]
			}
		}
		return scan, columns
	}
	return nil, nil
}

func fromFiles(a *expr.Aggregate, files []catalog.File, scan *logical.Scan, columns map[expr.ID]*expr.Column) (any, bool) {
	if a.Distinct || a.Filter != nil || len(a.Args) != 1 {
		return nil, false
	}
	name := a.Bound.Function.Name
	if name == "count" {
		if l, ok := a.Args[0].(*expr.Literal); ok && !l.Value.IsNull(0) {
			total := int64(0)
			for _, f := range files {
				if f.Rows < 0 {
					return nil, false
				}
				total += f.Rows - f.DeletedRows
			}
			return total, true
		}
		return nil, false
	}
	if name != "min" && name != "max" {
		return nil, false
	}
	ref, ok := a.Args[0].(*expr.Column)
	if !ok || columns[ref.ID] == nil || !(ref.T.IsInteger() || ref.T.Kind == types.Date) {
		return nil, false
	}
	field := ""
	for i, c := range scan.Columns {
		if c.ID == columns[ref.ID].ID && scan.Fields[i] >= 0 {
			field = strings.ToLower(scan.Snapshot.Schema().Fields[scan.Fields[i]].Name)
		}
	}
	return bestBound(files, field, name == "max")
}

// bestBound is the least or greatest bound of a column over files, NULL if it has no value anywhere.
func bestBound(files []catalog.File, field string, greatest bool) (any, bool) {
	var best any
	for _, f := range files {
		st, ok := f.Stats[field]
		if !ok || !f.TightStats || f.DeletedRows > 0 || f.Rows < 0 || st.Nulls < 0 {
			return nil, false
		}
		v := st.Min
		if greatest {
			v = st.Max
		}
		if v == nil {
			if st.Nulls != f.Rows {
				return nil, false
			}
			continue
		}
		if best == nil {
			best = v
			continue
		}
		order, ok := types.Order(v, best)
		if !ok {
			return nil, false
		}
		if (order > 0) == greatest && order != 0 {
			best = v
		}
	}
	return best, true
}
