package analyzer_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/cockroachdb/datadriven"

	"github.com/argan-sql/argan/planner/logical"
	"github.com/argan-sql/argan/planner/plantest"
	"github.com/argan-sql/argan/sqlerr"
)

// TestGolden runs testdata: "table" and "view" fill the catalog, "set" changes a setting, "plan" prints a plan, "names"
// the columns of the result, "error" the class and message of the error.
func TestGolden(t *testing.T) {
	datadriven.Walk(t, "testdata", func(t *testing.T, path string) {
		c := plantest.New()
		datadriven.RunTest(t, path, func(t *testing.T, d *datadriven.TestData) string {
			switch d.Cmd {
			case "table":
				if _, err := c.AddTable(d.CmdArgs[0].Key, d.Input); err != nil {
					return err.Error()
				}
				return ""
			case "view":
				if err := c.AddView(d.CmdArgs[0].Key, d.Input); err != nil {
					return err.Error()
				}
				return ""
			case "set":
				c.Settings[d.CmdArgs[0].Key] = d.CmdArgs[0].Vals[0]
				return ""
			}
			n, err := c.Query(d.Input)
			if d.Cmd == "error" {
				if err == nil {
					return "no error"
				}
				e := sqlerr.From(err)
				return fmt.Sprintf("[%s] %s at %d:%d", e.Class, e.Message, e.Position.Line, e.Position.Column)
			}
			if err != nil {
				return err.Error()
			}
			if d.Cmd == "plan" {
				checkReferences(t, d.Input, n)
				return logical.Format(n)
			}
			var b strings.Builder
			for _, o := range n.Output() {
				null := ""
				if !o.Null {
					null = " not null"
				}
				fmt.Fprintf(&b, "%s: %s%s\n", o.Name, o.T, null)
			}
			return b.String()
		})
	})
}
