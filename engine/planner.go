package engine

import (
	"context"
	"math/rand/v2"
	"reflect"
	"strings"
	"time"

	"github.com/argan-sql/argan/exec/cast"
	"github.com/argan-sql/argan/exec/function"
	"github.com/argan-sql/argan/sql/ast"
	"github.com/argan-sql/argan/sql/parser"
	"github.com/argan-sql/argan/sqlerr"
	"github.com/argan-sql/argan/types"
)

// planner turns one statement's tree into a plan. It holds what is fixed for the statement: settings, time, parameters.
type planner struct {
	engine    *Engine
	session   *Session
	statement *Statement // nil while a view's text is planned for its schema alone
	functions *function.Context
	// database is the current database for names; a view's text is planned with the one it was made in.
	database string
	// flow is what the streams in the query stand for; nil outside of flows.
	flow *flowReading
	// definer is the owner of the view whose text is planned, with whose rights its tables are read; "" outside of views.
	definer string
	// viewDepth bounds views of views.
	viewDepth int
}

func (s *Session) newPlanner(st *Statement) *planner {
	p := &planner{engine: s.engine, session: s, statement: st, database: s.Database()}
	p.functions = &function.Context{
		ANSI: strings.EqualFold(p.get("spark.sql.ansi.enabled"), "true"), Zone: p.zone(), Now: time.Now().Truncate(time.Microsecond),
		User: s.options.User, Groups: s.groups, Database: p.database, Catalog: catalogName, Version: s.engine.config.Version, Setting: p.get,
		Rand: rand.New(rand.NewPCG(rand.Uint64(), rand.Uint64())),
	}
	return p
}

// catalogName is the one catalog, named as Spark names its own so that three-part names carry over.
const catalogName = "spark_catalog"

func (p *planner) get(key string) string { return p.session.setting(p.statement, key) }

func (p *planner) zone() *time.Location {
	if z, err := cast.ParseZone(p.get("spark.sql.session.timeZone")); err == nil {
		return z
	}
	return time.UTC
}

func (s *Session) parserOptions() parser.Options {
	return parser.Options{
		DoubleQuotedIdentifiers: s.ANSI() && s.on("spark.sql.ansi.doubleQuotedIdentifiers"),
		ExponentAsDecimal:       s.on("spark.sql.legacy.exponentLiteralAsDecimal.enabled"),
		SetOpsLeftToRight:       s.on("spark.sql.legacy.setopsPrecedence.enabled"),
		TimestampNTZ:            strings.EqualFold(s.Get("spark.sql.timestampType"), "TIMESTAMP_NTZ"),
	}
}

func (s *Session) parse(text string) (ast.Statement, error) {
	return s.parserOptions().Parse(text)
}

// Piece is one statement of a script, with its place.
type Piece = parser.Piece

// Split cuts a script at its semicolons; those in strings, quoted names and comments do not count.
func Split(script string) []Piece { return parser.Split(script) }

// handler plans one type of statement.
type handler func(p *planner, ctx context.Context, tree ast.Statement) (*plan, error)

// handlers is the table of statements: type of the tree → how it is planned. Each family's file fills in its own.
var handlers = map[reflect.Type]handler{}

// handle enters a statement in the table.
func handle[T ast.Statement](f func(p *planner, ctx context.Context, tree T) (*plan, error)) {
	var zero T
	handlers[reflect.TypeOf(zero)] = func(p *planner, ctx context.Context, tree ast.Statement) (*plan, error) {
		return f(p, ctx, tree.(T))
	}
}

func (p *planner) plan(ctx context.Context, tree ast.Statement) (*plan, error) {
	h, ok := handlers[reflect.TypeOf(tree)]
	if !ok {
		return nil, sqlerr.Unsupported("The statement %s", strings.TrimPrefix(reflect.TypeOf(tree).String(), "*ast.")).At(tree.Pos())
	}
	if err := p.guard(ctx, tree); err != nil {
		return nil, err
	}
	return h(p, ctx, tree)
}

// noRows is the schema of statements without result.
var noRows = types.NewStruct()

func column(name string, t *types.Type) types.Field {
	return types.Field{Name: name, Type: t, Nullable: true}
}

// command is a plan of a statement without result rows that changes something.
func command(name string, run func(ctx context.Context, x *execution) error) *plan {
	light := !heavyCommands[name] && !strings.HasSuffix(name, "AS SELECT")
	return &plan{kind: KindCommand, name: name, light: light, schema: noRows, run: run}
}

// table is a plan of a statement that looks something up and answers with rows of Go values.
func table(name string, rows func(ctx context.Context) ([][]any, error), columns ...types.Field) *plan {
	return &plan{kind: KindQuery, name: name, readOnly: true, light: true, schema: types.NewStruct(columns...), run: func(ctx context.Context, x *execution) error {
		out, err := rows(ctx)
		if err != nil {
			return err
		}
		return x.rows(out)
	}}
}
