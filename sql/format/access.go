package format

import (
	"strings"

	"github.com/argan-sql/argan/sql/ast"
	"github.com/argan-sql/argan/types"
)

func (w *writer) access(s ast.Statement) bool {
	switch s := s.(type) {
	case *ast.CreateUser:
		w.p("CREATE USER ")
		w.when(s.IfNotExists, "IF NOT EXISTS ")
		w.p(types.Quote(s.User))
		w.password(s.Password, s.Hash)
		if len(s.Groups) > 0 {
			w.p(" IN GROUP ")
			w.quotedList(s.Groups)
		}
	case *ast.AlterUser:
		w.p("ALTER USER ", types.Quote(s.User))
		w.password(s.Password, s.Hash)
		w.when(s.Word != "", " "+s.Word)
		w.limits(s.Word, s.Limits)
	case *ast.DropUser:
		w.p("DROP USER ")
		w.when(s.IfExists, "IF EXISTS ")
		w.p(types.Quote(s.User))
	case *ast.CreateGroup:
		w.p("CREATE GROUP ")
		w.when(s.IfNotExists, "IF NOT EXISTS ")
		w.p(types.Quote(s.Group))
	case *ast.AlterGroup:
		w.p("ALTER GROUP ", types.Quote(s.Group), " ", s.Word)
		if len(s.Users) > 0 {
			w.p(" USER ")
			w.quotedList(s.Users)
		}
		w.limits(s.Word, s.Limits)
	case *ast.DropGroup:
		w.p("DROP GROUP ")
		w.when(s.IfExists, "IF EXISTS ")
		w.p(types.Quote(s.Group))
	case *ast.CreateToken:
		w.p("CREATE TOKEN ", types.Quote(s.Token))
		w.forUser(s.User)
		if s.Expires != nil {
			w.p(" EXPIRES IN ")
			w.interval(s.Expires)
		}
	case *ast.DropToken:
		w.p("DROP TOKEN ")
		w.when(s.IfExists, "IF EXISTS ")
		w.p(types.Quote(s.Token))
		w.forUser(s.User)
	default:
		return w.grants(s)
	}
	return true
}

func (w *writer) grants(s ast.Statement) bool {
	switch s := s.(type) {
	case *ast.ShowPrincipals:
		w.p("SHOW ", s.Kind)
		if s.Like != nil {
			w.p(" LIKE ", String(*s.Like))
		}
	case *ast.Grant:
		word, to := "GRANT ", " TO "
		if s.Revoke {
			word, to = "REVOKE ", " FROM "
		}
		w.p(word)
		w.when(s.OptionOnly, "GRANT OPTION FOR ")
		w.p(strings.Join(s.Privileges, ", "), " ON ")
		w.securable(s.On)
		w.p(to)
		w.principal(s.To)
		w.when(s.WithGrant, " WITH GRANT OPTION")
	case *ast.ShowGrants:
		w.p("SHOW GRANTS")
		if s.Principal != nil {
			w.p(" ")
			w.principal(*s.Principal)
		}
		if s.On != nil {
			w.p(" ON ")
			w.securable(*s.On)
		}
	case *ast.SetOwner:
		w.p("ALTER ")
		w.securable(s.On)
		w.p(" OWNER TO ")
		w.principal(s.To)
	default:
		return false
	}
	return true
}

func (w *writer) password(text *string, hash bool) {
	if text == nil {
		return
	}
	w.p(" PASSWORD ")
	w.when(hash, "HASH ")
	w.p(String(*text))
}

func (w *writer) forUser(user string) {
	w.when(user != "", " FOR USER "+types.Quote(user))
}

func (w *writer) quotedList(names []string) {
	for i, n := range names {
		w.when(i > 0, ", ")
		w.p(types.Quote(n))
	}
}

func (w *writer) limits(word string, limits []ast.Property) {
	for i, l := range limits {
		w.p([]string{" ", ", "}[min(i, 1)], String(l.Key))
		w.when(strings.HasPrefix(word, "SET"), " = "+String(l.Value))
	}
}

func (w *writer) principal(p ast.Principal) {
	w.when(p.Kind != "", p.Kind+" ")
	w.p(types.Quote(p.Name))
}

func (w *writer) securable(o ast.Securable) {
	w.p(o.Kind)
	if o.Name.Present() {
		w.when(o.Kind != "", " ")
		w.name(o.Name)
	}
}
