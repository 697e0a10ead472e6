package engine

import (
	"os"
	"regexp"
	"strings"
	"testing"
)

// dbt-spark reads these lines: the type, the provider, the owner, and columns where there are any.
func TestInformationOfShowTableExtended(t *testing.T) {
	s := sessionOf(t, openTest(t, t.TempDir()))
	run(t, s,
		"CREATE TABLE d USING delta PARTITIONED BY (p) COMMENT 'of delta' AS SELECT 1L AS a, struct(1 AS x) AS s, 'x' AS p",
		"CREATE TABLE f USING parquet AS SELECT 1L AS x, CAST(2 AS DECIMAL(10,2)) AS y",
		"CREATE VIEW v AS SELECT a FROM d",
		"CREATE TEMPORARY VIEW tv AS SELECT 1 AS n")
	changing := regexp.MustCompile(`(?m)^(Owner|Created Time|Created By|Location): .*\n`)
	size := regexp.MustCompile(`Statistics: [0-9]+ bytes`)
	for name, want := range map[string]string{
		"d":  "Catalog: spark_catalog\nDatabase: default\nTable: d\nLast Access: UNKNOWN\nType: MANAGED\nProvider: delta\nComment: of delta\nPartition Provider: Catalog\nStatistics: N bytes, 1 rows\nPartition Columns: [`p`]\nSchema: root\n |-- a: bigint (nullable = true)\n |-- s: struct<x:int> (nullable = true)\n |-- p: string (nullable = true)\n\n",
		"f":  "Catalog: spark_catalog\nDatabase: default\nTable: f\nLast Access: UNKNOWN\nType: MANAGED\nProvider: parquet\nSchema: root\n |-- x: long (nullable = true)\n |-- y: decimal(10,2) (nullable = true)\n\n",
		"v":  "Catalog: spark_catalog\nDatabase: default\nTable: v\nLast Access: UNKNOWN\nType: VIEW\nView Text: SELECT a FROM d\nView Original Text: SELECT a FROM d\nView Catalog and Namespace: spark_catalog.default\nView Query Output Columns: [a]\nSchema: root\n |-- a: long (nullable = true)\n\n",
		"tv": "Table: tv\nLast Access: UNKNOWN\nType: VIEW\nSchema: root\n |-- n: integer (nullable = false)\n\n",
	} {
		all := rows(t, s, "SHOW TABLE EXTENDED LIKE '"+name+"'")
		if len(all) != 1 {
			t.Fatalf("%s: %q", name, all)
		}
		cells := strings.SplitN(all[0], "|", 4)
		if got := size.ReplaceAllString(changing.ReplaceAllString(cells[3], ""), "Statistics: N bytes"); got != want {
			t.Errorf("%s:\n%s\nwant\n%s", name, got, want)
		}
	}
	// A table whose folder is gone hides nothing.
	run(t, s, "CREATE TABLE gone USING delta LOCATION '"+t.TempDir()+"/gone' AS SELECT 1 AS a")
	found := rows(t, s, "SHOW TABLE EXTENDED LIKE 'gone'")
	place := regexp.MustCompile(`Location: file:(\S+)`).FindStringSubmatch(found[0])
	if place == nil {
		t.Fatal(found)
	}
	if err := os.RemoveAll(place[1]); err != nil {
		t.Fatal(err)
	}
	if all := rows(t, s, "SHOW TABLE EXTENDED LIKE '*'"); len(all) != 5 {
		t.Errorf("%d tables are listed: %q", len(all), all)
	}
}
