package delta

import (
	"fmt"
	"regexp"
	"strconv"
	"strings"

	"github.com/argan-sql/argan/sqlerr"
	"github.com/argan-sql/argan/types"
)

// Keys of a field's metadata.
const (
	keyCharVarchar  = "__CHAR_VARCHAR_TYPE_STRING"
	keyColumnID     = "delta.columnMapping.id"
	keyPhysicalName = "delta.columnMapping.physicalName"
	keyGeneration   = "delta.generationExpression"
	keyInvariants   = "delta.invariants"
	keyDefault      = "CURRENT_DEFAULT"
	keyIdentity     = "delta.identity.start"
	keyTypeChanges  = "delta.typeChanges"
)

// Metadata is what a table is: its schema, partitioning and properties. Read only once it is part of a snapshot.
type Metadata struct {
	ID          string
	Name        *string
	Description *string
	Format      Format
	// Schema is the logical schema with the fields' metadata; char(n) and varchar(n) are types of their own.
	Schema           *types.Type
	PartitionColumns []string
	Configuration    map[string]string
	// CreatedTime is in milliseconds since 1970.
	CreatedTime *int64
}

// Clone is a copy whose configuration and lists may be changed; the schema is immutable and shared.
func (m *Metadata) Clone() *Metadata {
	c := *m
	c.Configuration = make(map[string]string, len(m.Configuration))
	for k, v := range m.Configuration {
		c.Configuration[k] = v
	}
	c.PartitionColumns = append([]string{}, m.PartitionColumns...)
	return &c
}

func (m *Metadata) action() *metadataAction {
	a := &metadataAction{
		ID: m.ID, Name: m.Name, Description: m.Description, Format: m.Format, SchemaString: plainSchema(m.Schema).JSON(),
		PartitionColumns: m.PartitionColumns, Configuration: m.Configuration, CreatedTime: m.CreatedTime,
	}
	if a.PartitionColumns == nil {
		a.PartitionColumns = []string{}
	}
	if a.Configuration == nil {
		a.Configuration = map[string]string{}
	}
	if a.Format.Provider == "" {
		a.Format.Provider = "parquet"
	}
	if a.Format.Options == nil {
		a.Format.Options = map[string]string{}
	}
	return a
}

func metadataOf(table string, a *metadataAction) (*Metadata, error) {
	m := &Metadata{
		ID: a.ID, Name: a.Name, Description: a.Description, Format: a.Format, PartitionColumns: a.PartitionColumns,
		Configuration: a.Configuration, CreatedTime: a.CreatedTime,
	}
	if m.Configuration == nil {
		m.Configuration = map[string]string{}
	}
	if a.SchemaString == "" {
		m.Schema = types.NewStruct()
		return m, nil
	}
	t, err := types.FromJSON([]byte(a.SchemaString))
	if err == nil && t.Kind != types.Struct {
		err = fmt.Errorf("%s is no struct", t)
	}
	if err != nil {
		return nil, corrupt(table+"/"+logDir, fmt.Errorf("the schema of the table does not parse: %w", err))
	}
	m.Schema = richSchema(t)
	for _, p := range m.PartitionColumns {
		if m.Schema.FieldIndex(p) < 0 {
			return nil, sqlerr.New("DELTA_MISSING_PARTITION_COLUMN", "columnName", p, "columnList", m.Schema.String())
		}
	}
	return m, nil
}

var charType = regexp.MustCompile(`^(char|varchar)\((\d+)\)$`)

// richSchema turns Spark's string columns that were declared char(n) or varchar(n) into what they were declared as.
func richSchema(t *types.Type) *types.Type {
	out := *t
	out.Fields = make([]types.Field, len(t.Fields))
	for i, f := range t.Fields {
		out.Fields[i] = f
		if f.Type.Kind == types.Struct {
			out.Fields[i].Type = richSchema(f.Type)
		}
		decl, _ := f.Metadata[keyCharVarchar].(string)
		if m := charType.FindStringSubmatch(decl); m != nil && f.Type.Kind == types.String {
			if n, err := strconv.Atoi(m[2]); err == nil && n > 0 {
				out.Fields[i].Type = types.NewVarchar(n)
				if m[1] == "char" {
					out.Fields[i].Type = types.NewChar(n)
				}
			}
		}
	}
	return &out
}

// plainSchema is the reverse of richSchema: what the log holds.
func plainSchema(t *types.Type) *types.Type {
	out := *t
	out.Fields = make([]types.Field, len(t.Fields))
	for i, f := range t.Fields {
		out.Fields[i] = f
		if f.Type.HasNested(func(u *types.Type) bool { return u.Kind == types.Char || u.Kind == types.Varchar }) {
			out.Fields[i].Type = stringsOnly(f.Type)
			out.Fields[i].Metadata = withMetadata(f.Metadata, keyCharVarchar, f.Type.String())
		} else if f.Metadata[keyCharVarchar] != nil && f.Type.Kind != types.Struct && f.Type.Kind != types.Array && f.Type.Kind != types.Map {
			out.Fields[i].Metadata = withMetadata(f.Metadata, keyCharVarchar, nil)
		}
	}
	return &out
}

func stringsOnly(t *types.Type) *types.Type {
	out := *t
	switch t.Kind {
	case types.Char, types.Varchar:
		return types.StringType
	case types.Array, types.Map:
		out.Elem = stringsOnly(t.Elem)
		if t.Key != nil {
			out.Key = stringsOnly(t.Key)
		}
	case types.Struct:
		out.Fields = make([]types.Field, len(t.Fields))
		for i, f := range t.Fields {
			out.Fields[i] = f
			out.Fields[i].Type = stringsOnly(f.Type)
		}
	}
	return &out
}

// withMetadata is a copy of a field's metadata with one key set, or with value nil removed.
func withMetadata(m map[string]any, key string, value any) map[string]any {
	out := make(map[string]any, len(m)+1)
	for k, v := range m {
		out[k] = v
	}
	if value == nil {
		delete(out, key)
	} else {
		out[key] = value
	}
	return out
}

// walkFields visits every field of a schema, nested ones too (also those within arrays and maps).
func walkFields(t *types.Type, visit func(f types.Field)) {
	switch t.Kind {
	case types.Struct:
		for _, f := range t.Fields {
			visit(f)
			walkFields(f.Type, visit)
		}
	case types.Array:
		walkFields(t.Elem, visit)
	case types.Map:
		walkFields(t.Key, visit)
		walkFields(t.Elem, visit)
	}
}

// mapFields is a schema with every field (nested ones too, outermost first) replaced.
func mapFields(t *types.Type, change func(f types.Field) types.Field) *types.Type {
	out := *t
	switch t.Kind {
	case types.Struct:
		out.Fields = make([]types.Field, len(t.Fields))
		for i, f := range t.Fields {
			out.Fields[i] = change(f)
			out.Fields[i].Type = mapFields(out.Fields[i].Type, change)
		}
	case types.Array:
		out.Elem = mapFields(t.Elem, change)
	case types.Map:
		out.Key = mapFields(t.Key, change)
		out.Elem = mapFields(t.Elem, change)
	default:
		return t
	}
	return &out
}

func (m *Metadata) hasIdentity() bool {
	found := false
	walkFields(m.Schema, func(f types.Field) { found = found || f.Metadata[keyIdentity] != nil })
	return found
}

// IsPartition says whether a column is a partition column.
func (m *Metadata) IsPartition(name string) bool {
	for _, p := range m.PartitionColumns {
		if strings.EqualFold(p, name) {
			return true
		}
	}
	return false
}

// MappingMode is none, name or id: how columns are found in the data files.
func (m *Metadata) MappingMode() string {
	if s := m.Configuration["delta.columnMapping.mode"]; s != "" {
		return strings.ToLower(s)
	}
	return "none"
}

// Physical gives the names a column (a path of logical names, any case) has in the data files, partition values and
// statistics, and its field; ok is false when there is no such column.
func (m *Metadata) Physical(path ...string) (physical []string, field types.Field, ok bool) {
	t := m.Schema
	mapped := m.MappingMode() != "none"
	for _, name := range path {
		if t.Kind != types.Struct {
			return nil, field, false
		}
		i := t.FieldIndex(name)
		if i < 0 {
			return nil, field, false
		}
		field = t.Fields[i]
		physical = append(physical, physicalName(field, mapped))
		t = field.Type
	}
	return physical, field, len(path) > 0
}

func physicalName(f types.Field, mapped bool) string {
	if mapped {
		if s, ok := f.Metadata[keyPhysicalName].(string); ok {
			return s
		}
	}
	return f.Name
}

// FieldID is the parquet field id of a column under column mapping.
func FieldID(f types.Field) (int64, bool) {
	switch v := f.Metadata[keyColumnID].(type) {
	case int64:
		return v, true
	case float64:
		return int64(v), true
	}
	return 0, false
}

// PhysicalSchema is the schema as data files have it: physical names, without the partition columns.
func (m *Metadata) PhysicalSchema() *types.Type {
	data := types.Type{Kind: types.Struct}
	for _, f := range m.Schema.Fields {
		if !m.IsPartition(f.Name) {
			data.Fields = append(data.Fields, f)
		}
	}
	mapped := m.MappingMode() != "none"
	return mapFields(&data, func(f types.Field) types.Field {
		f.Name = physicalName(f, mapped)
		return f
	})
}

// On says whether a property that is a switch is on.
func (m *Metadata) On(key string) bool { return strings.EqualFold(m.Configuration[key], "true") }

// DeletionVectorsOn says whether new deletion vectors may be written.
func (m *Metadata) DeletionVectorsOn() bool { return m.On("delta.enableDeletionVectors") }

// ChangeDataFeedOn says whether changes are to be recorded.
func (m *Metadata) ChangeDataFeedOn() bool { return m.On("delta.enableChangeDataFeed") }

// Constraints are the CHECK constraints: name (lower case) to expression.
func (m *Metadata) Constraints() map[string]string {
	out := map[string]string{}
	for k, v := range m.Configuration {
		if name, ok := strings.CutPrefix(k, "delta.constraints."); ok {
			out[name] = v
		}
	}
	return out
}

// GenerationExpression is the expression of a generated column.
func GenerationExpression(f types.Field) (string, bool) {
	s, ok := f.Metadata[keyGeneration].(string)
	return s, ok
}

// DefaultExpression is the expression of a column's DEFAULT.
func DefaultExpression(f types.Field) (string, bool) {
	s, ok := f.Metadata[keyDefault].(string)
	return s, ok
}
