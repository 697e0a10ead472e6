package engine

import (
	"context"
	"encoding/json"
	"slices"
	"strings"
	"time"

	"github.com/argan-sql/argan/catalog/delta"
	"github.com/argan-sql/argan/catalog/metastore"
	"github.com/argan-sql/argan/planner/logical"
	"github.com/argan-sql/argan/sql/ast"
	"github.com/argan-sql/argan/sqlerr"
	"github.com/argan-sql/argan/stream"
	"github.com/argan-sql/argan/types"
)

func init() {
	handle(createStreaming)
	handle(createMaterialized)
	handle(createFlow)
	handle(dropFlow)
	handle(dropKept)
}

// propertyKind says of a table that it is a streaming table or a materialized view.
const propertyKind = "argan.kind"

// keptDefaults are properties of a table that is written all day: where its log begins matters less than that the table
// opens quickly.
var keptDefaults = map[string]string{
	"delta.checkpointInterval": "100", "delta.logRetentionDuration": "interval 1 days", "delta.feature.domainMetadata": "supported",
}

// keptCreation is a streaming table or a materialized view that is to be made.
type keptCreation struct {
	p       *planner
	tree    *ast.KeptQuery
	kind    ast.KeptKind
	at      ast.Node
	create  *creation
	flow    *metastore.Flow // nil without a query
	kept    map[string]string
	replace bool // OR REFRESH, OR REPLACE
}

// kept resolves what streaming tables and materialized views have in common.
func (p *planner) kept(ctx context.Context, t *ast.KeptQuery, kind ast.KeptKind, n ast.Node, replace bool) (*keptCreation, error) {
	k := &keptCreation{p: p, tree: t, kind: kind, at: n, replace: replace, kept: map[string]string{propertyKind: string(kind)}}
	if t.Using != "" && !strings.EqualFold(t.Using, "delta") {
		return nil, sqlerr.Unsupported("A %s of the format %s", strings.ToLower(string(kind)), t.Using).At(n.Pos())
	}
	columns, err := k.columns(ctx)
	if err != nil {
		return nil, err
	}
	spec := t.TableSpec
	spec.Using = "delta"
	given, err := properties(spec.Properties)
	if err != nil {
		return nil, err
	}
	if _, err := triggerOf(given); err != nil {
		return nil, at(err, n)
	}
	for key := range given {
		if key == propertyKind || strings.HasPrefix(key, expectationProperty) {
			return nil, sqlerr.New("DELTA_CANNOT_MODIFY_TABLE_PROPERTY", "prop", key).At(n.Pos())
		}
	}
	for _, key := range sortedKeys(keptDefaults) {
		if _, set := given[key]; !set {
			k.kept[key] = keptDefaults[key]
		}
	}
	create := &ast.CreateTable{At: ast.At{Position: n.Pos()}, Mode: ast.Create, IfNotExists: t.IfNotExists, Table: t.Table, Columns: columns, Constraints: t.Constraints, TableSpec: spec}
	if k.create, err = p.creation(ctx, create); err != nil {
		return nil, err
	}
	if k.create.name.path {
		return nil, sqlerr.Unsupported("A %s by its path", strings.ToLower(string(kind))).At(t.Table.Pos())
	}
	if k.create.external {
		return nil, sqlerr.Unsupported("LOCATION of a %s", strings.ToLower(string(kind))).At(n.Pos())
	}
	if err := k.expectations(ctx); err != nil {
		return nil, err
	}
	for key, value := range k.kept {
		k.create.properties[key] = value
	}
	if k.flow == nil {
		return k, nil
	}
	f := k.flow
	f.Database, f.Table, f.Name = k.create.name.database, k.create.name.name, k.create.name.name
	if t.Schedule != nil {
		if f.Schedule, err = scheduleOf(*t.Schedule); err != nil {
			return nil, err
		}
	}
	return k, nil
}

// newFlow is a flow of a query as it stands in a statement.
func (p *planner) newFlow(kind metastore.FlowKind, text ast.Source) *metastore.Flow {
	f := &metastore.Flow{ID: newID(), Kind: kind, Text: strings.TrimSpace(string(text)), QueryDatabase: p.database, Settings: map[string]string{}, Owner: p.session.User(), Trusted: p.session.options.Local || !p.engine.AccessControlled(), Schemas: map[string]json.RawMessage{}}
	for _, key := range viewSettings {
		f.Settings[key] = p.get(key)
	}
	return f
}

// columns are the table's: the query's, under the names and types that are declared.
func (k *keptCreation) columns(ctx context.Context) ([]ast.ColumnDef, error) {
	t := k.tree
	if t.Query == nil {
		for _, c := range t.Columns {
			if c.Type == nil {
				return nil, sqlerr.New("PARSE_SYNTAX_ERROR", "error", types.Quote(c.Name.Last()), "hint", "").At(c.Pos()).WithHint("Without a query a column needs a type.")
			}
		}
		if len(t.Columns) == 0 {
			return nil, sqlerr.New("DELTA_SCHEMA_NOT_PROVIDED").At(k.at.Pos()).WithHint("A streaming table without a query needs columns; flows fill it.")
		}
		return t.Columns, nil
	}
	kind := metastore.StreamFlow
	if k.kind == ast.MaterializedView {
		kind = metastore.ViewFlow
	}
	k.flow = k.p.newFlow(kind, t.Text)
	node, err := k.p.resolveFlow(ctx, k.flow, t.Query)
	if err != nil {
		return nil, err
	}
	schema, err := tableSchema(declaredSchema(node.Output()), t.Query)
	if err != nil {
		return nil, err
	}
	k.flow.ByName = len(t.Columns) == 0 && kind == metastore.StreamFlow
	if len(t.Columns) > 0 && len(t.Columns) != len(schema.Fields) {
		class := "CREATE_VIEW_COLUMN_ARITY_MISMATCH.NOT_ENOUGH_DATA_COLUMNS"
		if len(t.Columns) < len(schema.Fields) {
			class = "CREATE_VIEW_COLUMN_ARITY_MISMATCH.TOO_MANY_DATA_COLUMNS"
		}
		var names []string
		for _, c := range t.Columns {
			names = append(names, c.Name.Last())
		}
		return nil, sqlerr.New(class, "viewName", quoted(t.Table.Strings()...), "viewColumns", quotedList(names), "dataColumns", quotedList(fieldNames(schema))).At(k.at.Pos())
	}
	out := make([]ast.ColumnDef, len(schema.Fields))
	for i, f := range schema.Fields {
		out[i] = ast.ColumnDef{Name: ast.Name{Parts: []ast.Ident{{Text: f.Name, Quoted: true}}}, Type: f.Type}
		if c := f.Comment(); c != "" {
			out[i].Comment = &c
		}
		if len(t.Columns) == 0 {
			continue
		}
		declared := t.Columns[i]
		if declared.Type == nil {
			declared.Type = f.Type
		}
		out[i] = declared
	}
	return out, nil
}

// resolveFlow analyzes a flow's query and checks that it can be kept up to date.
func (p *planner) resolveFlow(ctx context.Context, f *metastore.Flow, q *ast.Query) (logical.Node, error) {
	if f.Kind == metastore.ViewFlow {
		return p.logical(ctx, q)
	}
	inner := *p
	inner.flow = newReading("", f.Schemas)
	defer inner.flow.close()
	node, err := inner.logical(ctx, q)
	if err != nil {
		return nil, err
	}
	f.Schemas = inner.flow.schemas
	return node, at(stream.CheckStateless(node, inner.flow.isStream), q)
}

// expectations checks the expectations, and writes them among the properties.
func (k *keptCreation) expectations(ctx context.Context) error {
	for _, e := range k.tree.Expectations {
		key := expectationProperty + e.Name.Text
		if _, twice := k.kept[key]; twice {
			return sqlerr.New("DELTA_CONSTRAINT_ALREADY_EXISTS", "constraintName", e.Name.Text, "oldConstraint", string(e.ConditionText)).At(e.Pos())
		}
		if k.create.schema.FieldIndex(e.Name.Text) >= 0 && strings.ContainsAny(e.Name.Text, "\n") {
			return sqlerr.Unsupported("An expectation of this name").At(e.Pos())
		}
		prog, bound, err := k.p.program(ctx, string(e.ConditionText), k.create.schema)
		if err != nil {
			return at(err, e)
		}
		if prog == nil || bound.Type().Kind != types.Boolean {
			return sqlerr.New("DATATYPE_MISMATCH.FILTER_NOT_BOOLEAN", "sqlExpr", string(e.ConditionText), "filter", string(e.ConditionText), "type", bound.Type().SQL()).At(e.Pos())
		}
		raw, err := json.Marshal(keptExpectation{strings.TrimSpace(string(e.ConditionText)), e.OnViolation})
		if err != nil {
			return err
		}
		k.kept[key] = string(raw)
	}
	return nil
}

// scheduleOf is a schedule as it is kept.
func scheduleOf(s ast.Schedule) (*metastore.Schedule, error) {
	units := map[string]time.Duration{"SECOND": time.Second, "MINUTE": time.Minute, "HOUR": time.Hour, "DAY": 24 * time.Hour, "WEEK": 7 * 24 * time.Hour}
	out := &metastore.Schedule{Every: time.Duration(s.Every) * units[s.Unit], Cron: s.Cron, Zone: text(s.Zone)}
	if err := stream.CheckSchedule(out); err != nil {
		return nil, at(sqlerr.From(err), &s)
	}
	return out, nil
}

func createStreaming(p *planner, ctx context.Context, t *ast.CreateStreamingTable) (*plan, error) {
	if t.Changes != nil {
		return nil, sqlerr.Unsupported("AUTO CDC").At(t.Changes.Pos())
	}
	k, err := p.kept(ctx, &t.KeptQuery, ast.StreamingTable, t, t.OrRefresh)
	if err != nil {
		return nil, err
	}
	return command("CREATE STREAMING TABLE", k.run), nil
}

func createMaterialized(p *planner, ctx context.Context, t *ast.CreateMaterializedView) (*plan, error) {
	k, err := p.kept(ctx, &t.KeptQuery, ast.MaterializedView, t, t.OrReplace)
	if err != nil {
		return nil, err
	}
	return command("CREATE MATERIALIZED VIEW", k.run), nil
}

// run makes the table and enters its flow; or, where the table is there, changes what is different.
func (k *keptCreation) run(ctx context.Context, x *execution) error {
	e, name := k.p.engine, k.create.name
	old, err := e.meta.Table(ctx, name.database, name.name)
	if err != nil {
		return err
	}
	if old != nil && k.replace {
		return k.change(ctx, x, old)
	}
	if old != nil && k.tree.IfNotExists {
		return nil
	}
	if err := k.create.run(ctx, x, "CREATE "+string(k.kind)); err != nil {
		return err
	}
	if k.flow == nil {
		return nil
	}
	if err := e.meta.PutFlow(ctx, k.flow); err != nil {
		return err
	}
	if k.kind == ast.MaterializedView {
		if err := e.refreshNow(ctx, k.flow); err != nil {
			// A view that cannot be worked out is not made.
			entry, lookup := e.meta.Table(context.WithoutCancel(ctx), name.database, name.name)
			if lookup == nil && entry != nil {
				_ = e.dropFlows(context.WithoutCancel(ctx), entry)
				if dropped, derr := e.meta.DropTable(context.WithoutCancel(ctx), name.database, name.name); derr == nil && dropped {
					e.tables.forget(entry.Location)
					_ = e.removeData(entry.Location)
				}
			}
			return err
		}
	}
	e.flowsChanged()
	return nil
}

// change makes CREATE OR REFRESH and CREATE OR REPLACE of what is there: columns may come, what is kept about the table
// changes, and a flow goes on where it is.
func (k *keptCreation) change(ctx context.Context, x *execution, old *metastore.Table) error {
	e := k.p.engine
	flows, err := e.flowsOf(ctx, old)
	if err != nil {
		return err
	}
	target, snapshot, err := e.keptTable(ctx, old, k.kind)
	if err != nil {
		return at(err, k.tree.Table)
	}
	i := slices.IndexFunc(flows, func(f *metastore.Flow) bool { return strings.EqualFold(f.Name, old.Name) })
	if i >= 0 && k.flow != nil {
		was := flows[i]
		k.flow.ID, k.flow.Created, k.flow.Paused = was.ID, was.Created, was.Paused
	}
	defer e.hold(flows...)()
	if err := k.alter(ctx, target, snapshot); err != nil {
		return err
	}
	switch {
	case k.flow != nil:
		if err := e.meta.PutFlow(ctx, k.flow); err != nil {
			return err
		}
		if k.kind == ast.MaterializedView {
			if err := e.refreshNow(ctx, k.flow); err != nil {
				return err
			}
		}
	case i >= 0:
		if err := e.meta.DropFlow(ctx, flows[i].ID); err != nil {
			return err
		}
	}
	e.flowsChanged()
	_ = x
	return nil
}

// alter gives the table its new columns and properties, if any.
func (k *keptCreation) alter(ctx context.Context, target *delta.Table, s *delta.Snapshot) error {
	m := s.Metadata.Clone()
	changed := false
	set := func(key, value string) {
		if m.Configuration[key] != value {
			m.Configuration[key], changed = value, true
		}
	}
	for key := range s.Metadata.Configuration {
		if _, still := k.create.properties[key]; strings.HasPrefix(key, expectationProperty) && !still {
			delete(m.Configuration, key)
			changed = true
		}
	}
	valid, err := delta.ValidateProperties(k.create.properties)
	if err != nil {
		return err
	}
	for key, value := range valid {
		if !strings.HasPrefix(key, "delta.feature.") {
			set(key, value)
		}
	}
	fields := append([]types.Field{}, m.Schema.Fields...)
	for _, f := range k.create.schema.Fields {
		i := m.Schema.FieldIndex(f.Name)
		switch {
		case i < 0:
			fields = append(fields, f)
			changed = true
		case !m.Schema.Fields[i].Type.Equal(f.Type):
			if k.kind == ast.StreamingTable {
				return sqlerr.New("DELTA_FAILED_TO_MERGE_FIELDS", "currentField", f.Name, "updateField", f.Name).At(k.at.Pos()).
					WithHint("The column %s is %s and would become %s. DROP TABLE first, or cast it in the query.", f.Name, m.Schema.Fields[i].Type, f.Type)
			}
		}
	}
	m.Schema = types.NewStruct(fields...)
	if k.kind == ast.MaterializedView && !sameColumns(s.Metadata.Schema, k.create.schema) {
		m.Schema, changed = k.create.schema, true
	}
	if !changed {
		return nil
	}
	tx := target.Begin(s)
	if k.kind == ast.MaterializedView {
		tx.RemoveAll()
	}
	if err := tx.SetMetadata(m); err != nil {
		return err
	}
	_, err = tx.Commit(ctx, delta.Operation{Name: "CREATE OR REFRESH " + string(k.kind)})
	return err
}

func createFlow(p *planner, ctx context.Context, t *ast.CreateFlow) (*plan, error) {
	if t.Changes != nil {
		return nil, sqlerr.Unsupported("AUTO CDC").At(t.Pos())
	}
	f, err := p.tableOnly(ctx, t.Target, "CREATE FLOW")
	if err != nil {
		return nil, err
	}
	if f.entry == nil {
		return nil, sqlerr.Unsupported("A flow into a table by its path").At(t.Target.Pos())
	}
	if _, _, err := p.engine.keptTable(ctx, f.entry, ast.StreamingTable); err != nil {
		return nil, at(err, t.Target)
	}
	name, err := p.parts(ctx, t.Flow)
	if err != nil {
		return nil, err
	}
	flow := p.newFlow(metastore.StreamFlow, t.Text)
	flow.Database, flow.Table, flow.Name, flow.ByName, flow.Once = f.entry.Database, f.entry.Name, name[len(name)-1], true, t.Once
	if len(name) > 2 || len(name) == 2 && !strings.EqualFold(name[0], flow.Database) {
		return nil, sqlerr.Unsupported("A flow in another database than its table's").At(t.Flow.Pos())
	}
	if _, err := p.resolveFlow(ctx, flow, t.Query); err != nil {
		if t.Once && sqlerr.Is(err, "NO_STREAM_IN_QUERY") {
			err = sqlerr.From(err).WithHint("INSERT INTO ONCE needs STREAM too: it reads what is there when it begins, once, and remembers that it did.")
		}
		return nil, err
	}
	return command("CREATE FLOW", func(ctx context.Context, _ *execution) error {
		old, err := p.engine.meta.FlowNamed(ctx, flow.Database, flow.Name)
		if err != nil {
			return err
		}
		if old != nil {
			if t.IfNotExists {
				return nil
			}
			return sqlerr.New("FLOW_ALREADY_EXISTS", "flow", quoted(flow.Database, flow.Name)).At(t.Flow.Pos())
		}
		if err := p.engine.meta.PutFlow(ctx, flow); err != nil {
			return err
		}
		p.engine.flowsChanged()
		return nil
	}), nil
}

// flowName takes the name of a flow apart.
func (p *planner) flowName(ctx context.Context, n ast.Name) (database, name string, err error) {
	parts, err := p.parts(ctx, n)
	if err != nil {
		return "", "", err
	}
	database, name = p.database, parts[len(parts)-1]
	if len(parts) > 1 {
		database = strings.ToLower(parts[len(parts)-2])
	}
	return database, name, nil
}

func dropFlow(p *planner, ctx context.Context, t *ast.DropFlow) (*plan, error) {
	database, name, err := p.flowName(ctx, t.Flow)
	if err != nil {
		return nil, err
	}
	return command("DROP FLOW", func(ctx context.Context, _ *execution) error {
		f, err := p.engine.meta.FlowNamed(ctx, database, name)
		if err != nil {
			return err
		}
		if f == nil {
			if t.IfExists {
				return nil
			}
			return sqlerr.New("FLOW_NOT_FOUND", "flow", quoted(database, name)).At(t.Flow.Pos())
		}
		if err := p.engine.meta.DropFlow(ctx, f.ID); err != nil {
			return err
		}
		p.engine.hold(f)()
		return nil
	}), nil
}

func dropKept(p *planner, ctx context.Context, t *ast.DropKept) (*plan, error) {
	f, err := p.relation(ctx, t.Table)
	if err != nil && !(t.IfExists && sqlerr.Is(err, "TABLE_OR_VIEW_NOT_FOUND")) {
		return nil, err
	}
	if err == nil {
		if _, _, err := p.engine.keptTable(ctx, f.entry, t.Kind); err != nil {
			return nil, at(err, t.Table)
		}
	}
	return dropTable(p, ctx, &ast.DropTable{At: t.At, IfExists: t.IfExists, Table: t.Table})
}
