package parquet

import (
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// TestCorpus reads every Parquet file of the shared Delta tables, most of them by Spark.
func TestCorpus(t *testing.T) {
	root := os.Getenv("ARGAN_SHARED")
	if root == "" {
		root = "../../../../shared"
	}
	root = filepath.Join(root, "delta", "corpus", "tables")
	if _, err := os.Stat(root); err != nil {
		t.Skipf("no shared test data: %v", err)
	}
	n := 0
	err := filepath.WalkDir(root, func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() || strings.HasPrefix(d.Name(), "._") || !strings.HasSuffix(path, ".parquet") || strings.Contains(path, "corrupt") || strings.Contains(path, "truncated") {
			return err
		}
		b, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		if err := readEverything(b); err != nil {
			t.Errorf("%s: %v", path, err)
		}
		n++
		return nil
	})
	if err != nil || n < 100 {
		t.Fatalf("%d files: %v", n, err)
	}
}
