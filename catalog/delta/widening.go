package delta

import (
	"strings"

	"github.com/argan-sql/argan/types"
)

// CanWiden says whether a column's type may be changed to another without writing its files anew, by the table feature
// typeWidening: every value of the old type is one of the new.
func CanWiden(from, to *types.Type) bool {
	switch {
	case from.IsInteger() && to.IsInteger():
		return from.Kind < to.Kind
	case from.IsInteger() && to.Kind == types.Double:
		return from.Kind != types.Long
	case from.IsInteger() && to.Kind == types.Decimal:
		digits := uint8(10)
		if from.Kind == types.Long {
			digits = 20
		}
		return to.Precision-to.Scale >= digits
	case from.Kind == types.Float:
		return to.Kind == types.Double
	case from.Kind == types.Date:
		return to.Kind == types.TimestampNTZ
	case from.Kind == types.Decimal && to.Kind == types.Decimal:
		return to.Scale >= from.Scale && to.Precision-to.Scale >= from.Precision-from.Scale && (to.Scale > from.Scale || to.Precision > from.Precision)
	case from.IsString() && to.Kind == types.String:
		return from.Kind != types.String
	}
	return false
}

// RecordWidening notes in a column's metadata that its type was changed, which readers of older files need. The version
// is filled in by the commit.
func RecordWidening(metadata map[string]any, from, to *types.Type) {
	if from.IsString() {
		return // char and varchar are strings in the files
	}
	old, _ := metadata[keyTypeChanges].([]any)
	metadata[keyTypeChanges] = append(append([]any{}, old...), map[string]any{"fromType": jsonTypeName(from), "toType": jsonTypeName(to)})
}

func jsonTypeName(t *types.Type) string { return strings.Trim(t.JSON(), `"`) }

// stampWidening gives type changes that are not of a version yet the version of the commit; readers of the feature's
// preview ask for it.
func stampWidening(schema *types.Type, version int64) *types.Type {
	return mapFields(schema, func(f types.Field) types.Field {
		list, _ := f.Metadata[keyTypeChanges].([]any)
		if list == nil {
			return f
		}
		out := make([]any, len(list))
		for i, c := range list {
			out[i] = c
			if m, ok := c.(map[string]any); ok && m["tableVersion"] == nil {
				out[i] = withMetadata(m, "tableVersion", version)
			}
		}
		f.Metadata = withMetadata(f.Metadata, keyTypeChanges, out)
		return f
	})
}
