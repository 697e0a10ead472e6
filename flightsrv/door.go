package flightsrv

import (
	"context"
	"fmt"
	"log/slog"
	"runtime/debug"

	"github.com/apache/arrow-go/v18/arrow/flight"
	"github.com/apache/arrow-go/v18/arrow/flight/flightsql"
	wire "github.com/apache/arrow-go/v18/arrow/flight/gen/flight"
	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/types/known/anypb"
)

// door is the Flight service: it looks at what comes in before arrow-go's routing does, and answers itself what that
// routing leaves out.
type door struct {
	flight.FlightServer
	sql *service
	who *sessions
}

// command reads a Flight SQL command out of a descriptor.
func command(d *flight.FlightDescriptor) error {
	switch {
	case d == nil:
		return status.Error(codes.InvalidArgument, "the call has no descriptor")
	case d.GetType() == flight.DescriptorPATH || len(d.GetCmd()) == 0 && len(d.GetPath()) > 0:
		return status.Error(codes.InvalidArgument, "a descriptor with a path: only commands of Flight SQL are served")
	case len(d.GetCmd()) == 0:
		return status.Error(codes.InvalidArgument, "the descriptor has no command")
	}
	return nil
}

// GetFlightInfo answers a command with where its rows can be had.
func (d *door) GetFlightInfo(ctx context.Context, desc *flight.FlightDescriptor) (*flight.FlightInfo, error) {
	if err := command(desc); err != nil {
		return nil, err
	}
	return d.FlightServer.GetFlightInfo(ctx, desc)
}

// GetSchema answers a command with the schema of its rows.
func (d *door) GetSchema(ctx context.Context, desc *flight.FlightDescriptor) (*flight.SchemaResult, error) {
	if err := command(desc); err != nil {
		return nil, err
	}
	return d.FlightServer.GetSchema(ctx, desc)
}

// PollFlightInfo starts a statement in the background, or tells how far it is.
func (d *door) PollFlightInfo(ctx context.Context, desc *flight.FlightDescriptor) (*flight.PollInfo, error) {
	if err := command(desc); err != nil {
		return nil, err
	}
	return d.FlightServer.PollFlightInfo(ctx, desc)
}

// DoGet streams the rows of a ticket. Statements are streamed here, with the session's form of the stream; the rest is small.
func (d *door) DoGet(t *flight.Ticket, stream flight.FlightService_DoGetServer) error {
	var packed anypb.Any
	if err := proto.Unmarshal(t.GetTicket(), &packed); err != nil {
		return status.Errorf(codes.InvalidArgument, "the ticket cannot be read: %v", err)
	}
	ctx := stream.Context()
	switch {
	case packed.MessageIs((*wire.TicketStatementQuery)(nil)):
		var q wire.TicketStatementQuery
		if err := packed.UnmarshalTo(&q); err != nil {
			return status.Errorf(codes.InvalidArgument, "the ticket cannot be read: %v", err)
		}
		return d.sql.send(ctx, stream, func(f form) (*rows, error) { return d.sql.ticketRows(ctx, &q, f) })
	case packed.MessageIs((*wire.CommandPreparedStatementQuery)(nil)):
		var q wire.CommandPreparedStatementQuery
		if err := packed.UnmarshalTo(&q); err != nil {
			return status.Errorf(codes.InvalidArgument, "the ticket cannot be read: %v", err)
		}
		return d.sql.send(ctx, stream, func(f form) (*rows, error) { return d.sql.preparedRows(ctx, &q, f) })
	}
	return d.FlightServer.DoGet(t, stream)
}

// firstLook is a stream whose first message has been read.
type firstLook struct {
	flight.FlightService_DoPutServer
	first *flight.FlightData
}

func (f *firstLook) Recv() (*flight.FlightData, error) {
	if m := f.first; m != nil {
		f.first = nil
		return m, nil
	}
	return f.FlightService_DoPutServer.Recv()
}

// DoPut takes updates, parameters and rows to load.
func (d *door) DoPut(stream flight.FlightService_DoPutServer) error {
	first, err := stream.Recv()
	if err != nil {
		return status.Errorf(codes.InvalidArgument, "the stream ends before it names what it is for: %v", err)
	}
	if err := command(first.GetFlightDescriptor()); err != nil {
		return err
	}
	return d.FlightServer.DoPut(&firstLook{stream, first})
}

// DoExchange is refused: Flight SQL has no use for it.
func (d *door) DoExchange(flight.FlightService_DoExchangeServer) error {
	return status.Error(codes.Unimplemented, "DoExchange is not supported: Flight SQL has no use for it")
}

// ListFlights is refused: tables are listed by GetTables.
func (d *door) ListFlights(*flight.Criteria, flight.FlightService_ListFlightsServer) error {
	return status.Error(codes.Unimplemented, "ListFlights is not supported: tables are listed by the command GetTables")
}

// actions are the actions that are taken, with what each is for. Those of transactions are refused and not listed.
var actions = []*flight.ActionType{
	{Type: flightsql.CreatePreparedStatementActionType, Description: "Prepare a statement: ActionCreatePreparedStatementRequest, ActionCreatePreparedStatementResult."},
	{Type: flightsql.ClosePreparedStatementActionType, Description: "Forget a prepared statement: ActionClosePreparedStatementRequest."},
	{Type: flight.CancelFlightInfoActionType, Description: "End the statement of a FlightInfo: CancelFlightInfoRequest, CancelFlightInfoResult."},
	{Type: flightsql.CancelQueryActionType, Description: "The older form of CancelFlightInfo: ActionCancelQueryRequest, ActionCancelQueryResult."},
	{Type: flight.RenewFlightEndpointActionType, Description: "Keep a result for longer: RenewFlightEndpointRequest, FlightEndpoint."},
	{Type: flight.SetSessionOptionsActionType, Description: "Change settings of the session: SetSessionOptionsRequest, SetSessionOptionsResult."},
	{Type: flight.GetSessionOptionsActionType, Description: "Settings of the session: GetSessionOptionsRequest, GetSessionOptionsResult."},
	{Type: flight.CloseSessionActionType, Description: "End the session: CloseSessionRequest, CloseSessionResult."},
}

// ListActions lists the actions.
func (d *door) ListActions(_ *flight.Empty, stream flight.FlightService_ListActionsServer) error {
	for _, a := range actions {
		if err := stream.Send(a); err != nil {
			return err
		}
	}
	return nil
}

// recovered turns a panic of a call, such as one that a malformed Arrow message causes in a decoder, into an error.
func recovered(log *slog.Logger, method string, err *error) {
	if p := recover(); p != nil {
		log.Error("a call panicked", "method", method, "panic", fmt.Sprint(p), "stack", string(debug.Stack()))
		*err = status.Error(codes.Internal, "the call met a defect of the program; the server goes on, its log has the details")
	}
}

// guardUnary and guardStream keep a call that panics from ending the server.
func guardUnary(log *slog.Logger) grpc.UnaryServerInterceptor {
	return func(ctx context.Context, req any, info *grpc.UnaryServerInfo, next grpc.UnaryHandler) (out any, err error) {
		defer recovered(log, info.FullMethod, &err)
		return next(ctx, req)
	}
}

func guardStream(log *slog.Logger) grpc.StreamServerInterceptor {
	return func(srv any, stream grpc.ServerStream, info *grpc.StreamServerInfo, next grpc.StreamHandler) (err error) {
		defer recovered(log, info.FullMethod, &err)
		return next(srv, stream)
	}
}
