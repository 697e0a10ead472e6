package hivesrv

import (
	"context"
	"slices"
	"strings"
	"time"

	hive "github.com/beltran/gohive/hiveserver"

	"github.com/argan-sql/argan/engine"
	"github.com/argan-sql/argan/exec/vector"
	"github.com/argan-sql/argan/types"
)

// columnsOf reads "NAME type, NAME type": the columns of the answer to a metadata call.
func columnsOf(list string) *types.Type {
	byName := map[string]*types.Type{
		"": types.StringType, "int": types.IntType, "smallint": types.ShortType, "tinyint": types.ByteType, "bool": types.BooleanType,
	}
	schema := types.NewStruct()
	for _, item := range strings.Split(list, ",") {
		name, kind, _ := strings.Cut(strings.TrimSpace(item), " ")
		schema.Fields = append(schema.Fields, types.Field{Name: name, Type: byName[kind], Nullable: true})
	}
	return schema
}

// The answers' columns, as Spark's Thrift Server has them.
var (
	catalogColumns   = columnsOf("TABLE_CAT")
	schemaColumns    = columnsOf("TABLE_SCHEM, TABLE_CATALOG")
	tableTypeColumns = columnsOf("TABLE_TYPE")
	tableColumns     = columnsOf("TABLE_CAT, TABLE_SCHEM, TABLE_NAME, TABLE_TYPE, REMARKS, TYPE_CAT, TYPE_SCHEM, TYPE_NAME, SELF_REFERENCING_COL_NAME, REF_GENERATION")
	functionColumns  = columnsOf("FUNCTION_CAT, FUNCTION_SCHEM, FUNCTION_NAME, REMARKS, FUNCTION_TYPE int, SPECIFIC_NAME")
)

// listing is a metadata call: its kind, the columns of its answer, and how its rows are found.
type listing struct {
	kind    hive.TOperationType
	columns *types.Type
	rows    func(ctx context.Context, ss *session) ([][]any, error)
}

// list answers a metadata call: the operation is FINISHED at once.
func (s *service) list(ctx context.Context, h *hive.TSessionHandle, l listing) (*hive.TStatus, *hive.TOperationHandle) {
	ss, err := s.session(ctx, h)
	if err != nil {
		return statusOf(err), nil
	}
	ctx, done := callerOf(ctx).connection.attend(ctx)
	rows, err := l.rows(ctx, ss)
	done()
	if err != nil {
		return statusOf(err), nil
	}
	op := s.add(ss, l.kind)
	op.first = 1
	batches := slices.Collect(vector.BatchesOf(l.columns, rows))
	reopen := func(context.Context) (engine.Rows, error) { return &listed{schema: l.columns, batches: batches}, nil }
	first, _ := reopen(ctx)
	op.finish(l.columns, newCursor(first, reopen), time.UTC)
	return success(), op.thrift()
}

// listed are the rows of a metadata call.
type listed struct {
	schema  *types.Type
	batches []*vector.Batch
}

func (l *listed) Schema() *types.Type { return l.schema }

func (l *listed) Next(context.Context) (*vector.Batch, error) {
	if len(l.batches) == 0 {
		return nil, nil
	}
	b := l.batches[0]
	l.batches = l.batches[1:]
	return b, nil
}

func (l *listed) Affected() int64      { return -1 }
func (l *listed) CommitVersion() int64 { return -1 }
func (l *listed) Close()               {}

// like is the test of a pattern of the metadata calls: beside JDBC's % and _, * stands for any letters.
func like[T ~string](pattern *T) func(string) bool {
	if pattern == nil {
		return engine.LikePattern(nil)
	}
	p := strings.ReplaceAll(string(*pattern), "*", "%")
	return engine.LikePattern(&p)
}

// isCatalog says whether a catalog's name is that of the one there is, or none.
func isCatalog[T ~string](name *T) bool {
	return name == nil || *name == "" || *name == "%" || strings.EqualFold(string(*name), engine.CatalogName)
}

func none(context.Context, *session) ([][]any, error) { return nil, nil }

// GetCatalogs lists no catalogs, as Spark: tools then show the databases alone.
func (s *service) GetCatalogs(ctx context.Context, r *hive.TGetCatalogsReq) (*hive.TGetCatalogsResp, error) {
	status, h := s.list(ctx, r.SessionHandle, listing{hive.TOperationType_GET_CATALOGS, catalogColumns, none})
	return &hive.TGetCatalogsResp{Status: status, OperationHandle: h}, nil
}

// GetSchemas lists the databases.
func (s *service) GetSchemas(ctx context.Context, r *hive.TGetSchemasReq) (*hive.TGetSchemasResp, error) {
	status, h := s.list(ctx, r.SessionHandle, listing{hive.TOperationType_GET_SCHEMAS, schemaColumns, func(ctx context.Context, ss *session) ([][]any, error) {
		if !isCatalog(r.CatalogName) {
			return nil, nil
		}
		names, err := ss.Schemas(ctx, like(r.SchemaName))
		var rows [][]any
		for _, n := range names {
			rows = append(rows, []any{n, ""})
		}
		return rows, err
	}})
	return &hive.TGetSchemasResp{Status: status, OperationHandle: h}, nil
}

// GetTableTypes lists TABLE and VIEW.
func (s *service) GetTableTypes(ctx context.Context, r *hive.TGetTableTypesReq) (*hive.TGetTableTypesResp, error) {
	status, h := s.list(ctx, r.SessionHandle, listing{hive.TOperationType_GET_TABLE_TYPES, tableTypeColumns, func(context.Context, *session) ([][]any, error) {
		return [][]any{{"TABLE"}, {"VIEW"}}, nil
	}})
	return &hive.TGetTableTypesResp{Status: status, OperationHandle: h}, nil
}

// GetTables lists tables and views.
func (s *service) GetTables(ctx context.Context, r *hive.TGetTablesReq) (*hive.TGetTablesResp, error) {
	status, h := s.list(ctx, r.SessionHandle, listing{hive.TOperationType_GET_TABLES, tableColumns, func(ctx context.Context, ss *session) ([][]any, error) {
		if !isCatalog(r.CatalogName) {
			return nil, nil
		}
		wanted := map[string]bool{}
		for _, t := range r.TableTypes {
			wanted[strings.ToUpper(t)] = true
		}
		tables, err := ss.Tables(ctx, like(r.SchemaName), like(r.TableName), false)
		var rows [][]any
		for _, t := range tables {
			if len(wanted) == 0 || wanted[t.Type] {
				rows = append(rows, []any{"", t.Schema, t.Name, t.Type, t.Comment, nil, nil, nil, nil, nil})
			}
		}
		return rows, err
	}})
	return &hive.TGetTablesResp{Status: status, OperationHandle: h}, nil
}

// What a function is, in java.sql.DatabaseMetaData.
const (
	functionNoTable      = int32(1)
	functionReturnsTable = int32(2)
)

// GetFunctions lists the functions.
func (s *service) GetFunctions(ctx context.Context, r *hive.TGetFunctionsReq) (*hive.TGetFunctionsResp, error) {
	status, h := s.list(ctx, r.SessionHandle, listing{hive.TOperationType_GET_FUNCTIONS, functionColumns, func(_ context.Context, ss *session) ([][]any, error) {
		if !isCatalog(r.CatalogName) {
			return nil, nil
		}
		var rows [][]any
		for _, f := range ss.Functions(like(&r.FunctionName)) {
			kind := functionNoTable
			if f.Table {
				kind = functionReturnsTable
			}
			rows = append(rows, []any{nil, nil, f.Name, "Usage: " + f.Usage, kind, f.Name})
		}
		return rows, nil
	}})
	return &hive.TGetFunctionsResp{Status: status, OperationHandle: h}, nil
}
