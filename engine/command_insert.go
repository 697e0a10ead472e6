package engine

import (
	"context"
	"strings"

	"github.com/argan-sql/argan/catalog/delta"
	"github.com/argan-sql/argan/catalog/relation"
	"github.com/argan-sql/argan/exec/eval"
	"github.com/argan-sql/argan/exec/vector"
	"github.com/argan-sql/argan/planner/expr"
	"github.com/argan-sql/argan/planner/logical"
	"github.com/argan-sql/argan/sql/ast"
	"github.com/argan-sql/argan/sqlerr"
)

func init() { handle(insert) }

func insert(p *planner, ctx context.Context, t *ast.Insert) (*plan, error) {
	in, err := p.newAnalyzer(ctx).Insert(t)
	if err != nil {
		return nil, err
	}
	if err := notSystem(in.Target.Table); err != nil {
		return nil, at(err, t)
	}
	return &plan{kind: KindUpdate, name: "INSERT", schema: noRows, run: func(ctx context.Context, x *execution) error {
		if _, ok := in.Target.Table.(*relation.DeltaTable); !ok {
			n, err := x.insertFiles(ctx, p, in)
			if err == nil {
				x.statement.changed(n, -1)
			}
			return err
		}
		n, version, err := x.insert(ctx, p, in, insertion{name: "WRITE"})
		if err != nil {
			return err
		}
		x.statement.changed(n, version)
		return nil
	}}, nil
}

// insertion is how the commit of an INSERT is called, and what else goes into it.
type insertion struct {
	name       string
	parameters map[string]any
	note       func(tx *delta.Transaction)
	// through is what rows go through on their way into the table; nil for nothing.
	through func(c *change) (func(*vector.Batch) (*vector.Batch, error), error)
}

// insert writes the rows of a query into a Delta table, and gives how many.
func (x *execution) insert(ctx context.Context, p *planner, in *logical.Insert, as insertion) (int64, int64, error) {
	operation := "INSERT"
	if as.name == operationRefresh {
		operation = operationRefresh
	}
	table, snapshot, err := targetOf(in.Target, operation)
	if err != nil {
		return 0, 0, err
	}
	c, err := x.newChange(ctx, p, table, snapshot, in.NewColumns, in.Where != nil)
	if err != nil {
		return 0, 0, err
	}
	var version int64
	err = c.changing(func() error {
		parameters := map[string]any{"mode": "Append", "partitionBy": "[]"}
		c.readsOf(in.Query, table)
		sink := c.writer.Write
		if in.Where != nil {
			inside, err := c.inside(ctx, in)
			if err != nil {
				return err
			}
			sink = func(b *vector.Batch) error {
				if err := inside(b); err != nil {
					return err
				}
				if err := c.feed(b.Dense().Cols, b.Len(), changeInsert); err != nil {
					return err
				}
				return c.writer.Write(b)
			}
		}
		if as.through != nil {
			pass, err := as.through(c)
			if err != nil {
				return err
			}
			write := sink
			sink = func(b *vector.Batch) error {
				if b, err = pass(b); err != nil {
					return err
				}
				return write(b)
			}
		}
		if err := c.run(ctx, in.Query, sink); err != nil {
			return err
		}
		switch in.Mode {
		case logical.Overwrite:
			parameters["mode"] = "Overwrite"
			if p.overwritesPartitions() && len(snapshot.PartitionColumns()) > 0 {
				if err := c.replacePartitions(ctx); err != nil {
					return err
				}
			} else {
				c.tx.RemoveAll()
			}
		case logical.ReplaceWhere, logical.OverwritePartition:
			parameters["mode"], parameters["predicate"] = "Overwrite", in.Where.String()
			if err := c.deleteWhere(ctx, in); err != nil {
				return err
			}
		}
		rows := c.writer.Rows() - c.copied
		for k, v := range as.parameters {
			parameters[k] = v
		}
		if as.note != nil {
			as.note(c.tx)
		}
		version, err = c.commit(ctx, as.name, parameters, map[string]int64{"numOutputRows": rows})
		return err
	})
	return c.writer.Rows() - c.copied, version, err
}

// readsOf notes that a statement that reads the table it writes depends on what it read.
func (c *change) readsOf(query logical.Node, table *relation.DeltaTable) {
	logical.WalkAll(query, func(n logical.Node) bool {
		if s, ok := n.(*logical.Scan); ok && s.Table.Location() == table.Location() {
			c.tx.ReadWholeTable()
		}
		return true
	})
}

// inside refuses rows that do not fulfil the condition under which old ones are replaced.
func (c *change) inside(ctx context.Context, in *logical.Insert) (func(*vector.Batch) error, error) {
	filter, err := c.p.filter(in.Where, in.Target.Columns)
	if err != nil {
		return nil, err
	}
	return func(b *vector.Batch) error {
		kept, err := filter.Apply(b)
		if err != nil {
			return err
		}
		if kept.Len() != b.Len() {
			return sqlerr.New("DELTA_REPLACE_WHERE_MISMATCH", "replaceWhere", in.Where.String(), "message", "some of the new rows do not fulfil the condition")
		}
		return nil
	}, nil
}

// deleteWhere takes away the rows that the new ones replace.
func (c *change) deleteWhere(ctx context.Context, in *logical.Insert) error {
	c.reads(in.Where, in.Target.Columns)
	scan := withFields(in.Target, logical.FieldFileIndex, logical.FieldRowIndex)
	n := len(c.snapshot.Schema().Fields)
	var input logical.Node = &logical.Filter{Condition: in.Where, Input: scan}
	if c.cdc == nil {
		input = passing(input, scan.Columns[len(in.Target.Columns):])
	}
	err := c.run(ctx, input, func(b *vector.Batch) error {
		b = b.Dense()
		last := len(b.Cols)
		c.gone.AddAll(b.Cols[last-2], b.Cols[last-1])
		if c.cdc == nil {
			return nil
		}
		return c.feed(b.Cols[:n], b.Rows, changeDelete)
	})
	if err != nil || c.gone.Count() == 0 {
		return err
	}
	return c.apply(ctx)
}

// replacePartitions removes the files of the partitions that were written: dynamic partition overwrite.
func (c *change) replacePartitions(ctx context.Context) error {
	files, err := c.writer.Finish()
	if err != nil {
		return err
	}
	key := func(values map[string]*string) string {
		var b strings.Builder
		for _, k := range sortedKeys(values) {
			b.WriteString(k)
			if v := values[k]; v != nil {
				b.WriteString("=" + *v)
			}
			b.WriteByte(0)
		}
		return b.String()
	}
	written := map[string]bool{}
	for _, f := range files {
		written[key(f.PartitionValues)] = true
	}
	var old []*delta.AddFile
	for _, f := range c.snapshot.Snapshot.Files() {
		if written[key(f.PartitionValues)] {
			old = append(old, f)
		}
	}
	c.tx.ReadFiles(old...)
	for _, f := range old {
		c.tx.Remove(f, true)
	}
	return ctx.Err()
}

// overwritesPartitions: INSERT OVERWRITE replaces only the partitions that get rows.
func (p *planner) overwritesPartitions() bool {
	return strings.EqualFold(p.get("spark.sql.sources.partitionOverwriteMode"), "DYNAMIC")
}

// insertFiles writes the rows of a query into a table of plain files.
func (x *execution) insertFiles(ctx context.Context, p *planner, in *logical.Insert) (int64, error) {
	table, ok := in.Target.Table.(*relation.FileTable)
	if !ok {
		return 0, sqlerr.New("UNSUPPORTED_FEATURE.TABLE_OPERATION", "tableName", quoted(in.Target.Table.Name()...), "operation", "INSERT")
	}
	if in.Where != nil || in.Mode == logical.OverwritePartition {
		return 0, sqlerr.Unsupported("INSERT OVERWRITE of a part of a %s table", table.Provider()).WithHint("Delta tables can do it.")
	}
	ready, err := p.physical(ctx, in.Query)
	if err != nil {
		return 0, err
	}
	replace := replaceNone
	switch {
	case in.Mode == logical.Overwrite && p.overwritesPartitions() && len(table.PartitionColumns()) > 0:
		replace = replacePartitions
	case in.Mode == logical.Overwrite:
		replace = replaceAll
	}
	return x.writeFiles(ctx, p, table, replace, func(sink func(*vector.Batch) error) error {
		return x.stream(ctx, p, ready, nil, sink)
	})
}

// filter compiles a condition over columns, by position.
func (p *planner) filter(condition expr.Expr, columns []*expr.Column) (*eval.Filter, error) {
	return eval.CompileFilter([]expr.Expr{toOrdinals(condition, columns)}, &eval.Env{Context: p.functions})
}
