package optimizer

import (
	"math"
	"strings"

	"github.com/argan-sql/argan/catalog"
	"github.com/argan-sql/argan/planner/expr"
	"github.com/argan-sql/argan/planner/logical"
	"github.com/argan-sql/argan/types"
)

// estimate is a guess at a node's output.
type estimate struct {
	rows float64
	// distinct is a guess at the number of different values of a column.
	distinct map[expr.ID]float64
	// stats are the file statistics of columns that come straight from a scan.
	stats map[expr.ID]catalog.ColumnStatistics
}

// estimator guesses cardinalities from the statistics of files, once per node.
type estimator struct{ known map[logical.Node]*estimate }

func newEstimator() *estimator { return &estimator{known: map[logical.Node]*estimate{}} }

const (
	// unknownRows is the guess for a table without statistics.
	unknownRows = 1e5
	// Guesses for the part of rows for which a term holds.
	someEqual = 0.05
	someRange = 0.33
	someLike  = 0.1
	someOther = 0.5
	// Names, flags and codes are what people compare with constants, and there are few of them; texts that are all different
	// are compared less often.
	fewTexts = 50
)

func (s *estimator) of(n logical.Node) *estimate {
	if e, ok := s.known[n]; ok {
		return e
	}
	e := s.guess(n)
	e.rows = math.Max(1, e.rows)
	s.known[n] = e
	return e
}

func (s *estimator) guess(n logical.Node) *estimate {
	switch n := n.(type) {
	case *logical.Scan:
		return scanEstimate(n)
	case *logical.Filter:
		in := s.of(n.Input)
		part := selectivity(n.Condition, in)
		if _, ok := n.Input.(*logical.Aggregate); ok {
			part *= having
		}
		return in.scaled(part).fixed(expr.Terms(n.Condition))
	case *logical.Project:
		return projectEstimate(n, s.of(n.Input))
	case *logical.Join:
		return s.join(n)
	case *logical.Aggregate:
		in := s.of(n.Input)
		out := &estimate{rows: groups(n.Groups, in), distinct: map[expr.ID]float64{}}
		for _, g := range n.Groups {
			if c, ok := g.Expr.(*expr.Column); ok {
				out.distinct[g.Out.ID] = math.Min(in.distinctOf(c), out.rows)
			}
		}
		return out
	case *logical.Distinct:
		in := s.of(n.Input)
		return in.scaled(0.5)
	case *logical.Limit:
		in := s.of(n.Input)
		if n.Count >= 0 && float64(n.Count) < in.rows {
			return in.scaled(float64(n.Count) / in.rows)
		}
		return in
	case *logical.TopN:
		in := s.of(n.Input)
		return in.scaled(math.Min(1, float64(n.Count)/in.rows))
	case *logical.SetOp:
		out := &estimate{}
		for _, in := range n.Inputs {
			out.rows += s.of(in).rows
		}
		return out
	case *logical.Values:
		return &estimate{rows: float64(len(n.Rows))}
	case *logical.Batches:
		out := &estimate{}
		for _, b := range n.Data {
			out.rows += float64(b.Len())
		}
		return out
	case *logical.Range:
		if n.Step != 0 {
			return &estimate{rows: math.Max(0, float64(n.End-n.Start)/float64(n.Step))}
		}
	case *logical.CTERef:
		if n.Source != nil {
			return &estimate{rows: s.of(n.Source).rows}
		}
	case *logical.CTE:
		return s.of(n.Input)
	case *logical.Generate:
		in := s.of(n.Input)
		return &estimate{rows: in.rows * 5, distinct: in.distinct, stats: in.stats}
	case *logical.Expand:
		return &estimate{rows: s.of(n.Input).rows * float64(len(n.Projections))}
	}
	if ch := n.Children(); len(ch) == 1 {
		return s.of(ch[0])
	}
	return &estimate{rows: unknownRows}
}

// having is how much more a condition on groups is held to leave out than one on rows: nobody asks for most of the groups.
const having = 0.2

// scaled is the estimate with a part of the rows; no column can have more values than there are rows.
func (e *estimate) scaled(part float64) *estimate {
	out := &estimate{rows: e.rows * part, distinct: make(map[expr.ID]float64, len(e.distinct)), stats: e.stats}
	for id, d := range e.distinct {
		out.distinct[id] = math.Max(1, math.Min(d, out.rows))
	}
	return out
}

func (e *estimate) distinctOf(x expr.Expr) float64 {
	switch x := x.(type) {
	case *expr.Column:
		if d, ok := e.distinct[x.ID]; ok {
			return d
		}
	case *expr.Cast:
		return e.distinctOf(x.Child)
	case *expr.Literal:
		return 1
	}
	return math.Max(1, e.rows/10)
}

func scanEstimate(n *logical.Scan) *estimate {
	st := n.Snapshot.Statistics()
	out := &estimate{rows: float64(st.Rows), distinct: map[expr.ID]float64{}, stats: map[expr.ID]catalog.ColumnStatistics{}}
	if st.Rows < 0 {
		out.rows = unknownRows
		if st.Bytes > 0 {
			out.rows = math.Max(1, float64(st.Bytes)/50)
		}
	}
	for i, c := range n.Columns {
		if n.Fields[i] < 0 {
			out.distinct[c.ID] = out.rows
			continue
		}
		cs, ok := st.Columns[strings.ToLower(n.Snapshot.Schema().Fields[n.Fields[i]].Name)]
		if ok {
			out.stats[c.ID] = cs
		}
		out.distinct[c.ID] = distinctGuess(c.T, cs, ok, out.rows)
	}
	if len(n.Filters) == 0 {
		return out
	}
	return out.scaled(selectivity(expr.Conjunction(n.Filters), out)).fixed(n.Filters)
}

// fixed notes that columns which terms compare with constants have no more values than these.
func (e *estimate) fixed(terms []expr.Expr) *estimate {
	for _, t := range terms {
		if c, ok := constantTerm(t); ok {
			if d, known := e.distinct[c.ID]; known {
				e.distinct[c.ID] = math.Min(d, float64(len(t.(*expr.Call).Args)-1))
			}
		}
	}
	return e
}

// distinctGuess guesses how many values a column has: for whole numbers and dates no more than its range has.
func distinctGuess(t *types.Type, cs catalog.ColumnStatistics, known bool, rows float64) float64 {
	if known && cs.Distinct >= 0 {
		return math.Max(1, float64(cs.Distinct))
	}
	if known {
		if span, ok := spanOf(cs); ok && (t.IsInteger() || t.Kind == types.Date) {
			return math.Max(1, math.Min(rows, span+1))
		}
	}
	switch t.Kind {
	case types.Boolean:
		return 2
	case types.String, types.Char, types.Varchar:
		return math.Max(1, math.Min(rows/10, 10000))
	}
	return math.Max(1, rows/10)
}

func number(v any) (float64, bool) {
	switch v := v.(type) {
	case int8:
		return float64(v), true
	case int16:
		return float64(v), true
	case int32:
		return float64(v), true
	case int64:
		return float64(v), true
	case float32:
		return float64(v), true
	case float64:
		return v, true
	case types.Int128:
		return v.Float64(), true
	}
	return 0, false
}

func spanOf(cs catalog.ColumnStatistics) (float64, bool) {
	lo, ok1 := number(cs.Min)
	hi, ok2 := number(cs.Max)
	return hi - lo, ok1 && ok2 && hi >= lo
}

func projectEstimate(n *logical.Project, in *estimate) *estimate {
	out := &estimate{rows: in.rows, distinct: map[expr.ID]float64{}, stats: map[expr.ID]catalog.ColumnStatistics{}}
	for _, x := range n.Exprs {
		out.distinct[x.Out.ID] = in.distinctOf(x.Expr)
		if c, ok := x.Expr.(*expr.Column); ok {
			if st, ok := in.stats[c.ID]; ok {
				out.stats[x.Out.ID] = st
			}
		}
	}
	return out
}

// groups guesses the number of groups.
func groups(keys []logical.Named, in *estimate) float64 {
	n := 1.0
	for _, g := range keys {
		n *= in.distinctOf(g.Expr)
	}
	return math.Min(n, in.rows)
}

func (s *estimator) join(n *logical.Join) *estimate {
	l, r := s.of(n.Left), s.of(n.Right)
	out := &estimate{distinct: map[expr.ID]float64{}, stats: map[expr.ID]catalog.ColumnStatistics{}}
	for _, side := range []*estimate{l, r} {
		for id, d := range side.distinct {
			out.distinct[id] = d
		}
		for id, st := range side.stats {
			out.stats[id] = st
		}
	}
	part := joinSelectivity(expr.Terms(n.Condition), l, r, out)
	out.rows = l.rows * r.rows * part
	switch n.Kind {
	case logical.LeftSemi:
		return l.scaled(semiSelectivity(n, l, r))
	case logical.LeftAnti:
		return l.scaled(math.Max(0.1, 1-semiSelectivity(n, l, r)))
	case logical.Mark:
		out.rows = l.rows
	case logical.LeftOuter, logical.Single:
		out.rows = math.Max(out.rows, l.rows)
	case logical.RightOuter:
		out.rows = math.Max(out.rows, r.rows)
	case logical.FullOuter:
		out.rows = math.Max(out.rows, l.rows+r.rows)
	}
	return out
}

// joinSelectivity guesses which part of all pairs fulfils a join condition.
func joinSelectivity(terms []expr.Expr, l, r, both *estimate) float64 {
	part, first := 1.0, true
	for _, t := range terms {
		if c, ok := t.(*expr.Call); ok && len(c.Args) == 2 && (c.Bound.Function.Name == "=" || c.Bound.Function.Name == "<=>") {
			d := math.Max(sideDistinct(c.Args[0], l, r), sideDistinct(c.Args[1], l, r))
			if !first {
				d = math.Sqrt(d) // keys of several columns depend on each other
			}
			first = false
			part /= math.Max(1, d)
			continue
		}
		part *= selectivity(t, both)
	}
	return part
}

// semiSelectivity guesses which part of the left rows finds a partner: as many of the left keys as the right side has.
func semiSelectivity(n *logical.Join, l, r *estimate) float64 {
	part := 1.0
	for _, t := range expr.Terms(n.Condition) {
		c, ok := t.(*expr.Call)
		if !ok || len(c.Args) != 2 || c.Bound.Function.Name != "=" && c.Bound.Function.Name != "<=>" {
			part *= 0.9
			continue
		}
		a, b := c.Args[0], c.Args[1]
		if x, isColumn := a.(*expr.Column); isColumn {
			if _, right := r.distinct[x.ID]; right {
				a, b = b, a
			}
		}
		part = math.Min(part, math.Min(r.rows, r.distinctOf(b))/l.distinctOf(a))
	}
	return math.Max(0.001, math.Min(1, part))
}

func sideDistinct(e expr.Expr, l, r *estimate) float64 {
	for _, s := range []*estimate{l, r} {
		if c, ok := e.(*expr.Column); ok {
			if d, known := s.distinct[c.ID]; known {
				return d
			}
		}
	}
	return math.Max(1, math.Min(l.rows, r.rows)/10)
}

// selectivity guesses for which part of the rows a condition holds.
func selectivity(e expr.Expr, in *estimate) float64 {
	switch e := e.(type) {
	case *expr.And:
		return allSelectivity(e.Terms, in)
	case *expr.Or:
		none := 1.0
		for _, t := range e.Terms {
			none *= 1 - selectivity(t, in)
		}
		return 1 - none
	case *expr.Literal:
		if v, ok := truth(e); ok && v == 1 {
			return 1
		}
		return 0
	case *expr.Call:
		return callSelectivity(e, in)
	}
	return someOther
}

func callSelectivity(e *expr.Call, in *estimate) float64 {
	name := e.Bound.Function.Name
	switch name {
	case "=", "<=>":
		for side := range 2 {
			if _, isConst := e.Args[1-side].(*expr.Literal); isConst {
				return 1 / constantsOf(e.Args[side], in)
			}
		}
		return someEqual
	case "<", "<=", ">", ">=":
		return rangeSelectivity(e, in)
	case "in":
		return math.Min(1, float64(len(e.Args)-1)/constantsOf(e.Args[0], in))
	case "not":
		return 1 - selectivity(e.Args[0], in)
	case "like", "ilike", "rlike", "contains", "startswith", "endswith":
		return someLike
	case "isnull":
		return 0.05
	case "isnotnull":
		return 0.95
	case "!=", "<>":
		return 0.9
	}
	return someOther
}

// constantsOf guesses how many values an expression has that is compared with a constant.
func constantsOf(e expr.Expr, in *estimate) float64 {
	d := math.Max(1, in.distinctOf(e))
	c, ok := e.(*expr.Column)
	if !ok || !c.T.IsString() {
		return d
	}
	if st, known := in.stats[c.ID]; known && st.Distinct >= 0 {
		return d
	}
	return math.Min(d, fewTexts)
}

// allSelectivity is the part of the rows for which all terms hold. Terms are taken to be independent, but for a lower and an
// upper bound of the same column, which are the ends of one range.
func allSelectivity(terms []expr.Expr, in *estimate) float64 {
	part := 1.0
	below, above := map[expr.ID]float64{}, map[expr.ID]float64{}
	for _, t := range terms {
		id, upper, p, ok := bound(t, in)
		switch {
		case !ok:
			part *= selectivity(t, in)
		case upper:
			below[id] = least(below, id, p)
		default:
			above[id] = least(above, id, p)
		}
	}
	for id, p := range below {
		if q, both := above[id]; both {
			p = math.Max(0.0005, p+q-1)
			delete(above, id)
		}
		part *= p
	}
	for _, p := range above {
		part *= p
	}
	return part
}

func least(m map[expr.ID]float64, id expr.ID, p float64) float64 {
	if q, ok := m[id]; ok {
		return math.Min(p, q)
	}
	return p
}

// rangeSelectivity places a constant within the bounds of a column.
func rangeSelectivity(e *expr.Call, in *estimate) float64 {
	if _, _, p, ok := bound(e, in); ok {
		return p
	}
	return someRange
}

// bound is the part of a column's range that a comparison with a constant admits, and whether it is an upper bound; ok is
// false where the range is not known.
func bound(t expr.Expr, in *estimate) (id expr.ID, upper bool, part float64, ok bool) {
	e, isCall := t.(*expr.Call)
	if !isCall || len(e.Args) != 2 {
		return 0, false, 0, false
	}
	switch e.Bound.Function.Name {
	case "<", "<=", ">", ">=":
	default:
		return 0, false, 0, false
	}
	for side := range 2 {
		c, isColumn := e.Args[side].(*expr.Column)
		l, isConst := e.Args[1-side].(*expr.Literal)
		if !isColumn || !isConst || !c.T.Equal(l.Type()) {
			continue
		}
		st, known := in.stats[c.ID]
		v, isNumber := number(l.Value.Value(0))
		span, bounded := spanOf(st)
		if !known || !isNumber || !bounded || span == 0 {
			continue
		}
		lo, _ := number(st.Min)
		below := math.Min(1, math.Max(0, (v-lo)/span))
		upper = strings.HasPrefix(e.Bound.Function.Name, "<") == (side == 0)
		if !upper {
			below = 1 - below
		}
		return c.ID, upper, math.Max(0.0005, below), true
	}
	return 0, false, 0, false
}
