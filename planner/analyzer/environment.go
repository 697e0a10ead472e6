// Package analyzer gives names and types to a statement: it turns the tree of sql/ast into a logical plan over bound
// expressions, by the rules of Spark 3.5.
//
// In: a tree, and an Environment that knows tables, views, settings and parameters. Out: logical nodes, or an
// *sqlerr.Error of Spark's class with the position in the text. One file holds one clause or one family of expressions.
package analyzer

import (
	"context"
	"strings"

	"github.com/argan-sql/argan/catalog"
	"github.com/argan-sql/argan/exec/function"
	"github.com/argan-sql/argan/exec/vector"
	"github.com/argan-sql/argan/planner/expr"
	"github.com/argan-sql/argan/planner/logical"
	"github.com/argan-sql/argan/sql/ast"
	"github.com/argan-sql/argan/types"
)

// Environment is what the analyzer asks the session for. It is asked while one statement is analyzed, from one goroutine.
type Environment interface {
	// Context bounds reading of snapshots.
	Context() context.Context
	// Functions holds the settings that are fixed at the statement's start.
	Functions() *function.Context
	// Setting is the value of a session setting, "" if unset.
	Setting(key string) string
	// Relation finds a table or a view by the parts of its name as written: t, db.t, catalog.db.t, delta.`/path`. Names of
	// fewer parts are completed from the place. nil without an error means that there is none.
	Relation(name []string, place Place) (*Relation, error)
	// TableFunction is a table function of the engine (table_changes, read_files); nil without an error means unknown.
	TableFunction(name string, args []Argument, place Place) (*Relation, error)
	// Parameter is the value (one row) of :name or of the ? with the index, nil if there is none.
	Parameter(name string, index int) *vector.Vector
	// Variable is the value (one row) of a session variable, nil if there is none.
	Variable(name []string) *vector.Vector
	// Macro is a SQL function made by CREATE FUNCTION, nil if there is none.
	Macro(name []string, place Place) *Macro
}

// Place is where names are looked up.
type Place struct {
	Catalog, Database string
	// Temporary says whether temporary views can be seen; permanent views cannot see them.
	Temporary bool
	// Owner is with whose rights the tables of a view's text are read; "" for those of whoever runs the statement.
	Owner string
	// Written says that the name is what the statement writes to: nothing is read of it but its columns.
	Written bool
}

// Relation is what a name in FROM leads to: exactly one of Table, View and Plan is set.
type Relation struct {
	// Name qualifies the columns: catalog, database, table; for a temporary view its name alone.
	Name  []string
	Table catalog.Table
	View  *View
	// Plan is a finished plan; it is copied where it is used.
	Plan logical.Node
	// Temporary says that the name is a temporary view's.
	Temporary bool
	// At is the version that the name itself asks for, used where the text has no time travel.
	At catalog.At
}

// View is a stored query.
type View struct {
	Query *ast.Query
	// Columns are the names and types the view was made with; nil to take the query's.
	Columns *types.Type
	// QueryColumns are the names of the query's columns when the view was made: they are found by name again. nil to go
	// by position.
	QueryColumns []string
	// Place is where the view's own names are looked up.
	Place Place
	// Settings are those in force when the view was made, which its text is analyzed under; others come from the session.
	Settings map[string]string
}

// Macro is a SQL function: an expression, or for a table function a query, over parameters.
type Macro struct {
	Params  []ast.FunctionParam
	Returns *types.Type
	Body    ast.Expr
	Query   *ast.Query
	Place   Place
}

// Argument is a constant argument of a table function.
type Argument struct {
	Name  string // "" by position
	Value *vector.Vector
}

// Analyzer analyzes one statement. It is not for use by several goroutines.
type Analyzer struct {
	env      Environment
	fn       *function.Context
	ansi     bool
	place    Place
	override map[string]string // settings of the view that is being analyzed
	views    []string          // names of views being analyzed, to refuse recursion
	lastCTE  int
	warnings []string
	temps    []string              // temporary views read
	macros   int                   // nesting of SQL functions
	folded   map[expr.Expr]folding // values of constant expressions
}

// New is an analyzer for one statement.
func New(env Environment) *Analyzer {
	fn := env.Functions()
	return &Analyzer{env: env, fn: fn, ansi: fn.ANSI, place: Place{Catalog: fn.Catalog, Database: fn.Database, Temporary: true}}
}

// Warnings are what the analysis found odd but not wrong: hints that are not known.
func (a *Analyzer) Warnings() []string { return a.warnings }

// TemporaryViews are the names of the temporary views that the statement itself reads: a permanent view must not.
func (a *Analyzer) TemporaryViews() []string { return a.temps }

// setting is a setting as the statement, or the view in it, sees it.
func (a *Analyzer) setting(key string) string {
	if v, ok := a.override[key]; ok {
		return v
	}
	return a.env.Setting(key)
}

// enabled reads a boolean setting.
func (a *Analyzer) enabled(key string, byDefault bool) bool {
	switch strings.ToLower(a.setting(key)) {
	case "true":
		return true
	case "false":
		return false
	}
	return byDefault
}
