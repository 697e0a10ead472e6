// Package relation adapts what the catalog's rooms hold to the one shape the planner and the executor read: Delta tables,
// plain files, and rows in memory become catalog.Table and catalog.Snapshot.
//
// In: a delta.Table, or a file.Source. Out: tables whose snapshots list files with statistics, partition values and
// deleted rows. Nothing is written here.
package relation

import (
	"context"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/argan-sql/argan/catalog"
	"github.com/argan-sql/argan/catalog/delta"
	"github.com/argan-sql/argan/types"
)

// DeltaTable is a Delta table.
type DeltaTable struct {
	name  []string
	delta *delta.Table
}

// Delta names a Delta table.
func Delta(name []string, t *delta.Table) *DeltaTable { return &DeltaTable{name, t} }

// Name, Provider and Location are those of catalog.Table.
func (t *DeltaTable) Name() []string { return t.name }

// Provider is delta.
func (t *DeltaTable) Provider() string { return "delta" }

// Location is the table's folder.
func (t *DeltaTable) Location() string { return t.delta.Path() }

// Delta is the table as the protocol sees it.
func (t *DeltaTable) Delta() *delta.Table { return t.delta }

// Snapshot reads a version.
func (t *DeltaTable) Snapshot(ctx context.Context, at catalog.At) (catalog.Snapshot, error) {
	s, err := t.delta.Snapshot(ctx, delta.At{Version: at.Version, Timestamp: at.Timestamp})
	if err != nil {
		return nil, err
	}
	return NewDeltaSnapshot(s), nil
}

// DeltaSnapshot is a version of a Delta table.
type DeltaSnapshot struct {
	*delta.Snapshot
	schema  *types.Type
	list    func() ([]catalog.File, error)
	numbers func() map[*delta.AddFile]int
	summary func() catalog.Statistics
}

// snapshots keeps the adapters of delta's own cached snapshots, so that what was worked out of one is worked out once.
var snapshots sync.Map // *delta.Snapshot → *DeltaSnapshot; few: see forgetOld

var (
	recentMu sync.Mutex
	recent   []*delta.Snapshot
)

const keepSnapshots = 256

// NewDeltaSnapshot adapts a snapshot.
func NewDeltaSnapshot(s *delta.Snapshot) *DeltaSnapshot {
	if d, ok := snapshots.Load(s); ok {
		return d.(*DeltaSnapshot)
	}
	d := &DeltaSnapshot{Snapshot: s, schema: s.Metadata.Schema}
	d.list = sync.OnceValues(d.makeFiles)
	d.numbers = sync.OnceValue(func() map[*delta.AddFile]int {
		m := make(map[*delta.AddFile]int, s.NumFiles())
		for i, f := range s.Files() {
			m[f] = i
		}
		return m
	})
	d.summary = sync.OnceValue(d.summarize)
	if other, was := snapshots.LoadOrStore(s, d); was {
		return other.(*DeltaSnapshot)
	}
	forgetOld(s)
	return d
}

func forgetOld(s *delta.Snapshot) {
	recentMu.Lock()
	defer recentMu.Unlock()
	recent = append(recent, s)
	if len(recent) > keepSnapshots {
		snapshots.Delete(recent[0])
		recent = append(recent[:0:0], recent[1:]...)
	}
}

// Schema is the logical schema.
func (d *DeltaSnapshot) Schema() *types.Type { return d.schema }

// PartitionColumns are the partition columns.
func (d *DeltaSnapshot) PartitionColumns() []string { return d.Metadata.PartitionColumns }

// Properties are the table's properties, as they stand in the log.
func (d *DeltaSnapshot) Properties() map[string]string { return d.Metadata.Configuration }

// Comment is the table's description.
func (d *DeltaSnapshot) Comment() string {
	if d.Metadata.Description == nil {
		return ""
	}
	return *d.Metadata.Description
}

// Version is the table version.
func (d *DeltaSnapshot) Version() int64 { return d.Snapshot.Version }

// Statistics sum up the statistics of the files.
func (d *DeltaSnapshot) Statistics() catalog.Statistics { return d.summary() }

// FileNumber is the number of a file in the order that Files(nil) gives.
func (d *DeltaSnapshot) FileNumber(f *delta.AddFile) int { return d.numbers()[f] }

// Files lists the files that may match.
func (d *DeltaSnapshot) Files(_ context.Context, p catalog.Predicate) ([]catalog.File, int, error) {
	all, err := d.list()
	if err != nil || p == nil {
		return all, 0, err
	}
	matching := d.FilesMatching(ToDelta(p), time.UTC)
	if len(matching) == len(all) {
		return all, 0, nil
	}
	out := make([]catalog.File, len(matching))
	numbers := d.numbers()
	for i, f := range matching {
		out[i] = all[numbers[f]]
	}
	return out, len(all) - len(out), nil
}

func (d *DeltaSnapshot) makeFiles() ([]catalog.File, error) {
	shape := newFileShape(d.Metadata, d.schema)
	out := make([]catalog.File, d.NumFiles())
	for n, f := range d.Snapshot.Files() {
		file, err := shape.file(f)
		if err != nil {
			return nil, err
		}
		stats := d.Stats(f)
		file.Rows, file.TightStats = stats.NumRecords, stats.TightBounds
		if f.BaseRowID != nil {
			file.Constants = map[string]any{baseRowID: *f.BaseRowID}
			if f.DefaultRowCommitVersion != nil {
				file.Constants[defaultVersion] = *f.DefaultRowCommitVersion
			}
		}
		if stats.NumRecords >= 0 {
			file.Stats = map[string]catalog.ColumnStatistics{}
			for i, field := range d.schema.Fields {
				if shape.partition[i] {
					continue
				}
				if c, ok := stats.Column(shape.physical[i]); ok {
					file.Stats[strings.ToLower(field.Name)] = catalog.ColumnStatistics{Min: c.Min, Max: c.Max, Nulls: c.NullCount, Distinct: -1}
				}
			}
		}
		if f.DeletionVector != nil {
			file.DeletedRows = f.DeletionVector.Cardinality
			file.Deleted = func(ctx context.Context) ([]uint32, error) {
				rows, err := d.Deleted(ctx, f)
				if err != nil || rows == nil {
					return nil, err
				}
				return rows.ToArray(), nil
			}
		}
		out[n] = file
	}
	return out, nil
}

// fileShape is what all files of a table have in common: where its columns are in them.
type fileShape struct {
	schema    *types.Type
	physical  []string // names of the columns in files and in the log
	partition map[int]bool
	renames   map[string]string
	byID      bool
}

func newFileShape(m *delta.Metadata, schema *types.Type) *fileShape {
	mode := m.MappingMode()
	s := &fileShape{schema: schema, physical: make([]string, len(schema.Fields)), partition: map[int]bool{}, renames: map[string]string{}, byID: mode == "id"}
	for i, f := range schema.Fields {
		s.physical[i] = f.Name
		if p, _, ok := m.Physical(f.Name); ok && len(p) > 0 {
			s.physical[i] = p[0]
		}
		if mode == "name" || mode == "id" {
			s.renames[strings.ToLower(f.Name)] = s.physical[i]
		}
	}
	for _, c := range m.PartitionColumns {
		s.partition[schema.FieldIndex(c)] = true
	}
	return s
}

// file is a data file without statistics and deletions.
func (s *fileShape) file(f *delta.AddFile) (catalog.File, error) {
	out := catalog.File{
		Path: f.Path, Format: "parquet", Size: f.Size, Modified: f.ModificationTime * 1000, Rows: -1, Physical: s.renames, FieldIDs: s.byID,
		Partition: make(map[string]any, len(s.partition)),
	}
	for i := range s.partition {
		if i < 0 {
			continue
		}
		v, err := delta.ParsePartitionValue(s.schema.Fields[i].Type, f.PartitionValues[s.physical[i]], time.UTC)
		if err != nil {
			return out, err
		}
		out.Partition[strings.ToLower(s.schema.Fields[i].Name)] = v
	}
	return out, nil
}

// summarize adds up files; a number that one file does not tell is unknown for all.
func (d *DeltaSnapshot) summarize() catalog.Statistics {
	out := catalog.Statistics{Bytes: d.SizeInBytes(), Columns: map[string]catalog.ColumnStatistics{}}
	files, err := d.list()
	if err != nil {
		out.Rows = -1
		return out
	}
	for _, f := range files {
		if f.Rows < 0 {
			out.Rows = -1
			return out
		}
		out.Rows += f.Rows - f.DeletedRows
	}
	for _, field := range d.schema.Fields {
		name := strings.ToLower(field.Name)
		sum := catalog.ColumnStatistics{Distinct: -1}
		known, begun := len(files) > 0, false
		for _, f := range files {
			c, ok := f.Stats[name]
			if !ok {
				v, isPartition := f.Partition[name]
				if !isPartition {
					known = false
					break
				}
				c = catalog.ColumnStatistics{Min: v, Max: v}
				if v == nil {
					c.Nulls = f.Rows
				}
			}
			if c.Nulls < 0 || sum.Nulls < 0 {
				sum.Nulls = -1
			} else {
				sum.Nulls += c.Nulls
			}
			if c.Min == nil && c.Nulls >= 0 && c.Nulls == f.Rows {
				continue // all NULL: nothing to bound
			}
			if !begun {
				sum.Min, sum.Max, begun = c.Min, c.Max, true
				continue
			}
			sum.Min, sum.Max = bound(sum.Min, c.Min, -1), bound(sum.Max, c.Max, 1)
		}
		if known {
			out.Columns[name] = sum
		}
	}
	return out
}

// bound is the smaller (sign -1) or greater of two bounds; nil (unknown) wins.
func bound(a, b any, sign int) any {
	if a == nil || b == nil {
		return nil
	}
	order, ok := types.Order(a, b)
	if !ok {
		return nil
	}
	if order*sign > 0 {
		return a
	}
	return b
}

// ProtocolProperties are the properties that show a table's protocol, as SHOW TBLPROPERTIES of Delta does.
func (d *DeltaSnapshot) ProtocolProperties() map[string]string {
	out := map[string]string{
		"delta.minReaderVersion": strconv.Itoa(d.Protocol.MinReaderVersion), "delta.minWriterVersion": strconv.Itoa(d.Protocol.MinWriterVersion),
	}
	if d.Protocol.MinWriterVersion >= 7 {
		for _, f := range d.Protocol.Features() {
			out["delta.feature."+f] = "supported"
		}
	}
	return out
}

// operators are delta's by catalog's.
var operators = map[catalog.Op]delta.CompareOp{
	catalog.Equal: delta.OpEqual, catalog.NotEqual: delta.OpNotEqual, catalog.Less: delta.OpLess, catalog.LessEqual: delta.OpLessEqual,
	catalog.Greater: delta.OpGreater, catalog.GreaterEqual: delta.OpGreaterEqual,
}

// ToDelta says a predicate in the protocol's terms; what it has no term for may be anything.
func ToDelta(p catalog.Predicate) delta.Predicate {
	switch p := p.(type) {
	case *catalog.AllOf:
		return delta.And{Terms: each(p.Terms)}
	case *catalog.AnyOf:
		return delta.Or{Terms: each(p.Terms)}
	case *catalog.Compare:
		switch p.Op {
		case catalog.In:
			return delta.In{Column: p.Column, Values: p.Values}
		case catalog.IsNull:
			return delta.IsNull{Column: p.Column}
		case catalog.IsNotNull:
			return delta.Not{Term: delta.IsNull{Column: p.Column}}
		case catalog.StartsWith:
			if s, ok := p.Values[0].(string); ok {
				return delta.StartsWith{Column: p.Column, Prefix: s}
			}
		default:
			if op, ok := operators[p.Op]; ok && len(p.Values) == 1 {
				return delta.Compare{Column: p.Column, Op: op, Value: p.Values[0]}
			}
		}
	}
	return delta.Opaque{}
}

func each(terms []catalog.Predicate) []delta.Predicate {
	out := make([]delta.Predicate, len(terms))
	for i, t := range terms {
		out[i] = ToDelta(t)
	}
	return out
}
