package aggregate

import (
	"math"

	"github.com/argan-sql/argan/exec/function"
	"github.com/argan-sql/argan/exec/function/bind"
	"github.com/argan-sql/argan/exec/vector"
	"github.com/argan-sql/argan/types"
)

// moment is the running mean and the central moments of a group, as Spark's CentralMomentAgg, of the differences to the group's
// first value: so that large values with small differences lose nothing.
type moment struct{ n, base, mean, m2, m3, m4 float64 }

func (m *moment) add(x float64, higher bool) {
	if m.n == 0 && !math.IsInf(x, 0) && !math.IsNaN(x) {
		m.base = x
	}
	m.n++
	delta := x - m.base - m.mean
	step := delta / m.n
	m.mean += step
	if !higher {
		m.m2 += delta * (delta - step)
		return
	}
	m2 := m.m2 + delta*(delta-step)
	delta2, step2 := delta*delta, step*step
	m3 := m.m3 - 3*step*m2 + delta*(delta2-step2)
	m.m4 = m.m4 - 4*step*m3 - 6*step2*m2 + delta*(delta*delta2-step*step2)
	m.m2, m.m3 = m2, m3
}

func (m *moment) merge(o moment) {
	if o.n == 0 {
		return
	}
	if m.n == 0 {
		*m = o
		return
	}
	n1, n2 := m.n, o.n
	n := n1 + n2
	delta := o.base - m.base + o.mean - m.mean
	step := delta / n
	m4 := m.m4 + o.m4 + step*step*step*delta*n1*n2*(n1*n1-n1*n2+n2*n2) + 6*step*step*(n1*n1*o.m2+n2*n2*m.m2) + 4*step*(n1*o.m3-n2*m.m3)
	m3 := m.m3 + o.m3 + step*step*delta*n1*n2*(n1-n2) + 3*step*(n1*o.m2-n2*m.m2)
	*m = moment{n: n, base: m.base, mean: m.mean + step*n2, m2: m.m2 + o.m2 + delta*step*n1*n2, m3: m3, m4: m4}
}

// moments is the state of variances, skewness and kurtosis.
type moments struct {
	of     []moment
	higher bool // the third and fourth moments are wanted
	end    func(m moment) (x float64, null bool)
	buf    []float64
}

func (s *moments) Resize(n int) { s.of = grow(s.of, n) }

func (s *moments) Update(args []*vector.Vector, groups []uint32, n int) error {
	valid := args[0].Nulls()
	for i, x := range dense(args[0], n, &s.buf) {
		if !valid.Get(i) {
			continue
		}
		g := uint32(0)
		if groups != nil {
			g = groups[i]
		}
		s.of[g].add(x, s.higher)
	}
	return nil
}

func (s *moments) Merge(other function.State, groups []uint32) error {
	for i, m := range other.(*moments).of[:len(groups)] {
		s.of[groups[i]].merge(m)
	}
	return nil
}

func (s *moments) Result(from, to int) (*vector.Vector, error) {
	return floatResult(to-from, func(i int) (float64, bool) { return s.end(s.of[from+i]) }), nil
}

func floatResult(n int, f func(i int) (x float64, null bool)) *vector.Vector {
	out := vector.New(types.DoubleType, n)
	for i := range out.F64 {
		x, null := f(i)
		out.F64[i] = x
		if null {
			if out.Valid == nil {
				out.Valid = vector.NewBitmap(n, true)
			}
			out.Valid.Clear(i)
		}
	}
	return out
}

func (s *moments) SizeBytes() int64 { return int64(48 * cap(s.of)) }

func (s *moments) Save() ([]*vector.Vector, error) {
	cols := make([]*vector.Vector, 6)
	for k := range cols {
		cols[k] = vector.New(types.DoubleType, len(s.of))
	}
	for i, m := range s.of {
		for k, x := range [...]float64{m.n, m.base, m.mean, m.m2, m.m3, m.m4} {
			cols[k].F64[i] = x
		}
	}
	return cols, nil
}

func (s *moments) Load(cols []*vector.Vector, groups []uint32) error {
	var c [6][]float64
	for k := range c {
		c[k] = vector.Flatten(cols[k]).F64
	}
	for i, g := range groups {
		s.of[g].merge(moment{c[0][i], c[1][i], c[2][i], c[3][i], c[4][i], c[5][i]})
	}
	return nil
}

// bindMoments binds the functions of one variable.
func bindMoments(name string) func([]function.Arg, bool, bool) (*function.BoundAggregate, error) {
	samples := func(f func(float64) float64) func(m moment) (float64, bool) {
		return func(m moment) (float64, bool) { return f(m.m2 / (m.n - 1)), m.n < 2 }
	}
	population := func(f func(float64) float64) func(m moment) (float64, bool) {
		return func(m moment) (float64, bool) { return f(m.m2 / m.n), m.n == 0 }
	}
	same := func(x float64) float64 { return x }
	end := map[string]func(moment) (float64, bool){
		"stddev":      samples(math.Sqrt),
		"stddev_samp": samples(math.Sqrt),
		"stddev_pop":  population(math.Sqrt),
		"variance":    samples(same),
		"var_pop":     population(same),
		"skewness": func(m moment) (float64, bool) {
			return math.Sqrt(m.n) * m.m3 / math.Sqrt(m.m2*m.m2*m.m2), m.n == 0 || m.m2 == 0
		},
		"kurtosis": func(m moment) (float64, bool) { return m.n*m.m4/(m.m2*m.m2) - 3, m.n == 0 || m.m2 == 0 },
	}[name]
	higher := name == "skewness" || name == "kurtosis"
	return func(args []function.Arg, _, ansi bool) (*function.BoundAggregate, error) {
		in, err := bind.Cast(name, args, ansi, types.DoubleFamily)
		if err != nil {
			return nil, err
		}
		return bound(in, types.DoubleType, true, func() function.State { return &moments{higher: higher, end: end} }), nil
	}
}

// pair is the running means and co-moments of two variables, of the differences to the group's first values.
type pair struct{ n, x0, y0, x, y, ck, xm, ym float64 }

func (p pair) meanX() float64 { return p.x0 + p.x }
func (p pair) meanY() float64 { return p.y0 + p.y }

func (p *pair) add(x, y float64) {
	if p.n == 0 && !math.IsInf(x, 0) && !math.IsNaN(x) && !math.IsInf(y, 0) && !math.IsNaN(y) {
		p.x0, p.y0 = x, y
	}
	p.n++
	x, y = x-p.x0, y-p.y0
	dx, dy := x-p.x, y-p.y
	p.x += dx / p.n
	p.y += dy / p.n
	p.ck += dx * (y - p.y)
	p.xm += dx * (x - p.x)
	p.ym += dy * (y - p.y)
}

func (p *pair) merge(o pair) {
	if o.n == 0 {
		return
	}
	if p.n == 0 {
		*p = o
		return
	}
	n := p.n + o.n
	dx, dy := o.x0-p.x0+o.x-p.x, o.y0-p.y0+o.y-p.y
	f := p.n * o.n / n
	*p = pair{n: n, x0: p.x0, y0: p.y0, x: p.x + dx*o.n/n, y: p.y + dy*o.n/n, ck: p.ck + o.ck + dx*dy*f, xm: p.xm + o.xm + dx*dx*f, ym: p.ym + o.ym + dy*dy*f}
}

// pairs is the state of covariances, correlation and regression; x is the first argument.
type pairs struct {
	of         []pair
	end        func(p pair) (x float64, null bool)
	count      bool // the result is the number of pairs
	bufX, bufY []float64
}

func (s *pairs) Resize(n int) { s.of = grow(s.of, n) }

func (s *pairs) Update(args []*vector.Vector, groups []uint32, n int) error {
	valid := strictNulls(args, n)
	ys := dense(args[1], n, &s.bufY)
	for i, x := range dense(args[0], n, &s.bufX) {
		if !valid.Get(i) {
			continue
		}
		g := uint32(0)
		if groups != nil {
			g = groups[i]
		}
		s.of[g].add(x, ys[i])
	}
	return nil
}

func (s *pairs) Merge(other function.State, groups []uint32) error {
	for i, p := range other.(*pairs).of[:len(groups)] {
		s.of[groups[i]].merge(p)
	}
	return nil
}

func (s *pairs) Result(from, to int) (*vector.Vector, error) {
	if s.count {
		out := vector.New(types.LongType, to-from)
		for i := range out.I64 {
			out.I64[i] = int64(s.of[from+i].n)
		}
		return out, nil
	}
	return floatResult(to-from, func(i int) (float64, bool) { return s.end(s.of[from+i]) }), nil
}

func (s *pairs) SizeBytes() int64 { return int64(64 * cap(s.of)) }

func (s *pairs) Save() ([]*vector.Vector, error) {
	cols := make([]*vector.Vector, 8)
	for k := range cols {
		cols[k] = vector.New(types.DoubleType, len(s.of))
	}
	for i, p := range s.of {
		for k, x := range [...]float64{p.n, p.x0, p.y0, p.x, p.y, p.ck, p.xm, p.ym} {
			cols[k].F64[i] = x
		}
	}
	return cols, nil
}

func (s *pairs) Load(cols []*vector.Vector, groups []uint32) error {
	var c [8][]float64
	for k := range c {
		c[k] = vector.Flatten(cols[k]).F64
	}
	for i, g := range groups {
		s.of[g].merge(pair{c[0][i], c[1][i], c[2][i], c[3][i], c[4][i], c[5][i], c[6][i], c[7][i]})
	}
	return nil
}

// bindPairs binds the functions of two variables. Regressions are of their first argument over the second: what SQL calls y is the
// x of the state, and the other way round.
func bindPairs(name string) func([]function.Arg, bool, bool) (*function.BoundAggregate, error) {
	end := map[string]func(pair) (float64, bool){
		"covar_pop":  func(p pair) (float64, bool) { return p.ck / p.n, p.n == 0 },
		"covar_samp": func(p pair) (float64, bool) { return p.ck / (p.n - 1), p.n < 2 },
		"corr":       func(p pair) (float64, bool) { return p.ck / math.Sqrt(p.xm*p.ym), p.n < 2 || p.xm*p.ym == 0 },
		"regr_r2": func(p pair) (float64, bool) {
			if p.ym != 0 && p.xm == 0 {
				return 1, p.n == 0
			}
			r := p.ck / math.Sqrt(p.xm*p.ym)
			return r * r, p.n == 0 || p.ym == 0
		},
		"regr_slope":     func(p pair) (float64, bool) { return p.ck / p.ym, p.n == 0 || p.ym == 0 },
		"regr_intercept": func(p pair) (float64, bool) { return p.meanX() - p.ck/p.ym*p.meanY(), p.n == 0 || p.ym == 0 },
		"regr_avgx":      func(p pair) (float64, bool) { return p.meanY(), p.n == 0 },
		"regr_avgy":      func(p pair) (float64, bool) { return p.meanX(), p.n == 0 },
		"regr_sxx":       func(p pair) (float64, bool) { return p.ym, p.n == 0 },
		"regr_syy":       func(p pair) (float64, bool) { return p.xm, p.n == 0 },
		"regr_sxy":       func(p pair) (float64, bool) { return p.ck, p.n == 0 },
	}[name]
	return func(args []function.Arg, _, ansi bool) (*function.BoundAggregate, error) {
		in, err := bind.Cast(name, args, ansi, types.DoubleFamily)
		if err != nil {
			return nil, err
		}
		if name == "regr_count" {
			return bound(in, types.LongType, false, func() function.State { return &pairs{count: true} }), nil
		}
		return bound(in, types.DoubleType, true, func() function.State { return &pairs{end: end} }), nil
	}
}
