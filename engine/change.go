package engine

import (
	"context"
	"encoding/json"
	"errors"
	"strings"

	"github.com/argan-sql/argan/catalog/delta"
	"github.com/argan-sql/argan/catalog/relation"
	"github.com/argan-sql/argan/engine/tablewriter"
	"github.com/argan-sql/argan/exec/vector"
	"github.com/argan-sql/argan/planner/expr"
	"github.com/argan-sql/argan/planner/logical"
	"github.com/argan-sql/argan/planner/optimizer"
	"github.com/argan-sql/argan/sql/ast"
	"github.com/argan-sql/argan/sqlerr"
	"github.com/argan-sql/argan/types"
)

// change is one statement's change of a Delta table: new rows go to writer, rows that go away to gone, and all of it
// becomes one commit, or nothing.
type change struct {
	p        *planner
	x        *execution
	table    *relation.DeltaTable
	snapshot *relation.DeltaSnapshot
	tx       *delta.Transaction
	writer   *tablewriter.Writer
	cdc      *tablewriter.Writer // nil without change data feed
	gone     *tablewriter.Deletions
	counts   tablewriter.Counts
	copied   int64 // rows written again because their file was rewritten
	added    int
	cdcFiles int
}

// changeTypeField is the column that files of changed rows have behind the table's own.
var changeTypeField = types.Field{Name: "_change_type", Type: types.StringType}

// Kinds of changed rows in the change data feed.
const (
	changeInsert = "insert"
	changeDelete = "delete"
	changeBefore = "update_preimage"
	changeAfter  = "update_postimage"
)

// targetOf is the Delta table that a resolved statement changes; other formats are refused by name.
func targetOf(s *logical.Scan, operation string) (*relation.DeltaTable, *relation.DeltaSnapshot, error) {
	t, ok := s.Table.(*relation.DeltaTable)
	if !ok {
		if err := notSystem(s.Table); err != nil {
			return nil, nil, err
		}
		return nil, nil, sqlerr.New("UNSUPPORTED_FEATURE.TABLE_OPERATION", "tableName", quoted(s.Table.Name()...), "operation", operation).
			WithHint("Only Delta tables can be changed so; this one is %s.", s.Table.Provider())
	}
	snapshot, ok := relation.PlainDelta(s.Snapshot)
	if !ok {
		return nil, nil, sqlerr.Internal("target of %s is no Delta snapshot", operation)
	}
	if operation != operationRefresh && kindOf(snapshot.Metadata) == ast.MaterializedView {
		return nil, nil, sqlerr.New("UNSUPPORTED_FEATURE.TABLE_OPERATION", "tableName", quoted(s.Table.Name()...), "operation", operation).
			WithHint("A materialized view holds what its query answers: REFRESH MATERIALIZED VIEW works it out anew.")
	}
	return t, snapshot, nil
}

// newChange begins a change. newColumns are added to the table first. feed asks for files of changed rows where the table
// has a change data feed.
func (x *execution) newChange(ctx context.Context, p *planner, t *relation.DeltaTable, s *relation.DeltaSnapshot, newColumns []*expr.Column, feed bool) (*change, error) {
	c := &change{p: p, x: x, table: t, snapshot: s, tx: t.Delta().Begin(s.Snapshot), gone: tablewriter.NewDeletions()}
	if len(newColumns) > 0 {
		m := s.Metadata.Clone()
		fields := append([]types.Field{}, m.Schema.Fields...)
		for _, col := range newColumns {
			fields = append(fields, types.Field{Name: col.Name, Type: col.T, Nullable: true, Metadata: onlyComment(col.Metadata)})
		}
		m.Schema = types.NewStruct(fields...)
		if err := c.tx.SetMetadata(m); err != nil {
			return nil, err
		}
	}
	if err := c.open(ctx, feed); err != nil {
		return nil, err
	}
	return c, nil
}

func (c *change) open(ctx context.Context, feed bool) error {
	m := c.tx.Metadata()
	checks, err := c.p.checks(ctx, m)
	if err != nil {
		return err
	}
	if hasIdentity(m) {
		return sqlerr.Unsupported("Writing to a table with identity columns (identityColumns)")
	}
	c.writer = c.newWriter(ctx, tablewriter.Options{Workers: c.p.threads(), Memory: c.p.engine.config.MemoryLimit / 8, DataChange: true, Checks: checks})
	if feed && m.ChangeDataFeedOn() {
		c.cdc = c.newWriter(ctx, tablewriter.Options{Workers: 1, Folder: "_change_data", Extra: []types.Field{changeTypeField}})
	}
	return nil
}

func (c *change) newWriter(ctx context.Context, o tablewriter.Options) *tablewriter.Writer {
	return tablewriter.New(ctx, c.x.engine.files, c.table.Location(), c.tx.Metadata(), o)
}

// run runs a plan into sink. The plan's scans have been noted as read.
func (c *change) run(ctx context.Context, node logical.Node, sink func(*vector.Batch) error) error {
	ready, err := c.p.physical(ctx, node)
	if err != nil {
		return err
	}
	return c.x.stream(ctx, c.p, ready, nil, sink)
}

// feed writes rows (the table's columns) to the change data feed under one kind.
func (c *change) feed(cols []*vector.Vector, n int, kind string) error {
	if c.cdc == nil || n == 0 {
		return nil
	}
	cols = append(append([]*vector.Vector{}, cols...), vector.ConstOf(types.StringType, kind, n))
	return c.cdc.Write(vector.NewBatch(cols, n))
}

// abort deletes what was written.
func (c *change) abort() {
	if c.writer != nil {
		c.writer.Abort()
	}
	if c.cdc != nil {
		c.cdc.Abort()
	}
}

// useVectors says whether deleted rows are marked rather than their files rewritten.
func (c *change) useVectors() bool {
	return c.tx.Metadata().DeletionVectorsOn() && c.tx.Protocol().Has("deletionVectors")
}

// apply turns the rows that are gone into deletion vectors, or writes their files anew without them.
func (c *change) apply(ctx context.Context) error {
	if c.useVectors() {
		var err error
		c.counts, err = c.gone.Mark(ctx, c.tx, c.table.Delta())
		return err
	}
	rest, counts, err := c.gone.RemoveTouched(ctx, c.tx)
	if err != nil {
		return err
	}
	c.counts = counts
	if len(rest) == 0 {
		return nil
	}
	scan := snapshotScan(c.table, relation.NewSurvivors(c.snapshot, rest, c.gone.Of))
	before := c.writer.Rows()
	fields := len(c.tx.Metadata().Schema.Fields)
	err = c.run(ctx, scan, func(b *vector.Batch) error {
		return c.writer.Write(widen(b.Dense(), c.tx.Metadata().Schema, fields))
	})
	c.copied = c.writer.Rows() - before
	return err
}

// widen adds columns of NULLs for columns that a table got in this very statement.
func widen(b *vector.Batch, schema *types.Type, fields int) *vector.Batch {
	if len(b.Cols) >= fields {
		return b
	}
	cols := append([]*vector.Vector{}, b.Cols...)
	for i := len(cols); i < fields; i++ {
		cols = append(cols, vector.NullConst(schema.Fields[i].Type, b.Rows))
	}
	return vector.NewBatch(cols, b.Rows)
}

// fieldTypes are the types of the fields a scan can give besides the table's own.
var fieldTypes = map[int]struct {
	name string
	typ  *types.Type
}{logical.FieldFileIndex: {"_file_index", types.IntType}, logical.FieldRowIndex: {"_row_index", types.LongType}}

// withFields adds fields to a scan.
func withFields(s *logical.Scan, extra ...int) *logical.Scan {
	out := *s
	out.Columns, out.Fields = append([]*expr.Column{}, s.Columns...), append([]int{}, s.Fields...)
	for _, f := range extra {
		out.Columns = append(out.Columns, &expr.Column{ID: expr.NewID(), Name: fieldTypes[f].name, T: fieldTypes[f].typ, Hidden: true})
		out.Fields = append(out.Fields, f)
	}
	return &out
}

// commit ends the files and commits everything as one version.
func (c *change) commit(ctx context.Context, name string, parameters map[string]any, metrics map[string]int64) (int64, error) {
	files, err := c.writer.Finish()
	if err != nil {
		return 0, err
	}
	for _, f := range files {
		c.tx.Add(f)
	}
	if err := c.x.noteLoad(c.tx, c.writer.Rows()-c.copied); err != nil {
		return 0, err
	}
	c.added = len(files)
	if c.cdc != nil {
		changed, err := c.cdc.Finish()
		if err != nil {
			return 0, err
		}
		for _, f := range changed {
			c.tx.AddCDC(&delta.CDCFile{Path: f.Path, PartitionValues: f.PartitionValues, Size: f.Size})
		}
		c.cdcFiles = len(changed)
	}
	text := map[string]string{}
	for k, v := range metrics {
		text[k] = itoa(v)
	}
	version, err := c.tx.Commit(ctx, delta.Operation{Name: name, Parameters: parameters, Metrics: text, UserMetadata: c.p.get("spark.databricks.delta.commitInfo.userMetadata")})
	if err != nil {
		return 0, conflict(err)
	}
	return version, nil
}

// conflict gives a lost race a hint.
func conflict(err error) error {
	var e *sqlerr.Error
	if errors.As(err, &e) && strings.HasPrefix(e.Class, "DELTA_CONCURRENT") && e.Hint == "" {
		return e.WithHint("Another statement changed the same rows first; nothing was written. Run the statement again.")
	}
	return err
}

// changing runs f and cleans up when it fails.
func (c *change) changing(f func() error) error {
	if err := f(); err != nil {
		c.abort()
		return err
	}
	return nil
}

// passing leaves all but some columns out, so that the scan below need not read them.
func passing(input logical.Node, columns []*expr.Column) logical.Node {
	out := make([]logical.Named, len(columns))
	for i, c := range columns {
		out[i] = logical.Named{Expr: c, Out: c}
	}
	return &logical.Project{Exprs: out, Input: input}
}

// reads notes for the conflict check which rows of the table the statement looked at.
func (c *change) reads(condition expr.Expr, columns []*expr.Column) {
	if condition == nil {
		c.tx.ReadWholeTable()
		return
	}
	p, ok := optimizer.Predicate(optimizer.Fold(condition, c.p.functions), columns)
	if !ok {
		c.tx.ReadWholeTable()
		return
	}
	c.tx.ReadPredicate(relation.ToDelta(p), nil)
}

// jsonList is a JSON list of one text, as operationParameters has predicates.
func jsonList(text string) string {
	raw, err := json.Marshal([]string{text})
	if err != nil {
		return "[]"
	}
	return string(raw)
}
