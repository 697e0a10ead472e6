package flightsrv

import (
	"fmt"
	"testing"

	"github.com/apache/arrow-go/v18/arrow/array"
	"github.com/apache/arrow-go/v18/arrow/flight"
	"github.com/apache/arrow-go/v18/arrow/flight/flightsql"
)

func TestMetadata(t *testing.T) {
	c, ctx := connect(t), within(t)
	update(t, ctx, c, "CREATE DATABASE IF NOT EXISTS meta_a")
	update(t, ctx, c, "CREATE DATABASE IF NOT EXISTS metaxa")
	update(t, ctx, c, "CREATE OR REPLACE TABLE meta_a.things (id BIGINT NOT NULL, price DECIMAL(10,2) COMMENT 'in MAD', tags ARRAY<STRING>) USING delta")
	update(t, ctx, c, "CREATE OR REPLACE TABLE meta_a.others (id INT) USING delta")
	update(t, ctx, c, "CREATE OR REPLACE VIEW meta_a.seen AS SELECT id FROM meta_a.things")
	text := func(s string) *string { return &s }
	schemas := func(pattern string) func() (*flight.FlightInfo, error) {
		return func() (*flight.FlightInfo, error) {
			return c.GetDBSchemas(ctx, &flightsql.GetDBSchemasOpts{DbSchemaFilterPattern: text(pattern)})
		}
	}
	tables := func(o *flightsql.GetTablesOpts) func() (*flight.FlightInfo, error) {
		return func() (*flight.FlightInfo, error) { return c.GetTables(ctx, o) }
	}
	for _, s := range []struct {
		what string
		ask  func() (*flight.FlightInfo, error)
		want string
	}{
		{"catalogs", func() (*flight.FlightInfo, error) { return c.GetCatalogs(ctx) }, "[[spark_catalog]]"},
		{"schemas by pattern", schemas("meta%"), "[[spark_catalog meta_a] [spark_catalog metaxa]]"},
		{"schemas by an escaped pattern", schemas(`meta\_%`), "[[spark_catalog meta_a]]"},
		{"schemas of another catalog", func() (*flight.FlightInfo, error) {
			return c.GetDBSchemas(ctx, &flightsql.GetDBSchemasOpts{Catalog: text("nope")})
		}, "[]"},
		{"tables", tables(&flightsql.GetTablesOpts{DbSchemaFilterPattern: text("meta_a")}), "[[spark_catalog meta_a others TABLE] [spark_catalog meta_a things TABLE] [spark_catalog meta_a seen VIEW]]"},
		{"tables by name", tables(&flightsql.GetTablesOpts{DbSchemaFilterPattern: text("meta_a"), TableNameFilterPattern: text("TH%")}), "[[spark_catalog meta_a things TABLE]]"},
		{"views", tables(&flightsql.GetTablesOpts{DbSchemaFilterPattern: text("meta_a"), TableTypes: []string{"VIEW"}}), "[[spark_catalog meta_a seen VIEW]]"},
		{"tables of another catalog", tables(&flightsql.GetTablesOpts{Catalog: text("nope")}), "[]"},
		{"types of tables", func() (*flight.FlightInfo, error) { return c.GetTableTypes(ctx) }, "[[TABLE] [VIEW]]"},
		{"primary keys", func() (*flight.FlightInfo, error) { return c.GetPrimaryKeys(ctx, flightsql.TableRef{Table: "things"}) }, "[]"},
		{"exported keys", func() (*flight.FlightInfo, error) { return c.GetExportedKeys(ctx, flightsql.TableRef{Table: "things"}) }, "[]"},
		{"imported keys", func() (*flight.FlightInfo, error) { return c.GetImportedKeys(ctx, flightsql.TableRef{Table: "things"}) }, "[]"},
		{"references", func() (*flight.FlightInfo, error) {
			return c.GetCrossReference(ctx, flightsql.TableRef{Table: "things"}, flightsql.TableRef{Table: "others"})
		}, "[]"},
	} {
		info, err := s.ask()
		if err != nil {
			t.Errorf("%s: %v", s.what, err)
			continue
		}
		if _, rows, err := fetch(ctx, c, info); err != nil || fmt.Sprint(rows) != s.want {
			t.Errorf("%s: %v %v, want %s", s.what, rows, err, s.want)
		}
	}
}

func TestKeys(t *testing.T) {
	c, ctx := connect(t), within(t)
	update(t, ctx, c, "CREATE DATABASE IF NOT EXISTS keyed")
	update(t, ctx, c, "CREATE OR REPLACE TABLE keyed.customers (country STRING NOT NULL, id BIGINT NOT NULL, CONSTRAINT c_pk PRIMARY KEY (country, id)) USING delta")
	update(t, ctx, c, "CREATE OR REPLACE TABLE keyed.orders (id BIGINT NOT NULL PRIMARY KEY, c STRING, n BIGINT, CONSTRAINT o_fk FOREIGN KEY (c, n) REFERENCES keyed.customers) USING delta")
	schema := "keyed"
	customers, orders := flightsql.TableRef{DBSchema: &schema, Table: "CUSTOMERS"}, flightsql.TableRef{Table: "orders"}
	reference := "[[spark_catalog keyed customers country spark_catalog keyed orders c 1 o_fk c_pk 3 3] [spark_catalog keyed customers id spark_catalog keyed orders n 2 o_fk c_pk 3 3]]"
	for _, s := range []struct {
		what string
		ask  func() (*flight.FlightInfo, error)
		want string
	}{
		{"primary", func() (*flight.FlightInfo, error) { return c.GetPrimaryKeys(ctx, customers) }, "[[spark_catalog keyed customers country 1 c_pk] [spark_catalog keyed customers id 2 c_pk]]"},
		{"imported", func() (*flight.FlightInfo, error) { return c.GetImportedKeys(ctx, orders) }, reference},
		{"exported", func() (*flight.FlightInfo, error) { return c.GetExportedKeys(ctx, customers) }, reference},
		{"between two", func() (*flight.FlightInfo, error) { return c.GetCrossReference(ctx, customers, orders) }, reference},
		{"the other way", func() (*flight.FlightInfo, error) { return c.GetCrossReference(ctx, orders, customers) }, "[]"},
		{"imported by the other", func() (*flight.FlightInfo, error) { return c.GetImportedKeys(ctx, customers) }, "[]"},
	} {
		info, err := s.ask()
		if err != nil {
			t.Errorf("%s: %v", s.what, err)
			continue
		}
		if _, rows, err := fetch(ctx, c, info); err != nil || fmt.Sprint(rows) != s.want {
			t.Errorf("%s: %v %v, want %s", s.what, rows, err, s.want)
		}
	}
}

func TestTablesWithTheirSchemas(t *testing.T) {
	c, ctx := connect(t), within(t)
	update(t, ctx, c, "CREATE DATABASE IF NOT EXISTS othermeta")
	update(t, ctx, c, "CREATE OR REPLACE TABLE othermeta.things (id BIGINT NOT NULL, price DECIMAL(10,2) COMMENT 'in MAD') USING delta")
	name := "othermeta"
	info, err := c.GetTables(ctx, &flightsql.GetTablesOpts{DbSchemaFilterPattern: &name, IncludeSchema: true})
	r := reading(t, ctx, c, info, err)
	if !r.Next() || r.RecordBatch().NumRows() != 1 {
		t.Fatal("not one table", r.Err())
	}
	schema, err := flight.DeserializeSchema(r.RecordBatch().Column(4).(*array.Binary).Value(0), nil)
	if err != nil {
		t.Fatal(err)
	}
	id, price := schema.Field(0), schema.Field(1)
	remarks, _ := price.Metadata.GetValue("ARROW:FLIGHT:SQL:REMARKS")
	precision, _ := price.Metadata.GetValue("ARROW:FLIGHT:SQL:PRECISION")
	for key, want := range map[string]string{"CATALOG_NAME": "spark_catalog", "SCHEMA_NAME": "othermeta", "TABLE_NAME": "things", "TYPE_NAME": "DECIMAL(10,2)", "SCALE": "2", "IS_READ_ONLY": "0", "IS_SEARCHABLE": "1"} {
		if got, _ := price.Metadata.GetValue("ARROW:FLIGHT:SQL:" + key); got != want {
			t.Errorf("%s is %q, want %q", key, got, want)
		}
	}
	if id.Name != "id" || id.Nullable || price.Type.String() != "decimal(10, 2)" || remarks != "in MAD" || precision != "10" {
		t.Errorf("the schema is %s", schema)
	}
}

func TestTemporaryViewsAreOfTheSession(t *testing.T) {
	a, b, ctx := connect(t), connect(t), within(t)
	update(t, ctx, a, "CREATE OR REPLACE TEMPORARY VIEW only_mine AS SELECT 1 AS x")
	name := "only_mine"
	for c, want := range map[*flightsql.Client]string{a: "[[spark_catalog <nil> only_mine VIEW]]", b: "[]"} {
		info, err := c.GetTables(ctx, &flightsql.GetTablesOpts{TableNameFilterPattern: &name})
		if err != nil {
			t.Fatal(err)
		}
		if _, rows, err := fetch(ctx, c, info); err != nil || fmt.Sprint(rows) != want {
			t.Errorf("%v %v, want %s", rows, err, want)
		}
	}
}

func TestSQLInfo(t *testing.T) {
	c, ctx := connect(t), within(t)
	info, err := c.GetSqlInfo(ctx, []flightsql.SqlInfo{flightsql.SqlInfoFlightSqlServerName, flightsql.SqlInfoFlightSqlServerVersion, flightsql.SqlInfoIdentifierQuoteChar})
	r := reading(t, ctx, c, info, err)
	got := map[uint32]string{}
	for r.Next() {
		keys, values := r.RecordBatch().Column(0).(*array.Uint32), r.RecordBatch().Column(1).(*array.DenseUnion)
		for i := range keys.Len() {
			got[keys.Value(i)] = values.Field(values.ChildID(i)).ValueStr(int(values.ValueOffset(i)))
		}
	}
	want := map[uint32]string{
		uint32(flightsql.SqlInfoFlightSqlServerName): "Argan", uint32(flightsql.SqlInfoFlightSqlServerVersion): "1.2.3", uint32(flightsql.SqlInfoIdentifierQuoteChar): "`",
	}
	if fmt.Sprint(got) != fmt.Sprint(want) {
		t.Errorf("got %v, want %v", got, want)
	}
	// A driver asks for everything at once.
	if info, err = c.GetSqlInfo(ctx, nil); err != nil {
		t.Fatal(err)
	}
	all, err := c.DoGet(ctx, info.Endpoint[0].Ticket)
	if err != nil {
		t.Fatal(err)
	}
	defer all.Release()
	n := int64(0)
	for all.Next() {
		n += all.RecordBatch().NumRows()
	}
	if n < 80 || all.Err() != nil {
		t.Errorf("%d entries, %v", n, all.Err())
	}
}
