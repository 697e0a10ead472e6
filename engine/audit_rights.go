package engine

import (
	"net"
	"reflect"
	"strings"
	"sync"
	"time"

	"github.com/argan-sql/argan/sql/ast"
)

// rightsEvents are the statements that change who may come in and what they may do: type of the tree → kind of event and name.
// They are told from others in the audit log also where they fail.
var rightsEvents = map[reflect.Type]struct{ event, name string }{
	reflect.TypeFor[*ast.CreateUser]():  {EventUser, "CREATE USER"},
	reflect.TypeFor[*ast.AlterUser]():   {EventUser, "ALTER USER"},
	reflect.TypeFor[*ast.DropUser]():    {EventUser, "DROP USER"},
	reflect.TypeFor[*ast.CreateGroup](): {EventUser, "CREATE GROUP"},
	reflect.TypeFor[*ast.AlterGroup]():  {EventUser, "ALTER GROUP"},
	reflect.TypeFor[*ast.DropGroup]():   {EventUser, "DROP GROUP"},
	reflect.TypeFor[*ast.CreateToken](): {EventUser, "CREATE TOKEN"},
	reflect.TypeFor[*ast.DropToken]():   {EventUser, "DROP TOKEN"},
	reflect.TypeFor[*ast.Grant]():       {EventGrant, "GRANT"},
	reflect.TypeFor[*ast.SetOwner]():    {EventGrant, "SET OWNER"},
}

// noteRights keeps for the audit log that a statement changes rights.
func (st *Statement) noteRights(tree ast.Statement) {
	kind, ok := rightsEvents[reflect.TypeOf(tree)]
	if !ok {
		return
	}
	if g, ok := tree.(*ast.Grant); ok && g.Revoke {
		kind.name = "REVOKE"
	}
	st.rightsEvent, st.rightsName = kind.event, kind.name
}

// logins are those that were told in the audit log a while ago: a client that begins a session with every request is told once.
type logins struct {
	mu   sync.Mutex
	told map[string]time.Time
}

const (
	loginAgain = time.Hour // after so long a login is told again
	maxLogins  = 8192
)

func (l *logins) first(key string, now time.Time) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	if t, ok := l.told[key]; ok && now.Sub(t) < loginAgain {
		return false
	}
	if l.told == nil {
		l.told = map[string]time.Time{}
	}
	if len(l.told) >= maxLogins {
		for k, t := range l.told {
			if now.Sub(t) >= loginAgain || len(l.told) >= maxLogins {
				delete(l.told, k)
			}
		}
	}
	l.told[key] = now
	return true
}

// auditLogin tells that somebody has come in: once for each session, and once an hour for the sessions of single requests.
func (s *Session) auditLogin() {
	o := s.options
	if o.Local || o.Identity == nil || o.Protocol == "stream" { // a flow comes in by itself
		return
	}
	if o.Single || o.Transient {
		host, _, err := net.SplitHostPort(o.Address)
		if err != nil {
			host = o.Address
		}
		if !s.engine.logins.first(strings.Join([]string{strings.ToLower(o.User), o.Identity.Method, o.Protocol, host}, "\x00"), s.started) {
			return
		}
	}
	ev := Event{
		Time: s.started, Event: EventLogin, User: o.User, Protocol: o.Protocol, Client: o.Client, Address: o.Address, Session: s.PublicID(), Outcome: OutcomeOK,
		Detail: "by " + o.Identity.Method,
	}
	if o.Identity.Method == "open" {
		ev.Detail = "nobody is asked who they are"
	}
	if o.Identity.token != "" {
		ev.Detail += " " + o.Identity.token
	}
	s.engine.audit(ev)
}
