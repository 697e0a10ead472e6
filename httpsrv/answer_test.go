package httpsrv

import (
	"bufio"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"
	"testing"
)

func TestErrors(t *testing.T) {
	must(t, "", "CREATE TABLE IF NOT EXISTS http_there (a INT) USING delta")
	for _, c := range []struct {
		sql          string
		code         int
		class, state string
		line, column int
		fragment     string
	}{
		{"SELECT *\nFROM nope", 404, "TABLE_OR_VIEW_NOT_FOUND", "42P01", 2, 6, "nope"},
		{"SELEC 1", 400, "PARSE_SYNTAX_ERROR", "42601", 1, 1, "SELEC"},
		{"SELECT x FROM range(1)", 400, "UNRESOLVED_COLUMN.WITH_SUGGESTION", "42703", 1, 8, "x"},
		{"CREATE TABLE http_there (a INT)", 409, "TABLE_OR_VIEW_ALREADY_EXISTS", "42P07", 1, 14, "http_there"},
		{"SELECT raise_error('broken')", 400, "USER_RAISED_EXCEPTION", "P0001", 0, 0, ""},
	} {
		code, body := sql(t, "", c.sql)
		p := problemIn(t, body)
		if code != c.code || p.Class != c.class || p.SQLSTATE != c.state || p.Line != c.line || p.Column != c.column || p.Fragment != c.fragment || !strings.HasPrefix(p.Message, "["+c.class+"] ") {
			t.Errorf("%s: %d %s", c.sql, code, body)
		}
		if c.line > 0 {
			if p.Start == nil || p.Stop == nil || c.sql[*p.Start:*p.Stop+1] != c.fragment {
				t.Errorf("%s: the range is %v to %v", c.sql, p.Start, p.Stop)
			}
		}
	}
	if code, body := sql(t, "?set.argan.statement.timeout=30ms", endless); code == http.StatusOK {
		t.Errorf("a statement over its time: %d %.100s", code, body)
	}
}

const endless = "SELECT count(*) FROM range(100000) a, range(100000) b, range(100000) c WHERE a.id + b.id + c.id < 0"

func TestTimeoutStatus(t *testing.T) {
	code, body := sql(t, "?set.argan.statement.timeout=30ms", endless)
	if p := problemIn(t, body); code != http.StatusRequestTimeout || p.Class != "STATEMENT_TIMEOUT" {
		t.Errorf("%d %s", code, body)
	}
}

func TestHeaders(t *testing.T) {
	resp := call(t, http.MethodPost, "/v1/sql?format=csv", "SELECT 1 AS a")
	for name, want := range map[string]string{"X-Argan-Format": "csv", "Cache-Control": "no-store", "X-Argan-Rows": ""} {
		if got := resp.Header.Get(name); got != want {
			t.Errorf("%s is %q, want %q", name, got, want)
		}
	}
	if resp.Header.Get("X-Argan-Statement-Id") == "" || resp.Header.Get("X-Argan-Timezone") == "" {
		t.Errorf("the headers are %v", resp.Header)
	}
	var parse, plan, exec float64
	if _, err := fmt.Sscanf(resp.Header.Get("Server-Timing"), "parse;dur=%f,plan;dur=%f,exec;dur=%f", &parse, &plan, &exec); err != nil {
		t.Errorf("Server-Timing is %q: %v", resp.Header.Get("Server-Timing"), err)
	}
}

func TestUpdates(t *testing.T) {
	must(t, "", "CREATE OR REPLACE TABLE http_updates (a INT) USING delta")
	for i, c := range []struct{ sql, rows, version string }{
		{"INSERT INTO http_updates VALUES (1), (2), (3)", "3", ""},
		{"UPDATE http_updates SET a = a + 1 WHERE a > 1", "2", ""},
		{"DELETE FROM http_updates WHERE a = 1", "1", ""},
	} {
		resp := call(t, http.MethodPost, "/v1/sql", c.sql)
		body := bodyOf(t, resp)
		var got struct {
			Affected int64  `json:"affected_rows"`
			Version  *int64 `json:"commit_version"`
		}
		if err := json.Unmarshal([]byte(body), &got); err != nil {
			t.Fatalf("%s: %v in %s", c.sql, err, body)
		}
		if fmt.Sprint(got.Affected) != c.rows || resp.Header.Get("X-Argan-Rows") != c.rows || got.Version == nil || fmt.Sprint(*got.Version) != resp.Header.Get("X-Argan-Commit-Version") {
			t.Errorf("%s: %s %v", c.sql, body, resp.Header)
		}
		if i > 0 && *got.Version < 2 {
			t.Errorf("%s committed version %d", c.sql, *got.Version)
		}
	}
}

// breaks is a statement that gives rows for a while and then fails.
const breaks = "SELECT /*+ REPARTITION(1) */ CASE WHEN id < 200000 THEN id ELSE raise_error('broken') END AS v FROM range(0, 400000, 1, 1)"

func TestABrokenResultDoesNotLookComplete(t *testing.T) {
	for _, format := range []string{"json", "ndjson", "csv", "arrow", "parquet"} {
		resp := call(t, http.MethodPost, "/v1/sql?format="+format, breaks)
		if resp.StatusCode != http.StatusOK {
			t.Errorf("%s: the status is %d although rows came first", format, resp.StatusCode)
			continue
		}
		raw, err := io.ReadAll(resp.Body)
		if !errors.Is(err, io.ErrUnexpectedEOF) {
			t.Errorf("%s: the body ended with %v after %d bytes", format, err, len(raw))
		}
		if format == "ndjson" {
			lines := strings.Split(strings.TrimSuffix(string(raw), "\n"), "\n")
			if p := problemIn(t, lines[len(lines)-1]); p.Class != "USER_RAISED_EXCEPTION" {
				t.Errorf("the last line is %s", lines[len(lines)-1])
			}
		}
		if format == "json" && json.Valid(raw) {
			t.Error("the JSON is whole")
		}
	}
}

func TestTrailerNamesTheError(t *testing.T) {
	conn, err := net.Dial("tcp", shared.Address().String())
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	_, err = fmt.Fprintf(conn, "POST /v1/sql?format=csv HTTP/1.1\r\nHost: localhost\r\nTE: trailers\r\nContent-Length: %d\r\n\r\n%s", len(breaks), breaks)
	if err != nil {
		t.Fatal(err)
	}
	raw, err := io.ReadAll(bufio.NewReader(conn)) // until the server breaks off
	if err != nil && !strings.Contains(err.Error(), "reset") {
		t.Fatal(err)
	}
	text := string(raw)
	if !strings.Contains(text, "\r\nTrailer: X-Argan-Error\r\n") || !strings.HasSuffix(text, "\r\n0\r\nX-Argan-Error: USER_RAISED_EXCEPTION\r\n") {
		t.Errorf("the answer begins %.300q and ends %q", text, text[max(0, len(text)-100):])
	}
	if strings.HasSuffix(text, "\r\n\r\n") {
		t.Error("it looks complete")
	}
}

func TestClientGoesAway(t *testing.T) {
	resp := call(t, http.MethodPost, "/v1/sql?format=csv", "SELECT a.id + b.id FROM range(100000) a, range(100000) b")
	if _, err := io.ReadFull(resp.Body, make([]byte, 1000)); err != nil {
		t.Fatal(err)
	}
	_ = resp.Body.Close()
	eventually(t, "the statement ends", func() bool { return len(shared.engine.Statements(nil)) == 0 })
}

func TestDuplexOverHTTP2(t *testing.T) {
	protocols := new(http.Protocols)
	protocols.SetUnencryptedHTTP2(true)
	transport := &http.Transport{Protocols: protocols}
	defer transport.CloseIdleConnections()
	resp, err := (&http.Client{Transport: transport}).Post(base+"/v1/sql?format=csv", "text/plain", strings.NewReader("SELECT 1 AS a"))
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	if got := bodyOf(t, &reply{Body: resp.Body}); resp.ProtoMajor != 2 || got != "a\r\n1\r\n" {
		t.Errorf("%s %q", resp.Proto, got)
	}
	broken, err := (&http.Client{Transport: transport}).Post(base+"/v1/sql?format=csv", "text/plain", strings.NewReader(breaks))
	if err != nil {
		t.Fatal(err)
	}
	defer broken.Body.Close()
	if _, err := io.Copy(io.Discard, broken.Body); err == nil {
		t.Error("a broken result looks complete over HTTP/2")
	}
}
