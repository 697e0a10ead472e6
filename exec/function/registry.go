package function

import (
	"fmt"
	"sort"
	"strings"
)

// registry is filled by the families' init functions, before main, and only read afterwards.
var registry = struct {
	scalars    map[string]*Scalar
	aggregates map[string]*Aggregate
	windows    map[string]*Window
	generators map[string]*Generator
}{map[string]*Scalar{}, map[string]*Aggregate{}, map[string]*Window{}, map[string]*Generator{}}

func add[T any](m map[string]T, entry T, name string, aliases []string) {
	for _, n := range append([]string{name}, aliases...) {
		if _, twice := m[n]; twice {
			panic(fmt.Sprintf("function: %s is registered twice", n))
		}
		m[n] = entry
	}
}

// Register adds scalar functions; it panics when a name is taken, which the first test finds.
func Register(entries ...*Scalar) {
	for _, e := range entries {
		add(registry.scalars, e, e.Name, e.Aliases)
	}
}

// RegisterAggregate adds aggregate functions.
func RegisterAggregate(entries ...*Aggregate) {
	for _, e := range entries {
		add(registry.aggregates, e, e.Name, e.Aliases)
	}
}

// RegisterWindow adds window functions.
func RegisterWindow(entries ...*Window) {
	for _, e := range entries {
		add(registry.windows, e, e.Name, e.Aliases)
	}
}

// RegisterGenerator adds table-generating functions.
func RegisterGenerator(entries ...*Generator) {
	for _, e := range entries {
		add(registry.generators, e, e.Name, e.Aliases)
	}
}

// FindScalar finds a scalar function by name, case-insensitively; nil when there is none.
func FindScalar(name string) *Scalar { return registry.scalars[strings.ToLower(name)] }

// FindAggregate finds an aggregate function by name; nil when there is none.
func FindAggregate(name string) *Aggregate { return registry.aggregates[strings.ToLower(name)] }

// FindWindow finds a window function by name; nil when there is none.
func FindWindow(name string) *Window { return registry.windows[strings.ToLower(name)] }

// FindGenerator finds a table-generating function by name; nil when there is none.
func FindGenerator(name string) *Generator { return registry.generators[strings.ToLower(name)] }

// Names lists every function name (aliases too), sorted, once, without operators.
func Names() []string {
	seen := map[string]bool{}
	for n := range registry.scalars {
		seen[n] = true
	}
	for n := range registry.aggregates {
		seen[n] = true
	}
	for n := range registry.windows {
		seen[n] = true
	}
	for n := range registry.generators {
		seen[n] = true
	}
	var out []string
	for n := range seen {
		if n[0] >= 'a' && n[0] <= 'z' || n[0] == '_' {
			out = append(out, n)
		}
	}
	sort.Strings(out)
	return out
}
