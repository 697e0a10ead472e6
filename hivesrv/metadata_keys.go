package hivesrv

import (
	"context"
	"strings"

	hive "github.com/beltran/gohive/hiveserver"

	"github.com/argan-sql/argan/engine"
)

var (
	primaryColumns = columnsOf("TABLE_CAT, TABLE_SCHEM, TABLE_NAME, COLUMN_NAME, KEQ_SEQ int, PK_NAME")
	crossColumns   = columnsOf("PKTABLE_CAT, PKTABLE_SCHEM, PKTABLE_NAME, PKCOLUMN_NAME, FKTABLE_CAT, FKTABLE_SCHEM, FKTABLE_NAME, FKCOLUMN_NAME, " +
		"KEQ_SEQ int, UPDATE_RULE int, DELETE_RULE int, FK_NAME, PK_NAME, DEFERRABILITY int")
)

// What happens to rows that refer to a changed key, and when a key is checked, in java.sql.DatabaseMetaData: nothing, and never.
const (
	noAction      = int32(3)
	notDeferrable = int32(7)
)

// is says whether a table is the one that is asked for; a part that is not given fits all.
func is(schema, table *hive.TIdentifier, ownSchema, ownTable string) bool {
	fits := func(asked *hive.TIdentifier, own string) bool {
		return asked == nil || *asked == "" || strings.EqualFold(string(*asked), own)
	}
	return fits(schema, ownSchema) && fits(table, ownTable)
}

// GetPrimaryKeys lists the primary keys that tables declare.
func (s *service) GetPrimaryKeys(ctx context.Context, r *hive.TGetPrimaryKeysReq) (*hive.TGetPrimaryKeysResp, error) {
	status, h := s.list(ctx, r.SessionHandle, listing{hive.TOperationType_GET_FUNCTIONS, primaryColumns, func(ctx context.Context, ss *session) ([][]any, error) {
		if !isCatalog(r.CatalogName) {
			return nil, nil
		}
		keys, err := ss.Keys(ctx, func(k engine.TableKey) bool {
			return !k.Foreign && is(r.SchemaName, r.TableName, k.OwnSchema, k.OwnTable)
		})
		var rows [][]any
		for _, k := range keys {
			for i, column := range k.Columns {
				rows = append(rows, []any{"", k.OwnSchema, k.OwnTable, column, int32(i + 1), k.Name})
			}
		}
		return rows, err
	}})
	return &hive.TGetPrimaryKeysResp{Status: status, OperationHandle: h}, nil
}

// GetCrossReference lists the foreign keys of one table that refer to another; a table that is not given is any.
func (s *service) GetCrossReference(ctx context.Context, r *hive.TGetCrossReferenceReq) (*hive.TGetCrossReferenceResp, error) {
	status, h := s.list(ctx, r.SessionHandle, listing{hive.TOperationType_GET_FUNCTIONS, crossColumns, func(ctx context.Context, ss *session) ([][]any, error) {
		if !isCatalog(r.ParentCatalogName) || !isCatalog(r.ForeignCatalogName) {
			return nil, nil
		}
		keys, err := ss.Keys(ctx, func(k engine.TableKey) bool {
			return k.Foreign && is(r.ParentSchemaName, r.ParentTableName, k.Schema, k.Table) && is(r.ForeignSchemaName, r.ForeignTableName, k.OwnSchema, k.OwnTable)
		})
		var rows [][]any
		for _, k := range keys {
			for i, column := range k.Columns {
				rows = append(rows, []any{
					"", k.Schema, k.Table, k.Referenced[i], "", k.OwnSchema, k.OwnTable, column, int32(i + 1), noAction, noAction, k.Name, k.PrimaryName, notDeferrable,
				})
			}
		}
		return rows, err
	}})
	return &hive.TGetCrossReferenceResp{Status: status, OperationHandle: h}, nil
}
