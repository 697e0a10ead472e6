package analyzer_test

import (
	"testing"

	"github.com/argan-sql/argan/planner/logical"
	"github.com/argan-sql/argan/planner/plantest"
)

// TestSuites analyzes every query of TPC-H and TPC-DS.
func TestSuites(t *testing.T) {
	for _, suite := range []string{"tpch", "tpcds"} {
		queries, err := plantest.Queries(suite)
		if err != nil {
			t.Fatal(err)
		}
		if len(queries) == 0 {
			t.Skip("the shared test data is not there: set ARGAN_SHARED")
		}
		c, err := plantest.Suite(suite)
		if err != nil {
			t.Fatal(err)
		}
		for name, text := range queries {
			n, err := c.Query(text)
			if err != nil {
				t.Errorf("%s %s: %v", suite, name, err)
				continue
			}
			checkReferences(t, suite+" "+name, n)
		}
	}
}

// checkReferences checks that every column an expression reads comes from the node's inputs.
func checkReferences(t *testing.T, name string, n logical.Node) {
	t.Helper()
	if err := logical.Check(n); err != nil {
		t.Errorf("%s: %v\n%s", name, err, logical.Format(n))
	}
}
