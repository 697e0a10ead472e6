package delta

import (
	"strconv"
	"strings"

	"github.com/argan-sql/argan/sqlerr"
	"github.com/argan-sql/argan/types"
	"github.com/google/uuid"
)

const (
	keyMappingMode = "delta.columnMapping.mode"
	keyMaxColumnID = "delta.columnMapping.maxColumnId"
	// invalidNameChars may not be in column names without column mapping, for Parquet's sake.
	invalidNameChars = " ,;{}()\n\t="
)

// mapColumns gives ids and physical names to the fields that have none, when the table maps columns. before is what the
// table was, nil for a new one. A table that turns mapping on keeps its names as physical ones, so that its files stay
// readable; one that is emptied may change as it likes.
func mapColumns(m, before *Metadata, emptied bool) error {
	mode := m.MappingMode()
	was := "none"
	if before != nil {
		was = before.MappingMode()
	}
	if mode != was && before != nil && !emptied {
		if was != "none" || mode != "name" {
			return sqlerr.New("DELTA_UNSUPPORTED_COLUMN_MAPPING_MODE_CHANGE", "oldMode", was, "newMode", mode)
		}
	}
	if mode == "none" {
		if was != "none" {
			m.Schema = WithoutMapping(m.Schema)
			delete(m.Configuration, keyMaxColumnID)
		}
		return checkNames(m)
	}
	m.Configuration[keyMappingMode] = mode
	next := m.number(keyMaxColumnID, 0)
	if before != nil { // ids are never given out twice
		next = max(next, before.number(keyMaxColumnID, 0))
	}
	walkFields(m.Schema, func(f types.Field) {
		if id, ok := FieldID(f); ok {
			next = max(next, id)
		}
	})
	keep := before != nil && was == "none" && !emptied
	m.Schema = mapFields(m.Schema, func(f types.Field) types.Field {
		if _, ok := FieldID(f); !ok {
			next++
			f.Metadata = withMetadata(f.Metadata, keyColumnID, next)
		}
		if _, ok := f.Metadata[keyPhysicalName].(string); !ok {
			name := "col-" + uuid.NewString()
			if keep {
				name = f.Name
			}
			f.Metadata = withMetadata(f.Metadata, keyPhysicalName, name)
		}
		return f
	})
	m.Configuration[keyMaxColumnID] = strconv.FormatInt(next, 10)
	return nil
}

// checkNames refuses names that cannot stand in a Parquet file as they are.
func checkNames(m *Metadata) error {
	var bad []string
	walkFields(m.Schema, func(f types.Field) {
		if strings.ContainsAny(f.Name, invalidNameChars) {
			bad = append(bad, f.Name)
		}
	})
	if bad != nil {
		return sqlerr.New("DELTA_INVALID_CHARACTERS_IN_COLUMN_NAMES", "invalidColumnNames", strings.Join(bad, ", "))
	}
	return nil
}

// WithoutMapping takes ids and physical names off a schema, for a copy of it in another table.
func WithoutMapping(schema *types.Type) *types.Type {
	return mapFields(schema, func(f types.Field) types.Field {
		f.Metadata = withMetadata(withMetadata(f.Metadata, keyColumnID, nil), keyPhysicalName, nil)
		return f
	})
}
