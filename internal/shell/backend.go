package shell

import (
	"context"
	"errors"
	"strconv"
	"strings"
	"time"

	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"

	"google.golang.org/genproto/googleapis/rpc/errdetails"

	"github.com/argan-sql/argan/engine"
	"github.com/argan-sql/argan/exec/vector"
	"github.com/argan-sql/argan/sqlerr"
	"github.com/argan-sql/argan/types"
)

// Backend runs statements: an engine in this process, or a server. One backend is one session.
type Backend interface {
	// Prepare gets a statement ready; nothing runs yet.
	Prepare(ctx context.Context, sql string) (Statement, error)
	// Set changes a setting of the session.
	Set(ctx context.Context, key, value string) error
	// Place says what is connected to, for the greeting.
	Place() string
	Close() error
}

// Statement is a statement that is ready to run, once.
type Statement interface {
	// Run starts it, and returns when its first rows are there.
	Run(ctx context.Context) (Rows, error)
	// Progress tells how far it is; false where that is not known.
	Progress() (engine.Progress, bool)
	// ReadOnly says that it changes nothing; a backend that cannot tell says no.
	ReadOnly() bool
}

// Rows streams a result. It must be closed.
type Rows interface {
	Schema() *types.Type
	// Zone is the zone of the timestamps, and its name.
	Zone() (*time.Location, string)
	// Next gives the next batch, nil at the end.
	Next(ctx context.Context) (*vector.Batch, error)
	// Affected is the number of rows changed, -1 where that is not known; call it after the end.
	Affected() int64
	Close()
}

// failure is an error of a statement as the shell shows it.
type failure struct {
	text         string
	line, column int // within the statement, 0 where not known
	cancelled    bool
}

// connectionHints say what to do about a connection that fails, by what its error says.
var connectionHints = map[string]string{
	"certificate signed by unknown authority": "Say --ca FILE, with the authority that has signed the server's certificate.",
	"first record does not look like a TLS":   "The server does not speak TLS: say grpc:// in the place of grpc+tls://.",
	"error reading server preface":            "If the server speaks TLS, say grpc+tls:// in the place of grpc://.",
}

// describe takes an error of either backend apart.
func describe(err error) failure {
	var known *sqlerr.Error
	if errors.As(err, &known) {
		return failure{known.Error(), known.Position.Line, known.Position.Column, known.Class == "QUERY_CANCELLED"}
	}
	if errors.Is(err, context.Canceled) {
		return failure{text: "The statement was cancelled.", cancelled: true}
	}
	st, ok := status.FromError(err)
	if !ok {
		return failure{text: err.Error()}
	}
	f := failure{text: st.Message(), cancelled: st.Code() == codes.Canceled}
	switch st.Code() {
	case codes.Unavailable:
		f.text = "The server cannot be reached: " + st.Message()
		for sign, hint := range connectionHints {
			if strings.Contains(st.Message(), sign) {
				f.text += "\n" + hint
			}
		}
	case codes.Canceled:
		f.text = "The statement was cancelled."
	}
	for _, d := range st.Details() {
		if info, ok := d.(*errdetails.ErrorInfo); ok {
			f.line, _ = strconv.Atoi(info.Metadata["line"])
			f.column, _ = strconv.Atoi(info.Metadata["column"])
		}
	}
	return f
}

// Explain is the text of an error of a backend, for people.
func Explain(err error) string { return describe(err).text }
