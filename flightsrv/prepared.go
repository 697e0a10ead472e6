package flightsrv

import (
	"context"
	"strings"
	"sync"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/flight"
	"github.com/apache/arrow-go/v18/arrow/flight/flightsql"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/metadata"
	"google.golang.org/grpc/status"

	"github.com/argan-sql/argan/engine"
	"github.com/argan-sql/argan/engine/arrowio"
	"github.com/argan-sql/argan/exec/vector"
	"github.com/argan-sql/argan/types"
)

// prepared is a prepared statement: its text, and the parameters bound last, one row per execution.
type prepared struct {
	session *engine.Session
	sql     string

	mu    sync.Mutex
	bound bool
	rows  [][]engine.Parameter
}

// requests are the executions with the parameters bound last: one where none were bound.
func (p *prepared) requests() []engine.Request {
	p.mu.Lock()
	defer p.mu.Unlock()
	if !p.bound {
		return []engine.Request{{SQL: p.sql}}
	}
	out := make([]engine.Request, len(p.rows))
	for i, row := range p.rows {
		out[i] = engine.Request{SQL: p.sql, Parameters: row}
	}
	return out
}

// bind keeps rows of parameters. A row without columns binds nothing.
func (p *prepared) bind(columns *types.Type, rows [][]engine.Parameter) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.bound, p.rows = len(columns.Fields) > 0, rows
}

// CreatePreparedStatement parses and plans a statement and tells what it gives and takes.
func (s *service) CreatePreparedStatement(ctx context.Context, r flightsql.ActionCreatePreparedStatementRequest) (out flightsql.ActionCreatePreparedStatementResult, err error) {
	if len(r.GetTransactionId()) > 0 {
		return out, noTransactions
	}
	session, err := sessionOf(ctx)
	if err != nil {
		return out, err
	}
	st, err := session.Prepare(ctx, engine.Request{SQL: r.GetQuery(), DescribeOnly: true})
	if err != nil {
		return out, toStatus(err)
	}
	s.prepared.put(session, st.ID(), &prepared{session: session, sql: r.GetQuery()})
	isUpdate := len(st.Schema().Fields) == 0 || st.Kind() == engine.KindUpdate && isJava(ctx)
	out.Handle, out.IsUpdate = []byte(st.ID()), &isUpdate
	if !isUpdate {
		out.DatasetSchema = formOf(session).schema(st.Schema())
	}
	out.ParameterSchema = arrowio.Schema(types.NewStruct(st.Parameters()...), formOf(session).zone)
	if isJava(ctx) {
		out.ParameterSchema = inMilliseconds(out.ParameterSchema)
	}
	return out, nil
}

// inMilliseconds is a schema with timestamps of milliseconds: the JDBC driver puts the milliseconds of setTimestamp into
// whatever unit a parameter is announced with.
func inMilliseconds(schema *arrow.Schema) *arrow.Schema {
	fields := schema.Fields()
	for i, f := range fields {
		if t, ok := f.Type.(*arrow.TimestampType); ok {
			fields[i].Type = &arrow.TimestampType{Unit: arrow.Millisecond, TimeZone: t.TimeZone}
		}
	}
	return arrow.NewSchema(fields, nil)
}

// isJava says whether the client is the JDBC driver, or another on the gRPC of Java. UPDATE, DELETE and MERGE answer with
// rows of counts, as Spark does, and ADBC, which prepares everything, shows those rows only if the statement is no update.
// The JDBC driver prepares everything too, and gives update counts only where a statement has no schema of rows.
func isJava(ctx context.Context) bool {
	md, _ := metadata.FromIncomingContext(ctx)
	return strings.Contains(strings.Join(md.Get("user-agent"), " "), "grpc-java")
}

// ClosePreparedStatement forgets a prepared statement.
func (s *service) ClosePreparedStatement(ctx context.Context, r flightsql.ActionClosePreparedStatementRequest) error {
	session, err := sessionOf(ctx)
	if err != nil {
		return err
	}
	if _, ok := s.prepared.take(session, string(r.GetPreparedStatementHandle())); !ok {
		return noPrepared
	}
	return nil
}

// noPrepared is the answer to a handle that is made up, another user's, or was closed.
var noPrepared = status.Error(codes.NotFound, "the prepared statement is unknown or was closed")

func (s *service) preparedOf(ctx context.Context, handle []byte) (*prepared, error) {
	session, err := sessionOf(ctx)
	if err != nil {
		return nil, err
	}
	p, ok := s.prepared.find(session, string(handle))
	if !ok {
		return nil, noPrepared
	}
	return p, nil
}

// ticket prepares the executions with the parameters bound last; their rows follow one another.
func (p *prepared) ticket(ctx context.Context) (*ticket, error) {
	requests := p.requests()
	if len(requests) == 0 { // bound to no rows: not executed at all
		st, err := p.session.Prepare(ctx, engine.Request{SQL: p.sql, DescribeOnly: true})
		if err != nil {
			return nil, err
		}
		return &ticket{statement: st, ran: true, form: formOf(p.session)}, nil
	}
	st, err := p.session.Prepare(ctx, requests[0])
	if err != nil {
		return nil, err
	}
	return &ticket{statement: st, more: requests[1:], form: formOf(p.session)}, nil
}

// GetFlightInfoPreparedStatement prepares an execution with the parameters bound last and gives a ticket for its rows.
func (s *service) GetFlightInfoPreparedStatement(ctx context.Context, q flightsql.PreparedStatementQuery, desc *flight.FlightDescriptor) (*flight.FlightInfo, error) {
	p, err := s.preparedOf(ctx, q.GetPreparedStatementHandle())
	if err != nil {
		return nil, err
	}
	t, err := p.ticket(ctx)
	if err != nil {
		return nil, toStatus(err)
	}
	return s.info(ctx, t, desc)
}

// GetSchemaPreparedStatement is a prepared statement's schema.
func (s *service) GetSchemaPreparedStatement(ctx context.Context, q flightsql.PreparedStatementQuery, _ *flight.FlightDescriptor) (*flight.SchemaResult, error) {
	p, err := s.preparedOf(ctx, q.GetPreparedStatementHandle())
	if err != nil {
		return nil, err
	}
	st, err := p.session.Prepare(ctx, engine.Request{SQL: p.sql, DescribeOnly: true})
	if err != nil {
		return nil, toStatus(err)
	}
	return &flight.SchemaResult{Schema: schemaBytes(formOf(p.session).schema(st.Schema()))}, nil
}

// preparedRows opens the rows of a prepared statement whose ticket is its own descriptor.
func (s *service) preparedRows(ctx context.Context, q flightsql.PreparedStatementQuery, _ form) (*rows, error) {
	p, err := s.preparedOf(ctx, q.GetPreparedStatementHandle())
	if err != nil {
		return nil, err
	}
	t, err := p.ticket(ctx)
	if err != nil {
		return nil, err
	}
	if t.ran {
		return t.replay(), nil
	}
	return s.run(ctx, t)
}

// maxRows is how many rows of parameters may be bound at once for an execution each.
const maxRows = 100_000

// read takes the parameters of a bind: each row of each batch is one set.
func read(reader flight.MessageReader) (columns *types.Type, out [][]engine.Parameter, err error) {
	if reader.Schema() == nil {
		return types.NewStruct(), nil, nil // nothing was sent
	}
	if columns, err = arrowio.FromSchema(reader.Schema()); err != nil {
		return nil, nil, toStatus(err)
	}
	for reader.Next() {
		b, err := arrowio.BatchOf(columns, reader.RecordBatch())
		if err != nil {
			return nil, nil, toStatus(err)
		}
		for row := range b.Rows {
			out = append(out, rowParameters(reader.Schema(), b, row))
		}
		if len(out) > maxRows {
			return nil, nil, status.Errorf(codes.ResourceExhausted, "more than %d rows of parameters are bound at once: load them by an ingest instead", maxRows)
		}
	}
	if err := reader.Err(); err != nil {
		return nil, nil, broken("the parameters", err)
	}
	return columns, out, nil
}

// rowParameters are a row's values: a column named :x binds the named parameter x, others bind ? in order.
func rowParameters(schema *arrow.Schema, b *vector.Batch, row int) []engine.Parameter {
	out := make([]engine.Parameter, len(b.Cols))
	for i, c := range b.Cols {
		out[i] = engine.Parameter{Type: c.Type, Value: c.Value(row)}
		if name, named := strings.CutPrefix(schema.Field(i).Name, ":"); named {
			out[i].Name = name
		}
	}
	return out
}

// DoPutPreparedStatementQuery binds parameters for the next execution.
func (s *service) DoPutPreparedStatementQuery(ctx context.Context, q flightsql.PreparedStatementQuery, r flight.MessageReader, _ flight.MetadataWriter) ([]byte, error) {
	p, err := s.preparedOf(ctx, q.GetPreparedStatementHandle())
	if err != nil {
		return nil, err
	}
	columns, rows, err := read(r)
	if err != nil {
		return nil, err
	}
	p.bind(columns, rows)
	return q.GetPreparedStatementHandle(), nil
}

// DoPutPreparedStatementUpdate runs a prepared statement with rows of parameters, and gives the rows changed in sum. INSERT
// of VALUES is one commit, however many rows there are. Any other statement is run once for each row of parameters, each
// run a commit of its own: those before one that fails stay.
func (s *service) DoPutPreparedStatementUpdate(ctx context.Context, q flightsql.PreparedStatementUpdate, r flight.MessageReader) (int64, error) {
	p, err := s.preparedOf(ctx, q.GetPreparedStatementHandle())
	if err != nil {
		return 0, err
	}
	columns, rows, err := read(r)
	if err != nil {
		return 0, err
	}
	p.bind(columns, rows)
	requests := p.requests()
	if len(requests) > 1 {
		if st, err := p.session.PrepareRows(ctx, engine.Request{SQL: p.sql}, rows); err != nil {
			return 0, toStatus(err)
		} else if st != nil {
			return s.finish(ctx, st)
		}
	}
	total := int64(0)
	for i, request := range requests {
		n, err := s.update(ctx, p.session, request)
		if err != nil {
			if i > 0 {
				s.log.Info("a batch of parameters failed half way", "done", i, "of", len(requests))
			}
			return total, err
		}
		total += n
	}
	return total, nil
}
