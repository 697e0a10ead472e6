package hivesrv

import (
	"context"
	"log/slog"
	"sort"
	"strings"
	"sync"
	"time"

	hive "github.com/beltran/gohive/hiveserver"

	"github.com/argan-sql/argan/engine"
	"github.com/argan-sql/argan/sqlerr"
	"github.com/argan-sql/argan/types"
)

// service answers the calls of all connections.
type service struct {
	engine  *engine.Engine
	log     *slog.Logger
	closing chan struct{} // closed when the server shuts down
	once    sync.Once
	working sync.WaitGroup // operations in the background

	mu         sync.Mutex
	sessions   map[[16]byte]*session
	operations map[[16]byte]*operation
}

// session is a client's session: the engine's, with the handle and the protocol's version.
type session struct {
	*engine.Session
	handle     handle
	version    hive.TProtocolVersion
	connection *connection // it ends with; nil over HTTP
}

func newService(e *engine.Engine, log *slog.Logger) *service {
	return &service{engine: e, log: log, closing: make(chan struct{}), sessions: map[[16]byte]*session{}, operations: map[[16]byte]*operation{}}
}

// ownVersion is the newest version of the protocol that is spoken here.
const ownVersion = hive.TProtocolVersion_HIVE_CLI_SERVICE_PROTOCOL_V11

// OpenSession starts a session, with the settings and the database that the client asks for.
func (s *service) OpenSession(ctx context.Context, r *hive.TOpenSessionReq) (*hive.TOpenSessionResp, error) {
	version := max(0, min(r.ClientProtocol, ownVersion))
	ss, err := s.open(ctx, r, version)
	if err != nil {
		return &hive.TOpenSessionResp{Status: statusOf(err), ServerProtocolVersion: version}, nil
	}
	return &hive.TOpenSessionResp{
		Status: success(), ServerProtocolVersion: version, SessionHandle: &hive.TSessionHandle{SessionId: ss.handle.thrift()}, Configuration: map[string]string{},
	}, nil
}

func (s *service) open(ctx context.Context, r *hive.TOpenSessionReq, version hive.TProtocolVersion) (*session, error) {
	who := callerOf(ctx)
	id, err := s.who(ctx, r)
	if err != nil {
		return nil, err
	}
	es, err := s.engine.NewSession(engine.SessionOptions{
		Identity: id, Client: "hive " + version.String(), Protocol: protocol, Address: who.address,
	})
	if err != nil {
		return nil, err
	}
	if err := s.configure(ctx, es, r.Configuration); err != nil {
		es.Close()
		return nil, err
	}
	ss := &session{Session: es, handle: newHandle(), version: version, connection: who.connection}
	if ss.connection != nil && !ss.connection.own(ss) {
		es.Close()
		return nil, sqlerr.New("SESSION_NOT_FOUND", "id", es.PublicID())
	}
	s.mu.Lock()
	s.sessions[ss.handle.public] = ss
	s.mu.Unlock()
	return ss, nil
}

// The forms of keys in the configuration of a session: use:database, set:hiveconf:k, set:hivevar:k. A bare k is a setting
// too: PyHive's configuration= and dbt's server_side_parameters come so.
const (
	useDatabase = "use:database"
	setPrefix   = "set:"
)

// namespaces of set:…: those with settings and variables, which share one space of names as in Spark.
var namespaces = []string{"hiveconf:", "hivevar:", "metaconf:"}

// configure sets what a client's configuration asks for, the database at the end.
func (s *service) configure(ctx context.Context, es *engine.Session, configuration map[string]string) error {
	keys := make([]string, 0, len(configuration))
	for k := range configuration {
		keys = append(keys, k)
	}
	sort.Strings(keys)
	for _, k := range keys {
		if k == useDatabase {
			continue
		}
		name, known := settingName(k)
		if !known {
			s.log.Info("hive: a client's configuration has no meaning here", "key", k)
			continue
		}
		err := es.Set(name, configuration[k])
		if sqlerr.Is(err, "CANNOT_MODIFY_CONFIG") {
			// Profiles made for Spark name what only Spark's start can set. They must not fail.
			s.log.Warn("hive: a client set what no session can change", "key", name)
			continue
		}
		if err != nil {
			return err
		}
	}
	if database := configuration[useDatabase]; database != "" && !strings.EqualFold(database, es.Database()) {
		return es.Exec(ctx, "USE "+types.Quote(database))
	}
	return nil
}

// settingName is the setting that a configuration's key names; false for those of Hive's client and of its environment.
func settingName(key string) (name string, known bool) {
	rest, set := strings.CutPrefix(key, setPrefix)
	if !set {
		return key, true
	}
	for _, n := range namespaces {
		if name, ok := strings.CutPrefix(rest, n); ok {
			return name, true
		}
	}
	return "", false // set:system:, set:env:
}

// session finds the session of a handle, if it is the caller's.
func (s *service) session(ctx context.Context, h *hive.TSessionHandle) (*session, error) {
	public, ok := publicOf(h.GetSessionId())
	if !ok {
		return nil, invalidSession(h)
	}
	s.mu.Lock()
	ss := s.sessions[public]
	s.mu.Unlock()
	if ss == nil || !ss.handle.matches(h.SessionId) || !ss.belongsTo(callerOf(ctx)) {
		return nil, invalidSession(h)
	}
	if _, err := s.engine.Session(ss.ID()); err != nil { // it was idle for too long
		s.end(ss)
		return nil, invalidSession(h)
	}
	return ss, nil
}

// belongsTo says whether a caller may use the session: who opened it. Without users, the handle is proof enough.
func (ss *session) belongsTo(who *caller) bool {
	owner := ss.Identity()
	return owner == nil || owner.Method == openMode || who.identity != nil && strings.EqualFold(who.identity.User, owner.User)
}

// CloseSession ends a session and its operations.
func (s *service) CloseSession(ctx context.Context, r *hive.TCloseSessionReq) (*hive.TCloseSessionResp, error) {
	ss, err := s.session(ctx, r.SessionHandle)
	if err != nil {
		return &hive.TCloseSessionResp{Status: statusOf(err)}, nil
	}
	s.end(ss)
	return &hive.TCloseSessionResp{Status: success()}, nil
}

// end forgets a session and what belongs to it.
func (s *service) end(ss *session) {
	s.mu.Lock()
	delete(s.sessions, ss.handle.public)
	var open []*operation
	for _, op := range s.operations {
		if op.session == ss {
			open = append(open, op)
			delete(s.operations, op.handle.public)
		}
	}
	s.mu.Unlock()
	for _, op := range open {
		op.close()
	}
	ss.Close()
	if ss.connection != nil {
		ss.connection.disown(ss)
	}
}

// SetClientInfo takes what a client says of itself.
func (s *service) SetClientInfo(ctx context.Context, r *hive.TSetClientInfoReq) (*hive.TSetClientInfoResp, error) {
	ss, err := s.session(ctx, r.SessionHandle)
	if err != nil {
		return &hive.TSetClientInfoResp{Status: statusOf(err)}, nil
	}
	s.log.Debug("hive: a client says what it is", "session", ss.PublicID(), "info", r.Configuration)
	return &hive.TSetClientInfoResp{Status: success()}, nil
}

// noDelegation is the answer to all calls about delegation tokens: there is no Hadoop here to hand them to.
func noDelegation() *hive.TStatus { return refusal("0A000", "Delegation token is not supported") }

// GetDelegationToken is refused.
func (s *service) GetDelegationToken(context.Context, *hive.TGetDelegationTokenReq) (*hive.TGetDelegationTokenResp, error) {
	return &hive.TGetDelegationTokenResp{Status: noDelegation()}, nil
}

// CancelDelegationToken is refused.
func (s *service) CancelDelegationToken(context.Context, *hive.TCancelDelegationTokenReq) (*hive.TCancelDelegationTokenResp, error) {
	return &hive.TCancelDelegationTokenResp{Status: noDelegation()}, nil
}

// RenewDelegationToken is refused.
func (s *service) RenewDelegationToken(context.Context, *hive.TRenewDelegationTokenReq) (*hive.TRenewDelegationTokenResp, error) {
	return &hive.TRenewDelegationTokenResp{Status: noDelegation()}, nil
}

// operationIdle is how long an operation that has ended may be left alone before it is closed.
const operationIdle = time.Hour

// sweep forgets operations that nobody asks for any more, and sessions that the engine has ended.
func (s *service) sweep(now time.Time) {
	live := map[string]bool{}
	for _, es := range s.engine.Sessions(nil) {
		live[es.ID()] = true
	}
	s.mu.Lock()
	var ended []*session
	for _, ss := range s.sessions {
		if !live[ss.ID()] {
			ended = append(ended, ss)
		}
	}
	var idle []*operation
	for _, op := range s.operations {
		if op.idleSince(now) > operationIdle {
			idle = append(idle, op)
			delete(s.operations, op.handle.public)
		}
	}
	s.mu.Unlock()
	for _, ss := range ended {
		s.end(ss)
	}
	for _, op := range idle {
		op.close()
	}
}

// wake lets polls that wait answer at once.
func (s *service) wake() { s.once.Do(func() { close(s.closing) }) }

// close ends all sessions.
func (s *service) close() {
	s.wake()
	s.mu.Lock()
	all := make([]*session, 0, len(s.sessions))
	for _, ss := range s.sessions {
		all = append(all, ss)
	}
	s.mu.Unlock()
	for _, ss := range all {
		s.end(ss)
	}
	s.working.Wait()
}
