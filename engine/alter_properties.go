package engine

import (
	"context"
	"encoding/json"
	"strings"

	"github.com/argan-sql/argan/catalog/delta"
	"github.com/argan-sql/argan/exec/vector"
	"github.com/argan-sql/argan/planner/expr"
	"github.com/argan-sql/argan/planner/logical"
	"github.com/argan-sql/argan/sql/ast"
	"github.com/argan-sql/argan/sqlerr"
	"github.com/argan-sql/argan/types"
)

func init() {
	alters((*alteration).setProperties)
	alters((*alteration).unsetProperties)
	alters((*alteration).addConstraint)
	alters((*alteration).dropConstraint)
	alters((*alteration).clusterBy)
	alters((*alteration).setLocation)
}

func quoteJSON(s string) string {
	raw, err := json.Marshal(s)
	if err != nil {
		return `""`
	}
	return string(raw)
}

func jsonText(v any) string {
	raw, err := json.Marshal(v)
	if err != nil {
		return "{}"
	}
	return string(raw)
}

func (a *alteration) setProperties(_ context.Context, s *ast.SetProperties) (string, map[string]any, error) {
	props, err := properties(s.Properties)
	if err != nil {
		return "", nil, err
	}
	valid, err := delta.ValidateProperties(props)
	if err != nil {
		return "", nil, err
	}
	if c, ok := valid["comment"]; ok {
		a.m.Description = &c
		delete(valid, "comment")
	}
	for k, v := range valid {
		a.m.Configuration[k] = v
	}
	return "SET TBLPROPERTIES", map[string]any{"properties": jsonText(props)}, nil
}

func (a *alteration) unsetProperties(_ context.Context, u *ast.UnsetProperties) (string, map[string]any, error) {
	// A property that is not there is no error, with or without IF EXISTS: so Spark does it since tables are of its second kind.
	for _, k := range u.Keys {
		delete(a.m.Configuration, k)
	}
	return "UNSET TBLPROPERTIES", map[string]any{"properties": jsonText(u.Keys), "ifExists": u.IfExists}, nil
}

// addConstraint looks at all rows first: a table whose rows break a rule does not get it.
func (a *alteration) addConstraint(ctx context.Context, c *ast.AddConstraint) (string, map[string]any, error) {
	k := c.Constraint
	if k.Kind != ast.CheckConstraint {
		own := a.table.name
		if e := a.table.entry; e != nil {
			own = objectName{database: e.Database, name: e.Name}
		}
		if err := a.p.addKey(ctx, own, a.m.Schema, a.m.Configuration, k); err != nil {
			return "", nil, err
		}
		return "ADD CONSTRAINT", map[string]any{"name": k.Name.Text, "expr": string(k.Kind)}, nil
	}
	if !k.Name.Present() {
		return "", nil, sqlerr.Unsupported("CHECK constraints without a name").At(k.Pos()).WithHint("Write ADD CONSTRAINT name CHECK (…).")
	}
	name, text := strings.ToLower(k.Name.Text), strings.TrimSpace(string(k.CheckText))
	key := "delta.constraints." + name
	if old, ok := a.m.Configuration[key]; ok {
		return "", nil, sqlerr.New("DELTA_CONSTRAINT_ALREADY_EXISTS", "constraintName", k.Name.Text, "oldConstraint", old).At(k.Pos())
	}
	scan, err := a.scan(ctx)
	if err != nil {
		return "", nil, err
	}
	bound, err := a.p.newAnalyzer(ctx).Expression(k.Check, scan.Columns)
	if err != nil {
		return "", nil, err
	}
	if bound.Type().Kind != types.Boolean {
		return "", nil, sqlerr.New("DELTA_NON_BOOLEAN_CHECK_CONSTRAINT", "name", k.Name.Text, "expr", text).At(k.Check.Pos())
	}
	fulfilled, err := expr.NewCall("<=>", bound, expr.NewLiteral(types.BooleanType, true))
	if err != nil {
		return "", nil, err
	}
	broken, err := expr.NewCall("not", fulfilled)
	if err != nil {
		return "", nil, err
	}
	n, err := a.count(ctx, &logical.Filter{Condition: broken, Input: scan})
	if err != nil {
		return "", nil, err
	}
	if n > 0 {
		return "", nil, sqlerr.New("DELTA_NEW_CHECK_CONSTRAINT_VIOLATION", "numRows", itoa(n), "tableName", a.table.display(), "checkConstraint", text).At(k.Pos())
	}
	a.tx.ReadWholeTable()
	a.m.Configuration[key] = text
	return "ADD CONSTRAINT", map[string]any{"name": k.Name.Text, "expr": text}, nil
}

func (a *alteration) scan(ctx context.Context) (*logical.Scan, error) {
	s, err := a.table.snapshot(ctx)
	if err != nil {
		return nil, err
	}
	return snapshotScan(a.table.table, s), nil
}

// count is the number of rows a plan gives.
func (a *alteration) count(ctx context.Context, node logical.Node) (n int64, err error) {
	ready, err := a.p.physical(ctx, node)
	if err != nil {
		return 0, err
	}
	x := &execution{statement: a.p.statement, session: a.p.session, engine: a.p.engine}
	err = x.stream(ctx, a.p, ready, nil, func(b *vector.Batch) error {
		n += int64(b.Len())
		return nil
	})
	return n, err
}

func (a *alteration) dropConstraint(ctx context.Context, d *ast.DropConstraint) (string, map[string]any, error) {
	if k, there, err := a.dropKeyConstraint(ctx, d); there || err != nil {
		return "DROP CONSTRAINT", map[string]any{"name": k.Name, "expr": k.text()}, err
	}
	key := "delta.constraints." + strings.ToLower(d.Name.Text)
	old, ok := a.m.Configuration[key]
	if !ok || d.Kind != "" {
		if d.IfExists {
			return "", nil, nil
		}
		name := d.Name.Text
		if d.Kind != "" {
			name = string(d.Kind)
		}
		return "", nil, sqlerr.New("DELTA_CONSTRAINT_DOES_NOT_EXIST", "constraintName", name, "tableName", a.table.display(), "config", "spark.databricks.delta.constraints.assumesDropIfExists.enabled", "confValue", "true").At(d.Pos())
	}
	delete(a.m.Configuration, key)
	return "DROP CONSTRAINT", map[string]any{"name": d.Name.Text, "expr": old}, nil
}

func (a *alteration) clusterBy(_ context.Context, c *ast.AlterClusterBy) (string, map[string]any, error) {
	var columns [][]string
	for _, n := range c.Columns {
		columns = append(columns, n.Strings())
	}
	a.m = nil
	return "CLUSTER BY", map[string]any{"newClusteringColumns": columnList(c.Columns)}, a.tx.SetClustering(columns)
}

func columnList(names []ast.Name) string {
	var out []string
	for _, n := range names {
		out = append(out, strings.Join(n.Strings(), "."))
	}
	return strings.Join(out, ",")
}

func (a *alteration) setLocation(ctx context.Context, s *ast.SetLocation) (string, map[string]any, error) {
	if len(s.Partition) > 0 {
		return "", nil, sqlerr.Unsupported("SET LOCATION of a partition").At(s.Pos())
	}
	e := a.table.entry
	if e == nil {
		return "", nil, sqlerr.New("DELTA_CANNOT_SET_LOCATION_ON_PATH_IDENTIFIER").At(s.Pos())
	}
	moved := *e
	moved.Location = location(a.p.engine.meta.Root(), s.Location)
	t, err := a.p.engine.open(ctx, &moved)
	if err != nil {
		return "", nil, err
	}
	there, err := t.Snapshot(ctx, noTime)
	if err != nil {
		return "", nil, err
	}
	if !there.Schema().Equal(a.m.Schema) {
		return "", nil, sqlerr.New("DELTA_SET_LOCATION_SCHEMA_MISMATCH", "original", a.m.Schema.SQL(), "destination", there.Schema().SQL(), "config", "spark.databricks.delta.alterLocation.bypassSchemaCheck").At(s.Pos())
	}
	return "", nil, a.p.engine.meta.CreateTable(ctx, &moved, true)
}
