package analyzer

import (
	"sort"
	"strings"

	"github.com/argan-sql/argan/planner/expr"
	"github.com/argan-sql/argan/planner/logical"
	"github.com/argan-sql/argan/sqlerr"
	"github.com/argan-sql/argan/types"
)

// scope is what a FROM clause offers: a plan, and its columns in the order in which * lists them. Hidden columns are
// found by name only.
type scope struct {
	node    logical.Node
	columns []*expr.Column
	// scans are the tables whose metadata columns may still be asked for: no projection stands above them yet.
	scans []*logical.Scan
}

// visible are the columns that * stands for.
func (s *scope) visible() []*expr.Column {
	out := make([]*expr.Column, 0, len(s.columns))
	for _, c := range s.columns {
		if !c.Hidden {
			out = append(out, c)
		}
	}
	return out
}

// block is what surrounds a query: the common table expressions that it sees and, for a subquery, the query around it.
type block struct {
	ctes *cteFrame
	// outer finds a name among the columns of the query around a subquery, nil where there is none.
	outer *outerQuery
}

// outerQuery is the query around a subquery, as the subquery sees it.
type outerQuery struct {
	columns []*expr.Column
	// find resolves a name in the outer query, into an expression over its columns.
	find func(parts []string) (expr.Expr, bool, error)
	// aggregates collects aggregate functions over outer columns alone; nil where they are not allowed. The columns stand for their results.
	aggregates *[]logical.Named
}

// lookup finds a name of one or more parts; false means that it is not there, an error that it is there and wrong.
type lookup func(parts []string) (expr.Expr, bool, error)

// match is a column that a name may mean, and the parts of the name that are left: struct fields.
type match struct {
	column *expr.Column
	fields []string
}

func (a *Analyzer) sameName(x, y string) bool {
	if a.caseSensitive() {
		return x == y
	}
	return strings.EqualFold(x, y)
}

func (a *Analyzer) caseSensitive() bool { return a.enabled("spark.sql.caseSensitive", false) }

// matches finds the columns that a name may mean: by three, two or one qualifying parts, or by the column's name alone,
// the first way that finds any.
func (a *Analyzer) matches(columns []*expr.Column, parts []string) []match {
	same := strings.EqualFold
	if a.caseSensitive() {
		same = func(x, y string) bool { return x == y }
	}
	for k := min(3, len(parts)-1); k >= 0; k-- {
		var out []match
		for _, c := range columns {
			if !same(c.Name, parts[k]) || k > len(c.Qualifier) {
				continue
			}
			q := c.Qualifier[len(c.Qualifier)-k:]
			ok := true
			for i := range q {
				ok = ok && same(q[i], parts[i])
			}
			if ok && !hasMatch(out, c.ID) {
				out = append(out, match{c, parts[k+1:]})
			}
		}
		if len(out) > 0 {
			return out
		}
	}
	return nil
}

func hasMatch(ms []match, id expr.ID) bool {
	for _, m := range ms {
		if m.column.ID == id {
			return true
		}
	}
	return false
}

// among resolves a name among columns, visible ones first.
func (a *Analyzer) among(columns []*expr.Column, parts []string) (expr.Expr, bool, error) {
	var shown, hidden []*expr.Column
	for _, c := range columns {
		if c.Hidden {
			hidden = append(hidden, c)
		} else {
			shown = append(shown, c)
		}
	}
	for _, cols := range [][]*expr.Column{shown, hidden} {
		ms := a.matches(cols, parts)
		if len(ms) == 0 {
			continue
		}
		if len(ms) > 1 {
			return nil, false, ambiguous(parts, ms)
		}
		var e expr.Expr = spelled(ms[0].column, parts[len(parts)-len(ms[0].fields)-1])
		for _, f := range ms[0].fields {
			var err error
			if e, err = a.extract(e, f); err != nil {
				return nil, false, err
			}
		}
		return e, true, nil
	}
	return nil, false, nil
}

// spelled is a column under its name as the text has it, which may differ in case.
func spelled(c *expr.Column, name string) *expr.Column {
	if c.Name == name {
		return c
	}
	n := *c
	n.Name = name
	return &n
}

func ambiguous(parts []string, ms []match) error {
	refs := make([]string, len(ms))
	for i, m := range ms {
		refs[i] = quoteParts(append(append([]string{}, m.column.Qualifier...), m.column.Name))
	}
	return sqlerr.New("AMBIGUOUS_REFERENCE", "name", quoteParts(parts), "referenceNames", "["+strings.Join(refs, ", ")+"]")
}

func quoteParts(parts []string) string {
	out := make([]string, len(parts))
	for i, p := range parts {
		out[i] = types.Quote(p)
	}
	return strings.Join(out, ".")
}

const suggestions = 5 // columns that an UNRESOLVED_COLUMN error proposes

// unresolved is the error for a name that nothing has, with the columns whose names are closest.
func unresolved(parts []string, columns []*expr.Column) *sqlerr.Error {
	name := quoteParts(parts)
	if len(columns) == 0 {
		return sqlerr.New("UNRESOLVED_COLUMN.WITHOUT_SUGGESTION", "objectName", name)
	}
	return sqlerr.New("UNRESOLVED_COLUMN.WITH_SUGGESTION", "objectName", name, "proposal", proposal(parts, columns))
}

func proposal(parts []string, columns []*expr.Column) string {
	var names [][]string
	sameQualifier := true
	for _, c := range columns {
		if c.Hidden {
			continue
		}
		names = append(names, append(append([]string{}, c.Qualifier...), c.Name))
		sameQualifier = sameQualifier && strings.Join(c.Qualifier, "\x00") == strings.Join(columns[0].Qualifier, "\x00")
	}
	if sameQualifier && len(parts) == 1 {
		for i := range names {
			names[i] = names[i][len(names[i])-1:]
		}
	}
	wanted := strings.ToLower(strings.Join(parts, "."))
	rank := make(map[string]int, len(names))
	quoted := make([]string, len(names))
	for i, n := range names {
		quoted[i] = quoteParts(n)
		rank[quoted[i]] = sqlerr.Distance(wanted, strings.ToLower(strings.Join(n, ".")))
	}
	sort.SliceStable(quoted, func(i, j int) bool { return rank[quoted[i]] < rank[quoted[j]] })
	return strings.Join(quoted[:min(len(quoted), suggestions)], ", ")
}
