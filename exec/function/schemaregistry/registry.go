// Package schemaregistry finds the schemas of messages in a Confluent schema registry.
//
// In: the options of a call (where the registry is, how to sign in), and messages with five bytes in front: a zero and the
// number of the schema. Out: schemas as text, each fetched once; and numbers of schemas that are entered.
package schemaregistry

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"encoding/binary"
	"os"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/twmb/franz-go/pkg/sr"

	"github.com/argan-sql/argan/exec/function/record"
	"github.com/argan-sql/argan/sqlerr"
)

// The options of a call that are the registry's.
const (
	Address      = "schemaRegistryAddress"
	Subject      = "subject"
	optionUser   = "confluent.schema.registry.basic.auth.user.info"
	optionToken  = "confluent.schema.registry.bearer.auth.token"
	optionTrust  = "confluent.schema.registry.ssl.truststore.location"
	optionSource = "confluent.schema.registry.basic.auth.credentials.source"
)

// Options are the names of the registry's options, in lower case.
var Options = []string{strings.ToLower(Address), Subject, optionUser, optionToken, optionTrust, optionSource}

// HeaderSize is how many bytes stand in front of a message.
const HeaderSize = 5

// timeout bounds a question to the registry.
const timeout = 15 * time.Second

// Registry is a connection to a registry. Schemas never change under their number, so they are kept.
type Registry struct {
	address string
	client  *sr.Client
	mu      sync.Mutex
	byID    map[int]answer
}

// answer is a schema, or why there is none; a failure is asked again after a while.
type answer struct {
	schema sr.Schema
	err    error
	at     time.Time
}

// retry is how long a failure is believed, so that a bad message does not ask the registry at every row.
const retry = 5 * time.Second

var (
	mu    sync.Mutex
	known = map[string]*Registry{} // by address and the way to sign in
)

// Open gives the registry of a call's options, nil where they name none.
func Open(o record.Options) (*Registry, error) {
	address := o.Get(Address, "")
	if address == "" {
		return nil, nil
	}
	key := strings.Join([]string{address, o.Get(optionUser, ""), o.Get(optionToken, ""), o.Get(optionTrust, "")}, "\x00")
	mu.Lock()
	defer mu.Unlock()
	if r := known[key]; r != nil {
		return r, nil
	}
	opts := []sr.ClientOpt{sr.URLs(strings.Split(address, ",")...), sr.UserAgent("argan")}
	if user := o.Get(optionUser, ""); user != "" {
		name, password, _ := strings.Cut(user, ":")
		opts = append(opts, sr.BasicAuth(name, password))
	}
	if token := o.Get(optionToken, ""); token != "" {
		opts = append(opts, sr.BearerToken(token))
	}
	if source := o.Get(optionSource, "USER_INFO"); !strings.EqualFold(source, "USER_INFO") {
		return nil, sqlerr.Unsupported("%s %s", optionSource, source)
	}
	if path := o.Get(optionTrust, ""); path != "" {
		text, err := os.ReadFile(path)
		pool := x509.NewCertPool()
		if err != nil || !pool.AppendCertsFromPEM(text) {
			return nil, sqlerr.New("INVALID_SETTING", "key", optionTrust, "value", path, "reason", "it is no file of certificates in PEM").Wrap(err)
		}
		opts = append(opts, sr.DialTLSConfig(&tls.Config{RootCAs: pool, MinVersion: tls.VersionTLS12}))
	}
	c, err := sr.NewClient(opts...)
	if err != nil {
		return nil, sqlerr.New("INVALID_SETTING", "key", Address, "value", address, "reason", err.Error())
	}
	r := &Registry{address: address, client: c, byID: map[int]answer{}}
	known[key] = r
	return r, nil
}

func (r *Registry) failed(what string, err error) error {
	return sqlerr.New("SCHEMA_REGISTRY_ERROR", "address", r.address, "operation", what, "reason", err.Error()).Wrap(err)
}

// plain refuses schemas that are made of several.
func plain(s sr.Schema) error {
	if len(s.References) > 0 {
		return sqlerr.Unsupported("schemas with references to others (%s)", s.References[0].Subject)
	}
	return nil
}

// Schema is the schema of a number.
func (r *Registry) Schema(id int) (sr.Schema, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	a, ok := r.byID[id]
	if ok && (a.err == nil || time.Since(a.at) < retry) {
		return a.schema, a.err
	}
	ctx, cancel := context.WithTimeout(context.Background(), timeout)
	defer cancel()
	s, err := r.client.SchemaByID(ctx, id)
	if err != nil {
		err = r.failed("schema "+strconv.Itoa(id), err)
	} else {
		err = plain(s)
	}
	r.byID[id] = answer{s, err, time.Now()}
	return s, err
}

// Latest is the newest schema of a subject.
func (r *Registry) Latest(subject string) (sr.SubjectSchema, error) {
	ctx, cancel := context.WithTimeout(context.Background(), timeout)
	defer cancel()
	s, err := r.client.SchemaByVersion(ctx, subject, -1)
	if err != nil {
		return s, r.failed("the schema of "+subject, err)
	}
	return s, plain(s.Schema)
}

// Enter enters a schema under a subject, if it is not there yet, and gives its number.
func (r *Registry) Enter(subject string, s sr.Schema) (int, error) {
	ctx, cancel := context.WithTimeout(context.Background(), timeout)
	defer cancel()
	id, err := r.client.RegisterSchema(ctx, subject, s, -1, -1)
	if err != nil {
		return 0, r.failed("entering a schema of "+subject, err)
	}
	return id, nil
}

// Split takes the number of the schema off a message; ok is false where it bears none.
func Split(message []byte) (id int, body []byte, ok bool) {
	if len(message) < HeaderSize || message[0] != 0 {
		return 0, nil, false
	}
	return int(binary.BigEndian.Uint32(message[1:])), message[HeaderSize:], true
}

// Header appends the bytes that stand in front of a message of a schema.
func Header(dst []byte, id int) []byte {
	return binary.BigEndian.AppendUint32(append(dst, 0), uint32(id))
}
