package delta

import (
	"fmt"
	"strings"
	"testing"

	"github.com/argan-sql/argan/types"
)

func TestUpgrade(t *testing.T) {
	col := func(t *types.Type) *types.Type {
		return types.NewStruct(types.Field{Name: "a", Type: t, Nullable: true})
	}
	plain := col(types.LongType)
	legacy := func(r, w int) *Protocol { return &Protocol{MinReaderVersion: r, MinWriterVersion: w} }
	for _, c := range []struct {
		name       string
		current    *Protocol
		schema     *types.Type
		properties string
		want       string // or an error class
	}{
		{"new", nil, plain, "", "1,2"},
		{"own property", nil, plain, "team=x", "1,2"},
		{"append only", nil, plain, "delta.appendOnly=true", "1,2"},
		{"change data feed", nil, plain, "delta.enableChangeDataFeed=true", "1,4"},
		{"column mapping", nil, plain, "delta.columnMapping.mode=name", "2,5"},
		{"deletion vectors", nil, plain, "delta.enableDeletionVectors=true", "3,7 r:deletionVectors w:deletionVectors"},
		{"timestamp_ntz", nil, col(types.TimestampNTZType), "", "3,7 r:timestampNtz w:timestampNtz"},
		{"nested timestamp_ntz", nil, col(types.NewArray(types.TimestampNTZType, true)), "", "3,7 r:timestampNtz w:timestampNtz"},
		{"both", nil, plain, "delta.enableDeletionVectors=true delta.columnMapping.mode=id", "3,7 r:columnMapping,deletionVectors w:columnMapping,deletionVectors"},
		{"v2 checkpoint", nil, plain, "delta.checkpointPolicy=v2", "3,7 r:v2Checkpoint w:v2Checkpoint"},
		{"legacy beside new", nil, plain, "delta.enableDeletionVectors=true delta.appendOnly=true", "3,7 r:deletionVectors w:appendOnly,deletionVectors"},
		{
			"not null", nil, types.NewStruct(types.Field{Name: "a", Type: types.LongType}), "delta.enableDeletionVectors=true",
			"3,7 r:deletionVectors w:deletionVectors,invariants",
		},
		{"defaults", nil, plain, "delta.feature.allowColumnDefaults=supported", "1,7 w:allowColumnDefaults"},
		{"row tracking", nil, plain, "delta.enableRowTracking=true", "1,7 w:domainMetadata,rowTracking"},
		{"by version", nil, plain, "delta.minReaderVersion=2 delta.minWriterVersion=5", "2,5"},
		{"old table", legacy(1, 2), plain, "delta.enableDeletionVectors=true", "3,7 r:deletionVectors w:appendOnly,deletionVectors,invariants"},
		{
			"old mapped table", legacy(2, 5), plain, "delta.columnMapping.mode=name delta.enableDeletionVectors=true",
			"3,7 r:columnMapping,deletionVectors w:appendOnly,changeDataFeed,checkConstraints,columnMapping,deletionVectors,generatedColumns,invariants",
		},
		{"old table keeps", legacy(1, 4), plain, "", "1,4"},
		{
			"final feature serves", &Protocol{MinReaderVersion: 3, MinWriterVersion: 7, ReaderFeatures: []string{"typeWidening"}, WriterFeatures: []string{"typeWidening"}},
			plain, "delta.enableTypeWidening=true", "3,7 r:typeWidening w:typeWidening",
		},
		{"unknown feature", nil, plain, "delta.feature.noSuchFeature=supported", "DELTA_UNSUPPORTED_FEATURES_IN_CONFIG"},
		{"identity", nil, plain, "delta.feature.identityColumns=supported", "DELTA_UNSUPPORTED_FEATURES_IN_CONFIG"},
		{"variant", nil, col(types.VariantType), "", "DELTA_UNSUPPORTED_FEATURES_FOR_WRITE"},
		{"version too new", nil, plain, "delta.minWriterVersion=9", "DELTA_INVALID_PROTOCOL_VERSION"},
		{"reader without writer", nil, plain, "delta.minReaderVersion=3", "DELTA_READ_FEATURE_PROTOCOL_REQUIRES_WRITE"},
	} {
		t.Run(c.name, func(t *testing.T) {
			m := &Metadata{Schema: c.schema, Configuration: settings(c.properties)}
			p, err := upgrade(c.current, m)
			got := class(err)
			if err == nil {
				got = protocolText(p)
			}
			if got != c.want {
				t.Errorf("%s, want %s", got, c.want)
			}
			for k := range m.Configuration {
				if err == nil && (strings.HasPrefix(k, "delta.feature.") || strings.HasPrefix(k, "delta.min")) {
					t.Errorf("%s stays in the properties", k)
				}
			}
		})
	}
}

func settings(text string) map[string]string {
	out := map[string]string{}
	for _, kv := range strings.Fields(text) {
		k, v, _ := strings.Cut(kv, "=")
		out[k] = v
	}
	return out
}

func protocolText(p *Protocol) string {
	s := fmt.Sprintf("%d,%d", p.MinReaderVersion, p.MinWriterVersion)
	for _, l := range []struct {
		name string
		list []string
	}{{" r:", p.ReaderFeatures}, {" w:", p.WriterFeatures}} {
		if l.list != nil {
			set := map[string]bool{}
			for _, f := range l.list {
				set[f] = true
			}
			s += l.name + strings.Join(sortedKeys(set), ",")
		}
	}
	return s
}

func TestValidateProperties(t *testing.T) {
	for in, want := range map[string]string{
		"a=b":                                         "a=b",
		"DELTA.APPENDONLY=true":                       "delta.appendOnly=true",
		"delta.appendOnly=maybe":                      "DELTA_INVALID_TABLE_PROPERTY",
		"delta.checkpointInterval=0":                  "DELTA_INVALID_TABLE_PROPERTY",
		"delta.noSuchThing=1":                         "DELTA_UNKNOWN_CONFIGURATION",
		"delta.constraints.x=a":                       "DELTA_ADD_CONSTRAINTS",
		"delta.feature.x=off":                         "DELTA_UNSUPPORTED_FEATURE_STATUS",
		"delta.columnMapping.maxColumnId=3":           "DELTA_CANNOT_MODIFY_TABLE_PROPERTY",
		"delta.minReaderVersion=x":                    "DELTA_PROTOCOL_PROPERTY_NOT_INT",
		"delta.enableIcebergCompatV1=true":            "UNSUPPORTED_FEATURE.ARGAN",
		"delta.enableIcebergCompatV1=false":           "delta.enableIcebergCompatV1=false",
		"delta.dataSkippingNumIndexedCols=-1":         "delta.dataSkippingNumIndexedCols=-1",
		"delta.isolationLevel=SnapshotIsolation":      "DELTA_INVALID_TABLE_PROPERTY",
		"delta.deletedFileRetentionDuration=interval": "DELTA_INVALID_TABLE_PROPERTY",
	} {
		out, err := ValidateProperties(settings(in))
		got := class(err)
		for k, v := range out {
			got = k + "=" + v
		}
		if got != want {
			t.Errorf("%s gives %s, want %s", in, got, want)
		}
	}
}

func TestParseInterval(t *testing.T) {
	for in, hours := range map[string]float64{"interval 7 days": 168, "2 hours": 2, "INTERVAL 1 week 1 day": 192, "interval 30 minutes": .5, "interval 1 month": -1, "": -1, "x": -1} {
		d, ok := ParseInterval(in)
		if ok != (hours >= 0) || ok && d.Hours() != hours {
			t.Errorf("%q is %v %v", in, d, ok)
		}
	}
}

func TestColumnMapping(t *testing.T) {
	table := newTable(t, map[string]string{"delta.columnMapping.mode": "name"})
	s := latest(t, table)
	p, ok := s.Physical("ID")
	if !ok || !strings.HasPrefix(p[0], "col-") || s.Metadata.Configuration[keyMaxColumnID] != "3" {
		t.Fatalf("%v %v", p, s.Metadata.Configuration)
	}
	// Rename: the physical name stays. Add: a new id. Drop: the id is not given out again.
	m := s.Metadata.Clone()
	f := append([]types.Field{}, m.Schema.Fields...)
	f[0].Name = "new name"
	f[1] = types.Field{Name: "added", Type: types.NewStruct(types.Field{Name: "x", Type: types.IntType, Nullable: true}), Nullable: true}
	m.Schema = types.NewStruct(f...)
	tx := table.Begin(s)
	if err := tx.SetMetadata(m); err != nil {
		t.Fatal(err)
	}
	if _, err := tx.Commit(bg, Operation{Name: "RENAME COLUMN"}); err != nil {
		t.Fatal(err)
	}
	after := latest(t, table)
	q, _ := after.Physical("new name")
	if q[0] != p[0] {
		t.Errorf("%s became %s", p[0], q[0])
	}
	if x, ok := after.Physical("added", "x"); !ok || len(x) != 2 || after.Metadata.Configuration[keyMaxColumnID] != "5" {
		t.Errorf("%v %v", x, after.Metadata.Configuration)
	}
	m = after.Metadata.Clone()
	m.Configuration[keyMappingMode] = "id"
	if err := table.Begin(after).SetMetadata(m); class(err) != "DELTA_UNSUPPORTED_COLUMN_MAPPING_MODE_CHANGE" {
		t.Error(err)
	}
	// A table that is replaced may map as it likes, and back.
	m.Configuration[keyMappingMode] = "none"
	m.Schema = testSchema()
	tx = table.Begin(after)
	tx.RemoveAll()
	if err := tx.SetMetadata(m); err != nil {
		t.Error(err)
	}
	plain := newTable(t, nil)
	m = latest(t, plain).Metadata.Clone()
	m.Configuration[keyMappingMode] = "name"
	tx = plain.Begin(latest(t, plain))
	if err := tx.SetMetadata(m); err != nil {
		t.Fatal(err)
	}
	if ph, _, _ := tx.Metadata().Physical("id"); ph[0] != "id" {
		t.Errorf("turning mapping on renamed to %v", ph)
	}
	if got := protocolText(tx.Protocol()); got != "2,5" {
		t.Error(got)
	}
	checkLog(t, table)
}

func TestRefusedWrites(t *testing.T) {
	invalid := types.NewStruct(types.Field{Name: "a b", Type: types.IntType}, types.Field{Name: "c", Type: types.IntType})
	for _, c := range []struct {
		m     Metadata
		class string
	}{
		{Metadata{Schema: invalid}, "DELTA_INVALID_CHARACTERS_IN_COLUMN_NAMES"},
		{Metadata{Schema: testSchema(), PartitionColumns: []string{"nope"}}, "DELTA_MISSING_PARTITION_COLUMN"},
		{Metadata{Schema: testSchema(), PartitionColumns: []string{"p", "s", "id"}}, "DELTA_CANNOT_USE_ALL_COLUMNS_FOR_PARTITION"},
		{Metadata{Schema: types.NewStruct(types.Field{Name: "A", Type: types.IntType}, types.Field{Name: "a", Type: types.IntType})}, "DELTA_DUPLICATE_COLUMNS_FOUND"},
		{Metadata{Schema: types.NewStruct(types.Field{Name: "a", Type: types.NewDayTime(types.UnitDay, types.UnitDay)})}, "DELTA_UNSUPPORTED_DATA_TYPES"},
		{Metadata{Schema: types.NewStruct(types.Field{Name: "a", Type: types.IntType, Metadata: map[string]any{keyDefault: "1"}})}, "WRONG_COLUMN_DEFAULTS_FOR_DELTA_FEATURE_NOT_ENABLED"},
		{Metadata{Schema: types.NewStruct(types.Field{Name: "_change_type", Type: types.IntType}), Configuration: map[string]string{"delta.enableChangeDataFeed": "true"}}, "DELTA_TABLE_ALREADY_CONTAINS_CDC_COLUMNS"},
	} {
		m := c.m
		_, tx, err := Create(nil, "/nowhere", &m)
		if class(err) != c.class {
			t.Errorf("%v, want %s (%v)", err, c.class, tx)
		}
	}
	table := newTable(t, map[string]string{"delta.appendOnly": "true"})
	appendFile(t, table, 0, 0, 10)
	s := latest(t, table)
	tx := table.Begin(s)
	tx.Remove(s.Files()[0], true)
	if _, err := tx.Commit(bg, Operation{Name: "DELETE"}); class(err) != "DELTA_CANNOT_MODIFY_APPEND_ONLY" {
		t.Error(err)
	}
	tx = table.Begin(s)
	f := s.Files()[0].Clone()
	f.PartitionValues = nil
	tx.Add(f)
	if _, err := tx.Commit(bg, writeOp(1)); class(err) != "DELTA_INVALID_PARTITIONING_SCHEMA" {
		t.Error(err)
	}
	tx = table.Begin(s)
	f = s.Files()[0].Clone()
	f.DeletionVector = &DeletionVector{StorageType: "i"}
	tx.Add(f)
	if _, err := tx.Commit(bg, writeOp(1)); class(err) != "DELTA_ADDING_DELETION_VECTORS_DISALLOWED" {
		t.Error(err)
	}
}

func TestCorpusWritesRefusedByName(t *testing.T) {
	root := corpus(t)
	for id, feature := range map[string]string{"variant_a": "variantType", "identity_a": "identityColumns", "unknown_writer_feature_a": "quantumWrites"} {
		s, _, err := readCorpus(root, corpusCase{SQL: "SELECT * FROM delta.`{root}/tables/" + id + "`"})
		if err != nil {
			t.Fatal(err)
		}
		_, err = s.Table().Begin(s).Commit(bg, Operation{Name: "WRITE"})
		if class(err) != "DELTA_UNSUPPORTED_FEATURES_FOR_WRITE" || !strings.Contains(err.Error(), feature) {
			t.Errorf("%s: %v", id, err)
		}
	}
}

func TestWidening(t *testing.T) {
	dec := types.NewDecimal
	for _, c := range []struct {
		from, to *types.Type
		want     bool
	}{
		{types.ByteType, types.LongType, true},
		{types.LongType, types.IntType, false},
		{types.IntType, types.DoubleType, true},
		{types.LongType, types.DoubleType, false},
		{types.FloatType, types.DoubleType, true},
		{types.DateType, types.TimestampNTZType, true},
		{types.DateType, types.TimestampType, false},
		{dec(10, 2), dec(12, 4), true},
		{dec(10, 2), dec(10, 3), false},
		{dec(10, 2), dec(10, 2), false},
		{types.IntType, dec(10, 0), true},
		{types.LongType, dec(19, 0), false},
		{types.NewVarchar(3), types.StringType, true},
		{types.StringType, types.IntType, false},
	} {
		if got := CanWiden(c.from, c.to); got != c.want {
			t.Errorf("%s to %s: %v", c.from, c.to, got)
		}
	}
	table := newTable(t, map[string]string{"delta.enableTypeWidening": "true"})
	s := latest(t, table)
	m := s.Metadata.Clone()
	f := append([]types.Field{}, m.Schema.Fields...)
	meta := map[string]any{}
	RecordWidening(meta, types.IntType, types.LongType)
	f[2].Type, f[2].Metadata = types.LongType, meta
	m.Schema = types.NewStruct(f...)
	tx := table.Begin(s)
	if err := tx.SetMetadata(m); err != nil {
		t.Fatal(err)
	}
	if _, err := tx.Commit(bg, Operation{Name: "CHANGE COLUMN"}); err != nil {
		t.Fatal(err)
	}
	if got := fmt.Sprint(latest(t, table).Metadata.Schema.Fields[2].Metadata); got != "map[delta.typeChanges:[map[fromType:integer tableVersion:1 toType:long]]]" {
		t.Error(got)
	}
	checkLog(t, table)
}
