package analyzer

import (
	"strings"

	"github.com/argan-sql/argan/planner/expr"
	"github.com/argan-sql/argan/planner/logical"
	"github.com/argan-sql/argan/sql/ast"
	"github.com/argan-sql/argan/sqlerr"
	"github.com/argan-sql/argan/types"
)

// merging is a MERGE while it is analyzed.
type merging struct {
	t      *target
	source *scope
	both   *resolver
	from   *resolver // over the source alone
	into   *resolver // over the target alone
}

// Merge analyzes MERGE INTO.
func (a *Analyzer) Merge(st *ast.Merge) (*logical.Merge, error) {
	t, err := a.target(st.Target, st.Alias, st.SchemaEvolution)
	if err != nil {
		return nil, err
	}
	if !t.delta {
		return nil, sqlerr.New("UNSUPPORTED_FEATURE.TABLE_OPERATION", "tableName", quoteParts(t.name), "operation", "MERGE INTO TABLE").At(st.Target.Pos())
	}
	b := &block{}
	if st.With != nil {
		if b, err = a.with(st.With, st, b); err != nil {
			return nil, err
		}
		b.ctes.inline()
	}
	source, err := a.from(st.Source, b)
	if err != nil {
		return nil, err
	}
	source = &scope{node: tidy(source), columns: source.visible(), scans: source.scans}
	both := &scope{columns: append(append([]*expr.Column{}, t.scope.columns...), source.columns...)}
	m := &merging{t: t, source: source, both: a.over(both, b), from: a.over(source, b), into: a.over(t.scope, b)}
	out := &logical.Merge{Target: t.scan, Source: source.node}
	if out.Condition, err = m.condition(st.On, m.both, "search condition"); err != nil {
		return nil, err
	}
	m.newColumns(st)
	out.NewColumns = t.added
	if err := checkOmitted(st.Clauses); err != nil {
		return nil, err
	}
	for _, c := range st.Clauses {
		clause, err := m.clause(c)
		if err != nil {
			return nil, at(err, c.Pos())
		}
		switch c.Match {
		case ast.Matched:
			out.Matched = append(out.Matched, clause)
		case ast.NotMatched:
			out.NotMatched = append(out.NotMatched, clause)
		default:
			out.NotMatchedBySource = append(out.NotMatchedBySource, clause)
		}
	}
	out.Source = source.node
	return out, nil
}

// checkOmitted checks that only the last clause of each kind has no condition.
func checkOmitted(list []ast.MergeClause) error {
	classes := map[ast.MergeMatch]string{
		ast.Matched:    "NON_LAST_MATCHED_CLAUSE_OMIT_CONDITION",
		ast.NotMatched: "NON_LAST_NOT_MATCHED_BY_TARGET_CLAUSE_OMIT_CONDITION", ast.NotMatchedBySource: "NON_LAST_NOT_MATCHED_BY_SOURCE_CLAUSE_OMIT_CONDITION",
	}
	open := map[ast.MergeMatch]bool{}
	for _, c := range list {
		if open[c.Match] {
			return sqlerr.New(classes[c.Match]).At(c.Pos())
		}
		open[c.Match] = c.Cond == nil
	}
	return nil
}

// condition binds a condition of MERGE.
func (m *merging) condition(e ast.Expr, r *resolver, where string) (expr.Expr, error) {
	x, err := r.truth(e, "WHERE")
	if err != nil {
		return nil, at(m.named(err, r, where), e.Pos())
	}
	if expr.Any(x, func(y expr.Expr) bool { _, ok := y.(*expr.Aggregate); return ok }) {
		return nil, sqlerr.New("DELTA_AGGREGATION_NOT_SUPPORTED", "operation", where+" of MERGE operation", "predicate", "(condition = "+x.String()+")").At(e.Pos())
	}
	if expr.Volatile(x) {
		return nil, sqlerr.New("DELTA_NON_DETERMINISTIC_FUNCTION_NOT_SUPPORTED", "operation", where+" of MERGE operation", "expression", "(condition = "+x.String()+")").At(e.Pos())
	}
	return x, noAggregates(x)
}

// named turns a name that nothing has into MERGE's own error.
func (m *merging) named(err error, r *resolver, where string) error {
	e, ok := err.(*sqlerr.Error)
	if !ok || !strings.HasPrefix(e.Class, "UNRESOLVED_COLUMN") {
		return err
	}
	cols := make([]string, 0, len(r.columns))
	for _, c := range r.columns {
		cols = append(cols, c.SQL())
	}
	return sqlerr.New("DELTA_MERGE_UNRESOLVED_EXPRESSION", "sqlExpr", strings.ReplaceAll(e.Parameters["objectName"], "`", ""), "clause", where,
		"cols", strings.Join(cols, ", ")).At(e.Position)
}

// newColumns adds, under schema evolution, the source's columns that UPDATE SET *, INSERT * or an assignment bring in.
func (m *merging) newColumns(st *ast.Merge) {
	if !m.t.evolve {
		return
	}
	for _, c := range st.Clauses {
		var names []string
		switch c.Action {
		case ast.MergeUpdateAll, ast.MergeInsertAll:
			for _, col := range m.source.columns {
				names = append(names, col.Name)
			}
		case ast.MergeUpdate:
			for _, s := range c.Set {
				names = append(names, s.Column.Last())
			}
		case ast.MergeInsert:
			for _, n := range c.Columns {
				names = append(names, n.Last())
			}
		}
		for _, n := range names {
			if m.t.find(n) >= 0 {
				continue
			}
			if ms := m.t.a.matches(m.source.columns, []string{n}); len(ms) == 1 {
				m.t.add(ms[0].column)
			}
		}
	}
}

func (m *merging) clause(c ast.MergeClause) (logical.MergeClause, error) {
	var out logical.MergeClause
	r := m.both
	switch c.Match {
	case ast.NotMatched:
		r = m.from
	case ast.NotMatchedBySource:
		r = m.into
	}
	where := string(c.Action) + " clause"
	if c.Cond != nil {
		cond, err := m.condition(c.Cond, r, string(c.Action)+" condition")
		if err != nil {
			return out, err
		}
		out.Condition = cond
	}
	var err error
	switch c.Action {
	case ast.MergeDelete:
		out.Action = logical.MergeDelete
	case ast.MergeUpdate:
		out.Action = logical.MergeUpdate
		out.Values, out.Assigned, err = m.t.assignments(c.Set, r)
	case ast.MergeUpdateAll:
		out.Action = logical.MergeUpdate
		out.Values, out.Assigned, err = m.updateAll()
	case ast.MergeInsert:
		out.Action = logical.MergeInsert
		out.Values, out.Assigned, err = m.insert(c, r)
	case ast.MergeInsertAll:
		out.Action = logical.MergeInsert
		out.Values, out.Assigned, err = m.insertAll()
	}
	return out, m.named(err, r, where)
}

// sourceColumn is the source's column of a name, nil where there is none.
func (m *merging) sourceColumn(name string) (*expr.Column, error) {
	ms := m.t.a.matches(m.source.columns, []string{name})
	switch len(ms) {
	case 0:
		return nil, nil
	case 1:
		return ms[0].column, nil
	}
	return nil, ambiguous([]string{name}, ms)
}

// updateAll sets each column of the target to the source's column of its name; under schema evolution those that the
// source lacks stay.
func (m *merging) updateAll() ([]expr.Expr, []bool, error) {
	values := make([]expr.Expr, m.t.width())
	assigned := make([]bool, m.t.width())
	for i := range values {
		c := m.t.column(i)
		s, err := m.sourceColumn(c.Name)
		switch {
		case err != nil:
			return nil, nil, err
		case s != nil:
			assigned[i] = true
			if values[i], err = m.t.store(s, i); err != nil {
				return nil, nil, err
			}
		case m.t.evolve || m.t.isGenerated(i):
			values[i] = c
		default:
			return nil, nil, m.lacking(c.Name, "UPDATE clause")
		}
	}
	return values, assigned, m.t.regenerate(values, assigned)
}

func (m *merging) lacking(name, clause string) error {
	cols := make([]string, len(m.source.columns))
	for i, c := range m.source.columns {
		cols[i] = c.SQL()
	}
	return sqlerr.New("DELTA_MERGE_UNRESOLVED_EXPRESSION", "sqlExpr", name, "clause", clause, "cols", strings.Join(cols, ", "))
}

func (m *merging) insertAll() ([]expr.Expr, []bool, error) {
	given := make([]expr.Expr, m.t.width())
	for i := range given {
		c := m.t.column(i)
		s, err := m.sourceColumn(c.Name)
		if err != nil {
			return nil, nil, err
		}
		if s == nil {
			_, hasDefault := m.t.fieldDefault(i)
			if !m.t.evolve && !m.t.isGenerated(i) && !hasDefault {
				return nil, nil, m.lacking(c.Name, "INSERT clause")
			}
			continue
		}
		given[i] = s
	}
	return m.inserted(given)
}

// fieldDefault is the text of column i's default.
func (t *target) fieldDefault(i int) (string, bool) {
	if i >= len(t.fields) {
		return "", false
	}
	s, ok := t.fields[i].Metadata[defaultKey].(string)
	return s, ok
}

// insert is INSERT (columns) VALUES (values); without columns the values go by position.
func (m *merging) insert(c ast.MergeClause, r *resolver) ([]expr.Expr, []bool, error) {
	given := make([]expr.Expr, m.t.width())
	if len(c.Columns) == 0 && len(c.Values) != len(m.t.fields) || len(c.Columns) > 0 && len(c.Columns) != len(c.Values) {
		return nil, nil, sqlerr.New("INSERT_COLUMN_ARITY_MISMATCH.NOT_ENOUGH_DATA_COLUMNS", "tableName", quoteParts(m.t.name),
			"tableColumns", itoa(max(len(c.Columns), len(m.t.fields))), "dataColumns", itoa(len(c.Values)))
	}
	for k, v := range c.Values {
		i := k
		if len(c.Columns) > 0 {
			var path []string
			var err error
			if i, path, err = m.t.place(c.Columns[k]); err != nil {
				return nil, nil, at(err, c.Columns[k].Pos())
			}
			if len(path) > 0 {
				return nil, nil, sqlerr.Unsupported("INSERT of a field of a struct in MERGE").At(c.Columns[k].Pos())
			}
		}
		if given[i] != nil {
			return nil, nil, sqlerr.New("DELTA_DUPLICATE_COLUMNS_ON_INSERT").At(v.Pos())
		}
		var err error
		if ast.IsDefault(v) {
			given[i], _, err = m.t.byDefault(i)
		} else {
			given[i], err = r.expr(v)
		}
		if err != nil {
			return nil, nil, err
		}
		if given[i] != nil {
			if err := noAggregates(given[i]); err != nil {
				return nil, nil, at(err, v.Pos())
			}
		}
	}
	return m.inserted(given)
}

// inserted casts the given values and fills in the others.
func (m *merging) inserted(given []expr.Expr) ([]expr.Expr, []bool, error) {
	assigned := make([]bool, len(given))
	var later []int
	var err error
	for i, e := range given {
		if e != nil {
			assigned[i] = true
			if given[i], err = m.t.store(e, i); err != nil {
				return nil, nil, err
			}
			continue
		}
		d, ok, err := m.t.byDefault(i)
		if err != nil {
			if !sqlerr.Is(err, "NO_DEFAULT_COLUMN_VALUE_AVAILABLE") {
				return nil, nil, err
			}
			// The NOT NULL constraint refuses the row when there is one.
			d, ok = nullLiteral(m.t.column(i).T), true
		}
		if !ok {
			later = append(later, i)
			continue
		}
		given[i] = d
	}
	for _, i := range later {
		if given[i], err = m.t.generated(i, given); err != nil {
			return nil, nil, err
		}
	}
	return given, assigned, nil
}

// fieldNames are the names of a schema's fields, quoted.
func fieldNames(fields []types.Field) string {
	out := make([]string, len(fields))
	for i, f := range fields {
		out[i] = types.Quote(f.Name)
	}
	return strings.Join(out, ", ")
}
