package delta

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math"
	"math/big"
	"strings"

	"github.com/argan-sql/argan/catalog/storage"
	"github.com/argan-sql/argan/types"
	"github.com/parquet-go/parquet-go"
	"github.com/parquet-go/parquet-go/format"
)

// readCheckpoint hands the actions of a checkpoint to visit, in portions. Statistics that are there only as columns
// (stats_parsed) are turned back into the JSON of the log.
func readCheckpoint(ctx context.Context, store storage.Store, table string, c *checkpointFiles, visit func([]action) error) error {
	for _, f := range c.files {
		var sidecars []Sidecar
		err := readCheckpointFile(ctx, store, f.Path, func(actions []action) error {
			for i := range actions {
				if actions[i].Sidecar != nil {
					sidecars = append(sidecars, *actions[i].Sidecar)
				}
			}
			return visit(actions)
		})
		if err != nil {
			return fmt.Errorf("checkpoint of version %d: %w", c.version, err)
		}
		for _, s := range sidecars {
			p := s.Path
			if !strings.Contains(p, "/") {
				p = logDir + "/_sidecars/" + p
			}
			full, err := resolve(table, p)
			if err == nil {
				err = readCheckpointFile(ctx, store, full, visit)
			}
			if err != nil {
				return fmt.Errorf("sidecar of the checkpoint of version %d: %w", c.version, err)
			}
		}
	}
	return nil
}

func readCheckpointFile(ctx context.Context, store storage.Store, path string, visit func([]action) error) error {
	if strings.HasSuffix(path, ".json") {
		actions, err := readActions(ctx, store, path)
		if err != nil {
			return err
		}
		return visit(actions)
	}
	obj, err := store.Open(ctx, path)
	if err != nil {
		return err
	}
	defer obj.Close() //nolint:errcheck // only read from
	if err := readParquetActions(ctx, obj, visit); err != nil {
		if ctx.Err() != nil {
			return ctx.Err()
		}
		return corrupt(path, err)
	}
	return nil
}

// checkpointColumns are the members we read; stats_parsed is read only where there is no stats.
var checkpointColumns = map[string]bool{
	"add": true, "remove": true, "metaData": true, "protocol": true, "txn": true,
	"domainMetadata": true, "sidecar": true, "checkpointMetadata": true,
}

func readParquetActions(ctx context.Context, obj storage.Object, visit func([]action) error) (err error) {
	defer func() { // the reader may panic on pages that lie about their size
		if p := recover(); p != nil {
			err = fmt.Errorf("not a readable Parquet file: %v", p)
		}
	}()
	f, err := parquet.OpenFile(obj, obj.Size(), parquet.SkipBloomFilters(true), parquet.SkipPageIndex(true))
	if err != nil {
		return fmt.Errorf("not a readable Parquet file: %w", err)
	}
	hasStats := false
	if add := f.Root().Column("add"); add != nil {
		hasStats = add.Column("stats") != nil
	}
	want := func(path []string) bool {
		if !checkpointColumns[path[0]] {
			return false
		}
		return len(path) < 2 || path[1] != "partitionValues_parsed" && (path[1] != "stats_parsed" || path[0] == "add" && !hasStats)
	}
	for _, g := range f.RowGroups() {
		if err := ctx.Err(); err != nil {
			return err
		}
		rows, err := readRecords(f.Root(), g, want)
		if err != nil {
			return err
		}
		actions := make([]action, 0, len(rows))
		for _, row := range rows {
			a, err := actionOf(row)
			if err != nil {
				return err
			}
			actions = append(actions, a)
		}
		if err := visit(actions); err != nil {
			return err
		}
	}
	return nil
}

// record is a row, or a struct within one: values by name, absent when NULL.
type record map[string]any

// node is a column of the file with the values of its leaves of one row group.
type node struct {
	name     string
	children []*node
	repDepth int
	defDepth int
	repeated bool
	optional bool
	isMap    bool
	format   func(parquet.Value) any
	values   []parquet.Value // of a leaf; taken from the front
}

// readRecords puts the rows of a row group together from the leaves that are wanted (the Dremel way).
func readRecords(root *parquet.Column, g parquet.RowGroup, want func(path []string) bool) ([]record, error) {
	chunks := g.ColumnChunks()
	var build func(c *parquet.Column, path []string) (*node, error)
	build = func(c *parquet.Column, path []string) (*node, error) {
		n := &node{name: c.Name(), repDepth: c.MaxRepetitionLevel(), defDepth: c.MaxDefinitionLevel(), repeated: c.Repeated(), optional: c.Optional()}
		if len(path) > 0 && !want(path) {
			return nil, nil
		}
		if c.Leaf() {
			n.format = leafFormat(c.Type())
			var err error
			n.values, err = readLeaf(chunks[c.Index()])
			return n, err
		}
		for _, child := range c.Columns() {
			k, err := build(child, append(path[:len(path):len(path)], child.Name()))
			if err != nil {
				return nil, err
			}
			if k != nil {
				n.children = append(n.children, k)
			}
		}
		if len(n.children) == 0 {
			return nil, nil
		}
		// A map is told by its shape: writers agree on that, not on the annotation.
		if len(n.children) == 1 && n.children[0].repeated && len(n.children[0].children) == 2 &&
			n.children[0].children[0].name == "key" && n.children[0].children[1].name == "value" {
			n.isMap = true
		}
		return n, nil
	}
	top, err := build(root, nil)
	if err != nil || top == nil {
		return nil, err
	}
	rows := make([]record, g.NumRows())
	for i := range rows {
		rows[i] = record{}
		for _, c := range top.children {
			v, err := c.take()
			if err != nil {
				return nil, err
			}
			if v != nil {
				rows[i][c.name] = v
			}
		}
	}
	return rows, nil
}

func readLeaf(chunk parquet.ColumnChunk) (out []parquet.Value, err error) {
	out = make([]parquet.Value, 0, chunk.NumValues())
	pages := chunk.Pages()
	defer pages.Close() //nolint:errcheck // only read from
	for {
		p, err := pages.ReadPage()
		if errors.Is(err, io.EOF) {
			return out, nil
		}
		if err != nil {
			return nil, err
		}
		r := p.Values()
		buf := make([]parquet.Value, p.NumValues())
		for filled := 0; filled < len(buf); {
			n, err := r.ReadValues(buf[filled:])
			filled += n
			if err != nil && !errors.Is(err, io.EOF) || n == 0 && filled < len(buf) {
				return nil, fmt.Errorf("column %v: page cut short: %w", chunk.Column(), errors.Join(err, io.ErrUnexpectedEOF))
			}
		}
		for i := range buf {
			out = append(out, buf[i].Clone()) // the page's memory is reused
		}
		parquet.Release(p)
	}
}

func (n *node) peek() (parquet.Value, error) {
	for len(n.children) > 0 {
		n = n.children[0]
	}
	if len(n.values) == 0 {
		return parquet.Value{}, fmt.Errorf("column %s: fewer values than rows", n.name)
	}
	return n.values[0], nil
}

// empty says that no values are left at all.
func (n *node) empty() bool {
	for len(n.children) > 0 {
		n = n.children[0]
	}
	return len(n.values) == 0
}

// skip takes one (null) value off every leaf.
func (n *node) skip() {
	for _, c := range n.children {
		c.skip()
	}
	if len(n.children) == 0 && len(n.values) > 0 {
		n.values = n.values[1:]
	}
}

// take reads one value at the front: nil for NULL.
func (n *node) take() (any, error) {
	v, err := n.peek()
	if err != nil {
		return nil, err
	}
	if n.repeated {
		if v.DefinitionLevel() < n.defDepth {
			n.skip()
			return nil, nil
		}
		var list []any
		for {
			x, err := n.one()
			if err != nil {
				return nil, err
			}
			list = append(list, x)
			if n.empty() { // the end of the last row
				return list, nil
			}
			v, err := n.peek()
			if err != nil || v.RepetitionLevel() < n.repDepth {
				return list, err
			}
		}
	}
	if n.optional && v.DefinitionLevel() < n.defDepth {
		n.skip()
		return nil, nil
	}
	return n.one()
}

func (n *node) one() (any, error) {
	if len(n.children) == 0 {
		v := n.values[0]
		n.values = n.values[1:]
		return n.format(v), nil
	}
	if n.isMap {
		return n.takeMap()
	}
	if len(n.children) == 1 && n.children[0].repeated { // a list: group { repeated group { element } }
		items, err := n.children[0].take()
		if err != nil {
			return nil, err
		}
		list, _ := items.([]any)
		out := make([]any, len(list))
		for i, it := range list {
			out[i] = it
			if r, ok := it.(record); ok && len(n.children[0].children) == 1 {
				out[i] = r[n.children[0].children[0].name]
			}
		}
		return out, nil
	}
	r := make(record, len(n.children))
	for _, c := range n.children {
		v, err := c.take()
		if err != nil {
			return nil, err
		}
		if v != nil {
			r[c.name] = v
		}
	}
	return r, nil
}

func (n *node) takeMap() (any, error) {
	items, err := n.children[0].take()
	if err != nil {
		return nil, err
	}
	list, _ := items.([]any)
	out := make(map[string]*string, len(list))
	for _, it := range list {
		r, _ := it.(record)
		k, ok := r["key"].(string)
		if !ok {
			return nil, fmt.Errorf("column %s: a key that is no text", n.name)
		}
		out[k] = nil
		if v, ok := r["value"].(string); ok {
			out[k] = &v
		}
	}
	return out, nil
}

// leafFormat tells how the values of a leaf become Go values: numbers, booleans and texts; dates, timestamps and decimals
// (which only parsed statistics have) become what the JSON of statistics holds.
func leafFormat(t parquet.Type) func(parquet.Value) any {
	if l := t.LogicalType(); l != nil {
		switch l := l.Value.(type) {
		case *format.DateType:
			return func(v parquet.Value) any { return formatDate(v.Int32()) }
		case *format.TimestampType:
			unit := int64(1)
			if _, ok := l.Unit.Value.(*format.MilliSeconds); ok {
				unit = 1000
			}
			return func(v parquet.Value) any { return statTime(v.Int64() * unit) }
		case *format.DecimalType:
			return func(v parquet.Value) any { return statDecimal(v, int(l.Scale)) }
		}
	}
	return plainValue
}

func statTime(micros int64) string {
	return timeOfMicros(micros).UTC().Format("2006-01-02T15:04:05.000000Z")
}

func statDecimal(v parquet.Value, scale int) any {
	unscaled := new(big.Int)
	switch v.Kind() {
	case parquet.Int32:
		unscaled.SetInt64(int64(v.Int32()))
	case parquet.Int64:
		unscaled.SetInt64(v.Int64())
	default:
		b := v.ByteArray()
		unscaled.SetBytes(b)
		if len(b) > 0 && b[0] >= 0x80 {
			unscaled.Sub(unscaled, new(big.Int).Lsh(big.NewInt(1), uint(8*len(b))))
		}
	}
	d, ok := types.Int128FromBig(unscaled)
	if !ok {
		return nil
	}
	return json.Number(formatDecimal(d, scale))
}

// julianEpoch is 1970-01-01 as a Julian day, from which INT96 timestamps count.
const julianEpoch = 2440588

func plainValue(v parquet.Value) any {
	switch v.Kind() {
	case parquet.Boolean:
		return v.Boolean()
	case parquet.Int32:
		return int64(v.Int32())
	case parquet.Int64:
		return v.Int64()
	case parquet.Int96:
		x := v.Int96()
		nanos := int64(x[1])<<32 | int64(x[0])
		return statTime((int64(x[2])-julianEpoch)*secondsPerDay*microsPerSecond + nanos/1000)
	case parquet.Float:
		return statFloat(float64(v.Float()), 32)
	case parquet.Double:
		return statFloat(v.Double(), 64)
	case parquet.ByteArray:
		return string(v.ByteArray())
	}
	return nil
}

func statFloat(v float64, bits int) any {
	if math.IsNaN(v) || math.IsInf(v, 0) {
		return javaFloat(v, bits)
	}
	return v
}

// actionOf turns a row of a checkpoint into the action it holds.
func actionOf(row record) (action, error) {
	var a action
	for name, v := range row {
		r, ok := v.(record)
		if !ok {
			return a, fmt.Errorf("column %s is no struct", name)
		}
		switch name {
		case "add":
			a.Add = &addAction{
				Path: r.text("path"), PartitionValues: r.nullable("partitionValues"), Size: r.long("size"),
				ModificationTime: r.long("modificationTime"), DataChange: r.flag("dataChange"), Stats: r.text("stats"), Tags: r.strings("tags"),
				DeletionVector: r.vector(), BaseRowID: r.optionalLong("baseRowId"), DefaultRowCommitVersion: r.optionalLong("defaultRowCommitVersion"),
				ClusteringProvider: r.optionalText("clusteringProvider"),
			}
			if p, ok := r["stats_parsed"].(record); ok && a.Add.Stats == "" {
				raw, err := json.Marshal(statsTree(p))
				if err != nil {
					return a, err
				}
				a.Add.Stats = string(raw)
			}
			if a.Add.Path == "" {
				return a, errors.New("an add without a path")
			}
		case "remove":
			a.Remove = &removeAction{
				Path: r.text("path"), DeletionTimestamp: r.optionalLong("deletionTimestamp"), DataChange: r.flag("dataChange"),
				PartitionValues: r.nullable("partitionValues"), Size: r.optionalLong("size"), Stats: r.text("stats"), Tags: r.strings("tags"),
				DeletionVector: r.vector(), BaseRowID: r.optionalLong("baseRowId"), DefaultRowCommitVersion: r.optionalLong("defaultRowCommitVersion"),
			}
			if b, ok := r["extendedFileMetadata"].(bool); ok {
				a.Remove.ExtendedFileMetadata = &b
			}
		case "metaData":
			a.Metadata = &metadataAction{
				ID: r.text("id"), Name: r.optionalText("name"), Description: r.optionalText("description"),
				SchemaString: r.text("schemaString"), PartitionColumns: r.list("partitionColumns"), Configuration: r.strings("configuration"),
				CreatedTime: r.optionalLong("createdTime"),
			}
			if f, ok := r["format"].(record); ok {
				a.Metadata.Format = Format{Provider: f.text("provider"), Options: f.strings("options")}
			}
		case "protocol":
			a.Protocol = &Protocol{
				MinReaderVersion: int(r.long("minReaderVersion")), MinWriterVersion: int(r.long("minWriterVersion")),
				ReaderFeatures: r.list("readerFeatures"), WriterFeatures: r.list("writerFeatures"),
			}
		case "txn":
			a.Txn = &AppTransaction{AppID: r.text("appId"), Version: r.long("version"), LastUpdated: r.optionalLong("lastUpdated")}
		case "domainMetadata":
			a.DomainMetadata = &DomainMetadata{Domain: r.text("domain"), Configuration: r.text("configuration"), Removed: r.flag("removed")}
		case "sidecar":
			a.Sidecar = &Sidecar{Path: r.text("path"), SizeInBytes: r.long("sizeInBytes"), ModificationTime: r.long("modificationTime")}
		case "checkpointMetadata":
			a.CheckpointMetadata = &checkpointMetadata{Version: r.long("version")}
		}
	}
	return a, nil
}

// statsTree drops what a parsed column cannot say in JSON.
func statsTree(r record) map[string]any {
	out := make(map[string]any, len(r))
	for k, v := range r {
		if sub, ok := v.(record); ok {
			out[k] = statsTree(sub)
			continue
		}
		out[k] = v
	}
	return out
}

func (r record) text(name string) string { s, _ := r[name].(string); return s }
func (r record) long(name string) int64  { v, _ := r[name].(int64); return v }
func (r record) flag(name string) bool   { b, _ := r[name].(bool); return b }

func (r record) optionalText(name string) *string {
	if s, ok := r[name].(string); ok {
		return &s
	}
	return nil
}

func (r record) optionalLong(name string) *int64 {
	if v, ok := r[name].(int64); ok {
		return &v
	}
	return nil
}

func (r record) nullable(name string) map[string]*string {
	m, _ := r[name].(map[string]*string)
	return m
}

func (r record) strings(name string) map[string]string {
	m, ok := r[name].(map[string]*string)
	if !ok {
		return nil
	}
	out := make(map[string]string, len(m))
	for k, v := range m {
		if v != nil {
			out[k] = *v
		}
	}
	return out
}

func (r record) list(name string) []string {
	items, ok := r[name].([]any)
	if !ok {
		return nil
	}
	out := make([]string, 0, len(items))
	for _, it := range items {
		if s, ok := it.(string); ok {
			out = append(out, s)
		}
	}
	return out
}

func (r record) vector() *DeletionVector {
	d, ok := r["deletionVector"].(record)
	if !ok {
		return nil
	}
	v := &DeletionVector{
		StorageType: d.text("storageType"), PathOrInlineDV: d.text("pathOrInlineDv"), SizeInBytes: int32(d.long("sizeInBytes")),
		Cardinality: d.long("cardinality"), MaxRowIndex: d.optionalLong("maxRowIndex"),
	}
	if o := d.optionalLong("offset"); o != nil {
		n := int32(*o)
		v.Offset = &n
	}
	return v
}
