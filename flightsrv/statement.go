package flightsrv

import (
	"context"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/flight"
	"github.com/apache/arrow-go/v18/arrow/flight/flightsql"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"

	"github.com/argan-sql/argan/engine"
	"github.com/argan-sql/argan/engine/arrowio"
	"github.com/argan-sql/argan/exec/vector"
)

// zoneOf is the zone in which a session's timestamps are handed out.
func zoneOf(s *engine.Session) string { return s.Get("spark.sql.session.timeZone") }

// GetFlightInfoStatement prepares a statement and gives a ticket for its rows; a query runs when the ticket is redeemed.
func (s *service) GetFlightInfoStatement(ctx context.Context, q flightsql.StatementQuery, desc *flight.FlightDescriptor) (*flight.FlightInfo, error) {
	if len(q.GetTransactionId()) > 0 {
		return nil, noTransactions
	}
	session, err := sessionOf(ctx)
	if err != nil {
		return nil, err
	}
	st, err := session.Prepare(ctx, engine.Request{SQL: q.GetQuery()})
	if err != nil {
		return nil, toStatus(err)
	}
	return s.info(ctx, session, st, desc)
}

// info is a FlightInfo with one endpoint for a prepared statement. What changes anything runs at once: a client that has
// executed UPDATE or SET may never ask for the row that tells of it.
func (s *service) info(ctx context.Context, session *engine.Session, st *engine.Statement, desc *flight.FlightDescriptor) (*flight.FlightInfo, error) {
	kept := &ticket{statement: st}
	if st.Kind() != engine.KindQuery {
		batches, err := s.collect(ctx, st)
		if err != nil {
			return nil, toStatus(err)
		}
		kept.ran, kept.batches = true, batches
	}
	ticket, err := flightsql.CreateStatementQueryTicket(s.keep(kept))
	if err != nil {
		return nil, status.Errorf(codes.Internal, "ticket: %v", err)
	}
	return &flight.FlightInfo{
		Schema:           flight.SerializeSchema(arrowio.Schema(st.Schema(), zoneOf(session)), s.Alloc),
		FlightDescriptor: desc,
		Endpoint:         []*flight.FlightEndpoint{{Ticket: &flight.Ticket{Ticket: ticket}}},
		TotalRecords:     -1, TotalBytes: -1,
	}, nil
}

// GetSchemaStatement is a statement's schema, without running it.
func (s *service) GetSchemaStatement(ctx context.Context, q flightsql.StatementQuery, _ *flight.FlightDescriptor) (*flight.SchemaResult, error) {
	session, err := sessionOf(ctx)
	if err != nil {
		return nil, err
	}
	st, err := session.Prepare(ctx, engine.Request{SQL: q.GetQuery(), DescribeOnly: true})
	if err != nil {
		return nil, toStatus(err)
	}
	return &flight.SchemaResult{Schema: flight.SerializeSchema(arrowio.Schema(st.Schema(), zoneOf(session)), s.Alloc)}, nil
}

// DoGetStatement runs a statement and streams its rows.
func (s *service) DoGetStatement(ctx context.Context, query flightsql.StatementQueryTicket) (*arrow.Schema, <-chan flight.StreamChunk, error) {
	session, err := sessionOf(ctx)
	if err != nil {
		return nil, nil, err
	}
	id := string(query.GetStatementHandle())
	t := s.redeem(id, session)
	if t == nil {
		return nil, nil, status.Error(codes.NotFound, "the ticket is unknown, has expired, or was redeemed already")
	}
	if t.ran {
		return replay(t)
	}
	return s.run(ctx, t.statement)
}

// collect runs a statement to its end and keeps its rows, which are few where a statement changes anything.
func (s *service) collect(ctx context.Context, st *engine.Statement) ([]*vector.Batch, error) {
	defer s.running(st.ID(), st)()
	result, err := st.Run(ctx)
	if err != nil {
		return nil, err
	}
	defer result.Close()
	var out []*vector.Batch
	for {
		b, err := result.Next(ctx)
		if err != nil || b == nil {
			return out, err
		}
		out = append(out, b)
	}
}

// replay streams the rows of a statement that has run.
func replay(t *ticket) (*arrow.Schema, <-chan flight.StreamChunk, error) {
	schema := arrowio.Schema(t.statement.Schema(), zoneOf(t.statement.Session()))
	out := make(chan flight.StreamChunk, len(t.batches))
	defer close(out)
	for _, b := range t.batches {
		rec, err := arrowio.Record(schema, b)
		if err != nil {
			return nil, nil, toStatus(err)
		}
		out <- flight.StreamChunk{Data: rec}
	}
	return schema, out, nil
}

// run starts a statement and streams its rows. The stream ends early when the client goes.
func (s *service) run(ctx context.Context, st *engine.Statement) (*arrow.Schema, <-chan flight.StreamChunk, error) {
	done := s.running(st.ID(), st)
	result, err := st.Run(ctx)
	if err != nil {
		done()
		return nil, nil, toStatus(err)
	}
	reader := arrowio.NewReader(result, zoneOf(st.Session()))
	out := make(chan flight.StreamChunk, 1)
	go func() {
		defer close(out)
		defer done()
		defer result.Close()
		for {
			rec, err := reader.Next(ctx)
			if err == nil && rec == nil {
				return
			}
			chunk := flight.StreamChunk{Data: rec}
			if err != nil {
				chunk = flight.StreamChunk{Err: toStatus(err)}
			}
			select {
			case out <- chunk:
			case <-ctx.Done():
				if rec != nil {
					rec.Release()
				}
				return
			}
			if err != nil {
				return
			}
		}
	}()
	return reader.Schema, out, nil
}

// DoPutCommandStatementUpdate runs a statement to its end and gives the number of rows it changed.
func (s *service) DoPutCommandStatementUpdate(ctx context.Context, u flightsql.StatementUpdate) (int64, error) {
	if len(u.GetTransactionId()) > 0 {
		return 0, noTransactions
	}
	session, err := sessionOf(ctx)
	if err != nil {
		return 0, err
	}
	return s.update(ctx, session, engine.Request{SQL: u.GetQuery()})
}

func (s *service) update(ctx context.Context, session *engine.Session, r engine.Request) (int64, error) {
	st, err := session.Prepare(ctx, r)
	if err != nil {
		return 0, toStatus(err)
	}
	defer s.running(st.ID(), st)()
	result, err := st.Run(ctx)
	if err != nil {
		return 0, toStatus(err)
	}
	defer result.Close()
	for {
		b, err := result.Next(ctx)
		if err != nil {
			return 0, toStatus(err)
		}
		if b == nil {
			return max(0, result.Affected()), nil
		}
	}
}

// noTransactions is the answer to everything about transactions: each statement is one commit.
var noTransactions = status.Error(codes.Unimplemented, "transactions over several statements are not supported: each statement is one commit")

// BeginTransaction is refused.
func (s *service) BeginTransaction(context.Context, flightsql.ActionBeginTransactionRequest) ([]byte, error) {
	return nil, noTransactions
}

// EndTransaction is refused.
func (s *service) EndTransaction(context.Context, flightsql.ActionEndTransactionRequest) error {
	return noTransactions
}

// find looks a running statement up by a FlightInfo's ticket.
func (s *service) find(ctx context.Context, info *flight.FlightInfo) (*engine.Statement, bool) {
	session, err := sessionOf(ctx)
	if err != nil || info == nil {
		return nil, false
	}
	for _, e := range info.Endpoint {
		if e.Ticket == nil {
			continue
		}
		t, err := flightsql.GetStatementQueryTicket(e.Ticket)
		if err != nil {
			continue
		}
		handle := t.GetStatementHandle()
		s.mu.Lock()
		st := s.statement[string(handle)]
		waiting := false
		if kept := s.tickets[string(handle)]; st == nil && kept != nil {
			st, waiting = kept.statement, true
		}
		s.mu.Unlock()
		if st != nil && st.Session().User() == session.User() {
			return st, waiting
		}
	}
	return nil, false
}

// CancelFlightInfo ends the statement behind a FlightInfo.
func (s *service) CancelFlightInfo(ctx context.Context, r *flight.CancelFlightInfoRequest) (flight.CancelFlightInfoResult, error) {
	st, _ := s.find(ctx, r.GetInfo())
	if st == nil {
		return flight.CancelFlightInfoResult{Status: flight.CancelStatusNotCancellable}, nil
	}
	st.Cancel("the client asked for it")
	return flight.CancelFlightInfoResult{Status: flight.CancelStatusCancelled}, nil
}

// CancelQuery is the older form of CancelFlightInfo.
func (s *service) CancelQuery(ctx context.Context, r flightsql.ActionCancelQueryRequest) (flightsql.CancelResult, error) {
	st, _ := s.find(ctx, r.GetInfo())
	if st == nil {
		return flightsql.CancelResultNotCancellable, nil
	}
	st.Cancel("the client asked for it")
	return flightsql.CancelResultCancelled, nil
}
