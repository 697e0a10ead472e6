package optimizer_test

import (
	"context"
	"slices"
	"strings"
	"testing"

	"github.com/cockroachdb/datadriven"

	"github.com/argan-sql/argan/catalog"
	"github.com/argan-sql/argan/planner/logical"
	"github.com/argan-sql/argan/planner/optimizer"
	"github.com/argan-sql/argan/planner/plantest"
)

// TestGolden runs testdata, one file per rule: "table NAME rows=N" adds a table, "rules A B" says which rules run from then on
// (with those that always do), "plan" prints what they make of a query.
func TestGolden(t *testing.T) {
	datadriven.Walk(t, "testdata", func(t *testing.T, path string) {
		c := plantest.New()
		var disabled []string
		datadriven.RunTest(t, path, func(t *testing.T, d *datadriven.TestData) string {
			switch d.Cmd {
			case "table":
				table, err := c.AddTable(d.CmdArgs[0].Key, d.Input)
				if err != nil {
					return err.Error()
				}
				var rows int64
				d.ScanArgs(t, "rows", &rows)
				table.Stats = catalog.Statistics{Rows: rows, Bytes: 50 * rows}
				return ""
			case "rules":
				disabled = optimizer.Rules()
				for _, a := range d.CmdArgs {
					if !slices.Contains(disabled, a.Key) {
						return "there is no rule " + a.Key
					}
					disabled = slices.DeleteFunc(disabled, func(r string) bool { return r == a.Key })
				}
				return ""
			}
			n, err := c.Query(strings.TrimSpace(d.Input))
			if err != nil {
				return err.Error()
			}
			out, err := optimizer.Optimize(n, optimizer.Options{Context: context.Background(), Functions: c.Functions(), Disabled: disabled})
			if err != nil {
				return err.Error()
			}
			return logical.Format(out)
		})
	})
}
