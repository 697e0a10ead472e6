// Package plantest is a small catalog in memory for tests of the planner: tables with columns and statistics but no
// files, views, settings and parameters. In: column lists in SQL. Out: an analyzer.Environment.
package plantest

import (
	"context"
	"fmt"
	"math/rand/v2"
	"strings"
	"time"

	"github.com/argan-sql/argan/catalog"
	"github.com/argan-sql/argan/exec/function"
	_ "github.com/argan-sql/argan/exec/function/all" // every function by name
	"github.com/argan-sql/argan/exec/vector"
	"github.com/argan-sql/argan/planner/analyzer"
	"github.com/argan-sql/argan/planner/logical"
	"github.com/argan-sql/argan/sql/ast"
	"github.com/argan-sql/argan/sql/parser"
	"github.com/argan-sql/argan/types"
)

// Catalog is the environment. The current database is default, the catalog spark_catalog, the zone UTC, the time fixed.
type Catalog struct {
	tables     map[string]*Table
	views      map[string]*analyzer.Relation
	Settings   map[string]string
	Parameters map[string]*vector.Vector // by name, or by index as text
}

// New is an empty catalog.
func New() *Catalog {
	return &Catalog{tables: map[string]*Table{}, views: map[string]*analyzer.Relation{}, Settings: map[string]string{}, Parameters: map[string]*vector.Vector{}}
}

// AddTable adds a Delta table to the database default; columns are as in CREATE TABLE.
func (c *Catalog) AddTable(name, columns string) (*Table, error) {
	schema, err := parser.ParseColumns(columns)
	if err != nil {
		return nil, fmt.Errorf("columns of %s: %w", name, err)
	}
	t := &Table{name: name, schema: schema, Stats: catalog.Statistics{Rows: -1, Bytes: -1}}
	c.tables[strings.ToLower(name)] = t
	return t, nil
}

// AddView adds a permanent view.
func (c *Catalog) AddView(name, text string) error {
	st, err := parser.Parse(text)
	if err != nil {
		return fmt.Errorf("view %s: %w", name, err)
	}
	q, ok := st.(*ast.Query)
	if !ok {
		return fmt.Errorf("view %s: not a query", name)
	}
	c.views[strings.ToLower(name)] = &analyzer.Relation{
		Name: []string{"spark_catalog", "default", name},
		View: &analyzer.View{Query: q, Place: analyzer.Place{Catalog: "spark_catalog", Database: "default"}},
	}
	return nil
}

// Query parses and analyzes a query.
func (c *Catalog) Query(text string) (logical.Node, error) {
	st, err := parser.Parse(text)
	if err != nil {
		return nil, err
	}
	q, ok := st.(*ast.Query)
	if !ok {
		return nil, fmt.Errorf("not a query: %T", st)
	}
	return analyzer.New(c).Query(q)
}

// Context is the background.
func (c *Catalog) Context() context.Context { return context.Background() }

// Functions are the settings fixed at the statement's start.
func (c *Catalog) Functions() *function.Context {
	zone := time.UTC
	if z, err := time.LoadLocation(c.Settings["spark.sql.session.timeZone"]); err == nil {
		zone = z
	}
	return &function.Context{
		ANSI: c.Settings["spark.sql.ansi.enabled"] == "true", Zone: zone, Now: time.Date(2024, 5, 6, 7, 8, 9, 0, time.UTC),
		User: "tester", Database: "default", Catalog: "spark_catalog", Version: "test", Setting: c.Setting, Rand: rand.New(rand.NewPCG(1, 2)),
	}
}

// Setting is a setting of the session.
func (c *Catalog) Setting(key string) string { return c.Settings[key] }

// Relation finds a table or view of the database default.
func (c *Catalog) Relation(name []string, _ analyzer.Place) (*analyzer.Relation, error) {
	if len(name) > 1 && !strings.EqualFold(name[len(name)-2], "default") {
		return nil, nil
	}
	key := strings.ToLower(name[len(name)-1])
	if v := c.views[key]; v != nil {
		return v, nil
	}
	t := c.tables[key]
	if t == nil {
		return nil, nil
	}
	return &analyzer.Relation{Name: t.Name(), Table: t}, nil
}

// TableFunction knows none.
func (c *Catalog) TableFunction(string, []analyzer.Argument, analyzer.Place) (*analyzer.Relation, error) {
	return nil, nil
}

// Parameter is a parameter by name or index.
func (c *Catalog) Parameter(name string, index int) *vector.Vector {
	if name == "" {
		name = fmt.Sprint(index)
	}
	return c.Parameters[name]
}

// Variable knows none.
func (c *Catalog) Variable([]string) *vector.Vector { return nil }

// Macro knows none.
func (c *Catalog) Macro([]string, analyzer.Place) *analyzer.Macro { return nil }

// Table is a table, and its only snapshot.
type Table struct {
	name       string
	schema     *types.Type
	Stats      catalog.Statistics
	Partitions []string
	Props      map[string]string
	provider   string
}

// Name is catalog, database and table.
func (t *Table) Name() []string { return []string{"spark_catalog", "default", t.name} }

// Provider is delta, if the test does not say otherwise.
func (t *Table) Provider() string {
	if t.provider == "" {
		return "delta"
	}
	return t.provider
}

// Location is none.
func (t *Table) Location() string { return "" }

// Snapshot is the table itself, whatever the version.
func (t *Table) Snapshot(context.Context, catalog.At) (catalog.Snapshot, error) { return t, nil }

// Schema is the table's columns.
func (t *Table) Schema() *types.Type { return t.schema }

// PartitionColumns are the partition columns.
func (t *Table) PartitionColumns() []string { return t.Partitions }

// Properties are the table's properties.
func (t *Table) Properties() map[string]string { return t.Props }

// Version is always 0.
func (t *Table) Version() int64 { return 0 }

// Statistics are what the test says.
func (t *Table) Statistics() catalog.Statistics { return t.Stats }

// Files are none.
func (t *Table) Files(context.Context, catalog.Predicate) ([]catalog.File, int, error) {
	return nil, 0, nil
}
