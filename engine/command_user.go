package engine

import (
	"context"
	"strings"
	"time"
	"unicode"

	"github.com/argan-sql/argan/catalog/access"
	"github.com/argan-sql/argan/engine/signin"
	"github.com/argan-sql/argan/sql/ast"
	"github.com/argan-sql/argan/sqlerr"
	"github.com/argan-sql/argan/types"
)

func init() {
	handle(createUser)
	handle(alterUser)
	handle(dropUser)
	handle(createGroup)
	handle(alterGroup)
	handle(dropGroup)
	handle(showPrincipals)
}

// fromSQL is the source of users and groups that statements have made and may change.
const fromSQL = "sql"

// checkPrincipal refuses names that could be taken for something else.
func checkPrincipal(name string) error {
	if reason := unfit(name); reason != "" {
		return sqlerr.New("INVALID_PRINCIPAL", "value", types.Quote(name), "reason", reason)
	}
	return nil
}

// unfit says why a name cannot be a user's or group's, "" if it can.
func unfit(name string) string {
	switch {
	case strings.TrimSpace(name) == "" || name != strings.TrimSpace(name):
		return "it is empty, or begins or ends with a space"
	case len(name) > 255:
		return "it is longer than 255 bytes"
	case strings.ContainsFunc(name, unicode.IsControl) || strings.Contains(name, ":"):
		return "it has a colon or a control character"
	case strings.EqualFold(name, everyone):
		return "it names all users"
	}
	return ""
}

// passwordHash is the hash to keep of what PASSWORD says.
func passwordHash(text *string, hash bool) (string, error) {
	if text == nil {
		return "", nil
	}
	var out string
	var err error
	if hash {
		out, err = *text, signin.CheckHash(*text)
	} else {
		out, err = signin.HashPassword(*text)
	}
	if err != nil {
		return "", sqlerr.New("INVALID_PRINCIPAL", "value", "The password", "reason", err.Error())
	}
	return out, nil
}

func createUser(p *planner, _ context.Context, t *ast.CreateUser) (*plan, error) {
	if err := checkPrincipal(t.User); err != nil {
		return nil, at(err, t)
	}
	return command("CREATE USER", func(ctx context.Context, _ *execution) error {
		e := p.engine
		policy := e.policy()
		if policy.User(t.User) != nil || policy.Group(t.User) != nil {
			if t.IfNotExists && policy.User(t.User) != nil {
				return nil
			}
			return sqlerr.New("PRINCIPAL_ALREADY_EXISTS", "name", types.Quote(t.User)).At(t.Pos())
		}
		hash, err := passwordHash(t.Password, t.Hash)
		if err != nil {
			return at(err, t)
		}
		first := policy.Empty()
		err = e.meta.CreateUser(ctx, access.User{Name: t.User, Hash: hash, Created: time.Now()}, t.Groups)
		e.changedRights()
		if t.IfNotExists && sqlerr.Is(err, "PRINCIPAL_ALREADY_EXISTS") {
			return nil
		}
		if err == nil && first {
			// Everybody has to say who they are from now on. Who made the user still gets the answer.
			e.endSessions(p.session, func(s *Session) bool { return true }, "the server now asks who is there")
		}
		return at(err, t)
	}), nil
}

// endSessions ends sessions whose user may not go on; that of the statement itself ends with its next statement.
func (e *Engine) endSessions(but *Session, which func(*Session) bool, why string) {
	for _, s := range e.Sessions(nil) {
		if s == but || s.options.Local {
			continue
		}
		if which(s) {
			s.end(why)
		}
	}
}

func (e *Engine) endSessionsOf(but *Session, user, why string) {
	e.endSessions(but, func(s *Session) bool { return strings.EqualFold(s.User(), user) }, why)
}

// userOf is a user that statements may change.
func (e *Engine) userOf(name string) (access.User, error) {
	u := e.policy().User(name)
	switch {
	case u == nil:
		return access.User{}, sqlerr.New("PRINCIPAL_NOT_FOUND", "kind", "user", "name", types.Quote(name))
	case u.Source != fromSQL:
		return access.User{}, sqlerr.New("FIXED_PRINCIPAL", "name", types.Quote(u.Name), "reason", "the user is written in "+u.Source)
	}
	return *u, nil
}

func alterUser(p *planner, ctx context.Context, t *ast.AlterUser) (*plan, error) {
	// Everybody may change their own password.
	own := t.Password != nil && strings.EqualFold(t.User, p.session.User())
	if !own {
		if err := p.administrate(ctx); err != nil {
			return nil, at(err, t)
		}
	}
	return command("ALTER USER", func(ctx context.Context, _ *execution) error {
		e := p.engine
		u, err := e.userOf(t.User)
		if err != nil {
			return at(err, t)
		}
		ends := ""
		switch t.Word {
		case "":
			if u.Hash, err = passwordHash(t.Password, t.Hash); err != nil {
				return at(err, t)
			}
			ends = "the password was changed"
		case "ENABLE":
			u.Disabled = false
		case "DISABLE":
			u.Disabled, ends = true, "the user was disabled"
		case "SET ADMINISTRATOR":
			u.Administrator = true
		case "UNSET ADMINISTRATOR":
			u.Administrator = false
		default:
			if u.Limits, err = changedLimits(u.Limits, t.Word, t.Limits); err != nil {
				return at(err, t)
			}
		}
		if err := e.meta.UpdateUser(ctx, u); err != nil {
			return at(err, t)
		}
		e.changedRights()
		if ends != "" {
			e.endSessionsOf(p.session, u.Name, ends)
		}
		return nil
	}), nil
}

func dropUser(p *planner, _ context.Context, t *ast.DropUser) (*plan, error) {
	return command("DROP USER", func(ctx context.Context, _ *execution) error {
		e := p.engine
		u, err := e.userOf(t.User)
		if err != nil {
			if t.IfExists && sqlerr.Is(err, "PRINCIPAL_NOT_FOUND") {
				return nil
			}
			return at(err, t)
		}
		if _, err := e.meta.DropUser(ctx, u.Name); err != nil {
			return at(err, t)
		}
		e.changedRights()
		e.endSessionsOf(p.session, u.Name, "the user was dropped")
		return nil
	}), nil
}

func createGroup(p *planner, _ context.Context, t *ast.CreateGroup) (*plan, error) {
	if err := checkPrincipal(t.Group); err != nil {
		return nil, at(err, t)
	}
	return command("CREATE GROUP", func(ctx context.Context, _ *execution) error {
		policy := p.engine.policy()
		if policy.Group(t.Group) != nil && t.IfNotExists {
			return nil
		}
		if policy.Group(t.Group) != nil || policy.User(t.Group) != nil {
			return sqlerr.New("PRINCIPAL_ALREADY_EXISTS", "name", types.Quote(t.Group)).At(t.Pos())
		}
		err := p.engine.meta.CreateGroup(ctx, t.Group)
		p.engine.changedRights()
		return at(err, t)
	}), nil
}

// groupOf is a group that statements may change.
func (e *Engine) groupOf(name string) (access.Group, error) {
	g := e.policy().Group(name)
	switch {
	case g == nil:
		return access.Group{}, sqlerr.New("PRINCIPAL_NOT_FOUND", "kind", "group", "name", types.Quote(name))
	case g.Source != fromSQL:
		return access.Group{}, sqlerr.New("FIXED_PRINCIPAL", "name", types.Quote(g.Name), "reason", "the group is written in "+g.Source)
	}
	return *g, nil
}

func alterGroup(p *planner, _ context.Context, t *ast.AlterGroup) (*plan, error) {
	return command("ALTER GROUP", func(ctx context.Context, _ *execution) error {
		e := p.engine
		g, err := e.groupOf(t.Group)
		if err != nil {
			return at(err, t)
		}
		defer e.changedRights()
		if t.Word != "ADD" && t.Word != "DROP" {
			limits, err := changedLimits(g.Limits, t.Word, t.Limits)
			if err == nil {
				err = e.meta.SetGroupLimits(ctx, g.Name, limits)
			}
			return at(err, t)
		}
		for _, user := range t.Users {
			change := e.meta.Leave
			if t.Word == "ADD" {
				change = e.meta.Join
				if e.policy().User(user) == nil {
					return sqlerr.New("PRINCIPAL_NOT_FOUND", "kind", "user", "name", types.Quote(user)).At(t.Pos())
				}
			}
			if err := change(ctx, g.Name, user); err != nil {
				return at(err, t)
			}
		}
		return nil
	}), nil
}

func dropGroup(p *planner, _ context.Context, t *ast.DropGroup) (*plan, error) {
	return command("DROP GROUP", func(ctx context.Context, _ *execution) error {
		g, err := p.engine.groupOf(t.Group)
		if err != nil {
			if t.IfExists && sqlerr.Is(err, "PRINCIPAL_NOT_FOUND") {
				return nil
			}
			return at(err, t)
		}
		_, err = p.engine.meta.DropGroup(ctx, g.Name)
		p.engine.changedRights()
		return at(err, t)
	}), nil
}

func showPrincipals(p *planner, ctx context.Context, t *ast.ShowPrincipals) (*plan, error) {
	if t.Kind == "TOKENS" {
		return showTokens(p, t)
	}
	if err := p.administrate(ctx); err != nil {
		return nil, at(err, t)
	}
	matches := like(t.Like)
	names := types.NewArray(types.StringType, false)
	policy := p.engine.policy
	if t.Kind == "GROUPS" {
		return table("SHOW GROUPS", func(context.Context) ([][]any, error) {
			var rows [][]any
			for _, g := range policy().Groups() {
				if matches(g.Name) {
					rows = append(rows, []any{g.Name, anyList(g.Members), emptyAsNull(g.Limits), g.Source})
				}
			}
			return rows, nil
		}, column("group", types.StringType), column("members", names), column("limits", types.StringType), column("source", types.StringType)), nil
	}
	return table("SHOW USERS", func(context.Context) ([][]any, error) {
		var rows [][]any
		for _, u := range policy().Users() {
			if matches(u.Name) {
				rows = append(rows, []any{u.Name, u.Administrator, u.Disabled, u.Hash != "", anyList(policy().GroupsOf(u.Name)), emptyAsNull(u.Limits), u.Source})
			}
		}
		return rows, nil
	}, column("user", types.StringType), column("administrator", types.BooleanType), column("disabled", types.BooleanType), column("has_password", types.BooleanType),
		column("groups", names), column("limits", types.StringType), column("source", types.StringType)), nil
}
