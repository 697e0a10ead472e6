package engine

import (
	"context"

	"github.com/argan-sql/argan/catalog/access"
	"github.com/argan-sql/argan/sql/ast"
)

// What each statement needs.
func init() {
	free[*ast.Query]("each table it reads is looked at where its name is resolved")
	free[*ast.DescribeQuery]("as the query")
	free[*ast.DeclareVariable]("the session's own; its query is looked at as any")
	free[*ast.DropVariable]("the session's own")
	free[*ast.SetVariable]("the session's own; its query is looked at as any")
	free[*ast.Set]("the session's own: settings of the server cannot be set")
	free[*ast.SetTimeZone]("the session's own")
	free[*ast.Reset]("the session's own")
	free[*ast.ShowFunctions]("functions belong to nobody")
	free[*ast.DescribeFunction]("functions belong to nobody")
	free[*ast.CreateFunction]("refused by name")
	free[*ast.DropFunction]("refused by name")
	free[*ast.ShowCatalogs]("there is one")
	free[*ast.ShowCurrent]("the session's own")
	free[*ast.ShowDatabases]("lists what the user may see")
	free[*ast.ShowStreams]("lists those of tables that the user has a right on")
	free[*ast.Kill]("finds only what belongs to the user")
	free[*ast.ShowPrincipals]("tokens of one's own; users and groups are looked at where they are listed")
	free[*ast.CreateToken]("looked at where it is made: one's own, or as an administrator anybody's")
	free[*ast.DropToken]("looked at where it is dropped, as CREATE TOKEN")
	free[*ast.AlterUser]("looked at where it is done: one's own password, or as an administrator")
	free[*ast.Grant]("looked at where it is done: the owner, or who may pass the right on")
	free[*ast.ShowGrants]("lists one's own, and those on what one owns")

	needs(func(p *planner, ctx context.Context, t *ast.Explain) error { return p.guard(ctx, t.Statement) })

	onTable(func(t *ast.Insert) ast.Name { return t.Table }, access.Modify)
	onTable(func(t *ast.Update) ast.Name { return t.Table }, access.Select, access.Modify) // its rows are read too
	onTable(func(t *ast.Delete) ast.Name { return t.Table }, access.Select, access.Modify) // its rows are read too
	onTable(func(t *ast.Merge) ast.Name { return t.Target }, access.Select, access.Modify) // its rows are read too
	onTable(func(t *ast.CopyInto) ast.Name { return t.Target }, access.Modify)
	onTable(func(t *ast.Truncate) ast.Name { return t.Table }, access.Modify)
	needs(func(p *planner, ctx context.Context, t *ast.InsertDirectory) error { return nil }) // its path is looked at where it is known

	onTable(func(t *ast.Optimize) ast.Name { return t.Table }, access.Modify)
	onTable(func(t *ast.Vacuum) ast.Name { return t.Table }, access.Modify)
	onTable(func(t *ast.Restore) ast.Name { return t.Table }, access.Modify)
	onTable(func(t *ast.Reorg) ast.Name { return t.Table }, access.Modify)
	onTable(func(t *ast.Repair) ast.Name { return t.Table }, access.Modify)
	onTable(func(t *ast.Generate) ast.Name { return t.Table }, access.Modify)
	onTable(func(t *ast.Analyze) ast.Name { return t.Table }, access.Modify)
	onDatabase(func(t *ast.AnalyzeTables) ast.Name { return t.Database }, access.Modify)
	onTable(func(t *ast.ConvertToDelta) ast.Name { return t.Table }, access.Own)
	needs(func(p *planner, ctx context.Context, t *ast.Refresh) error {
		if t.Path != "" {
			return p.pathRight(ctx, t.Path, access.Select)
		}
		if t.Kind == ast.ObjectFunction {
			return nil
		}
		return p.onName(ctx, t.Name, see)
	})
	needs(func(p *planner, ctx context.Context, t *ast.Cache) error {
		if t.As != nil {
			return nil // a view of the session's own
		}
		return p.onName(ctx, t.Table, access.Select)
	})
	onTable(func(t *ast.Uncache) ast.Name { return t.Table }, see)
	administrators[*ast.ClearCache]()

	onTable(func(t *ast.DescribeTable) ast.Name { return t.Table }, see)
	onTable(func(t *ast.DescribeDetail) ast.Name { return t.Table }, see)
	onTable(func(t *ast.ShowCreateTable) ast.Name { return t.Table }, see)
	onTable(func(t *ast.ShowProperties) ast.Name { return t.Table }, see)
	onTable(func(t *ast.ShowPartitions) ast.Name { return t.Table }, access.Select)
	onTable(func(t *ast.DescribeHistory) ast.Name { return t.Table }, access.Select)
	needs(func(p *planner, ctx context.Context, t *ast.ShowColumns) error {
		if !t.In.Present() {
			return p.onName(ctx, t.Table, see)
		}
		database, err := p.databaseName(ctx, t.In)
		if err != nil {
			return err
		}
		return at(p.need(ctx, see, access.Object{Database: database, Table: t.Table.Last()}), t.Table)
	})
	onDatabase(func(t *ast.DescribeDatabase) ast.Name { return t.Database }, see)
	onDatabase(func(t *ast.ShowTables) ast.Name { return t.In }, see)
	onDatabase(func(t *ast.ShowViews) ast.Name { return t.In }, see)
	onDatabase(func(t *ast.ShowTableExtended) ast.Name { return t.In }, see)
	needs(func(p *planner, ctx context.Context, t *ast.Use) error {
		if t.Catalog {
			return nil
		}
		return p.onDatabase(ctx, t.Name, see)
	})

	needs(func(p *planner, ctx context.Context, t *ast.CreateTable) error {
		return p.makes(ctx, t.Table, t.Mode != ast.Create)
	})
	needs(func(p *planner, ctx context.Context, t *ast.CreateTableLike) error {
		if err := p.onName(ctx, t.Like, see); err != nil {
			return err
		}
		return p.makes(ctx, t.Table, false)
	})
	needs(func(p *planner, ctx context.Context, t *ast.CloneTable) error {
		if err := p.onName(ctx, t.Source, access.Select); err != nil {
			return err
		}
		return p.makes(ctx, t.Table, t.Mode != ast.Create)
	})
	needs(func(p *planner, ctx context.Context, t *ast.CreateView) error {
		if t.Temporary {
			return nil
		}
		return p.makes(ctx, t.View, t.OrReplace)
	})
	needs(func(p *planner, ctx context.Context, t *ast.CreateViewUsing) error {
		if t.Global {
			return p.administrate(ctx) // everybody would read the files
		}
		return nil
	})
	onTable(func(t *ast.AlterView) ast.Name { return t.View }, access.Own)
	onTable(func(t *ast.DropTable) ast.Name { return t.Table }, access.Own)
	onTable(func(t *ast.DropView) ast.Name { return t.View }, access.Own)
	needs(func(p *planner, ctx context.Context, t *ast.AlterTable) error { return p.alters(ctx, t) })
	needs(func(p *planner, ctx context.Context, t *ast.CommentOn) error {
		if t.Kind == ast.ObjectDatabase {
			return p.onDatabase(ctx, t.Name, access.Own)
		}
		return p.onName(ctx, t.Name, access.Own)
	})
	needs(func(p *planner, ctx context.Context, t *ast.CreateDatabase) error {
		if err := p.need(ctx, access.Create, access.Catalog); err != nil || t.Location == nil {
			return err
		}
		return p.pathRight(ctx, location(p.engine.meta.Root(), *t.Location), access.Own)
	})
	needs(func(p *planner, ctx context.Context, t *ast.AlterDatabase) error {
		if err := p.onDatabase(ctx, t.Database, access.Own); err != nil || t.Location == nil {
			return err
		}
		return p.pathRight(ctx, location(p.engine.meta.Root(), *t.Location), access.Own)
	})
	onDatabase(func(t *ast.DropDatabase) ast.Name { return t.Database }, access.Own)

	needs(func(p *planner, ctx context.Context, t *ast.CreateStreamingTable) error {
		return p.makes(ctx, t.Table, t.OrRefresh)
	})
	needs(func(p *planner, ctx context.Context, t *ast.CreateMaterializedView) error {
		return p.makes(ctx, t.Table, t.OrReplace)
	})
	onTable(func(t *ast.CreateFlow) ast.Name { return t.Target }, access.Own)
	needs(func(p *planner, ctx context.Context, t *ast.DropFlow) error { return p.dropsFlow(ctx, t) })
	onTable(func(t *ast.DropKept) ast.Name { return t.Table }, access.Own)
	onTable(func(t *ast.AlterKept) ast.Name { return t.Table }, access.Own)
	onTable(func(t *ast.RefreshKept) ast.Name { return t.Table }, access.Modify)
	onTable(func(t *ast.DescribeStream) ast.Name { return t.Table }, see)

	administrators[*ast.CreateUser]()
	administrators[*ast.DropUser]()
	administrators[*ast.CreateGroup]()
	administrators[*ast.AlterGroup]()
	administrators[*ast.DropGroup]()
	needs(func(p *planner, ctx context.Context, t *ast.SetOwner) error {
		if t.On.Kind == "DATABASE" {
			return p.onDatabase(ctx, t.On.Name, access.Own)
		}
		return p.onName(ctx, t.On.Name, access.Own)
	})
}

// dropsFlow asks for the table that a flow writes to: a flow is named without it.
func (p *planner) dropsFlow(ctx context.Context, t *ast.DropFlow) error {
	database, name, err := p.flowName(ctx, t.Flow)
	if err != nil {
		return err
	}
	f, err := p.engine.meta.FlowNamed(ctx, database, name)
	if err != nil {
		return err
	}
	if f == nil { // who may not see the database is not told either
		return at(p.need(ctx, see, access.Object{Database: database}), t.Flow)
	}
	return at(p.need(ctx, access.Own, access.Object{Database: f.Database, Table: f.Table}), t.Flow)
}

// alters asks for the table, and for where it or its partitions are to be.
func (p *planner) alters(ctx context.Context, t *ast.AlterTable) error {
	if err := p.onName(ctx, t.Table, access.Own); err != nil {
		return err
	}
	var paths []string
	switch a := t.Action.(type) {
	case *ast.RenameTable:
		return p.makes(ctx, p.renamed(ctx, t.Table, a.To), false)
	case *ast.SetLocation:
		paths = append(paths, a.Location)
	case *ast.AddPartitions:
		for _, part := range a.Partitions {
			if part.Location != nil {
				paths = append(paths, *part.Location)
			}
		}
	}
	for _, path := range paths {
		if err := p.pathRight(ctx, location(p.engine.meta.Root(), path), access.Own); err != nil {
			return err
		}
	}
	return nil
}

// renamed is the new name of a table; where it has one part, the database stays.
func (p *planner) renamed(ctx context.Context, old, name ast.Name) ast.Name {
	o, err := p.object(ctx, old)
	if err != nil || o.path || len(name.Parts) != 1 {
		return name
	}
	name.Parts = []ast.Ident{{At: name.At, Text: o.database, Quoted: true}, name.Parts[0]}
	return name
}
