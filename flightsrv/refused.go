package flightsrv

import (
	"context"

	"github.com/apache/arrow-go/v18/arrow/flight"
	"github.com/apache/arrow-go/v18/arrow/flight/flightsql"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"
)

// What Flight SQL has and Argan refuses, by name. SqlInfo says so too.
var (
	noTransactions = status.Error(codes.Unimplemented, "transactions over several statements are not supported: each statement is one commit")
	noSavepoints   = status.Error(codes.Unimplemented, "savepoints are not supported: each statement is one commit")
	noSubstrait    = status.Error(codes.Unimplemented, "Substrait plans are not supported: send SQL")
)

// BeginTransaction is refused.
func (s *service) BeginTransaction(context.Context, flightsql.ActionBeginTransactionRequest) ([]byte, error) {
	return nil, noTransactions
}

// EndTransaction is refused.
func (s *service) EndTransaction(context.Context, flightsql.ActionEndTransactionRequest) error {
	return noTransactions
}

// BeginSavepoint is refused.
func (s *service) BeginSavepoint(context.Context, flightsql.ActionBeginSavepointRequest) ([]byte, error) {
	return nil, noSavepoints
}

// EndSavepoint is refused.
func (s *service) EndSavepoint(context.Context, flightsql.ActionEndSavepointRequest) error {
	return noSavepoints
}

// GetFlightInfoSubstraitPlan is refused.
func (s *service) GetFlightInfoSubstraitPlan(context.Context, flightsql.StatementSubstraitPlan, *flight.FlightDescriptor) (*flight.FlightInfo, error) {
	return nil, noSubstrait
}

// GetSchemaSubstraitPlan is refused.
func (s *service) GetSchemaSubstraitPlan(context.Context, flightsql.StatementSubstraitPlan, *flight.FlightDescriptor) (*flight.SchemaResult, error) {
	return nil, noSubstrait
}

// DoPutCommandSubstraitPlan is refused.
func (s *service) DoPutCommandSubstraitPlan(context.Context, flightsql.StatementSubstraitPlan) (int64, error) {
	return 0, noSubstrait
}

// CreatePreparedSubstraitPlan is refused.
func (s *service) CreatePreparedSubstraitPlan(context.Context, flightsql.ActionCreatePreparedSubstraitPlanRequest) (out flightsql.ActionCreatePreparedStatementResult, err error) {
	return out, noSubstrait
}
