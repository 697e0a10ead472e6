package httpsrv

import (
	"bufio"
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"github.com/argan-sql/argan/engine"
)

// statementIn reads a statement's document.
func statementIn(t *testing.T, resp *reply) statementJSON {
	t.Helper()
	var st statementJSON
	body := bodyOf(t, resp)
	if err := json.Unmarshal([]byte(body), &st); err != nil || st.ID == "" {
		t.Fatalf("%d %s: %v", resp.StatusCode, body, err)
	}
	return st
}

func submitted(t *testing.T, code int, body string, headers ...string) statementJSON {
	t.Helper()
	resp := call(t, http.MethodPost, "/v1/statements", body, append([]string{"Content-Type", "application/json"}, headers...)...)
	st := statementIn(t, resp)
	if resp.StatusCode != code || resp.Header.Get("Location") != "/v1/statements/"+st.ID {
		t.Fatalf("%s: %d %+v %v", body, resp.StatusCode, st, resp.Header)
	}
	return st
}

func TestStatement(t *testing.T) {
	st := submitted(t, 200, `{"statement":"SELECT id, CAST(id AS STRING) AS s FROM range(3000000)","wait_timeout":"50s"}`)
	if st.State != engine.Succeeded || st.Manifest == nil || !st.Manifest.Complete || st.Manifest.Rows != 3000000 || len(st.Manifest.Chunks) < 2 || len(st.Schema) != 2 || st.Schema[0].Type != "BIGINT" || st.EndedAt == nil {
		t.Fatalf("%+v", st)
	}
	rows := 0
	for _, c := range st.Manifest.Chunks {
		body := bodyOf(t, call(t, http.MethodGet, fmt.Sprintf("/v1/statements/%s/result?format=csv&header=0&chunk=%d", st.ID, c.Index), ""))
		if n := strings.Count(body, "\n"); int64(n) != c.Rows || !strings.HasPrefix(body, fmt.Sprintf("%d,%d\r\n", c.FirstRow, c.FirstRow)) {
			t.Fatalf("chunk %d has %d rows, want %+v", c.Index, n, c)
		}
		rows += int(c.Rows)
	}
	if rows != 3000000 {
		t.Errorf("the chunks have %d rows", rows)
	}
	for _, format := range []string{"json", "ndjson", "csv", "tsv", "arrow", "parquet", "table"} {
		resp := call(t, http.MethodGet, "/v1/statements/"+st.ID+"/result?row_limit=5&format="+format, "")
		if body := bodyOf(t, resp); resp.StatusCode != 200 || len(body) == 0 || resp.Header.Get("X-Argan-Format") != format {
			t.Errorf("%s: %d %.100s", format, resp.StatusCode, body)
		}
	}
	for path, code := range map[string]int{"?chunk=99": 404, "?chunk=x": 400, "?format=x": 406, "?nope=1": 400} {
		if resp := call(t, http.MethodGet, "/v1/statements/"+st.ID+"/result"+path, ""); resp.StatusCode != code {
			t.Errorf("%s: %d, want %d", path, resp.StatusCode, code)
		}
	}
	if resp := call(t, http.MethodDelete, "/v1/statements/"+st.ID, ""); resp.StatusCode != http.StatusNoContent {
		t.Errorf("DELETE: %d", resp.StatusCode)
	}
	for _, path := range []string{"", "/result", "/events"} {
		if resp := call(t, http.MethodGet, "/v1/statements/"+st.ID+path, ""); resp.StatusCode != http.StatusNotFound {
			t.Errorf("%s of a closed statement: %d", path, resp.StatusCode)
		}
	}
}

func TestStatementFails(t *testing.T) {
	if resp := call(t, http.MethodPost, "/v1/statements", "SELEC"); resp.StatusCode != http.StatusBadRequest {
		t.Errorf("what cannot be planned: %d", resp.StatusCode)
	}
	st := submitted(t, 200, `{"statement":"SELECT raise_error('broken')"}`)
	if st.State != engine.Failed || st.Error == nil || st.Error.Class != "USER_RAISED_EXCEPTION" || st.Manifest != nil {
		t.Errorf("%+v", st)
	}
	if resp := call(t, http.MethodGet, "/v1/statements/"+st.ID+"/result", ""); resp.StatusCode != http.StatusBadRequest || problemIn(t, bodyOf(t, resp)).Class != "USER_RAISED_EXCEPTION" {
		t.Errorf("its result: %d", resp.StatusCode)
	}
}

func TestStatementGoesOnAndIsCancelled(t *testing.T) {
	st := submitted(t, 202, fmt.Sprintf(`{"statement":%q,"wait_timeout":"0s"}`, endless))
	if st.State != engine.Queued && st.State != engine.Running {
		t.Errorf("%+v", st)
	}
	var list struct{ Statements []statementJSON }
	eventually(t, "the statement is listed as running", func() bool {
		fetched(t, "/v1/statements?state=running,queued&of=anonymous", &list)
		for _, one := range list.Statements {
			if one.ID == st.ID {
				return true
			}
		}
		return false
	})
	for range 3 {
		resp := call(t, http.MethodPost, "/v1/statements/"+st.ID+"/cancel", "")
		if got := statementIn(t, resp); resp.StatusCode != 200 || got.State != engine.Cancelled {
			t.Errorf("%d %+v", resp.StatusCode, got)
		}
	}
	if resp := call(t, http.MethodPost, "/v1/statements/nope/cancel", ""); resp.StatusCode != http.StatusNotFound {
		t.Errorf("a statement that is not there: %d", resp.StatusCode)
	}
	if st := submitted(t, 200, fmt.Sprintf(`{"statement":%q,"wait_timeout":"0s","on_wait_timeout":"CANCEL"}`, endless)); st.State != engine.Cancelled || st.Error == nil || !strings.Contains(st.Error.Message, "wait_timeout") {
		t.Errorf("CANCEL: %+v", st)
	}
	resp := call(t, http.MethodPost, "/v1/sql?wait_timeout=0s", endless)
	if st := statementIn(t, resp); resp.StatusCode != 202 {
		t.Errorf("/v1/sql in time: %d %+v", resp.StatusCode, st)
	} else {
		call(t, http.MethodDelete, "/v1/statements/"+st.ID, "")
	}
	if body := must(t, "?wait_timeout=10s&format=csv", "SELECT 5 AS a"); body != "a\r\n5\r\n" {
		t.Errorf("/v1/sql in time: %s", body)
	}
}

// A statement whose client waits for its rows is in the list, and ends by its id.
func TestSynchronousStatementIsCancelled(t *testing.T) {
	ended := make(chan string, 1)
	go func() {
		resp, err := http.Post(base+"/v1/sql", "text/plain", strings.NewReader(endless+" -- by id"))
		if err != nil {
			ended <- err.Error()
			return
		}
		defer resp.Body.Close()
		var p struct{ Error problem }
		_ = json.NewDecoder(resp.Body).Decode(&p)
		ended <- fmt.Sprint(resp.StatusCode, p.Error.Class)
	}()
	id := ""
	eventually(t, "it is listed", func() bool {
		var list struct{ Statements []statementJSON }
		fetched(t, "/v1/statements?state=RUNNING", &list)
		for _, one := range list.Statements {
			if one.Manifest == nil {
				id = one.ID
			}
		}
		return id != ""
	})
	if resp := call(t, http.MethodGet, "/v1/statements/"+id+"/result", ""); resp.StatusCode != http.StatusConflict {
		t.Errorf("its result: %d", resp.StatusCode)
	}
	for range 2 {
		if resp := call(t, http.MethodPost, "/v1/statements/"+id+"/cancel", ""); resp.StatusCode != 200 {
			t.Errorf("cancel: %d", resp.StatusCode)
		}
	}
	if got := <-ended; got != "409QUERY_CANCELLED" && got != "409 QUERY_CANCELLED" {
		t.Errorf("its client got %s", got)
	}
}

func TestIdempotencyKey(t *testing.T) {
	must(t, "", "CREATE OR REPLACE TABLE http_key (a INT) USING delta")
	first := submitted(t, 200, `{"statement":"INSERT INTO http_key VALUES (1)"}`, "Idempotency-Key", "k1")
	again := submitted(t, 200, `{"statement":"INSERT INTO http_key VALUES (1)"}`, "Idempotency-Key", "k1")
	if first.ID != again.ID || first.AffectedRows == nil || *first.AffectedRows != 1 {
		t.Errorf("%+v, %+v", first, again)
	}
	resp := call(t, http.MethodPost, "/v1/statements", "SELECT 1", "Idempotency-Key", "k1")
	if p := problemIn(t, bodyOf(t, resp)); resp.StatusCode != http.StatusUnprocessableEntity || p.Class != "IDEMPOTENCY_KEY_REUSED" {
		t.Errorf("another body: %d %+v", resp.StatusCode, p)
	}
	if other := submitted(t, 200, `{"statement":"SELECT 2"}`, "Idempotency-Key", "k1", "Authorization", "Basic Ym9iOg=="); other.ID == first.ID {
		t.Error("another user got the statement")
	}
	if got := must(t, "?format=csv&header=0", "SELECT count(*) FROM http_key"); strings.TrimSpace(got) != "1" {
		t.Errorf("%s rows", got)
	}
}

func TestStatementPages(t *testing.T) {
	want := map[string]bool{}
	for range 5 {
		want[submitted(t, 200, `{"statement":"SELECT 1"}`, "Authorization", "Basic cGFnZXM6").ID] = true
	}
	token, seen := "", 0
	for page := 0; ; page++ {
		var list struct {
			Statements []statementJSON
			Next       string `json:"next_page_token"`
		}
		fetched(t, "/v1/statements?of=pages&limit=2&page_token="+url.QueryEscape(token), &list)
		for _, st := range list.Statements {
			if !want[st.ID] {
				t.Errorf("%s is listed twice, or is none", st.ID)
			}
			delete(want, st.ID)
			seen++
		}
		if token = list.Next; token == "" || page > 3 {
			break
		}
	}
	if seen != 5 {
		t.Errorf("%d were listed", seen)
	}
	for _, q := range []string{"limit=0", "limit=x", "state=NOPE", "page_token=%21", "nope=1"} {
		if resp := call(t, http.MethodGet, "/v1/statements?"+q, ""); resp.StatusCode != http.StatusBadRequest {
			t.Errorf("%s: %d", q, resp.StatusCode)
		}
	}
}

func TestEvents(t *testing.T) {
	st := submitted(t, 202, fmt.Sprintf(`{"statement":%q,"wait_timeout":"0s"}`, endless))
	resp := call(t, http.MethodGet, "/v1/statements/"+st.ID+"/events", "", "Last-Event-ID", "17")
	if resp.Header.Get("Content-Type") != "text/event-stream" {
		t.Errorf("%v", resp.Header)
	}
	lines := bufio.NewScanner(resp.Body)
	event, progress := "", 0
	for lines.Scan() {
		name, value, _ := strings.Cut(lines.Text(), ": ")
		switch name {
		case "event":
			event = value
		case "data":
			var got statementJSON
			if err := json.Unmarshal([]byte(value), &got); err != nil || got.ID != st.ID {
				t.Fatalf("%s: %v", value, err)
			}
			if event == "progress" {
				if progress++; progress == 1 {
					call(t, http.MethodPost, "/v1/statements/"+st.ID+"/cancel", "")
				}
			} else if event != "end" || got.State != engine.Cancelled {
				t.Errorf("%s %+v", event, got)
			}
		}
	}
	if event != "end" || progress == 0 {
		t.Errorf("the last event is %q after %d of progress", event, progress)
	}
}
