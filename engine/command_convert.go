package engine

import (
	"context"
	"encoding/json"
	"strconv"
	"strings"
	"time"

	"github.com/argan-sql/argan/catalog"
	"github.com/argan-sql/argan/catalog/delta"
	"github.com/argan-sql/argan/catalog/file/parquet"
	"github.com/argan-sql/argan/catalog/metastore"
	"github.com/argan-sql/argan/catalog/relation"
	"github.com/argan-sql/argan/sql/ast"
	"github.com/argan-sql/argan/sqlerr"
	"github.com/argan-sql/argan/types"
)

func init() { handle(convertToDelta) }

// conversion is a CONVERT TO DELTA, resolved: the Parquet files of a folder become a Delta table where they lie.
type conversion struct {
	p          *planner
	tree       *ast.ConvertToDelta
	folder     string
	entry      *metastore.Table // nil for a path
	partitions []types.Field    // declared; their types are those of the table
}

func convertToDelta(p *planner, ctx context.Context, t *ast.ConvertToDelta) (*plan, error) {
	c := &conversion{p: p, tree: t}
	o, err := p.object(ctx, t.Table)
	if err != nil {
		return nil, err
	}
	done := command("CONVERT TO DELTA", func(context.Context, *execution) error { return nil })
	if o.path {
		switch o.database {
		case "delta":
			_, err := p.relation(ctx, t.Table)
			return done, err
		case "parquet":
			c.folder = location("/", o.name)
		default:
			return nil, sqlerr.New("DELTA_CONVERT_NON_PARQUET_TABLE", "sourceName", o.database, "tableId", o.database+"."+types.Quote(o.name)).At(t.Table.Pos())
		}
	} else {
		f, err := p.tableOnly(ctx, t.Table, "CONVERT TO DELTA")
		if err != nil {
			return nil, err
		}
		switch {
		case f.table.Provider() == "delta":
			return done, nil
		case f.entry == nil || f.table.Provider() != "parquet":
			return nil, sqlerr.New("DELTA_CONVERT_NON_PARQUET_TABLE", "sourceName", f.table.Provider(), "tableId", f.display()).At(t.Table.Pos())
		}
		c.entry, c.folder = f.entry, f.entry.Location
		for _, name := range f.entry.PartitionColumns {
			if i := f.entry.Schema.FieldIndex(name); i >= 0 {
				c.partitions = append(c.partitions, f.entry.Schema.Fields[i])
			}
		}
	}
	declared, err := p.columnSchema(ctx, t.PartitionBy)
	if err != nil {
		return nil, err
	}
	if declared != nil {
		if c.entry != nil && !sameColumns(declared, types.NewStruct(c.partitions...)) {
			return nil, sqlerr.New("DELTA_UNEXPECTED_PARTITION_SCHEMA_FROM_USER", "catalogPartitionSchema", types.NewStruct(c.partitions...).SQL(), "userPartitionSchema", declared.SQL()).At(t.Pos())
		}
		c.partitions = declared.Fields
	}
	return command("CONVERT TO DELTA", c.run), nil
}

func (c *conversion) run(ctx context.Context, x *execution) error {
	e := c.p.engine
	table, err := e.tables.open(e.files, c.folder)
	if err != nil {
		return err
	}
	there, err := table.Exists(ctx)
	if err != nil {
		return err
	}
	if !there {
		version, err := c.commit(ctx)
		if err != nil {
			return at(err, c.tree)
		}
		x.statement.changed(-1, version)
	}
	if c.entry == nil {
		return nil
	}
	return e.meta.CreateTable(ctx, convertible(c.entry), true)
}

// commit lists the files and commits them as version 0.
func (c *conversion) commit(ctx context.Context) (int64, error) {
	files, schema, err := c.list(ctx)
	if err != nil {
		return 0, err
	}
	names := make([]string, len(c.partitions))
	for i, f := range c.partitions {
		names[i] = f.Name
	}
	m := &delta.Metadata{
		Format: delta.Format{Provider: "parquet", Options: map[string]string{}}, Schema: schema, PartitionColumns: names, Configuration: map[string]string{},
	}
	if c.entry != nil {
		if m.Configuration, err = delta.ValidateProperties(c.entry.Properties); err != nil {
			return 0, err
		}
		if c.entry.Comment != "" {
			m.Description = &c.entry.Comment
		}
	}
	_, tx, err := delta.Create(c.p.engine.files, c.folder, m)
	if err != nil {
		return 0, err
	}
	for _, f := range files {
		add, err := c.file(ctx, f, tx.Metadata())
		if err != nil {
			return 0, err
		}
		tx.Add(add)
	}
	partitions, err := json.Marshal(names)
	if err != nil {
		return 0, err
	}
	parameters := map[string]any{
		"numFiles": strconv.Itoa(len(files)), "partitionedBy": string(partitions), "collectStats": strconv.FormatBool(!c.tree.NoStatistics), "sourceFormat": "parquet",
	}
	if c.entry != nil {
		parameters["catalogTable"] = catalogName + "." + c.entry.Database + "." + c.entry.Name
	}
	return tx.Commit(ctx, delta.Operation{
		Name: "CONVERT", Parameters: parameters, Metrics: map[string]string{"numConvertedFiles": strconv.Itoa(len(files))},
		UserMetadata: c.p.get("spark.databricks.delta.commitInfo.userMetadata"),
	})
}

// list finds the files below the folder, and one schema for all of them: the columns of every file, then those of the
// folders' names. The folders must have the declared partition columns, in order.
func (c *conversion) list(ctx context.Context) ([]catalog.File, *types.Type, error) {
	source, err := relation.Files([]string{"parquet", c.folder}, "parquet", []string{c.folder}, map[string]string{"mergeschema": "true"}, nil, nil, nil)
	if err != nil {
		return nil, nil, err
	}
	snapshot, err := source.Snapshot(ctx, noTime)
	if sqlerr.Is(err, "UNABLE_TO_INFER_SCHEMA") || sqlerr.Is(err, "PATH_NOT_FOUND") {
		return nil, nil, sqlerr.New("DELTA_EMPTY_DIRECTORY", "directory", c.folder)
	}
	if err != nil {
		return nil, nil, err
	}
	files, _, err := snapshot.Files(ctx, nil)
	if err != nil {
		return nil, nil, err
	}
	if len(files) == 0 {
		return nil, nil, sqlerr.New("DELTA_EMPTY_DIRECTORY", "directory", c.folder)
	}
	found := snapshot.PartitionColumns()
	if len(found) != len(c.partitions) {
		return nil, nil, sqlerr.New("DELTA_UNEXPECTED_NUM_PARTITION_COLUMNS_FROM_FILE_NAME", "expectedColsSize", strconv.Itoa(len(c.partitions)),
			"expectedCols", quotedList(fieldNames(types.NewStruct(c.partitions...))), "parsedColsSize", strconv.Itoa(len(found)), "parsedCols", quotedList(found), "path", files[0].Path)
	}
	schema := types.NewStruct()
	for _, f := range snapshot.Schema().Fields {
		isPartition := false
		for _, p := range c.partitions {
			isPartition = isPartition || strings.EqualFold(p.Name, f.Name)
		}
		if !isPartition {
			f.Nullable = true
			schema.Fields = append(schema.Fields, f)
		}
	}
	for i, p := range c.partitions {
		if !strings.EqualFold(p.Name, found[i]) {
			return nil, nil, sqlerr.New("DELTA_UNEXPECTED_PARTITION_COLUMN_FROM_FILE_NAME", "expectedCol", types.Quote(p.Name), "parsedCol", types.Quote(found[i]), "path", files[0].Path)
		}
	}
	schema.Fields = append(schema.Fields, c.partitions...)
	if len(c.partitions) == 0 {
		return files, schema, nil
	}
	// Once more, with the declared types of the partition columns.
	if source, err = relation.Files([]string{"parquet", c.folder}, "parquet", []string{c.folder}, nil, schema, found, nil); err != nil {
		return nil, nil, err
	}
	if snapshot, err = source.Snapshot(ctx, noTime); err != nil {
		return nil, nil, err
	}
	files, _, err = snapshot.Files(ctx, nil)
	return files, schema, err
}

// file is a data file as the log notes it, with what its footer tells of the values.
func (c *conversion) file(ctx context.Context, f catalog.File, m *delta.Metadata) (*delta.AddFile, error) {
	out := &delta.AddFile{Path: f.Path, Size: f.Size, ModificationTime: f.Modified / 1000, DataChange: true, PartitionValues: map[string]*string{}}
	for _, p := range c.partitions {
		text, err := delta.FormatPartitionValue(p.Type, f.Partition[strings.ToLower(p.Name)], time.UTC)
		if err != nil {
			return nil, err
		}
		out.PartitionValues[p.Name] = text
	}
	if c.tree.NoStatistics {
		return out, nil
	}
	object, err := c.p.engine.files.Open(ctx, f.Path)
	if err != nil {
		return nil, sqlerr.New("STORAGE_ERROR", "operation", "Reading", "path", f.Path, "reason", err.Error())
	}
	defer object.Close() //nolint:errcheck // only read from
	stats, err := footerStats(object, f.Path, m)
	if err != nil {
		return nil, err
	}
	out.StatsJSON, err = m.StatsJSON(stats)
	return out, err
}

// footerStats are the statistics that a Parquet footer gives.
func footerStats(object interface {
	ReadAt([]byte, int64) (int, error)
	Size() int64
}, path string, m *delta.Metadata,
) (*delta.FileStats, error) {
	file, err := parquet.Open(object, object.Size(), path)
	if err != nil {
		return nil, err
	}
	data := types.NewStruct()
	for _, f := range m.Schema.Fields {
		if !m.IsPartition(f.Name) {
			data.Fields = append(data.Fields, f)
		}
	}
	columns, err := file.Bind(data, parquet.MatchName)
	if err != nil {
		return nil, err
	}
	out := &delta.FileStats{NumRecords: file.Rows(), TightBounds: true, Columns: map[string]delta.ColumnStats{}}
	for i, f := range data.Fields {
		leafStats(file, columns[i], f.Type, []string{f.Name}, out)
	}
	return out, nil
}

// leafStats adds up what the row groups tell of a column, or of the fields of a struct.
func leafStats(file *parquet.File, c *parquet.Column, t *types.Type, path []string, out *delta.FileStats) {
	switch {
	case t.Kind == types.Struct:
		for _, f := range t.Fields {
			leafStats(file, c, f.Type, append(path[:len(path):len(path)], f.Name), out)
		}
		return
	case t.IsNested():
		return
	}
	sum, known, bounded := delta.ColumnStats{}, true, true
	for g := range file.RowGroups() {
		s, ok := file.Statistics(g, c, path[1:]...)
		known = known && ok && s.Nulls >= 0
		if !known {
			return
		}
		sum.NullCount += s.Nulls
		if s.Nulls == int64(file.GroupRows(g)) {
			continue
		}
		// Inexact bounds are no smallest and greatest values; of texts the log keeps only prefixes anyway.
		if !bounded || s.Min == nil || s.Max == nil || !s.Exact && !t.IsString() {
			bounded = false
			continue
		}
		if sum.Min == nil {
			sum.Min, sum.Max = s.Min, s.Max
			continue
		}
		low, ok1 := types.Order(s.Min, sum.Min)
		high, ok2 := types.Order(s.Max, sum.Max)
		bounded = ok1 && ok2
		if low < 0 {
			sum.Min = s.Min
		}
		if high > 0 {
			sum.Max = s.Max
		}
	}
	if !bounded {
		sum.Min, sum.Max = nil, nil
	}
	if t.Kind == types.Float || t.Kind == types.Double {
		sum.Max = nil // footers say nothing of NaN, which is the greatest
	}
	out.Columns[delta.StatsPath(path...)] = sum
}
