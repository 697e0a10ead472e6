package httpsrv

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"github.com/klauspost/compress/gzip"
)

// loaded sends a body and gives the status, the answer and the problem.
func loaded(t *testing.T, method, path, media, body string, headers ...string) (int, loadJSON, problem) {
	t.Helper()
	if media != "" {
		headers = append(headers, "Content-Type", media)
	}
	resp := call(t, method, "/v1/tables/"+path, body, headers...)
	var out struct {
		loadJSON
		Error problem `json:"error"`
	}
	text := bodyOf(t, resp)
	if err := json.Unmarshal([]byte(text), &out); err != nil {
		t.Fatalf("%s: %d %s", path, resp.StatusCode, text)
	}
	return resp.StatusCode, out.loadJSON, out.Error
}

func contents(t *testing.T, table string) string {
	t.Helper()
	return strings.ReplaceAll(strings.TrimSpace(must(t, "?format=csv&header=0", "SELECT * FROM "+table+" ORDER BY 1")), "\r\n", ";")
}

// Every format that the server writes it also takes, and the rows are the same.
func TestLoadTakesWhatIsSent(t *testing.T) {
	must(t, "", "CREATE OR REPLACE TABLE http_origin AS SELECT * FROM VALUES (1, 'a,\"b\"\nc', 1.50, DATE'2024-01-02', true), (2, '', NULL, NULL, NULL) AS t(i, s, d, day, b)")
	want := contents(t, "http_origin")
	for format, media := range map[string]string{
		"csv": "text/csv", "tsv": "text/tab-separated-values", "ndjson": "application/x-ndjson", "arrow": "application/vnd.apache.arrow.stream", "parquet": "application/vnd.apache.parquet",
	} {
		body := must(t, "?format="+format, "SELECT * FROM http_origin")
		must(t, "", "CREATE OR REPLACE TABLE http_copy AS SELECT * FROM http_origin WHERE false")
		code, done, p := loaded(t, "POST", "default.http_copy?mode=append", media, body)
		if code != 200 || done.Rows != 2 || done.Version == nil || done.StatementID == "" {
			t.Errorf("%s: %d %+v %+v", format, code, done, p)
			continue
		}
		if got := contents(t, "http_copy"); got != want {
			t.Errorf("%s: %s, want %s", format, got, want)
		}
	}
}

func TestLoad(t *testing.T) {
	must(t, "", "DROP TABLE IF EXISTS http_load")
	if code, done, p := loaded(t, "PUT", "http_load?mode=create", "application/x-ndjson", "{\"a\":1}\n{\"a\":2}\n"); code != 200 || done.Rows != 2 {
		t.Fatalf("%d %+v %+v", code, done, p)
	}
	if code, _, p := loaded(t, "POST", "http_load?mode=create", "application/x-ndjson", `{"a":1}`); code != http.StatusConflict {
		t.Errorf("create again: %d %+v", code, p)
	}
	for range 2 {
		code, done, p := loaded(t, "POST", "spark_catalog.default.http_load", "text/csv", "a\n3\n", "Idempotency-Key", "load-1")
		if code != 200 || done.Rows != 1 || done.Version == nil || *done.Version != 1 {
			t.Errorf("%d %+v %+v", code, done, p)
		}
	}
	var packed bytes.Buffer
	z := gzip.NewWriter(&packed)
	_, _ = z.Write([]byte("a;b\n4;x\n"))
	_ = z.Close()
	if code, done, p := loaded(t, "POST", "http_load?delimiter=%3B&merge_schema=true", "text/csv", packed.String(), "Content-Encoding", "gzip"); code != 200 || done.Rows != 1 {
		t.Errorf("%d %+v %+v", code, done, p)
	}
	if got := contents(t, "http_load"); got != "1,;2,;3,;4,x" {
		t.Errorf("the table has %s", got)
	}
	for _, c := range []struct {
		path, media, body string
		code              int
		class, hint       string
	}{
		{"http_load", "text/csv", "a\n5\nx\n", 400, "MALFORMED_RECORD_IN_PARSING.WITHOUT_SUGGESTION", "Line 3, column a: "},
		{"http_load", "multipart/form-data; boundary=x", "", 415, "INVALID_REQUEST", ""},
		{"http_load", "application/x-www-form-urlencoded", "a", 415, "INVALID_REQUEST", ""},
		{"http_load", "", "a", 415, "INVALID_REQUEST", ""},
		{"http_load?format=xml", "", "a", 415, "INVALID_REQUEST", ""},
		{"http_load?mode=upsert", "text/csv", "a\n1", 400, "INVALID_REQUEST", ""},
		{"http_load?nope=1", "text/csv", "a\n1", 400, "INVALID_REQUEST", ""},
		{"http_nowhere", "text/csv", "a\n1", 404, "TABLE_OR_VIEW_NOT_FOUND", ""},
		{"nowhere.t?mode=create", "text/csv", "a\n1", 404, "SCHEMA_NOT_FOUND", ""},
		{url.PathEscape("`../../evil`") + "?mode=create", "text/csv", "a\n1", 400, "", ""},
		{url.PathEscape("`a/b`") + "?mode=create", "text/csv", "a\n1", 400, "", ""},
		{"http_load", "application/vnd.apache.arrow.stream", "\xff\xff\xff\xff\xff\xff\xff\x7f", 400, "LOAD_BODY_MALFORMED", ""},
		{"http_load", "application/vnd.apache.parquet", "PAR1PAR1", 400, "", ""},
	} {
		code, _, p := loaded(t, "POST", c.path, c.media, c.body)
		if code != c.code || c.class != "" && p.Class != c.class || !strings.HasPrefix(p.Hint, c.hint) {
			t.Errorf("%s %s: %d %+v", c.path, c.media, code, p)
		}
	}
	if got := contents(t, "http_load"); got != "1,;2,;3,;4,x" {
		t.Errorf("the table has %s after loads that failed", got)
	}
}

// A client that breaks off in the middle has changed nothing.
func TestLoadBreaksOff(t *testing.T) {
	must(t, "", "CREATE OR REPLACE TABLE http_broken (a INT) USING delta")
	conn, err := net.Dial("tcp", shared.Address().String())
	if err != nil {
		t.Fatal(err)
	}
	_, err = fmt.Fprint(conn, "POST /v1/tables/http_broken HTTP/1.1\r\nHost: localhost\r\nContent-Type: text/csv\r\nTransfer-Encoding: chunked\r\n\r\n8\r\na\n1\n2\n3\n\r\n")
	if err != nil {
		t.Fatal(err)
	}
	_ = conn.(*net.TCPConn).CloseWrite()
	raw, _ := io.ReadAll(conn)
	_ = conn.Close()
	if !strings.HasPrefix(string(raw), "HTTP/1.1 400") {
		t.Errorf("%.200s", raw)
	}
	if got := contents(t, "http_broken"); got != "" {
		t.Errorf("the table has %s", got)
	}
}

// What a small body unpacks to is bounded.
func TestLoadBomb(t *testing.T) {
	s := served(t, Options{MaxLoad: 1 << 20})
	var bomb bytes.Buffer
	z := gzip.NewWriter(&bomb)
	_, _ = z.Write(bytes.Repeat([]byte("1\n"), 2<<20))
	_ = z.Close()
	r, err := http.NewRequest(http.MethodPost, s+"/v1/tables/http_bomb?mode=create", &bomb)
	if err != nil {
		t.Fatal(err)
	}
	r.Header.Set("Content-Type", "text/csv")
	r.Header.Set("Content-Encoding", "gzip")
	resp, err := http.DefaultClient.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	if resp.StatusCode != http.StatusRequestEntityTooLarge {
		t.Errorf("%s", resp.Status)
	}
}
