package engine

import (
	"context"
	"encoding/json"
	"sort"
	"strings"

	"github.com/argan-sql/argan/catalog/delta"
	"github.com/argan-sql/argan/exec/eval"
	"github.com/argan-sql/argan/exec/vector"
	"github.com/argan-sql/argan/sql/ast"
	"github.com/argan-sql/argan/sqlerr"
	"github.com/argan-sql/argan/stream"
)

// expectationProperty is before the name of an expectation among a table's properties.
const expectationProperty = "argan.expectation."

// keptExpectation is an expectation as a table's properties hold it.
type keptExpectation struct {
	Condition   string        `json:"condition"`
	OnViolation ast.Violation `json:"onViolation,omitempty"`
}

// expectationsOf are the expectations of a table, by name.
func expectationsOf(properties map[string]string) (names []string, all map[string]keptExpectation, err error) {
	all = map[string]keptExpectation{}
	for key, value := range properties {
		name, ok := strings.CutPrefix(key, expectationProperty)
		if !ok {
			continue
		}
		var k keptExpectation
		if err := json.Unmarshal([]byte(value), &k); err != nil {
			return nil, nil, sqlerr.New("DELTA_INVALID_TABLE_PROPERTY", "key", key, "value", value, "reason", "is no expectation")
		}
		names, all[name] = append(names, name), k
	}
	sort.Strings(names)
	return names, all, nil
}

// expectations are the expectations of a table at work on the rows of one batch.
type expectations struct {
	names    []string
	all      map[string]keptExpectation
	programs []*eval.Program
	tallies  []stream.Tally
}

// expectations compiles those of a table.
func (p *planner) expectations(ctx context.Context, m *delta.Metadata) (*expectations, error) {
	names, all, err := expectationsOf(m.Configuration)
	if err != nil {
		return nil, err
	}
	e := &expectations{names: names, all: all, tallies: make([]stream.Tally, len(names))}
	for _, n := range names {
		prog, _, err := p.program(ctx, all[n].Condition, m.Schema)
		if err != nil {
			return nil, err
		}
		e.programs = append(e.programs, prog)
	}
	return e, nil
}

// apply counts the rows that meet each expectation, and leaves out or refuses those that do not, as it says. A condition that
// is NULL is not met.
func (e *expectations) apply(b *vector.Batch) (*vector.Batch, error) {
	if len(e.names) == 0 {
		return b, nil
	}
	n := b.Len()
	keep := make([]bool, n)
	for i := range keep {
		keep[i] = true
	}
	left := n
	for k, prog := range e.programs {
		v, err := prog.Eval(b)
		if err != nil {
			return nil, err
		}
		values := v.Values()
		for i := range n {
			if !v.IsNull(i) && values.Bools[v.Index(i)] {
				e.tallies[k].Passed++
				continue
			}
			e.tallies[k].Failed++
			switch x := e.all[e.names[k]]; {
			case x.OnViolation == ast.FailUpdate:
				return nil, sqlerr.New("EXPECTATION_FAILED", "name", e.names[k], "condition", x.Condition)
			case x.OnViolation == ast.DropRow && keep[i]:
				keep[i] = false
				left--
			}
		}
	}
	if left == n {
		return b, nil
	}
	sel := make([]uint32, 0, left)
	for i, k := range keep {
		if k {
			sel = append(sel, uint32(i))
		}
	}
	return b.Select(sel), nil
}

func (e *expectations) tally() map[string]stream.Tally {
	out := map[string]stream.Tally{}
	for i, n := range e.names {
		out[n] = e.tallies[i]
	}
	return out
}
