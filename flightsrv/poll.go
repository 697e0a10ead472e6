package flightsrv

import (
	"context"
	"time"

	"github.com/apache/arrow-go/v18/arrow/flight"
	"github.com/apache/arrow-go/v18/arrow/flight/flightsql"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/types/known/anypb"
	"google.golang.org/protobuf/types/known/timestamppb"

	wire "github.com/apache/arrow-go/v18/arrow/flight/gen/flight"

	"github.com/argan-sql/argan/engine"
)

// PollFlightInfoStatement starts a statement in the background and tells how far it is.
func (s *service) PollFlightInfoStatement(ctx context.Context, q flightsql.StatementQuery, desc *flight.FlightDescriptor) (*flight.PollInfo, error) {
	if len(q.GetTransactionId()) > 0 {
		return nil, noTransactions
	}
	session, err := sessionOf(ctx)
	if err != nil {
		return nil, err
	}
	return s.submit(ctx, session, engine.Request{SQL: q.GetQuery()}, desc)
}

// PollFlightInfoPreparedStatement does the same for a prepared statement with the parameters bound last.
func (s *service) PollFlightInfoPreparedStatement(ctx context.Context, q flightsql.PreparedStatementQuery, desc *flight.FlightDescriptor) (*flight.PollInfo, error) {
	p, err := s.preparedOf(ctx, q.GetPreparedStatementHandle())
	if err != nil {
		return nil, err
	}
	requests := p.requests()
	if len(requests) != 1 {
		return nil, status.Errorf(codes.Unimplemented, "a statement with %d rows of parameters cannot run in the background: poll one row at a time", len(requests))
	}
	return s.submit(ctx, p.session, requests[0], desc)
}

// PollFlightInfoSubstraitPlan is refused.
func (s *service) PollFlightInfoSubstraitPlan(context.Context, flightsql.StatementSubstraitPlan, *flight.FlightDescriptor) (*flight.PollInfo, error) {
	return nil, noSubstrait
}

func (s *service) submit(ctx context.Context, session *engine.Session, r engine.Request, desc *flight.FlightDescriptor) (*flight.PollInfo, error) {
	st, err := session.Prepare(ctx, r)
	if err != nil {
		return nil, toStatus(err)
	}
	if err := st.Submit(0); err != nil {
		return nil, toStatus(err)
	}
	t := &ticket{statement: st, submitted: true, form: formOf(session)}
	drop(s.tickets.put(session, st.ID(), t))
	return polled(ctx, t, desc)
}

// PollFlightInfo tells how far a statement is, by the descriptor that the poll before gave.
func (s *service) PollFlightInfo(ctx context.Context, desc *flight.FlightDescriptor) (*flight.PollInfo, error) {
	session, err := sessionOf(ctx)
	if err != nil {
		return nil, err
	}
	var packed anypb.Any
	var q wire.TicketStatementQuery
	if err := proto.Unmarshal(desc.GetCmd(), &packed); err != nil || !packed.MessageIs(&q) || packed.UnmarshalTo(&q) != nil {
		return nil, status.Error(codes.InvalidArgument, "only statements can be polled: the descriptor is neither a statement nor what a poll gave")
	}
	t, ok := s.tickets.find(session, string(q.GetStatementHandle()))
	if !ok || !t.submitted {
		return nil, noTicket
	}
	return polled(ctx, t, desc)
}

// polled waits a little for the statement's end and tells how far it is. The FlightInfo has the rows so far, in parts to
// which later polls add. Without a descriptor for the next poll the result is whole.
func polled(ctx context.Context, t *ticket, desc *flight.FlightDescriptor) (*flight.PollInfo, error) {
	st := t.statement
	wait := longPoll
	if end, has := ctx.Deadline(); has {
		wait = min(wait, time.Until(end)/2)
	}
	waiting, cancel := context.WithTimeout(ctx, wait)
	ended := st.Wait(waiting)
	cancel()
	if err := ctx.Err(); err != nil {
		return nil, toStatus(err)
	}
	if _, err := st.State(); err != nil && ended {
		return nil, toStatus(err)
	}
	info, err := keptInfo(t, desc, 0)
	if err != nil {
		return nil, toStatus(err)
	}
	out := &flight.PollInfo{Info: info}
	if ended {
		done := 1.0
		out.Progress = &done
		if until := st.Renew(); !until.IsZero() {
			out.ExpirationTime = timestamppb.New(until)
		}
		return out, nil
	}
	if p := st.Progress(); p.TasksTotal > 0 {
		part := min(float64(p.TasksDone)/float64(p.TasksTotal), 1)
		out.Progress = &part
	}
	next, err := flightsql.CreateStatementQueryTicket([]byte(st.ID()))
	if err != nil {
		return nil, status.Errorf(codes.Internal, "descriptor: %v", err)
	}
	out.FlightDescriptor = &flight.FlightDescriptor{Type: flight.DescriptorCMD, Cmd: next}
	return out, nil
}

// RenewFlightEndpoint keeps the result behind an endpoint for longer.
func (s *service) RenewFlightEndpoint(ctx context.Context, r *flight.RenewFlightEndpointRequest) (*flight.FlightEndpoint, error) {
	session, err := sessionOf(ctx)
	if err != nil {
		return nil, err
	}
	e := r.GetEndpoint()
	if e.GetTicket() == nil {
		return nil, status.Error(codes.InvalidArgument, "the endpoint has no ticket")
	}
	q, err := flightsql.GetStatementQueryTicket(e.GetTicket())
	if err != nil {
		return nil, status.Errorf(codes.InvalidArgument, "the endpoint's ticket cannot be read: %v", err)
	}
	id, _, _, ok := handleOf(q.GetStatementHandle())
	if !ok {
		return nil, noTicket
	}
	t, ok := s.tickets.find(session, id)
	if !ok {
		return nil, noTicket
	}
	out := &flight.FlightEndpoint{Ticket: e.GetTicket(), Location: e.GetLocation(), AppMetadata: e.GetAppMetadata()}
	until := time.Now().Add(ticketLife)
	if t.submitted {
		until = t.statement.Renew()
	}
	if !until.IsZero() {
		out.ExpirationTime = timestamppb.New(until)
	}
	return out, nil
}

// cancelled finds the statement behind a FlightInfo and ends it.
func (s *service) cancelled(ctx context.Context, info *flight.FlightInfo) bool {
	session, err := sessionOf(ctx)
	if err != nil {
		return false
	}
	for _, e := range info.GetEndpoint() {
		if e.GetTicket() == nil {
			continue
		}
		q, err := flightsql.GetStatementQueryTicket(e.GetTicket())
		if err != nil {
			continue
		}
		id, _, _, ok := handleOf(q.GetStatementHandle())
		if !ok {
			continue
		}
		s.mu.Lock()
		st := s.runs[id]
		s.mu.Unlock()
		t, waits := s.tickets.find(session, id)
		if waits && st == nil {
			st = t.statement
		}
		if st == nil || st.Session().User() != session.User() || waits && t.ran {
			continue
		}
		ends := waits && t.submitted && st.Wait(done)
		st.Cancel("the client asked for it")
		if waits && t.submitted {
			s.tickets.take(session, id)
			st.Close()
		}
		return !ends
	}
	return false
}

// done is a context that is over: whoever waits with it only asks.
var done = func() context.Context {
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	return ctx
}()

// CancelFlightInfo ends the statement behind a FlightInfo.
func (s *service) CancelFlightInfo(ctx context.Context, r *flight.CancelFlightInfoRequest) (flight.CancelFlightInfoResult, error) {
	if s.cancelled(ctx, r.GetInfo()) {
		return flight.CancelFlightInfoResult{Status: flight.CancelStatusCancelled}, nil
	}
	return flight.CancelFlightInfoResult{Status: flight.CancelStatusNotCancellable}, nil
}

// CancelQuery is the older form of CancelFlightInfo.
func (s *service) CancelQuery(ctx context.Context, r flightsql.ActionCancelQueryRequest) (flightsql.CancelResult, error) {
	if s.cancelled(ctx, r.GetInfo()) {
		return flightsql.CancelResultCancelled, nil
	}
	return flightsql.CancelResultNotCancellable, nil
}
