package analyzer_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/argan-sql/argan/planner/plantest"
)

// TestDepth analyzes statements that are long or deep: the time must not grow with the square of their size.
func TestDepth(t *testing.T) {
	c := plantest.New()
	if _, err := c.AddTable("t", "a INT, b STRING"); err != nil {
		t.Fatal(err)
	}
	const n = 3000
	terms := make([]string, n)
	for i := range terms {
		terms[i] = fmt.Sprintf("a = %d", i)
	}
	rows := strings.TrimSuffix(strings.Repeat("(1, 'x', 2.5),", 10*n), ",")
	for name, text := range map[string]string{
		"constant sum": "SELECT 1" + strings.Repeat(" + 1", n) + " AS x",
		"column sum":   "SELECT a" + strings.Repeat(" + a", n) + " AS x FROM t",
		"or":           "SELECT a FROM t WHERE " + strings.Join(terms, " OR "),
		"in":           "SELECT a FROM t WHERE a IN (1" + strings.Repeat(", 2", 10*n) + ")",
		"calls":        "SELECT " + strings.Repeat("upper(", 300) + "b" + strings.Repeat(")", 300) + " AS x FROM t",
		"not":          "SELECT a FROM t WHERE " + strings.Repeat("NOT ", 300) + "a = 1",
		"case":         "SELECT " + strings.Repeat("CASE WHEN a = 1 THEN 2 ELSE ", 300) + "3" + strings.Repeat(" END", 300) + " AS x FROM t",
		"values":       "SELECT * FROM VALUES " + rows,
		"columns":      "SELECT " + strings.Repeat("a, ", n) + "b FROM t ORDER BY b",
		"union":        "SELECT a FROM t" + strings.Repeat(" UNION ALL SELECT a FROM t", 500),
	} {
		start := time.Now()
		if _, err := c.Query(text); err != nil {
			t.Errorf("%s: %v", name, strings.SplitN(err.Error(), "\n", 2)[0])
		}
		t.Logf("%s: %v", name, time.Since(start))
	}
}
