package flightsrv

import (
	"context"
	"strconv"
	"strings"

	"github.com/apache/arrow-go/v18/arrow/flight"
	wire "github.com/apache/arrow-go/v18/arrow/flight/gen/flight"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"

	"github.com/argan-sql/argan/engine"
	"github.com/argan-sql/argan/types"
)

// Options that every Flight SQL client may know; all others are settings by their SQL names.
const (
	optionCatalog = "catalog"
	optionSchema  = "schema"
)

// SetSessionOptions changes the current database and settings of the session. An option without value goes back to its default.
func (s *service) SetSessionOptions(ctx context.Context, r *flight.SetSessionOptionsRequest) (*flight.SetSessionOptionsResult, error) {
	session, err := sessionOf(ctx)
	if err != nil {
		return nil, err
	}
	out := &flight.SetSessionOptionsResult{Errors: map[string]*flight.SetSessionOptionsResultError{}}
	for name, v := range r.GetSessionOptions() {
		if err := setOption(ctx, session, name, v); err != nil {
			out.Errors[name] = &flight.SetSessionOptionsResultError{Value: flight.SetSessionOptionsResultErrorInvalidValue}
			s.log.Info("a session option was refused", "option", name, "error", err)
		}
	}
	return out, nil
}

func setOption(ctx context.Context, session *engine.Session, name string, v *flight.SessionOptionValue) error {
	text, given := optionText(v)
	switch {
	case name == optionCatalog:
		if given && text != "" && text != engine.CatalogName {
			return session.Exec(ctx, "USE "+types.Quote(text)+"."+types.Quote(session.Database()))
		}
		return nil
	case name == optionSchema:
		if !given || text == "" {
			text = "default"
		}
		return session.Exec(ctx, "USE "+types.Quote(text))
	case !given:
		session.Reset(name)
		return nil
	}
	return session.Set(name, text)
}

// optionText is an option's value as SET would take it; false where it has none.
func optionText(v *flight.SessionOptionValue) (string, bool) {
	switch x := v.GetOptionValue().(type) {
	case *wire.SessionOptionValue_StringValue:
		return x.StringValue, true
	case *wire.SessionOptionValue_BoolValue:
		return strconv.FormatBool(x.BoolValue), true
	case *wire.SessionOptionValue_Int64Value:
		return strconv.FormatInt(x.Int64Value, 10), true
	case *wire.SessionOptionValue_DoubleValue:
		return strconv.FormatFloat(x.DoubleValue, 'g', -1, 64), true
	case *wire.SessionOptionValue_StringListValue_:
		return strings.Join(x.StringListValue.GetValues(), ","), true
	}
	return "", false
}

// GetSessionOptions tells the catalog, the current database and the settings that differ from their defaults.
func (s *service) GetSessionOptions(ctx context.Context, _ *flight.GetSessionOptionsRequest) (*flight.GetSessionOptionsResult, error) {
	session, err := sessionOf(ctx)
	if err != nil {
		return nil, err
	}
	all := map[string]any{optionCatalog: engine.CatalogName, optionSchema: session.Database()}
	for k, v := range session.Settings() {
		all[k] = v
	}
	values, err := flight.NewSessionOptionValues(all)
	if err != nil {
		return nil, status.Errorf(codes.Internal, "session options: %v", err)
	}
	return &flight.GetSessionOptionsResult{SessionOptions: values}, nil
}

// CloseSession ends the session; the next call on the connection starts a new one.
func (s *service) CloseSession(ctx context.Context, _ *flight.CloseSessionRequest) (*flight.CloseSessionResult, error) {
	session, err := sessionOf(ctx)
	if err != nil {
		return nil, err
	}
	session.Close()
	return &flight.CloseSessionResult{Status: flight.CloseSessionResultClosed}, nil
}
