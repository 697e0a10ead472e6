package parser

import (
	"strings"

	"github.com/argan-sql/argan/sql/ast"
	"github.com/argan-sql/argan/sql/token"
	"github.com/argan-sql/argan/sqlerr"
)

// insert reads INSERT INTO and INSERT OVERWRITE.
func (p *parser) insert(first token.Token, with *ast.With) ast.Statement {
	s := &ast.Insert{With: with}
	if p.accept("WITH", "SCHEMA", "EVOLUTION") {
		s.SchemaEvolution = true
	}
	s.Overwrite = p.expectAny("INTO", "OVERWRITE") == "OVERWRITE"
	if p.is("DIRECTORY") || p.is("LOCAL", "DIRECTORY") {
		return p.insertDirectory(first, with)
	}
	if p.is("TABLE") && p.isIdent(p.peek(1)) {
		p.pos++
	}
	s.Table = p.name()
	if p.is("PARTITION") {
		s.Partition = p.partitionSpec()
	}
	s.IfNotExists = p.ifNotExists()
	switch {
	case p.accept("BY", "NAME"):
		s.ByName = true
	case p.is("REPLACE", "WHERE") && !s.Overwrite:
		p.pos += 2
		s.ReplaceWhere = p.expr()
	case p.isSymbol("(") && p.isIdent(p.peek(1)) && (p.peek(2).Symbol() == "," || p.peek(2).Symbol() == ")"):
		s.Columns = p.identList()
	}
	s.Query = p.query()
	s.At = p.span(first)
	return s
}

// insertDirectory reads [LOCAL] DIRECTORY 'path' USING format [OPTIONS (...)] query.
func (p *parser) insertDirectory(first token.Token, with *ast.With) ast.Statement {
	p.accept("LOCAL")
	p.expect("DIRECTORY")
	s := &ast.InsertDirectory{With: with}
	if p.isString(p.at()) {
		s.Path = p.str()
	}
	if p.isAny("ROW", "STORED") {
		p.raise(sqlerr.Unsupported("INSERT OVERWRITE DIRECTORY in a Hive format").At(p.at().Position()))
	}
	p.expect("USING")
	s.Using = strings.Join(p.name().Strings(), ".")
	if p.accept("OPTIONS") {
		s.Options = p.properties()
	}
	s.Query = p.query()
	s.At = p.span(first)
	return s
}

// partitionSpec reads PARTITION (a = 1, b).
func (p *parser) partitionSpec() []ast.PartitionValue {
	p.expect("PARTITION")
	seen := map[string]bool{}
	return parenList(p, func() ast.PartitionValue {
		first := p.at()
		v := ast.PartitionValue{Name: p.ident()}
		if p.acceptSymbol("=") || p.acceptSymbol("==") {
			v.Value = p.value(precCompare + 1)
		}
		v.At = p.span(first)
		key := strings.ToLower(v.Name.Text)
		if seen[key] {
			p.fail(first, "DUPLICATE_KEY", "keyColumn", "`"+v.Name.Text+"`")
		}
		seen[key] = true
		return v
	})
}

// optionalPartition reads PARTITION (...) if it is there.
func (p *parser) optionalPartition() []ast.PartitionValue {
	if !p.is("PARTITION") {
		return nil
	}
	return p.partitionSpec()
}

// assignments reads a = 1, b.c = 2.
func (p *parser) assignments() []ast.Assignment {
	return list(p, func() ast.Assignment {
		first := p.at()
		a := ast.Assignment{Column: p.name()}
		p.expectEquals()
		a.Value = p.expr()
		a.At = p.span(first)
		return a
	})
}

// where reads WHERE if it is there.
func (p *parser) where() ast.Expr {
	if !p.accept("WHERE") {
		return nil
	}
	return p.expr()
}

func (p *parser) update(first token.Token, with *ast.With) ast.Statement {
	s := &ast.Update{With: with, Table: p.name(), Alias: p.tableAlias()}
	p.expect("SET")
	s.Set = p.assignments()
	s.Where = p.where()
	s.At = p.span(first)
	return s
}

func (p *parser) delete(first token.Token, with *ast.With) ast.Statement {
	p.expect("FROM")
	s := &ast.Delete{With: with, Table: p.name(), Alias: p.tableAlias(), Where: p.where()}
	s.At = p.span(first)
	return s
}

func (p *parser) truncate(first token.Token) ast.Statement {
	p.expect("TABLE")
	s := &ast.Truncate{Table: p.name(), Partition: p.optionalPartition()}
	s.At = p.span(first)
	return s
}
