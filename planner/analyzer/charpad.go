package analyzer

import (
	"strings"
	"unicode/utf8"

	"github.com/argan-sql/argan/exec/vector"
	"github.com/argan-sql/argan/planner/expr"
	"github.com/argan-sql/argan/types"
)

// comparisons are the operators whose sides are filled with blanks where one is a char(n) column.
var comparisons = map[string]bool{"=": true, "<=>": true, "<": true, "<=": true, ">": true, ">=": true}

// comparable fills the sides of a comparison, or the value and list of IN, with blanks to one length where char(n) columns are
// compared with one another or with constants: blanks at the end do not count there. ok is false where nothing was changed.
func (a *Analyzer) comparable(list []expr.Expr) (out []expr.Expr, ok bool, err error) {
	longest, chars := 0, false
	lengths := make([]int, len(list))
	for i, e := range list {
		switch x := e.(type) {
		case *expr.Column:
			t := charType(types.Field{Type: x.T, Metadata: x.Metadata})
			if t == nil {
				return list, false, nil
			}
			lengths[i], chars = t.Length, true
		case *expr.Literal:
			s, isText := textOf(x)
			if !isText {
				return list, false, nil
			}
			lengths[i] = utf8.RuneCountInString(s)
		default:
			return list, false, nil
		}
		longest = max(longest, lengths[i])
	}
	if !chars {
		return list, false, nil
	}
	out = append(out, list...)
	for i, e := range list {
		if lengths[i] == longest {
			continue
		}
		ok = true
		if l, isLiteral := e.(*expr.Literal); isLiteral {
			s, _ := textOf(l)
			out[i] = &expr.Literal{Value: vector.Of(types.StringType, s+strings.Repeat(" ", longest-lengths[i]))}
			continue
		}
		if out[i], err = a.scalar("rpad", e, intLiteral(longest), stringLiteral(" ")); err != nil {
			return nil, false, err
		}
	}
	return out, ok, nil
}

// textOf is the text of a constant; false where it is NULL or no string.
func textOf(l *expr.Literal) (string, bool) {
	if !l.Value.Type.IsString() || l.Value.IsNull(0) {
		return "", false
	}
	s, ok := l.Value.Value(0).(string)
	return s, ok
}
