// Package arrowio is the edge between the engine's vectors and Arrow: schemas and record batches out for clients, record
// batches in for parameters and loading.
//
// Fixed-width columns are handed over without copying: vectors are read-only once given out. Decimals become
// decimal128, TIMESTAMP becomes timestamp[us] in the session's zone, TIMESTAMP_NTZ timestamp[us] without one, day-time
// intervals duration[us], year-month intervals months, calendar intervals month-day-nano. The Spark type stands in the
// field's metadata under ARROW:FLIGHT:SQL:TYPE_NAME.
package arrowio

import (
	"fmt"
	"strconv"

	"github.com/apache/arrow-go/v18/arrow"

	"github.com/argan-sql/argan/engine"
	"github.com/argan-sql/argan/sqlerr"
	"github.com/argan-sql/argan/types"
)

// Type is the Arrow type of a SQL type; zone is the session's time zone.
func Type(t *types.Type, zone string) arrow.DataType {
	switch t.Kind {
	case types.Boolean:
		return arrow.FixedWidthTypes.Boolean
	case types.Byte:
		return arrow.PrimitiveTypes.Int8
	case types.Short:
		return arrow.PrimitiveTypes.Int16
	case types.Int:
		return arrow.PrimitiveTypes.Int32
	case types.Long:
		return arrow.PrimitiveTypes.Int64
	case types.Float:
		return arrow.PrimitiveTypes.Float32
	case types.Double:
		return arrow.PrimitiveTypes.Float64
	case types.Decimal:
		return &arrow.Decimal128Type{Precision: int32(t.Precision), Scale: int32(t.Scale)}
	case types.String, types.Char, types.Varchar, types.Variant:
		return arrow.BinaryTypes.String
	case types.Binary:
		return arrow.BinaryTypes.Binary
	case types.Date:
		return arrow.FixedWidthTypes.Date32
	case types.Timestamp:
		return &arrow.TimestampType{Unit: arrow.Microsecond, TimeZone: zone}
	case types.TimestampNTZ:
		return &arrow.TimestampType{Unit: arrow.Microsecond}
	case types.YearMonth:
		return arrow.FixedWidthTypes.MonthInterval
	case types.DayTime:
		return arrow.FixedWidthTypes.Duration_us
	case types.Calendar:
		return arrow.FixedWidthTypes.MonthDayNanoInterval
	case types.Array:
		return arrow.ListOfField(arrow.Field{Name: "element", Type: Type(t.Elem, zone), Nullable: t.ElemNullable})
	case types.Map:
		m := arrow.MapOf(Type(t.Key, zone), Type(t.Elem, zone))
		m.SetItemNullable(t.ElemNullable)
		return m
	case types.Struct:
		fields := make([]arrow.Field, len(t.Fields))
		for i, f := range t.Fields {
			fields[i] = arrow.Field{Name: f.Name, Type: Type(f.Type, zone), Nullable: f.Nullable}
		}
		return arrow.StructOf(fields...)
	}
	return arrow.Null
}

// Keys of a field's metadata, as Flight SQL names them.
const (
	typeNameKey  = "ARROW:FLIGHT:SQL:TYPE_NAME"
	precisionKey = "ARROW:FLIGHT:SQL:PRECISION"
	scaleKey     = "ARROW:FLIGHT:SQL:SCALE"
	remarksKey   = "ARROW:FLIGHT:SQL:REMARKS"
	catalogKey   = "ARROW:FLIGHT:SQL:CATALOG_NAME"
	schemaKey    = "ARROW:FLIGHT:SQL:SCHEMA_NAME"
	tableKey     = "ARROW:FLIGHT:SQL:TABLE_NAME"
	countedKey   = "ARROW:FLIGHT:SQL:IS_AUTO_INCREMENT"
	caseKey      = "ARROW:FLIGHT:SQL:IS_CASE_SENSITIVE"
	readOnlyKey  = "ARROW:FLIGHT:SQL:IS_READ_ONLY"
	searchKey    = "ARROW:FLIGHT:SQL:IS_SEARCHABLE"
)

// Schema is the Arrow schema of a result's schema.
func Schema(schema *types.Type, zone string) *arrow.Schema {
	fields := make([]arrow.Field, len(schema.Fields))
	for i, f := range schema.Fields {
		keys, values := []string{typeNameKey}, []string{f.Type.SQL()}
		if f.Type.Kind == types.Decimal {
			keys = append(keys, precisionKey, scaleKey)
			values = append(values, strconv.Itoa(int(f.Type.Precision)), strconv.Itoa(int(f.Type.Scale)))
		}
		if c := f.Comment(); c != "" {
			keys, values = append(keys, remarksKey), append(values, c)
		}
		fields[i] = arrow.Field{Name: f.Name, Type: Type(f.Type, zone), Nullable: f.Nullable, Metadata: arrow.NewMetadata(keys, values)}
	}
	return arrow.NewSchema(fields, nil)
}

// TableSchema is the Arrow schema of a table's columns, which says whose they are too; schema is "" for a temporary view.
// readOnly is true for views.
func TableSchema(columns *types.Type, zone, catalog, schema, table string, readOnly bool) *arrow.Schema {
	flag := map[bool]string{true: "1", false: "0"}
	s := Schema(columns, zone)
	fields := s.Fields()
	for i, f := range fields {
		keys, values := append([]string{}, f.Metadata.Keys()...), append([]string{}, f.Metadata.Values()...)
		add := func(key, value string) { keys, values = append(keys, key), append(values, value) }
		add(catalogKey, catalog)
		if schema != "" {
			add(schemaKey, schema)
		}
		add(tableKey, table)
		add(countedKey, "0")
		add(caseKey, flag[f.Type.ID() == arrow.STRING])
		add(readOnlyKey, flag[readOnly])
		add(searchKey, flag[columns.Fields[i].Type.Kind != types.Map]) // maps cannot be compared
		fields[i].Metadata = arrow.NewMetadata(keys, values)
	}
	return arrow.NewSchema(fields, nil)
}

// FromType is the SQL type of an Arrow type; what SQL has no type for is refused by name.
func FromType(t arrow.DataType) (*types.Type, error) {
	switch t := t.(type) {
	case *arrow.NullType:
		return types.NullType, nil
	case *arrow.BooleanType:
		return types.BooleanType, nil
	case *arrow.Int8Type:
		return types.ByteType, nil
	case *arrow.Int16Type, *arrow.Uint8Type:
		return types.ShortType, nil
	case *arrow.Int32Type, *arrow.Uint16Type:
		return types.IntType, nil
	case *arrow.Int64Type, *arrow.Uint32Type:
		return types.LongType, nil
	case *arrow.Uint64Type:
		return types.NewDecimal(20, 0), nil
	case *arrow.Float32Type, *arrow.Float16Type:
		return types.FloatType, nil
	case *arrow.Float64Type:
		return types.DoubleType, nil
	case *arrow.Decimal128Type:
		return decimal(int(t.Precision), int(t.Scale))
	case *arrow.Decimal256Type:
		return decimal(min(int(t.Precision), types.MaxPrecision), int(t.Scale)) // each value is looked at: it has to fit
	case *arrow.Decimal64Type:
		return decimal(int(t.Precision), int(t.Scale))
	case *arrow.Decimal32Type:
		return decimal(int(t.Precision), int(t.Scale))
	case *arrow.StringType, *arrow.LargeStringType, *arrow.StringViewType:
		return types.StringType, nil
	case *arrow.BinaryType, *arrow.LargeBinaryType, *arrow.FixedSizeBinaryType, *arrow.BinaryViewType:
		return types.BinaryType, nil
	case *arrow.Date32Type, *arrow.Date64Type:
		return types.DateType, nil
	case *arrow.TimestampType:
		if t.TimeZone == "" {
			return types.TimestampNTZType, nil
		}
		return types.TimestampType, nil
	case *arrow.DurationType, *arrow.DayTimeIntervalType:
		return types.NewDayTime(types.UnitDay, types.UnitSecond), nil
	case *arrow.MonthIntervalType:
		return types.NewYearMonth(types.UnitYear, types.UnitMonth), nil
	case *arrow.MonthDayNanoIntervalType:
		return types.CalendarType, nil
	case *arrow.DictionaryType:
		return FromType(t.ValueType)
	case *arrow.RunEndEncodedType:
		return FromType(t.Encoded())
	case arrow.ExtensionType:
		return FromType(t.StorageType())
	case *arrow.MapType:
		key, err := FromType(t.KeyType())
		if err != nil {
			return nil, err
		}
		value, err := FromType(t.ItemType())
		if err != nil {
			return nil, err
		}
		return types.NewMap(key, value, t.ItemField().Nullable), nil
	case *arrow.StructType:
		fields := make([]types.Field, t.NumFields())
		for i, f := range t.Fields() {
			inner, err := FromType(f.Type)
			if err != nil {
				return nil, err
			}
			fields[i] = types.Field{Name: f.Name, Type: inner, Nullable: f.Nullable}
		}
		return types.NewStruct(fields...), nil
	case arrow.ListLikeType:
		elem, err := FromType(t.Elem())
		if err != nil {
			return nil, err
		}
		return types.NewArray(elem, t.ElemField().Nullable), nil
	}
	return nil, sqlerr.Unsupported("The Arrow type %s", t)
}

func decimal(precision, scale int) (*types.Type, error) {
	if precision > types.MaxPrecision || scale < 0 || scale > precision {
		return nil, sqlerr.Unsupported("The Arrow type %s", fmt.Sprintf("decimal(%d, %d)", precision, scale))
	}
	return types.NewDecimal(precision, scale), nil
}

// FromSchema is the SQL schema of an Arrow schema.
func FromSchema(s *arrow.Schema) (*types.Type, error) {
	fields := make([]types.Field, s.NumFields())
	for i, f := range s.Fields() {
		t, err := FromType(f.Type)
		if err != nil {
			return nil, err
		}
		fields[i] = types.Field{Name: f.Name, Type: t, Nullable: f.Nullable}
	}
	return types.NewStruct(fields...), nil
}

// NamedSchema is the SQL schema of an Arrow schema that Schema made: with the types that the fields' metadata names, where
// they are of the field's Arrow type (CHAR, or an interval from HOUR to MINUTE, is no Arrow type of its own).
func NamedSchema(s *arrow.Schema) (*types.Type, error) {
	out, err := FromSchema(s)
	if err != nil {
		return nil, err
	}
	for i, f := range s.Fields() {
		name, ok := f.Metadata.GetValue(typeNameKey)
		if !ok {
			continue
		}
		if t, err := engine.ParseType(name); err == nil && sameShape(out.Fields[i].Type, t) {
			out.Fields[i].Type = t
		}
	}
	return out, nil
}

// sameShape says whether values of one type are values of the other as well.
func sameShape(a, b *types.Type) bool { return Type(a, "UTC").String() == Type(b, "UTC").String() }
