package httpsrv

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"strings"
	"sync"
	"testing"

	"github.com/pb33f/libopenapi"
	validator "github.com/pb33f/libopenapi-validator"
)

// documented holds answers against the OpenAPI document.
var documented = sync.OnceValues(func() (validator.Validator, error) {
	document, err := libopenapi.NewDocument(openAPIDocument)
	if err != nil {
		return nil, err
	}
	v, errs := validator.NewValidator(document)
	if len(errs) > 0 {
		return nil, fmt.Errorf("%v", errs)
	}
	return v, nil
})

// asDocumented fails a test whose answer is not one that the document promises. Streams are not looked at.
func asDocumented(t *testing.T, r *http.Request, resp *http.Response) {
	t.Helper()
	path := r.URL.Path
	if resp.Header.Get("Content-Type") != "application/json" || resp.ContentLength < 0 || resp.StatusCode == http.StatusMethodNotAllowed || !(strings.HasPrefix(path, "/v1/") || strings.HasSuffix(path, "z")) {
		return
	}
	raw, err := io.ReadAll(resp.Body)
	_ = resp.Body.Close()
	resp.Body = io.NopCloser(bytes.NewReader(raw))
	if err != nil {
		return
	}
	if resp.StatusCode == http.StatusNotFound && strings.Contains(string(raw), `"NOT_FOUND"`) {
		return // no such path
	}
	v, err := documented()
	if err != nil {
		t.Fatal(err)
	}
	clone := *resp
	clone.Body = io.NopCloser(bytes.NewReader(raw))
	if ok, errs := v.ValidateHttpResponse(r, &clone); !ok {
		for _, e := range errs {
			t.Errorf("%s %s: the answer %d %.300s is not as documented: %s %s %v", r.Method, path, resp.StatusCode, raw, e.Message, e.Reason, e.SchemaValidationErrors)
		}
	}
}

func TestDocumentHasEveryEndpoint(t *testing.T) {
	v, err := documented()
	if err != nil {
		t.Fatal(err)
	}
	if ok, errs := v.ValidateDocument(); !ok {
		for _, e := range errs {
			t.Errorf("%s: %s", e.Message, e.Reason)
		}
	}
	var document struct {
		Paths map[string]map[string]any `json:"paths"`
	}
	if err := json.Unmarshal(openAPIDocument, &document); err != nil {
		t.Fatal(err)
	}
	served := map[string]bool{}
	for _, e := range endpoints {
		served[strings.ToLower(e.method)+" "+e.path] = true
		if document.Paths[e.path][strings.ToLower(e.method)] == nil {
			t.Errorf("%s %s is not in the document", e.method, e.path)
		}
	}
	for path, methods := range document.Paths {
		for method := range methods {
			if !served[method+" "+path] {
				t.Errorf("%s %s is in the document and nowhere else", method, path)
			}
		}
	}
	if got := bodyOf(t, call(t, http.MethodGet, "/v1/openapi.json", "")); got != string(openAPIDocument) {
		t.Error("another document is served")
	}
}

// Rows stream, so that calls of other tests do not look at them.
func TestRowsAreAsDocumented(t *testing.T) {
	must(t, "", "CREATE OR REPLACE TABLE http_documented (a INT) USING delta")
	for _, statement := range []string{"SELECT 1 AS a, array(1) AS b", "INSERT INTO http_documented VALUES (1)", "SHOW DATABASES"} {
		r, err := http.NewRequest(http.MethodPost, base+"/v1/sql", strings.NewReader(statement))
		if err != nil {
			t.Fatal(err)
		}
		resp, err := http.DefaultClient.Do(r)
		if err != nil {
			t.Fatal(err)
		}
		raw, err := io.ReadAll(resp.Body)
		_ = resp.Body.Close()
		if err != nil {
			t.Fatal(err)
		}
		resp.Body, resp.ContentLength = io.NopCloser(bytes.NewReader(raw)), int64(len(raw))
		asDocumented(t, r, resp)
	}
	// It must be able to fail.
	wrong := &http.Response{StatusCode: 200, Header: http.Header{"Content-Type": {"application/json"}}, Body: io.NopCloser(strings.NewReader(`{"rows":"many"}`))}
	v, err := documented()
	if err != nil {
		t.Fatal(err)
	}
	r, err := http.NewRequest(http.MethodPost, base+"/v1/sql", nil)
	if err != nil {
		t.Fatal(err)
	}
	if ok, _ := v.ValidateHttpResponse(r, wrong); ok {
		t.Error("whatever comes is as documented")
	}
}
