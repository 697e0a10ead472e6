package hivesrv

import (
	"context"
	"fmt"

	hive "github.com/beltran/gohive/hiveserver"

	"github.com/argan-sql/argan/types"
)

// fetchLog is the fetch type that asks for the log instead of the rows.
const fetchLog = 1

// GetResultSetMetadata describes the columns of a result.
func (s *service) GetResultSetMetadata(ctx context.Context, r *hive.TGetResultSetMetadataReq) (*hive.TGetResultSetMetadataResp, error) {
	op, err := s.operation(ctx, r.OperationHandle)
	if err != nil {
		return &hive.TGetResultSetMetadataResp{Status: statusOf(err)}, nil
	}
	schema, err := op.result()
	if err != nil {
		return &hive.TGetResultSetMetadataResp{Status: statusOf(err)}, nil
	}
	return &hive.TGetResultSetMetadataResp{Status: success(), Schema: tableSchema(schema, op.first)}, nil
}

// result is the schema of the result of an operation that is FINISHED; it is an error to ask for that of any other.
func (op *operation) result() (*types.Type, error) {
	op.mu.Lock()
	defer op.mu.Unlock()
	if op.state != stateFinished {
		state := stateNames[op.state]
		return nil, &refused{"HY000", fmt.Sprintf("Expected state FINISHED, but found %s", state)}
	}
	return op.schema, nil
}

var stateNames = map[hive.TOperationState]string{
	stateInitialized: "INITIALIZED", stateRunning: "RUNNING", stateFinished: "FINISHED", stateCancelled: "CANCELED", stateError: "ERROR",
	statePending: "PENDING", stateTimedOut: "TIMEDOUT",
}

// FetchResults gives a page of rows, or lines of the log.
func (s *service) FetchResults(ctx context.Context, r *hive.TFetchResultsReq) (*hive.TFetchResultsResp, error) {
	op, err := s.operation(ctx, r.OperationHandle)
	if err != nil {
		return &hive.TFetchResultsResp{Status: statusOf(err)}, nil
	}
	if r.FetchType == fetchLog {
		return op.fetchLog(r), nil
	}
	schema, err := op.result()
	if err != nil {
		return &hive.TFetchResultsResp{Status: statusOf(err)}, nil
	}
	ctx, done := callerOf(ctx).connection.attend(ctx)
	defer done()
	op.fetching.Lock()
	defer op.fetching.Unlock()
	start, columns, err := op.cursor.page(ctx, schema, r.Orientation, r.MaxRows)
	if err != nil {
		return &hive.TFetchResultsResp{Status: statusOf(err)}, nil
	}
	out := make([]*hive.TColumn, len(columns))
	for i, c := range columns {
		out[i] = c.thrift()
	}
	more := false // what Spark says; clients fetch until a page is empty
	return &hive.TFetchResultsResp{Status: success(), HasMoreRows: &more, Results: rowSet(start, out, op.session.version)}, nil
}

// fetchLog gives lines of the operation's log.
func (op *operation) fetchLog(r *hive.TFetchResultsReq) *hive.TFetchResultsResp {
	lines := op.log.fetch(r.Orientation == hive.TFetchOrientation_FETCH_FIRST, r.MaxRows)
	columns := []*hive.TColumn{{StringVal: &hive.TStringColumn{Values: lines, Nulls: []byte{}}}}
	more := false
	return &hive.TFetchResultsResp{Status: success(), HasMoreRows: &more, Results: rowSet(0, columns, op.session.version)}
}

// rowSet is a page in the form of a version of the protocol: columns from V6 on, rows before.
func rowSet(start int64, columns []*hive.TColumn, version hive.TProtocolVersion) *hive.TRowSet {
	if version >= hive.TProtocolVersion_HIVE_CLI_SERVICE_PROTOCOL_V6 {
		return &hive.TRowSet{StartRowOffset: start, Rows: []*hive.TRow{}, Columns: columns}
	}
	rows := []*hive.TRow{}
	for i, c := range columns {
		if i == 0 {
			for range length(c) {
				rows = append(rows, &hive.TRow{ColVals: make([]*hive.TColumnValue, len(columns))})
			}
		}
		for n, row := range rows {
			row.ColVals[i] = value(c, n)
		}
	}
	return &hive.TRowSet{StartRowOffset: start, Rows: rows}
}

func length(c *hive.TColumn) int {
	switch {
	case c.BoolVal != nil:
		return len(c.BoolVal.Values)
	case c.ByteVal != nil:
		return len(c.ByteVal.Values)
	case c.I16Val != nil:
		return len(c.I16Val.Values)
	case c.I32Val != nil:
		return len(c.I32Val.Values)
	case c.I64Val != nil:
		return len(c.I64Val.Values)
	case c.DoubleVal != nil:
		return len(c.DoubleVal.Values)
	case c.BinaryVal != nil:
		return len(c.BinaryVal.Values)
	}
	return len(c.StringVal.Values)
}

// value is one value of a column in the form of old clients; NULL is a value that is not set.
func value(c *hive.TColumn, n int) *hive.TColumnValue {
	switch {
	case c.BoolVal != nil:
		return &hive.TColumnValue{BoolVal: &hive.TBoolValue{Value: at(c.BoolVal.Values, c.BoolVal.Nulls, n)}}
	case c.ByteVal != nil:
		return &hive.TColumnValue{ByteVal: &hive.TByteValue{Value: at(c.ByteVal.Values, c.ByteVal.Nulls, n)}}
	case c.I16Val != nil:
		return &hive.TColumnValue{I16Val: &hive.TI16Value{Value: at(c.I16Val.Values, c.I16Val.Nulls, n)}}
	case c.I32Val != nil:
		return &hive.TColumnValue{I32Val: &hive.TI32Value{Value: at(c.I32Val.Values, c.I32Val.Nulls, n)}}
	case c.I64Val != nil:
		return &hive.TColumnValue{I64Val: &hive.TI64Value{Value: at(c.I64Val.Values, c.I64Val.Nulls, n)}}
	case c.DoubleVal != nil:
		return &hive.TColumnValue{DoubleVal: &hive.TDoubleValue{Value: at(c.DoubleVal.Values, c.DoubleVal.Nulls, n)}}
	case c.BinaryVal != nil: // text before V6
		v := &hive.TStringValue{}
		if b := at(c.BinaryVal.Values, c.BinaryVal.Nulls, n); b != nil {
			text := string(*b)
			v.Value = &text
		}
		return &hive.TColumnValue{StringVal: v}
	}
	return &hive.TColumnValue{StringVal: &hive.TStringValue{Value: at(c.StringVal.Values, c.StringVal.Nulls, n)}}
}

// at is a value, nil for NULL.
func at[T any](values []T, nulls []byte, n int) *T {
	if n/8 < len(nulls) && nulls[n/8]>>(n%8)&1 != 0 {
		return nil
	}
	return &values[n]
}
