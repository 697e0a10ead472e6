package hivesrv

import (
	"fmt"
	"strings"

	hive "github.com/beltran/gohive/hiveserver"

	"github.com/argan-sql/argan/sqlerr"
)

// success is the status of a call that went well.
func success() *hive.TStatus { return &hive.TStatus{StatusCode: hive.TStatusCode_SUCCESS_STATUS} }

// exceptions are the classes of Spark that clients expect to be named, by the beginning of the SQLSTATE.
var exceptions = []struct{ state, class string }{
	{"42601", "org.apache.spark.sql.catalyst.parser.ParseException"},
	{"22003", "org.apache.spark.SparkArithmeticException"},
	{"22012", "org.apache.spark.SparkArithmeticException"},
	{"22", "org.apache.spark.SparkRuntimeException"},
	{"40", "io.delta.exceptions.DeltaConcurrentModificationException"},
	{"2D521", "io.delta.exceptions.DeltaConcurrentModificationException"},
	{"23", "org.apache.spark.sql.delta.schema.DeltaInvariantViolationException"},
	{"42", "org.apache.spark.sql.AnalysisException"},
	{"0A", "org.apache.spark.sql.AnalysisException"},
	{"", "org.apache.spark.SparkException"},
}

func exceptionOf(state string) string {
	for _, e := range exceptions {
		if strings.HasPrefix(state, e.state) {
			return e.class
		}
	}
	return ""
}

// failure is the status of a statement that failed, in the form of Spark's Thrift Server: tools look for the class in
// brackets and for words of the text.
func failure(err error) *hive.TStatus {
	e := sqlerr.From(err)
	return refusal(e.SQLSTATE, message(e))
}

// message is an error's text as Spark's Thrift Server sends it.
func message(e *sqlerr.Error) string {
	var b strings.Builder
	fmt.Fprintf(&b, "Error running query: [%s] %s: ", e.Class, exceptionOf(e.SQLSTATE))
	if e.SQLSTATE == "42601" && e.Position.Known() {
		fmt.Fprintf(&b, "\n[%s] %s(line %d, pos %d)\n\n== SQL ==\n%s", e.Class, e.Message, e.Position.Line, max(0, e.Position.Column-1), marked(e))
		if e.Hint != "" {
			b.WriteString("\nHint: " + e.Hint)
		}
		return b.String()
	}
	b.WriteString(e.Error())
	if e.Class == "TABLE_OR_VIEW_NOT_FOUND" {
		// PyHive's dialect of SQLAlchemy knows a table that is not there by these words of Hive's own.
		b.WriteString("\nSemanticException Table not found " + strings.ReplaceAll(e.Parameters["relationName"], "`", ""))
	}
	return b.String()
}

// shownSQL is how much of a statement an error quotes.
const shownSQL = 8 << 10

// marked is the statement with a mark under the place of the error, as Spark's parser prints it.
func marked(e *sqlerr.Error) string {
	query := e.Query
	if len(query) > shownSQL {
		query = strings.ToValidUTF8(query[:shownSQL], "")
	}
	lines := strings.Split(query, "\n")
	at := min(e.Position.Line, len(lines))
	var b strings.Builder
	for i, line := range lines {
		b.WriteString(line + "\n")
		if i+1 == at {
			b.WriteString(strings.Repeat("-", max(0, e.Position.Column-1)) + "^^^\n")
		}
	}
	return b.String()
}

// refusal is the status of a call that cannot be answered.
func refusal(state, text string) *hive.TStatus {
	zero := int32(0)
	return &hive.TStatus{
		StatusCode: hive.TStatusCode_ERROR_STATUS, SqlState: &state, ErrorCode: &zero, ErrorMessage: &text, InfoMessages: trace(text),
	}
}

// trace is what JDBC drivers build their exception's cause from: the exception with its depth, and its one frame.
func trace(text string) []string {
	return []string{"*org.apache.hive.service.cli.HiveSQLException:" + text + ":1:0", "argan.Server:execute:hivesrv:1"}
}

// refused is an error that is no statement's: an unknown handle, a call that makes no sense now.
type refused struct{ state, text string }

func (r *refused) Error() string { return r.text }

// statusOf is the status of any error of this package or the engine.
func statusOf(err error) *hive.TStatus {
	if r, ok := err.(*refused); ok { //nolint:errorlint // these are never wrapped
		return refusal(r.state, r.text)
	}
	return failure(err)
}

func invalidSession(h *hive.TSessionHandle) error {
	return &refused{"HY000", fmt.Sprintf("Invalid SessionHandle: SessionHandle [%s]", uuid(h.GetSessionId()))}
}

func invalidOperation(h *hive.TOperationHandle) error {
	return &refused{"HY000", fmt.Sprintf("Invalid OperationHandle: OperationHandle [opType=%s, getHandleIdentifier()=%s]", h.GetOperationType(), uuid(h.GetOperationId()))}
}
