package hivesrv

import (
	"context"
	"fmt"
	"strings"
	"testing"

	hive "github.com/beltran/gohive/hiveserver"
)

func pattern(s string) *hive.TPatternOrIdentifier {
	p := hive.TPatternOrIdentifier(s)
	return &p
}

func identifier(s string) *hive.TIdentifier {
	p := hive.TIdentifier(s)
	return &p
}

// asked gives the rows of a metadata call.
func (c *client) asked(status *hive.TStatus, h *hive.TOperationHandle, err error) [][]string {
	c.t.Helper()
	if err != nil || status.StatusCode != hive.TStatusCode_SUCCESS_STATUS {
		c.t.Fatal(status, err)
	}
	if state := c.poll(h).GetOperationState(); state != stateFinished {
		c.t.Errorf("the state is %v", state)
	}
	return c.rows(h)
}

func (c *client) names(h *hive.TOperationHandle) string {
	c.t.Helper()
	m, err := c.GetResultSetMetadata(context.Background(), &hive.TGetResultSetMetadataReq{OperationHandle: h})
	c.well(m, err)
	var out []string
	for _, column := range m.Schema.Columns {
		out = append(out, column.ColumnName)
	}
	if first := m.Schema.Columns[0].Position; first != 1 {
		c.t.Errorf("the first position is %d", first)
	}
	return strings.Join(out, " ")
}

func TestMetadata(t *testing.T) {
	c := connect(t, serving(t, nil), jdbc, nil)
	ctx := context.Background()
	for _, sql := range []string{
		"CREATE DATABASE shop",
		"CREATE TABLE shop.items (id BIGINT NOT NULL COMMENT 'the key', price DECIMAL(10,2), name CHAR(3), tags ARRAY<INT>, s STRUCT<x: INT>, at TIMESTAMP, n SMALLINT) USING DELTA COMMENT 'things'",
		"CREATE VIEW shop.cheap AS SELECT id FROM shop.items",
		"CREATE TEMPORARY VIEW mine AS SELECT 1 AS one",
	} {
		c.query(sql)
	}
	schemas, err := c.GetSchemas(ctx, &hive.TGetSchemasReq{SessionHandle: c.session, SchemaName: pattern("sh*")})
	if got := c.asked(schemas.GetStatus(), schemas.GetOperationHandle(), err); fmt.Sprint(got) != "[[shop ]]" {
		t.Errorf("schemas: %v", got)
	}
	if h := schemas.OperationHandle; h.OperationType != hive.TOperationType_GET_SCHEMAS || c.names(h) != "TABLE_SCHEM TABLE_CATALOG" {
		t.Errorf("%v", h)
	}
	tables, err := c.GetTables(ctx, &hive.TGetTablesReq{SessionHandle: c.session, SchemaName: pattern("shop"), TableName: pattern("%")})
	if got := c.asked(tables.GetStatus(), tables.GetOperationHandle(), err); fmt.Sprint(got) !=
		"[[ shop cheap VIEW  NULL NULL NULL NULL NULL] [ shop items TABLE things NULL NULL NULL NULL NULL]]" {
		t.Errorf("tables: %v", got)
	}
	tables, err = c.GetTables(ctx, &hive.TGetTablesReq{SessionHandle: c.session, TableName: pattern("i_ems"), TableTypes: []string{"TABLE"}})
	if got := c.asked(tables.GetStatus(), tables.GetOperationHandle(), err); len(got) != 1 || got[0][2] != "items" {
		t.Errorf("tables: %v", got)
	}
	tables, err = c.GetTables(ctx, &hive.TGetTablesReq{SessionHandle: c.session, TableName: pattern("mine")})
	if got := c.asked(tables.GetStatus(), tables.GetOperationHandle(), err); len(got) != 1 || got[0][1] != "" {
		t.Errorf("temporary views: %v", got)
	}
	columns, err := c.GetColumns(ctx, &hive.TGetColumnsReq{SessionHandle: c.session, SchemaName: pattern("shop"), TableName: pattern("items")})
	rows := c.asked(columns.GetStatus(), columns.GetOperationHandle(), err)
	want := []string{
		"id -5 BIGINT 8 NULL 10 0 the key 1 NO", "price 3 DECIMAL(10,2) 10 2 10 1  2 YES", "name 1 CHAR(3) 3 NULL NULL 1  3 YES", "tags 2003 ARRAY<INT> NULL NULL NULL 1  4 YES",
		"s 2002 STRUCT<x: INT> 4 NULL NULL 1  5 YES", "at 93 TIMESTAMP 8 6 NULL 1  6 YES", "n 5 SMALLINT 2 NULL 10 1  7 YES",
	}
	if len(rows) != len(want) {
		t.Fatalf("columns: %v", rows)
	}
	for i, r := range rows {
		if got := strings.Join([]string{r[3], r[4], r[5], r[6], r[8], r[9], r[10], r[11], r[16], r[17]}, " "); got != want[i] {
			t.Errorf("column %d: %s, want %s", i, got, want[i])
		}
	}
	columns, err = c.GetColumns(ctx, &hive.TGetColumnsReq{SessionHandle: c.session, TableName: pattern("cheap"), ColumnName: pattern("i%")})
	if got := c.asked(columns.GetStatus(), columns.GetOperationHandle(), err); len(got) != 1 || got[0][3] != "id" {
		t.Errorf("columns of a view: %v", got)
	}
	catalogs, err := c.GetCatalogs(ctx, &hive.TGetCatalogsReq{SessionHandle: c.session})
	if got := c.asked(catalogs.GetStatus(), catalogs.GetOperationHandle(), err); len(got) != 0 {
		t.Errorf("catalogs: %v", got)
	}
	kinds, err := c.GetTableTypes(ctx, &hive.TGetTableTypesReq{SessionHandle: c.session})
	if got := c.asked(kinds.GetStatus(), kinds.GetOperationHandle(), err); fmt.Sprint(got) != "[[TABLE] [VIEW]]" {
		t.Errorf("table types: %v", got)
	}
	functions, err := c.GetFunctions(ctx, &hive.TGetFunctionsReq{SessionHandle: c.session, FunctionName: "upp%"})
	if got := c.asked(functions.GetStatus(), functions.GetOperationHandle(), err); len(got) != 1 || got[0][2] != "upper" || !strings.HasPrefix(got[0][3], "Usage: ") {
		t.Errorf("functions: %v", got)
	}
	infos, err := c.GetTypeInfo(ctx, &hive.TGetTypeInfoReq{SessionHandle: c.session})
	if got := c.asked(infos.GetStatus(), infos.GetOperationHandle(), err); len(got) != len(typeInfos) || got[0][0] != "VOID" || got[2][1] != "12" {
		t.Errorf("types: %v", got)
	}
}

func TestKeys(t *testing.T) {
	c := connect(t, serving(t, nil), jdbc, nil)
	ctx := context.Background()
	c.query("CREATE TABLE customers (country STRING NOT NULL, id INT NOT NULL, CONSTRAINT c_pk PRIMARY KEY (country, id)) USING DELTA")
	c.query("CREATE TABLE orders (o INT, land STRING, c INT, CONSTRAINT o_fk FOREIGN KEY (land, c) REFERENCES customers (country, id)) USING DELTA")
	keys, err := c.GetPrimaryKeys(ctx, &hive.TGetPrimaryKeysReq{SessionHandle: c.session, SchemaName: identifier("default"), TableName: identifier("Customers")})
	if got := c.asked(keys.GetStatus(), keys.GetOperationHandle(), err); fmt.Sprint(got) != "[[ default customers country 1 c_pk] [ default customers id 2 c_pk]]" {
		t.Errorf("primary keys: %v", got)
	}
	if got := c.names(keys.OperationHandle); got != "TABLE_CAT TABLE_SCHEM TABLE_NAME COLUMN_NAME KEQ_SEQ PK_NAME" {
		t.Errorf("primary keys: %s", got)
	}
	cross, err := c.GetCrossReference(ctx, &hive.TGetCrossReferenceReq{SessionHandle: c.session, ParentTableName: identifier("customers"), ForeignTableName: identifier("orders")})
	if got := c.asked(cross.GetStatus(), cross.GetOperationHandle(), err); fmt.Sprint(got) !=
		"[[ default customers country  default orders land 1 3 3 o_fk c_pk 7] [ default customers id  default orders c 2 3 3 o_fk c_pk 7]]" {
		t.Errorf("cross reference: %v", got)
	}
	if got := strings.Fields(c.names(cross.OperationHandle)); len(got) != 14 {
		t.Errorf("cross reference: %v", got)
	}
	cross, err = c.GetCrossReference(ctx, &hive.TGetCrossReferenceReq{SessionHandle: c.session, ParentTableName: identifier("orders")})
	if got := c.asked(cross.GetStatus(), cross.GetOperationHandle(), err); len(got) != 0 {
		t.Errorf("nothing refers to orders: %v", got)
	}
}

// Spark closes the connection on most types of GetInfo; here each has an answer, and one that there is not is refused.
func TestInfo(t *testing.T) {
	c := connect(t, serving(t, nil), jdbc, nil)
	ctx := context.Background()
	answered := 0
	for n := range hive.TGetInfoType(10010) {
		if _, err := hive.TGetInfoTypeFromString(n.String()); err != nil {
			continue
		}
		r, err := c.GetInfo(ctx, &hive.TGetInfoReq{SessionHandle: c.session, InfoType: n})
		c.well(r, err)
		answered++
	}
	if answered != len(infos) {
		t.Errorf("%d types, %d answers", answered, len(infos))
	}
	for kind, want := range map[hive.TGetInfoType]string{
		hive.TGetInfoType_CLI_SERVER_NAME: "Spark SQL", hive.TGetInfoType_CLI_DBMS_NAME: "Spark SQL", hive.TGetInfoType_CLI_DBMS_VER: "3.5.3", hive.TGetInfoType_CLI_USER_NAME: "ann",
	} {
		r, err := c.GetInfo(ctx, &hive.TGetInfoReq{SessionHandle: c.session, InfoType: kind})
		c.well(r, err)
		if got := r.InfoValue.GetStringValue(); got != want {
			t.Errorf("%v: %s, want %s", kind, got, want)
		}
	}
	r, err := c.GetInfo(ctx, &hive.TGetInfoReq{SessionHandle: c.session, InfoType: 4711})
	if err != nil || r.Status.StatusCode != hive.TStatusCode_ERROR_STATUS {
		t.Errorf("%v %v", r, err)
	}
	if got := c.query("SELECT 1"); len(got) != 1 {
		t.Errorf("the connection is not good any more: %v", got)
	}
}
