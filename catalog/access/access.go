// Package access says who may do what with databases, tables and views.
//
// In: users, groups and grants as the metastore keeps them. Out: a Policy, which answers whether someone holds a privilege
// on an object. The model is that of Databricks' table access control: privileges are inherited from the catalog by its
// databases and from a database by its tables and views, an owner holds all, and nothing in a database is reached without
// USAGE on it. Nothing here knows of statements: which privilege a statement needs is the engine's affair.
package access

import (
	"sort"
	"strings"
	"time"
)

// Privilege is what may be granted.
type Privilege string

// Privileges.
const (
	Select Privilege = "SELECT" // read rows
	Modify Privilege = "MODIFY" // add, change and delete rows, and maintain the files they are in
	Create Privilege = "CREATE" // make databases in the catalog, tables and views in a database
	Usage  Privilege = "USAGE"  // reach what is in a database at all
	All    Privilege = "ALL PRIVILEGES"
	// Own is what only an owner or an administrator may: change or drop the object, grant rights on it. It cannot be granted.
	Own Privilege = "OWN"
)

// Privileges are those that can be granted, by their names.
var Privileges = map[string]Privilege{"SELECT": Select, "MODIFY": Modify, "CREATE": Create, "USAGE": Usage, "ALL": All, "ALL PRIVILEGES": All}

// Object is what privileges are held on: the catalog (both names empty), a database (Table empty), or a table or view.
type Object struct{ Database, Table string }

// Catalog is the object above all others.
var Catalog = Object{}

// Key is the object in lower case, for comparing.
func (o Object) Key() Object { return Object{strings.ToLower(o.Database), strings.ToLower(o.Table)} }

// Kind is CATALOG, DATABASE or TABLE.
func (o Object) Kind() string {
	switch {
	case o.Database == "":
		return "CATALOG"
	case o.Table == "":
		return "DATABASE"
	}
	return "TABLE"
}

// above are the object and those it inherits from, nearest first.
func (o Object) above() []Object {
	switch o.Kind() {
	case "TABLE":
		return []Object{o, {Database: o.Database}, Catalog}
	case "DATABASE":
		return []Object{o, Catalog}
	}
	return []Object{Catalog}
}

// User is someone who may sign in.
type User struct {
	Name string
	// Hash is the password's, in PHC form; "" lets nobody in by password (tokens, OIDC and certificates may).
	Hash          string
	Administrator bool
	Disabled      bool
	// Limits are the engine's limits of the user as JSON, "" for none.
	Limits  string
	Created time.Time
	// Source is sql for users made by CREATE USER, or the file they are written in.
	Source string
}

// Group is a named set of users.
type Group struct {
	Name    string
	Members []string
	Limits  string
	Source  string
}

// Grant is a privilege that a user or a group holds on an object.
type Grant struct {
	Object    Object
	Privilege Privilege
	Principal string
	Grantor   string
	// WithGrant lets the principal grant it to others.
	WithGrant bool
	Created   time.Time
}

// Who is someone whose rights are asked for.
type Who struct {
	User          string
	Groups        []string
	Administrator bool
}

// Policy is the state of users, groups and grants at one moment. It is never changed.
type Policy struct {
	users  map[string]*User
	groups map[string]*Group
	member map[string][]string // groups by user
	grants map[Object][]Grant
}

// NewPolicy puts users, groups and grants together. Of two users or groups of one name the first counts.
func NewPolicy(users []User, groups []Group, grants []Grant) *Policy {
	p := &Policy{users: map[string]*User{}, groups: map[string]*Group{}, member: map[string][]string{}, grants: map[Object][]Grant{}}
	for i := range users {
		if key := strings.ToLower(users[i].Name); p.users[key] == nil {
			p.users[key] = &users[i]
		}
	}
	for i := range groups {
		g := &groups[i]
		if key := strings.ToLower(g.Name); p.groups[key] == nil {
			p.groups[key] = g
		}
		for _, m := range g.Members {
			m = strings.ToLower(m)
			p.member[m] = append(p.member[m], g.Name)
		}
	}
	for _, g := range grants {
		p.grants[g.Object.Key()] = append(p.grants[g.Object.Key()], g)
	}
	return p
}

// Empty says that there is no user: everybody is let in, and may do everything.
func (p *Policy) Empty() bool { return len(p.users) == 0 }

// User finds a user, nil if there is none.
func (p *Policy) User(name string) *User { return p.users[strings.ToLower(name)] }

// Group finds a group, nil if there is none.
func (p *Policy) Group(name string) *Group { return p.groups[strings.ToLower(name)] }

// GroupsOf are the names of the groups that a user is in.
func (p *Policy) GroupsOf(user string) []string { return p.member[strings.ToLower(user)] }

// Users lists the users by name.
func (p *Policy) Users() []*User {
	out := make([]*User, 0, len(p.users))
	for _, u := range p.users {
		out = append(out, u)
	}
	sort.Slice(out, func(i, j int) bool { return out[i].Name < out[j].Name })
	return out
}

// Groups lists the groups by name.
func (p *Policy) Groups() []*Group {
	out := make([]*Group, 0, len(p.groups))
	for _, g := range p.groups {
		out = append(out, g)
	}
	sort.Slice(out, func(i, j int) bool { return out[i].Name < out[j].Name })
	return out
}

// is says whether a grant to a principal reaches someone.
func (w Who) is(principal string) bool {
	if strings.EqualFold(principal, w.User) {
		return true
	}
	for _, g := range w.Groups {
		if strings.EqualFold(principal, g) {
			return true
		}
	}
	return false
}

// Is says whether a user or group of a name is someone, or one of their groups.
func (w Who) Is(principal string) bool { return w.is(principal) }

// Owns says whether someone owns an object whose owner is told. A group may own, too.
func (w Who) Owns(owner string) bool { return w.Administrator || owner != "" && w.is(owner) }

// Holds says whether someone holds a privilege on an object, by a grant on it or on what it is in. Owners are not looked at.
func (p *Policy) Holds(w Who, privilege Privilege, on Object) bool {
	if w.Administrator {
		return true
	}
	if privilege == Own {
		return false
	}
	for _, o := range on.above() {
		for _, g := range p.grants[o.Key()] {
			if (g.Privilege == privilege || g.Privilege == All) && w.is(g.Principal) {
				return true
			}
		}
	}
	return false
}

// MayGrant says whether someone may pass a privilege on.
func (p *Policy) MayGrant(w Who, privilege Privilege, on Object) bool {
	if w.Administrator {
		return true
	}
	for _, o := range on.above() {
		for _, g := range p.grants[o.Key()] {
			if g.WithGrant && (g.Privilege == privilege || g.Privilege == All) && w.is(g.Principal) {
				return true
			}
		}
	}
	return false
}

// Within says whether someone holds any privilege on an object itself or on something inside it: then its name may be known.
func (p *Policy) Within(w Who, on Object) bool {
	if w.Administrator {
		return true
	}
	on = on.Key()
	for o, grants := range p.grants {
		if o != on && (on.Table != "" || on.Database != "" && o.Database != on.Database) {
			continue
		}
		for _, g := range grants {
			if w.is(g.Principal) {
				return true
			}
		}
	}
	return false
}

// Grants lists the grants on an object, or on all (nil), that reach a principal ("" for any), in a steady order.
func (p *Policy) Grants(on *Object, principal string) []Grant {
	var out []Grant
	for o, grants := range p.grants {
		if on != nil && o != on.Key() {
			continue
		}
		for _, g := range grants {
			if principal == "" || strings.EqualFold(g.Principal, principal) {
				out = append(out, g)
			}
		}
	}
	sort.Slice(out, func(i, j int) bool {
		a, b := out[i], out[j]
		switch {
		case a.Object != b.Object:
			return a.Object.Database+"\x00"+a.Object.Table < b.Object.Database+"\x00"+b.Object.Table
		case a.Principal != b.Principal:
			return a.Principal < b.Principal
		}
		return a.Privilege < b.Privilege
	})
	return out
}
