package parquet

import (
	"github.com/argan-sql/argan/types"
)

// sparkSchemaKey is where Spark notes a file's schema in its own terms: intervals, char lengths, comments.
const sparkSchemaKey = "org.apache.spark.sql.parquet.row.metadata"

// Notes by which Spark tells the calendar of dates and timestamps.
const (
	sparkVersionKey  = "org.apache.spark.version"
	legacyDatesKey   = "org.apache.spark.legacyDateTime"
	legacyInt96Key   = "org.apache.spark.legacyINT96"
	firstNewCalendar = -141427 // 1582-10-15, the first day of the Gregorian calendar
)

// sparkSchema reads Spark's note; nil if it is not a struct or cannot be read.
func sparkSchema(text string) *types.Type {
	t, err := types.FromJSON([]byte(text))
	if err != nil || t.Kind != types.Struct {
		return nil
	}
	return t
}

// sameShape says whether a note describes the file: the same columns, each readable as the type noted.
func sameShape(t *types.Type, n *node) bool {
	switch n.kind {
	case leafNode:
		return n.typeErr == nil && widens(n.typ, t)
	case structNode:
		if t.Kind != types.Struct || len(t.Fields) != len(n.kids) {
			return false
		}
		for i, k := range n.kids {
			if t.Fields[i].Name != k.name || !sameShape(t.Fields[i].Type, k) {
				return false
			}
		}
		return true
	case listNode:
		return t.Kind == types.Array && sameShape(t.Elem, n.kids[0])
	}
	return t.Kind == types.Map && sameShape(t.Key, n.kids[0]) && sameShape(t.Elem, n.kids[1])
}

// allNullable is t with everything in it nullable, as Spark takes file schemas.
func allNullable(t *types.Type) *types.Type {
	switch t.Kind {
	case types.Array:
		return types.NewArray(allNullable(t.Elem), true)
	case types.Map:
		return types.NewMap(allNullable(t.Key), allNullable(t.Elem), true)
	case types.Struct:
		fields := make([]types.Field, len(t.Fields))
		for i, f := range t.Fields {
			f.Type, f.Nullable = allNullable(f.Type), true
			fields[i] = f
		}
		return types.NewStruct(fields...)
	}
	return t
}
