package engine

import (
	"context"
	"time"

	"github.com/argan-sql/argan/catalog"
	"github.com/argan-sql/argan/catalog/delta"
	"github.com/argan-sql/argan/catalog/metastore"
	"github.com/argan-sql/argan/exec/vector"
	"github.com/argan-sql/argan/sql/ast"
	"github.com/argan-sql/argan/sqlerr"
	"github.com/argan-sql/argan/types"
)

func init() {
	handle(vacuum)
	handle(restore)
	handle(analyzeTable)
	handle(analyzeTables)
	handle(repair)
	handle(refresh)
}

func vacuum(p *planner, ctx context.Context, t *ast.Vacuum) (*plan, error) {
	d, _, err := p.deltaTable(ctx, t.Table, "VACUUM")
	if err != nil {
		return nil, err
	}
	if t.Lite {
		return nil, sqlerr.Unsupported("VACUUM … LITE").At(t.Pos()).WithHint("VACUUM without LITE finds the same files and more.")
	}
	o := delta.VacuumOptions{Check: p.get("spark.databricks.delta.retentionDurationCheck.enabled") != "false", DryRun: t.DryRun}
	if t.RetainHours != nil {
		r := time.Duration(*t.RetainHours * float64(time.Hour))
		o.Retention = &r
	}
	return &plan{kind: KindCommand, name: "VACUUM", readOnly: t.DryRun, schema: types.NewStruct(column("path", types.StringType)), run: func(ctx context.Context, x *execution) error {
		result, err := d.Delta().Vacuum(ctx, o)
		if err != nil {
			return at(err, t)
		}
		if !t.DryRun {
			return x.rows([][]any{{"file:" + d.Location()}})
		}
		var rows [][]any
		for _, f := range result.Files {
			rows = append(rows, []any{"file:" + f})
		}
		return x.rows(rows)
	}}, nil
}

// moment turns VERSION or TIMESTAMP AS OF into a point of a table.
func (p *planner) moment(ctx context.Context, t *ast.TimeTravel) (catalog.At, error) {
	if t == nil {
		return noTime, nil
	}
	if !t.Timestamp {
		v, err := p.constantAs(ctx, t.Value, types.LongType)
		if err != nil {
			return noTime, err
		}
		n, ok := v.Value(0).(int64)
		if !ok {
			return noTime, sqlerr.New("INVALID_TIME_TRAVEL_TIMESTAMP_EXPR.INPUT", "expr", "NULL").At(t.Pos())
		}
		return catalog.At{Version: &n}, nil
	}
	v, err := p.constant(ctx, t.Value)
	if err != nil {
		return noTime, err
	}
	when, err := p.instant(v)
	if err != nil {
		return noTime, sqlerr.New("INVALID_TIME_TRAVEL_TIMESTAMP_EXPR.INPUT", "expr", valueText(v)).At(t.Pos())
	}
	return catalog.At{Timestamp: &when}, nil
}

func valueText(v *vector.Vector) string {
	if s, ok := v.Value(0).(string); ok {
		return `"` + s + `"`
	}
	return v.Type.SQL()
}

func restore(p *planner, ctx context.Context, t *ast.Restore) (*plan, error) {
	d, _, err := p.deltaTable(ctx, t.Table, "RESTORE")
	if err != nil {
		return nil, err
	}
	when, err := p.moment(ctx, t.To)
	if err != nil {
		return nil, err
	}
	schema := longs("table_size_after_restore", "num_of_files_after_restore", "num_removed_files", "num_restored_files", "removed_files_size", "restored_files_size")
	return &plan{kind: KindCommand, name: "RESTORE", schema: schema, run: func(ctx context.Context, x *execution) error {
		r, err := d.Delta().Restore(ctx, delta.At{Version: when.Version, Timestamp: when.Timestamp})
		if err != nil {
			return at(err, t)
		}
		x.statement.changed(-1, r.Version)
		return x.rows([][]any{{r.TableSize, r.NumOfFiles, r.NumRemovedFiles, r.NumRestoredFiles, r.RemovedFilesSize, r.RestoredFilesSize}})
	}}, nil
}

// analyzeTable: statistics of Delta tables lie in their log and are always there, so there is nothing to compute.
func analyzeTable(p *planner, ctx context.Context, t *ast.Analyze) (*plan, error) {
	f, err := p.tableOnly(ctx, t.Table, "ANALYZE TABLE")
	if err != nil {
		return nil, err
	}
	schema, _, err := p.schemaOf(ctx, f)
	if err != nil {
		return nil, err
	}
	for _, c := range t.Columns {
		if schema.FieldIndex(c.Text) < 0 {
			return nil, sqlerr.New("COLUMN_NOT_FOUND", "colName", types.Quote(c.Text), "caseSensitiveConfig", `"spark.sql.caseSensitive"`).At(c.Pos())
		}
	}
	return command("ANALYZE TABLE", func(context.Context, *execution) error { return nil }), nil
}

func analyzeTables(p *planner, ctx context.Context, t *ast.AnalyzeTables) (*plan, error) {
	if _, err := p.databaseOr(ctx, t.Database); err != nil {
		return nil, err
	}
	return command("ANALYZE TABLES", func(context.Context, *execution) error { return nil }), nil
}

// repair: partitions are found by looking at the folders each time a table of files is read.
func repair(p *planner, ctx context.Context, t *ast.Repair) (*plan, error) {
	f, err := p.tableOnly(ctx, t.Table, "MSCK REPAIR TABLE")
	if err != nil {
		return nil, err
	}
	if f.table.Provider() == "delta" {
		return nil, sqlerr.New("DELTA_OPERATION_NOT_ALLOWED", "operation", "MSCK REPAIR TABLE").At(t.Pos())
	}
	if f.entry != nil && len(f.entry.PartitionColumns) == 0 {
		return nil, sqlerr.New("NOT_A_PARTITIONED_TABLE", "operation", "MSCK REPAIR TABLE", "tableIdentWithDB", quoted(catalogName, f.entry.Database, f.entry.Name)).At(t.Table.Pos())
	}
	return command("REPAIR TABLE", func(context.Context, *execution) error { return nil }), nil
}

func refresh(p *planner, ctx context.Context, t *ast.Refresh) (*plan, error) {
	if t.Kind == ast.ObjectTable {
		f, err := p.relation(ctx, t.Name)
		if err != nil {
			return nil, err
		}
		flows, err := p.engine.flowsOf(ctx, f.entry)
		if err != nil {
			return nil, err
		}
		if len(flows) > 0 {
			return refreshKept(p, ctx, &ast.RefreshKept{At: t.At, Table: t.Name})
		}
		return command("REFRESH", func(context.Context, *execution) error {
			if f.table != nil {
				p.engine.tables.forget(f.table.Location())
			}
			return nil
		}), nil
	}
	return command("REFRESH", func(context.Context, *execution) error { return nil }), nil
}

// convertible says what an entry that CONVERT TO DELTA changes becomes.
func convertible(e *metastore.Table) *metastore.Table {
	out := *e
	out.Provider, out.Schema, out.Options, out.PartitionColumns = "delta", nil, nil, nil
	return &out
}
