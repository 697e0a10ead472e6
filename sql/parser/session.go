package parser

import (
	"regexp"
	"strings"

	"github.com/argan-sql/argan/sql/ast"
	"github.com/argan-sql/argan/sql/token"
	"github.com/argan-sql/argan/sqlerr"
)

func (p *parser) explain(first token.Token) ast.Statement {
	e := &ast.Explain{}
	if !p.is("ANALYZE", "TABLE") && !p.is("ANALYZE", "TABLES") {
		e.Mode = ast.ExplainMode(p.acceptAny("EXTENDED", "FORMATTED", "COST", "CODEGEN", "LOGICAL", "ANALYZE"))
	}
	e.Statement = p.statement()
	e.At = p.span(first)
	return e
}

func (p *parser) use(first token.Token) ast.Statement {
	u := &ast.Use{}
	if p.isIdent(p.peek(1)) {
		u.Catalog = p.acceptAny("DATABASE", "SCHEMA", "NAMESPACE", "CATALOG") == "CATALOG"
	}
	u.Name = p.name()
	u.At = p.span(first)
	return u
}

var (
	settingPair = regexp.MustCompile(`^([a-zA-Z_\d\\.:]+)\s*=((?s).*)$`)
	settingKey  = regexp.MustCompile(`^[a-zA-Z_\d\\.:]+$`)
)

// set reads SET in all its forms. A setting's value is the text up to the semicolon, whatever it is.
func (p *parser) set(first token.Token) ast.Statement {
	switch {
	case p.accept("CATALOG"):
		u := &ast.Use{Catalog: true}
		if p.isString(p.at()) {
			at := ast.At{Position: p.at().Position()}
			u.Name = ast.Name{At: at, Parts: []ast.Ident{{At: at, Text: p.str(), Quoted: true}}}
		} else {
			u.Name = p.name()
		}
		u.At = p.span(first)
		return u
	case p.accept("TIME", "ZONE"):
		return p.setTimeZone(first)
	case p.is("VARIABLE") || p.is("VAR"):
		if p.isIdent(p.peek(1)) || p.peek(1).Symbol() == "(" {
			p.pos++
			return p.setVariable(first)
		}
	case p.is("ROLE"):
		p.notAllowed(first, "SET ROLE")
	}
	s := &ast.Set{}
	text := strings.TrimSpace(p.rest())
	switch {
	case text == "":
	case text == "-v":
		s.Verbose = true
	case text[0] == '`':
		p.quotedSetting(s, text)
	case settingPair.MatchString(text):
		m := settingPair.FindStringSubmatch(text)
		value := strings.TrimSpace(m[2])
		s.Key, s.Value = m[1], &value
		if quoted, rest, ok := backquoted(value); ok && rest == "" {
			s.Value = &quoted
		}
	case settingKey.MatchString(text):
		s.Key = text
	default:
		p.raise(sqlerr.New("INVALID_SET_SYNTAX").At(p.span(first).Position))
	}
	s.At = p.span(first)
	return s
}

// quotedSetting reads `key` or `key` = value.
func (p *parser) quotedSetting(s *ast.Set, text string) {
	key, rest, ok := backquoted(text)
	rest = strings.TrimSpace(rest)
	if !ok || key == "" || rest != "" && rest[0] != '=' {
		p.raise(sqlerr.New("INVALID_SET_SYNTAX").At(p.previous().Position()))
	}
	s.Key = key
	if rest != "" {
		value := strings.TrimSpace(rest[1:])
		if quoted, more, ok := backquoted(value); ok && more == "" {
			value = quoted
		}
		s.Value = &value
	}
}

// backquoted takes a name in backticks off the front.
func backquoted(text string) (name, rest string, ok bool) {
	if text == "" || text[0] != '`' {
		return "", text, false
	}
	for i := 1; i < len(text); i++ {
		if text[i] != '`' {
			continue
		}
		if i+1 < len(text) && text[i+1] == '`' {
			i++
			continue
		}
		return strings.ReplaceAll(text[1:i], "``", "`"), text[i+1:], true
	}
	return "", text, false
}

func (p *parser) setTimeZone(first token.Token) ast.Statement {
	s := &ast.SetTimeZone{}
	switch {
	case p.accept("LOCAL"):
		s.Local = true
	case p.isString(p.at()):
		s.Zone = p.str()
	case p.startsInterval():
		s.Interval, _ = p.interval().(*ast.Interval)
	default:
		p.fail(p.at(), "_LEGACY_ERROR_TEMP_0045")
	}
	s.At = p.span(first)
	return s
}

func (p *parser) setVariable(first token.Token) ast.Statement {
	s := &ast.SetVariable{}
	if p.isSymbol("(") {
		s.Names = p.nameList()
		p.expectEquals()
		p.expectSymbol("(")
		s.Query = p.query()
		p.expectSymbol(")")
	} else {
		s.Set = p.assignments()
	}
	s.At = p.span(first)
	return s
}

func (p *parser) reset(first token.Token) ast.Statement {
	s := &ast.Reset{Key: strings.TrimSpace(p.rest())}
	if quoted, rest, ok := backquoted(s.Key); ok && rest == "" {
		s.Key = quoted
	} else if s.Key != "" && !settingKey.MatchString(s.Key) {
		p.fail(first, "_LEGACY_ERROR_TEMP_0043")
	}
	s.At = p.span(first)
	return s
}

var plainID = regexp.MustCompile(`^[A-Za-z0-9_-]+$`)

// kill reads KILL QUERY id and KILL SESSION id. The id may stand without quotes, whatever it would be as a token.
func (p *parser) kill(first token.Token) ast.Statement {
	k := &ast.Kill{}
	switch p.acceptAny("QUERY", "SESSION") {
	case "SESSION":
		k.Session = true
	case "":
		p.unexpected("QUERY", "SESSION")
	}
	if at := p.at(); p.isString(at) {
		k.ID = p.str()
	} else if k.ID = strings.TrimSpace(p.rest()); !plainID.MatchString(k.ID) {
		p.syntaxError(at, []string{"an id"})
	}
	k.At = p.span(first)
	return k
}
