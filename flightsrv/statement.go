package flightsrv

import (
	"context"
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/flight"
	"github.com/apache/arrow-go/v18/arrow/flight/flightsql"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"
	"google.golang.org/protobuf/types/known/timestamppb"

	"github.com/argan-sql/argan/engine"
	"github.com/argan-sql/argan/engine/arrowio"
	"github.com/argan-sql/argan/exec/vector"
	"github.com/argan-sql/argan/types"
)

// ticket is a statement whose rows can be had.
type ticket struct {
	statement *engine.Statement
	form      form
	// more are the executions after the first: those of further rows of parameters.
	more []engine.Request
	// ran says that it has run already, and batches are its rows.
	ran     bool
	batches []*vector.Batch
	// submitted says that its result is kept, and may be had any number of times, also in parts.
	submitted bool
}

// drop lets go of what a ticket that nobody redeems any more holds.
func drop(tickets []*ticket) {
	for _, t := range tickets {
		if t.submitted {
			t.statement.Close()
		}
	}
}

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
	return s.info(ctx, &ticket{statement: st}, desc)
}

// info is a FlightInfo for a prepared statement. What changes anything runs at once: a client that has executed UPDATE or
// SET may never ask for the row that tells of it.
func (s *service) info(ctx context.Context, t *ticket, desc *flight.FlightDescriptor) (*flight.FlightInfo, error) {
	session := t.statement.Session()
	t.form = formOf(session)
	if !t.ran && t.statement.Kind() != engine.KindQuery {
		for next := t.statement; next != nil; {
			batches, err := s.collect(ctx, next)
			if err != nil {
				return nil, toStatus(err)
			}
			t.ran, t.batches = true, append(t.batches, batches...)
			if next, err = t.advance(ctx); err != nil {
				return nil, toStatus(err)
			}
		}
	}
	if parts, err := strconv.Atoi(session.Get("argan.flight.endpoints")); err == nil && parts > 1 && !t.ran && len(t.more) == 0 && !isJava(ctx) {
		return s.parted(ctx, t, parts, desc)
	}
	drop(s.tickets.put(session, t.statement.ID(), t))
	return flightInfo(t, desc, []string{t.statement.ID()})
}

// flightInfo is the FlightInfo of a ticket with an endpoint for each handle.
func flightInfo(t *ticket, desc *flight.FlightDescriptor, handles []string) (*flight.FlightInfo, error) {
	info := &flight.FlightInfo{
		Schema: schemaBytes(t.form.schema(t.statement.Schema())), FlightDescriptor: desc, TotalRecords: -1, TotalBytes: -1,
	}
	if t.ran {
		info.TotalRecords, info.TotalBytes = 0, 0
		for _, b := range t.batches {
			info.TotalRecords += int64(b.Len())
			info.TotalBytes += b.SizeBytes()
		}
	}
	for _, h := range handles {
		raw, err := flightsql.CreateStatementQueryTicket([]byte(h))
		if err != nil {
			return nil, status.Errorf(codes.Internal, "ticket: %v", err)
		}
		info.Endpoint = append(info.Endpoint, &flight.FlightEndpoint{Ticket: &flight.Ticket{Ticket: raw}})
	}
	return info, nil
}

// parted runs a statement to its end, keeps its result and offers it in parts that may be fetched at once. The JDBC driver
// is left out: it would give the rows of a sorted result in any order.
func (s *service) parted(ctx context.Context, t *ticket, parts int, desc *flight.FlightDescriptor) (*flight.FlightInfo, error) {
	st := t.statement
	if err := st.Submit(0); err != nil {
		return nil, toStatus(err)
	}
	t.submitted = true
	if !st.Wait(ctx) {
		st.Cancel("the client went away")
		st.Close()
		return nil, toStatus(ctx.Err())
	}
	if _, err := st.State(); err != nil {
		return nil, toStatus(err)
	}
	drop(s.tickets.put(st.Session(), st.ID(), t))
	return keptInfo(t, desc, parts)
}

// keptInfo is the FlightInfo of a kept result as far as it goes, in so many parts; 0 is a part for each chunk.
func keptInfo(t *ticket, desc *flight.FlightDescriptor, parts int) (*flight.FlightInfo, error) {
	st := t.statement
	state, _ := st.State()
	chunks := st.Chunks()
	if parts == 0 {
		parts = len(chunks)
	}
	parts = min(parts, len(chunks))
	var handles []string
	for i := range parts {
		handles = append(handles, fmt.Sprintf("%s.%d-%d", st.ID(), i*len(chunks)/parts, (i+1)*len(chunks)/parts))
	}
	if parts == 0 && state == engine.Succeeded {
		handles = []string{st.ID()} // a result without rows
	}
	info, err := flightInfo(t, desc, handles)
	if err != nil {
		return nil, err
	}
	info.Ordered = true
	if state == engine.Succeeded {
		info.TotalRecords, info.TotalBytes = 0, 0
		for _, c := range chunks {
			info.TotalRecords += c.Rows
			info.TotalBytes += c.Bytes
		}
	}
	if until := st.Renew(); !until.IsZero() {
		for _, e := range info.Endpoint {
			e.ExpirationTime = timestamppb.New(until)
		}
	}
	return info, nil
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
	return &flight.SchemaResult{Schema: schemaBytes(formOf(session).schema(st.Schema()))}, nil
}

// handleOf takes a ticket's handle apart: the statement's id, and the chunks from and to; to is 0 for the whole result.
func handleOf(handle []byte) (id string, from, to int, ok bool) {
	id, part, parted := strings.Cut(string(handle), ".")
	if !parted {
		return id, 0, 0, true
	}
	if n, err := fmt.Sscanf(part, "%d-%d", &from, &to); err != nil || n != 2 || from < 0 || to <= from {
		return "", 0, 0, false
	}
	return id, from, to, true
}

// noTicket is the answer to a ticket that is made up, another user's, or used up.
var noTicket = status.Error(codes.NotFound, "the ticket is unknown, has expired, or was redeemed already")

// ticketRows opens the rows of a ticket. A result that is not kept can be had once.
func (s *service) ticketRows(ctx context.Context, q flightsql.StatementQueryTicket, _ form) (*rows, error) {
	session, err := sessionOf(ctx)
	if err != nil {
		return nil, err
	}
	id, from, to, ok := handleOf(q.GetStatementHandle())
	if !ok {
		return nil, noTicket
	}
	t, ok := s.tickets.find(session, id)
	if ok && t.submitted {
		return keptRows(ctx, t, from, to)
	}
	if ok {
		t, ok = s.tickets.take(session, id)
	}
	switch {
	case !ok || to > 0:
		return nil, noTicket
	case t.ran:
		return t.replay(), nil
	}
	return s.run(ctx, t)
}

// keptRows opens the rows of a kept result, or of some of its chunks.
func keptRows(ctx context.Context, t *ticket, from, to int) (*rows, error) {
	st, schema := t.statement, t.form.schema(t.statement.Schema())
	st.Renew()
	if to == 0 {
		r, err := st.Rows(ctx)
		if err != nil {
			return nil, err
		}
		return rowsOf(r, schema, st.Progress), nil
	}
	current, err := st.RowsOf(ctx, from)
	if err != nil {
		return nil, err
	}
	encoder := arrowio.NewEncoder(schema)
	return &rows{schema: schema, close: func() { current.Close() }, next: func(ctx context.Context) (arrow.RecordBatch, error) {
		for {
			b, err := current.Next(ctx)
			if err != nil {
				return nil, err
			}
			if b != nil {
				return encoder.Record(b)
			}
			if from++; from >= to {
				return nil, nil
			}
			next, err := st.RowsOf(ctx, from)
			if err != nil {
				return nil, err
			}
			current.Close()
			current = next
		}
	}}, nil
}

// replay gives the rows of a statement that has run.
func (t *ticket) replay() *rows {
	schema, batches := t.form.schema(t.statement.Schema()), t.batches
	encoder := arrowio.NewEncoder(schema)
	return &rows{schema: schema, close: func() {}, next: func(context.Context) (arrow.RecordBatch, error) {
		if len(batches) == 0 {
			return nil, nil
		}
		b := batches[0]
		batches = batches[1:]
		return encoder.Record(b)
	}}
}

// advance prepares the execution of the next row of parameters; nil after the last.
func (t *ticket) advance(ctx context.Context) (*engine.Statement, error) {
	if len(t.more) == 0 {
		return nil, nil
	}
	st, err := t.statement.Session().Prepare(ctx, t.more[0])
	if err != nil {
		return nil, err
	}
	t.more = t.more[1:]
	if !sameTypes(st.Schema(), t.statement.Schema()) {
		return nil, status.Error(codes.InvalidArgument, "the rows of parameters give results of different columns: execute them one by one")
	}
	return st, nil
}

func sameTypes(a, b *types.Type) bool {
	if len(a.Fields) != len(b.Fields) {
		return false
	}
	for i := range a.Fields {
		if !a.Fields[i].Type.Equal(b.Fields[i].Type) {
			return false
		}
	}
	return true
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

// run starts a statement, and gives the rows of it and of the executions that follow.
func (s *service) run(ctx context.Context, t *ticket) (*rows, error) {
	id, st := t.statement.ID(), t.statement
	done := s.running(id, st)
	result, err := st.Run(ctx)
	if err != nil {
		done()
		return nil, err
	}
	schema := t.form.schema(st.Schema())
	encoder := arrowio.NewEncoder(schema)
	return &rows{
		schema: schema, progress: func() engine.Progress { return st.Progress() },
		close: func() {
			result.Close()
			done()
		},
		next: func(ctx context.Context) (arrow.RecordBatch, error) {
			for {
				b, err := result.Next(ctx)
				if err != nil {
					return nil, err
				}
				if b != nil {
					return encoder.Record(b)
				}
				next, err := t.advance(ctx)
				if next == nil || err != nil {
					return nil, err
				}
				result.Close()
				done()
				done, st = s.running(id, next), next
				following, err := next.Run(ctx)
				if err != nil {
					return nil, err // the one before may be closed again
				}
				result = following
			}
		},
	}, nil
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
	return s.finish(ctx, st)
}

// finish runs a prepared statement to its end and gives the number of rows it changed.
func (s *service) finish(ctx context.Context, st *engine.Statement) (int64, error) {
	defer s.running(st.ID(), st)()
	result, err := st.Run(ctx)
	if err != nil {
		return 0, toStatus(err)
	}
	defer result.Close()
	if err := result.Drain(ctx); err != nil {
		return 0, toStatus(err)
	}
	return max(0, result.Affected()), nil
}

// running remembers a statement for cancellation while it runs under a ticket's handle.
func (s *service) running(id string, st *engine.Statement) (done func()) {
	s.mu.Lock()
	s.runs[id] = st
	s.mu.Unlock()
	return func() {
		s.mu.Lock()
		delete(s.runs, id)
		s.mu.Unlock()
	}
}

// longPoll is how long a poll waits for a statement to end before it tells how far it is.
const longPoll = 2 * time.Second
