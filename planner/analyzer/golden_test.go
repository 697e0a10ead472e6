package analyzer_test

import (
	"fmt"
	"regexp"
	"strings"
	"testing"

	"github.com/cockroachdb/datadriven"

	"github.com/argan-sql/argan/planner/analyzer"
	"github.com/argan-sql/argan/planner/expr"
	"github.com/argan-sql/argan/planner/logical"
	"github.com/argan-sql/argan/planner/plantest"
	"github.com/argan-sql/argan/sql/ast"
	"github.com/argan-sql/argan/sql/parser"
	"github.com/argan-sql/argan/sqlerr"
)

// TestGolden runs testdata: "table" and "view" fill the catalog, "set" changes a setting, "plan" prints a plan, "names"
// the columns of the result, "error" the class and message of the error.
func TestGolden(t *testing.T) {
	datadriven.Walk(t, "testdata", func(t *testing.T, path string) {
		c := plantest.New()
		datadriven.RunTest(t, path, func(t *testing.T, d *datadriven.TestData) string {
			switch d.Cmd {
			case "create":
				if _, err := c.Replay(d.Input); err != nil {
					return err.Error()
				}
				return ""
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
			if d.Cmd == "change" {
				return change(t, c, d.Input)
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

// change analyzes INSERT, UPDATE, DELETE or MERGE and prints what came of it.
func change(t *testing.T, c *plantest.Catalog, text string) string {
	t.Helper()
	st, err := parser.Parse(text)
	if err != nil {
		return err.Error()
	}
	a := analyzer.New(c)
	var b strings.Builder
	show := func(what string, es ...expr.Expr) {
		out := make([]string, len(es))
		for i, e := range es {
			out[i] = "-"
			if e != nil {
				out[i] = ids.ReplaceAllString(logical.Text(e), "")
			}
		}
		fmt.Fprintf(&b, "%s: %s\n", what, strings.Join(out, ", "))
	}
	clause := func(kind string, list []logical.MergeClause) {
		for _, m := range list {
			show(fmt.Sprintf("%s %d when", kind, m.Action), m.Condition)
			show("  values", m.Values...)
		}
	}
	switch st := st.(type) {
	case *ast.Insert:
		var in *logical.Insert
		if in, err = a.Insert(st); err == nil {
			checkReferences(t, text, in.Query)
			fmt.Fprintf(&b, "mode %d, %d new\n", in.Mode, len(in.NewColumns))
			show("where", in.Where)
			b.WriteString(logical.Format(in.Query))
		}
	case *ast.Update:
		var u *logical.Update
		if u, err = a.Update(st); err == nil {
			show("where", u.Condition)
			show("values", u.Values...)
			fmt.Fprintln(&b, u.Assigned)
		}
	case *ast.Delete:
		var d *logical.Delete
		if d, err = a.Delete(st); err == nil {
			show("where", d.Condition)
		}
	case *ast.Merge:
		var m *logical.Merge
		if m, err = a.Merge(st); err == nil {
			show("on", m.Condition)
			clause("matched", m.Matched)
			clause("not matched", m.NotMatched)
			clause("not matched by source", m.NotMatchedBySource)
			fmt.Fprintf(&b, "%d new\n", len(m.NewColumns))
		}
	}
	if err != nil {
		return err.Error()
	}
	return b.String()
}

var ids = regexp.MustCompile(`#\d+`)
