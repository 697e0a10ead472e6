package engine

import (
	"context"

	"github.com/argan-sql/argan/exec/vector"
	"github.com/argan-sql/argan/planner/expr"
	"github.com/argan-sql/argan/planner/logical"
	"github.com/argan-sql/argan/sql/ast"
	"github.com/argan-sql/argan/types"
)

func init() {
	handle(deleteRows)
	handle(updateRows)
	handle(truncate)
}

// affectedRows is what UPDATE and DELETE answer.
var affectedRows = types.NewStruct(types.Field{Name: "num_affected_rows", Type: types.LongType, Nullable: true})

func deleteRows(p *planner, ctx context.Context, t *ast.Delete) (*plan, error) {
	d, err := p.newAnalyzer(ctx).Delete(t)
	if err != nil {
		return nil, err
	}
	if _, _, err := targetOf(d.Target, "DELETE"); err != nil {
		return nil, at(err, t.Table)
	}
	return &plan{kind: KindUpdate, name: "DELETE", schema: affectedRows, run: func(ctx context.Context, x *execution) error {
		n, version, err := x.delete(ctx, p, d, "DELETE")
		if err != nil {
			return err
		}
		x.statement.changed(n, version)
		return x.rows([][]any{{n}})
	}}, nil
}

func truncate(p *planner, ctx context.Context, t *ast.Truncate) (*plan, error) {
	f, err := p.tableOnly(ctx, t.Table, "TRUNCATE TABLE")
	if err != nil {
		return nil, err
	}
	if f.table.Provider() != "delta" {
		return p.truncateFiles(ctx, t, f)
	}
	del := &ast.Delete{At: t.At, Table: t.Table}
	for _, part := range t.Partition {
		column := &ast.Column{At: part.At, Name: ast.Name{At: part.At, Parts: []ast.Ident{part.Name}}}
		var term ast.Expr = &ast.Binary{At: part.At, Op: ast.OpEq, Left: column, Right: part.Value}
		if del.Where != nil {
			term = &ast.Binary{At: part.At, Op: ast.OpAnd, Left: del.Where, Right: term}
		}
		del.Where = term
	}
	d, err := p.newAnalyzer(ctx).Delete(del)
	if err != nil {
		return nil, err
	}
	if _, _, err := targetOf(d.Target, "TRUNCATE TABLE"); err != nil {
		return nil, at(err, t.Table)
	}
	return &plan{kind: KindCommand, name: "TRUNCATE TABLE", schema: noRows, run: func(ctx context.Context, x *execution) error {
		n, version, err := x.delete(ctx, p, d, "TRUNCATE")
		if err == nil {
			x.statement.changed(n, version)
		}
		return err
	}}, nil
}

// delete deletes rows and gives how many, -1 where the files do not tell.
func (x *execution) delete(ctx context.Context, p *planner, d *logical.Delete, name string) (int64, int64, error) {
	table, snapshot, err := targetOf(d.Target, name)
	if err != nil {
		return 0, 0, err
	}
	c, err := x.newChange(ctx, p, table, snapshot, nil, d.Condition != nil)
	if err != nil {
		return 0, 0, err
	}
	var deleted, version int64
	err = c.changing(func() error {
		predicate := "[]"
		if d.Condition == nil {
			deleted = snapshot.Statistics().Rows
			c.counts.Removed = int64(snapshot.NumFiles())
			c.tx.RemoveAll()
		} else {
			predicate = jsonList(d.Condition.String())
			c.reads(d.Condition, d.Target.Columns)
			scan := withFields(d.Target, logical.FieldFileIndex, logical.FieldRowIndex)
			n := len(snapshot.Schema().Fields)
			var input logical.Node = &logical.Filter{Condition: d.Condition, Input: scan}
			if c.cdc == nil {
				input = passing(input, scan.Columns[len(d.Target.Columns):])
			}
			err := c.run(ctx, input, func(b *vector.Batch) error {
				b = b.Dense()
				last := len(b.Cols)
				c.gone.AddAll(b.Cols[last-2], b.Cols[last-1])
				if c.cdc != nil {
					return c.feed(b.Cols[:n], b.Rows, changeDelete)
				}
				return nil
			})
			if err != nil {
				return err
			}
			deleted = c.gone.Count()
			if deleted == 0 {
				c.abort()
				version = -1
				return nil
			}
			if err := c.apply(ctx); err != nil {
				return err
			}
		}
		var err error
		version, err = c.commit(ctx, name, map[string]any{"predicate": predicate}, map[string]int64{
			"numDeletedRows": deleted, "numRemovedFiles": c.counts.Removed, "numRemovedBytes": c.counts.RemovedBytes, "numCopiedRows": c.copied,
			"numDeletionVectorsAdded": c.counts.Vectors, "numDeletionVectorsUpdated": c.counts.VectorsUpdated, "numAddedChangeFiles": int64(c.cdcFiles),
		})
		return err
	})
	return deleted, version, err
}

func updateRows(p *planner, ctx context.Context, t *ast.Update) (*plan, error) {
	u, err := p.newAnalyzer(ctx).Update(t)
	if err != nil {
		return nil, err
	}
	if _, _, err := targetOf(u.Target, "UPDATE"); err != nil {
		return nil, at(err, t.Table)
	}
	return &plan{kind: KindUpdate, name: "UPDATE", schema: affectedRows, run: func(ctx context.Context, x *execution) error {
		n, version, err := x.update(ctx, p, u)
		if err != nil {
			return err
		}
		x.statement.changed(n, version)
		return x.rows([][]any{{n}})
	}}, nil
}

func (x *execution) update(ctx context.Context, p *planner, u *logical.Update) (int64, int64, error) {
	table, snapshot, err := targetOf(u.Target, "UPDATE")
	if err != nil {
		return 0, 0, err
	}
	c, err := x.newChange(ctx, p, table, snapshot, nil, true)
	if err != nil {
		return 0, 0, err
	}
	var version int64
	err = c.changing(func() error {
		predicate := "[]"
		if u.Condition != nil {
			predicate = jsonList(u.Condition.String())
		}
		c.reads(u.Condition, u.Target.Columns)
		scan := withFields(u.Target, logical.FieldFileIndex, logical.FieldRowIndex)
		n := len(snapshot.Schema().Fields)
		var input logical.Node = scan
		if u.Condition != nil {
			input = &logical.Filter{Condition: u.Condition, Input: scan}
		}
		// New values, then file and row, then the old values where the change data feed wants them.
		var out []logical.Named
		for i, v := range u.Values {
			out = append(out, logical.Named{Expr: v, Out: &expr.Column{ID: expr.NewID(), Name: u.Target.Columns[i].Name, T: v.Type(), Null: true}})
		}
		keep := scan.Columns[len(u.Target.Columns):]
		if c.cdc != nil {
			keep = append(append([]*expr.Column{}, keep...), u.Target.Columns[:n]...)
		}
		for _, col := range keep {
			out = append(out, logical.Named{Expr: col, Out: col})
		}
		err := c.run(ctx, &logical.Project{Exprs: out, Input: input}, func(b *vector.Batch) error {
			b = b.Dense()
			c.gone.AddAll(b.Cols[n], b.Cols[n+1])
			if c.cdc != nil {
				if err := c.feed(b.Cols[n+2:], b.Rows, changeBefore); err != nil {
					return err
				}
				if err := c.feed(b.Cols[:n], b.Rows, changeAfter); err != nil {
					return err
				}
			}
			return c.writer.Write(vector.NewBatch(b.Cols[:n], b.Rows))
		})
		if err != nil {
			return err
		}
		if c.gone.Count() == 0 {
			c.abort()
			version = -1
			return nil
		}
		if err := c.apply(ctx); err != nil {
			return err
		}
		version, err = c.commit(ctx, "UPDATE", map[string]any{"predicate": predicate}, map[string]int64{
			"numUpdatedRows": c.gone.Count(), "numRemovedFiles": c.counts.Removed, "numRemovedBytes": c.counts.RemovedBytes, "numCopiedRows": c.copied,
			"numDeletionVectorsAdded": c.counts.Vectors, "numDeletionVectorsUpdated": c.counts.VectorsUpdated, "numAddedChangeFiles": int64(c.cdcFiles),
		})
		return err
	})
	return c.gone.Count(), version, err
}
