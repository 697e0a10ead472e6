// Package types holds the SQL types of Spark 3.5: what they are called, how wide they are, how they are coerced and
// what a decimal operation returns. It depends on sqlerr alone.
//
// A *Type is immutable and may be shared; compare with Equal, never with ==.
package types

import (
	"fmt"
	"strings"
)

// Kind tells the family of a type.
type Kind uint8

// The kinds, in the order of Spark's documentation.
const (
	Null Kind = iota
	Boolean
	Byte
	Short
	Int
	Long
	Float
	Double
	Decimal
	String
	Char    // char(n): blank padded when written and compared
	Varchar // varchar(n)
	Binary
	Date         // days since 1970-01-01, proleptic Gregorian
	Timestamp    // microseconds since 1970-01-01T00:00:00Z, shown in the session's zone
	TimestampNTZ // microseconds of a wall clock without zone
	YearMonth    // months
	DayTime      // microseconds
	Calendar     // months, days, microseconds (CalendarInterval)
	Array
	Map
	Struct
	Variant // named only so that tables which hold it can be refused by name
)

// Physical tells in which slice of a vector the values of a type lie.
type Physical uint8

// The physical forms; see exec/vector.
const (
	PhysNull Physical = iota
	PhysBool
	PhysInt8
	PhysInt16
	PhysInt32
	PhysInt64
	PhysInt128
	PhysFloat32
	PhysFloat64
	PhysBytes
	PhysInterval
	PhysList
	PhysMap
	PhysStruct
)

// IntervalUnit is a unit of an ANSI interval type.
type IntervalUnit uint8

// The units: YEAR and MONTH belong to YearMonth, the others to DayTime.
const (
	UnitYear IntervalUnit = iota
	UnitMonth
	UnitDay
	UnitHour
	UnitMinute
	UnitSecond
)

var unitNames = [...]string{"year", "month", "day", "hour", "minute", "second"}

func (u IntervalUnit) String() string { return unitNames[u] }

// Type is a SQL type. Make one with the constructors below.
type Type struct {
	Kind             Kind
	Precision, Scale uint8        // Decimal
	Length           int          // Char, Varchar
	From, To         IntervalUnit // YearMonth, DayTime
	Elem             *Type        // Array: element; Map: value
	Key              *Type        // Map
	ElemNullable     bool         // Array: containsNull; Map: valueContainsNull
	Fields           []Field      // Struct
}

// Field is a named member of a struct, or a column of a schema.
type Field struct {
	Name     string
	Type     *Type
	Nullable bool
	// Metadata is the column's metadata as Spark keeps it (comment, column mapping ids, defaults); may be nil. Read only.
	Metadata map[string]any
}

// Comment is the column's comment, or "".
func (f Field) Comment() string {
	s, _ := f.Metadata["comment"].(string)
	return s
}

// The types without parameters.
var (
	NullType         = &Type{Kind: Null}
	BooleanType      = &Type{Kind: Boolean}
	ByteType         = &Type{Kind: Byte}
	ShortType        = &Type{Kind: Short}
	IntType          = &Type{Kind: Int}
	LongType         = &Type{Kind: Long}
	FloatType        = &Type{Kind: Float}
	DoubleType       = &Type{Kind: Double}
	StringType       = &Type{Kind: String}
	BinaryType       = &Type{Kind: Binary}
	DateType         = &Type{Kind: Date}
	TimestampType    = &Type{Kind: Timestamp}
	TimestampNTZType = &Type{Kind: TimestampNTZ}
	CalendarType     = &Type{Kind: Calendar}
	VariantType      = &Type{Kind: Variant}
)

// MaxPrecision is the largest precision of a decimal.
const MaxPrecision = 38

// NewDecimal is decimal(precision, scale); the caller keeps 0 <= scale <= precision <= 38.
func NewDecimal(precision, scale int) *Type {
	return &Type{Kind: Decimal, Precision: uint8(precision), Scale: uint8(scale)}
}

// NewChar is char(n).
func NewChar(n int) *Type { return &Type{Kind: Char, Length: n} }

// NewVarchar is varchar(n).
func NewVarchar(n int) *Type { return &Type{Kind: Varchar, Length: n} }

// NewYearMonth is interval from to to, of YEAR and MONTH.
func NewYearMonth(from, to IntervalUnit) *Type { return &Type{Kind: YearMonth, From: from, To: to} }

// NewDayTime is interval from to to, of DAY to SECOND.
func NewDayTime(from, to IntervalUnit) *Type { return &Type{Kind: DayTime, From: from, To: to} }

// NewArray is array<elem>.
func NewArray(elem *Type, containsNull bool) *Type {
	return &Type{Kind: Array, Elem: elem, ElemNullable: containsNull}
}

// NewMap is map<key, value>.
func NewMap(key, value *Type, valueContainsNull bool) *Type {
	return &Type{Kind: Map, Key: key, Elem: value, ElemNullable: valueContainsNull}
}

// NewStruct is struct<fields>; a table's schema is one too.
func NewStruct(fields ...Field) *Type { return &Type{Kind: Struct, Fields: fields} }

// Physical tells in which slice of a vector values of this type lie.
func (t *Type) Physical() Physical {
	switch t.Kind {
	case Boolean:
		return PhysBool
	case Byte:
		return PhysInt8
	case Short:
		return PhysInt16
	case Int, Date, YearMonth:
		return PhysInt32
	case Long, Timestamp, TimestampNTZ, DayTime:
		return PhysInt64
	case Float:
		return PhysFloat32
	case Double:
		return PhysFloat64
	case Decimal:
		if t.Precision <= 18 {
			return PhysInt64
		}
		return PhysInt128
	case String, Char, Varchar, Binary, Variant:
		return PhysBytes
	case Calendar:
		return PhysInterval
	case Array:
		return PhysList
	case Map:
		return PhysMap
	case Struct:
		return PhysStruct
	}
	return PhysNull
}

// Equal compares types, ignoring nullability of elements and fields, and metadata. Field names compare case-sensitively.
func (t *Type) Equal(u *Type) bool {
	if t == u {
		return true
	}
	if t == nil || u == nil || t.Kind != u.Kind {
		return false
	}
	switch t.Kind {
	case Decimal:
		return t.Precision == u.Precision && t.Scale == u.Scale
	case Char, Varchar:
		return t.Length == u.Length
	case YearMonth, DayTime:
		return t.From == u.From && t.To == u.To
	case Array:
		return t.Elem.Equal(u.Elem)
	case Map:
		return t.Key.Equal(u.Key) && t.Elem.Equal(u.Elem)
	case Struct:
		if len(t.Fields) != len(u.Fields) {
			return false
		}
		for i := range t.Fields {
			if t.Fields[i].Name != u.Fields[i].Name || !t.Fields[i].Type.Equal(u.Fields[i].Type) {
				return false
			}
		}
	}
	return true
}

var kindNames = [...]string{
	"void", "boolean", "tinyint", "smallint", "int", "bigint", "float", "double", "decimal", "string", "char", "varchar",
	"binary", "date", "timestamp", "timestamp_ntz", "interval", "interval", "interval", "array", "map", "struct", "variant",
}

// String is the type as DESCRIBE prints it (Spark's catalogString): bigint, decimal(10,2), struct<a:int,b:string>.
func (t *Type) String() string {
	switch t.Kind {
	case Decimal:
		return fmt.Sprintf("decimal(%d,%d)", t.Precision, t.Scale)
	case Char, Varchar:
		return fmt.Sprintf("%s(%d)", kindNames[t.Kind], t.Length)
	case YearMonth, DayTime:
		if t.From == t.To {
			return "interval " + t.From.String()
		}
		return "interval " + t.From.String() + " to " + t.To.String()
	case Array:
		return "array<" + t.Elem.String() + ">"
	case Map:
		return "map<" + t.Key.String() + "," + t.Elem.String() + ">"
	case Struct:
		parts := make([]string, len(t.Fields))
		for i, f := range t.Fields {
			parts[i] = f.Name + ":" + f.Type.String()
		}
		return "struct<" + strings.Join(parts, ",") + ">"
	}
	return kindNames[t.Kind]
}

// SQL is the type as Spark's error messages print it: BIGINT, DECIMAL(10,2), STRUCT<a: INT NOT NULL>.
func (t *Type) SQL() string {
	switch t.Kind {
	case Array:
		return "ARRAY<" + t.Elem.SQL() + ">"
	case Map:
		return "MAP<" + t.Key.SQL() + ", " + t.Elem.SQL() + ">"
	case Struct:
		parts := make([]string, len(t.Fields))
		for i, f := range t.Fields {
			parts[i] = QuoteIfNeeded(f.Name) + ": " + f.Type.SQL()
			if !f.Nullable {
				parts[i] += " NOT NULL"
			}
			if c := f.Comment(); c != "" {
				parts[i] += " COMMENT '" + strings.ReplaceAll(c, "'", `\'`) + "'"
			}
		}
		return "STRUCT<" + strings.Join(parts, ", ") + ">"
	}
	return strings.ToUpper(t.String())
}

// QuoteIfNeeded puts backticks around a name that is not a plain identifier.
func QuoteIfNeeded(name string) string {
	plain := name != ""
	digits := true
	for _, r := range name {
		if r != '_' && (r < '0' || r > '9') {
			digits = false
			if (r < 'a' || r > 'z') && (r < 'A' || r > 'Z') {
				plain = false
			}
		}
		if r == '_' {
			digits = false
		}
	}
	if plain && !digits {
		return name
	}
	return Quote(name)
}

// Quote puts backticks around a name.
func Quote(name string) string { return "`" + strings.ReplaceAll(name, "`", "``") + "`" }

// IsInteger says whether t is tinyint, smallint, int or bigint.
func (t *Type) IsInteger() bool { return t.Kind >= Byte && t.Kind <= Long }

// IsNumeric says whether t is a number.
func (t *Type) IsNumeric() bool { return t.Kind >= Byte && t.Kind <= Decimal }

// IsString says whether t is string, char or varchar.
func (t *Type) IsString() bool { return t.Kind >= String && t.Kind <= Varchar }

// IsInterval says whether t is any interval.
func (t *Type) IsInterval() bool { return t.Kind >= YearMonth && t.Kind <= Calendar }

// IsNested says whether t is an array, map or struct.
func (t *Type) IsNested() bool { return t.Kind >= Array && t.Kind <= Struct }

// Orderable says whether values of t can be sorted and compared by < (maps and variants cannot).
func (t *Type) Orderable() bool {
	switch t.Kind {
	case Map, Variant, Calendar:
		return false
	case Array:
		return t.Elem.Orderable()
	case Struct:
		for _, f := range t.Fields {
			if !f.Type.Orderable() {
				return false
			}
		}
	}
	return true
}

// HasNested says whether pred holds for t or any type within it.
func (t *Type) HasNested(pred func(*Type) bool) bool {
	if pred(t) {
		return true
	}
	if t.Elem != nil && t.Elem.HasNested(pred) || t.Key != nil && t.Key.HasNested(pred) {
		return true
	}
	for _, f := range t.Fields {
		if f.Type.HasNested(pred) {
			return true
		}
	}
	return false
}

// FieldIndex finds a field by name, case-insensitively; -1 when there is none, -2 when more than one matches.
func (t *Type) FieldIndex(name string) int {
	found := -1
	for i, f := range t.Fields {
		if strings.EqualFold(f.Name, name) {
			if found >= 0 {
				return -2
			}
			found = i
		}
	}
	return found
}
