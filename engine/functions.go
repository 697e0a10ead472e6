package engine

import (
	"github.com/argan-sql/argan/exec/function"
	"github.com/argan-sql/argan/sql/token"
)

// FunctionInfo is a function as metadata calls of the protocols list it.
type FunctionInfo struct {
	Name, Usage string
	// Aggregate says that it works on groups of rows, Table that it gives rows.
	Aggregate, Table bool
}

// Functions lists the functions whose name matches, by name.
func (s *Session) Functions(matches func(string) bool) []FunctionInfo {
	var out []FunctionInfo
	for _, name := range function.Names() {
		if !matches(name) {
			continue
		}
		_, usage, _, _, _ := functionText(name)
		out = append(out, FunctionInfo{
			Name: name, Usage: usage, Aggregate: function.FindAggregate(name) != nil, Table: function.FindGenerator(name) != nil,
		})
	}
	return out
}

// Keywords lists the words of the grammar, sorted. None is reserved.
func Keywords() []string { return token.Keywords() }
