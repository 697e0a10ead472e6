package httpsrv

import (
	"errors"
	"math"
	"net/http"
	"strconv"

	"github.com/argan-sql/argan/engine"
	"github.com/argan-sql/argan/sqlerr"
)

// status is the HTTP status of an error.
func status(e *sqlerr.Error) int {
	if code, ok := byClass[e.Class]; ok {
		return code
	}
	if e.Legacy() {
		return http.StatusBadRequest
	}
	for _, b := range byState {
		if len(e.SQLSTATE) >= len(b.prefix) && e.SQLSTATE[:len(b.prefix)] == b.prefix {
			return b.code
		}
	}
	return http.StatusBadRequest
}

// byClass are the statuses of error classes that their SQLSTATE does not tell.
var byClass = map[string]int{
	"STATEMENT_TIMEOUT": http.StatusRequestTimeout, "MEMORY_LIMIT_EXCEEDED": http.StatusInsufficientStorage, "SPILL_FAILED": http.StatusInsufficientStorage,
	"DISK_FULL": http.StatusInsufficientStorage, "TOO_MANY_STATEMENTS": http.StatusTooManyRequests, "SHUTTING_DOWN": http.StatusServiceUnavailable,
	"STATEMENT_TOO_LARGE": http.StatusRequestEntityTooLarge, "SESSION_NOT_FOUND": http.StatusNotFound, "STATEMENT_NOT_FOUND": http.StatusNotFound,
	"NOT_READ_ONLY": http.StatusMethodNotAllowed, "INTERNAL_ERROR": http.StatusInternalServerError, "FILE_CORRUPT": http.StatusInternalServerError,
	"QUERY_CANCELLED": http.StatusConflict, "RESULT_EXPIRED": http.StatusGone, "RESULT_TOO_LARGE": http.StatusInsufficientStorage,
	"TOO_MANY_LOGINS": http.StatusTooManyRequests, "AUTHENTICATION_UNAVAILABLE": http.StatusServiceUnavailable, "AUTHENTICATION_REQUIRED": http.StatusUnauthorized, "AUTHENTICATION_FAILED": http.StatusUnauthorized, "INSUFFICIENT_PERMISSIONS": http.StatusForbidden,
	"AMBIGUOUS_REFERENCE": http.StatusBadRequest,
}

var byState = []struct {
	prefix string
	code   int
}{
	{"42P01", 404}, {"42704", 404}, {"42883", 400}, {"42P07", 409}, {"42P06", 409}, {"42710", 409}, {"2D521", 409}, {"40", 409}, {"28", 403}, {"53300", 429}, {"58", 500}, {"XX", 500},
}

// problem is the body of an error.
type problem struct {
	Class       string `json:"class"`
	SQLSTATE    string `json:"sqlstate"`
	Message     string `json:"message"`
	Line        int    `json:"line,omitempty"`
	Column      int    `json:"column,omitempty"`
	Start       *int   `json:"start,omitempty"`
	Stop        *int   `json:"stop,omitempty"`
	Fragment    string `json:"fragment,omitempty"`
	Hint        string `json:"hint,omitempty"`
	StatementID string `json:"statement_id,omitempty"`
}

func fail(w http.ResponseWriter, err error, id string) {
	answerProblem(w, err, problemOf(err, id))
}

// problemOf is an error as clients get it.
func problemOf(err error, id string) problem {
	e := sqlerr.From(err)
	p := problem{Class: e.Class, SQLSTATE: e.SQLSTATE, Message: "[" + e.Class + "] " + e.Message, Hint: e.Hint, Fragment: e.Fragment(), StatementID: id}
	if e.Position.Known() {
		start, stop := e.Position.Start, max(e.Position.Start, e.Position.Stop-1)
		p.Line, p.Column, p.Start, p.Stop = e.Position.Line, e.Position.Column, &start, &stop
	}
	return p
}

func answerProblem(w http.ResponseWriter, err error, p problem) {
	code := status(sqlerr.From(err))
	if code == http.StatusTooManyRequests || code == http.StatusServiceUnavailable {
		w.Header().Set("Retry-After", strconv.Itoa(retryAfter(err)))
	}
	answer(w, code, map[string]any{"error": p})
}

// retryAfter is in how many seconds a client may try again.
func retryAfter(err error) int {
	return max(1, int(math.Ceil(engine.RetryAfter(err).Seconds())))
}

// failed answers an error of a request or of a statement.
func failed(w http.ResponseWriter, err error, id string) {
	var p *problemWith
	if errors.As(err, &p) {
		if p.code == http.StatusRequestTimeout {
			w.Header().Set("Connection", "close")
		}
		refuse(w, p.code, p.class, p.message)
		return
	}
	fail(w, err, id)
}

// refuse is an error of the request rather than of the statement.
func refuse(w http.ResponseWriter, code int, class, message string) {
	answer(w, code, map[string]any{"error": problem{Class: class, SQLSTATE: "08P01", Message: "[" + class + "] " + message}})
}
