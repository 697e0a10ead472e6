package engine

import (
	"context"
	"strings"

	"github.com/argan-sql/argan/catalog/access"
	"github.com/argan-sql/argan/catalog/metastore"
	"github.com/argan-sql/argan/sql/ast"
	"github.com/argan-sql/argan/sqlerr"
	"github.com/argan-sql/argan/types"
)

func init() {
	handle(grant)
	handle(showGrants)
	handle(setOwner)
}

// securable is the object that a statement about rights names; it must be there.
func (p *planner) securable(ctx context.Context, o ast.Securable) (access.Object, error) {
	switch o.Kind {
	case "CATALOG":
		if parts := o.Name.Strings(); o.Name.Present() && (len(parts) != 1 || !strings.EqualFold(parts[0], catalogName)) {
			return access.Object{}, sqlerr.New("INVALID_PRINCIPAL", "value", quoted(parts...), "reason", "the only catalog is "+catalogName).At(o.Pos())
		}
		return access.Catalog, nil
	case "DATABASE":
		name, err := p.databaseName(ctx, o.Name)
		if err != nil {
			return access.Object{}, err
		}
		if err := p.need(ctx, see, access.Object{Database: name}); err != nil {
			return access.Object{}, at(err, o)
		}
		d, err := p.engine.meta.Database(ctx, name)
		if err != nil {
			return access.Object{}, at(err, o)
		}
		return access.Object{Database: d.Name}, nil
	}
	name, err := p.object(ctx, o.Name)
	if err != nil {
		return access.Object{}, err
	}
	if name.path || name.database == globalTemp || name.temporary != "" && p.session.temporaryView(name.temporary) != nil {
		return access.Object{}, sqlerr.Unsupported("Rights on a path or a temporary view").At(o.Pos())
	}
	if err := p.need(ctx, see, access.Object{Database: name.database, Table: name.name}); err != nil {
		return access.Object{}, at(err, o)
	}
	entry, err := p.entry(ctx, name)
	if err != nil {
		return access.Object{}, err
	}
	if entry == nil {
		return access.Object{}, p.notFound(ctx, []string{name.database, name.name}, o)
	}
	if o.Kind == "VIEW" && entry.Kind != metastore.View {
		return access.Object{}, sqlerr.New("EXPECT_VIEW_NOT_TABLE.NO_ALTERNATIVE", "tableName", name.String(), "operation", "GRANT ON VIEW").At(o.Pos())
	}
	return access.Object{Database: entry.Database, Table: entry.Name}, nil
}

// principal is the name of a user or a group that is there.
func (e *Engine) principal(t ast.Principal) (string, error) {
	policy := e.policy()
	if u := policy.User(t.Name); u != nil && t.Kind != "GROUP" {
		return u.Name, nil
	}
	if t.Kind != "USER" {
		if g := policy.Group(t.Name); g != nil {
			return g.Name, nil
		}
		if strings.EqualFold(t.Name, everyone) || e.bearers != nil && t.Kind == "GROUP" {
			return t.Name, nil // groups of an OIDC issuer are known by its tokens alone
		}
	} else if e.bearers != nil {
		return t.Name, nil
	}
	kind := strings.ToLower(t.Kind)
	if kind == "" {
		kind = "user or group"
	}
	return "", sqlerr.New("PRINCIPAL_NOT_FOUND", "kind", kind, "name", types.Quote(t.Name)).At(t.Pos())
}

// ownsObject says whether someone owns an object or what it is in.
func (e *Engine) ownsObject(ctx context.Context, w access.Who, on access.Object) (bool, error) {
	if w.Administrator || on.Kind() == "CATALOG" {
		return w.Administrator, nil
	}
	if owns, err := e.ownsDatabase(ctx, w, on.Database); owns || err != nil || on.Table == "" {
		return owns, err
	}
	entry, err := e.meta.Table(ctx, on.Database, on.Table)
	return err == nil && entry != nil && w.Owns(entry.Owner), err
}

// mayGrant asks for who owns the object or may pass the rights on.
func (p *planner) mayGrant(ctx context.Context, privileges []access.Privilege, on access.Object) error {
	w, ok := p.session.who()
	if !ok {
		return sqlerr.New("AUTHENTICATION_REQUIRED")
	}
	owns, err := p.engine.ownsObject(ctx, w, on)
	if owns || err != nil {
		return err
	}
	for _, privilege := range privileges {
		if !p.engine.policy().MayGrant(w, privilege, on) {
			return denied(w, privilege+" WITH GRANT OPTION", on)
		}
	}
	return nil
}

func grant(p *planner, ctx context.Context, t *ast.Grant) (*plan, error) {
	on, err := p.securable(ctx, t.On)
	if err != nil {
		return nil, err
	}
	var privileges []access.Privilege
	for _, word := range t.Privileges {
		privileges = append(privileges, access.Privileges[word])
	}
	if err := p.mayGrant(ctx, privileges, on); err != nil {
		return nil, at(err, t)
	}
	name := "GRANT"
	if t.Revoke {
		name = "REVOKE"
	}
	return command(name, func(ctx context.Context, _ *execution) error {
		to := t.To.Name
		if !t.Revoke {
			var err error
			if to, err = p.engine.principal(t.To); err != nil {
				return err
			}
		}
		if err := p.mayGrant(ctx, privileges, on); err != nil {
			return at(err, t)
		}
		var grants []access.Grant
		for _, privilege := range privileges {
			grants = append(grants, access.Grant{Object: on, Privilege: privilege, Principal: to, Grantor: p.session.User(), WithGrant: t.WithGrant})
		}
		defer p.engine.changedRights()
		switch {
		case t.OptionOnly:
			return p.engine.meta.RevokeOption(ctx, grants)
		case t.Revoke:
			_, err := p.engine.meta.Revoke(ctx, grants)
			return err
		}
		return p.engine.meta.Grant(ctx, grants)
	}), nil
}

func showGrants(p *planner, ctx context.Context, t *ast.ShowGrants) (*plan, error) {
	var on *access.Object
	if t.On != nil {
		o, err := p.securable(ctx, *t.On)
		if err != nil {
			return nil, err
		}
		on = &o
	}
	return table("SHOW GRANTS", func(ctx context.Context) ([][]any, error) {
		w, ok := p.session.who()
		if !ok {
			return nil, sqlerr.New("AUTHENTICATION_REQUIRED")
		}
		principal := ""
		if t.Principal != nil {
			principal = t.Principal.Name
		}
		var rows [][]any
		for _, g := range p.engine.policy().Grants(on, principal) {
			if !w.Is(g.Principal) {
				if owns, err := p.engine.ownsObject(ctx, w, g.Object); err != nil {
					return nil, err
				} else if !owns {
					continue
				}
			}
			key := catalogName
			if g.Object.Database != "" {
				key = quoted(g.Object.Database)
			}
			if g.Object.Table != "" {
				key = quoted(g.Object.Database, g.Object.Table)
			}
			rows = append(rows, []any{g.Principal, string(g.Privilege), g.Object.Kind(), key, g.WithGrant, g.Grantor})
		}
		return rows, nil
	}, column("Principal", types.StringType), column("ActionType", types.StringType), column("ObjectType", types.StringType), column("ObjectKey", types.StringType),
		column("Grantable", types.BooleanType), column("Grantor", types.StringType)), nil
}

func setOwner(p *planner, ctx context.Context, t *ast.SetOwner) (*plan, error) {
	on, err := p.securable(ctx, t.On)
	if err != nil {
		return nil, err
	}
	if err := p.engine.meta.Reserved(on.Database, on.Table); err != nil {
		return nil, at(err, t)
	}
	return command("ALTER "+t.On.Kind, func(ctx context.Context, _ *execution) error {
		owner, err := p.engine.principal(t.To)
		if err != nil {
			return err
		}
		if on.Table == "" {
			d, err := p.engine.meta.Database(ctx, on.Database)
			if err != nil {
				return at(err, t)
			}
			d.Owner = owner
			return p.engine.meta.UpdateDatabase(ctx, d)
		}
		entry, err := p.engine.meta.Table(ctx, on.Database, on.Table)
		if err != nil {
			return err
		}
		if entry == nil {
			return p.notFound(ctx, []string{on.Database, on.Table}, t)
		}
		if entry.Kind == metastore.View {
			// The view reads with its owner's rights: they must be the new owner's to give, so only an administrator hands it on to another.
			if w, _ := p.session.who(); !w.Administrator && !w.Is(owner) {
				return at(p.administrate(ctx), t)
			}
		}
		entry.Owner = owner
		return p.engine.meta.CreateTable(ctx, entry, true)
	}), nil
}
