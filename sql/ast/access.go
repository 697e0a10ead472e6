package ast

// Principal is a user or a group, where rights are granted and owners are named.
type Principal struct {
	At
	Kind string // USER, GROUP, or "" where it was not said
	Name string
}

// CreateUser is CREATE USER [IF NOT EXISTS] u [PASSWORD 'p' | PASSWORD HASH 'h'] [IN GROUP g, …].
type CreateUser struct {
	At
	IfNotExists bool
	User        string
	Password    *string
	Hash        bool // Password is a hash
	Groups      []string
}

// AlterUser is ALTER USER u with one change.
type AlterUser struct {
	At
	User     string
	Password *string
	Hash     bool
	// Word is ENABLE, DISABLE, SET ADMINISTRATOR, UNSET ADMINISTRATOR, SET LIMIT, UNSET LIMIT, or "" for a password.
	Word   string
	Limits []Property
}

// DropUser is DROP USER [IF EXISTS] u.
type DropUser struct {
	At
	IfExists bool
	User     string
}

// CreateGroup is CREATE GROUP [IF NOT EXISTS] g.
type CreateGroup struct {
	At
	IfNotExists bool
	Group       string
}

// AlterGroup is ALTER GROUP g ADD|DROP USER u, …, or ALTER GROUP g SET|UNSET LIMIT.
type AlterGroup struct {
	At
	Group string
	// Word is ADD, DROP, SET LIMIT or UNSET LIMIT.
	Word   string
	Users  []string
	Limits []Property
}

// DropGroup is DROP GROUP [IF EXISTS] g.
type DropGroup struct {
	At
	IfExists bool
	Group    string
}

// CreateToken is CREATE TOKEN name [FOR USER u] [EXPIRES IN interval | n DAYS].
type CreateToken struct {
	At
	Token   string
	User    string // "" for whoever asks
	Expires *Interval
}

// DropToken is DROP TOKEN [IF EXISTS] name [FOR USER u].
type DropToken struct {
	At
	IfExists bool
	Token    string
	User     string
}

// ShowPrincipals is SHOW USERS, SHOW GROUPS or SHOW TOKENS, with LIKE.
type ShowPrincipals struct {
	At
	Kind string // USERS, GROUPS, TOKENS
	Like *string
}

// Securable is what rights are granted on.
type Securable struct {
	At
	// Kind is CATALOG, DATABASE, TABLE, VIEW, or "" for a table or view.
	Kind string
	Name Name // not for the catalog, where it may be left out
}

// Grant is GRANT privilege, … ON object TO principal [WITH GRANT OPTION], and REVOKE … FROM.
type Grant struct {
	At
	Revoke     bool
	OptionOnly bool // REVOKE GRANT OPTION FOR
	Privileges []string
	On         Securable
	To         Principal
	WithGrant  bool
}

// ShowGrants is SHOW GRANTS [principal] [ON object].
type ShowGrants struct {
	At
	Principal *Principal
	On        *Securable
}

// SetOwner is ALTER kind object [SET] OWNER TO principal.
type SetOwner struct {
	At
	On Securable
	To Principal
}

func (*CreateUser) statement()     {}
func (*AlterUser) statement()      {}
func (*DropUser) statement()       {}
func (*CreateGroup) statement()    {}
func (*AlterGroup) statement()     {}
func (*DropGroup) statement()      {}
func (*CreateToken) statement()    {}
func (*DropToken) statement()      {}
func (*ShowPrincipals) statement() {}
func (*Grant) statement()          {}
func (*ShowGrants) statement()     {}
func (*SetOwner) statement()       {}
