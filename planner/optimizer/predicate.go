package optimizer

import (
	"github.com/argan-sql/argan/catalog"
	"github.com/argan-sql/argan/planner/expr"
)

// comparisons are the functions that a catalog predicate has a term for, and the same with the sides changed.
var comparisons = map[string][2]catalog.Op{
	"=": {catalog.Equal, catalog.Equal}, "==": {catalog.Equal, catalog.Equal}, "<=>": {catalog.Equal, catalog.Equal},
	"<": {catalog.Less, catalog.Greater}, "<=": {catalog.LessEqual, catalog.GreaterEqual},
	">": {catalog.Greater, catalog.Less}, ">=": {catalog.GreaterEqual, catalog.LessEqual}, "!=": {catalog.NotEqual, catalog.NotEqual}, "<>": {catalog.NotEqual, catalog.NotEqual},
}

// Predicate says a condition over a table's columns in terms by which files can be left out. The result may be weaker than
// the condition, never stronger; ok is false when nothing of it can be said.
func Predicate(e expr.Expr, columns []*expr.Column) (p catalog.Predicate, ok bool) {
	known := make(map[expr.ID]*expr.Column, len(columns))
	for _, c := range columns {
		known[c.ID] = c
	}
	return predicate(e, known)
}

func predicate(e expr.Expr, columns map[expr.ID]*expr.Column) (catalog.Predicate, bool) {
	switch e := e.(type) {
	case *expr.And:
		var terms []catalog.Predicate
		for _, t := range e.Terms {
			if p, ok := predicate(t, columns); ok {
				terms = append(terms, p)
			}
		}
		if len(terms) == 0 {
			return nil, false
		}
		return &catalog.AllOf{Terms: terms}, true
	case *expr.Or:
		var terms []catalog.Predicate
		for _, t := range e.Terms {
			p, ok := predicate(t, columns)
			if !ok {
				return nil, false
			}
			terms = append(terms, p)
		}
		return &catalog.AnyOf{Terms: terms}, true
	case *expr.Call:
		return callPredicate(e, columns)
	}
	return nil, false
}

// path is the names of a column or of a field within structs.
func path(e expr.Expr, columns map[expr.ID]*expr.Column) ([]string, bool) {
	switch e := e.(type) {
	case *expr.Column:
		if c, ok := columns[e.ID]; ok && !c.Hidden {
			return []string{c.Name}, true
		}
	case *expr.Call:
		if e.Bound.Function.Name == "." && len(e.Args) == 2 {
			if name, ok := constant(e.Args[1]); ok {
				if text, isText := name.(string); isText {
					inner, ok := path(e.Args[0], columns)
					return append(inner, text), ok
				}
			}
		}
	}
	return nil, false
}

// constant is the value of a literal.
func constant(e expr.Expr) (any, bool) {
	l, ok := e.(*expr.Literal)
	if !ok {
		return nil, false
	}
	return l.Value.Value(0), true
}

func callPredicate(e *expr.Call, columns map[expr.ID]*expr.Column) (catalog.Predicate, bool) {
	name := e.Bound.Function.Name
	if ops, ok := comparisons[name]; ok && len(e.Args) == 2 {
		for side := range 2 {
			p, isColumn := path(e.Args[side], columns)
			v, isConst := constant(e.Args[1-side])
			if isColumn && isConst && v != nil {
				return &catalog.Compare{Column: p, Type: e.Args[side].Type(), Op: ops[side], Values: []any{v}}, true
			}
		}
		return nil, false
	}
	if len(e.Args) == 0 {
		return nil, false
	}
	p, ok := path(e.Args[0], columns)
	if !ok {
		return nil, false
	}
	c := &catalog.Compare{Column: p, Type: e.Args[0].Type()}
	switch name {
	case "isnull":
		c.Op = catalog.IsNull
		return c, true
	case "isnotnull":
		c.Op = catalog.IsNotNull
		return c, true
	case "in":
		c.Op = catalog.In
		for _, a := range e.Args[1:] {
			v, isConst := constant(a)
			if !isConst {
				return nil, false
			}
			if v != nil {
				c.Values = append(c.Values, v)
			}
		}
		return c, true
	case "startswith":
		if v, isConst := constant(e.Args[1]); isConst {
			if s, isText := v.(string); isText {
				c.Op, c.Values = catalog.StartsWith, []any{s}
				return c, true
			}
		}
	case "like":
		if v, isConst := constant(e.Args[1]); isConst {
			if s, isText := v.(string); isText {
				if prefix := likePrefix(s); prefix != "" {
					c.Op, c.Values = catalog.StartsWith, []any{prefix}
					return c, true
				}
			}
		}
	}
	return nil, false
}

// likePrefix is the text before the first wildcard of a LIKE pattern.
func likePrefix(pattern string) string {
	for i := range len(pattern) {
		if c := pattern[i]; c == '%' || c == '_' || c == '\\' {
			return pattern[:i]
		}
	}
	return pattern
}
