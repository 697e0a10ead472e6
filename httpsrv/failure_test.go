package httpsrv

import (
	"net/http"
	"net/http/httptest"
	"testing"

	"github.com/argan-sql/argan/sqlerr"
)

// TestStatusOfErrors: the client's fault is told from the server's, and what may be tried again says when.
func TestStatusOfErrors(t *testing.T) {
	for _, c := range []struct {
		err   *sqlerr.Error
		code  int
		later string
	}{
		{sqlerr.New("_LEGACY_ERROR_TEMP_1065", "name", "`../x`"), http.StatusBadRequest, ""},
		{sqlerr.New("PARSE_SYNTAX_ERROR", "error", "'x'", "hint", ""), http.StatusBadRequest, ""},
		{sqlerr.New("TABLE_OR_VIEW_NOT_FOUND", "relationName", "`t`"), http.StatusNotFound, ""},
		{sqlerr.New("AUTHENTICATION_FAILED"), http.StatusUnauthorized, ""},
		{sqlerr.New("INSUFFICIENT_PERMISSIONS", "user", "ann", "privilege", "SELECT", "object", "t"), http.StatusForbidden, ""},
		{sqlerr.New("TOO_MANY_STATEMENTS", "count", "9", "retryAfter", "7"), http.StatusTooManyRequests, "7"},
		{sqlerr.New("TOO_MANY_REQUESTS", "user", "ann", "limit", "5", "retryAfter", "2"), http.StatusTooManyRequests, "2"},
		{sqlerr.New("SHUTTING_DOWN"), http.StatusServiceUnavailable, "1"},
		{sqlerr.Internal("a defect"), http.StatusInternalServerError, ""},
	} {
		w := httptest.NewRecorder()
		fail(w, c.err, "")
		if got := w.Header().Get("Retry-After"); w.Code != c.code || got != c.later {
			t.Errorf("%s: %d, Retry-After %q; want %d, %q", c.err.Class, w.Code, got, c.code, c.later)
		}
	}
}
