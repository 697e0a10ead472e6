package parser

import (
	"github.com/argan-sql/argan/sql/ast"
	"github.com/argan-sql/argan/sql/interval"
	"github.com/argan-sql/argan/sql/token"
	"github.com/argan-sql/argan/sqlerr"
)

// principalName reads the name of a user, group or token: an identifier or a string.
func (p *parser) principalName() string {
	if p.isString(p.at()) {
		return p.str()
	}
	return p.ident().Text
}

// principal reads [USER|GROUP] name. The words may themselves be names.
func (p *parser) principal() ast.Principal {
	first := p.at()
	out := ast.Principal{}
	if p.isAny("USER", "GROUP") && (p.isIdent(p.peek(1)) || p.isString(p.peek(1))) && !contains([]string{"WITH", "ON"}, p.peek(1).Keyword()) {
		out.Kind = p.advance().Keyword()
	}
	out.Name = p.principalName()
	out.At = p.span(first)
	return out
}

// securable reads CATALOG [name], DATABASE name, [TABLE|VIEW] name. end are the words that may follow.
func (p *parser) securable(end ...string) ast.Securable {
	first := p.at()
	out := ast.Securable{}
	next := p.peek(1)
	if p.isAny("CATALOG", "DATABASE", "SCHEMA", "NAMESPACE", "TABLE", "VIEW") && (p.isIdent(next) || next.Kind == token.EOF || next.Symbol() == ";") &&
		(p.is("CATALOG") || !contains(end, next.Keyword())) {
		out.Kind = p.advance().Keyword()
		if out.Kind == "SCHEMA" || out.Kind == "NAMESPACE" {
			out.Kind = "DATABASE"
		}
	}
	if out.Kind != "CATALOG" || p.isIdent(p.at()) && !contains(end, p.at().Keyword()) {
		out.Name = p.name()
	}
	out.At = p.span(first)
	return out
}

// privileges reads a list of privileges.
func (p *parser) privileges() []string {
	return list(p, func() string {
		word := p.expectAny("SELECT", "MODIFY", "CREATE", "USAGE", "ALL")
		if word == "ALL" {
			p.accept("PRIVILEGES")
		}
		return word
	})
}

// grant reads GRANT and REVOKE. What names none of the privileges that there are answers as Spark does.
func (p *parser) grant(first token.Token) ast.Statement {
	g := &ast.Grant{Revoke: first.Keyword() == "REVOKE"}
	if g.Revoke && p.accept("GRANT", "OPTION", "FOR") {
		g.OptionOnly = true
	}
	if !p.isAny("SELECT", "MODIFY", "CREATE", "USAGE", "ALL") {
		p.notAllowed(first, first.Keyword())
	}
	g.Privileges = p.privileges()
	p.expect("ON")
	if g.Revoke {
		g.On = p.securable("FROM")
		p.expect("FROM")
	} else {
		g.On = p.securable("TO")
		p.expect("TO")
	}
	g.To = p.principal()
	g.WithGrant = !g.Revoke && p.accept("WITH", "GRANT", "OPTION")
	g.At = p.span(first)
	return g
}

// showGrants reads SHOW GRANTS [principal] [ON object]; GRANT is the same word.
func (p *parser) showGrants(first token.Token) ast.Statement {
	s := &ast.ShowGrants{}
	if !p.is("ON") && (p.isIdent(p.at()) || p.isString(p.at())) {
		who := p.principal()
		s.Principal = &who
	}
	if p.accept("ON") {
		on := p.securable()
		s.On = &on
	}
	s.At = p.span(first)
	return s
}

// showPrincipals reads SHOW USERS, GROUPS and TOKENS, whose word is read already.
func (p *parser) showPrincipals(first token.Token) ast.Statement {
	s := &ast.ShowPrincipals{Kind: p.previous().Keyword(), Like: p.showLike()}
	s.At = p.span(first)
	return s
}

// password reads PASSWORD ['p' | HASH 'h'], if it is there.
func (p *parser) password() (text *string, hash bool) {
	if !p.accept("PASSWORD") {
		return nil, false
	}
	hash = p.accept("HASH")
	s := p.str()
	return &s, hash
}

// createUser reads CREATE USER; the words are read already.
func (p *parser) createUser(first token.Token) ast.Statement {
	s := &ast.CreateUser{IfNotExists: p.ifNotExists(), User: p.principalName()}
	s.Password, s.Hash = p.password()
	if p.accept("IN", "GROUP") {
		s.Groups = list(p, p.principalName)
	}
	s.At = p.span(first)
	return s
}

func (p *parser) createGroup(first token.Token) ast.Statement {
	s := &ast.CreateGroup{IfNotExists: p.ifNotExists(), Group: p.principalName()}
	s.At = p.span(first)
	return s
}

func (p *parser) createToken(first token.Token) ast.Statement {
	s := &ast.CreateToken{Token: p.principalName()}
	if p.accept("FOR", "USER") {
		s.User = p.principalName()
	}
	if p.accept("EXPIRES") {
		p.expect("IN")
		from := p.at()
		if p.accept("DAYS") {
			text, _ := p.numberText()
			s.Expires = p.daysOf(from, text)
		} else {
			var e ast.Expr
			if p.is("INTERVAL") {
				e = p.interval()
			} else {
				e = p.intervalUnits(from)
			}
			s.Expires, _ = e.(*ast.Interval)
		}
		if s.Expires == nil {
			p.syntaxError(from, []string{"INTERVAL", "DAYS"})
		}
	}
	s.At = p.span(first)
	return s
}

// dropPrincipal reads DROP USER, GROUP and TOKEN, whose word is read already.
func (p *parser) dropPrincipal(first token.Token, kind string) ast.Statement {
	there, name := p.ifExists(), p.principalName()
	switch kind {
	case "USER":
		return &ast.DropUser{At: p.span(first), IfExists: there, User: name}
	case "GROUP":
		return &ast.DropGroup{At: p.span(first), IfExists: there, Group: name}
	}
	s := &ast.DropToken{IfExists: there, Token: name}
	if p.accept("FOR", "USER") {
		s.User = p.principalName()
	}
	s.At = p.span(first)
	return s
}

// limits reads LIMIT key = value, … after SET, or LIMIT key, … after UNSET.
func (p *parser) limits(word string) []ast.Property {
	p.expect("LIMIT")
	return list(p, func() ast.Property {
		if word == "SET" {
			return p.property()
		}
		first := p.at()
		return ast.Property{Key: p.propertyKey(), At: p.span(first)}
	})
}

// alterUser reads ALTER USER; the words are read already.
func (p *parser) alterUser(first token.Token) ast.Statement {
	s := &ast.AlterUser{User: p.principalName()}
	if s.Password, s.Hash = p.password(); s.Password == nil {
		s.Word = p.expectAny("ENABLE", "DISABLE", "SET", "UNSET")
		switch {
		case s.Word == "SET" && p.is("PASSWORD"):
			s.Word = ""
			s.Password, s.Hash = p.password()
		case (s.Word == "SET" || s.Word == "UNSET") && p.accept("ADMINISTRATOR"):
			s.Word += " ADMINISTRATOR"
		case s.Word == "SET" || s.Word == "UNSET":
			s.Limits = p.limits(s.Word)
			s.Word += " LIMIT"
		}
	}
	s.At = p.span(first)
	return s
}

// alterGroup reads ALTER GROUP; the words are read already.
func (p *parser) alterGroup(first token.Token) ast.Statement {
	s := &ast.AlterGroup{Group: p.principalName()}
	s.Word = p.expectAny("ADD", "DROP", "SET", "UNSET")
	if s.Word == "ADD" || s.Word == "DROP" {
		p.expect("USER")
		s.Users = list(p, p.principalName)
	} else {
		s.Limits = p.limits(s.Word)
		s.Word += " LIMIT"
	}
	s.At = p.span(first)
	return s
}

// isOwner says whether [SET] OWNER TO follows.
func (p *parser) isOwner() bool { return p.is("OWNER", "TO") || p.is("SET", "OWNER", "TO") }

// setOwner reads [SET] OWNER TO principal.
func (p *parser) setOwner(first token.Token, kind string, name ast.Name) ast.Statement {
	p.accept("SET")
	p.expect("OWNER", "TO")
	s := &ast.SetOwner{On: ast.Securable{At: name.At, Kind: kind, Name: name}, To: p.principal()}
	s.At = p.span(first)
	return s
}

// daysOf is an interval of whole days.
func (p *parser) daysOf(from token.Token, text string) *ast.Interval {
	node := &ast.Interval{At: p.span(from), Parts: []ast.IntervalPart{{Value: text, Unit: "DAY"}}}
	v, err := interval.Parse(text + " DAY")
	if err != nil {
		p.raise(sqlerr.New("_LEGACY_ERROR_TEMP_0062", "msg", "Error parsing '"+text+" DAY' to interval, "+err.Error()).At(node.Position))
	}
	p.typeInterval(node, v, []string{"DAY"})
	return node
}
