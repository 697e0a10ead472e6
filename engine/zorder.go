package engine

import (
	"context"
	"math"
	"sort"

	"github.com/argan-sql/argan/exec/function"
	"github.com/argan-sql/argan/exec/vector"
	"github.com/argan-sql/argan/planner/expr"
	"github.com/argan-sql/argan/planner/logical"
	"github.com/argan-sql/argan/types"
)

// zBuckets is how finely each column is cut for Z-order: ranks of 16 bits interleave into the key.
const zBuckets = 1 << 16

// zSample is about how many values of each column the cuts are taken from.
const zSample = 100_000

// ordered sorts a scan along the Z-order curve of the columns (one column: by its values). The values of each column are
// first replaced by their rank among a sample, so that skewed columns count as much as even ones.
func (c *compaction) ordered(ctx context.Context, scan *logical.Scan) (logical.Node, error) {
	var columns []expr.Expr
	for _, n := range c.order {
		i := c.snapshot.Schema().FieldIndex(n.Parts[0].Text)
		var e expr.Expr = scan.Columns[i]
		for _, part := range n.Parts[1:] {
			field, err := bindField(e, part.Text)
			if err != nil {
				return nil, err
			}
			e = field
		}
		columns = append(columns, e)
	}
	if len(columns) == 1 {
		return &logical.Sort{Keys: []expr.SortKey{{Expr: columns[0], NullsFirst: true}}, Global: true, Input: scan}, nil
	}
	cuts, err := c.sample(ctx, scan, columns)
	if err != nil {
		return nil, err
	}
	bound := &function.Bound{Function: zFunction, Return: types.BinaryType, Eval: func(_ *function.Context, args []*vector.Vector, n int) (*vector.Vector, error) {
		return interleave(cuts, args, n), nil
	}}
	for _, e := range columns {
		bound.Args = append(bound.Args, e.Type())
	}
	key := &expr.Call{Bound: bound, Args: columns}
	return &logical.Sort{Keys: []expr.SortKey{{Expr: key, NullsFirst: true}}, Global: true, Input: scan}, nil
}

// zFunction is the entry of the key: it is made here for one statement and is not among the SQL functions.
var zFunction = &function.Scalar{Name: "interleave_bits", Doc: "The place of a row on the Z-order curve.", Nulls: function.NullByFunction}

// bindField is a field of a struct by name.
func bindField(e expr.Expr, name string) (expr.Expr, error) {
	f := function.FindScalar(".")
	lit := expr.NewLiteral(types.StringType, name)
	b, err := f.Bind([]function.Arg{{Type: e.Type(), Nullable: e.Nullable(), SQL: e.String()}, {Type: types.StringType, Const: lit.(*expr.Literal).Value, SQL: name}}, false)
	if err != nil {
		return nil, err
	}
	return &expr.Call{Bound: b, Args: []expr.Expr{e, lit}}, nil
}

// sample takes values of the columns and sorts them: the cuts between ranks.
func (c *compaction) sample(ctx context.Context, scan *logical.Scan, columns []expr.Expr) ([][]any, error) {
	rows := int64(0)
	files, _, err := scan.Snapshot.Files(ctx, nil)
	if err != nil {
		return nil, err
	}
	for _, f := range files {
		rows += max(0, f.Rows)
	}
	p := &logical.Project{Input: scan}
	for _, e := range columns {
		p.Exprs = append(p.Exprs, logical.Named{Expr: e, Out: &expr.Column{ID: expr.NewID(), Name: "key", T: e.Type(), Null: true}})
	}
	var node logical.Node = p
	if rows > zSample {
		node = &logical.Project{Exprs: p.Exprs, Input: &logical.Sample{To: float64(zSample) / float64(rows), Seed: 42, Input: scan}}
	}
	ready, err := c.p.physical(ctx, node)
	if err != nil {
		return nil, err
	}
	cuts := make([][]any, len(columns))
	err = c.x.stream(ctx, c.p, ready, nil, func(b *vector.Batch) error {
		for i := range columns {
			v := b.Column(i)
			for row := range v.Len {
				if x := v.Value(row); x != nil {
					cuts[i] = append(cuts[i], x)
				}
			}
		}
		return nil
	})
	for i := range cuts {
		sort.SliceStable(cuts[i], func(a, b int) bool { return lessValue(cuts[i][a], cuts[i][b]) })
	}
	return cuts, err
}

func lessValue(a, b any) bool {
	order, ok := types.Order(a, b)
	return ok && order < 0
}

// interleave gives each row the bits of its ranks, the highest of each column first.
func interleave(cuts [][]any, args []*vector.Vector, n int) *vector.Vector {
	out := vector.NewBuilder(types.BinaryType, n)
	ranks := make([]uint16, len(args))
	key := make([]byte, 2*len(args))
	for row := range n {
		for i, v := range args {
			ranks[i] = 0
			if x := v.Value(row); x != nil {
				at := sort.Search(len(cuts[i]), func(k int) bool { return !lessValue(cuts[i][k], x) })
				ranks[i] = uint16(math.Min(zBuckets-1, float64(at+1)*(zBuckets-1)/float64(len(cuts[i])+1)))
			}
		}
		for i := range key {
			key[i] = 0
		}
		bit := 0
		for shift := 15; shift >= 0; shift-- {
			for i := range ranks {
				if ranks[i]>>shift&1 != 0 {
					key[bit>>3] |= 0x80 >> (bit & 7)
				}
				bit++
			}
		}
		out.AppendBytes(key)
	}
	return out.Finish()
}
