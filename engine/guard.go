package engine

import (
	"context"
	"reflect"
	"strings"

	"github.com/argan-sql/argan/catalog/access"
	"github.com/argan-sql/argan/sql/ast"
	"github.com/argan-sql/argan/sqlerr"
)

// need is a right that a statement needs, and whose: that of a view's owner, or ("") of whoever runs it.
type need struct {
	definer   string
	privilege access.Privilege
	on        access.Object
}

// guards is the table of what statements need: type of the tree → what is looked at before it is planned. Tables that a query
// reads are looked at where their names are resolved. A statement without an entry is for administrators alone.
var guards = map[reflect.Type]func(p *planner, ctx context.Context, tree ast.Statement) error{}

// unguarded are the statements that need no right, with the reason.
var unguarded = map[reflect.Type]string{}

// needs enters what a statement needs.
func needs[T ast.Statement](f func(p *planner, ctx context.Context, tree T) error) {
	guards[reflect.TypeFor[T]()] = func(p *planner, ctx context.Context, tree ast.Statement) error {
		return f(p, ctx, tree.(T))
	}
}

// onTable enters a statement that needs privileges on the table or view that it names.
func onTable[T ast.Statement](name func(T) ast.Name, privileges ...access.Privilege) {
	needs(func(p *planner, ctx context.Context, tree T) error { return p.onName(ctx, name(tree), privileges...) })
}

// onDatabase enters a statement that needs a privilege on the database that it names, or on the current one.
func onDatabase[T ast.Statement](name func(T) ast.Name, privilege access.Privilege) {
	needs(func(p *planner, ctx context.Context, tree T) error { return p.onDatabase(ctx, name(tree), privilege) })
}

// administrators enters a statement that is for administrators.
func administrators[T ast.Statement]() {
	needs(func(p *planner, ctx context.Context, _ T) error { return p.administrate(ctx) })
}

// free enters a statement that needs no right.
func free[T ast.Statement](reason string) { unguarded[reflect.TypeFor[T]()] = reason }

// guard is the one place where it is looked at whether a statement may be run.
func (p *planner) guard(ctx context.Context, tree ast.Statement) error {
	t := reflect.TypeOf(tree)
	if f, ok := guards[t]; ok {
		return at(f(p, ctx, tree), tree)
	}
	if _, ok := unguarded[t]; ok {
		return nil
	}
	return at(p.administrate(ctx), tree)
}

// administrate asks for an administrator.
func (p *planner) administrate(ctx context.Context) error {
	return p.need(ctx, access.Own, access.Catalog)
}

// need asks for a privilege, now and again when the statement begins.
func (p *planner) need(ctx context.Context, privilege access.Privilege, on access.Object) error {
	n := need{definer: p.definer, privilege: privilege, on: on}
	if p.statement != nil {
		p.statement.noteNeed(n)
	}
	return p.session.allowed(ctx, n)
}

func (st *Statement) noteNeed(n need) {
	st.mu.Lock()
	defer st.mu.Unlock()
	for _, have := range st.needs {
		if have == n {
			return
		}
	}
	st.needs = append(st.needs, n)
}

// stillAllowed looks again at the rights that a prepared statement needs: they may have been revoked since.
func (st *Statement) stillAllowed(ctx context.Context) error {
	if _, ok := st.session.who(); !ok {
		return sqlerr.New("AUTHENTICATION_REQUIRED")
	}
	st.mu.Lock()
	all := st.needs
	st.mu.Unlock()
	for _, n := range all {
		if err := st.session.allowed(ctx, n); err != nil {
			return err
		}
	}
	return nil
}

// as is whose rights count: those of a view's owner where that is a user or a group, else the session's.
func (s *Session) as(definer string) (w access.Who, ok bool) {
	w, ok = s.who()
	if definer == "" || !ok || w.Administrator {
		return w, ok
	}
	policy := s.engine.policy()
	if u := policy.User(definer); u != nil {
		return access.Who{User: u.Name, Groups: append([]string{everyone}, policy.GroupsOf(u.Name)...), Administrator: u.Administrator}, true
	}
	if g := policy.Group(definer); g != nil {
		return access.Who{User: g.Name}, true
	}
	return w, ok
}

// allowed looks whether a right is held; INSUFFICIENT_PERMISSIONS where not.
func (s *Session) allowed(ctx context.Context, n need) error {
	w, ok := s.as(n.definer)
	if !ok {
		return sqlerr.New("AUTHENTICATION_REQUIRED")
	}
	if w.Administrator {
		return nil
	}
	if strings.EqualFold(n.on.Database, systemDatabase) && n.privilege == access.Select {
		return nil // its rows are those that the user may see
	}
	policy := s.engine.policy()
	if n.on.Kind() == "CATALOG" {
		if policy.Holds(w, n.privilege, n.on) {
			return nil
		}
		return denied(w, n.privilege, n.on)
	}
	ownsDatabase, err := s.engine.ownsDatabase(ctx, w, n.on.Database)
	if err != nil {
		return err
	}
	if n.on.Kind() == "DATABASE" {
		if ownsDatabase || policy.Holds(w, n.privilege, n.on) || n.privilege == see && policy.Within(w, n.on) {
			return nil
		}
		return denied(w, n.privilege, n.on)
	}
	if in := (access.Object{Database: n.on.Database}); !ownsDatabase && !policy.Holds(w, access.Usage, in) {
		return denied(w, access.Usage, in)
	}
	if ownsDatabase || policy.Holds(w, n.privilege, n.on) {
		return nil
	}
	entry, err := s.engine.meta.Table(ctx, n.on.Database, n.on.Table)
	if err != nil {
		return err
	}
	switch {
	case entry == nil && n.privilege != access.Create:
		return nil // there is nothing to protect: the statement says that it is not there
	case entry != nil && w.Owns(entry.Owner):
		return nil
	case n.privilege == see && (policy.Within(w, n.on) || policy.Holds(w, access.Select, n.on) || policy.Holds(w, access.Modify, n.on)):
		return nil
	}
	return denied(w, n.privilege, n.on)
}

// see is what any privilege on an object or within it gives: its name and its columns may be known.
const see access.Privilege = "any privilege"

// everyone is the group that every user is in.
const everyone = "users"

func denied(w access.Who, privilege access.Privilege, on access.Object) error {
	name := "the catalog"
	switch on.Kind() {
	case "DATABASE":
		name = "database " + quoted(on.Database)
	case "TABLE":
		name = "table " + quoted(on.Database, on.Table)
	}
	what := string(privilege)
	if privilege == access.Own {
		what = "OWNERSHIP"
	}
	return sqlerr.New("INSUFFICIENT_PERMISSIONS", "user", w.User, "privilege", what, "object", name)
}

// ownsDatabase says whether someone owns a database, and so everything in it.
func (e *Engine) ownsDatabase(ctx context.Context, w access.Who, name string) (bool, error) {
	d, err := e.meta.Database(ctx, name)
	if err != nil {
		if sqlerr.Is(err, "SCHEMA_NOT_FOUND") {
			return false, nil
		}
		return false, err
	}
	return w.Owns(d.Owner), nil
}

// sees says whether someone may know that a table or view (or, without table, a database) is there.
func (s *Session) sees(ctx context.Context, database, table string) bool {
	if database == "" || database == globalTemp || strings.EqualFold(database, systemDatabase) {
		return true
	}
	return s.allowed(ctx, need{privilege: see, on: access.Object{Database: database, Table: table}}) == nil
}

// readsFrom asks for SELECT on what a name in a query leads to.
func (p *planner) readsFrom(ctx context.Context, o objectName) error {
	return p.onObject(ctx, o, access.Select)
}

// onObject asks for a privilege on a table, a view or a path.
func (p *planner) onObject(ctx context.Context, o objectName, privilege access.Privilege) error {
	if o.path {
		return p.pathRight(ctx, o.name, privilege)
	}
	if o.database == globalTemp {
		return nil
	}
	return p.need(ctx, privilege, access.Object{Database: o.database, Table: o.name})
}

// onName asks for privileges on what a statement names. A temporary view is the session's own.
func (p *planner) onName(ctx context.Context, n ast.Name, privileges ...access.Privilege) error {
	if !n.Present() {
		return nil
	}
	o, err := p.object(ctx, n)
	if err != nil {
		return err
	}
	if o.temporary != "" && p.session.temporaryView(o.temporary) != nil {
		return nil
	}
	for _, privilege := range privileges {
		if err := p.onObject(ctx, o, privilege); err != nil {
			return at(err, n)
		}
	}
	return nil
}

// onDatabase asks for a privilege on a database, the current one where none is named.
func (p *planner) onDatabase(ctx context.Context, n ast.Name, privilege access.Privilege) error {
	name := p.database
	if n.Present() {
		var err error
		if name, err = p.databaseName(ctx, n); err != nil {
			return err
		}
	}
	if name == globalTemp || name == systemDatabase && privilege == see {
		return nil
	}
	return at(p.need(ctx, privilege, access.Object{Database: name}), n)
}

// makes asks for what it takes to make a table or view: CREATE and USAGE on its database, and if there is one of the name
// already, which is to be replaced, that one.
func (p *planner) makes(ctx context.Context, n ast.Name, replace bool) error {
	o, err := p.object(ctx, n)
	if err != nil {
		return err
	}
	if o.path {
		return at(p.pathRight(ctx, o.name, access.Own), n)
	}
	if o.database == globalTemp {
		return nil
	}
	in := access.Object{Database: o.database}
	for _, privilege := range []access.Privilege{access.Usage, access.Create} {
		if err := p.need(ctx, privilege, in); err != nil {
			return at(err, n)
		}
	}
	if replace {
		return at(p.need(ctx, access.Own, access.Object{Database: o.database, Table: o.name}), n)
	}
	return nil
}
