package optimizer_test

import (
	"context"
	"testing"

	_ "github.com/argan-sql/argan/exec/function/all"
	"github.com/argan-sql/argan/planner/expr"
	"github.com/argan-sql/argan/planner/logical"
	"github.com/argan-sql/argan/planner/lower"
	"github.com/argan-sql/argan/planner/optimizer"
	"github.com/argan-sql/argan/planner/plantest"
)

// TestTPC optimizes every query of TPC-H and TPC-DS: each must become a plan that can run, without correlated subqueries, and
// with the columns it had.
func TestTPC(t *testing.T) {
	for _, suite := range []string{"tpch", "tpcds"} {
		c, err := plantest.Suite(suite)
		if err != nil {
			t.Fatal(err)
		}
		queries, err := plantest.Queries(suite)
		if err != nil {
			t.Skipf("the queries of %s are not there: %v", suite, err)
		}
		for name, sql := range queries {
			t.Run(suite+"/"+name, func(t *testing.T) {
				n, err := c.Query(sql)
				if err != nil {
					t.Fatal(err)
				}
				out, err := optimizer.Optimize(n, optimizer.Options{Context: context.Background(), Functions: c.Functions()})
				if err != nil {
					t.Fatal(err)
				}
				if a, b := n.Output(), out.Output(); len(a) != len(b) {
					t.Errorf("%d columns became %d", len(a), len(b))
				}
				logical.ExpressionsOf(out, func(e expr.Expr) {
					if expr.Any(e, func(x expr.Expr) bool { _, outer := x.(*expr.Outer); return outer }) {
						t.Errorf("a correlated reference is left in %s", e)
					}
				})
				if _, err := lower.Lower(out, c.Functions()); err != nil {
					t.Errorf("%v\n%s", err, logical.Format(out))
				}
			})
		}
	}
}
