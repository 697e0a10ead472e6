package delta

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// checkLog runs the independent checker over a table, where there is a Python that can (ARGAN_PYTHON, with pyarrow).
func checkLog(t *testing.T, table *Table) {
	t.Helper()
	python := os.Getenv("ARGAN_PYTHON")
	if python == "" {
		return
	}
	script := filepath.Join(filepath.Dir(corpus(t)), "delta_log.py")
	out, err := exec.Command(python, script, table.Path()).CombinedOutput()
	if err != nil || !strings.HasPrefix(string(out), "ok") {
		t.Errorf("the checker says: %s %v", out, err)
	}
}
