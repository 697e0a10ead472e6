package httpsrv

import (
	"context"
	"encoding/json"
	"fmt"
	"log/slog"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/argan-sql/argan/engine"
)

func eventually(t *testing.T, what string, f func() bool) {
	t.Helper()
	for end := time.Now().Add(5 * time.Second); !f(); time.Sleep(2 * time.Millisecond) {
		if time.Now().After(end) {
			t.Fatalf("it never happens that %s", what)
		}
	}
}

func fetched(t *testing.T, path string, into any) {
	t.Helper()
	resp := call(t, http.MethodGet, path, "")
	body := bodyOf(t, resp)
	if resp.StatusCode != http.StatusOK || resp.Header.Get("Content-Type") != "application/json" {
		t.Fatalf("%s: %d %s", path, resp.StatusCode, body)
	}
	if err := json.Unmarshal([]byte(body), into); err != nil {
		t.Fatalf("%s: %v in %s", path, err, body)
	}
}

func TestMetadata(t *testing.T) {
	must(t, "", "CREATE DATABASE IF NOT EXISTS http_meta")
	must(t, "", "CREATE OR REPLACE TABLE http_meta.things (id BIGINT NOT NULL, price DECIMAL(10,2) COMMENT 'in MAD', day DATE) USING delta PARTITIONED BY (day) COMMENT 'all of them'")
	must(t, "", "CREATE OR REPLACE VIEW http_meta.seen AS SELECT id FROM http_meta.things")
	var catalogs struct{ Catalogs []struct{ Name string } }
	fetched(t, "/v1/catalogs", &catalogs)
	if fmt.Sprint(catalogs) != "{[{spark_catalog}]}" {
		t.Errorf("catalogs: %v", catalogs)
	}
	var schemas struct{ Schemas []struct{ Name string } }
	fetched(t, "/v1/catalogs/spark_catalog/schemas", &schemas)
	if !strings.Contains(fmt.Sprint(schemas), "{http_meta}") || !strings.Contains(fmt.Sprint(schemas), "{default}") {
		t.Errorf("schemas: %v", schemas)
	}
	var tables struct{ Tables []tableJSON }
	fetched(t, "/v1/catalogs/spark_catalog/schemas/http_meta/tables", &tables)
	got := map[string]string{}
	for _, x := range tables.Tables {
		got[x.Name] = x.Type
	}
	if fmt.Sprint(got) != "map[seen:VIEW things:TABLE]" {
		t.Errorf("tables: %v", got)
	}
	var table tableJSON
	fetched(t, "/v1/catalogs/spark_catalog/schemas/http_meta/tables/THINGS", &table)
	if fmt.Sprint(table.Columns) != "[{id BIGINT int64 false } {price DECIMAL(10,2) decimal(10, 2) true in MAD} {day DATE date32 true }]" {
		t.Errorf("columns: %v", table.Columns)
	}
	if table.Version == nil || fmt.Sprint(table.Partitions) != "[day]" || table.Comment != "all of them" || table.Provider != "delta" || !strings.Contains(table.Location, "things") {
		t.Errorf("the table is %+v", table)
	}
	for _, path := range []string{"/v1/catalogs/nope/schemas", "/v1/catalogs/spark_catalog/schemas/nope/tables", "/v1/catalogs/spark_catalog/schemas/http_meta/tables/nope"} {
		if resp := call(t, http.MethodGet, path, ""); resp.StatusCode != http.StatusNotFound || problemIn(t, bodyOf(t, resp)).Class == "" {
			t.Errorf("%s: %d", path, resp.StatusCode)
		}
	}
}

func TestService(t *testing.T) {
	var info struct{ Name, Version, Dialect, Catalog string }
	fetched(t, "/v1/info", &info)
	if fmt.Sprint(info) != "{argan 1.2.3 spark-3.5 spark_catalog}" {
		t.Errorf("info: %v", info)
	}
	var health map[string]string
	fetched(t, "/healthz", &health)
	fetched(t, "/readyz", &health)
	if health["status"] != "ready" {
		t.Errorf("ready: %v", health)
	}
	if home := bodyOf(t, call(t, http.MethodGet, "/", "")); !strings.Contains(home, "curl "+base) {
		t.Errorf("the home page is %s", home)
	}
}

func TestMetrics(t *testing.T) {
	must(t, "", "SELECT 1")
	if code, _ := sql(t, "", "SELECT * FROM nope"); code != 404 {
		t.Fatal(code)
	}
	resp := call(t, http.MethodGet, "/metrics", "")
	body := bodyOf(t, resp)
	if !strings.HasPrefix(resp.Header.Get("Content-Type"), "text/plain; version=0.0.4") {
		t.Errorf("they are sent as %s", resp.Header.Get("Content-Type"))
	}
	values := map[string]string{}
	for _, line := range strings.Split(strings.TrimSpace(body), "\n") {
		if strings.HasPrefix(line, "#") {
			continue
		}
		name, value, ok := strings.Cut(line, " ")
		if !ok {
			t.Errorf("the line %q", line)
		}
		values[name] = value
	}
	for _, name := range []string{`argan_statements_total{state="succeeded"}`, `argan_statements_total{state="failed"}`, "argan_statement_seconds_count", `argan_statement_seconds_bucket{le="+Inf"}`, "argan_memory_limit_bytes", "argan_result_rows_total"} {
		if v := values[name]; v == "" || v == "0" {
			t.Errorf("%s is %q", name, v)
		}
	}
	if values["argan_statements_running"] != "0" {
		t.Errorf("%s statements run", values["argan_statements_running"])
	}
}

func TestDraining(t *testing.T) {
	e, err := engine.Open(engine.Config{Warehouse: t.TempDir()})
	if err != nil {
		t.Fatal(err)
	}
	s, err := New(e, Options{Address: "127.0.0.1:0"}, slog.New(slog.DiscardHandler))
	if err != nil {
		t.Fatal(err)
	}
	done := make(chan error, 1)
	go func() { done <- s.Serve() }()
	old := base
	base = "http://" + s.Address().String()
	defer func() { base = old }()
	if resp := call(t, http.MethodGet, "/readyz", ""); resp.StatusCode != http.StatusServiceUnavailable {
		t.Errorf("before it is ready: %d", resp.StatusCode)
	}
	s.Ready()
	if resp := call(t, http.MethodGet, "/readyz", ""); resp.StatusCode != http.StatusOK {
		t.Errorf("ready: %d", resp.StatusCode)
	}
	ctx, cancel := context.WithTimeout(context.Background(), time.Second)
	defer cancel()
	e.Drain(ctx)
	if resp := call(t, http.MethodGet, "/readyz", ""); resp.StatusCode != http.StatusServiceUnavailable {
		t.Errorf("draining: %d", resp.StatusCode)
	}
	if resp := call(t, http.MethodPost, "/v1/sql", "SELECT 1"); resp.StatusCode != http.StatusServiceUnavailable || resp.Header.Get("Retry-After") == "" || problemIn(t, bodyOf(t, resp)).Class != "SHUTTING_DOWN" {
		t.Errorf("a statement while draining: %d", resp.StatusCode)
	}
	if resp := call(t, http.MethodGet, "/healthz", ""); resp.StatusCode != http.StatusOK {
		t.Errorf("alive: %d", resp.StatusCode)
	}
	s.Shutdown(ctx)
	if err := <-done; err != nil {
		t.Error(err)
	}
	if err := e.Close(); err != nil {
		t.Error(err)
	}
}
