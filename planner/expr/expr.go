// Package expr holds bound expressions: names resolved to columns, types known, coercions written out as casts,
// functions bound to their entries. In: what the analyzer makes of sql/ast. Out: what the optimizer rewrites and
// exec/eval compiles. Nodes are immutable: With returns a new node.
package expr

import (
	"fmt"
	"strings"
	"sync/atomic"

	"github.com/argan-sql/argan/exec/cast"
	"github.com/argan-sql/argan/exec/function"
	"github.com/argan-sql/argan/exec/vector"
	"github.com/argan-sql/argan/types"
)

// ID is the identity of a column within a statement: two columns of one name have different IDs, and a column keeps
// its ID through filters, joins and sorts.
type ID uint64

// Expr is a bound expression.
type Expr interface {
	// Type is the type of the values.
	Type() *types.Type
	// Nullable says whether a value may be NULL.
	Nullable() bool
	// Children are the direct operands, in order.
	Children() []Expr
	// With is the same expression over other operands, as many as Children gave.
	With(children []Expr) Expr
	// String is the expression as Spark prints it in plans and generated column names, without IDs.
	String() string
}

// Column is an output column of a plan node, and a reference to it.
type Column struct {
	ID        ID
	Name      string
	T         *types.Type
	Null      bool
	Qualifier []string       // table alias, or catalog, database, table; for name resolution only
	Metadata  map[string]any // as types.Field.Metadata
	// Hidden columns (metadata columns, the other side's column of a USING join) are found by name but not by *.
	Hidden bool
}

// Outer is a reference to a column of the query around a subquery.
type Outer struct{ Column *Column }

// Ordinal is a reference to a column of the input batch by position: what Column becomes in a physical plan.
type Ordinal struct {
	Index int
	Name  string
	T     *types.Type
	Null  bool
}

// Literal is a constant: a vector of one row (Flat or Const).
type Literal struct {
	Value *vector.Vector
	// Text overrides String where the text was written otherwise, or depends on the session's time zone.
	Text string
}

// Call is a scalar function over its arguments, which have exactly the types Bound.Args.
type Call struct {
	Bound *function.Bound
	Args  []Expr
	// Text overrides String for expressions that Spark prints otherwise than name(args); "" for none.
	Text string

	nullable int32 // 0 until Nullable was asked, then 1 for no, 2 for yes: chains of thousands of calls are asked at every link
}

// Lambda is a lambda argument of a Call.
type Lambda struct {
	Params []*LambdaVar
	Body   Expr
}

// LambdaVar is a parameter of a lambda, and a reference to it.
type LambdaVar struct {
	ID   ID
	Name string
	T    *types.Type
	Null bool
}

// Cast converts to another type.
type Cast struct {
	Child Expr
	To    *types.Type
	Mode  cast.Mode
	// Implicit casts were added by coercion and are not printed in generated column names.
	Implicit bool
	// Apply is the conversion, from cast.Bind.
	Apply cast.Func
}

// And is the conjunction of two or more terms, Or the disjunction; both three-valued, evaluated from left to right
// on the rows that are still undecided.
type (
	And struct{ Terms []Expr }
	Or  struct{ Terms []Expr }
)

// When is a branch of a Case.
type When struct{ Cond, Then Expr }

// Case is a searched CASE (IF too); only the branch that is taken is evaluated for a row. Else is never nil.
type Case struct {
	Whens []When
	Else  Expr
	// Text is how it prints if it was written as another form, such as if(a, b, c).
	Text string
}

// Coalesce is the first operand that is not NULL; later ones are evaluated only where needed.
type Coalesce struct {
	Args []Expr
	Text string
}

// SortKey is a term of an ORDER BY.
type SortKey struct {
	Expr       Expr
	Desc       bool
	NullsFirst bool
}

// Aggregate is an aggregate function call.
type Aggregate struct {
	Bound    *function.BoundAggregate
	Args     []Expr
	Distinct bool
	Filter   Expr // nil for none
	Text     string
}

// FrameUnit says what a window frame counts.
type FrameUnit uint8

// Units of frames.
const (
	FrameRows FrameUnit = iota
	FrameRange
)

// BoundKind is the kind of a frame's edge.
type BoundKind uint8

// Kinds of edges.
const (
	UnboundedPreceding BoundKind = iota
	Preceding
	CurrentRow
	Following
	UnboundedFollowing
)

// FrameBound is an edge of a frame. Offset is a constant for Preceding and Following: an integer for ROWS; for RANGE a value
// that can be added to the ordering key (number or interval), of the key's type where it is a number.
type FrameBound struct {
	Kind   BoundKind
	Offset Expr
}

// Frame is a window frame.
type Frame struct {
	Unit     FrameUnit
	From, To FrameBound
}

// Window is a function over a window: exactly one of Aggregate and Function is set.
type Window struct {
	Aggregate   *Aggregate
	Function    *function.BoundWindow
	Args        []Expr // of Function
	PartitionBy []Expr
	OrderBy     []SortKey
	Frame       Frame
	Text        string
}

// Plan is a query inside an expression: a logical.Node (declared here so that logical may import expr).
type Plan interface{ Output() []*Column }

// SubqueryKind is the kind of a Subquery.
type SubqueryKind uint8

// Kinds of subqueries.
const (
	ScalarSubquery SubqueryKind = iota // one column, at most one row
	ExistsSubquery                     // EXISTS (…)
	InSubquery                         // (Values) IN (…), three-valued; NOT IN is not() around it
)

// Subquery is a query in an expression. Correlated references inside Plan are Outer nodes. The optimizer turns each into
// a join (or runs an uncorrelated scalar one once).
type Subquery struct {
	Kind   SubqueryKind
	Values []Expr // left side of IN
	Plan   Plan
	// ID names a scalar subquery that is run once, before the plan.
	ID ID
	// Outer are the references of Plan to the query around it, as they print in column names.
	Outer []string
}

// Type and the other methods of the nodes.

func (c *Column) Type() *types.Type    { return c.T }
func (c *Column) Nullable() bool       { return c.Null }
func (c *Column) Children() []Expr     { return nil }
func (c *Column) With([]Expr) Expr     { return c }
func (c *Column) String() string       { return c.Name }
func (o *Outer) Type() *types.Type     { return o.Column.T }
func (o *Outer) Nullable() bool        { return o.Column.Null }
func (o *Outer) Children() []Expr      { return nil }
func (o *Outer) With([]Expr) Expr      { return o }
func (o *Outer) String() string        { return "outer(" + o.Column.SQL() + ")" }
func (o *Ordinal) Type() *types.Type   { return o.T }
func (o *Ordinal) Nullable() bool      { return o.Null }
func (o *Ordinal) Children() []Expr    { return nil }
func (o *Ordinal) With([]Expr) Expr    { return o }
func (o *Ordinal) String() string      { return o.Name }
func (l *Literal) Type() *types.Type   { return l.Value.Type }
func (l *Literal) Nullable() bool      { return l.Value.IsNull(0) }
func (l *Literal) Children() []Expr    { return nil }
func (l *Literal) With([]Expr) Expr    { return l }
func (l *Literal) String() string      { return literalString(l) }
func (v *LambdaVar) Type() *types.Type { return v.T }
func (v *LambdaVar) Nullable() bool    { return v.Null }
func (v *LambdaVar) Children() []Expr  { return nil }
func (v *LambdaVar) With([]Expr) Expr  { return v }
func (v *LambdaVar) String() string    { return "namedlambdavariable()" }
func (l *Lambda) Type() *types.Type    { return l.Body.Type() }
func (l *Lambda) Nullable() bool       { return l.Body.Nullable() }
func (l *Lambda) Children() []Expr     { return []Expr{l.Body} }
func (l *Lambda) With(c []Expr) Expr   { return &Lambda{l.Params, c[0]} }
func (l *Lambda) String() string       { return lambdaString(l) }
func (c *Call) Type() *types.Type      { return c.Bound.Return }
func (c *Call) Children() []Expr       { return c.Args }
func (c *Cast) Type() *types.Type      { return c.To }
func (c *Cast) Children() []Expr       { return []Expr{c.Child} }
func (a *And) Type() *types.Type       { return types.BooleanType }
func (a *And) Nullable() bool          { return anyNullable(a.Terms) }
func (a *And) Children() []Expr        { return a.Terms }
func (a *And) With(c []Expr) Expr      { return &And{c} }
func (a *And) String() string          { return joinTerms(a.Terms, " AND ") }
func (o *Or) Type() *types.Type        { return types.BooleanType }
func (o *Or) Nullable() bool           { return anyNullable(o.Terms) }
func (o *Or) Children() []Expr         { return o.Terms }
func (o *Or) With(c []Expr) Expr       { return &Or{c} }
func (o *Or) String() string           { return joinTerms(o.Terms, " OR ") }
func (c *Case) Type() *types.Type      { return c.Else.Type() }
func (c *Coalesce) Type() *types.Type  { return c.Args[0].Type() }
func (c *Coalesce) Children() []Expr   { return c.Args }
func (c *Coalesce) With(a []Expr) Expr { return &Coalesce{a, c.Text} }
func (a *Aggregate) Type() *types.Type { return a.Bound.Return }
func (a *Aggregate) Nullable() bool    { return a.Bound.Nullable }
func (w *Window) Children() []Expr     { return windowChildren(w) }
func (w *Window) With(c []Expr) Expr   { return windowWith(w, c) }
func (s *Subquery) Children() []Expr   { return s.Values }
func (s *Subquery) With(c []Expr) Expr { return &Subquery{s.Kind, c, s.Plan, s.ID, s.Outer} }

// Nullable of a call: as bound, or where NULL comes of NULL, as its arguments.
func (c *Call) Nullable() bool {
	if known := atomic.LoadInt32(&c.nullable); known != 0 {
		return known == 2
	}
	is := c.Bound.Nullable || c.Bound.Function.Nulls == function.NullIfAnyNull && anyNullable(c.Args)
	known := int32(1)
	if is {
		known = 2
	}
	atomic.StoreInt32(&c.nullable, known)
	return is
}

// With drops the text: it was made from the other operands.
func (c *Call) With(args []Expr) Expr { return &Call{Bound: c.Bound, Args: args} }

func (c *Call) String() string {
	if c.Text != "" {
		return c.Text
	}
	name := c.Bound.Function.Name
	switch {
	case len(c.Args) == 2 && !isWord(name):
		return "(" + c.Args[0].String() + " " + name + " " + c.Args[1].String() + ")"
	case len(c.Args) == 1 && !isWord(name):
		return "(" + name + " " + c.Args[0].String() + ")"
	}
	return strings.ReplaceAll(name, " ", "") + "(" + joinExprs(c.Args) + ")"
}

// Nullable of a cast: parsing and narrowing may give NULL outside ANSI mode.
func (c *Cast) Nullable() bool {
	return c.Child.Nullable() || (c.Mode != cast.ANSI && cast.MayGiveNull(c.Child.Type(), c.To))
}

// With keeps the conversion when the operand's type stays.
func (c *Cast) With(ch []Expr) Expr {
	if !ch[0].Type().Equal(c.Child.Type()) {
		if e, err := NewCast(ch[0], c.To, c.Mode, c.Implicit); err == nil {
			return e
		}
	}
	return &Cast{ch[0], c.To, c.Mode, c.Implicit, c.Apply}
}

func (c *Cast) String() string {
	if c.Implicit {
		return c.Child.String()
	}
	return "CAST(" + c.Child.String() + " AS " + c.To.SQL() + ")"
}

// NewCast converts e to a type: e itself when it has it already.
func NewCast(e Expr, to *types.Type, mode cast.Mode, implicit bool) (Expr, error) {
	if e.Type().Equal(to) {
		return e, nil
	}
	f, err := cast.Bind(e.Type(), to, mode)
	if err != nil {
		return nil, err
	}
	return &Cast{e, to, mode, implicit, f}, nil
}

// Nullable of a CASE.
func (c *Case) Nullable() bool {
	for _, w := range c.Whens {
		if w.Then.Nullable() {
			return true
		}
	}
	return c.Else.Nullable()
}

// Children are condition, value, condition, value … and the default.
func (c *Case) Children() []Expr {
	out := make([]Expr, 0, 2*len(c.Whens)+1)
	for _, w := range c.Whens {
		out = append(out, w.Cond, w.Then)
	}
	return append(out, c.Else)
}

// With rebuilds from Children.
func (c *Case) With(ch []Expr) Expr {
	n := &Case{Else: ch[len(ch)-1]}
	for i := 0; i+1 < len(ch); i += 2 {
		n.Whens = append(n.Whens, When{ch[i], ch[i+1]})
	}
	return n
}

func (c *Case) String() string {
	if c.Text != "" {
		return c.Text
	}
	var b strings.Builder
	b.WriteString("CASE")
	for _, w := range c.Whens {
		b.WriteString(" WHEN " + w.Cond.String() + " THEN " + w.Then.String())
	}
	if l, ok := c.Else.(*Literal); !ok || !l.Value.IsNull(0) {
		b.WriteString(" ELSE " + c.Else.String())
	}
	return b.String() + " END"
}

// Nullable of a COALESCE: only if every operand may be NULL.
func (c *Coalesce) Nullable() bool {
	for _, a := range c.Args {
		if !a.Nullable() {
			return false
		}
	}
	return true
}

func (c *Coalesce) String() string {
	if c.Text != "" {
		return c.Text
	}
	return "coalesce(" + joinExprs(c.Args) + ")"
}

// Children are the arguments and, if there is one, the filter.
func (a *Aggregate) Children() []Expr {
	if a.Filter != nil {
		return append(append([]Expr{}, a.Args...), a.Filter)
	}
	return a.Args
}

// With rebuilds from Children.
func (a *Aggregate) With(c []Expr) Expr {
	n := *a
	n.Args = c[:len(a.Args):len(a.Args)]
	if a.Filter != nil {
		n.Filter = c[len(a.Args)]
	}
	return &n
}

func (a *Aggregate) String() string {
	if a.Text != "" {
		return a.Text
	}
	d := ""
	if a.Distinct {
		d = "DISTINCT "
	}
	s := a.Bound.Function.Name + "(" + d + joinExprs(a.Args) + ")"
	if a.Filter != nil {
		s += " FILTER (WHERE " + a.Filter.String() + ")"
	}
	return s
}

// Type of a window expression.
func (w *Window) Type() *types.Type {
	if w.Aggregate != nil {
		return w.Aggregate.Type()
	}
	return w.Function.Return
}

// Nullable of a window expression.
func (w *Window) Nullable() bool {
	if w.Aggregate != nil {
		return w.Aggregate.Nullable()
	}
	return w.Function.Nullable
}

func (w *Window) String() string {
	if w.Text != "" {
		return w.Text
	}
	if w.Aggregate != nil {
		return w.Aggregate.String() + " OVER (…)"
	}
	return w.Function.Function.Name + "(" + joinExprs(w.Args) + ") OVER (…)"
}

// windowChildren: aggregate (if any), arguments, partition keys, sort keys. Frame offsets are constants and stay.
func windowChildren(w *Window) []Expr {
	var out []Expr
	if w.Aggregate != nil {
		out = append(out, w.Aggregate.Children()...)
	}
	out = append(out, w.Args...)
	out = append(out, w.PartitionBy...)
	for _, k := range w.OrderBy {
		out = append(out, k.Expr)
	}
	return out
}

func windowWith(w *Window, c []Expr) Expr {
	n := *w
	if w.Aggregate != nil {
		k := len(w.Aggregate.Children())
		n.Aggregate = w.Aggregate.With(c[:k]).(*Aggregate)
		c = c[k:]
	}
	n.Args, c = c[:len(w.Args):len(w.Args)], c[len(w.Args):]
	n.PartitionBy, c = c[:len(w.PartitionBy):len(w.PartitionBy)], c[len(w.PartitionBy):]
	n.OrderBy = make([]SortKey, len(w.OrderBy))
	for i, k := range w.OrderBy {
		n.OrderBy[i] = SortKey{c[i], k.Desc, k.NullsFirst}
	}
	return &n
}

// Type of a subquery: its column for a scalar one, boolean otherwise.
func (s *Subquery) Type() *types.Type {
	if s.Kind == ScalarSubquery {
		return s.Plan.Output()[0].T
	}
	return types.BooleanType
}

// Nullable of a subquery.
func (s *Subquery) Nullable() bool { return s.Kind != ExistsSubquery }

func (s *Subquery) String() string {
	switch s.Kind {
	case ExistsSubquery:
		return "exists(" + strings.Join(s.Outer, ", ") + ")"
	case InSubquery:
		v := joinExprs(s.Values)
		if len(s.Values) > 1 {
			v = "(" + v + ")"
		}
		return "(" + v + " IN (listquery(" + strings.Join(s.Outer, ", ") + ")))"
	}
	return "scalarsubquery(" + strings.Join(s.Outer, ", ") + ")"
}

func literalString(l *Literal) string {
	if l.Text != "" {
		return l.Text
	}
	return cast.Literal(l.Value, 0)
}

func lambdaString(l *Lambda) string {
	s := "lambdafunction(" + l.Body.String()
	for _, p := range l.Params {
		s += ", " + p.String()
	}
	return s + ")"
}

func anyNullable(es []Expr) bool {
	for _, e := range es {
		if e.Nullable() {
			return true
		}
	}
	return false
}

func isWord(s string) bool {
	c := s[0]
	return c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c == '_'
}

func joinExprs(es []Expr) string {
	parts := make([]string, len(es))
	for i, e := range es {
		parts[i] = e.String()
	}
	return strings.Join(parts, ", ")
}

func joinTerms(es []Expr, op string) string {
	var b strings.Builder
	for i, e := range es {
		if i > 0 {
			b.WriteString(op)
		}
		b.WriteString(e.String())
	}
	return fmt.Sprintf("(%s)", b.String())
}
