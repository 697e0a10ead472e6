// Package explain prints plans as EXPLAIN shows them.
//
// In: logical and physical plans, and for EXPLAIN ANALYZE what each operator did. Out: text in Spark's form: trees with
// +- and :- branches, sections under == headings ==.
package explain

import (
	"fmt"
	"strings"
	"time"

	"github.com/argan-sql/argan/planner/physical"
)

// Operator is what an operator of a plan did.
type Operator struct {
	Rows, Memory, Spilled                            int64
	Time                                             time.Duration
	Files, FilesSkipped, RowGroups, RowGroupsSkipped int64
	Bytes, Filtered                                  int64
}

// Tree prints a physical plan; note adds text behind a node's line, may be nil.
func Tree(plan physical.Node, note func(physical.Node) string) string {
	var b strings.Builder
	if root, ok := plan.(*physical.Root); ok {
		tree(&b, root.Input, "", "", note)
		for i, sub := range root.Subqueries {
			fmt.Fprintf(&b, "\nSubquery %d\n", i+1)
			tree(&b, sub, "", "", note)
		}
		return b.String()
	}
	tree(&b, plan, "", "", note)
	return b.String()
}

func tree(b *strings.Builder, n physical.Node, first, rest string, note func(physical.Node) string) {
	b.WriteString(first + n.Name())
	if d := n.Details(); d != "" {
		b.WriteString(" " + d)
	}
	if note != nil {
		b.WriteString(note(n))
	}
	b.WriteByte('\n')
	children := n.Children()
	for i, c := range children {
		if i < len(children)-1 {
			tree(b, c, rest+":- ", rest+":  ", note)
		} else {
			tree(b, c, rest+"+- ", rest+"   ", note)
		}
	}
}

// Formatted prints a plan as EXPLAIN FORMATTED does: a tree of numbered operators, then what each of them does.
func Formatted(plan physical.Node) string {
	if root, ok := plan.(*physical.Root); ok {
		plan = root.Input
	}
	numbers := map[physical.Node]int{}
	var number func(physical.Node)
	var order []physical.Node
	number = func(n physical.Node) {
		for _, c := range n.Children() {
			number(c)
		}
		if _, seen := numbers[n]; !seen {
			numbers[n] = len(numbers) + 1
			order = append(order, n)
		}
	}
	number(plan)
	var b strings.Builder
	var show func(n physical.Node, first, rest string)
	show = func(n physical.Node, first, rest string) {
		fmt.Fprintf(&b, "%s%s (%d)\n", first, n.Name(), numbers[n])
		ch := n.Children()
		for i, c := range ch {
			if i < len(ch)-1 {
				show(c, rest+":- ", rest+":  ")
			} else {
				show(c, rest+"+- ", rest+"   ")
			}
		}
	}
	show(plan, "", "")
	for _, n := range order {
		fmt.Fprintf(&b, "\n\n(%d) %s\n", numbers[n], n.Name())
		var out []string
		for _, c := range n.Output() {
			out = append(out, c.Name)
		}
		fmt.Fprintf(&b, "Output [%d]: [%s]", len(out), strings.Join(out, ", "))
		if d := n.Details(); d != "" {
			b.WriteString("\nArguments: " + d)
		}
	}
	return b.String() + "\n"
}

// Note is the text that EXPLAIN ANALYZE puts behind an operator.
func Note(o Operator) string {
	parts := []string{fmt.Sprintf("rows=%d", o.Rows), fmt.Sprintf("time=%.1f ms", float64(o.Time.Microseconds())/1000)}
	add := func(name string, v int64) {
		if v != 0 {
			parts = append(parts, fmt.Sprintf("%s=%d", name, v))
		}
	}
	if o.Memory > 0 {
		parts = append(parts, "memory="+size(o.Memory))
	}
	if o.Spilled > 0 {
		parts = append(parts, "spilled="+size(o.Spilled))
	}
	add("files", o.Files)
	add("files skipped", o.FilesSkipped)
	add("row groups", o.RowGroups)
	add("row groups skipped", o.RowGroupsSkipped)
	if o.Bytes > 0 {
		parts = append(parts, "read="+size(o.Bytes))
	}
	add("runtime filtered", o.Filtered)
	return " {" + strings.Join(parts, ", ") + "}"
}

func size(n int64) string {
	switch {
	case n >= 10<<20:
		return fmt.Sprintf("%d MiB", n>>20)
	case n >= 10<<10:
		return fmt.Sprintf("%d KiB", n>>10)
	}
	return fmt.Sprintf("%d B", n)
}
