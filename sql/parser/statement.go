package parser

import (
	"github.com/argan-sql/argan/sql/ast"
	"github.com/argan-sql/argan/sql/token"
	"github.com/argan-sql/argan/sqlerr"
)

// reader reads a statement whose first word is read already.
type reader func(p *parser, first token.Token) ast.Statement

// statements finds the reader of a statement by its first word.
var statements map[string]reader

func init() {
	statements = map[string]reader{
		"WITH": (*parser).withStatement, "INSERT": plainDML((*parser).insert), "UPDATE": plainDML((*parser).update),
		"DELETE": plainDML((*parser).delete), "MERGE": plainDML((*parser).merge), "TRUNCATE": (*parser).truncate, "COPY": (*parser).copyInto,
		"CREATE": (*parser).create, "REPLACE": (*parser).replace, "DROP": (*parser).drop, "ALTER": (*parser).alter,
		"DESCRIBE": (*parser).describe, "DESC": (*parser).describe, "SHOW": (*parser).show, "USE": (*parser).use, "SET": (*parser).set,
		"RESET": (*parser).reset, "EXPLAIN": (*parser).explain, "CACHE": (*parser).cache, "UNCACHE": (*parser).uncache, "CLEAR": (*parser).clear, "KILL": (*parser).kill,
		"REFRESH": (*parser).refresh, "ANALYZE": (*parser).analyze, "MSCK": (*parser).repair, "REPAIR": (*parser).repair,
		"COMMENT": (*parser).commentOn, "OPTIMIZE": (*parser).optimize, "VACUUM": (*parser).vacuum, "RESTORE": (*parser).restore,
		"CONVERT": (*parser).convert, "REORG": (*parser).reorg, "GENERATE": (*parser).generate, "DECLARE": (*parser).declare, "APPLY": (*parser).applyChanges,
		"GRANT": (*parser).grant, "REVOKE": (*parser).grant,
	}
	for _, word := range []string{"EXPORT", "IMPORT", "LOCK", "UNLOCK", "START", "COMMIT", "ROLLBACK", "DFS"} {
		statements[word] = (*parser).notAllowedStatement
	}
	for _, word := range []string{"LOAD", "ADD", "LIST", "EXECUTE", "UNDROP", "BEGIN"} {
		statements[word] = (*parser).unsupportedStatement
	}
}

// statement reads one statement.
func (p *parser) statement() ast.Statement {
	p.nest()
	defer func() { p.nesting-- }()
	first := p.at()
	if read := statements[first.Keyword()]; read != nil {
		p.pos++
		return read(p, first)
	}
	if p.isSymbol("(") || p.isAny("SELECT", "VALUES", "FROM", "TABLE") {
		return p.query()
	}
	p.syntaxError(first, statementWords())
	return nil
}

// statementWords are the first words of statements, for hints.
func statementWords() []string {
	words := []string{"SELECT", "VALUES", "FROM", "TABLE"}
	for w := range statements {
		words = append(words, w)
	}
	return words
}

// withStatement reads a query or a DML statement that begins with WITH.
func (p *parser) withStatement(first token.Token) ast.Statement {
	p.pos--
	with := p.with()
	start := p.at()
	read := map[string]func(*parser, token.Token, *ast.With) ast.Statement{
		"INSERT": (*parser).insert, "UPDATE": (*parser).update, "DELETE": (*parser).delete, "MERGE": (*parser).merge,
	}[start.Keyword()]
	if read == nil {
		return p.queryAfter(first, with)
	}
	p.pos++
	return read(p, first, with)
}

// plainDML makes a reader of a DML statement without WITH.
func plainDML(read func(*parser, token.Token, *ast.With) ast.Statement) reader {
	return func(p *parser, first token.Token) ast.Statement { return read(p, first, nil) }
}

// notAllowedStatement refuses what Spark refuses too.
func (p *parser) notAllowedStatement(first token.Token) ast.Statement {
	p.notAllowed(first, first.Keyword())
	return nil
}

// unsupportedStatement refuses what Spark has and Argan does not.
func (p *parser) unsupportedStatement(first token.Token) ast.Statement {
	what := first.Keyword()
	if second := p.at(); second.Kind == token.Word {
		what += " " + p.textOf(second)
	}
	p.raise(sqlerr.Unsupported("the statement %s", what).At(first.Position()))
	return nil
}
