package main

import (
	"context"
	"fmt"
	"log/slog"
	"net"
	"os"
	"os/signal"
	"strconv"
	"strings"
	"syscall"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"
	"go.opentelemetry.io/otel/trace"

	"github.com/argan-sql/argan/engine"
	"github.com/argan-sql/argan/flightsrv"
	"github.com/argan-sql/argan/hivesrv"
	"github.com/argan-sql/argan/httpsrv"
	"github.com/argan-sql/argan/internal/certificate"
	"github.com/argan-sql/argan/internal/config"
	"github.com/argan-sql/argan/internal/telemetry"
	"github.com/argan-sql/argan/sqlerr"
)

// serveFlags are those of serve that are settings too.
func serveFlags(f *pflag.FlagSet) (file *string) {
	for _, k := range config.Keys {
		usage := k.Doc
		if k.Default != "" {
			usage += " (default " + k.Default + ")"
		}
		f.String(k.Name, "", usage)
	}
	return f.String("config", "", "A YAML file with any of these settings.")
}

// given are the flags that were set.
func given(f *pflag.FlagSet) map[string]string {
	out := map[string]string{}
	f.Visit(func(flag *pflag.Flag) {
		if flag.Name != "config" {
			out[flag.Name] = flag.Value.String()
		}
	})
	return out
}

func serveCommand() *cobra.Command {
	c := &cobra.Command{Use: "serve --warehouse DIR", Short: "Serve a warehouse over Arrow Flight SQL, HTTP and HiveServer2", Args: cobra.NoArgs}
	file := serveFlags(c.Flags())
	c.RunE = func(c *cobra.Command, _ []string) error {
		settings, err := config.Load(given(c.Flags()), os.Environ(), *file)
		if err != nil {
			return err
		}
		if settings.Warehouse == "" {
			return fmt.Errorf("%w: no warehouse given; say --warehouse DIR", errUsage)
		}
		ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
		defer stop()
		return serve(ctx, settings, nil)
	}
	return c
}

func logger(s *config.Serve) *slog.Logger {
	o := &slog.HandlerOptions{Level: s.LogLevel}
	if s.LogFormat == "json" {
		return slog.New(slog.NewJSONHandler(os.Stderr, o))
	}
	return slog.New(slog.NewTextHandler(os.Stderr, o))
}

// open opens the engine that settings describe.
func open(s *config.Serve, log *slog.Logger, tracer trace.Tracer) (*engine.Engine, error) {
	limitMemory(s.Memory)
	return engine.Open(engine.Config{
		Warehouse: s.Warehouse, MemoryLimit: s.Memory, Threads: s.Threads, SpillDir: s.SpillDir, Settings: s.Settings, SessionTimeout: s.SessionTimeout,
		ResultTTL: s.Results.TTL, ResultMaxSize: s.Results.MaxSize, ResultDisk: s.Results.Disk, MaxRunning: s.Queue.Running, MaxQueued: s.Queue.Queued, Rate: s.Queue.Rate,
		Limits: engine.Limits(s.Limits), AuditLog: s.Audit.Path, AuditMaxSize: s.Audit.MaxSize, AuditKeep: s.Audit.Keep, AuditRequired: s.Audit.Required,
		HistoryRetention: s.HistoryRetention, SlowQuery: s.SlowQuery, Tracer: tracer,
		AllowedPaths: s.AllowedPaths, UsersFile: s.UsersFile, OIDC: engine.OIDC(s.OIDC),
		Version: version, Logger: log,
	})
}

// server is one protocol being served.
type server interface {
	Address() net.Addr
	Serve() error
	Shutdown(ctx context.Context)
}

// isLocal says whether an address is this machine's alone.
func isLocal(address string) bool {
	ip := net.ParseIP(address)
	return address == "localhost" || ip != nil && ip.IsLoopback()
}

// exposed refuses to open an address of the network to everybody.
func exposed(s *config.Serve, controlled bool) error {
	if isLocal(s.Listen) || s.Insecure || controlled && s.TLS.Cert != "" {
		return nil
	}
	missing := "TLS"
	if !controlled {
		missing = "users"
		if s.TLS.Cert == "" {
			missing = "users and TLS"
		}
	}
	return sqlerr.New("EXPOSED_ADDRESS", "address", s.Listen, "missing", missing).
		WithHint("Make a user with argan sql --warehouse %s -e \"CREATE USER me PASSWORD '…'\" or with --users-file, and give --tls-cert and --tls-key. docs/security.md tells more.", s.Warehouse)
}

// running are the servers of one engine.
type running struct {
	engine  *engine.Engine
	names   []string
	servers []server
	http    *httpsrv.Server
	failed  chan error
	log     *slog.Logger
	traces  *telemetry.Provider
}

// start opens the engine and the ports that are on.
func start(s *config.Serve, log *slog.Logger) (*running, error) {
	certificates, err := certificate.Load(certificate.Files(s.TLS), log)
	if err != nil {
		return nil, err
	}
	traces, err := telemetry.Open(context.Background(), telemetry.Options{Exporter: s.Trace.Exporter, Endpoint: s.Trace.Endpoint, Ratio: s.Trace.Ratio, Version: version})
	if err != nil {
		return nil, err
	}
	e, err := open(s, log, traces.Tracer())
	if err != nil {
		_ = traces.Close()
		return nil, err
	}
	if err := exposed(s, e.AccessControlled()); err != nil {
		_ = e.Close()
		_ = traces.Close()
		return nil, err
	}
	e.StartStreams()
	r := &running{engine: e, failed: make(chan error, 4), log: log, traces: traces}
	add := func(name string, p config.Port, make func(address string) (server, error)) error {
		if !p.On {
			return nil
		}
		address := net.JoinHostPort(s.Listen, strconv.Itoa(p.Number))
		srv, err := make(address)
		if err != nil {
			return sqlerr.New("PORT_IN_USE", "protocol", name, "address", address, "reason", err.Error()).
				WithHint("Choose another with --%s-port, 0 for any free one, or off.", name)
		}
		r.names, r.servers = append(r.names, name), append(r.servers, srv)
		return nil
	}
	err = add("flight", s.Flight, func(a string) (server, error) {
		return flightsrv.New(e, flightsrv.Options{Address: a, TLS: certificates.Server("h2"), ConnectionAge: s.ConnectionAge}, log)
	})
	if err == nil {
		err = add("http", s.HTTP, func(a string) (server, error) {
			h, err := httpsrv.New(e, httpsrv.Options{
				Address: a, TLS: certificates.Server("h2", "http/1.1"), Origins: s.Web.Origins, Hosts: s.Web.Hosts, MaxConnections: s.Web.Connections, MaxLoad: s.Web.MaxLoad,
			}, log)
			r.http = h
			return h, err
		})
	}
	if err == nil {
		err = add("hive", s.Hive, func(a string) (server, error) {
			return hivesrv.New(e, hivesrv.Options{Address: a, TLS: certificates.Server()}, log)
		})
	}
	if err != nil {
		r.stop(context.Background())
		return nil, err
	}
	for _, srv := range r.servers {
		go func() {
			if err := srv.Serve(); err != nil {
				r.failed <- err
			}
		}()
	}
	if r.http != nil {
		r.http.Ready()
	}
	return r, nil
}

// ready is the line that says where the ports are.
func (r *running) ready() string {
	parts := []string{"ready"}
	for i, srv := range r.servers {
		parts = append(parts, r.names[i]+"="+srv.Address().String())
	}
	return strings.Join(parts, " ")
}

// address is where a protocol is served, "" if it is off.
func (r *running) address(name string) string {
	for i, n := range r.names {
		if n == name {
			return r.servers[i].Address().String()
		}
	}
	return ""
}

// stop drains: new statements are refused, running ones may go on until ctx ends.
func (r *running) stop(ctx context.Context) {
	r.engine.Drain(ctx)
	for _, srv := range r.servers {
		srv.Shutdown(ctx)
	}
	if err := r.engine.Close(); err != nil {
		r.log.Error("closing the warehouse", "error", err)
	}
	if err := r.traces.Close(); err != nil {
		r.log.Warn("traces were lost", "error", err)
	}
}

// serve serves until ctx ends, then drains. then is called once the ports are open.
func serve(ctx context.Context, s *config.Serve, then func(*running)) error {
	log := logger(s)
	for _, w := range s.Warnings {
		log.Warn(w)
	}
	r, err := start(s, log)
	if err != nil {
		return err
	}
	if !isLocal(s.Listen) && !r.engine.AccessControlled() {
		log.Warn("the server is open to the network and asks nobody for a password", "listen", s.Listen)
	}
	fmt.Fprintln(os.Stderr, r.ready())
	if then != nil {
		then(r)
	}
	var failure error
	select {
	case <-ctx.Done():
	case failure = <-r.failed:
	}
	grace, cancel := context.WithTimeout(context.Background(), s.ShutdownGrace)
	defer cancel()
	r.stop(grace)
	return failure
}
