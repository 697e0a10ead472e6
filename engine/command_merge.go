package engine

import (
	"context"
	"encoding/json"
	"strings"

	"github.com/argan-sql/argan/exec/vector"
	"github.com/argan-sql/argan/planner/expr"
	"github.com/argan-sql/argan/planner/logical"
	"github.com/argan-sql/argan/sql/ast"
	"github.com/argan-sql/argan/sqlerr"
	"github.com/argan-sql/argan/types"
)

func init() { handle(merge) }

var mergedRows = types.NewStruct(
	types.Field{Name: "num_affected_rows", Type: types.LongType, Nullable: true}, types.Field{Name: "num_updated_rows", Type: types.LongType, Nullable: true},
	types.Field{Name: "num_deleted_rows", Type: types.LongType, Nullable: true}, types.Field{Name: "num_inserted_rows", Type: types.LongType, Nullable: true},
)

func merge(p *planner, ctx context.Context, t *ast.Merge) (*plan, error) {
	m, err := p.newAnalyzer(ctx).Merge(t)
	if err != nil {
		return nil, err
	}
	if _, _, err := targetOf(m.Target, "MERGE INTO TABLE"); err != nil {
		return nil, at(err, t.Target)
	}
	return &plan{kind: KindUpdate, name: "MERGE", schema: mergedRows, run: func(ctx context.Context, x *execution) error {
		n, version, err := x.merge(ctx, p, m)
		if err != nil {
			return err
		}
		x.statement.changed(n.updated+n.deleted+n.inserted, version)
		return x.rows([][]any{{n.updated + n.deleted + n.inserted, n.updated, n.deleted, n.inserted}})
	}}, nil
}

type mergeCounts struct{ updated, deleted, inserted int64 }

// mergePlan is a MERGE as a relational plan. Each row that the plan gives is one change; its columns are the number of the
// clause, the file and row of the target (NULL for inserts), the new values, and the old ones where the change data feed wants them.
type mergePlan struct {
	node    logical.Node
	clauses []logical.MergeClause // by number less one
	columns int                   // of the table after evolution
}

// planMerge joins source and target and works out for each pair, lone source row and lone target row which clause applies.
func planMerge(m *logical.Merge, old bool) (*mergePlan, error) {
	target := withFields(m.Target, logical.FieldFileIndex, logical.FieldRowIndex)
	behind := len(m.Target.Columns)
	file, row := target.Columns[behind], target.Columns[behind+1]
	// The columns of _metadata, where the statement names it, stand behind the table's own.
	table := m.Target.Columns
	for i, f := range m.Target.Fields {
		if f != i {
			table = m.Target.Columns[:i]
			break
		}
	}
	own := len(table)
	mark := &expr.Column{ID: expr.NewID(), Name: "_in_source", T: types.BooleanType}
	source := &logical.Project{Input: m.Source}
	for _, c := range m.Source.Output() {
		source.Exprs = append(source.Exprs, logical.Named{Expr: c, Out: c})
	}
	source.Exprs = append(source.Exprs, logical.Named{Expr: expr.NewLiteral(types.BooleanType, true), Out: mark})
	// The source is the preserved side: target rows without partner are read only for NOT MATCHED BY SOURCE.
	kind := logical.Inner
	switch {
	case len(m.NotMatchedBySource) > 0:
		kind = logical.FullOuter
	case len(m.NotMatched) > 0:
		kind = logical.LeftOuter
	}
	join := &logical.Join{Kind: kind, Condition: m.Condition, Left: source, Right: target, BuildLeft: true}
	out := &mergePlan{columns: own + len(m.NewColumns)}
	isNull, err := expr.NewCall("isnull", markAsNullable(file))
	if err != nil {
		return nil, err
	}
	noSource, err := expr.NewCall("isnull", markAsNullable(mark))
	if err != nil {
		return nil, err
	}
	number := func(list []logical.MergeClause) expr.Expr {
		c := &expr.Case{Else: expr.NewLiteral(types.IntType, int32(0))}
		for _, cl := range list {
			out.clauses = append(out.clauses, cl)
			cond := cl.Condition
			if cond == nil {
				cond = expr.NewLiteral(types.BooleanType, true)
			}
			c.Whens = append(c.Whens, expr.When{Cond: cond, Then: expr.NewLiteral(types.IntType, int32(len(out.clauses)))})
		}
		if len(c.Whens) == 0 {
			return c.Else
		}
		return c
	}
	bySource, inserts, matched := number(m.NotMatchedBySource), number(m.NotMatched), number(m.Matched)
	clause := &expr.Column{ID: expr.NewID(), Name: "_clause", T: types.IntType}
	first := &logical.Project{Input: join}
	for _, c := range join.Output() {
		first.Exprs = append(first.Exprs, logical.Named{Expr: c, Out: c})
	}
	first.Exprs = append(first.Exprs, logical.Named{Out: clause, Expr: &expr.Case{
		Whens: []expr.When{{Cond: noSource, Then: bySource}, {Cond: isNull, Then: inserts}}, Else: matched,
	}})
	applies, err := expr.NewCall(">", clause, expr.NewLiteral(types.IntType, int32(0)))
	if err != nil {
		return nil, err
	}
	last := &logical.Project{Input: &logical.Filter{Condition: applies, Input: first}}
	for _, c := range []*expr.Column{clause, file, row} {
		last.Exprs = append(last.Exprs, logical.Named{Expr: c, Out: c})
	}
	columns := append(append([]*expr.Column{}, table...), m.NewColumns...)
	for i, col := range columns {
		value := &expr.Case{Else: expr.NewLiteral(col.T, nil)}
		for k, cl := range out.clauses {
			if cl.Action == logical.MergeDelete {
				continue
			}
			is, err := expr.NewCall("=", clause, expr.NewLiteral(types.IntType, int32(k+1)))
			if err != nil {
				return nil, err
			}
			value.Whens = append(value.Whens, expr.When{Cond: is, Then: cl.Values[i]})
		}
		var e expr.Expr = value
		if len(value.Whens) == 0 {
			e = value.Else
		}
		last.Exprs = append(last.Exprs, logical.Named{Expr: e, Out: &expr.Column{ID: expr.NewID(), Name: col.Name, T: col.T, Null: true}})
	}
	if old {
		for _, c := range table {
			last.Exprs = append(last.Exprs, logical.Named{Expr: c, Out: c})
		}
	}
	out.node = last
	return out, nil
}

// markAsNullable is a reference to a column of an outer join's other side.
func markAsNullable(c *expr.Column) expr.Expr { return c.AsNullable() }

func (x *execution) merge(ctx context.Context, p *planner, m *logical.Merge) (n mergeCounts, version int64, err error) {
	table, snapshot, err := targetOf(m.Target, "MERGE INTO TABLE")
	if err != nil {
		return n, 0, err
	}
	c, err := x.newChange(ctx, p, table, snapshot, m.NewColumns, true)
	if err != nil {
		return n, 0, err
	}
	version = -1
	err = c.changing(func() error {
		plan, err := planMerge(m, c.cdc != nil)
		if err != nil {
			return err
		}
		c.tx.ReadWholeTable()
		// A target row may be touched by one source row only, unless all that can happen to it is to be deleted.
		onlyDelete := len(m.Matched) == 1 && m.Matched[0].Action == logical.MergeDelete && m.Matched[0].Condition == nil
		if err := c.run(ctx, plan.node, func(b *vector.Batch) error { return c.merged(plan, b.Dense(), onlyDelete, &n) }); err != nil {
			return err
		}
		if n.updated+n.deleted+n.inserted == 0 && len(m.NewColumns) == 0 {
			c.abort()
			return nil
		}
		if c.gone.Count() > 0 {
			if err := c.apply(ctx); err != nil {
				return err
			}
		}
		version, err = c.commit(ctx, "MERGE", mergeParameters(m), map[string]int64{
			"numTargetRowsInserted": n.inserted, "numTargetRowsUpdated": n.updated, "numTargetRowsDeleted": n.deleted, "numTargetRowsCopied": c.copied,
			"numOutputRows": c.copied + n.inserted + n.updated, "numTargetFilesRemoved": c.counts.Removed, "numTargetBytesRemoved": c.counts.RemovedBytes,
			"numTargetDeletionVectorsAdded": c.counts.Vectors, "numTargetDeletionVectorsUpdated": c.counts.VectorsUpdated, "numTargetChangeFilesAdded": int64(c.cdcFiles),
		})
		return err
	})
	return n, version, err
}

// merged takes one batch of changes.
func (c *change) merged(plan *mergePlan, b *vector.Batch, onlyDelete bool, n *mergeCounts) error {
	clauses := vector.Flatten(b.Cols[0]).I32
	files, rows := vector.Flatten(b.Cols[1]), vector.Flatten(b.Cols[2])
	var write, inserted, updated, deleted []uint32
	for i := range b.Rows {
		switch plan.clauses[clauses[i]-1].Action {
		case logical.MergeInsert:
			inserted = append(inserted, uint32(i))
			write = append(write, uint32(i))
			continue
		case logical.MergeUpdate:
			if !c.gone.Add(files.I32[i], rows.I64[i]) {
				return sqlerr.New("DELTA_MULTIPLE_SOURCE_ROW_MATCHING_TARGET_ROW_IN_MERGE", "usageReference", "https://docs.delta.io/latest/delta-update.html#upsert-into-a-table-using-merge").
					WithHint("Make the source have one row per key first, for instance with row_number() … = 1.")
			}
			updated = append(updated, uint32(i))
			write = append(write, uint32(i))
		case logical.MergeDelete:
			if !c.gone.Add(files.I32[i], rows.I64[i]) {
				if onlyDelete {
					continue
				}
				return sqlerr.New("DELTA_MULTIPLE_SOURCE_ROW_MATCHING_TARGET_ROW_IN_MERGE", "usageReference", "https://docs.delta.io/latest/delta-update.html#upsert-into-a-table-using-merge")
			}
			deleted = append(deleted, uint32(i))
		}
	}
	n.inserted, n.updated, n.deleted = n.inserted+int64(len(inserted)), n.updated+int64(len(updated)), n.deleted+int64(len(deleted))
	values := vector.NewBatch(b.Cols[3:3+plan.columns], b.Rows)
	if c.cdc != nil {
		old := widen(vector.NewBatch(b.Cols[3+plan.columns:], b.Rows), c.tx.Metadata().Schema, plan.columns)
		for _, part := range []struct {
			from *vector.Batch
			rows []uint32
			kind string
		}{{values, inserted, changeInsert}, {old, updated, changeBefore}, {values, updated, changeAfter}, {old, deleted, changeDelete}} {
			if len(part.rows) > 0 {
				if err := c.feed(part.from.Select(part.rows).Dense().Cols, len(part.rows), part.kind); err != nil {
					return err
				}
			}
		}
	}
	if len(write) == b.Rows {
		return c.writer.Write(values)
	}
	if len(write) == 0 {
		return nil
	}
	return c.writer.Write(values.Select(write))
}

// mergeParameters are what the commit says of the statement, as Spark does.
func mergeParameters(m *logical.Merge) map[string]any {
	type clause struct {
		Predicate  string `json:"predicate,omitempty"`
		ActionType string `json:"actionType"`
	}
	list := func(cs []logical.MergeClause) string {
		out := make([]clause, 0, len(cs))
		for _, c := range cs {
			k := clause{ActionType: [...]string{"update", "delete", "insert"}[c.Action]}
			if c.Condition != nil {
				k.Predicate = c.Condition.String()
			}
			out = append(out, k)
		}
		raw, err := json.Marshal(out)
		if err != nil {
			return "[]"
		}
		return string(raw)
	}
	return map[string]any{
		"predicate": jsonList(strings.TrimSpace(m.Condition.String())), "matchedPredicates": list(m.Matched), "notMatchedPredicates": list(m.NotMatched),
		"notMatchedBySourcePredicates": list(m.NotMatchedBySource),
	}
}
