package httpsrv

import (
	"encoding/json"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"
)

// opened opens a session and gives its id.
func opened(t *testing.T, body string, headers ...string) string {
	t.Helper()
	resp := call(t, http.MethodPost, "/v1/sessions", body, headers...)
	var j sessionJSON
	text := bodyOf(t, resp)
	if err := json.Unmarshal([]byte(text), &j); err != nil || resp.StatusCode != http.StatusCreated || j.ID == "" {
		t.Fatalf("%d %s", resp.StatusCode, text)
	}
	return j.ID
}

func TestSession(t *testing.T) {
	must(t, "", "CREATE DATABASE IF NOT EXISTS http_session")
	id := opened(t, `{"settings":{"spark.sql.session.timeZone":"Africa/Casablanca"},"schema":"http_session","timeout":"5m"}`)
	in := func(statement string) string {
		t.Helper()
		code, body := sql(t, "?format=csv&header=0", statement, sessionHeader, id)
		if code != http.StatusOK {
			t.Fatalf("%s: %d %s", statement, code, body)
		}
		return strings.TrimSpace(body)
	}
	if got := in("SELECT current_database(), current_timezone()"); got != "http_session,Africa/Casablanca" {
		t.Error(got)
	}
	in("USE default")
	in("CREATE TEMPORARY VIEW seven AS SELECT 7 AS a")
	in("DECLARE x INT DEFAULT 3")
	if got := in("SELECT a + x, current_database() FROM seven"); got != "10,default" {
		t.Error(got)
	}
	// What stands beside a statement holds for it alone.
	if code, body := sql(t, "?format=csv&header=0&set.spark.sql.session.timeZone=UTC&schema=http_session", "SELECT current_timezone(), current_database()", sessionHeader, id); strings.TrimSpace(body) != "UTC,http_session" {
		t.Errorf("%d %s", code, body)
	}
	if got := in("SELECT current_timezone(), current_database()"); got != "Africa/Casablanca,default" {
		t.Error(got)
	}
	var list struct{ Sessions []sessionJSON }
	fetched(t, "/v1/sessions", &list)
	found := false
	for _, s := range list.Sessions {
		found = found || s.TimeoutSeconds == 300 && s.Protocol == "http" && s.Schema == "default"
		if s.ID != "" {
			t.Error("a list tells the id of a session")
		}
	}
	if !found {
		t.Errorf("%+v", list)
	}
	if resp := call(t, http.MethodDelete, "/v1/sessions/"+id, "", "Authorization", "Basic Ym9iOg=="); resp.StatusCode != http.StatusNotFound {
		t.Errorf("another user's session: %d", resp.StatusCode)
	}
	if resp := call(t, http.MethodDelete, "/v1/sessions/"+id, ""); resp.StatusCode != http.StatusNoContent {
		t.Errorf("DELETE: %d", resp.StatusCode)
	}
	for range 2 {
		if code, body := sql(t, "", "SELECT 1", sessionHeader, id); code != http.StatusNotFound || problemIn(t, body).Class != "SESSION_NOT_FOUND" {
			t.Errorf("after DELETE: %d %s", code, body)
		}
	}
	for _, body := range []string{`{"timeout":"0s"}`, `{"timeout":"x"}`, `{"nope":1}`, `[`, `{"catalog":"x"}`, `{} {}`} {
		if resp := call(t, http.MethodPost, "/v1/sessions", body); resp.StatusCode != http.StatusBadRequest {
			t.Errorf("%s: %d", body, resp.StatusCode)
		}
	}
	if resp := call(t, http.MethodPost, "/v1/sessions", `{"schema":"nowhere"}`); resp.StatusCode != http.StatusNotFound {
		t.Errorf("a schema that is not there: %d", resp.StatusCode)
	}
}

func TestSessionEnds(t *testing.T) {
	id := opened(t, `{"timeout":"1s"}`)
	time.Sleep(1100 * time.Millisecond)
	if code, _ := sql(t, "", "SELECT 1", sessionHeader, id); code != http.StatusNotFound {
		t.Errorf("an expired session: %d", code)
	}
}

// Statements of one session run one after another: a variable that all of them count up misses none.
func TestSessionTakesTurns(t *testing.T) {
	id := opened(t, "")
	sql(t, "", "DECLARE counted INT DEFAULT 0", sessionHeader, id)
	var all sync.WaitGroup
	for range 20 {
		all.Go(func() {
			if code, body := sql(t, "", "SET VAR counted = (SELECT counted + count(*) FROM range(1))", sessionHeader, id); code != 200 {
				t.Errorf("%d %s", code, body)
			}
		})
	}
	all.Wait()
	if _, body := sql(t, "?format=csv&header=0", "SELECT counted", sessionHeader, id); strings.TrimSpace(body) != "20" {
		t.Errorf("counted %s", body)
	}
}
