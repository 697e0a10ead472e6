package engine

import (
	"regexp"
	"strings"
	"testing"
)

// dbt-spark reads these lines: the type, the provider, the owner, and columns where there are any.
func TestInformationOfShowTableExtended(t *testing.T) {
	s := sessionOf(t, openTest(t, t.TempDir()))
	run(t, s,
		"CREATE TABLE d USING delta PARTITIONED BY (p) COMMENT 'of delta' AS SELECT 1 AS a, 'x' AS p",
		"CREATE TABLE f USING parquet AS SELECT 1L AS x, CAST(2 AS DECIMAL(10,2)) AS y",
		"CREATE VIEW v AS SELECT a FROM d",
		"CREATE TEMPORARY VIEW tv AS SELECT 1 AS n")
	changing := regexp.MustCompile(`(?m)^(Owner|Created Time|Created By|Location): .*\n`)
	for name, want := range map[string]string{
		"d":  "Catalog: spark_catalog\nDatabase: default\nTable: d\nLast Access: UNKNOWN\nType: MANAGED\nProvider: delta\nComment: of delta\nPartition Provider: Catalog\nPartition Columns: [`p`]\n\n",
		"f":  "Catalog: spark_catalog\nDatabase: default\nTable: f\nLast Access: UNKNOWN\nType: MANAGED\nProvider: parquet\nSchema: root\n |-- x: long (nullable = true)\n |-- y: decimal(10,2) (nullable = true)\n\n",
		"v":  "Catalog: spark_catalog\nDatabase: default\nTable: v\nLast Access: UNKNOWN\nType: VIEW\nView Text: SELECT a FROM d\nView Original Text: SELECT a FROM d\nView Catalog and Namespace: spark_catalog.default\nView Query Output Columns: [a]\nSchema: root\n |-- a: integer (nullable = true)\n\n",
		"tv": "Table: tv\nLast Access: UNKNOWN\nType: VIEW\nSchema: root\n |-- n: integer (nullable = false)\n\n",
	} {
		all := rows(t, s, "SHOW TABLE EXTENDED LIKE '"+name+"'")
		if len(all) != 1 {
			t.Fatalf("%s: %q", name, all)
		}
		cells := strings.SplitN(all[0], "|", 4)
		if got := changing.ReplaceAllString(cells[3], ""); got != want {
			t.Errorf("%s:\n%s\nwant\n%s", name, got, want)
		}
	}
}
