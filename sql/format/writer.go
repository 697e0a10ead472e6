// Package format prints the tree of a statement as Spark SQL text that parses to the same tree.
//
// In: a tree of package ast. Out: text on one line, keywords in upper case, parentheses only where the tree needs them.
// It serves SHOW CREATE TABLE, views, EXPLAIN, and statements that go to another engine.
package format

import (
	"fmt"
	"strings"
	"unicode"

	"github.com/argan-sql/argan/sql/ast"
	"github.com/argan-sql/argan/sql/token"
	"github.com/argan-sql/argan/types"
)

// Statement prints a statement.
func Statement(s ast.Statement) string {
	var w writer
	w.statement(s)
	return w.b.String()
}

// Query prints a query.
func Query(q *ast.Query) string {
	var w writer
	w.query(q)
	return w.b.String()
}

// Expr prints an expression.
func Expr(e ast.Expr) string {
	var w writer
	w.expr(e, levelAlias)
	return w.b.String()
}

// Relation prints a relation as it stands in FROM.
func Relation(r ast.Relation) string {
	var w writer
	w.relation(r)
	return w.b.String()
}

// Name prints a name, with backticks where they were or must be.
func Name(n ast.Name) string {
	var w writer
	w.name(n)
	return w.b.String()
}

// String prints a string literal.
func String(s string) string {
	return "'" + stringEscapes.Replace(s) + "'"
}

var stringEscapes = strings.NewReplacer(`\`, `\\`, `'`, `\'`, "\n", `\n`, "\r", `\r`, "\t", `\t`, "\x00", `\u0000`)

// Type prints a type as it is written in CREATE TABLE and CAST.
func Type(t *types.Type) string {
	switch t.Kind {
	case types.Array:
		return "ARRAY<" + Type(t.Elem) + ">"
	case types.Map:
		return "MAP<" + Type(t.Key) + ", " + Type(t.Elem) + ">"
	case types.Struct:
		parts := make([]string, len(t.Fields))
		for i, f := range t.Fields {
			parts[i] = identText(f.Name) + ": " + Type(f.Type)
			if !f.Nullable {
				parts[i] += " NOT NULL"
			}
			if c, ok := f.Metadata["comment"].(string); ok {
				parts[i] += " COMMENT " + String(c)
			}
		}
		return "STRUCT<" + strings.Join(parts, ", ") + ">"
	}
	return strings.ToUpper(t.String())
}

// writer gathers the text.
type writer struct{ b strings.Builder }

// p writes texts.
func (w *writer) p(texts ...string) {
	for _, s := range texts {
		w.b.WriteString(s)
	}
}

// f writes a formatted text.
func (w *writer) f(format string, args ...any) { fmt.Fprintf(&w.b, format, args...) }

// when writes a text if a condition holds.
func (w *writer) when(cond bool, text string) {
	if cond {
		w.p(text)
	}
}

// str writes a keyword and a string, if there is one.
func (w *writer) str(word string, s *string) {
	if s != nil {
		w.p(word, String(*s))
	}
}

// list writes elements with commas between them.
func list[T any](w *writer, all []T, write func(T)) {
	for i, x := range all {
		w.when(i > 0, ", ")
		write(x)
	}
}

// paren writes (a, b) with something before it, if there are elements.
func paren[T any](w *writer, before string, all []T, write func(T)) {
	if len(all) == 0 {
		return
	}
	w.p(before, "(")
	list(w, all, write)
	w.p(")")
}

func (w *writer) ident(i ast.Ident) {
	if i.Quoted {
		w.p(types.Quote(i.Text))
		return
	}
	if t := token.Scan(i.Text); len(t) == 2 && t[0].Kind == token.Word && int(t[0].Stop) == len(i.Text) {
		w.p(i.Text) // 1a is a word too
		return
	}
	w.p(types.Quote(i.Text))
}

// identText puts backticks around what would not be read as one word.
func identText(s string) string {
	if s == "" || s[0] >= '0' && s[0] <= '9' {
		return types.Quote(s)
	}
	for _, r := range s {
		if r != '_' && !unicode.IsLetter(r) && !unicode.IsDigit(r) && !unicode.IsMark(r) {
			return types.Quote(s)
		}
	}
	return s
}

func (w *writer) name(n ast.Name) {
	if n.Dynamic != nil {
		w.p("IDENTIFIER(")
		w.expr(n.Dynamic, levelOr)
		w.p(")")
		return
	}
	for i, part := range n.Parts {
		w.when(i > 0, ".")
		w.ident(part)
	}
}

// in writes a keyword and a name, if there is one.
func (w *writer) in(word string, n ast.Name) {
	if n.Present() {
		w.p(word)
		w.name(n)
	}
}

func (w *writer) property(p ast.Property) {
	w.p(String(p.Key))
	if p.HasValue {
		w.p(" = ", String(p.Value))
	}
}

func (w *writer) partition(all []ast.PartitionValue) {
	paren(w, " PARTITION ", all, func(v ast.PartitionValue) {
		w.ident(v.Name)
		if v.Value != nil {
			w.p(" = ")
			w.expr(v.Value, levelBitOr)
		}
	})
}
