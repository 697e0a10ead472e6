package engine

import (
	"context"
	"strings"

	"github.com/argan-sql/argan/catalog/access"
	"github.com/argan-sql/argan/catalog/relation"
	"github.com/argan-sql/argan/exec/cast"
	"github.com/argan-sql/argan/planner/analyzer"
	"github.com/argan-sql/argan/sql/ast"
	"github.com/argan-sql/argan/sql/parser"
	"github.com/argan-sql/argan/sqlerr"
	"github.com/argan-sql/argan/types"
)

// tableFunction makes a relation of constant arguments.
type tableFunction func(p *planner, ctx context.Context, args []analyzer.Argument) (*analyzer.Relation, error)

// tableFunctions are those that need the catalog; the analyzer has the others (range, explode …).
var tableFunctions = map[string]tableFunction{}

func init() {
	tableFunctions["read_files"] = readFiles
	tableFunctions["table_changes"] = tableChanges
}

// textOf is a constant argument as text; ok is false for NULL.
func textOf(a analyzer.Argument, p *planner) (string, bool) {
	if a.Value.IsNull(0) {
		return "", false
	}
	return cast.Hive(a.Value, 0, p.zone()), true
}

// readFiles is read_files('path', format => 'csv', header => true, schema => 'a INT, …'): files of any format as a table.
func readFiles(p *planner, ctx context.Context, args []analyzer.Argument) (*analyzer.Relation, error) {
	path, format := "", ""
	options := map[string]string{}
	var schema *types.Type
	for i, a := range args {
		text, ok := textOf(a, p)
		switch {
		case !ok:
			return nil, sqlerr.New("INVALID_PARAMETER_VALUE.NULL", "functionName", "`read_files`", "parameter", types.Quote(a.Name))
		case a.Name == "" && i == 0 || strings.EqualFold(a.Name, "path"):
			path = text
		case a.Name == "":
			return nil, sqlerr.New("WRONG_NUM_ARGS.WITHOUT_SUGGESTION", "functionName", "`read_files`", "expectedNum", "1", "actualNum", itoa(int64(i+1)), "docroot", "https://spark.apache.org/docs/latest").
				WithHint("Options are named: read_files('path', format => 'csv').")
		case strings.EqualFold(a.Name, "format"):
			format = strings.ToLower(text)
		case strings.EqualFold(a.Name, "schema"):
			s, err := parser.ParseColumns(text)
			if err != nil {
				return nil, err
			}
			schema = s
		default:
			options[strings.ToLower(a.Name)] = text
		}
	}
	if path == "" {
		return nil, sqlerr.New("WRONG_NUM_ARGS.WITHOUT_SUGGESTION", "functionName", "`read_files`", "expectedNum", "1", "actualNum", "0", "docroot", "https://spark.apache.org/docs/latest")
	}
	if format == "" {
		format = relation.FormatOf(path)
	}
	if format == "" {
		return nil, sqlerr.New("UNABLE_TO_INFER_SCHEMA", "format", "files").WithHint("The name does not tell the format: say format => 'csv'.")
	}
	if err := p.pathRight(ctx, path, access.Select); err != nil {
		return nil, err
	}
	t, err := relation.Files([]string{"read_files"}, format, []string{path}, options, schema, nil, nil)
	if err != nil {
		return nil, err
	}
	return &analyzer.Relation{Name: []string{"read_files"}, Table: t}, nil
}

// tableChanges is table_changes('table', from[, to]): the rows a Delta table's versions changed, with what happened to each.
func tableChanges(p *planner, ctx context.Context, args []analyzer.Argument) (*analyzer.Relation, error) {
	if len(args) < 2 || len(args) > 3 {
		return nil, sqlerr.New("INCORRECT_NUMBER_OF_ARGUMENTS", "failure", "", "functionName", "table_changes", "minArgs", "2", "maxArgs", "3")
	}
	name, ok := textOf(args[0], p)
	if !ok {
		return nil, sqlerr.New("DELTA_CDC_READ_NULL_RANGE_BOUNDARY")
	}
	parsed, err := parser.ParseName(name)
	if err != nil {
		return nil, err
	}
	o, err := p.complete(ctx, parsed.Strings(), &ast.Table{})
	if err != nil {
		return nil, err
	}
	if err := p.readsFrom(ctx, o); err != nil {
		return nil, err
	}
	f, err := p.find(ctx, parsed.Strings(), &ast.Table{})
	if err != nil {
		return nil, err
	}
	d, ok := f.table.(*relation.DeltaTable)
	if !ok {
		return nil, sqlerr.New("DELTA_TABLE_ONLY_OPERATION", "tableName", name, "operation", "table_changes")
	}
	r := relation.ChangeRange{}
	for i, a := range args[1:] {
		if a.Value.IsNull(0) {
			return nil, sqlerr.New("DELTA_CDC_READ_NULL_RANGE_BOUNDARY")
		}
		b, err := p.changeBound(a)
		if err != nil {
			return nil, err
		}
		if i == 0 {
			r.From = b
		} else {
			r.To = &b
		}
	}
	return &analyzer.Relation{Name: []string{"table_changes"}, Table: relation.Changes(d, r)}, nil
}

// changeBound is a version or a point in time.
func (p *planner) changeBound(a analyzer.Argument) (relation.ChangeBound, error) {
	t := a.Value.Type
	switch {
	case t.IsInteger():
		var v int64
		switch x := a.Value.Value(0).(type) {
		case int8:
			v = int64(x)
		case int16:
			v = int64(x)
		case int32:
			v = int64(x)
		case int64:
			v = x
		}
		return relation.ChangeBound{Version: &v}, nil
	case t.IsString(), t.Kind == types.Timestamp, t.Kind == types.TimestampNTZ, t.Kind == types.Date:
		at, err := p.instant(a.Value)
		if err != nil {
			return relation.ChangeBound{}, err
		}
		return relation.ChangeBound{Timestamp: &at}, nil
	}
	return relation.ChangeBound{}, sqlerr.New("DELTA_UNSUPPORTED_EXPRESSION", "expType", t.SQL(), "supportedTypes", "integers and timestamps")
}
