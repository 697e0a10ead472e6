package storage

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"testing"
)

func TestRenameNewNeverReplaces(t *testing.T) {
	dir := t.TempDir()
	path := func(name string) string { return filepath.Join(dir, name) }
	for _, n := range []string{"a", "b"} {
		if err := os.WriteFile(path(n), []byte(n), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	if err := renameNew(path("a"), path("v")); err != nil {
		t.Fatal(err)
	}
	if err := renameNew(path("b"), path("v")); !errors.Is(err, fs.ErrExist) {
		t.Errorf("the second rename: %v", err)
	}
	if got, err := os.ReadFile(path("v")); err != nil || string(got) != "a" {
		t.Errorf("%q %v", got, err)
	}
}
