package analyzer

import (
	"strings"

	"github.com/argan-sql/argan/planner/expr"
	"github.com/argan-sql/argan/planner/logical"
	"github.com/argan-sql/argan/sql/ast"
	"github.com/argan-sql/argan/sqlerr"
	"github.com/argan-sql/argan/types"
)

// Update analyzes UPDATE.
func (a *Analyzer) Update(st *ast.Update) (*logical.Update, error) {
	t, b, err := a.changed(st.With, st, st.Table, st.Alias, "UPDATE")
	if err != nil {
		return nil, err
	}
	out := &logical.Update{Target: t.scan}
	r := a.over(t.scope, b)
	if st.Where != nil {
		if out.Condition, err = a.filterCondition(st.Where, t.scope, b); err != nil {
			return nil, err
		}
	}
	out.Values, out.Assigned, err = t.assignments(st.Set, r)
	if err != nil {
		return nil, err
	}
	return out, nil
}

// Delete analyzes DELETE.
func (a *Analyzer) Delete(st *ast.Delete) (*logical.Delete, error) {
	t, b, err := a.changed(st.With, st, st.Table, st.Alias, "DELETE")
	if err != nil {
		return nil, err
	}
	out := &logical.Delete{Target: t.scan}
	if st.Where != nil {
		if out.Condition, err = a.filterCondition(st.Where, t.scope, b); err != nil {
			return nil, err
		}
	}
	return out, nil
}

// changed resolves the table of UPDATE or DELETE, which must be a Delta table, and the WITH clause before it.
func (a *Analyzer) changed(with *ast.With, body ast.Node, table ast.Name, alias *ast.TableAlias, op string) (*target, *block, error) {
	t, err := a.target(table, alias, false)
	if err != nil {
		return nil, nil, err
	}
	if !t.delta {
		return nil, nil, sqlerr.New("UNSUPPORTED_FEATURE.TABLE_OPERATION", "tableName", quoteParts(t.name), "operation", op).At(table.Pos())
	}
	b := &block{}
	if with != nil {
		if b, err = a.with(with, body, b); err != nil {
			return nil, nil, err
		}
		b.ctes.inline()
	}
	return t, b, nil
}

// inline lets every expression of the clause be copied to where it is read: a change of rows has no place for shared ones.
func (f *cteFrame) inline() {
	for _, c := range f.list {
		c.shared = false
	}
}

// fieldValue is a value for a part of a column: the path of struct fields to it.
type fieldValue struct {
	path  []string
	value expr.Expr
	at    ast.Assignment
}

// assignments gives the new value of every column of the target: the ones set, generated ones computed anew, the others themselves.
func (t *target) assignments(list []ast.Assignment, r *resolver) ([]expr.Expr, []bool, error) {
	parts := make([][]fieldValue, t.width())
	for _, s := range list {
		i, path, err := t.place(s.Column)
		if err != nil {
			return nil, nil, at(err, s.Column.Pos())
		}
		v := fieldValue{path: path, at: s}
		if i >= len(parts) {
			parts = append(parts, make([][]fieldValue, i+1-len(parts))...)
		}
		if ast.IsDefault(s.Value) && len(path) == 0 {
			d, ok, err := t.byDefault(i)
			if err != nil {
				return nil, nil, at(err, s.Pos())
			}
			if ok {
				v.value = d
			}
		} else if v.value, err = r.expr(s.Value); err != nil {
			return nil, nil, err
		}
		if v.value != nil {
			if err := noAggregates(v.value); err != nil {
				return nil, nil, at(err, s.Value.Pos())
			}
			parts[i] = append(parts[i], v)
		}
	}
	values := make([]expr.Expr, t.width())
	assigned := make([]bool, t.width())
	for i := range values {
		c := t.column(i)
		if i >= len(parts) || len(parts[i]) == 0 {
			values[i] = c
			if i >= len(t.fields) {
				values[i] = nullLiteral(c.T)
			}
			continue
		}
		assigned[i] = true
		v, err := t.combine(c, c.T, parts[i], c.Name)
		if err != nil {
			return nil, nil, at(err, parts[i][0].at.Pos())
		}
		if values[i], err = t.store(v, i); err != nil {
			return nil, nil, at(err, parts[i][0].at.Pos())
		}
	}
	return values, assigned, t.regenerate(values, assigned)
}

// regenerate computes the generated columns that are not assigned over the new values.
func (t *target) regenerate(values []expr.Expr, assigned []bool) error {
	for i := range t.fields {
		if assigned[i] || !t.isGenerated(i) {
			continue
		}
		e, err := t.generated(i, values)
		if err != nil {
			return err
		}
		values[i] = e
	}
	return nil
}

// place finds the column that an assignment names, and the struct fields after it.
func (t *target) place(n ast.Name) (int, []string, error) {
	parts, err := t.a.nameOf(n)
	if err != nil {
		return 0, nil, err
	}
	ms := t.a.matches(t.scope.columns, parts)
	if len(ms) == 0 {
		if i := t.find(parts[len(parts)-1]); i >= len(t.fields) {
			return i, nil, nil
		}
		return 0, nil, unresolved(parts, t.scope.columns)
	}
	for i, c := range t.scan.Columns {
		if c.ID == ms[0].column.ID {
			return i, ms[0].fields, nil
		}
	}
	return 0, nil, unresolved(parts, t.scope.columns)
}

// combine builds the new value of a column, or of a field, from the values for it and its parts.
func (t *target) combine(old expr.Expr, to *types.Type, vs []fieldValue, path string) (expr.Expr, error) {
	for _, v := range vs {
		if len(v.path) == 0 {
			if len(vs) > 1 {
				return nil, sqlerr.New("DELTA_CONFLICT_SET_COLUMN", "columnList", types.Quote(path))
			}
			return t.assign(v.value, to, path)
		}
	}
	if to.Kind != types.Struct {
		return nil, sqlerr.New("DELTA_CANNOT_UPDATE_OTHER_FIELD", "tableName", strings.Join(t.name, "."), "typeName", to.String())
	}
	groups := make([][]fieldValue, len(to.Fields))
	for _, v := range vs {
		k, err := t.a.fieldIndex(to, v.path[0])
		if err != nil {
			return nil, err
		}
		v.path = v.path[1:]
		groups[k] = append(groups[k], v)
	}
	var args []expr.Expr
	for k, f := range to.Fields {
		var v expr.Expr = fieldOf(old, k)
		if len(groups[k]) > 0 {
			var err error
			if v, err = t.combine(v, f.Type, groups[k], path+"."+f.Name); err != nil {
				return nil, err
			}
		}
		args = append(args, stringLiteral(f.Name), v)
	}
	return t.a.scalar("named_struct", args...)
}
