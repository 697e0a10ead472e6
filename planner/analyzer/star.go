package analyzer

import (
	"strings"

	"github.com/argan-sql/argan/exec/function/text/regex"
	"github.com/argan-sql/argan/planner/expr"
	"github.com/argan-sql/argan/sql/ast"
	"github.com/argan-sql/argan/sqlerr"
	"github.com/argan-sql/argan/types"
)

// starred is one of the columns that a star stands for.
type starred struct {
	name string
	e    expr.Expr
}

// star writes out * or qualifier.*: the columns of the clause, those of one table, or the fields of a struct.
func (r *resolver) star(s *ast.Star) ([]starred, error) {
	out, err := r.starColumns(s)
	if err != nil || len(s.Except) == 0 {
		return out, err
	}
	drop := make([]bool, len(out))
	for _, n := range s.Except {
		if len(n.Parts) > 1 && !r.qualifies(out, n.Strings()) {
			return nil, sqlerr.Unsupported("EXCEPT of a field of a struct").At(n.Pos())
		}
		found := false
		for i, c := range out {
			if r.a.sameName(c.name, n.Last()) {
				drop[i], found = true, true
			}
		}
		if !found {
			return nil, unresolved(n.Strings(), r.columns).At(n.Pos())
		}
	}
	kept := out[:0:0]
	for i, c := range out {
		if !drop[i] {
			kept = append(kept, c)
		}
	}
	return kept, nil
}

// qualifies says whether a qualified name means one of the starred columns.
func (r *resolver) qualifies(cols []starred, parts []string) bool {
	for _, c := range cols {
		col, ok := c.e.(*expr.Column)
		if ok {
			ms := r.a.matches([]*expr.Column{col}, parts)
			if len(ms) == 1 && len(ms[0].fields) == 0 {
				return true
			}
		}
	}
	return false
}

func (r *resolver) starColumns(s *ast.Star) ([]starred, error) {
	var out []starred
	if len(s.Qualifier) == 0 {
		for _, c := range r.columns {
			if !c.Hidden {
				out = append(out, starred{c.Name, c})
			}
		}
		return out, nil
	}
	parts := identTexts(s.Qualifier)
	for _, hidden := range []bool{true, false} {
		for _, c := range r.columns {
			if c.Hidden == hidden && r.a.hasQualifier(c, parts) {
				out = append(out, starred{c.Name, c})
			}
		}
	}
	if len(out) > 0 {
		return out, nil
	}
	for _, step := range r.steps {
		e, ok, err := step(parts)
		if err != nil {
			return nil, err
		}
		if !ok {
			continue
		}
		if e.Type().Kind != types.Struct {
			break
		}
		for i, f := range e.Type().Fields {
			out = append(out, starred{f.Name, fieldOf(e, i)})
		}
		return out, nil
	}
	if o := r.block.outer; o != nil {
		for _, c := range o.columns {
			if r.a.hasQualifier(c, parts) {
				out = append(out, starred{c.Name, &expr.Outer{Column: c}})
			}
		}
		if len(out) > 0 {
			return out, nil
		}
	}
	names := make([]string, 0, len(r.columns))
	for _, c := range r.columns {
		if !c.Hidden {
			names = append(names, types.Quote(c.Name))
		}
	}
	return nil, sqlerr.New("CANNOT_RESOLVE_STAR_EXPAND", "targetString", quoteParts(parts), "columns", strings.Join(names, ", "))
}

func (a *Analyzer) hasQualifier(c *expr.Column, parts []string) bool {
	if len(parts) > len(c.Qualifier) {
		return false
	}
	q := c.Qualifier[len(c.Qualifier)-len(parts):]
	for i := range q {
		if !a.sameName(q[i], parts[i]) {
			return false
		}
	}
	return true
}

// regexColumns are the columns that a name in backticks matches as a pattern, with spark.sql.parser.quotedRegexColumnNames.
func (r *resolver) regexColumns(x *ast.Column) ([]starred, bool, error) {
	n := len(x.Name.Parts)
	if !r.patterns || n == 0 || n > 2 || !x.Name.Parts[n-1].Quoted || !r.a.enabled("spark.sql.parser.quotedRegexColumnNames", false) {
		return nil, false, nil
	}
	flag := "(?i)"
	if r.a.caseSensitive() {
		flag = ""
	}
	pattern, err := regex.Compile(flag + "^(?:" + x.Name.Last() + ")$")
	if err != nil {
		return nil, false, err
	}
	var out []starred
	for _, c := range r.columns {
		if c.Hidden || n == 2 && !r.a.hasQualifier(c, []string{x.Name.Parts[0].Text}) {
			continue
		}
		if ok, err := pattern.Match([]byte(c.Name)); err != nil || !ok {
			continue
		}
		out = append(out, starred{c.Name, c})
	}
	return out, true, nil
}

func commas(list []string) string { return strings.Join(list, ",") }
