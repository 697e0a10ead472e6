package engine

import (
	"context"
	"strings"
	"time"

	"github.com/argan-sql/argan/catalog/metastore"
	"github.com/argan-sql/argan/engine/signin"
	"github.com/argan-sql/argan/sql/ast"
	"github.com/argan-sql/argan/sqlerr"
	"github.com/argan-sql/argan/types"
)

func init() {
	handle(createToken)
	handle(dropToken)
}

// tokenOwner is the user whose token a statement means: whoever asks, or as an administrator anybody.
func (p *planner) tokenOwner(ctx context.Context, user string, n ast.Node) (string, error) {
	own := p.session.User()
	if user == "" {
		user = own
	}
	if !strings.EqualFold(user, own) || p.session.options.Local {
		if err := p.administrate(ctx); err != nil {
			return "", at(err, n)
		}
	}
	return user, nil
}

func createToken(p *planner, ctx context.Context, t *ast.CreateToken) (*plan, error) {
	user, err := p.tokenOwner(ctx, t.User, t)
	if err != nil {
		return nil, err
	}
	expires := time.Time{}
	if t.Expires != nil {
		v := t.Expires.Value
		expires = time.Now().AddDate(0, int(v.Months), int(v.Days)).Add(time.Duration(v.Micros) * time.Microsecond)
		if !expires.After(time.Now()) {
			return nil, sqlerr.New("INVALID_PRINCIPAL", "value", "The time of the token", "reason", "it is over already").At(t.Expires.Pos())
		}
	}
	pl := table("CREATE TOKEN", func(ctx context.Context) ([][]any, error) {
		u := p.engine.policy().User(user)
		if u == nil {
			return nil, sqlerr.New("PRINCIPAL_NOT_FOUND", "kind", "user", "name", types.Quote(user)).At(t.Pos())
		}
		token, hash := signin.NewToken()
		if err := p.engine.meta.CreateToken(ctx, metastore.Token{Name: t.Token, User: u.Name, Expires: expires}, hash); err != nil {
			return nil, at(err, t)
		}
		return [][]any{{token, t.Token, u.Name, instantOrNull(expires)}}, nil
	}, column("token", types.StringType), column("name", types.StringType), column("user", types.StringType), column("expires", types.TimestampType))
	pl.kind, pl.readOnly = KindCommand, false
	return pl, nil
}

func instantOrNull(t time.Time) any {
	if t.IsZero() {
		return nil
	}
	return t.UnixMicro()
}

func dropToken(p *planner, ctx context.Context, t *ast.DropToken) (*plan, error) {
	user, err := p.tokenOwner(ctx, t.User, t)
	if err != nil {
		return nil, err
	}
	return command("DROP TOKEN", func(ctx context.Context, _ *execution) error {
		found, err := p.engine.meta.DropToken(ctx, user, t.Token)
		if err != nil {
			return err
		}
		if !found && !t.IfExists {
			return sqlerr.New("TOKEN_NOT_FOUND", "user", types.Quote(user), "name", types.Quote(t.Token)).At(t.Pos())
		}
		p.engine.endSessions(p.session, func(s *Session) bool {
			id := s.Identity()
			return id != nil && strings.EqualFold(id.User, user) && strings.EqualFold(id.token, t.Token)
		}, "the token was dropped")
		return nil
	}), nil
}

// showTokens lists one's own tokens, as an administrator all: never the token, only its name.
func showTokens(p *planner, t *ast.ShowPrincipals) (*plan, error) {
	matches := like(t.Like)
	return table("SHOW TOKENS", func(ctx context.Context) ([][]any, error) {
		user := p.session.User()
		if w, _ := p.session.who(); w.Administrator {
			user = ""
		}
		all, err := p.engine.meta.Tokens(ctx, user)
		if err != nil {
			return nil, err
		}
		var rows [][]any
		for _, k := range all {
			if matches(k.Name) {
				rows = append(rows, []any{k.Name, k.User, instantOrNull(k.Created), instantOrNull(k.Expires), instantOrNull(k.Used)})
			}
		}
		return rows, nil
	}, column("name", types.StringType), column("user", types.StringType), column("created", types.TimestampType), column("expires", types.TimestampType), column("used", types.TimestampType)), nil
}
