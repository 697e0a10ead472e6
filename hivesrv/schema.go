package hivesrv

import (
	hive "github.com/beltran/gohive/hiveserver"

	"github.com/argan-sql/argan/types"
)

// typeIDs are Hive's types as Spark's Thrift Server names them: char and varchar are STRING in results, and nested types are
// primitive entries whose values are text.
var typeIDs = map[types.Kind]hive.TTypeId{
	types.Null: hive.TTypeId_NULL_TYPE, types.Boolean: hive.TTypeId_BOOLEAN_TYPE, types.Byte: hive.TTypeId_TINYINT_TYPE, types.Short: hive.TTypeId_SMALLINT_TYPE,
	types.Int: hive.TTypeId_INT_TYPE, types.Long: hive.TTypeId_BIGINT_TYPE, types.Float: hive.TTypeId_FLOAT_TYPE, types.Double: hive.TTypeId_DOUBLE_TYPE,
	types.Decimal: hive.TTypeId_DECIMAL_TYPE, types.String: hive.TTypeId_STRING_TYPE, types.Char: hive.TTypeId_STRING_TYPE, types.Varchar: hive.TTypeId_STRING_TYPE,
	types.Binary: hive.TTypeId_BINARY_TYPE, types.Date: hive.TTypeId_DATE_TYPE, types.Timestamp: hive.TTypeId_TIMESTAMP_TYPE, types.TimestampNTZ: hive.TTypeId_TIMESTAMP_TYPE,
	types.YearMonth: hive.TTypeId_INTERVAL_YEAR_MONTH_TYPE, types.DayTime: hive.TTypeId_INTERVAL_DAY_TIME_TYPE, types.Calendar: hive.TTypeId_STRING_TYPE,
	types.Array: hive.TTypeId_ARRAY_TYPE, types.Map: hive.TTypeId_MAP_TYPE, types.Struct: hive.TTypeId_STRUCT_TYPE, types.Variant: hive.TTypeId_STRING_TYPE,
}

// tableSchema describes the columns of a result. first is the position of the first.
func tableSchema(schema *types.Type, first int32) *hive.TTableSchema {
	out := &hive.TTableSchema{Columns: make([]*hive.TColumnDesc, len(schema.Fields))}
	for i, f := range schema.Fields {
		entry := &hive.TPrimitiveTypeEntry{Type: typeIDs[f.Type.Kind], TypeQualifiers: &hive.TTypeQualifiers{Qualifiers: map[string]*hive.TTypeQualifierValue{}}}
		if f.Type.Kind == types.Decimal {
			entry.TypeQualifiers.Qualifiers[hive.PRECISION] = number(int32(f.Type.Precision))
			entry.TypeQualifiers.Qualifiers[hive.SCALE] = number(int32(f.Type.Scale))
		}
		comment := f.Comment()
		out.Columns[i] = &hive.TColumnDesc{
			ColumnName: f.Name, Position: first + int32(i), Comment: &comment,
			TypeDesc: &hive.TTypeDesc{Types: []*hive.TTypeEntry{{PrimitiveEntry: entry}}},
		}
	}
	return out
}

func number(n int32) *hive.TTypeQualifierValue { return &hive.TTypeQualifierValue{I32Value: &n} }
