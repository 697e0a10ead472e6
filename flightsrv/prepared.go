package flightsrv

import (
	"context"
	"strings"
	"time"

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
	used    time.Time
	rows    [][]engine.Parameter
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
	s.mu.Lock()
	s.prepared[st.ID()] = &prepared{session: session, sql: r.GetQuery(), used: time.Now()}
	s.mu.Unlock()
	isUpdate := len(st.Schema().Fields) == 0 || st.Kind() == engine.KindUpdate && isJava(ctx)
	out.Handle, out.IsUpdate = []byte(st.ID()), &isUpdate
	if !isUpdate {
		out.DatasetSchema = arrowio.Schema(st.Schema(), zoneOf(session))
	}
	out.ParameterSchema = arrowio.Schema(types.NewStruct(st.Parameters()...), zoneOf(session))
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
	s.mu.Lock()
	defer s.mu.Unlock()
	delete(s.prepared, string(r.GetPreparedStatementHandle()))
	return nil
}

func (s *service) preparedOf(ctx context.Context, handle []byte) (*prepared, error) {
	session, err := sessionOf(ctx)
	if err != nil {
		return nil, err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	p := s.prepared[string(handle)]
	if p == nil || p.session.User() != session.User() {
		return nil, status.Error(codes.NotFound, "the prepared statement is unknown or was closed")
	}
	p.used = time.Now()
	return p, nil
}

func (p *prepared) bound(i int) engine.Request {
	r := engine.Request{SQL: p.sql}
	if i < len(p.rows) {
		r.Parameters = p.rows[i]
	}
	return r
}

// GetFlightInfoPreparedStatement prepares an execution with the parameters bound last and gives a ticket for its rows.
func (s *service) GetFlightInfoPreparedStatement(ctx context.Context, q flightsql.PreparedStatementQuery, desc *flight.FlightDescriptor) (*flight.FlightInfo, error) {
	p, err := s.preparedOf(ctx, q.GetPreparedStatementHandle())
	if err != nil {
		return nil, err
	}
	if len(p.rows) > 1 {
		return nil, status.Error(codes.InvalidArgument, "a query takes one row of parameters at a time")
	}
	st, err := p.session.Prepare(ctx, p.bound(0))
	if err != nil {
		return nil, toStatus(err)
	}
	return s.info(ctx, p.session, st, desc)
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
	return &flight.SchemaResult{Schema: flight.SerializeSchema(arrowio.Schema(st.Schema(), zoneOf(p.session)), s.Alloc)}, nil
}

// DoGetPreparedStatement runs a prepared statement whose ticket is its own descriptor.
func (s *service) DoGetPreparedStatement(ctx context.Context, q flightsql.PreparedStatementQuery) (*arrow.Schema, <-chan flight.StreamChunk, error) {
	p, err := s.preparedOf(ctx, q.GetPreparedStatementHandle())
	if err != nil {
		return nil, nil, err
	}
	st, err := p.session.Prepare(ctx, p.bound(0))
	if err != nil {
		return nil, nil, toStatus(err)
	}
	return s.run(ctx, st)
}

// read takes the parameters of a bind: each row of each batch is one set.
func read(reader flight.MessageReader) ([][]engine.Parameter, error) {
	var out [][]engine.Parameter
	for reader.Next() {
		b, err := arrowio.Batch(reader.RecordBatch())
		if err != nil {
			return nil, toStatus(err)
		}
		for row := range b.Rows {
			out = append(out, rowParameters(reader.Schema(), b, row))
		}
	}
	if err := reader.Err(); err != nil {
		return nil, status.Errorf(codes.InvalidArgument, "reading the parameters: %v", err)
	}
	return out, nil
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
	rows, err := read(r)
	if err != nil {
		return nil, err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	p.rows = rows
	return q.GetPreparedStatementHandle(), nil
}

// DoPutPreparedStatementUpdate runs a prepared statement once for each row of parameters, and gives the rows changed in sum.
func (s *service) DoPutPreparedStatementUpdate(ctx context.Context, q flightsql.PreparedStatementUpdate, r flight.MessageReader) (int64, error) {
	p, err := s.preparedOf(ctx, q.GetPreparedStatementHandle())
	if err != nil {
		return 0, err
	}
	rows, err := read(r)
	if err != nil {
		return 0, err
	}
	if len(rows) == 0 {
		return s.update(ctx, p.session, engine.Request{SQL: p.sql})
	}
	total := int64(0)
	for _, row := range rows {
		n, err := s.update(ctx, p.session, engine.Request{SQL: p.sql, Parameters: row})
		if err != nil {
			return total, err
		}
		total += n
	}
	return total, nil
}
