package shell

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"net"
	"net/url"
	"strings"
	"time"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/flight"
	"github.com/apache/arrow-go/v18/arrow/flight/flightsql"
	"google.golang.org/grpc"
	"google.golang.org/grpc/credentials"
	"google.golang.org/grpc/credentials/insecure"
	"google.golang.org/grpc/metadata"

	"github.com/argan-sql/argan/engine"
	"github.com/argan-sql/argan/engine/arrowio"
	"github.com/argan-sql/argan/exec/vector"
	"github.com/argan-sql/argan/types"
)

// defaultPort is that of Flight SQL where a URL names none.
const defaultPort = "32010"

// remote is a session of a Flight SQL server.
type remote struct {
	client *flightsql.Client
	place  string // as a URL
	token  string // the authorization header of each call, "" for none
}

// Server is a Flight SQL server, and who talks to it.
type Server struct {
	Address string // host:port
	// Encrypted says that the server speaks TLS; TLS is then how.
	Encrypted bool
	TLS       *tls.Config
	// User signs in with Password; Token is a bearer token, instead.
	User, Password, Token string
}

// ParseURL takes grpc://[USER@]HOST[:PORT], or grpc+tls://…, apart.
func ParseURL(text string) (s Server, err error) {
	u, err := url.Parse(text)
	if err != nil || u.Host == "" {
		return s, errors.New("the address of a server is written grpc://HOST:PORT, or grpc+tls://HOST:PORT")
	}
	switch u.Scheme {
	case "grpc", "grpc+tcp":
	case "grpc+tls", "grpcs":
		s.Encrypted = true
	default:
		return Server{}, fmt.Errorf("%s:// is not supported; the address of a server is written grpc://HOST:PORT, or grpc+tls://HOST:PORT", u.Scheme)
	}
	if _, has := u.User.Password(); has {
		return Server{}, fmt.Errorf("a password does not belong in an address")
	}
	if u.Path != "" && u.Path != "/" || u.RawQuery != "" {
		return Server{}, fmt.Errorf("%q has more than host and port; it is written grpc://HOST:PORT", text)
	}
	port := u.Port()
	if port == "" {
		port = defaultPort
	}
	s.Address, s.User = net.JoinHostPort(u.Hostname(), port), u.User.Username()
	return s, nil
}

// Remote starts a session of a server. The first call connects, so that a server that is not there, or does not take who
// signs in, is told at once.
func Remote(ctx context.Context, s Server) (Backend, error) {
	transport, scheme := insecure.NewCredentials(), "grpc://"
	if s.Encrypted {
		transport, scheme = credentials.NewTLS(s.TLS), "grpc+tls://"
	}
	client, err := flightsql.NewClientCtx(ctx, s.Address, nil, nil, grpc.WithTransportCredentials(transport),
		grpc.WithDefaultCallOptions(grpc.MaxCallRecvMsgSize(1<<31-1)), grpc.WithUserAgent("argan-sql"))
	if err != nil {
		return nil, err
	}
	b := &remote{client: client, place: scheme + s.Address}
	if s.Token != "" {
		b.token = "Bearer " + s.Token
	}
	if s.User != "" {
		with, err := client.Client.AuthenticateBasicToken(ctx, s.User, s.Password)
		if err != nil {
			_ = client.Close()
			return nil, err
		}
		if md, ok := metadata.FromOutgoingContext(with); ok {
			b.token = strings.Join(md.Get("authorization"), "")
		}
	}
	if _, err := client.GetExecuteSchema(b.with(ctx), "SELECT 1"); err != nil {
		_ = client.Close()
		return nil, err
	}
	return b, nil
}

func (b *remote) with(ctx context.Context) context.Context {
	if b.token == "" {
		return ctx
	}
	return metadata.AppendToOutgoingContext(ctx, "authorization", b.token)
}

func (b *remote) Prepare(ctx context.Context, sql string) (Statement, error) {
	info, err := b.client.Execute(b.with(ctx), sql)
	if err != nil {
		return nil, err
	}
	if len(info.Endpoint) != 1 {
		return nil, fmt.Errorf("the server offers the result in %d parts; the shell reads results of one", len(info.Endpoint))
	}
	return &remoteStatement{b, info.Endpoint[0].Ticket}, nil
}

func (b *remote) Set(ctx context.Context, key, value string) error {
	st, err := b.Prepare(ctx, "SET "+key+"="+value)
	if err != nil {
		return err
	}
	rows, err := st.Run(ctx)
	if err != nil {
		return err
	}
	defer rows.Close()
	for {
		if batch, err := rows.Next(ctx); err != nil || batch == nil {
			return err
		}
	}
}

func (b *remote) Place() string { return b.place }

func (b *remote) Close() error { return b.client.Close() }

type remoteStatement struct {
	backend *remote
	ticket  *flight.Ticket
}

func (s *remoteStatement) Progress() (engine.Progress, bool) { return engine.Progress{}, false }

func (s *remoteStatement) ReadOnly() bool { return false }

func (s *remoteStatement) Run(ctx context.Context) (Rows, error) {
	ctx, cancel := context.WithCancel(ctx)
	reader, err := s.backend.client.DoGet(s.backend.with(ctx), s.ticket)
	if err != nil {
		cancel()
		return nil, err
	}
	rows := &remoteRows{reader: reader, cancel: cancel, zone: time.UTC, zoneName: "UTC"}
	if rows.schema, err = arrowio.NamedSchema(reader.Schema()); err != nil {
		rows.Close()
		return nil, err
	}
	for _, f := range reader.Schema().Fields() {
		if name := zoneIn(f.Type); name != "" {
			rows.zone, rows.zoneName = location(name), name
			break
		}
	}
	return rows, nil
}

// zoneIn is the zone that a type's timestamps are in, "" where it has none.
func zoneIn(t arrow.DataType) string {
	if ts, ok := t.(*arrow.TimestampType); ok {
		return ts.TimeZone
	}
	if nested, ok := t.(arrow.NestedType); ok {
		for _, f := range nested.Fields() {
			if name := zoneIn(f.Type); name != "" {
				return name
			}
		}
	}
	return ""
}

// location reads the name of a zone: a place, or an offset such as +02:00.
func location(name string) *time.Location {
	if l, err := time.LoadLocation(name); err == nil {
		return l
	}
	if t, err := time.Parse("-07:00", strings.TrimPrefix(strings.TrimPrefix(name, "UTC"), "GMT")); err == nil {
		return t.Location()
	}
	return time.UTC
}

type remoteRows struct {
	reader   *flight.Reader
	schema   *types.Type
	zone     *time.Location
	zoneName string
	cancel   context.CancelFunc
}

func (r *remoteRows) Schema() *types.Type { return r.schema }

func (r *remoteRows) Zone() (*time.Location, string) { return r.zone, r.zoneName }

func (r *remoteRows) Next(ctx context.Context) (*vector.Batch, error) {
	for {
		rec, err := r.reader.Read()
		if err == io.EOF {
			return nil, nil
		}
		if ctx.Err() != nil {
			return nil, ctx.Err()
		}
		if err != nil {
			return nil, err
		}
		if rec.NumRows() > 0 {
			return arrowio.BatchOf(r.schema, rec)
		}
	}
}

// Affected is not told by a server's stream; the result of a statement that changes rows holds the number itself.
func (r *remoteRows) Affected() int64 { return -1 }

func (r *remoteRows) Close() {
	r.cancel()
	r.reader.Release()
}
