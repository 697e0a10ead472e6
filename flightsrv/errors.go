package flightsrv

import (
	"context"
	"errors"
	"strconv"
	"strings"

	"google.golang.org/genproto/googleapis/rpc/errdetails"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"

	"github.com/argan-sql/argan/sqlerr"
)

// byClass are the gRPC codes of error classes that their SQLSTATE alone does not tell.
var byClass = map[string]codes.Code{
	"QUERY_CANCELLED":       codes.Canceled,
	"STATEMENT_TIMEOUT":     codes.DeadlineExceeded,
	"MEMORY_LIMIT_EXCEEDED": codes.ResourceExhausted,
	"SPILL_FAILED":          codes.ResourceExhausted,
	"DISK_FULL":             codes.ResourceExhausted,
	"TOO_MANY_STATEMENTS":   codes.ResourceExhausted,
	"STATEMENT_TOO_LARGE":   codes.ResourceExhausted,
	"SHUTTING_DOWN":         codes.Unavailable,
	"SESSION_NOT_FOUND":     codes.Unauthenticated,
	"INTERNAL_ERROR":        codes.Internal,
	"FILE_CORRUPT":          codes.DataLoss,
}

// byState are the codes by the beginning of the SQLSTATE, longest first.
var byState = []struct {
	prefix string
	code   codes.Code
}{
	{"42P01", codes.NotFound},
	{"42704", codes.NotFound},
	{"42883", codes.NotFound},
	{"42K03", codes.NotFound},
	{"42P07", codes.AlreadyExists},
	{"42P06", codes.AlreadyExists},
	{"42710", codes.AlreadyExists},
	{"0A", codes.Unimplemented},
	{"2D521", codes.Aborted},
	{"40", codes.Aborted},
	{"28", codes.PermissionDenied},
	{"53", codes.ResourceExhausted},
	{"XX", codes.Internal},
}

// code is the gRPC code of an error.
func code(e *sqlerr.Error) codes.Code {
	if c, ok := byClass[e.Class]; ok {
		return c
	}
	if strings.HasPrefix(e.Class, "DELTA_CONCURRENT") || strings.HasSuffix(e.Class, "ConcurrentModificationException") {
		return codes.Aborted
	}
	for _, s := range byState {
		if strings.HasPrefix(e.SQLSTATE, s.prefix) {
			return s.code
		}
	}
	return codes.InvalidArgument
}

// toStatus is an error as a gRPC status: message with class, SQLSTATE and caret, and the same as ErrorInfo for programs.
func toStatus(err error) error {
	if err == nil {
		return nil
	}
	if _, ok := status.FromError(err); ok {
		return err
	}
	if errors.Is(err, context.Canceled) {
		return status.Error(codes.Canceled, err.Error())
	}
	e := sqlerr.From(err)
	st := status.New(code(e), e.Error())
	info := &errdetails.ErrorInfo{Reason: e.Class, Domain: "argan", Metadata: map[string]string{"sqlstate": e.SQLSTATE}}
	if e.Position.Known() {
		info.Metadata["line"], info.Metadata["column"] = strconv.Itoa(e.Position.Line), strconv.Itoa(e.Position.Column)
		info.Metadata["start"], info.Metadata["stop"] = strconv.Itoa(e.Position.Start), strconv.Itoa(e.Position.Stop)
	}
	if with, err := st.WithDetails(info); err == nil {
		st = with
	}
	return st.Err()
}
