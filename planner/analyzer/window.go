package analyzer

import (
	"strings"

	"github.com/argan-sql/argan/exec/function"
	"github.com/argan-sql/argan/exec/vector"
	"github.com/argan-sql/argan/planner/expr"
	"github.com/argan-sql/argan/planner/logical"
	"github.com/argan-sql/argan/sql/ast"
	"github.com/argan-sql/argan/sqlerr"
	"github.com/argan-sql/argan/types"
)

// namedWindows collects the windows of WINDOW clauses; a window that is another one's name becomes that one.
func namedWindows(lists ...[]ast.NamedWindow) (map[string]*ast.WindowSpec, error) {
	out := map[string]*ast.WindowSpec{}
	for _, list := range lists {
		for _, w := range list {
			key := strings.ToLower(w.Name.Text)
			if out[key] != nil {
				return nil, sqlerr.New("INVALID_SQL_SYNTAX.REPETITIVE_WINDOW_DEFINITION", "windowName", types.Quote(w.Name.Text)).At(w.Pos())
			}
			out[key] = w.Spec
		}
	}
	for key, spec := range out {
		if bareName(spec) {
			target := out[strings.ToLower(spec.Name.Text)]
			switch {
			case target == nil:
				return nil, sqlerr.New("INVALID_SQL_SYNTAX.UNRESOLVED_WINDOW_REFERENCE", "windowName", types.Quote(spec.Name.Text)).At(spec.Pos())
			case bareName(target):
				return nil, sqlerr.New("INVALID_SQL_SYNTAX.INVALID_WINDOW_REFERENCE", "windowName", types.Quote(spec.Name.Text)).At(spec.Pos())
			}
			out[key] = target
		}
	}
	return out, nil
}

func bareName(s *ast.WindowSpec) bool {
	return s.Name.Present() && len(s.PartitionBy) == 0 && len(s.OrderBy) == 0 && s.Frame == nil
}

// spec follows the name in OVER w, or OVER (w ORDER BY …).
func (r *resolver) spec(s *ast.WindowSpec) (*ast.WindowSpec, error) {
	if !s.Name.Present() {
		return s, nil
	}
	base := r.windows[strings.ToLower(s.Name.Text)]
	if base == nil {
		return nil, sqlerr.New("_LEGACY_ERROR_TEMP_1004", "windowName", s.Name.Text).At(s.Pos())
	}
	if bareName(s) {
		return base, nil
	}
	out := &ast.WindowSpec{At: s.At, PartitionBy: base.PartitionBy, OrderBy: base.OrderBy, Frame: s.Frame}
	if len(s.PartitionBy) > 0 {
		out.PartitionBy = s.PartitionBy
	}
	if len(s.OrderBy) > 0 {
		out.OrderBy = s.OrderBy
	}
	return out, nil
}

// window binds f(…) OVER (…).
func (r *resolver) window(x *ast.Call, name string) (expr.Expr, error) {
	spec, err := r.spec(x.Over)
	if err != nil {
		return nil, err
	}
	w := &expr.Window{}
	if w.PartitionBy, err = r.exprs(spec.PartitionBy); err != nil {
		return nil, err
	}
	for _, it := range spec.OrderBy {
		e, err := r.expr(it.Expr)
		if err != nil {
			return nil, err
		}
		if !e.Type().Orderable() {
			return nil, sqlerr.New("DATATYPE_MISMATCH.INVALID_ORDERING_TYPE", "sqlExpr", quoted(e), "functionName", "`sortorder`", "dataType", quotedType(e.Type())).At(it.Pos())
		}
		w.OrderBy = append(w.OrderBy, sortKey(e, it))
	}
	for _, e := range w.PartitionBy {
		if !groupable(e.Type()) {
			return nil, sqlerr.New("EXPRESSION_TYPE_IS_NOT_ORDERABLE", "expr", quoted(e), "exprType", quotedType(e.Type()))
		}
	}
	if err := r.frame(w, spec); err != nil {
		return nil, err
	}
	text, err := r.windowFunction(w, x, name, spec.Frame != nil)
	if err != nil {
		return nil, err
	}
	if w.Aggregate != nil && w.Aggregate.Filter != nil {
		return nil, sqlerr.New("_LEGACY_ERROR_TEMP_1030")
	}
	if w.Aggregate != nil && w.Aggregate.Distinct {
		return nil, sqlerr.New("DISTINCT_WINDOW_FUNCTION_UNSUPPORTED", "windowExpr", `"`+text+windowText(w)+`"`)
	}
	w.Text = text + windowText(w)
	return w, nil
}

// windowFunction binds the function itself and gives its text.
func (r *resolver) windowFunction(w *expr.Window, x *ast.Call, name string, framed bool) (string, error) {
	call := *x
	call.Over = nil
	if f := function.FindWindow(name); f != nil && (function.FindAggregate(name) == nil || f.UsesFrame) {
		return r.pureWindow(w, &call, f, name, framed)
	}
	if function.FindAggregate(name) == nil {
		if m := r.a.env.Macro(x.Name.Strings(), r.a.place); m == nil && function.FindScalar(name) == nil && function.FindGenerator(name) == nil && conditionals[name].build == nil {
			return "", r.a.unknownFunction(x.Name.Strings())
		}
		return "", sqlerr.New("UNSUPPORTED_EXPR_FOR_WINDOW", "sqlExpr", `"`+name+`()"`)
	}
	inner := *r
	inner.inAggregate = false
	e, err := inner.plainOrSpecial(&call, name)
	if err != nil {
		return "", err
	}
	g, ok := e.(*expr.Aggregate)
	if !ok {
		return "", sqlerr.New("UNSUPPORTED_EXPR_FOR_WINDOW", "sqlExpr", quoted(e))
	}
	w.Aggregate = g
	return g.String(), nil
}

func (r *resolver) plainOrSpecial(x *ast.Call, name string) (expr.Expr, error) {
	r.overWindow = true
	if f := special[name]; f != nil {
		return f(r, x)
	}
	return r.plainCall(x, []string{name}, name)
}

// rankers print in upper case.
var rankers = map[string]bool{"rank": true, "dense_rank": true, "percent_rank": true}

func (r *resolver) pureWindow(w *expr.Window, x *ast.Call, f *function.Window, name string, framed bool) (string, error) {
	if err := refuseExtras(&ast.Call{Distinct: x.Distinct, Filter: x.Filter}, name); err != nil {
		return "", err
	}
	if x.Nulls != ast.NullsDefault && !f.TakesNulls {
		return "", sqlerr.New("_LEGACY_ERROR_TEMP_1023", "prettyName", name, "syntax", "IGNORE NULLS")
	}
	if f.NeedsOrder && len(w.OrderBy) == 0 {
		return "", sqlerr.New("_LEGACY_ERROR_TEMP_1037", "wf", name)
	}
	args, err := r.args(x.Args)
	if err != nil {
		return "", err
	}
	b, err := f.Bind(r.a.arguments(args), x.Nulls == ast.NullsIgnore, r.a.ansi)
	if err != nil {
		return "", err
	}
	text := aggregateText(name, f.Name, args, false)
	if rankers[name] {
		text = strings.ToUpper(text)
	}
	if w.Args, err = r.a.castAll(args, b.Args); err != nil {
		return "", err
	}
	w.Function = b
	if f.UsesFrame {
		return text, nil
	}
	return text, r.ownFrame(w, name, framed)
}

// ownFrame gives the frame that goes with a function which does not look at frames, and refuses another one.
func (r *resolver) ownFrame(w *expr.Window, name string, framed bool) error {
	own := expr.Frame{Unit: expr.FrameRows, From: expr.FrameBound{Kind: expr.UnboundedPreceding}, To: expr.FrameBound{Kind: expr.CurrentRow}}
	switch name {
	case "cume_dist":
		own.Unit = expr.FrameRange
	case "lag", "lead":
		n := 1
		if len(w.Args) > 1 {
			if v, ok := literalValue(foldedLiteral(r.a, w.Args[1])); ok {
				if k, ok := v.(int32); ok {
					n = int(k)
				}
			}
		}
		if name == "lag" {
			n = -n
		}
		edge := expr.FrameBound{Kind: expr.Following, Offset: intLiteral(n)}
		own.From, own.To = edge, edge
	}
	if framed && !sameFrame(own, w.Frame) {
		return sqlerr.New("_LEGACY_ERROR_TEMP_1036", "wf", frameText(w.Frame), "required", frameText(own))
	}
	w.Frame = own
	return nil
}

func foldedLiteral(a *Analyzer, e expr.Expr) expr.Expr {
	if v := a.fold(e); v != nil {
		return &expr.Literal{Value: v}
	}
	return e
}

func sameFrame(a, b expr.Frame) bool {
	return a.Unit == b.Unit && a.From.Kind == b.From.Kind && a.To.Kind == b.To.Kind && expr.Equal(a.From.Offset, b.From.Offset) && expr.Equal(a.To.Offset, b.To.Offset)
}

// frame binds the frame: the default is everything up to the current row's peers where there is an order, else the whole partition.
func (r *resolver) frame(w *expr.Window, spec *ast.WindowSpec) error {
	if spec.Frame == nil {
		w.Frame = expr.Frame{Unit: expr.FrameRows, From: expr.FrameBound{Kind: expr.UnboundedPreceding}, To: expr.FrameBound{Kind: expr.UnboundedFollowing}}
		if len(w.OrderBy) > 0 {
			w.Frame.Unit, w.Frame.To.Kind = expr.FrameRange, expr.CurrentRow
		}
		return nil
	}
	f := spec.Frame
	if f.Range {
		w.Frame.Unit = expr.FrameRange
	}
	var err error
	if w.Frame.From, err = r.edge(w, f.Start, "lower"); err != nil {
		return at(err, f.Start.Pos())
	}
	if w.Frame.To, err = r.edge(w, f.End, "upper"); err != nil {
		return at(err, f.End.Pos())
	}
	return at(r.checkFrame(w), f.Pos())
}

func (r *resolver) checkFrame(w *expr.Window) error {
	from, to := w.Frame.From, w.Frame.To
	if from.Kind == expr.UnboundedFollowing || to.Kind == expr.UnboundedPreceding {
		return sqlerr.New("DATATYPE_MISMATCH.SPECIFIED_WINDOW_FRAME_INVALID_BOUND", "sqlExpr", `"`+frameText(w.Frame)+`"`,
			"upper", `"`+edgeText(to)+`"`, "lower", `"`+edgeText(from)+`"`)
	}
	wrong := sqlerr.New("DATATYPE_MISMATCH.SPECIFIED_WINDOW_FRAME_WRONG_COMPARISON", "sqlExpr", `"`+frameText(w.Frame)+`"`, "comparison", "less than or equal")
	switch {
	case from.Offset == nil || to.Offset == nil: // a frame such as CURRENT ROW AND 1 PRECEDING is empty, and Spark takes it
	case from.Kind > to.Kind:
		return wrong
	case from.Kind == to.Kind:
		a, b := r.a.fold(from.Offset), r.a.fold(to.Offset)
		if a != nil && b != nil {
			x, xok := wholeNumber(a.Value(0))
			y, yok := wholeNumber(b.Value(0))
			if xok && yok && (from.Kind == expr.Following && x > y || from.Kind == expr.Preceding && x < y) {
				return wrong
			}
		}
	}
	if w.Frame.Unit == expr.FrameRange {
		return r.checkRange(w)
	}
	return nil
}

func (r *resolver) checkRange(w *expr.Window) error {
	valued := w.Frame.From.Offset != nil || w.Frame.To.Offset != nil
	whole := w.Frame.From.Kind == expr.UnboundedPreceding && w.Frame.To.Kind == expr.UnboundedFollowing
	switch {
	case len(w.OrderBy) == 0 && !whole:
		return sqlerr.New("DATATYPE_MISMATCH.RANGE_FRAME_WITHOUT_ORDER", "sqlExpr", `"`+strings.TrimPrefix(windowText(w), " OVER ")+`"`)
	case valued && len(w.OrderBy) > 1:
		return sqlerr.New("DATATYPE_MISMATCH.RANGE_FRAME_MULTI_ORDER", "sqlExpr", `"`+strings.TrimPrefix(windowText(w), " OVER ")+`"`, "orderSpec", keysText(w.OrderBy))
	}
	return nil
}

func wholeNumber(v any) (int64, bool) {
	switch n := v.(type) {
	case int8:
		return int64(n), true
	case int16:
		return int64(n), true
	case int32:
		return int64(n), true
	case int64:
		return n, true
	}
	return 0, false
}

// edge binds one end of a frame; its offset becomes a constant. A negative offset looks the other way.
func (r *resolver) edge(w *expr.Window, b ast.FrameBound, side string) (expr.FrameBound, error) {
	kinds := map[ast.BoundKind]expr.BoundKind{
		ast.UnboundedPreceding: expr.UnboundedPreceding, ast.Preceding: expr.Preceding,
		ast.CurrentRow: expr.CurrentRow, ast.Following: expr.Following, ast.UnboundedFollowing: expr.UnboundedFollowing,
	}
	out := expr.FrameBound{Kind: kinds[b.Kind]}
	if b.Offset == nil {
		return out, nil
	}
	e, err := r.expr(b.Offset)
	if err != nil {
		return out, err
	}
	v := r.a.fold(e)
	if v == nil {
		return out, sqlerr.New("DATATYPE_MISMATCH.SPECIFIED_WINDOW_FRAME_WITHOUT_FOLDABLE", "sqlExpr", quoted(e), "location", side, "expression", quoted(e))
	}
	e = &expr.Literal{Value: v}
	if w.Frame.Unit == expr.FrameRows {
		if e.Type().Kind != types.Int {
			return out, sqlerr.New("DATATYPE_MISMATCH.SPECIFIED_WINDOW_FRAME_UNACCEPTED_TYPE", "sqlExpr", quoted(e), "location", side,
				"exprType", quotedType(e.Type()), "expectedType", `"INT"`)
		}
	} else if e, err = r.rangeOffset(w, e, side); err != nil {
		return out, err
	}
	return signed(out, e), nil
}

// signed turns a negative whole offset around, so that offsets are never below zero.
func signed(b expr.FrameBound, e expr.Expr) expr.FrameBound {
	b.Offset = e
	l, ok := e.(*expr.Literal)
	if !ok {
		return b
	}
	n, ok := wholeNumber(l.Value.Value(0))
	if !ok || n > 0 {
		return b
	}
	if n == 0 {
		return expr.FrameBound{Kind: expr.CurrentRow}
	}
	flipped := map[expr.BoundKind]expr.BoundKind{expr.Preceding: expr.Following, expr.Following: expr.Preceding}[b.Kind]
	return expr.FrameBound{Kind: flipped, Offset: &expr.Literal{Value: negated(l.Value, n)}}
}

func negated(v *vector.Vector, n int64) *vector.Vector {
	var x any
	switch v.Value(0).(type) {
	case int8:
		x = int8(-n)
	case int16:
		x = int16(-n)
	case int32:
		x = int32(-n)
	default:
		x = -n
	}
	return vector.ConstOf(v.Type, x, 1)
}

// rangeOffset checks that an offset can be added to the ordering key, and casts it to the key's type where that is a number.
func (r *resolver) rangeOffset(w *expr.Window, e expr.Expr, side string) (expr.Expr, error) {
	if len(w.OrderBy) != 1 {
		return e, nil
	}
	key := w.OrderBy[0].Expr.Type()
	ok := false
	switch {
	case key.IsNumeric():
		ok = e.Type().IsNumeric() && (e.Type().Equal(key) || e.Type().IsInteger() || key.Kind == types.Double || key.Kind == types.Float || key.Kind == types.Decimal)
	case key.Kind == types.Date:
		ok = e.Type().IsInteger() && e.Type().Kind != types.Long || e.Type().Kind == types.YearMonth || wholeDays(e.Type())
	case key.Kind == types.Timestamp, key.Kind == types.TimestampNTZ:
		ok = e.Type().IsInterval()
	case key.IsInterval():
		ok = e.Type().Kind == key.Kind
	case key.IsString(), key.Kind == types.Binary, key.Kind == types.Boolean:
		return nil, sqlerr.New("DATATYPE_MISMATCH.SPECIFIED_WINDOW_FRAME_UNACCEPTED_TYPE", "sqlExpr", quoted(e), "location", side,
			"exprType", quotedType(key), "expectedType", `("NUMERIC" or "INTERVAL DAY TO SECOND" or "INTERVAL YEAR TO MONTH" or "INTERVAL")`)
	}
	if !ok {
		return nil, sqlerr.New("DATATYPE_MISMATCH.RANGE_FRAME_INVALID_TYPE", "sqlExpr", `"`+strings.TrimPrefix(windowText(w), " OVER ")+`"`,
			"orderSpecType", quotedType(key), "valueBoundaryType", quotedType(e.Type()))
	}
	if key.IsNumeric() && !e.Type().Equal(key) {
		c, err := r.a.coerce(e, key)
		if err != nil {
			return nil, err
		}
		folded := foldedLiteral(r.a, c)
		if l, ok := folded.(*expr.Literal); ok {
			l.Text = e.String()
		}
		return folded, nil
	}
	return e, nil
}

// windowText is " OVER (…)" as Spark prints it.
func windowText(w *expr.Window) string {
	var parts []string
	if len(w.PartitionBy) > 0 {
		parts = append(parts, "PARTITION BY "+joined(w.PartitionBy))
	}
	if len(w.OrderBy) > 0 {
		parts = append(parts, "ORDER BY "+keysText(w.OrderBy))
	}
	parts = append(parts, frameText(w.Frame))
	return " OVER (" + strings.Join(parts, " ") + ")"
}

func keysText(keys []expr.SortKey) string {
	out := make([]string, len(keys))
	for i, k := range keys {
		dir, nulls := "ASC", "NULLS LAST"
		if k.Desc {
			dir = "DESC"
		}
		if k.NullsFirst {
			nulls = "NULLS FIRST"
		}
		out[i] = k.Expr.String() + " " + dir + " " + nulls
	}
	return strings.Join(out, ", ")
}

func frameText(f expr.Frame) string {
	unit := "ROWS"
	if f.Unit == expr.FrameRange {
		unit = "RANGE"
	}
	return unit + " BETWEEN " + edgeText(f.From) + " AND " + edgeText(f.To)
}

func edgeText(b expr.FrameBound) string {
	switch b.Kind {
	case expr.UnboundedPreceding:
		return "UNBOUNDED PRECEDING"
	case expr.UnboundedFollowing:
		return "UNBOUNDED FOLLOWING"
	case expr.Preceding:
		return b.Offset.String() + " PRECEDING"
	case expr.Following:
		return b.Offset.String() + " FOLLOWING"
	}
	return "CURRENT ROW"
}

// windowed takes the window functions out of what stands above, into Window nodes: one for each set of partition and order keys.
func (s *selection) windowed(node logical.Node) (logical.Node, error) {
	var all []logical.Named
	err := s.each(func(e expr.Expr) (expr.Expr, error) {
		return takeWindows(e, &all, false)
	})
	if err != nil {
		return nil, err
	}
	if len(all) > 0 && s.b.outer != nil && len(freeOuters(node)) > 0 {
		return nil, accessingOuter(node)
	}
	for len(all) > 0 {
		first := all[0].Expr.(*expr.Window)
		var same, rest []logical.Named
		for _, n := range all {
			if expr.SameWindow(first, n.Expr.(*expr.Window)) {
				same = append(same, n)
			} else {
				rest = append(rest, n)
			}
		}
		node = &logical.Window{Functions: same, Input: node}
		all = rest
	}
	return node, nil
}

func takeWindows(e expr.Expr, all *[]logical.Named, inside bool) (expr.Expr, error) {
	w, isWindow := e.(*expr.Window)
	if isWindow && inside {
		return nil, sqlerr.New("UNSUPPORTED_EXPR_FOR_OPERATOR", "invalidExprSqls", quoted(w))
	}
	ch := e.Children()
	out := make([]expr.Expr, len(ch))
	changed := false
	for i, c := range ch {
		var err error
		if out[i], err = takeWindows(c, all, inside || isWindow); err != nil {
			return nil, err
		}
		changed = changed || out[i] != c
	}
	if !isWindow {
		if changed {
			return e.With(out), nil
		}
		return e, nil
	}
	for _, n := range *all {
		if expr.Equal(n.Expr, w) {
			return n.Out, nil
		}
	}
	col := logical.NewColumn(w.String(), w.Type(), w.Nullable())
	*all = append(*all, named(w, col))
	return col, nil
}
