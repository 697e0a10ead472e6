package hivesrv

import (
	"context"
	"strings"

	hive "github.com/beltran/gohive/hiveserver"

	"github.com/argan-sql/argan/types"
)

var columnColumns = columnsOf("TABLE_CAT, TABLE_SCHEM, TABLE_NAME, COLUMN_NAME, DATA_TYPE int, TYPE_NAME, COLUMN_SIZE int, BUFFER_LENGTH tinyint, DECIMAL_DIGITS int, " +
	"NUM_PREC_RADIX int, NULLABLE int, REMARKS, COLUMN_DEF, SQL_DATA_TYPE int, SQL_DATETIME_SUB int, CHAR_OCTET_LENGTH int, ORDINAL_POSITION int, IS_NULLABLE, " +
	"SCOPE_CATALOG, SCOPE_SCHEMA, SCOPE_TABLE, SOURCE_DATA_TYPE smallint, IS_AUTO_INCREMENT")

// javaType is a type as JDBC describes columns of it: the code of java.sql.Types, size, digits and radix. -1 stands for NULL.
type javaType struct{ code, size, digits, radix int32 }

// javaTypes are those of the kinds; sizes are bytes, as Spark says, but for decimals: their precision.
var javaTypes = map[types.Kind]javaType{
	types.Null: {0, 1, -1, -1}, types.Boolean: {16, 1, 0, -1}, types.Byte: {-6, 1, -1, 10}, types.Short: {5, 2, -1, 10}, types.Int: {4, 4, 0, 10}, types.Long: {-5, 8, -1, 10},
	types.Float: {6, 4, 7, 10}, types.Double: {8, 8, 15, 10}, types.Decimal: {3, -1, -1, 10}, types.String: {12, -1, -1, -1}, types.Varchar: {12, -1, -1, -1},
	types.Char: {1, -1, -1, -1}, types.Date: {91, 4, -1, -1}, types.Timestamp: {93, 8, 6, -1}, types.TimestampNTZ: {93, 8, 6, -1}, types.Binary: {-2, -1, -1, -1},
	types.Array: {2003, -1, -1, -1}, types.Map: {2000, -1, -1, -1}, types.Struct: {2002, -1, -1, -1}, types.YearMonth: {1111, 4, -1, -1}, types.DayTime: {1111, 8, -1, -1},
	types.Calendar: {1111, 16, -1, -1}, types.Variant: {1111, -1, -1, -1},
}

// javaTypeOf completes the entry of a type's kind with what its parameters tell.
func javaTypeOf(t *types.Type) javaType {
	j := javaTypes[t.Kind]
	switch t.Kind {
	case types.Decimal:
		j.size, j.digits = int32(t.Precision), int32(t.Scale)
	case types.Char:
		j.size = int32(t.Length)
	case types.Struct:
		j.size = 0
		for _, f := range t.Fields {
			inner := javaTypeOf(f.Type).size
			if inner < 0 {
				return javaTypes[types.Struct]
			}
			j.size += inner
		}
	}
	return j
}

func orNull(n int32) any {
	if n < 0 {
		return nil
	}
	return n
}

// GetColumns lists the columns of tables and views; of Delta tables too, for which Spark gives none.
func (s *service) GetColumns(ctx context.Context, r *hive.TGetColumnsReq) (*hive.TGetColumnsResp, error) {
	status, h := s.list(ctx, r.SessionHandle, listing{hive.TOperationType_GET_COLUMNS, columnColumns, func(ctx context.Context, ss *session) ([][]any, error) {
		if !isCatalog(r.CatalogName) {
			return nil, nil
		}
		tables, err := ss.Tables(ctx, like(r.SchemaName), like(r.TableName), true)
		if err != nil {
			return nil, err
		}
		wanted := like(r.ColumnName)
		var rows [][]any
		for _, t := range tables {
			if t.Columns == nil {
				continue
			}
			for i, f := range t.Columns.Fields {
				if wanted(f.Name) {
					rows = append(rows, columnRow(t.Schema, t.Name, f, int32(i+1)))
				}
			}
		}
		return rows, nil
	}})
	return &hive.TGetColumnsResp{Status: status, OperationHandle: h}, nil
}

// columnRow describes one column. Positions begin at 1, as JDBC says (Spark begins at 0).
func columnRow(schema, table string, f types.Field, position int32) []any {
	j := javaTypeOf(f.Type)
	nullable, isNullable := int32(1), "YES"
	if !f.Nullable {
		nullable, isNullable = 0, "NO"
	}
	var standard any
	if d, ok := f.Metadata["CURRENT_DEFAULT"].(string); ok {
		standard = d
	}
	return []any{
		nil, schema, table, f.Name, j.code, typeName(f.Type), orNull(j.size), nil, orNull(j.digits), orNull(j.radix), nullable, f.Comment(), standard,
		nil, nil, nil, position, isNullable, nil, nil, nil, nil, "NO",
	}
}

// typeName is a type's name in large letters; the names of fields stay as they are.
func typeName(t *types.Type) string {
	return strings.ReplaceAll(t.SQL(), "TIMESTAMP_LTZ", "TIMESTAMP")
}
