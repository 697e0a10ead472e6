package engine

import (
	"context"
	"strings"
	"time"

	"github.com/argan-sql/argan/catalog/delta"
	"github.com/argan-sql/argan/catalog/relation"
	"github.com/argan-sql/argan/exec/vector"
	"github.com/argan-sql/argan/sql/ast"
	"github.com/argan-sql/argan/sqlerr"
	"github.com/argan-sql/argan/types"
)

func init() {
	handle(describeHistory)
	handle(describeDetail)
}

// deltaTable finds a Delta table by name or path; other things are refused.
func (p *planner) deltaTable(ctx context.Context, n ast.Name, operation string) (*relation.DeltaTable, *found, error) {
	f, err := p.tableOnly(ctx, n, operation)
	if err != nil {
		return nil, nil, err
	}
	d, ok := f.table.(*relation.DeltaTable)
	if !ok {
		return nil, nil, sqlerr.New("DELTA_TABLE_ONLY_OPERATION", "tableName", f.display(), "operation", operation).At(n.Pos())
	}
	return d, f, nil
}

var (
	textMap        = types.NewMap(types.StringType, types.StringType, true)
	historyColumns = []types.Field{
		column("version", types.LongType), column("timestamp", types.TimestampType), column("userId", types.StringType), column("userName", types.StringType),
		column("operation", types.StringType), column("operationParameters", textMap),
		column("job", types.NewStruct(column("jobId", types.StringType), column("jobName", types.StringType), column("jobRunId", types.StringType), column("runId", types.StringType), column("jobOwnerId", types.StringType), column("triggerType", types.StringType))),
		column("notebook", types.NewStruct(column("notebookId", types.StringType))), column("clusterId", types.StringType), column("readVersion", types.LongType),
		column("isolationLevel", types.StringType), column("isBlindAppend", types.BooleanType), column("operationMetrics", textMap), column("userMetadata", types.StringType), column("engineInfo", types.StringType),
	}
)

func optional[T any](p *T) any {
	if p == nil {
		return nil
	}
	return *p
}

func pairs(m map[string]string) any {
	if m == nil {
		return nil
	}
	out := make([]vector.Pair, 0, len(m))
	for _, k := range sortedKeys(m) {
		out = append(out, vector.Pair{Key: k, Value: m[k]})
	}
	return out
}

// shownPairs are properties as they may be shown.
func shownPairs(m map[string]string) any {
	if m == nil {
		return nil
	}
	out := make(map[string]string, len(m))
	for k, v := range m {
		out[k] = shown(k, v)
	}
	return pairs(out)
}

func describeHistory(p *planner, ctx context.Context, t *ast.DescribeHistory) (*plan, error) {
	d, _, err := p.deltaTable(ctx, t.Table, "DESCRIBE HISTORY")
	if err != nil {
		return nil, err
	}
	limit := 0
	if t.Limit != nil {
		v, err := p.constantAs(ctx, t.Limit, types.IntType)
		if err != nil {
			return nil, err
		}
		n, ok := v.Value(0).(int32)
		if !ok || n <= 0 {
			return nil, sqlerr.New("INVALID_LIMIT_LIKE_EXPRESSION.IS_NEGATIVE", "name", "limit", "expr", "", "v", "").At(t.Limit.Pos())
		}
		limit = int(n)
	}
	return table("DESCRIBE HISTORY", func(ctx context.Context) ([][]any, error) {
		entries, err := d.Delta().History(ctx, limit)
		if err != nil {
			return nil, err
		}
		var rows [][]any
		for _, e := range entries {
			i := e.Info
			if i == nil {
				i = &delta.CommitInfo{}
			}
			params := make([]vector.Pair, 0, len(i.OperationParameters))
			for _, k := range sortedKeys(i.OperationParameters) {
				value := optional(i.OperationParameters[k])
				if text, ok := value.(string); ok {
					value = redacted(text) // such as the properties that were set
				}
				params = append(params, vector.Pair{Key: k, Value: value})
			}
			var operation any
			if e.Info != nil {
				operation = i.Operation
			}
			rows = append(rows, []any{
				e.Version, e.Timestamp.UnixMicro(), optional(i.UserID), optional(i.UserName), operation, params, nil, nil, optional(i.ClusterID), optional(i.ReadVersion),
				optional(i.IsolationLevel), optional(i.IsBlindAppend), pairs(i.OperationMetrics), optional(i.UserMetadata), optional(i.EngineInfo),
			})
		}
		return rows, nil
	}, historyColumns...), nil
}

func describeDetail(p *planner, ctx context.Context, t *ast.DescribeDetail) (*plan, error) {
	f, err := p.tableOnly(ctx, t.Table, "DESCRIBE DETAIL")
	if err != nil {
		return nil, err
	}
	list := types.NewArray(types.StringType, true)
	columns := []types.Field{
		column("format", types.StringType), column("id", types.StringType), column("name", types.StringType), column("description", types.StringType), column("location", types.StringType),
		column("createdAt", types.TimestampType), column("lastModified", types.TimestampType), column("partitionColumns", list), column("clusteringColumns", list),
		column("numFiles", types.LongType), column("sizeInBytes", types.LongType), column("properties", textMap), column("minReaderVersion", types.IntType),
		column("minWriterVersion", types.IntType), column("tableFeatures", list),
	}
	return table("DESCRIBE DETAIL", func(ctx context.Context) ([][]any, error) {
		s, err := f.snapshot(ctx)
		if err != nil {
			return nil, err
		}
		var name any
		if f.entry != nil {
			name = f.display()
		}
		d, ok := s.(*relation.DeltaSnapshot)
		if !ok {
			files, _, err := s.Files(ctx, nil)
			if err != nil {
				return nil, err
			}
			size := int64(0)
			for _, file := range files {
				size += file.Size
			}
			return [][]any{{f.table.Provider(), nil, name, nil, "file:" + f.table.Location(), nil, nil, anyList(s.PartitionColumns()), []any{}, int64(len(files)), size, shownPairs(s.Properties()), nil, nil, nil}}, nil
		}
		x, err := d.Detail(ctx)
		if err != nil {
			return nil, err
		}
		return [][]any{{
			x.Format, x.ID, name, optional(x.Description), x.Location, microsOf(x.CreatedAt), x.LastModified.UnixMicro(), anyList(x.PartitionColumns), anyList(x.ClusteringColumns), x.NumFiles, x.SizeInBytes,
			shownPairs(x.Properties), int32(x.MinReaderVersion), int32(x.MinWriterVersion), anyList(x.TableFeatures),
		}}, nil
	}, columns...), nil
}

func microsOf(t *time.Time) any {
	if t == nil {
		return nil
	}
	return t.UnixMicro()
}

func anyList(list []string) []any {
	out := make([]any, len(list))
	for i, s := range list {
		out[i] = strings.Clone(s)
	}
	return out
}
