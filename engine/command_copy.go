package engine

import (
	"context"
	"encoding/json"
	"path"
	"strconv"
	"strings"

	"github.com/argan-sql/argan/catalog"
	"github.com/argan-sql/argan/catalog/access"
	"github.com/argan-sql/argan/catalog/delta"
	"github.com/argan-sql/argan/catalog/relation"
	"github.com/argan-sql/argan/planner/analyzer"
	"github.com/argan-sql/argan/planner/logical"
	"github.com/argan-sql/argan/sql/ast"
	"github.com/argan-sql/argan/sqlerr"
	"github.com/argan-sql/argan/types"
)

func init() { handle(copyInto) }

// copiedRows is what COPY INTO answers.
var copiedRows = types.NewStruct(
	types.Field{Name: "num_affected_rows", Type: types.LongType, Nullable: true}, types.Field{Name: "num_inserted_rows", Type: types.LongType, Nullable: true},
	types.Field{Name: "num_skipped_corrupt_files", Type: types.LongType, Nullable: true},
)

// copying is a COPY INTO: files that the table has not taken yet are read and appended, and noted in the same commit, one
// application transaction a file. So the statement can be run again and again.
type copying struct {
	p       *planner
	tree    *ast.CopyInto
	target  *relation.DeltaTable
	format  string
	path    string // of the source
	options map[string]string
	force   bool
	evolve  bool
}

// copyApplication is the application of a file's transaction.
func copyApplication(file string) string { return "argan-copy:" + file }

func copyInto(p *planner, ctx context.Context, t *ast.CopyInto) (*plan, error) {
	if t.Validate {
		return nil, sqlerr.Unsupported("COPY INTO … VALIDATE").At(t.Pos())
	}
	target, _, err := p.deltaTable(ctx, t.Target, "COPY INTO")
	if err != nil {
		return nil, err
	}
	c := &copying{p: p, tree: t, target: target, format: strings.ToLower(t.Format), path: t.Path}
	if c.options, err = optionMap(t.FormatOptions); err != nil {
		return nil, err
	}
	if err := c.copyOptions(); err != nil {
		return nil, err
	}
	if t.Query != nil {
		if c.path, err = pathIn(t.Query); err != nil {
			return nil, err
		}
	}
	c.path = location(p.engine.meta.Root(), c.path)
	if err := p.pathRight(ctx, c.path, access.Select); err != nil {
		return nil, at(err, t)
	}
	for _, file := range t.Files {
		if strings.Contains(file, "..") {
			return nil, sqlerr.New("PATH_NOT_ALLOWED", "path", file, "reason", "a file of FILES lies in the folder").At(t.Pos())
		}
	}
	if len(t.Files) > 0 && t.Pattern != "" {
		return nil, sqlerr.Unsupported("COPY INTO with both FILES and PATTERN").At(t.Pos())
	}
	if _, err := c.insert(ctx, nil); err != nil { // tells what is wrong before anything runs
		return nil, err
	}
	return &plan{kind: KindUpdate, name: "COPY INTO", schema: copiedRows, run: c.run}, nil
}

func (c *copying) copyOptions() error {
	given, err := optionMap(c.tree.CopyOptions)
	if err != nil {
		return err
	}
	for _, k := range sortedKeys(given) {
		on, err := strconv.ParseBool(given[k])
		if err != nil {
			return sqlerr.New("INVALID_SETTING", "key", k, "value", given[k], "reason", "it is neither true nor false").At(c.tree.Pos())
		}
		switch k {
		case "force":
			c.force = on
		case "mergeschema":
			c.evolve = on
		default:
			return sqlerr.Unsupported("The copy option %s", k).At(c.tree.Pos()).WithHint("There are force and mergeSchema.")
		}
	}
	return nil
}

// pathIn is the one path that a query of COPY INTO reads from.
func pathIn(q *ast.Query) (string, error) {
	found := ""
	var err error
	ast.Inspect(q, func(n ast.Node) bool {
		t, ok := n.(*ast.Table)
		if !ok {
			return err == nil
		}
		name := t.Name.Strings()
		switch {
		case len(name) != 1 || found != "" && found != name[0]:
			err = sqlerr.Unsupported("COPY INTO of a query that reads more than one path").At(t.Pos())
		default:
			found = name[0]
		}
		return err == nil
	})
	if err == nil && found == "" {
		err = sqlerr.Unsupported("COPY INTO of a query that reads no path").At(q.Pos())
	}
	return found, err
}

// copySource lets a query find the files of COPY INTO under the path that it names.
type copySource struct {
	*environment
	path   string // as the query has it
	source *relation.FileTable
}

// Relation finds the files, and nothing else besides the target.
func (s *copySource) Relation(name []string, place analyzer.Place) (*analyzer.Relation, error) {
	if len(name) == 1 && name[0] == s.path {
		return &analyzer.Relation{Name: []string{"files"}, Table: s.source}, nil
	}
	return s.environment.Relation(name, place)
}

// insert is the INSERT of some files, or (nil) of all that are there.
func (c *copying) insert(ctx context.Context, files []catalog.File) (*insertPlan, error) {
	paths := c.patterns()
	if files != nil {
		paths = nil
		for _, f := range files {
			paths = append(paths, f.Path)
		}
	}
	options := map[string]string{}
	if info, err := c.p.engine.files.Stat(ctx, c.path); err == nil && info.IsDir {
		options["basepath"] = c.path
	}
	for k, v := range c.options {
		options[k] = v
	}
	if c.evolve {
		options["mergeschema"] = "true"
	}
	source, err := relation.Files([]string{"files"}, c.format, paths, options, nil, nil, nil)
	if err != nil {
		return nil, at(err, c.tree)
	}
	query, named := c.tree.Query, "files"
	if query == nil {
		query = &ast.Query{At: c.tree.At, Body: &ast.Select{
			At: c.tree.At, Items: []ast.Expr{&ast.Star{At: c.tree.At}},
			From: &ast.Table{At: c.tree.At, Name: ast.Name{At: c.tree.At, Parts: []ast.Ident{{At: c.tree.At, Text: named}}}},
		}}
	} else if named, err = pathIn(query); err != nil {
		return nil, err
	}
	a := analyzer.New(&copySource{&environment{c.p, ctx}, named, source})
	in, err := a.Insert(&ast.Insert{At: c.tree.At, SchemaEvolution: c.evolve, Table: c.tree.Target, Columns: c.tree.Columns, ByName: c.byName(options), Query: query})
	if err != nil {
		return nil, err
	}
	return &insertPlan{source, in}, nil
}

// byName says whether columns go by name: unless they are listed, or the files have no names.
func (c *copying) byName(options map[string]string) bool {
	nameless := c.format == "csv" && !strings.EqualFold(options["header"], "true")
	return len(c.tree.Columns) == 0 && (c.tree.Query != nil || !nameless)
}

// patterns are the paths to look at: the source, or those that FILES and PATTERN pick below it.
func (c *copying) patterns() []string {
	switch {
	case len(c.tree.Files) > 0:
		out := make([]string, len(c.tree.Files))
		for i, f := range c.tree.Files {
			out[i] = path.Join(c.path, f)
		}
		return out
	case c.tree.Pattern != "":
		return []string{path.Join(c.path, c.tree.Pattern)}
	}
	return []string{c.path}
}

func (c *copying) run(ctx context.Context, x *execution) error {
	none := func() error {
		x.statement.changed(0, -1)
		return x.rows([][]any{{int64(0), int64(0), int64(0)}})
	}
	all, err := c.insert(ctx, nil)
	if err != nil {
		return err
	}
	listed, err := all.source.Snapshot(ctx, noTime)
	if err != nil {
		return at(err, c.tree)
	}
	files, _, err := listed.Files(ctx, nil)
	if err != nil {
		return at(err, c.tree)
	}
	chosen, fresh := all, files
	for {
		// The table may have taken more files since they were looked at: what counts is the version that is written to.
		left, err := c.notTaken(chosen, fresh)
		if err != nil {
			return err
		}
		if len(left) == 0 {
			return none()
		}
		if chosen != all && len(left) == len(fresh) {
			break
		}
		fresh = left
		if chosen, err = c.insert(ctx, fresh); err != nil {
			return err
		}
	}
	parameters, err := c.parameters()
	if err != nil {
		return err
	}
	n, version, err := x.insert(ctx, c.p, chosen.insert, insertion{name: "COPY INTO", parameters: parameters, note: func(tx *delta.Transaction) {
		for _, f := range fresh {
			tx.SetTransaction(copyApplication(f.Path), f.Modified)
		}
	}})
	if err != nil {
		return err
	}
	x.statement.changed(n, version)
	return x.rows([][]any{{n, n, int64(0)}})
}

// notTaken are the files that the version of the table a plan starts from has not taken.
func (c *copying) notTaken(plan *insertPlan, files []catalog.File) ([]catalog.File, error) {
	if c.force {
		return files, nil
	}
	snapshot, ok := relation.PlainDelta(plan.insert.Target.Snapshot)
	if !ok {
		return nil, sqlerr.Internal("the target of COPY INTO is no Delta snapshot")
	}
	var out []catalog.File
	for _, f := range files {
		if _, taken := snapshot.AppTransaction(copyApplication(f.Path)); !taken {
			out = append(out, f)
		}
	}
	return out, nil
}

// parameters are what the commit says of the statement.
func (c *copying) parameters() (map[string]any, error) {
	text := func(v any) (string, error) {
		raw, err := json.Marshal(v)
		return string(raw), err
	}
	options, err := text(c.options)
	if err != nil {
		return nil, err
	}
	return map[string]any{"source": c.path, "fileFormat": strings.ToUpper(c.format), "formatOptions": options, "force": strconv.FormatBool(c.force)}, nil
}

// insertPlan is the INSERT of files.
type insertPlan struct {
	source *relation.FileTable
	insert *logical.Insert
}
