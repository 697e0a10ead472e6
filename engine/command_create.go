package engine

import (
	"context"
	"encoding/json"
	"errors"
	"io/fs"
	"os"
	"slices"
	"strings"

	"github.com/argan-sql/argan/catalog/access"
	"github.com/argan-sql/argan/catalog/delta"
	"github.com/argan-sql/argan/catalog/metastore"
	"github.com/argan-sql/argan/catalog/relation"
	"github.com/argan-sql/argan/engine/tablewriter"
	"github.com/argan-sql/argan/exec/vector"
	"github.com/argan-sql/argan/planner/logical"
	"github.com/argan-sql/argan/planner/physical"
	"github.com/argan-sql/argan/sql/ast"
	"github.com/argan-sql/argan/sqlerr"
	"github.com/argan-sql/argan/types"
)

func init() {
	handle(createTable)
	handle(createTableLike)
	handle(dropTable)
}

// creation is a CREATE TABLE, resolved.
type creation struct {
	p           *planner
	tree        *ast.CreateTable
	name        objectName
	provider    string
	schema      *types.Type // nil: to be found at the location
	partitions  []string
	clusters    [][]string
	properties  map[string]string
	options     map[string]string
	comment     *string
	location    string // absolute
	external    bool
	constraints map[string]string
	query       physical.Node // nil without AS
	source      logical.Node
}

// providers are the formats of tables.
var providers = map[string]bool{"delta": true, "parquet": true, "csv": true, "json": true, "text": true, "kafka": true}

func (p *planner) provider(using string, n ast.Node) (string, error) {
	name := strings.ToLower(using)
	if name == "" {
		name = strings.ToLower(p.get("spark.sql.sources.default"))
	}
	if providers[name] {
		return name, nil
	}
	if pathFormats[name] || name == "hive" || name == "jdbc" {
		return "", sqlerr.Unsupported("Tables of the format %s", name).At(n.Pos())
	}
	return "", sqlerr.New("DATA_SOURCE_NOT_FOUND", "provider", using).At(n.Pos()).WithHint("There are delta, parquet, csv, json, text and kafka.")
}

func createTable(p *planner, ctx context.Context, t *ast.CreateTable) (*plan, error) {
	c, err := p.creation(ctx, t)
	if err != nil {
		return nil, err
	}
	name := "CREATE TABLE"
	if t.Mode != ast.Create {
		name = string(t.Mode) + " TABLE"
	}
	if t.As != nil {
		name += " AS SELECT"
	}
	return command(name, func(ctx context.Context, x *execution) error { return c.run(ctx, x, name) }), nil
}

func (p *planner) creation(ctx context.Context, t *ast.CreateTable) (*creation, error) {
	c := &creation{p: p, tree: t, comment: t.Comment, constraints: map[string]string{}}
	var err error
	if c.name, err = p.object(ctx, t.Table); err != nil {
		return nil, err
	}
	if err := p.engine.meta.Reserved(c.name.database, c.name.name); err != nil {
		return nil, at(err, t.Table)
	}
	switch {
	case t.RowFormat != "" || t.StoredAs != "" && !strings.EqualFold(t.StoredAs, "PARQUET"):
		return nil, sqlerr.Unsupported("Hive tables (ROW FORMAT, STORED AS)").At(t.Pos()).WithHint("Use USING delta, parquet, csv, json or text.")
	case t.Buckets != nil:
		return nil, sqlerr.New("DELTA_OPERATION_NOT_ALLOWED", "operation", "Bucketing").At(t.Buckets.Pos())
	case t.As != nil && len(t.Columns) > 0:
		return nil, sqlerr.New("_LEGACY_ERROR_TEMP_0035", "message", "Schema may not be specified in a Create Table As Select (CTAS) statement").At(t.Columns[0].Pos())
	}
	using := t.Using
	if using == "" && t.StoredAs != "" {
		using = "parquet"
	}
	if c.name.path {
		using = c.name.database
	}
	if c.provider, err = p.provider(using, t); err != nil {
		return nil, err
	}
	if c.properties, err = properties(t.Properties); err != nil {
		return nil, err
	}
	if c.options, err = optionMap(t.Options); err != nil {
		return nil, err
	}
	if c.provider == "kafka" {
		return c, at(c.kafka(), t)
	}
	if err := c.place(ctx); err != nil {
		return nil, err
	}
	if c.schema, err = p.columnSchema(ctx, t.Columns); err != nil {
		return nil, err
	}
	if t.As != nil {
		if c.source, err = p.logical(ctx, t.As); err != nil {
			return nil, err
		}
		if c.schema, err = tableSchema(declaredSchema(c.source.Output()), t.As); err != nil {
			return nil, err
		}
		if c.query, err = p.physical(ctx, c.source); err != nil {
			return nil, err
		}
	}
	var added []ast.ColumnDef
	if c.partitions, added, err = partitionColumns(t.PartitionBy, c.schema); err != nil {
		return nil, err
	}
	if len(added) > 0 {
		if c.schema, err = p.columnSchema(ctx, append(append([]ast.ColumnDef{}, t.Columns...), added...)); err != nil {
			return nil, err
		}
	}
	for _, n := range t.ClusterBy {
		c.clusters = append(c.clusters, n.Strings())
	}
	if len(c.clusters) > 0 && c.provider != "delta" {
		return nil, sqlerr.Unsupported("CLUSTER BY on a %s table", c.provider).At(t.ClusterBy[0].Pos())
	}
	return c, c.checkConstraints(ctx)
}

// place finds out where the table will lie.
func (c *creation) place(ctx context.Context) error {
	p, t := c.p, c.tree
	if c.name.path {
		table, err := p.engine.tables.open(p.engine.files, location("/", c.name.name))
		if err != nil {
			return err
		}
		c.location, c.external = table.Path(), true
		return p.pathRight(ctx, c.location, access.Own)
	}
	if c.name.database == globalTemp {
		return sqlerr.New("SCHEMA_NOT_FOUND", "schemaName", types.Quote(globalTemp)).At(t.Table.Pos())
	}
	folder, err := p.tableLocation(ctx, c.name.database, c.name.name)
	if err != nil {
		return at(err, t.Table)
	}
	c.location = folder
	path := text(t.Location)
	if path == "" {
		path = c.options["path"]
	}
	if path != "" {
		d, err := p.engine.meta.Database(ctx, c.name.database)
		if err != nil {
			return at(err, t.Table)
		}
		c.location, c.external = location(d.Location, path), true
	}
	if c.external || strings.ContainsAny(c.name.name, `/\`) {
		return at(p.pathRight(ctx, c.location, access.Own), t)
	}
	return nil
}

// tableSchema is a query's schema as a table keeps it: every column may be NULL, and names are there once.
func tableSchema(schema *types.Type, n ast.Node) (*types.Type, error) {
	out := types.NewStruct()
	seen := map[string]bool{}
	for _, f := range schema.Fields {
		key := strings.ToLower(f.Name)
		if seen[key] {
			return nil, sqlerr.New("COLUMN_ALREADY_EXISTS", "columnName", types.Quote(key)).At(n.Pos())
		}
		seen[key] = true
		f.Nullable = true
		out.Fields = append(out.Fields, f)
	}
	return out, nil
}

func (c *creation) checkConstraints(ctx context.Context) error {
	var keys []ast.Constraint
	for _, d := range c.tree.Columns {
		for _, k := range d.Keys {
			k.Columns = d.Name.Parts
			keys = append(keys, k)
		}
	}
	for _, k := range c.tree.Constraints {
		if k.Kind != ast.CheckConstraint {
			keys = append(keys, k)
			continue
		}
		if c.provider != "delta" {
			return sqlerr.Unsupported("CHECK constraints on a %s table", c.provider).At(k.Pos())
		}
		if !k.Name.Present() {
			return sqlerr.Unsupported("CHECK constraints without a name").At(k.Pos()).WithHint("Write CONSTRAINT name CHECK (…).")
		}
		if _, _, err := c.p.program(ctx, string(k.CheckText), c.schema); err != nil {
			return at(err, k)
		}
		c.constraints["delta.constraints."+strings.ToLower(k.Name.Text)] = strings.TrimSpace(string(k.CheckText))
	}
	// A primary key goes first: a foreign key may refer to the table itself.
	slices.SortStableFunc(keys, func(a, b ast.Constraint) int { return strings.Compare(string(b.Kind), string(a.Kind)) })
	for _, k := range keys {
		if c.provider != "delta" {
			return sqlerr.Unsupported("%s constraints on a %s table", k.Kind, c.provider).At(k.Pos())
		}
		if err := c.p.addKey(ctx, c.name, c.schema, c.constraints, k); err != nil {
			return err
		}
	}
	return nil
}

func (c *creation) run(ctx context.Context, x *execution, operation string) error {
	p, t := c.p, c.tree
	var old *metastore.Table
	if !c.name.path {
		var err error
		if old, err = p.engine.meta.Table(ctx, c.name.database, c.name.name); err != nil {
			return err
		}
	}
	if old != nil {
		switch {
		case t.IfNotExists:
			return nil
		case old.Kind == metastore.View && t.Mode != ast.Create:
			return sqlerr.New("EXPECT_TABLE_NOT_VIEW.NO_ALTERNATIVE", "viewName", c.name.String(), "operation", operation).At(t.Table.Pos())
		case t.Mode == ast.Create:
			return sqlerr.New("TABLE_OR_VIEW_ALREADY_EXISTS", "relationName", quoted(catalogName, c.name.database, c.name.name)).At(t.Table.Pos()).
				WithHint("CREATE TABLE IF NOT EXISTS leaves it as it is, CREATE OR REPLACE TABLE makes it anew.")
		}
		if !c.external || text(t.Location) == "" {
			c.location, c.external = old.Location, old.Kind == metastore.ExternalTable
		}
	} else if t.Mode == ast.Replace && !c.name.path {
		return p.notFound(ctx, []string{c.name.database, c.name.name}, t.Table)
	}
	switch c.provider {
	case "delta":
		return c.createDelta(ctx, x, old, operation)
	case "kafka":
		return c.createKafka(ctx)
	}
	return c.createFiles(ctx, x, old)
}

// register enters the table in the catalog.
func (c *creation) register(ctx context.Context, schema *types.Type) error {
	if c.name.path {
		return nil
	}
	owner := c.p.session.User()
	if old, err := c.p.engine.meta.Table(ctx, c.name.database, c.name.name); err == nil && old != nil && old.Owner != "" {
		owner = old.Owner // who replaces a table does not take it over
	}
	e := &metastore.Table{
		Database: c.name.database, Name: c.name.name, Kind: metastore.ManagedTable, Provider: c.provider, Location: c.location, Comment: text(c.comment),
		Owner: owner, Properties: c.properties, Options: c.options, Schema: schema, PartitionColumns: c.partitions,
	}
	if c.external {
		e.Kind = metastore.ExternalTable
	}
	return at(c.p.engine.meta.CreateTable(ctx, e, c.tree.Mode != ast.Create), c.tree.Table)
}

func (c *creation) createDelta(ctx context.Context, x *execution, old *metastore.Table, operation string) error {
	p, t := c.p, c.tree
	if old != nil && old.Provider != "delta" {
		return sqlerr.Unsupported("Replacing a %s table by a delta table", old.Provider).At(t.Pos()).WithHint("DROP TABLE first.")
	}
	table, err := p.engine.tables.open(p.engine.files, c.location)
	if err != nil {
		return at(err, t)
	}
	there, err := table.Exists(ctx)
	if err != nil {
		return err
	}
	if there && t.Mode == ast.Create {
		return c.adopt(ctx, table)
	}
	if !there && t.Mode == ast.Replace {
		return sqlerr.New("DELTA_CANNOT_REPLACE_MISSING_TABLE", "tableName", c.name.String()).At(t.Table.Pos())
	}
	if !there {
		if err := c.emptyFolder(ctx); err != nil {
			return err
		}
		if c.schema == nil && c.external {
			return sqlerr.New("DELTA_SCHEMA_NOT_PROVIDED").At(t.Pos()).WithHint("There is no Delta table at %s yet.", c.location)
		}
	}
	m, err := c.metadata()
	if err != nil {
		return at(err, t)
	}
	version, rows, err := c.commitDelta(ctx, x, table, there, m, operation)
	if err != nil {
		return at(err, t)
	}
	x.statement.changed(rows, version)
	return c.register(ctx, nil)
}

// emptyFolder refuses to make a Delta table among files that are no Delta table.
func (c *creation) emptyFolder(_ context.Context) error {
	entries, err := os.ReadDir(c.location)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return sqlerr.New("STORAGE_ERROR", "operation", "Reading", "path", c.location, "reason", err.Error())
	}
	for _, e := range entries {
		if name := e.Name(); !strings.HasPrefix(name, "_") && !strings.HasPrefix(name, ".") {
			return sqlerr.New("DELTA_CREATE_TABLE_WITH_NON_EMPTY_LOCATION", "tableId", c.name.String(), "tableLocation", c.location).At(c.tree.Pos()).
				WithHint("If a statement that was killed left the files there, delete the folder; else name another with LOCATION.")
		}
	}
	return nil
}

// adopt enters a Delta table that lies at the location already; what the statement says of it must be true.
func (c *creation) adopt(ctx context.Context, table *delta.Table) error {
	t := c.tree
	if c.name.path {
		if t.IfNotExists {
			return nil
		}
		return sqlerr.New("DELTA_TABLE_ALREADY_EXISTS", "tableName", c.name.database+"."+types.Quote(c.name.name)).At(t.Table.Pos())
	}
	if c.query != nil {
		return sqlerr.New("DELTA_CREATE_TABLE_WITH_NON_EMPTY_LOCATION", "tableId", c.name.String(), "tableLocation", c.location).At(t.Pos())
	}
	s, err := table.Snapshot(ctx, delta.At{})
	if err != nil {
		return err
	}
	m := s.Metadata
	if c.schema != nil && !sameColumns(c.schema, m.Schema) {
		return sqlerr.New("DELTA_CREATE_TABLE_SCHEME_MISMATCH", "path", c.location, "specifiedSchema", c.schema.SQL(), "existingSchema", m.Schema.SQL()).At(t.Pos())
	}
	if len(c.partitions) > 0 && !strings.EqualFold(strings.Join(c.partitions, ","), strings.Join(m.PartitionColumns, ",")) {
		return sqlerr.New("DELTA_CREATE_TABLE_WITH_DIFFERENT_PARTITIONING", "path", c.location, "specifiedColumns", strings.Join(c.partitions, ","), "existingColumns", strings.Join(m.PartitionColumns, ",")).At(t.Pos())
	}
	for k, v := range c.properties {
		if m.Configuration[k] != v && strings.HasPrefix(k, "delta.") {
			return sqlerr.New("DELTA_CREATE_TABLE_WITH_DIFFERENT_PROPERTY", "path", c.location, "specifiedProperties", k+"="+v, "existingProperties", k+"="+m.Configuration[k]).At(t.Pos())
		}
	}
	return c.register(ctx, nil)
}

func sameColumns(a, b *types.Type) bool {
	if len(a.Fields) != len(b.Fields) {
		return false
	}
	for i := range a.Fields {
		if !strings.EqualFold(a.Fields[i].Name, b.Fields[i].Name) || !a.Fields[i].Type.Equal(b.Fields[i].Type) {
			return false
		}
	}
	return true
}

// metadata is that of the new table.
func (c *creation) metadata() (*delta.Metadata, error) {
	all := map[string]string{}
	for k, v := range c.options {
		if k != "path" && strings.HasPrefix(k, "delta.") {
			all[k] = v
		}
	}
	for k, v := range c.properties {
		all[k] = v
	}
	config, err := delta.ValidateProperties(all)
	if err != nil {
		return nil, err
	}
	for k, v := range c.constraints {
		config[k] = v
	}
	schema := c.schema
	if schema == nil {
		schema = types.NewStruct()
	}
	return &delta.Metadata{
		Description: c.comment, Format: delta.Format{Provider: "parquet", Options: map[string]string{}}, Schema: schema,
		PartitionColumns: append([]string{}, c.partitions...), Configuration: config,
	}, nil
}

func (c *creation) commitDelta(ctx context.Context, x *execution, table *delta.Table, there bool, m *delta.Metadata, operation string) (version, rows int64, err error) {
	p := c.p
	var tx *delta.Transaction
	if there {
		s, err := table.Snapshot(ctx, delta.At{})
		if err != nil {
			return 0, 0, err
		}
		tx = table.Begin(s)
		tx.RemoveAll()
		if err := tx.SetMetadata(m); err != nil {
			return 0, 0, err
		}
	} else if table, tx, err = delta.Create(p.engine.files, c.location, m); err != nil {
		return 0, 0, err
	}
	if len(c.clusters) > 0 || tx.Clustered() {
		if err := tx.SetClustering(c.clusters); err != nil {
			return 0, 0, err
		}
	}
	metrics := map[string]string{}
	var writer *tablewriter.Writer
	if c.query != nil {
		checks, err := p.checks(ctx, tx.Metadata())
		if err != nil {
			return 0, 0, err
		}
		writer = tablewriter.New(ctx, p.engine.files, table.Path(), tx.Metadata(), tablewriter.Options{Workers: p.threads(), Memory: p.engine.config.MemoryLimit / 8, DataChange: true, Checks: checks})
		if err := x.stream(ctx, p, c.query, nil, writer.Write); err != nil {
			writer.Abort()
			return 0, 0, err
		}
		files, err := writer.Finish()
		if err != nil {
			return 0, 0, err
		}
		for _, f := range files {
			tx.Add(f)
		}
		rows = writer.Rows()
		metrics = map[string]string{"numFiles": itoa(int64(len(files))), "numOutputRows": itoa(rows), "numOutputBytes": itoa(writer.Bytes())}
	}
	if err := x.noteLoad(tx, rows); err != nil {
		writer.Abort()
		return 0, 0, err
	}
	props, err := json.Marshal(tx.Metadata().Configuration)
	if err != nil {
		return 0, 0, err
	}
	partitions, err := json.Marshal(m.PartitionColumns)
	if err != nil {
		return 0, 0, err
	}
	parameters := map[string]any{"isManaged": !c.external, "description": nil, "partitionBy": string(partitions), "clusterBy": "[]", "properties": string(props)}
	if c.comment != nil {
		parameters["description"] = *c.comment
	}
	version, err = tx.Commit(ctx, delta.Operation{Name: operation, Parameters: parameters, Metrics: metrics, UserMetadata: p.get("spark.databricks.delta.commitInfo.userMetadata")})
	if err != nil && writer != nil {
		writer.Abort()
	}
	return version, rows, err
}

// createFiles makes a table of plain files.
func (c *creation) createFiles(ctx context.Context, x *execution, old *metastore.Table) error {
	t := c.tree
	if t.Mode != ast.Create {
		return sqlerr.Unsupported("%s TABLE of a %s table", t.Mode, c.provider).At(t.Pos()).WithHint("DROP TABLE first, or use a Delta table.")
	}
	if c.query != nil || c.schema != nil && !c.external {
		if err := os.MkdirAll(c.location, 0o755); err != nil {
			return sqlerr.New("STORAGE_ERROR", "operation", "Making", "path", c.location, "reason", err.Error())
		}
	}
	delete(c.options, "path")
	table, err := relation.Files([]string{catalogName, c.name.database, c.name.name}, c.provider, []string{c.location}, c.options, c.schema, c.partitions, c.properties)
	if err != nil {
		return at(err, t)
	}
	if c.query != nil {
		// The query's columns are in the order of c.schema; the table has those it is partitioned by at the end.
		n, err := x.writeFilesOf(ctx, c.p, table, c.schema, replaceAll, func(sink func(*vector.Batch) error) error { return x.stream(ctx, c.p, c.query, nil, sink) })
		if err != nil {
			return err
		}
		x.statement.changed(n, -1)
	}
	schema := c.schema
	if schema == nil {
		s, err := table.Snapshot(ctx, noTime)
		if err != nil {
			return at(err, t)
		}
		schema = s.Schema()
		c.partitions = s.PartitionColumns()
	}
	return c.register(ctx, partitionsLast(schema, c.partitions))
}

// partitionsLast is a schema with the columns that the table is partitioned by at the end, as tables of plain files have it.
func partitionsLast(schema *types.Type, partitions []string) *types.Type {
	out := types.NewStruct()
	last := make([]types.Field, len(partitions))
	for _, f := range schema.Fields {
		if i := slices.IndexFunc(partitions, func(p string) bool { return strings.EqualFold(p, f.Name) }); i >= 0 {
			last[i] = f
		} else {
			out.Fields = append(out.Fields, f)
		}
	}
	out.Fields = append(out.Fields, last...)
	return out
}

func createTableLike(p *planner, ctx context.Context, t *ast.CreateTableLike) (*plan, error) {
	from, err := p.relation(ctx, t.Like)
	if err != nil {
		return nil, err
	}
	schema, partitions, err := p.schemaOf(ctx, from)
	if err != nil {
		return nil, err
	}
	if from.table != nil && from.table.Provider() == "delta" {
		schema = delta.WithoutMapping(schema)
	}
	create := &ast.CreateTable{At: t.At, Mode: ast.Create, IfNotExists: t.IfNotExists, Table: t.Table, TableSpec: t.TableSpec}
	if create.Using == "" && from.table != nil && notSystem(from.table) == nil {
		create.Using = from.table.Provider()
	}
	c, err := p.creation(ctx, create)
	if err != nil {
		return nil, err
	}
	c.schema, c.partitions = schema, partitions
	if from.entry != nil && from.entry.Options != nil && len(c.options) == 0 {
		for k, v := range from.entry.Options {
			c.options[k] = v
		}
	}
	return command("CREATE TABLE", func(ctx context.Context, x *execution) error { return c.run(ctx, x, "CREATE TABLE") }), nil
}

func dropTable(p *planner, ctx context.Context, t *ast.DropTable) (*plan, error) {
	parts, err := p.parts(ctx, t.Table)
	if err != nil {
		return nil, err
	}
	return command("DROP TABLE", func(ctx context.Context, x *execution) error {
		o, err := p.complete(ctx, parts, t.Table)
		if err != nil {
			if t.IfExists && sqlerr.Is(err, "TABLE_OR_VIEW_NOT_FOUND") {
				return nil
			}
			return err
		}
		if o.path {
			return sqlerr.New("DELTA_CANNOT_DROP_PATH_TABLE").At(t.Table.Pos())
		}
		if o.temporary != "" && p.session.dropView(o.temporary, false) || o.database == globalTemp && p.session.dropView(o.name, true) {
			return nil // Spark drops temporary views here too
		}
		entry, err := p.entry(ctx, o)
		if err != nil {
			return err
		}
		if entry == nil {
			if t.IfExists {
				return nil
			}
			return p.notFound(ctx, parts, t.Table)
		}
		if entry.Kind == metastore.View {
			return sqlerr.New("WRONG_COMMAND_FOR_OBJECT_TYPE", "operation", "DROP TABLE", "requiredType", "EXTERNAL or MANAGED", "objectName", quoted(catalogName, entry.Database, entry.Name),
				"foundType", "VIEW", "alternative", "DROP VIEW").At(t.Table.Pos())
		}
		if err := p.engine.dropFlows(ctx, entry); err != nil {
			return err
		}
		if _, err := p.engine.meta.DropTable(ctx, o.database, o.name); err != nil {
			return err
		}
		p.engine.tables.forget(entry.Location)
		if entry.Kind == metastore.ManagedTable {
			return p.engine.removeData(entry.Location)
		}
		return nil
	}), nil
}
