package optimizer

import (
	"github.com/argan-sql/argan/planner/expr"
	"github.com/argan-sql/argan/planner/logical"
)

// pushSemiJoins moves a semi or anti join below an inner join, to the side whose columns its condition reads. It keeps or
// drops a row of its left side by those columns alone, so it may do so before the row is joined: of
//
//	SELECT … FROM orders JOIN lineitem ON … WHERE o_orderkey IN (SELECT …)
//
// the few orders that are wanted are found first. It would be wrong below the side of an outer join that is filled with
// NULLs, and is of no use where the right side is not much smaller than what it is to sift: then the join below may leave
// fewer rows to be looked at.
func pushSemiJoins(n logical.Node, _ *Options) (logical.Node, error) {
	est := newEstimator()
	return logical.Transform(n, func(n logical.Node) logical.Node {
		j, ok := n.(*logical.Join)
		if !ok || j.Kind != logical.LeftSemi && j.Kind != logical.LeftAnti || j.Condition == nil || j.Lateral || expr.Volatile(j.Condition) {
			return n
		}
		return sinkSemi(j, est)
	}), nil
}

// sifting is the part of a side's rows that a semi join's right side may have to be worth moving there.
const sifting = 0.5

// sinkSemi moves a semi or anti join down as far as it goes.
func sinkSemi(j *logical.Join, est *estimator) logical.Node {
	below, ok := j.Left.(*logical.Join)
	if !ok || below.Kind != logical.Inner && below.Kind != logical.Cross || below.Lateral {
		return j
	}
	reads := map[expr.ID]bool{}
	expr.Columns(j.Condition, reads)
	for _, c := range j.Right.Output() {
		delete(reads, c.ID)
	}
	for i, side := range []logical.Node{below.Left, below.Right} {
		own := columnSet(side.Output())
		all := len(reads) > 0
		for id := range reads {
			all = all && own[id]
		}
		if !all || est.of(j.Right).rows > sifting*est.of(side).rows {
			continue
		}
		moved := *j
		moved.Left = side
		out := *below
		if i == 0 {
			out.Left = sinkSemi(&moved, est)
		} else {
			out.Right = sinkSemi(&moved, est)
		}
		return &out
	}
	return j
}
