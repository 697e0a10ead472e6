// Package optimizer rewrites logical plans into ones that give the same rows for less work.
//
// In: an analyzed plan. Out: an equal plan without correlated subqueries, with filters and columns pushed into scans, joins
// in a good order, and what can be known from metadata already computed. One rule lives in one file, which says why it is
// right; each rule returns a new plan or the same one. Rules run in the order of the table below, groups of them until
// nothing changes.
package optimizer

import (
	"context"

	"github.com/argan-sql/argan/exec/function"
	"github.com/argan-sql/argan/planner/logical"
)

// Options are what rules may look at.
type Options struct {
	// Context bounds reading of statistics.
	Context context.Context
	// Functions holds the statement's settings, for folding constants.
	Functions *function.Context
	// Disabled names rules to leave out (argan.optimizer.disabled); for finding faults and for tests.
	Disabled []string
}

// Rules are the names of the rules that may be left out, in the order in which they run.
func Rules() []string {
	var out []string
	for _, r := range rules {
		if !r.required {
			out = append(out, r.name)
		}
	}
	return out
}

// rule is one rewriting of whole plans.
type rule struct {
	name string
	// required rules make plans runnable (correlated subqueries must go) and cannot be left out.
	required bool
	apply    func(n logical.Node, o *Options) (logical.Node, error)
}

// Optimize rewrites a plan.
func Optimize(n logical.Node, o Options) (logical.Node, error) {
	off := map[string]bool{}
	for _, name := range o.Disabled {
		off[name] = true
	}
	for _, r := range rules {
		if off[r.name] && !r.required {
			continue
		}
		var err error
		if n, err = r.apply(n, &o); err != nil {
			return nil, err
		}
	}
	return optimizeSubqueries(n, &o)
}

// rules is the table of rules, in the order in which they run.
var rules = []rule{
	{name: "FoldConstants", apply: foldConstants},
	{name: "Decorrelate", required: true, apply: decorrelate},
	{name: "Simplify", apply: simplify},
	{name: "FactorDisjunctions", apply: factorDisjunctions},
	{name: "DeriveSides", apply: deriveSides},
	{name: "InferConstants", apply: inferConstants},
	{name: "PushFilters", apply: pushFilters},
	{name: "DropFilters", apply: dropFilters},
	{name: "PushSemiJoins", apply: pushSemiJoins},
	{name: "OrderJoins", apply: orderJoins},
	{name: "PushFiltersAgain", apply: pushFilters},
	{name: "DropSorts", apply: dropSorts},
	{name: "TopN", apply: topN},
	{name: "PushLimits", apply: pushLimits},
	{name: "AggregateMetadata", apply: aggregateMetadata},
	{name: "ChooseBuild", apply: chooseBuild},
	{name: "RuntimeFilters", apply: addRuntimeFilters},
}
