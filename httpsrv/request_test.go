package httpsrv

import (
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"testing"
)

func get(t *testing.T, query string) (int, string) {
	t.Helper()
	resp := call(t, http.MethodGet, "/v1/sql?"+query, "")
	return resp.StatusCode, bodyOf(t, resp)
}

func TestGetReadsOnly(t *testing.T) {
	if code, body := get(t, "format=csv&query="+url.QueryEscape("SELECT 1 AS a")); code != 200 || body != "a\r\n1\r\n" {
		t.Errorf("%d %s", code, body)
	}
	for _, statement := range []string{"CREATE TABLE get_makes (a INT)", "DROP TABLE IF EXISTS x", "INSERT INTO x VALUES (1)"} {
		code, body := get(t, "query="+url.QueryEscape(statement))
		if code != http.StatusMethodNotAllowed && !strings.Contains(body, "TABLE_OR_VIEW_NOT_FOUND") {
			t.Errorf("%s: %d %s", statement, code, body)
		}
	}
	if code, body := sql(t, "", "SELECT * FROM get_makes"); code != http.StatusNotFound {
		t.Errorf("GET made a table: %d %s", code, body)
	}
	if resp := call(t, http.MethodPut, "/v1/sql", "SELECT 1"); resp.StatusCode != http.StatusMethodNotAllowed {
		t.Errorf("PUT: %d", resp.StatusCode)
	}
}

func TestParameters(t *testing.T) {
	json := func(statement, parameters string) string {
		return fmt.Sprintf(`{"statement":%q,"parameters":%s,"format":"csv"}`, statement, parameters)
	}
	for _, c := range []struct{ query, body, media, want string }{
		{"?p.id=7&format=csv", "SELECT typeof(:id) AS t, :id + 1 AS v", "", "t,v\r\nstring,8.0\r\n"},
		{"?p.id=7:BIGINT&format=csv", "SELECT typeof(:id) AS t, :id + 1 AS v", "", "t,v\r\nbigint,8\r\n"},
		{"?p.day=2024-01-02:DATE&format=csv", "SELECT date_add(:day, 1) AS v", "", "v\r\n2024-01-03\r\n"},
		{"?p.t=" + url.QueryEscape("10:30:00") + "&format=csv", "SELECT :t AS v", "", "v\r\n10:30:00\r\n"},
		{"?p.d=" + url.QueryEscape("1.5:DECIMAL(10,2)") + "&format=csv", "SELECT :d AS v", "", "v\r\n1.50\r\n"},
		{"", json("SELECT :a AS a, :b AS b", `[{"name":"a","type":"BIGINT","value":"7"},{"name":"b","value":"x"}]`), "application/json", "a,b\r\n7,x\r\n"},
		{"", json("SELECT ? AS a, ? AS b", `[{"type":"INT","value":7},{"type":"BOOLEAN","value":true}]`), "application/json", "a,b\r\n7,true\r\n"},
		{"", json("SELECT ? IS NULL AS a", `[{"type":"INT","value":null}]`), "application/json", "a\r\ntrue\r\n"},
		{"", json("SELECT :q AS q", `[{"name":"q","value":"'; DROP TABLE x; --"}]`), "application/json", "q\r\n'; DROP TABLE x; --\r\n"},
	} {
		if code, body := sql(t, c.query, c.body, "Content-Type", c.media); code != 200 || body != c.want {
			t.Errorf("%s %s: %d %q, want %q", c.query, c.body, code, body, c.want)
		}
	}
	for _, c := range []struct{ query, body, media, class string }{
		{"", "SELECT :missing AS a", "", "UNBOUND_SQL_PARAMETER"},
		{"", "SELECT ? AS a", "", "UNBOUND_SQL_PARAMETER"},
		{"", json("SELECT ?", `[{"type":"INT","value":"x"}]`), "application/json", "CAST_INVALID_INPUT"},
		{"", json("SELECT ?", `[{"type":"NOPE","value":"x"}]`), "application/json", ""},
		{"?p.n=x:INT", "SELECT :n", "", "CAST_INVALID_INPUT"},
	} {
		code, body := sql(t, c.query, c.body, "Content-Type", c.media)
		if p := problemIn(t, body); code != http.StatusBadRequest || c.class != "" && p.Class != c.class {
			t.Errorf("%s %s: %d %s, want 400 %s", c.query, c.body, code, body, c.class)
		}
	}
}

func TestJSONRequest(t *testing.T) {
	must(t, "", "CREATE DATABASE IF NOT EXISTS http_db")
	for body, want := range map[string]string{
		`{"statement":"SELECT current_database() AS d","schema":"http_db","format":"csv"}`:                              "d\r\nhttp_db\r\n",
		`{"statement":"SELECT id FROM range(9) ORDER BY id","row_limit":2,"format":"csv"}`:                              "id\r\n0\r\n1\r\n",
		`{"statement":"SELECT current_timezone() AS z","settings":{"spark.sql.session.timeZone":"UTC"},"format":"csv"}`: "z\r\nUTC\r\n",
		`{"statement":"SELECT 1 AS a","catalog":"spark_catalog","format":"csv","parameters":[]}`:                        "a\r\n1\r\n",
		`{"statement":"SELECT id FROM range(9) ORDER BY id","row_limit":0,"format":"csv"}`:                              "id\r\n",
		`{"statement":"SELECT 1 AS a -- note","format":"csv"}`:                                                          "a\r\n1\r\n",
		"{\"statement\":\"SELECT 1 AS a;\",\"format\":\"csv\"}":                                                         "a\r\n1\r\n",
		`{"statement":"SELECT 'é' AS a","format":"csv"}`:                                                                "a\r\né\r\n",
	} {
		if code, got := sql(t, "", body, "Content-Type", "application/json; charset=utf-8"); code != 200 || got != want {
			t.Errorf("%s: %d %q, want %q", body, code, got, want)
		}
	}
	for body, want := range map[string]int{
		`{"statement":"SELECT 1","catalog":"nope"}`: 400, `{"statement":"SELECT 1","wait_timeout":"51s"}`: 400, `{"statement":"SELECT 1","on_wait_timeout":"NOPE"}`: 400, `{"statement":"SELECT 1"} x`: 400, `{"nonsense":1}`: 400, `{"statement":`: 400,
		`{"statement":""}`: 400, `{"statement":"SELECT 1","schema":"nope"}`: 404,
	} {
		if code, got := sql(t, "", body, "Content-Type", "application/json"); code != want {
			t.Errorf("%s: %d %s, want %d", body, code, got, want)
		}
	}
}

func TestBadRequests(t *testing.T) {
	for _, c := range []struct {
		query, body, media string
		want               int
	}{
		{"", "", "", 400},
		{"", "   ", "text/plain", 400},
		{"", "SELECT 1", "application/xml", 415},
		{"", "SELECT 1", ";;;", 415},
		{"?nonsense=1", "SELECT 1", "", 400},
		{"?row_limit=x", "SELECT 1", "", 400},
		{"?set.spark.sql.session.timeZone=Nowhere", "SELECT 1", "", 400},
		{"", "SELECT 1; SELECT 2", "", 400},
		{"", "SELECT " + strings.Repeat("x", maxBody), "", 413},
	} {
		if code, body := sql(t, c.query, c.body, "Content-Type", c.media); code != c.want || problemIn(t, body).Class == "" {
			t.Errorf("%s %.40s %s: %d %.200s, want %d", c.query, c.body, c.media, code, body, c.want)
		}
	}
	for _, path := range []string{"/nope", "/v1/nope", "/v1/statements/nope", "/v1/sessions/x/y"} {
		if resp := call(t, http.MethodGet, path, ""); resp.StatusCode != http.StatusNotFound || problemIn(t, bodyOf(t, resp)).Class == "" {
			t.Errorf("%s: %d", path, resp.StatusCode)
		}
	}
	if code, body := sql(t, "", "SELECT 1", "X-Argan-Session", "abc"); code != http.StatusNotFound || problemIn(t, body).Class != "SESSION_NOT_FOUND" {
		t.Errorf("a session that is not there: %d %s", code, body)
	}
}
