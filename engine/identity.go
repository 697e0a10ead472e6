package engine

import (
	"context"
	"errors"
	"strings"
	"time"

	"github.com/argan-sql/argan/catalog/access"
	"github.com/argan-sql/argan/engine/signin"
	"github.com/argan-sql/argan/sqlerr"
)

// Identity is who is connected, once that is established.
type Identity struct {
	User   string
	Groups []string
	// Administrator may do everything, and see and end what belongs to others.
	Administrator bool
	// Method tells how the identity was established: password, token, oidc or certificate.
	Method string
	// Expires is when it must be established anew; zero for never.
	Expires time.Time

	stamp string // the hash of the password that was right
	token string // the name of the API token, "" for none
}

// OIDC are the settings of an issuer of bearer tokens.
type OIDC = signin.OIDC

// Credentials are what a client shows. Of several the first counts, in the order token, password, certificate.
type Credentials struct {
	// User and Password are those of Basic authentication.
	User, Password string
	// Token is a bearer token: an API token, or one of an OIDC issuer.
	Token string
	// Certificate is the common name of a client certificate that TLS has verified.
	Certificate string
	// Address is where the client is, Protocol the protocol it speaks.
	Address, Protocol string
}

// AccessControlled says whether there are users, so that everybody has to say who they are.
func (e *Engine) AccessControlled() bool { return !e.policy().Empty() || e.bearers != nil }

// Authenticate finds out who a client is. While there are no users any name is taken, and everybody may do everything.
// Otherwise: AUTHENTICATION_REQUIRED where nothing is shown, AUTHENTICATION_FAILED where it is not right, in the same words
// whatever was wrong, TOO_MANY_LOGINS where the client has failed too often.
func (e *Engine) Authenticate(ctx context.Context, c Credentials) (*Identity, error) {
	who, err := e.authenticate(ctx, c)
	if err != nil && !sqlerr.Is(err, "AUTHENTICATION_REQUIRED") {
		class := sqlerr.From(err).Class
		e.log.Info("a login failed", "user", c.User, "address", c.Address, "protocol", c.Protocol, "error", class)
		e.audit(Event{Event: EventLogin, User: c.User, Protocol: c.Protocol, Address: c.Address, Outcome: OutcomeFailed, Class: class})
	}
	return who, err
}

func (e *Engine) authenticate(ctx context.Context, c Credentials) (*Identity, error) {
	if !e.AccessControlled() {
		user := c.User
		if user == "" {
			user = c.Certificate
		}
		if user == "" {
			user = anonymous
		}
		return &Identity{User: user, Administrator: true, Method: "open"}, nil
	}
	if c.Token == "" && c.User == "" && c.Password == "" && c.Certificate == "" {
		return nil, sqlerr.New("AUTHENTICATION_REQUIRED")
	}
	name := c.User
	if c.Token != "" {
		name = "" // tokens are guessed by address alone
	}
	if c.Token == "" && c.User == "" && c.Password == "" {
		return e.byCertificate(c.Certificate)
	}
	if e.throttle.Blocked(c.Address, name) {
		return nil, sqlerr.New("TOO_MANY_LOGINS")
	}
	var who *Identity
	var err error
	if c.Token != "" {
		who, err = e.byToken(ctx, c.Token)
	} else {
		who, err = e.byPassword(ctx, c.User, c.Password)
	}
	if err != nil {
		return nil, err
	}
	if who == nil {
		e.throttle.Failed(c.Address, name)
		return nil, sqlerr.New("AUTHENTICATION_FAILED")
	}
	return who, nil
}

// byPassword is nil for a wrong name or password. A token may stand in the place of the password: many tools have no other
// field for it.
func (e *Engine) byPassword(ctx context.Context, user, password string) (*Identity, error) {
	if signin.IsToken(password) {
		who, err := e.byToken(ctx, password)
		if who != nil && !strings.EqualFold(who.User, user) && !strings.EqualFold(user, "token") {
			who = nil
		}
		return who, err
	}
	u := e.policy().User(user)
	hash := ""
	if u != nil && !u.Disabled {
		hash = u.Hash
	}
	right, err := e.passwords.Verify(ctx, hash, password)
	if err != nil || !right {
		return nil, err
	}
	return e.identity(u, "password"), nil
}

func (e *Engine) byCertificate(name string) (*Identity, error) {
	u := e.policy().User(name)
	if u == nil || u.Disabled {
		return nil, sqlerr.New("AUTHENTICATION_FAILED")
	}
	return e.identity(u, "certificate"), nil
}

// byToken is nil for a token that is unknown, has expired, or whose user may not come in.
func (e *Engine) byToken(ctx context.Context, token string) (*Identity, error) {
	if !signin.IsToken(token) {
		if e.bearers == nil {
			return nil, nil
		}
		claims, err := e.bearers.Verify(ctx, token)
		var unavailable *signin.UnavailableError
		switch {
		case errors.As(err, &unavailable):
			return nil, sqlerr.New("AUTHENTICATION_UNAVAILABLE", "reason", err.Error())
		case ctx.Err() != nil:
			return nil, ctx.Err() // the client has gone: nothing is said of the token
		case err != nil:
			e.log.Info("an OIDC token was refused", "reason", err.Error())
			return nil, nil
		}
		return e.byClaims(claims), nil
	}
	t, err := e.meta.Token(ctx, signin.HashToken(token))
	if err != nil || t == nil || !t.Expires.IsZero() && time.Now().After(t.Expires) {
		return nil, err
	}
	u := e.policy().User(t.User)
	if u == nil || u.Disabled {
		return nil, nil
	}
	who := e.identity(u, "token")
	who.Expires, who.token = t.Expires, t.Name
	return who, nil
}

// byClaims is who an OIDC issuer says it is: a user of that name with their groups here, or somebody known by their groups
// alone; nil for a name that cannot be a user's. Users and groups are of one namespace: an issuer's user who is called as a
// group is would have its rights.
func (e *Engine) byClaims(c *signin.Claims) *Identity {
	policy := e.policy()
	if err := checkPrincipal(c.User); err != nil || policy.Group(c.User) != nil {
		e.log.Info("an OIDC token was refused", "reason", "its user's name is a group's or cannot be a name", "user", c.User)
		return nil
	}
	who := &Identity{User: c.User, Groups: claimedGroups(policy, c.Groups), Method: "oidc", Expires: c.Expires}
	if u := policy.User(c.User); u != nil {
		if u.Disabled {
			return nil
		}
		who.User, who.Administrator = u.Name, u.Administrator
		who.Groups = append(who.Groups, policy.GroupsOf(u.Name)...)
	}
	return who
}

// claimedGroups are the groups of an issuer without those that are called as a user is.
func claimedGroups(policy *access.Policy, groups []string) []string {
	var out []string
	for _, g := range groups {
		if policy.User(g) == nil {
			out = append(out, g)
		}
	}
	return out
}

func (e *Engine) identity(u *access.User, method string) *Identity {
	return &Identity{User: u.Name, Groups: e.policy().GroupsOf(u.Name), Administrator: u.Administrator, Method: method, stamp: u.Hash}
}

// anonymous is who says no name.
const anonymous = "anonymous"

// who is the session's user as the rights know them, at this moment: groups and administrators may have changed since the
// session began. ok is false where the user may not go on.
func (s *Session) who() (w access.Who, ok bool) {
	id := s.options.Identity
	if s.options.Local || !s.engine.AccessControlled() {
		return access.Who{User: s.options.User, Administrator: true}, true
	}
	if id == nil || id.Method == "open" {
		return access.Who{User: s.options.User}, false
	}
	if !id.Expires.IsZero() && time.Now().After(id.Expires) {
		return access.Who{User: id.User}, false
	}
	policy := s.engine.policy()
	u := policy.User(id.User)
	if u == nil {
		// Known to an OIDC issuer alone.
		ok := id.Method == "oidc" && policy.Group(id.User) == nil
		return access.Who{User: id.User, Groups: append([]string{everyone}, claimedGroups(policy, id.Groups)...)}, ok
	}
	if id.stamp != u.Hash && id.Method == "password" {
		return access.Who{User: u.Name}, false // the password is another one now
	}
	groups := append([]string{everyone}, policy.GroupsOf(u.Name)...)
	if id.Method == "oidc" {
		groups = append(groups, claimedGroups(policy, id.Groups)...)
	}
	return access.Who{User: u.Name, Groups: groups, Administrator: u.Administrator}, !u.Disabled
}

// groups are those that the session's user is in, at this moment.
func (s *Session) groups() []string {
	w, _ := s.who()
	return w.Groups
}
