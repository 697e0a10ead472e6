// Package ast holds the tree of a SQL statement as the parser builds it: expressions, queries, relations and statements.
//
// In: nothing but types and positions. Out: plain structs that the analyzer reads, package format prints and tests compare.
// Nodes are pointers, every node knows where in the text it stands, and nothing in the tree is resolved: names are as
// written, types of CAST and of column definitions alone are already *types.Type.
package ast

import (
	"strings"

	"github.com/argan-sql/argan/sqlerr"
)

// Node is anything of the tree.
type Node interface {
	// Pos is the range of text the node was read from.
	Pos() sqlerr.Position
}

// Expr is an expression.
type Expr interface {
	Node
	expr()
}

// Relation is something that stands in FROM.
type Relation interface {
	Node
	relation()
}

// QueryNode is the body of a query: Select, SetOp, Values, TableStmt, or a Query in parentheses.
type QueryNode interface {
	Node
	queryNode()
}

// Statement is a whole statement. A *Query is one.
type Statement interface {
	Node
	statement()
}

// At gives a node its position; every node embeds it.
type At struct {
	Position sqlerr.Position
}

// Pos is the range of text the node was read from.
func (a At) Pos() sqlerr.Position { return a.Position }

// Source is a piece of the statement's text as it was written. Equal ignores it.
type Source string

// Ident is one identifier. The zero Ident means there is none.
type Ident struct {
	At
	Text   string // without quotes, case kept
	Quoted bool   // written in backticks (or double quotes, where those quote identifiers)
}

// Present says whether there is an identifier at all.
func (i Ident) Present() bool { return i.Text != "" || i.Quoted }

// Is compares an unquoted identifier with a word, ignoring case.
func (i Ident) Is(word string) bool { return !i.Quoted && strings.EqualFold(i.Text, word) }

// Name is an identifier of several parts, or IDENTIFIER(expression), which gives the name when the statement runs.
type Name struct {
	At
	Parts   []Ident
	Dynamic Expr // the argument of IDENTIFIER(...); then Parts is empty
}

// Present says whether there is a name at all.
func (n Name) Present() bool { return len(n.Parts) > 0 || n.Dynamic != nil }

// Strings are the texts of the parts.
func (n Name) Strings() []string {
	out := make([]string, len(n.Parts))
	for i, p := range n.Parts {
		out[i] = p.Text
	}
	return out
}

// Last is the text of the last part, or "".
func (n Name) Last() string {
	if len(n.Parts) == 0 {
		return ""
	}
	return n.Parts[len(n.Parts)-1].Text
}

// Property is a key and its value, of TBLPROPERTIES, OPTIONS and the like. HasValue is false where a key stands alone.
type Property struct {
	At
	Key      string
	Value    string
	HasValue bool
}
