package plantest

import (
	"embed"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"strings"
)

//go:embed schemas
var schemas embed.FS

// Suite is a catalog with the tables of tpch or tpcds.
func Suite(name string) (*Catalog, error) {
	text, err := schemas.ReadFile("schemas/" + name + ".txt")
	if err != nil {
		return nil, fmt.Errorf("suite %s: %w", name, err)
	}
	c := New()
	for _, line := range strings.Split(strings.TrimSpace(string(text)), "\n") {
		table, columns, _ := strings.Cut(line, ": ")
		if _, err := c.AddTable(table, columns); err != nil {
			return nil, err
		}
	}
	return c, nil
}

// Shared is the folder of shared test data: ARGAN_SHARED, or shared beside the repository; "" where there is none.
func Shared() string {
	dir := os.Getenv("ARGAN_SHARED")
	if dir == "" {
		_, file, _, _ := runtime.Caller(0)
		dir = filepath.Join(filepath.Dir(file), "..", "..", "..", "shared")
	}
	if _, err := os.Stat(dir); err != nil {
		return ""
	}
	return dir
}

// Queries are the texts of a suite's queries by name, nil where the shared data is missing.
func Queries(suite string) (map[string]string, error) {
	dir := Shared()
	if dir == "" {
		return nil, nil
	}
	files, err := filepath.Glob(filepath.Join(dir, "tpc", "queries", suite, "*.sql"))
	if err != nil {
		return nil, fmt.Errorf("queries of %s: %w", suite, err)
	}
	out := map[string]string{}
	for _, f := range files {
		text, err := os.ReadFile(f)
		if err != nil {
			return nil, fmt.Errorf("queries of %s: %w", suite, err)
		}
		out[strings.TrimSuffix(filepath.Base(f), ".sql")] = strings.TrimRight(strings.TrimSpace(string(text)), ";")
	}
	return out, nil
}
