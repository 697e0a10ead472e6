// Package parser turns Spark SQL text into the tree of package ast.
//
// In: the text of one statement, of a script, of an expression, a type or a list of columns. Out: nodes with positions, or a
// *sqlerr.Error of Spark's class with the place and, where it can be told, what was meant. It is a recursive descent with a
// precedence table for operators; statements are found by a table of their first words. Nothing is resolved here.
//
// Within the package an error travels as a panic with a *sqlerr.Error, caught at the exported functions: a grammar of this
// size reads as a grammar only without an error check at every step.
package parser

import (
	"unicode/utf8"

	"github.com/argan-sql/argan/sql/ast"
	"github.com/argan-sql/argan/sql/token"
	"github.com/argan-sql/argan/sqlerr"
	"github.com/argan-sql/argan/types"
)

// Options are the settings of a session that change how text is read.
type Options struct {
	// DoubleQuotedIdentifiers makes "a" a name, not a string (spark.sql.ansi.doubleQuotedIdentifiers).
	DoubleQuotedIdentifiers bool
	// ExponentAsDecimal makes 1e5 a decimal, not a double (spark.sql.legacy.exponentLiteralAsDecimal.enabled).
	ExponentAsDecimal bool
	// SetOpsLeftToRight gives INTERSECT no precedence over UNION and EXCEPT (spark.sql.legacy.setopsPrecedence.enabled).
	SetOpsLeftToRight bool
	// TimestampNTZ makes TIMESTAMP mean TIMESTAMP_NTZ in types (spark.sql.timestampType).
	TimestampNTZ bool
}

// Limits that keep the stack of the parser, and of all who walk the tree later, within bounds.
const (
	maxNesting = 1000  // parentheses, subqueries, types within each other
	maxDepth   = 25000 // nodes below each other, as in 1 + 1 + 1 + ...
)

// Parse reads one statement; a semicolon may end it.
func Parse(text string) (ast.Statement, error) { return Options{}.Parse(text) }

// ParseScript reads statements separated by semicolons.
func ParseScript(text string) ([]ast.Statement, error) { return Options{}.ParseScript(text) }

// ParseExpr reads one expression.
func ParseExpr(text string) (ast.Expr, error) { return Options{}.ParseExpr(text) }

// ParseType reads a type, such as MAP<STRING, DECIMAL(10,2)>.
func ParseType(text string) (*types.Type, error) { return Options{}.ParseType(text) }

// ParseColumns reads the columns of a schema, such as "a INT, b STRING NOT NULL COMMENT 'x'", as a struct type.
func ParseColumns(text string) (*types.Type, error) { return Options{}.ParseColumns(text) }

// ParseName reads a name of one or more parts, such as a.`b c`.
func ParseName(text string) (ast.Name, error) {
	var n ast.Name
	err := Options{}.run(text, func(p *parser) ast.Node {
		n = p.name()
		p.expectEnd()
		return nil
	})
	return n, err
}

// Piece is one statement of a script.
type Piece = token.Piece

// Split cuts a script into statements without reading them.
func Split(text string) []Piece { return token.Split(text) }

// Parse reads one statement; a semicolon may end it.
func (o Options) Parse(text string) (s ast.Statement, err error) {
	err = o.run(text, func(p *parser) ast.Node {
		if p.skipSemicolons(); p.at().Kind == token.EOF {
			p.raise(sqlerr.New("PARSE_EMPTY_STATEMENT").At(p.at().Position()))
		}
		s = p.statement()
		p.skipSemicolons()
		p.expectEnd()
		return s
	})
	if err != nil {
		return nil, err
	}
	return s, nil
}

// ParseScript reads statements separated by semicolons.
func (o Options) ParseScript(text string) (list []ast.Statement, err error) {
	err = o.run(text, func(p *parser) ast.Node {
		for p.skipSemicolons(); p.at().Kind != token.EOF; p.skipSemicolons() {
			p.first, p.params = p.pos, 0
			list = append(list, p.statement())
			if p.at().Kind != token.EOF && !p.isSymbol(";") {
				p.unexpected(";")
			}
			p.checkDepth(list[len(list)-1])
		}
		return nil
	})
	if err != nil {
		return nil, err
	}
	return list, nil
}

// ParseExpr reads one expression, which may have an alias.
func (o Options) ParseExpr(text string) (e ast.Expr, err error) {
	err = o.run(text, func(p *parser) ast.Node {
		e = p.namedExpr()
		p.expectEnd()
		return e
	})
	if err != nil {
		return nil, err
	}
	return e, nil
}

// ParseType reads a type.
func (o Options) ParseType(text string) (t *types.Type, err error) {
	err = o.run(text, func(p *parser) ast.Node {
		t = p.dataType()
		p.expectEnd()
		return nil
	})
	return t, err
}

// ParseColumns reads the columns of a schema; the text may also be STRUCT<...>.
func (o Options) ParseColumns(text string) (t *types.Type, err error) {
	err = o.run(text, func(p *parser) ast.Node {
		if p.is("STRUCT") && (p.peek(1).Symbol() == "<" || p.peek(1).Symbol() == "<>") {
			t = p.dataType()
		} else {
			t = types.NewStruct(p.structFields()...)
		}
		p.expectEnd()
		return nil
	})
	return t, err
}

// run scans the text, calls read, and turns what it raises into an error.
func (o Options) run(text string, read func(*parser) ast.Node) (err error) {
	if !utf8.ValidString(text) {
		return invalidText(text)
	}
	p := &parser{Options: o, text: text, tokens: token.Scan(text), alias: -1}
	defer func() {
		if r := recover(); r != nil {
			e, ok := r.(*sqlerr.Error)
			if !ok {
				panic(r)
			}
			e.Query = text
			err = e
		}
	}()
	if n := read(p); n != nil {
		p.checkDepth(n)
	}
	return nil
}

// parser is the state of one reading.
type parser struct {
	Options
	text       string
	tokens     []token.Token
	pos        int // index of the next token
	first      int // index of the statement's first token
	nesting    int
	grown      int  // operators that grew a tree to the left: a bound of its depth
	params     int  // ? seen so far
	pathTables bool // a string in FROM names files, as in COPY INTO ... FROM (SELECT ... FROM 'path')
	changes    bool // the source of AUTO CDC is read: KEYS follows it
	alias      int  // index of the last word that was taken as an alias without AS
}

// nest goes one level deeper; who calls it counts nesting down again. (An error ends the reading, and the count with it.)
func (p *parser) nest() {
	if p.nesting++; p.nesting > maxNesting {
		p.tooDeep(maxNesting)
	}
}

func (p *parser) tooDeep(limit int) {
	p.raise(sqlerr.New("NESTING_TOO_DEEP", "limit", itoa(limit)).At(p.at().Position()))
}

// checkDepth measures the tree only where chains could have made it too deep.
func (p *parser) checkDepth(n ast.Node) {
	if p.grown > maxDepth && ast.Depth(n) > maxDepth {
		p.tooDeep(maxDepth)
	}
}

// source is the text from a token to the last token read.
func (p *parser) source(from token.Token) ast.Source {
	return ast.Source(p.text[from.Start:p.previous().Stop])
}
