package httpsrv

import (
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
)

// Whatever stands in a request is read or refused, with a status, and never a panic.
func FuzzRequest(f *testing.F) {
	f.Add("format=csv&p.id=7:BIGINT&set.a=b", "text/plain", "gzip, zstd;q=0.5", "application/json;q=0.1", "SELECT 1")
	f.Add("wait_timeout=1s&on_wait_timeout=CANCEL&row_limit=5", "application/json", "*", "application/vnd.apache.arrow.stream; codecs=\"zstd\"", `{"statement":"SELECT ?","parameters":[{"type":"INT","value":"1"}]}`)
	f.Add("mode=append&option.sep=;", "text/csv; charset=x", "", "text/*", "\xff\x00")
	f.Add("", "application/json", "", "", strings.Repeat("[", 10000))
	f.Fuzz(func(t *testing.T, query, media, encodings, accept, body string) {
		r := httptest.NewRequest(http.MethodPost, "/v1/sql", strings.NewReader(body))
		r.URL.RawQuery = query
		r.Header = http.Header{"Content-Type": {media}, "Accept-Encoding": {encodings}, "Accept": {accept}}
		w := httptest.NewRecorder()
		if _, _, err := shared.wanted(w, r); err != nil {
			failed(w, err, "")
			if w.Code < 400 {
				t.Errorf("%v is answered with %d", err, w.Code)
			}
		}
		if _, err := url.ParseQuery(query); err == nil {
			if _, err := shared.uploadOf(r); err != nil {
				failed(httptest.NewRecorder(), err, "")
			}
		}
		if got := encoding([]string{encodings}); got != "" && got != "zstd" && got != "gzip" {
			t.Errorf("the encoding %q", got)
		}
	})
}
