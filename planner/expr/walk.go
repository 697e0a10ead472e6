package expr

// Walk visits e and everything below it, parents first, until f returns false for a node (its operands are then left out).
func Walk(e Expr, f func(Expr) bool) {
	if e == nil || !f(e) {
		return
	}
	for _, c := range e.Children() {
		Walk(c, f)
	}
}

// Any says whether f holds for e or anything below it.
func Any(e Expr, f func(Expr) bool) bool {
	found := false
	Walk(e, func(x Expr) bool {
		found = found || f(x)
		return !found
	})
	return found
}

// Transform rewrites bottom-up: f gets each node with its operands already rewritten and returns it or another one.
func Transform(e Expr, f func(Expr) Expr) Expr {
	ch := e.Children()
	if len(ch) > 0 {
		var out []Expr
		for i, c := range ch {
			n := Transform(c, f)
			if n != c && out == nil {
				out = append(make([]Expr, 0, len(ch)), ch[:i]...)
			}
			if out != nil {
				out = append(out, n)
			}
		}
		if out != nil {
			e = e.With(out)
		}
	}
	return f(e)
}

// Columns adds the IDs of the columns that e reads (Outer references not included) to set.
func Columns(e Expr, set map[ID]bool) {
	Walk(e, func(x Expr) bool {
		if c, ok := x.(*Column); ok {
			set[c.ID] = true
		}
		return true
	})
}

// Terms splits a conjunction into its terms; nil gives none.
func Terms(e Expr) []Expr {
	if e == nil {
		return nil
	}
	if a, ok := e.(*And); ok {
		var out []Expr
		for _, t := range a.Terms {
			out = append(out, Terms(t)...)
		}
		return out
	}
	return []Expr{e}
}

// Conjunction joins terms with AND; nil when there are none.
func Conjunction(terms []Expr) Expr {
	switch len(terms) {
	case 0:
		return nil
	case 1:
		return terms[0]
	}
	return &And{terms}
}

// Volatile says whether e holds a function whose value changes from call to call (rand, uuid).
func Volatile(e Expr) bool {
	return Any(e, func(x Expr) bool {
		c, ok := x.(*Call)
		return ok && c.Bound.Function.Volatile
	})
}
