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

	needs(func(p *planner, ctx context.Context, t *ast.Insert) error {
		return p.onName(ctx, t.Table, access.Modify)
	})
	needs(func(p *planner, ctx context.Context, t *ast.Update) error { return p.changes(ctx, t.Table) })
	needs(func(p *planner, ctx context.Context, t *ast.Delete) error { return p.changes(ctx, t.Table) })
	needs(func(p *planner, ctx context.Context, t *ast.Merge) error { return p.changes(ctx, t.Target) })
	needs(func(p *planner, ctx context.Context, t *ast.CopyInto) error {
		return p.onName(ctx, t.Target, access.Modify)
	})
	needs(func(p *planner, ctx context.Context, t *ast.Truncate) error {
		return p.onName(ctx, t.Table, access.Modify)
	})
	needs(func(p *planner, ctx context.Context, t *ast.InsertDirectory) error { return nil }) // its path is looked at where it is known

	needs(func(p *planner, ctx context.Context, t *ast.Optimize) error {
		return p.onName(ctx, t.Table, access.Modify)
	})
	needs(func(p *planner, ctx context.Context, t *ast.Vacuum) error {
		return p.onName(ctx, t.Table, access.Modify)
	})
	needs(func(p *planner, ctx context.Context, t *ast.Restore) error {
		return p.onName(ctx, t.Table, access.Modify)
	})
	needs(func(p *planner, ctx context.Context, t *ast.Reorg) error {
		return p.onName(ctx, t.Table, access.Modify)
	})
	needs(func(p *planner, ctx context.Context, t *ast.Repair) error {
		return p.onName(ctx, t.Table, access.Modify)
	})
	needs(func(p *planner, ctx context.Context, t *ast.Generate) error {
		return p.onName(ctx, t.Table, access.Modify)
	})
	needs(func(p *planner, ctx context.Context, t *ast.Analyze) error {
		return p.onName(ctx, t.Table, access.Modify)
	})
	needs(func(p *planner, ctx context.Context, t *ast.AnalyzeTables) error {
		return p.onDatabase(ctx, t.Database, access.Modify)
	})
	needs(func(p *planner, ctx context.Context, t *ast.ConvertToDelta) error {
		return p.onName(ctx, t.Table, access.Own)
	})
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
	needs(func(p *planner, ctx context.Context, t *ast.Uncache) error { return p.onName(ctx, t.Table, see) })
	needs(func(p *planner, ctx context.Context, _ *ast.ClearCache) error { return p.administrate(ctx) })

	for _, kind := range []func(){
		func() {
			needs(func(p *planner, ctx context.Context, t *ast.DescribeTable) error { return p.onName(ctx, t.Table, see) })
		},
		func() {
			needs(func(p *planner, ctx context.Context, t *ast.DescribeDetail) error { return p.onName(ctx, t.Table, see) })
		},
		func() {
			needs(func(p *planner, ctx context.Context, t *ast.ShowCreateTable) error {
				return p.onName(ctx, t.Table, see)
			})
		},
		func() {
			needs(func(p *planner, ctx context.Context, t *ast.ShowProperties) error { return p.onName(ctx, t.Table, see) })
		},
		func() {
			needs(func(p *planner, ctx context.Context, t *ast.ShowPartitions) error {
				return p.onName(ctx, t.Table, access.Select)
			})
		},
		func() {
			needs(func(p *planner, ctx context.Context, t *ast.DescribeHistory) error {
				return p.onName(ctx, t.Table, access.Select)
			})
		},
	} {
		kind()
	}
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
	needs(func(p *planner, ctx context.Context, t *ast.DescribeDatabase) error {
		return p.onDatabase(ctx, t.Database, see)
	})
	needs(func(p *planner, ctx context.Context, t *ast.ShowTables) error { return p.onDatabase(ctx, t.In, see) })
	needs(func(p *planner, ctx context.Context, t *ast.ShowViews) error { return p.onDatabase(ctx, t.In, see) })
	needs(func(p *planner, ctx context.Context, t *ast.ShowTableExtended) error {
		return p.onDatabase(ctx, t.In, see)
	})
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
	needs(func(p *planner, ctx context.Context, t *ast.AlterView) error {
		return p.onName(ctx, t.View, access.Own)
	})
	needs(func(p *planner, ctx context.Context, t *ast.DropTable) error {
		return p.onName(ctx, t.Table, access.Own)
	})
	needs(func(p *planner, ctx context.Context, t *ast.DropView) error { return p.onName(ctx, t.View, access.Own) })
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
	needs(func(p *planner, ctx context.Context, t *ast.DropDatabase) error {
		return p.onDatabase(ctx, t.Database, access.Own)
	})

	needs(func(p *planner, ctx context.Context, t *ast.CreateStreamingTable) error {
		return p.makes(ctx, t.Table, t.OrRefresh)
	})
	needs(func(p *planner, ctx context.Context, t *ast.CreateMaterializedView) error {
		return p.makes(ctx, t.Table, t.OrReplace)
	})
	needs(func(p *planner, ctx context.Context, t *ast.CreateFlow) error {
		return p.onName(ctx, t.Target, access.Own)
	})
	needs(func(p *planner, ctx context.Context, t *ast.DropFlow) error { return p.dropsFlow(ctx, t) })
	needs(func(p *planner, ctx context.Context, t *ast.DropKept) error {
		return p.onName(ctx, t.Table, access.Own)
	})
	needs(func(p *planner, ctx context.Context, t *ast.AlterKept) error {
		return p.onName(ctx, t.Table, access.Own)
	})
	needs(func(p *planner, ctx context.Context, t *ast.RefreshKept) error {
		return p.onName(ctx, t.Table, access.Modify)
	})
	needs(func(p *planner, ctx context.Context, t *ast.DescribeStream) error { return p.onName(ctx, t.Table, see) })

	needs(func(p *planner, ctx context.Context, _ *ast.CreateUser) error { return p.administrate(ctx) })
	needs(func(p *planner, ctx context.Context, _ *ast.DropUser) error { return p.administrate(ctx) })
	needs(func(p *planner, ctx context.Context, _ *ast.CreateGroup) error { return p.administrate(ctx) })
	needs(func(p *planner, ctx context.Context, _ *ast.AlterGroup) error { return p.administrate(ctx) })
	needs(func(p *planner, ctx context.Context, _ *ast.DropGroup) error { return p.administrate(ctx) })
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

// changes asks for what it takes to change rows that are there: they are read too.
func (p *planner) changes(ctx context.Context, n ast.Name) error {
	return p.onName(ctx, n, access.Select, access.Modify)
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
