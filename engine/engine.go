// Package engine is the one door for every server: sessions, statements and their results.
//
// In: a user's session and SQL text with parameters. Out: a Statement with an id, a state, progress, a cancel and a
// Result that streams batches. Limits, history and metrics are applied here, once, whatever the protocol. Below it lie
// the parser, the planner, the executor and the catalog; a server sees only this package, engine/arrowio,
// engine/render and types.
package engine

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"runtime"
	"sync"
	"sync/atomic"
	"time"

	"go.opentelemetry.io/otel/trace"

	"github.com/argan-sql/argan/catalog/access"
	"github.com/argan-sql/argan/catalog/metastore"
	"github.com/argan-sql/argan/catalog/storage"
	"github.com/argan-sql/argan/engine/signin"
	_ "github.com/argan-sql/argan/exec/function/all" // every SQL function enters the registry
	"github.com/argan-sql/argan/exec/memory"
	"github.com/argan-sql/argan/exec/store"
	"github.com/argan-sql/argan/sqlerr"
	"github.com/argan-sql/argan/stream"
)

// Config is what an engine is opened with. The zero value of a field is its default.
type Config struct {
	// Warehouse is the folder of the catalog and of tables without LOCATION.
	Warehouse string
	// MemoryLimit bounds the memory of all statements and caches together, in bytes; default: half of the machine's.
	MemoryLimit int64
	// Threads is the number of workers of a statement; default: GOMAXPROCS.
	Threads int
	// SpillDir is where temporary files go; default: the system's temporary folder.
	SpillDir string
	// Settings are the defaults of every session (spark.sql.…, argan.…).
	Settings map[string]string
	// SessionTimeout ends idle sessions; default 30 minutes.
	SessionTimeout time.Duration
	// ResultTTL is how long the result of a submitted statement is kept after its end; default 10 minutes.
	ResultTTL time.Duration
	// ResultMaxSize bounds one kept result, ResultDisk the files of all, in bytes; default 4 GiB and 16 GiB.
	ResultMaxSize, ResultDisk int64
	// MaxRunning is how many statements run at the same time, MaxQueued how many may wait; default twice the threads, at
	// least 8, and 500. Statements that only look something up in the catalog have a queue of their own.
	MaxRunning, MaxQueued int
	// Limits are those of users who have no others.
	Limits Limits
	// Rate is how many statements a user may send in a second, 0 for any number.
	Rate float64
	// AuditLog is the file of the audit log, "" for none. It is rotated at AuditMaxSize bytes (64 MiB), and AuditKeep (10)
	// rotated files are kept. AuditRequired refuses statements while it cannot be written.
	AuditLog      string
	AuditMaxSize  int64
	AuditKeep     int
	AuditRequired bool
	// HistoryRetention keeps the history of statements in the warehouse's folder for so long; 0 keeps it in memory.
	HistoryRetention time.Duration
	// SlowQuery is from what run time a statement is logged with its plan, 0 for never.
	SlowQuery time.Duration
	// Tracer makes the spans of statements; nil makes none.
	Tracer trace.Tracer
	// Version is the product's version.
	Version string
	Logger  *slog.Logger
	// AllowedPaths are the folders outside of the warehouse that statements may name, * for any. Without users and without
	// any of them all may be named, with users none.
	AllowedPaths []string
	// Users and Groups are those that are written in a file rather than made by SQL; of equal names these count.
	Users  []access.User
	Groups []access.Group
	// UsersFile is a YAML file with more of them, read anew when it changes; "" for none.
	UsersFile string
	// OIDC is the issuer whose bearer tokens are taken; none without an Issuer.
	OIDC signin.OIDC
}

// Engine is one warehouse being served. All methods may be called from any goroutine.
type Engine struct {
	config     Config
	log        *slog.Logger
	meta       *metastore.Store
	files      storage.Store
	memory     *memory.Accountant
	cache      *store.Cache
	tables     *tableCache
	globals    globalViews
	sessions   sync.Map // id → *Session
	statements registry
	keeper     keeper
	heavy      *queue // of statements that read or write tables
	light      *queue // of those that look something up
	rates      rates
	spills     spillFolder
	auditor    *auditor
	logins     logins
	// limitsOf gives the limits of a session's user, 0 where the user has none; nil where users have none.
	limitsOf  func(*Session) Limits
	history   *history
	metrics   *metrics
	draining  atomic.Bool
	active    sync.WaitGroup
	stop      context.CancelFunc
	life      context.Context
	sweeper   sync.WaitGroup
	rights    policyCache
	written   *usersFile // nil: none
	passwords *signin.Passwords
	throttle  *signin.Throttle
	bearers   *signin.Bearers
	vacuumed  sync.Map           // folder of a table that a stream writes → when it was last vacuumed
	streams   *stream.Supervisor // nil where this process runs no streams
}

// Open opens a warehouse, making the folder when there is none.
func Open(config Config) (*Engine, error) {
	if config.Warehouse == "" {
		return nil, errors.New("no warehouse folder given")
	}
	if config.Threads <= 0 {
		config.Threads = runtime.GOMAXPROCS(0)
	}
	if config.MemoryLimit <= 0 {
		config.MemoryLimit = defaultMemoryLimit()
	}
	if config.SpillDir == "" {
		config.SpillDir = os.TempDir()
	}
	if config.SessionTimeout <= 0 {
		config.SessionTimeout = 30 * time.Minute
	}
	if config.ResultTTL <= 0 {
		config.ResultTTL = 10 * time.Minute
	}
	if config.ResultMaxSize <= 0 {
		config.ResultMaxSize = 4 << 30
	}
	if config.ResultDisk <= 0 {
		config.ResultDisk = 16 << 30
	}
	if config.MaxRunning <= 0 {
		config.MaxRunning = max(8, 2*config.Threads)
	}
	if config.MaxQueued <= 0 {
		config.MaxQueued = 500
	}
	if config.Logger == nil {
		config.Logger = slog.New(slog.DiscardHandler)
	}
	if config.Version == "" {
		config.Version = "dev"
	}
	root, err := filepath.Abs(config.Warehouse)
	if err != nil {
		return nil, fmt.Errorf("warehouse: %w", err)
	}
	config.Warehouse = root
	for key, value := range config.Settings {
		if err := checkSetting(key, value); err != nil {
			return nil, err
		}
	}
	bearers, err := signin.NewBearers(config.OIDC)
	if err != nil {
		return nil, err
	}
	written, err := openUsersFile(config.UsersFile, config.Logger)
	if err != nil {
		return nil, err
	}
	auditor, err := newAuditor(&config, func(err error) { config.Logger.Error("the audit log cannot be written", "error", err) })
	if err != nil {
		return nil, err
	}
	meta, err := metastore.Open(root)
	if err != nil {
		_ = auditor.close()
		return nil, err
	}
	meta.SetSystem(systemDatabase, "What the server knows about itself", systemEntries())
	life, stop := context.WithCancel(context.Background())
	accountant := memory.New(config.MemoryLimit)
	e := &Engine{
		config: config, log: config.Logger, meta: meta, files: storage.NewLocal(), memory: accountant,
		cache: store.New(accountant, cacheLimit(config.MemoryLimit)), tables: newTableCache(), globals: globalViews{views: map[string]*tempView{}}, history: newHistory(&config), life: life, stop: stop,
		heavy: newQueue(config.MaxRunning, config.MaxQueued), light: newQueue(max(64, 8*config.MaxRunning), config.MaxQueued), rates: rates{perSecond: config.Rate}, auditor: auditor,
		passwords: signin.NewPasswords(), throttle: signin.NewThrottle(), bearers: bearers, written: written,
		keeper: keeper{
			memory: accountant, own: keptInMemory, shared: min(config.MemoryLimit/16, maxKeptInMemory), largest: config.ResultMaxSize, disk: config.ResultDisk,
		},
	}
	e.limitsOf = e.principalLimits
	removeOldUploads(config.SpillDir)
	e.metrics = newMetrics(e)
	e.sweeper.Add(1)
	go e.sweep()
	return e, nil
}

// sweep ends sessions that have been idle for too long, or whose user may not go on.
func (e *Engine) sweep() {
	defer e.sweeper.Done()
	tick := time.NewTicker(min(e.config.SessionTimeout/4+time.Millisecond, time.Minute))
	defer tick.Stop()
	for {
		select {
		case <-e.life.Done():
			return
		case now := <-tick.C:
			e.sessions.Range(func(_, v any) bool {
				s := v.(*Session)
				if s.expired(now) {
					s.Close()
				} else if _, ok := s.who(); !ok {
					s.end("its user may not go on")
				}
				return true
			})
		}
	}
}

// Drain refuses new statements from now on and waits for those that run, until ctx ends; then it cancels them.
func (e *Engine) Drain(ctx context.Context) {
	e.stopStreams()
	e.draining.Store(true)
	done := make(chan struct{})
	go func() {
		e.active.Wait()
		close(done)
	}()
	select {
	case <-done:
	case <-ctx.Done():
		e.statements.each(func(st *Statement) { st.Cancel("the server is shutting down") })
		<-done
	}
}

// Draining says whether new statements are refused.
func (e *Engine) Draining() bool { return e.draining.Load() }

// Close cancels what still runs and closes the warehouse.
func (e *Engine) Close() error {
	ended, cancel := context.WithCancel(context.Background())
	cancel()
	e.Drain(ended)
	e.statements.each(func(st *Statement) { st.Close() })
	e.sessions.Range(func(_, s any) bool {
		s.(*Session).dropViews()
		return true
	})
	e.stop()
	e.sweeper.Wait()
	e.spills.close()
	e.history.close()
	if err := e.auditor.close(); err != nil {
		e.log.Error("closing the audit log", "error", err)
	}
	return e.meta.Close()
}

// Version is the product's version.
func (e *Engine) Version() string { return e.config.Version }

// Warehouse is the absolute path of the warehouse folder.
func (e *Engine) Warehouse() string { return e.config.Warehouse }

// Session finds a session by id; SESSION_NOT_FOUND when it is unknown or has ended.
func (e *Engine) Session(id string) (*Session, error) {
	if v, ok := e.sessions.Load(id); ok {
		s := v.(*Session)
		if _, ok := s.who(); ok && !s.expired(time.Now()) {
			s.touch()
			return s, nil
		}
		s.Close() // it was idle for too long, its user has gone, or has to sign in again
	}
	return nil, sqlerr.New("SESSION_NOT_FOUND", "id", id)
}
