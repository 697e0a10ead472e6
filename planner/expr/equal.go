package expr

import "reflect"

// Equal says whether two expressions give the same value for every row: the same functions over the same columns,
// whatever they are printed as. Operands of commutative operators may be swapped. Volatile functions equal nothing.
func Equal(a, b Expr) bool {
	if a == nil || b == nil {
		return a == nil && b == nil
	}
	switch x := a.(type) {
	case *Column:
		y, ok := b.(*Column)
		return ok && x.ID == y.ID
	case *Outer:
		y, ok := b.(*Outer)
		return ok && x.Column.ID == y.Column.ID
	case *Ordinal:
		y, ok := b.(*Ordinal)
		return ok && x.Index == y.Index
	case *LambdaVar:
		y, ok := b.(*LambdaVar)
		return ok && x.ID == y.ID
	case *Literal:
		y, ok := b.(*Literal)
		return ok && x.Type().Equal(y.Type()) && reflect.DeepEqual(x.Value.Value(0), y.Value.Value(0))
	case *Cast:
		y, ok := b.(*Cast)
		return ok && x.To.Equal(y.To) && x.Mode == y.Mode && Equal(x.Child, y.Child)
	case *Call:
		y, ok := b.(*Call)
		if !ok || x.Bound.Function != y.Bound.Function || x.Bound.Function.Volatile || !x.Bound.Return.Equal(y.Bound.Return) {
			return false
		}
		if allEqual(x.Args, y.Args) {
			return true
		}
		return len(x.Args) == 2 && len(y.Args) == 2 && commutative[x.Bound.Function.Name] &&
			Equal(x.Args[0], y.Args[1]) && Equal(x.Args[1], y.Args[0])
	case *And:
		y, ok := b.(*And)
		return ok && sameTerms(x.Terms, y.Terms)
	case *Or:
		y, ok := b.(*Or)
		return ok && sameTerms(x.Terms, y.Terms)
	case *Aggregate:
		y, ok := b.(*Aggregate)
		return ok && x.Bound.Function == y.Bound.Function && x.Distinct == y.Distinct && x.Bound.Return.Equal(y.Bound.Return) &&
			x.Text == y.Text && allEqual(x.Args, y.Args) && Equal(x.Filter, y.Filter)
	case *Window:
		y, ok := b.(*Window)
		return ok && equalWindows(x, y)
	case *Subquery:
		return a == b
	case *Lambda:
		y, ok := b.(*Lambda)
		return ok && equalLambdas(x, y)
	}
	if reflect.TypeOf(a) != reflect.TypeOf(b) {
		return false
	}
	if len(a.Children()) == 0 {
		return a == b // a leaf of another room, whose value is not known here
	}
	return allEqual(a.Children(), b.Children())
}

var commutative = map[string]bool{"+": true, "*": true, "=": true, "<=>": true, "&": true, "|": true, "^": true}

func allEqual(a, b []Expr) bool {
	if len(a) != len(b) {
		return false
	}
	for i := range a {
		if !Equal(a[i], b[i]) {
			return false
		}
	}
	return true
}

func sameTerms(a, b []Expr) bool {
	if allEqual(a, b) {
		return true
	}
	return len(a) == 2 && len(b) == 2 && Equal(a[0], b[1]) && Equal(a[1], b[0])
}

func equalWindows(x, y *Window) bool {
	if (x.Aggregate == nil) != (y.Aggregate == nil) || x.Aggregate != nil && !Equal(x.Aggregate, y.Aggregate) {
		return false
	}
	if x.Function != nil && (x.Function.Function != y.Function.Function || x.Text != y.Text) {
		return false
	}
	return allEqual(x.Args, y.Args) && SameWindow(x, y) && x.Frame.Unit == y.Frame.Unit &&
		equalBounds(x.Frame.From, y.Frame.From) && equalBounds(x.Frame.To, y.Frame.To)
}

func equalBounds(a, b FrameBound) bool { return a.Kind == b.Kind && Equal(a.Offset, b.Offset) }

// SameWindow says whether two window expressions share partition and order keys.
func SameWindow(x, y *Window) bool {
	return allEqual(x.PartitionBy, y.PartitionBy) && SameKeys(x.OrderBy, y.OrderBy)
}

// SameKeys says whether two lists of sort keys order alike.
func SameKeys(a, b []SortKey) bool {
	if len(a) != len(b) {
		return false
	}
	for i, k := range a {
		if k.Desc != b[i].Desc || k.NullsFirst != b[i].NullsFirst || !Equal(k.Expr, b[i].Expr) {
			return false
		}
	}
	return true
}

// equalLambdas compares bodies after giving both the same parameters.
func equalLambdas(x, y *Lambda) bool {
	if len(x.Params) != len(y.Params) {
		return false
	}
	same := map[ID]*LambdaVar{}
	for i, p := range y.Params {
		same[p.ID] = x.Params[i]
	}
	return Equal(x.Body, Transform(y.Body, func(e Expr) Expr {
		if v, ok := e.(*LambdaVar); ok && same[v.ID] != nil {
			return same[v.ID]
		}
		return e
	}))
}
