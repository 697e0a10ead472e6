package optimizer

import (
	"math"
	"math/bits"

	"github.com/argan-sql/argan/planner/expr"
	"github.com/argan-sql/argan/planner/logical"
)

// orderJoins chooses the order of inner joins by the sum of the rows that they are guessed to give: exhaustively (dynamic
// programming over subsets) up to ten relations, beyond that by always joining the two that give the fewest rows. Inner joins
// may be taken in any order; other joins are left where they are and count as relations:
//
//	a LEFT JOIN b ON … JOIN c ON … : (a LEFT JOIN b) and c are the relations
//
// since (a JOIN c) LEFT JOIN b would be right here, but a LEFT JOIN (b JOIN c) would not.
func orderJoins(n logical.Node, _ *Options) (logical.Node, error) {
	s := newEstimator()
	var visit func(n logical.Node) logical.Node
	visit = func(n logical.Node) logical.Node {
		if j, ok := n.(*logical.Join); ok && orderable(j) {
			g := &joinGroup{est: s}
			g.collect(j)
			if len(g.relations) > 2 {
				for i, r := range g.relations {
					g.relations[i] = visit(r)
				}
				return inOrder(g.order(), j.Output())
			}
		}
		ch := n.Children()
		out := make([]logical.Node, len(ch))
		changed := false
		for i, c := range ch {
			out[i] = visit(c)
			changed = changed || out[i] != c
		}
		if changed {
			n = n.WithChildren(out)
		}
		return n
	}
	return visit(n), nil
}

// inOrder gives a plan's columns in an order.
func inOrder(n logical.Node, columns []*expr.Column) logical.Node {
	have := n.Output()
	same := len(have) == len(columns)
	for i := range columns {
		same = same && have[i].ID == columns[i].ID
	}
	if same {
		return n
	}
	return &logical.Project{Exprs: references(columns), Input: n}
}

func orderable(j *logical.Join) bool {
	return (j.Kind == logical.Inner || j.Kind == logical.Cross) && !j.Lateral && j.Hint == ""
}

// joinGroup is a set of relations and the terms between them.
type joinGroup struct {
	est       *estimator
	relations []logical.Node
	terms     []expr.Expr
	reads     []uint64 // relations that each term reads, as bits
}

const maxRelations = 64

func (g *joinGroup) collect(n logical.Node) {
	if j, ok := n.(*logical.Join); ok && orderable(j) && len(g.relations) < maxRelations-2 {
		g.collect(j.Left)
		g.collect(j.Right)
		g.terms = append(g.terms, expr.Terms(j.Condition)...)
		return
	}
	if f, ok := n.(*logical.Filter); ok {
		if j, isJoin := f.Input.(*logical.Join); isJoin && orderable(j) && !expr.Volatile(f.Condition) && !hasCorrelated(f.Condition) {
			g.collect(j)
			g.terms = append(g.terms, expr.Terms(f.Condition)...)
			return
		}
	}
	g.relations = append(g.relations, n)
}

// tree is a way to join a set of relations.
type tree struct {
	set  uint64
	node logical.Node
	est  *estimate
	cost float64
}

const maxExhaustive = 10

func (g *joinGroup) order() logical.Node {
	owner := map[expr.ID]int{}
	for i, r := range g.relations {
		for _, c := range r.Output() {
			owner[c.ID] = i
		}
	}
	for _, t := range g.terms {
		set := uint64(0)
		expr.Walk(t, func(x expr.Expr) bool {
			if c, ok := x.(*expr.Column); ok {
				if i, known := owner[c.ID]; known {
					set |= 1 << i
				}
			}
			return true
		})
		g.reads = append(g.reads, set)
	}
	start := make([]*tree, len(g.relations))
	for i, r := range g.relations {
		start[i] = &tree{set: 1 << i, node: r, est: g.est.of(r)}
	}
	var best *tree
	if len(start) <= maxExhaustive {
		best = g.exhaustive(start)
	} else {
		best = g.greedy(start)
	}
	// Terms that read one relation or none have been pushed down before; what is left goes on top.
	var rest []expr.Expr
	for i, t := range g.terms {
		if bits.OnesCount64(g.reads[i]) < 2 {
			rest = append(rest, t)
		}
	}
	return filtered(best.node, rest)
}

// between are the terms that can be applied when two sets meet, and not before.
func (g *joinGroup) between(a, b uint64) []expr.Expr {
	var out []expr.Expr
	for i, set := range g.reads {
		if set&^(a|b) == 0 && set&^a != 0 && set&^b != 0 {
			out = append(out, g.terms[i])
		}
	}
	return out
}

// join joins two trees; the smaller one becomes the build side, on the right.
func (g *joinGroup) join(a, b *tree) *tree {
	terms := g.between(a.set, b.set)
	if a.est.rows < b.est.rows {
		a, b = b, a
	}
	j := &logical.Join{Kind: logical.Inner, Condition: expr.Conjunction(terms), Left: a.node, Right: b.node}
	if len(terms) == 0 {
		j.Kind = logical.Cross
	}
	g.est.known[a.node], g.est.known[b.node] = a.est, b.est
	t := &tree{set: a.set | b.set, node: j}
	t.est = g.est.of(j)
	_, t.cost = pairCost(a, b, terms)
	return t
}

// pairCost guesses the rows of joining two trees, and the cost of both and the join.
func pairCost(a, b *tree, terms []expr.Expr) (rows, cost float64) {
	if a.est.rows < b.est.rows {
		a, b = b, a
	}
	rows = math.Max(1, a.est.rows*b.est.rows*joinSelectivity(terms, a.est, b.est, a.est))
	// Building a table costs more per row than probing one.
	cost = a.cost + b.cost + rows + 0.5*a.est.rows + b.est.rows
	if len(terms) == 0 {
		cost += a.est.rows * b.est.rows
	}
	return rows, cost
}

func (g *joinGroup) exhaustive(start []*tree) *tree {
	n := len(start)
	best := make([]*tree, 1<<n)
	for i, t := range start {
		best[1<<i] = t
	}
	for set := 1; set < 1<<n; set++ {
		if bits.OnesCount(uint(set)) < 2 {
			continue
		}
		var left, right *tree
		for pass := range 2 {
			least := math.Inf(1)
			for a := (set - 1) & set; a > 0; a = (a - 1) & set {
				b := set &^ a
				if a < b || best[a] == nil || best[b] == nil {
					continue
				}
				terms := g.between(uint64(a), uint64(b))
				if pass == 0 && len(terms) == 0 {
					continue // cross products only where nothing else is possible
				}
				if _, cost := pairCost(best[a], best[b], terms); left == nil || cost < least {
					left, right, least = best[a], best[b], cost
				}
			}
			if left != nil {
				break
			}
		}
		best[set] = g.join(left, right)
	}
	return best[1<<n-1]
}

func (g *joinGroup) greedy(trees []*tree) *tree {
	trees = append([]*tree{}, trees...)
	for len(trees) > 1 {
		bestI, bestJ := 0, 1
		bestScore := math.Inf(1)
		for i := range trees {
			for j := i + 1; j < len(trees); j++ {
				terms := g.between(trees[i].set, trees[j].set)
				score, _ := pairCost(trees[i], trees[j], terms)
				if len(terms) == 0 {
					score *= 1e6
				}
				if score < bestScore {
					bestI, bestJ, bestScore = i, j, score
				}
			}
		}
		trees[bestI] = g.join(trees[bestI], trees[bestJ])
		trees = append(trees[:bestJ], trees[bestJ+1:]...)
	}
	return trees[0]
}

// chooseBuild lets each hash join build its table from the smaller side. The executor builds from the right unless told otherwise.
func chooseBuild(n logical.Node, _ *Options) (logical.Node, error) {
	s := newEstimator()
	return logical.Transform(n, func(n logical.Node) logical.Node {
		j, ok := n.(*logical.Join)
		if !ok || j.BuildLeft || j.Condition == nil || j.NullAware || j.Kind == logical.Mark || j.Kind == logical.Single {
			return n
		}
		// A table of the left side has to keep its columns and to remember partners, where a semi or anti join of the right
		// side needs its keys alone.
		surplus := 1.2
		if j.Kind == logical.LeftSemi || j.Kind == logical.LeftAnti {
			surplus = 3
		}
		if s.of(j.Left).rows*surplus < s.of(j.Right).rows {
			out := *j
			out.BuildLeft = true
			return &out
		}
		return n
	}), nil
}
