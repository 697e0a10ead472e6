package flightsrv

import (
	"context"
	"errors"
	"strconv"
	"strings"
	"time"

	"google.golang.org/genproto/googleapis/rpc/errdetails"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"
	"google.golang.org/protobuf/protoadapt"
	"google.golang.org/protobuf/types/known/durationpb"

	"github.com/argan-sql/argan/engine"
	"github.com/argan-sql/argan/sqlerr"
)

// byClass are the gRPC codes of error classes that their SQLSTATE alone does not tell.
var byClass = map[string]codes.Code{
	"QUERY_CANCELLED":            codes.Canceled,
	"STATEMENT_TIMEOUT":          codes.DeadlineExceeded,
	"MEMORY_LIMIT_EXCEEDED":      codes.ResourceExhausted,
	"SPILL_FAILED":               codes.ResourceExhausted,
	"DISK_FULL":                  codes.ResourceExhausted,
	"TOO_MANY_STATEMENTS":        codes.ResourceExhausted,
	"STATEMENT_TOO_LARGE":        codes.ResourceExhausted,
	"SHUTTING_DOWN":              codes.Unavailable,
	"SESSION_NOT_FOUND":          codes.Unauthenticated,
	"INTERNAL_ERROR":             codes.Internal,
	"FILE_CORRUPT":               codes.DataLoss,
	"TOO_MANY_LOGINS":            codes.ResourceExhausted,
	"AUTHENTICATION_UNAVAILABLE": codes.Unavailable,
	"RESULT_TOO_LARGE":           codes.ResourceExhausted,
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
	{"28", codes.Unauthenticated},
	{"42501", codes.PermissionDenied},
	{"53", codes.ResourceExhausted},
	{"54", codes.ResourceExhausted},
	{"57P01", codes.Unavailable},
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
	if e.Legacy() {
		return codes.InvalidArgument
	}
	for _, s := range byState {
		if strings.HasPrefix(e.SQLSTATE, s.prefix) {
			return s.code
		}
	}
	return codes.InvalidArgument
}

// maxStatusText is how much of a message goes into a status. Statuses travel in trailers, of which clients on Java take 8 KiB,
// twice: as text and within the details.
const maxStatusText = 2000

// retryAfter is how long a client should wait before it tries again what the server was too busy for.
const retryAfter = time.Second

// toStatus is an error as a gRPC status: message with class, SQLSTATE and caret, and the same as ErrorInfo for programs.
func toStatus(err error) error {
	if err == nil {
		return nil
	}
	if _, ok := status.FromError(err); ok {
		return err
	}
	var known *sqlerr.Error
	if !errors.As(err, &known) {
		switch {
		case errors.Is(err, context.Canceled):
			return status.Error(codes.Canceled, err.Error())
		case errors.Is(err, context.DeadlineExceeded):
			return status.Error(codes.DeadlineExceeded, err.Error())
		}
		known = sqlerr.From(err)
	}
	st := status.New(code(known), cut(known.Error(), maxStatusText))
	info := &errdetails.ErrorInfo{Reason: known.Class, Domain: "argan", Metadata: map[string]string{"sqlstate": known.SQLSTATE}}
	if known.Position.Known() {
		info.Metadata["line"], info.Metadata["column"] = strconv.Itoa(known.Position.Line), strconv.Itoa(known.Position.Column)
		info.Metadata["start"], info.Metadata["stop"] = strconv.Itoa(known.Position.Start), strconv.Itoa(known.Position.Stop)
	}
	if known.Hint != "" {
		info.Metadata["hint"] = cut(known.Hint, maxStatusText/4)
	}
	details := []protoadapt.MessageV1{info}
	if wait := engine.RetryAfter(err); wait > 0 {
		details = append(details, &errdetails.RetryInfo{RetryDelay: durationpb.New(wait)})
	} else if st.Code() == codes.ResourceExhausted && strings.HasPrefix(known.Class, "TOO_MANY") || st.Code() == codes.Unavailable {
		details = append(details, &errdetails.RetryInfo{RetryDelay: durationpb.New(retryAfter)})
	}
	if with, err := st.WithDetails(details...); err == nil {
		st = with
	}
	return st.Err()
}

// cut shortens a text to a number of bytes.
func cut(text string, n int) string {
	if len(text) <= n {
		return text
	}
	return strings.ToValidUTF8(text[:n], "") + "…"
}

// broken is the error of a stream from the client that cannot be read to its end.
func broken(what string, err error) error {
	if _, ok := status.FromError(err); ok || errors.Is(err, context.Canceled) {
		return toStatus(err)
	}
	return status.Errorf(codes.InvalidArgument, "reading %s: %v", what, err)
}
