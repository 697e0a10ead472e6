// Package techmart holds the SQL scripts of the TechMart example, for the demo to run: bronze, silver and gold in
// Spark SQL over Delta, and the report on gold. The same files run unchanged on Spark. Beside them the streams of a live
// TechMart, in the streaming SQL of Databricks.
//
// In: nothing. Out: the steps of a load, to be run in order in one session with the variables raw and delivery set
// (`SET raw=...`), the queries of the report with their titles, and the streams (`SET brokers=...`).
package techmart

import (
	_ "embed" // the scripts are part of the binary
	"strings"
)

var (
	//go:embed 01_bronze.sql
	bronze string
	//go:embed 02_silver.sql
	silver string
	//go:embed 03_gold.sql
	gold string
	//go:embed 04_report.sql
	report string
	//go:embed streams.sql
	streams string
)

// Step is one script of a load.
type Step struct {
	// Name is the layer the script fills.
	Name string
	// SQL is the script, several statements.
	SQL string
}

// Query is one table of the report.
type Query struct {
	Title string
	SQL   string
}

// Deliveries are the deliveries the generator makes, in their order.
func Deliveries() []string { return []string{"day1", "day2"} }

// Load returns the scripts of one load in their order.
func Load() []Step {
	return []Step{{"bronze", bronze}, {"silver", silver}, {"gold", gold}}
}

// Streams returns the script of the live tables; its variable is brokers.
func Streams() Step { return Step{"streams", streams} }

// Report returns the queries of the report.
func Report() []Query {
	var queries []Query
	for _, part := range strings.Split(report, ";\n") {
		_, part, titled := strings.Cut(part, "-- title: ")
		title, sql, _ := strings.Cut(part, "\n")
		if titled {
			queries = append(queries, Query{Title: title, SQL: strings.TrimSpace(sql)})
		}
	}
	return queries
}
