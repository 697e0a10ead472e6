package kafka

import (
	"context"
	"errors"
	"io"
	"net"
	"strings"

	"github.com/twmb/franz-go/pkg/kerr"

	"github.com/argan-sql/argan/sqlerr"
)

// Retriable says whether the same may succeed later without anybody changing the statement: brokers that are away, topics
// that are not there yet, rights that are not given yet. Lost data and wrong options do not come right by themselves.
func Retriable(err error) bool {
	for _, class := range []string{"KAFKA_UNAVAILABLE", "KAFKA_TOPIC_NOT_FOUND", "KAFKA_AUTHENTICATION_FAILED", "KAFKA_AUTHORIZATION_FAILED"} {
		if sqlerr.Is(err, class) {
			return true
		}
	}
	var k *kerr.Error
	return errors.As(err, &k) && k.Retriable
}

// failed makes an error for the user of one of the client's; what says what was being done.
func (s *Source) failed(what string, err error) error {
	var known *sqlerr.Error
	if errors.As(err, &known) {
		return err
	}
	if errors.Is(err, context.Canceled) || errors.Is(err, context.DeadlineExceeded) {
		if s.ctx.Err() == nil {
			return err
		}
		return errClosed
	}
	servers := strings.Join(s.options.client.seeds, ",")
	var k *kerr.Error
	if errors.As(err, &k) {
		switch k.Code {
		case kerr.SaslAuthenticationFailed.Code, kerr.UnsupportedSaslMechanism.Code, kerr.IllegalSaslState.Code:
			return sqlerr.New("KAFKA_AUTHENTICATION_FAILED", "servers", servers, "reason", strings.ToLower(k.Message)).Wrap(err)
		case kerr.TopicAuthorizationFailed.Code, kerr.GroupAuthorizationFailed.Code, kerr.ClusterAuthorizationFailed.Code, kerr.TransactionalIDAuthorizationFailed.Code:
			return sqlerr.New("KAFKA_AUTHORIZATION_FAILED", "operation", what, "reason", k.Message).Wrap(err)
		}
		return sqlerr.New("KAFKA_ERROR", "operation", what, "code", k.Message, "reason", k.Description).Wrap(err)
	}
	if strings.Contains(err.Error(), "SASL") {
		return sqlerr.New("KAFKA_AUTHENTICATION_FAILED", "servers", servers, "reason", err.Error()).Wrap(err)
	}
	return sqlerr.New("KAFKA_UNAVAILABLE", "servers", servers, "reason", reason(err)).Wrap(err)
}

// reason is the part of a connection's error that people understand.
func reason(err error) string {
	var op *net.OpError
	switch {
	case errors.As(err, &op):
		return op.Err.Error()
	case errors.Is(err, io.EOF), errors.Is(err, io.ErrUnexpectedEOF):
		return "the connection was closed; are kafka.security.protocol, user and password right?"
	}
	return err.Error()
}

// errClosed answers who uses a source after Close.
var errClosed = errors.New("kafka: the source is closed")

// missing is the error of a topic that is not there.
func missing(topic string) error {
	return sqlerr.New("KAFKA_TOPIC_NOT_FOUND", "topic", topic)
}
