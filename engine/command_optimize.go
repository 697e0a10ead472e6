package engine

import (
	"context"
	"strings"
	"time"

	"github.com/RoaringBitmap/roaring/v2"

	"github.com/argan-sql/argan/catalog/delta"
	"github.com/argan-sql/argan/catalog/relation"
	"github.com/argan-sql/argan/engine/tablewriter"
	"github.com/argan-sql/argan/planner/expr"
	"github.com/argan-sql/argan/planner/logical"
	"github.com/argan-sql/argan/planner/optimizer"
	"github.com/argan-sql/argan/sql/ast"
	"github.com/argan-sql/argan/sqlerr"
	"github.com/argan-sql/argan/types"
)

func init() {
	handle(optimize)
	handle(reorg)
}

func longs(names ...string) *types.Type {
	t := types.NewStruct()
	for _, n := range names {
		t.Fields = append(t.Fields, column(n, types.LongType))
	}
	return t
}

// optimizeMetrics is the struct that OPTIMIZE answers with, as Delta 3.2's.
var optimizeMetrics = func() *types.Type {
	sizes := types.NewStruct(column("min", types.LongType), column("max", types.LongType), column("avg", types.DoubleType), column("totalFiles", types.LongType), column("totalSize", types.LongType))
	cube := longs("num", "size")
	numbered := longs("numFiles", "size")
	return types.NewStruct(
		column("numFilesAdded", types.LongType), column("numFilesRemoved", types.LongType), column("filesAdded", sizes), column("filesRemoved", sizes), column("partitionsOptimized", types.LongType),
		column("zOrderStats", types.NewStruct(column("strategyName", types.StringType), column("inputCubeFiles", cube), column("inputOtherFiles", cube), column("inputNumCubes", types.LongType),
			column("mergedFiles", cube), column("numOutputCubes", types.LongType), column("mergedNumCubes", types.LongType))),
		column("clusteringStats", types.NewStruct(column("inputZCubeFiles", numbered), column("inputOtherFiles", numbered), column("inputNumZCubes", types.LongType), column("mergedFiles", numbered), column("numOutputZCubes", types.LongType))),
		column("numBatches", types.LongType), column("totalConsideredFiles", types.LongType), column("totalFilesSkipped", types.LongType), column("preserveInsertionOrder", types.BooleanType),
		column("numFilesSkippedToReduceWriteAmplification", types.LongType), column("numBytesSkippedToReduceWriteAmplification", types.LongType), column("startTimeMs", types.LongType), column("endTimeMs", types.LongType),
		column("totalClusterParallelism", types.LongType), column("totalScheduledTasks", types.LongType),
		column("autoCompactParallelismStats", longs("maxClusterActiveParallelism", "minClusterActiveParallelism", "maxSessionActiveParallelism", "minSessionActiveParallelism")),
		column("deletionVectorStats", longs("numDeletionVectorsRemoved", "numDeletionVectorRowsRemoved")), column("numTableColumns", types.LongType), column("numTableColumnsWithStats", types.LongType),
	)
}()

// fileSizes sums up the sizes of files.
type fileSizes struct{ least, most, count, total int64 }

func (s *fileSizes) add(n int64) {
	if s.count == 0 || n < s.least {
		s.least = n
	}
	s.most = max(s.most, n)
	s.count++
	s.total += n
}

func (s *fileSizes) row() []any {
	if s.count == 0 {
		return []any{nil, nil, 0.0, int64(0), int64(0)}
	}
	return []any{s.least, s.most, float64(s.total) / float64(s.count), s.count, s.total}
}

// compaction is one OPTIMIZE or REORG under way.
type compaction struct {
	p              *planner
	x              *execution
	table          *relation.DeltaTable
	snapshot       *relation.DeltaSnapshot
	order          []ast.Name // ZORDER BY, or the clustering columns
	added, removed fileSizes
	vectors, rows  int64 // deletion vectors that are gone, and the rows in them
	partitions     map[string]bool
	quiet          bool // in the background: nobody asks for the metrics
}

func optimize(p *planner, ctx context.Context, t *ast.Optimize) (*plan, error) {
	d, _, err := p.deltaTable(ctx, t.Table, "OPTIMIZE")
	if err != nil {
		return nil, err
	}
	s, err := d.Snapshot(ctx, noTime)
	if err != nil {
		return nil, err
	}
	snapshot := s.(*relation.DeltaSnapshot)
	clusters, err := snapshot.ClusteringColumns()
	if err != nil {
		return nil, err
	}
	order := t.ZOrderBy
	switch {
	case len(clusters) > 0 && len(order) > 0:
		return nil, sqlerr.New("DELTA_CLUSTERING_WITH_ZORDER_BY", "zOrderBy", columnList(order)).At(t.Pos())
	case len(clusters) > 0 && t.Where != nil:
		return nil, sqlerr.New("DELTA_CLUSTERING_WITH_PARTITION_PREDICATE", "predicates", string(t.WhereText)).At(t.Where.Pos())
	}
	for _, c := range clusters {
		order = append(order, dotted(c))
	}
	for _, n := range order {
		i := snapshot.Schema().FieldIndex(n.Parts[0].Text)
		if i < 0 {
			return nil, sqlerr.New("DELTA_ZORDERING_COLUMN_DOES_NOT_EXIST", "columnName", n.Last()).At(t.Pos())
		}
		if snapshot.Metadata.IsPartition(n.Parts[0].Text) {
			return nil, sqlerr.New("DELTA_ZORDERING_ON_PARTITION_COLUMN", "colName", n.Last()).At(t.Pos())
		}
	}
	var predicate delta.Predicate
	if t.Where != nil {
		if predicate, err = p.partitionPredicate(ctx, snapshot, t.Where); err != nil {
			return nil, err
		}
	}
	return &plan{kind: KindCommand, name: "OPTIMIZE", schema: types.NewStruct(column("path", types.StringType), column("metrics", optimizeMetrics)), run: func(ctx context.Context, x *execution) error {
		c := &compaction{p: p, x: x, table: d, snapshot: snapshot, order: order, partitions: map[string]bool{}}
		return c.run(ctx, predicate, string(t.WhereText), len(t.ZOrderBy) > 0, 0)
	}}, nil
}

// reorg is REORG TABLE … APPLY (PURGE): files with deletion vectors are written anew without the deleted rows.
func reorg(p *planner, ctx context.Context, t *ast.Reorg) (*plan, error) {
	if !t.Purge {
		return nil, sqlerr.Unsupported("REORG TABLE … APPLY (UPGRADE UNIFORM)").At(t.Pos())
	}
	d, _, err := p.deltaTable(ctx, t.Table, "REORG")
	if err != nil {
		return nil, err
	}
	s, err := d.Snapshot(ctx, noTime)
	if err != nil {
		return nil, err
	}
	snapshot := s.(*relation.DeltaSnapshot)
	var predicate delta.Predicate
	if t.Where != nil {
		if predicate, err = p.partitionPredicate(ctx, snapshot, t.Where); err != nil {
			return nil, err
		}
	}
	return &plan{kind: KindCommand, name: "REORG", schema: types.NewStruct(column("path", types.StringType), column("metrics", optimizeMetrics)), run: func(ctx context.Context, x *execution) error {
		c := &compaction{p: p, x: x, table: d, snapshot: snapshot, partitions: map[string]bool{}}
		return c.run(ctx, predicate, "", false, -1)
	}}, nil
}

// dotted is a name written with dots.
func dotted(text string) ast.Name {
	var n ast.Name
	for _, part := range strings.Split(text, ".") {
		n.Parts = append(n.Parts, ast.Ident{Text: part})
	}
	return n
}

// partitionPredicate is a condition that reads partition columns alone.
func (p *planner) partitionPredicate(ctx context.Context, s *relation.DeltaSnapshot, where ast.Expr) (delta.Predicate, error) {
	columns := columnsOf(s.Schema())
	e, err := p.newAnalyzer(ctx).Condition(where, columns)
	if err != nil {
		return nil, err
	}
	var outside string
	expr.Walk(e, func(x expr.Expr) bool {
		if c, ok := x.(*expr.Column); ok && !s.Metadata.IsPartition(c.Name) {
			outside = c.Name
		}
		return true
	})
	if outside != "" {
		return nil, sqlerr.New("DELTA_NON_PARTITION_COLUMN_REFERENCE", "columnName", outside, "columnList", strings.Join(s.PartitionColumns(), ", ")).At(where.Pos())
	}
	pred, ok := optimizer.Predicate(optimizer.Fold(e, p.functions), columns)
	if !ok {
		return nil, sqlerr.Unsupported("This condition in OPTIMIZE … WHERE").At(where.Pos())
	}
	return relation.ToDelta(pred), nil
}

// run compacts. least is the size above which files stay; 0 is the setting's, -1 only files with deletion vectors take part.
func (c *compaction) run(ctx context.Context, predicate delta.Predicate, where string, zorder bool, least int64) error {
	started := time.Now()
	minSize, _ := ParseSize(c.p.get("spark.databricks.delta.optimize.minFileSize"))
	maxSize, _ := ParseSize(c.p.get("spark.databricks.delta.optimize.maxFileSize"))
	if least < 0 {
		minSize = 0
	}
	bins := c.snapshot.PlanOptimize(predicate, time.UTC, minSize, maxSize, len(c.order) > 0)
	tx := c.table.Delta().Begin(c.snapshot.Snapshot)
	version := int64(-1)
	if len(bins) > 0 {
		if predicate != nil {
			tx.ReadPredicate(predicate, time.UTC)
		}
		if hasRowTracking(c.snapshot.Metadata) {
			return sqlerr.Unsupported("OPTIMIZE of a table with row tracking (delta.enableRowTracking)")
		}
		writers, err := c.rewrite(ctx, tx, bins, maxSize)
		if err == nil {
			version, err = tx.Commit(ctx, delta.Operation{Name: "OPTIMIZE", Parameters: map[string]any{
				"predicate": jsonText(nonEmpty(where)), "zOrderBy": jsonText(nonEmpty(zorderText(c.order, zorder))), "auto": c.quiet, "clusterBy": jsonText(nonEmpty(zorderText(c.order, !zorder))),
			}, Metrics: map[string]string{
				"numAddedFiles": itoa(c.added.count), "numRemovedFiles": itoa(c.removed.count), "numAddedBytes": itoa(c.added.total), "numRemovedBytes": itoa(c.removed.total),
				"numDeletionVectorsRemoved": itoa(c.vectors), "minFileSize": itoa(c.added.least), "maxFileSize": itoa(c.added.most), "p25FileSize": itoa(c.added.least), "p50FileSize": itoa(c.added.least), "p75FileSize": itoa(c.added.most),
			}})
		}
		if err != nil {
			for _, w := range writers {
				w.Abort()
			}
			return conflict(err)
		}
		c.x.statement.changed(-1, version)
	}
	if c.quiet {
		return nil
	}
	considered := int64(c.snapshot.NumFiles())
	withStats := int64(len(c.snapshot.Metadata.StatsColumns()))
	columns := int64(len(c.snapshot.Schema().Fields))
	metrics := []any{
		c.added.count, c.removed.count, c.added.row(), c.removed.row(), int64(len(c.partitions)), nil, nil, int64(1), considered, considered - c.removed.count, false,
		int64(0), int64(0), started.UnixMilli(), time.Now().UnixMilli(), int64(1), int64(len(bins)), nil,
		[]any{c.vectors, c.rows},
		columns, min(columns, withStats),
	}
	return c.x.rows([][]any{{"file:" + c.table.Location(), metrics}})
}

func hasRowTracking(m *delta.Metadata) bool { return m.On("delta.enableRowTracking") }

func nonEmpty(s string) []string {
	if s == "" {
		return []string{}
	}
	return []string{s}
}

func zorderText(names []ast.Name, shown bool) string {
	if !shown {
		return ""
	}
	return columnList(names)
}

// rewrite writes each bin's rows into new files.
func (c *compaction) rewrite(ctx context.Context, tx *delta.Transaction, bins []delta.Bin, size int64) ([]*tablewriter.Writer, error) {
	var writers []*tablewriter.Writer
	for _, bin := range bins {
		var numbers []int
		for _, f := range bin.Files {
			numbers = append(numbers, c.snapshot.FileNumber(f))
			tx.Remove(f, false)
			c.removed.add(f.Size)
			if f.DeletionVector != nil {
				c.vectors++
				c.rows += f.DeletionVector.Cardinality
			}
		}
		tx.ReadFiles(bin.Files...)
		survivors := relation.NewSurvivors(c.snapshot, numbers, func(int) *roaring.Bitmap { return nil })
		var node logical.Node = snapshotScan(c.table, survivors)
		if len(c.order) > 0 {
			var err error
			if node, err = c.ordered(ctx, node.(*logical.Scan)); err != nil {
				return writers, err
			}
		}
		ready, err := c.p.physical(ctx, node)
		if err != nil {
			return writers, err
		}
		w := tablewriter.New(ctx, c.x.engine.files, c.table.Location(), tx.Metadata(), tablewriter.Options{Workers: 1, TargetSize: size})
		writers = append(writers, w)
		if err := c.x.stream(ctx, c.p, ready, nil, w.Write); err != nil {
			return writers, err
		}
		files, err := w.Finish()
		if err != nil {
			return writers, err
		}
		for _, f := range files {
			tx.Add(f)
			c.added.add(f.Size)
		}
		c.partitions[jsonText(bin.PartitionValues)] = true
	}
	return writers, nil
}
