package delta

import (
	"context"
	"errors"
	"io/fs"
	"strconv"
	"strings"
	"time"

	"github.com/RoaringBitmap/roaring/v2"
	"github.com/argan-sql/argan/sqlerr"
	"github.com/argan-sql/argan/types"
)

// ChangeFile is a file with changed rows of one version.
type ChangeFile struct {
	// File is where the rows lie, with partition values and, for files that are no change files, statistics.
	File *AddFile
	// Type is insert or delete for all rows; "" when the file itself has the column _change_type.
	Type      string
	Version   int64
	Timestamp time.Time
	// Only are the numbers of the rows that changed, Except of those that did not; nil is no limit.
	Only, Except *roaring.Bitmap
}

// Changes are the changed rows of a range of versions.
type Changes struct {
	// Metadata says how to read the rows: the columns, their physical names, the partition columns.
	Metadata *Metadata
	// Schema is Metadata's with _change_type, _commit_version and _commit_timestamp.
	Schema *types.Type
	From   int64
	To     int64
	Files  []ChangeFile
}

// ChangeRange says which versions: from and to by number or time; a To with both nil is the newest version.
type ChangeRange struct{ From, To At }

// Changes lists the files that hold what changed in a range of versions, by the rules of the change data feed.
func (t *Table) Changes(ctx context.Context, r ChangeRange) (*Changes, error) {
	newest, err := t.newest(ctx)
	if err != nil {
		return nil, err
	}
	commits, _, err := t.commitTimes(ctx, newest)
	if err != nil {
		return nil, err
	}
	from, to, err := t.changeBounds(commits, newest, r)
	if err != nil {
		return nil, err
	}
	first, err := t.byVersion(ctx, from)
	if err != nil {
		return nil, err
	}
	missing := func(version int64) error {
		return sqlerr.New("DELTA_MISSING_CHANGE_DATA", "startVersion", strconv.FormatInt(from, 10), "endVersion", strconv.FormatInt(to, 10),
			"version", strconv.FormatInt(version, 10), "key", "delta.enableChangeDataFeed")
	}
	if !first.Metadata.ChangeDataFeedOn() {
		return nil, missing(from)
	}
	read := newest
	if newest.Metadata.MappingMode() != "none" {
		if read, err = t.byVersion(ctx, to); err != nil {
			return nil, err
		}
	}
	c := &Changes{Metadata: read.Metadata, From: from, To: to, Schema: WithChangeColumns(read.Metadata.Schema)}
	if err := c.compatible(first.Metadata, read.Version, from); err != nil {
		return nil, err
	}
	times := make(map[int64]time.Time, len(commits))
	for _, x := range commits {
		times[x.version] = time.UnixMilli(x.millis).UTC()
	}
	for v := from; v <= to; v++ {
		actions, err := readActions(ctx, t.store, commitPath(t.path, v))
		if errors.Is(err, fs.ErrNotExist) {
			return nil, missing(v)
		}
		if err != nil {
			return nil, err
		}
		for i := range actions {
			if a := actions[i].Metadata; a != nil {
				m, err := metadataOf(t.path, a)
				if err != nil {
					return nil, err
				}
				if !m.ChangeDataFeedOn() {
					return nil, missing(v)
				}
				if err := c.compatible(m, read.Version, v); err != nil {
					return nil, err
				}
			}
		}
		if err := c.addVersion(ctx, t, v, times[v], actions); err != nil {
			return nil, err
		}
	}
	return c, nil
}

func (t *Table) changeBounds(commits []commitTime, newest *Snapshot, r ChangeRange) (from, to int64, err error) {
	to = newest.Version
	switch {
	case r.From.Version != nil:
		from = *r.From.Version
		if from < 0 {
			return 0, 0, sqlerr.New("DELTA_CDC_START_VERSION_AFTER_LATEST", "start", strconv.FormatInt(from, 10), "latest", strconv.FormatInt(newest.Version, 10))
		}
	case r.From.Timestamp != nil:
		from = newest.Version + 1
		for i := len(commits) - 1; i >= 0 && commits[i].millis >= r.From.Timestamp.UnixMilli(); i-- {
			from = commits[i].version
		}
		if from > newest.Version && len(commits) > 0 {
			return 0, 0, sqlerr.New("DELTA_TIMESTAMP_GREATER_THAN_COMMIT", "providedTimestamp", r.From.Timestamp.UTC().Format("2006-01-02 15:04:05.999"),
				"tableName", displayPath(t.path), "maximumTimestamp", timeText(commits[len(commits)-1].millis))
		}
	default:
		return 0, 0, sqlerr.New("DELTA_NO_START_FOR_CDC_READ")
	}
	if from > newest.Version {
		return 0, 0, sqlerr.New("DELTA_CDC_START_VERSION_AFTER_LATEST", "start", strconv.FormatInt(from, 10), "latest", strconv.FormatInt(newest.Version, 10))
	}
	switch {
	case r.To.Version != nil:
		to = min(to, *r.To.Version)
	case r.To.Timestamp != nil:
		to = -1
		for _, c := range commits {
			if c.millis <= r.To.Timestamp.UnixMilli() {
				to = c.version
			}
		}
	}
	if to < from {
		end := to
		if r.To.Version != nil {
			end = *r.To.Version
		}
		return 0, 0, sqlerr.New("DELTA_INVALID_CDC_RANGE", "start", strconv.FormatInt(from, 10), "end", strconv.FormatInt(end, 10))
	}
	return from, to, nil
}

// WithChangeColumns adds the columns of the change data feed to a schema.
func WithChangeColumns(schema *types.Type) *types.Type {
	fields := append(schema.Fields[:len(schema.Fields):len(schema.Fields)],
		types.Field{Name: "_change_type", Type: types.StringType, Nullable: true},
		types.Field{Name: "_commit_version", Type: types.LongType, Nullable: true},
		types.Field{Name: "_commit_timestamp", Type: types.TimestampType, Nullable: true})
	return types.NewStruct(fields...)
}

// compatible refuses a range in which the schema changed so that the rows cannot be read by one schema.
func (c *Changes) compatible(m *Metadata, readVersion, version int64) error {
	if schemaReadable(m.Schema, c.Metadata.Schema, m.MappingMode() != "none", c.Metadata.MappingMode() != "none") {
		return nil
	}
	n := func(v int64) string { return strconv.FormatInt(v, 10) }
	return sqlerr.New("DELTA_CHANGE_DATA_FEED_INCOMPATIBLE_SCHEMA_CHANGE", "start", n(c.From), "end", n(c.To), "readSchema", c.Metadata.Schema.String(),
		"readVersion", n(readVersion), "incompatibleVersion", n(version), "config", "spark.databricks.delta.changeDataFeed.defaultSchemaModeForColumnMappingTable")
}

// schemaReadable says whether files written by one schema can be read by another: each of its columns is there, by the
// same name and a type that holds its values.
func schemaReadable(data, read *types.Type, dataMapped, readMapped bool) bool {
	switch {
	case data.Kind == types.Struct && read.Kind == types.Struct:
		for _, f := range data.Fields {
			i := read.FieldIndex(f.Name)
			if i < 0 {
				return false
			}
			g := read.Fields[i]
			if physicalName(f, dataMapped) != physicalName(g, readMapped) || !schemaReadable(f.Type, g.Type, dataMapped, readMapped) {
				return false
			}
		}
		return true
	case data.Kind == types.Array && read.Kind == types.Array:
		return schemaReadable(data.Elem, read.Elem, dataMapped, readMapped)
	case data.Kind == types.Map && read.Kind == types.Map:
		return schemaReadable(data.Key, read.Key, dataMapped, readMapped) && schemaReadable(data.Elem, read.Elem, dataMapped, readMapped)
	}
	return data.Equal(read) || data.IsString() && read.IsString() || CanWiden(data, read)
}

// addVersion notes the files of one version: its change files where there are any, else what was added and removed.
func (c *Changes) addVersion(ctx context.Context, t *Table, version int64, at time.Time, actions []action) error {
	r := newReplayer(t.path, nil)
	var cdc, adds []ChangeFile
	removes := map[string]*RemoveFile{}
	for i := range actions {
		switch a := &actions[i]; {
		case a.CDC != nil:
			p, err := resolve(t.path, a.CDC.Path)
			if err != nil {
				return err
			}
			f := &AddFile{Path: p, LogPath: a.CDC.Path, PartitionValues: a.CDC.PartitionValues, Size: a.CDC.Size}
			cdc = append(cdc, ChangeFile{File: f, Version: version, Timestamp: at})
		case a.Add != nil && a.Add.DataChange:
			f, err := r.add(a.Add)
			if err != nil {
				return err
			}
			adds = append(adds, ChangeFile{File: f, Type: "insert", Version: version, Timestamp: at})
		case a.Remove != nil && a.Remove.DataChange:
			f, err := r.remove(a.Remove)
			if err != nil {
				return err
			}
			removes[f.Path] = f
		}
	}
	if cdc != nil {
		c.Files = append(c.Files, cdc...)
		return nil
	}
	for _, a := range adds {
		now, err := t.Deleted(ctx, a.File)
		if err != nil {
			return err
		}
		rem, both := removes[a.File.Path]
		if !both {
			a.Except = now
			c.Files = append(c.Files, a)
			continue
		}
		// The same file with another deletion vector: what is deleted now and was not, and the other way round.
		delete(removes, a.File.Path)
		before, err := t.vectorOf(ctx, rem.DeletionVector)
		if err != nil {
			return err
		}
		if gone := without(now, before); !gone.IsEmpty() {
			c.Files = append(c.Files, ChangeFile{File: a.File, Type: "delete", Version: version, Timestamp: at, Only: gone})
		}
		if back := without(before, now); !back.IsEmpty() {
			c.Files = append(c.Files, ChangeFile{File: a.File, Type: "insert", Version: version, Timestamp: at, Only: back})
		}
	}
	for _, p := range sortedKeys(removes) {
		rem := removes[p]
		before, err := t.vectorOf(ctx, rem.DeletionVector)
		if err != nil {
			return err
		}
		f := &AddFile{Path: rem.Path, LogPath: rem.LogPath, PartitionValues: rem.PartitionValues, Size: rem.Size, StatsJSON: rem.StatsJSON}
		if f.PartitionValues == nil {
			f.PartitionValues = c.partitionOfPath(t, rem.Path)
		}
		c.Files = append(c.Files, ChangeFile{File: f, Type: "delete", Version: version, Timestamp: at, Except: before})
	}
	return nil
}

func (t *Table) vectorOf(ctx context.Context, d *DeletionVector) (*roaring.Bitmap, error) {
	if d == nil {
		return nil, nil
	}
	return t.ReadDeletionVector(ctx, d)
}

func without(a, b *roaring.Bitmap) *roaring.Bitmap {
	switch {
	case a == nil:
		return roaring.New()
	case b == nil:
		return a
	}
	return roaring.AndNot(a, b)
}

// partitionOfPath reads partition values out of a file's path, for a remove of a writer that did not repeat them.
func (c *Changes) partitionOfPath(t *Table, path string) map[string]*string {
	out := map[string]*string{}
	for _, p := range c.Metadata.PartitionColumns {
		if physical, _, ok := c.Metadata.Physical(p); ok {
			out[physical[0]] = nil
		}
	}
	for _, part := range strings.Split(strings.TrimPrefix(path, t.path+"/"), "/") {
		k, v, ok := strings.Cut(part, "=")
		if _, known := out[k]; ok && known && v != hiveNull {
			text := unescapePathName(v)
			out[k] = &text
		}
	}
	return out
}
