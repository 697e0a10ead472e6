package httpsrv

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"strings"
	"testing"
	"time"
)

// served starts another server on the engine that all tests share.
func served(t *testing.T, o Options) string {
	t.Helper()
	o.Address = "127.0.0.1:0"
	s, err := New(shared.engine, o, slog.New(slog.DiscardHandler))
	if err != nil {
		t.Fatal(err)
	}
	done := make(chan error, 1)
	go func() { done <- s.Serve() }()
	t.Cleanup(func() {
		http.DefaultClient.CloseIdleConnections()
		ctx, cancel := context.WithTimeout(context.Background(), 5*time.Second)
		defer cancel()
		s.Shutdown(ctx)
		if err := <-done; err != nil {
			t.Error(err)
		}
	})
	return "http://" + s.Address().String()
}

// asked sends a request with a Host of its own.
func asked(t *testing.T, method, address, host, body string, headers ...string) (int, http.Header, string) {
	t.Helper()
	r, err := http.NewRequest(method, address, strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	r.Host = host
	for i := 0; i < len(headers); i += 2 {
		r.Header.Set(headers[i], headers[i+1])
	}
	resp, err := http.DefaultClient.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	return resp.StatusCode, resp.Header, bodyOf(t, &reply{Body: resp.Body})
}

func TestHosts(t *testing.T) {
	a := served(t, Options{Hosts: []string{"sql.example.com"}})
	for host, code := range map[string]int{
		"localhost": 200, "LOCALHOST:8080": 200, "127.0.0.1": 200, "127.0.0.9:1": 200, "[::1]:8080": 200, "sql.example.com": 200, "sql.example.com:443": 200,
		"evil.example.com": 421, "127.0.0.1.evil.com": 421, "10.0.0.1": 421, "localhost.evil.com:8080": 421,
	} {
		if got, _, body := asked(t, "POST", a+"/v1/sql", host, "SELECT 1"); got != code {
			t.Errorf("%s: %d %s, want %d", host, got, body, code)
		}
	}
}

func TestOrigins(t *testing.T) {
	const page, evil = "https://app.example.com", "https://evil.example.com"
	a := served(t, Options{Origins: []string{page}})
	preflight := []string{"Access-Control-Request-Method", "POST"}
	code, h, _ := asked(t, "OPTIONS", a+"/v1/sql", "localhost", "", append(preflight, "Origin", page)...)
	if code != http.StatusNoContent || h.Get("Access-Control-Allow-Origin") != page || h.Get("Access-Control-Allow-Credentials") != "" || !strings.Contains(h.Get("Access-Control-Allow-Headers"), "Authorization") {
		t.Errorf("%d %v", code, h)
	}
	code, h, _ = asked(t, "OPTIONS", a+"/v1/sql", "localhost", "", append(preflight, "Origin", evil)...)
	if code != http.StatusForbidden || h.Get("Access-Control-Allow-Origin") != "" {
		t.Errorf("%d %v", code, h)
	}
	for _, c := range []struct {
		origin, site string
		code         int
		allow        string
	}{{"", "", 200, ""}, {page, "cross-site", 200, page}, {evil, "", 403, ""}, {evil, "cross-site", 403, ""}, {"null", "cross-site", 403, ""}} {
		headers := []string{}
		if c.origin != "" {
			headers = append(headers, "Origin", c.origin)
		}
		if c.site != "" {
			headers = append(headers, "Sec-Fetch-Site", c.site)
		}
		code, h, body := asked(t, "POST", a+"/v1/sql", "localhost", "SELECT 1", headers...)
		if code != c.code || h.Get("Access-Control-Allow-Origin") != c.allow {
			t.Errorf("%+v: %d %v %s", c, code, h, body)
		}
	}
	if _, err := New(shared.engine, Options{Address: "127.0.0.1:0", Origins: []string{"*"}}, slog.New(slog.DiscardHandler)); err == nil {
		t.Error("every origin is allowed")
	}
}

func TestCredentialsInURL(t *testing.T) {
	for _, q := range []string{"user=ann", "password=x", "token=x", "access_token=x", "Api_Key=x"} {
		for _, path := range []string{"/v1/sql?query=SELECT+1&", "/v1/info?"} {
			if resp := call(t, http.MethodGet, path+q, ""); resp.StatusCode != http.StatusBadRequest || problemIn(t, bodyOf(t, resp)).Class != "CREDENTIALS_IN_URL" {
				t.Errorf("%s%s: %d", path, q, resp.StatusCode)
			}
		}
	}
}

func TestTooManyConnections(t *testing.T) {
	a := served(t, Options{MaxConnections: 3})
	address := strings.TrimPrefix(a, "http://")
	for range 3 {
		c, err := net.Dial("tcp", address)
		if err != nil {
			t.Fatal(err)
		}
		defer c.Close()
		if _, err := fmt.Fprint(c, "GET /healthz HTTP/1.1\r\nHost: localhost\r\n\r\n"); err != nil {
			t.Fatal(err)
		}
		r, err := http.ReadResponse(bufio.NewReader(c), nil)
		if err != nil {
			t.Fatal(err)
		}
		_ = r.Body.Close()
	}
	code, h, body := asked(t, "GET", a+"/healthz", "localhost", "")
	if code != http.StatusServiceUnavailable || h.Get("Retry-After") == "" || problemIn(t, body).Class != "TOO_MANY_CONNECTIONS" {
		t.Errorf("%d %v %s", code, h, body)
	}
}

// A body that trickles in is cut off, however long each pause.
func TestSlowBody(t *testing.T) {
	a := served(t, Options{BodyTime: 100 * time.Millisecond, LoadPause: 100 * time.Millisecond})
	for _, path := range []string{"/v1/sql", "/v1/tables/t?format=csv"} {
		c, err := net.Dial("tcp", strings.TrimPrefix(a, "http://"))
		if err != nil {
			t.Fatal(err)
		}
		defer c.Close()
		if _, err := fmt.Fprintf(c, "POST %s HTTP/1.1\r\nHost: localhost\r\nContent-Length: 1000\r\n\r\nSELECT", path); err != nil {
			t.Fatal(err)
		}
		raw, _ := io.ReadAll(c)
		if !strings.HasPrefix(string(raw), "HTTP/1.1 408") || !strings.Contains(string(raw), "BODY_TOO_SLOW") {
			t.Errorf("%s: %.300s", path, raw)
		}
	}
}

// Forms in which requests are smuggled past a proxy are refused, and the connection is closed.
func TestSmuggling(t *testing.T) {
	for name, head := range map[string]string{
		"two lengths":         "Content-Length: 8\r\nContent-Length: 9\r\n",
		"a length of letters": "Content-Length: 0x8\r\n",
		"two encodings":       "Transfer-Encoding: chunked, identity\r\n",
		"an unknown encoding": "Transfer-Encoding: xchunked\r\n",
		"a blank in a name":   "Content-Length : 8\r\n",
		"a header too long":   "X-Long: " + strings.Repeat("x", 128<<10) + "\r\n",
		"two hosts":           "Host: other\r\n",
	} {
		c, err := net.Dial("tcp", shared.Address().String())
		if err != nil {
			t.Fatal(err)
		}
		_, _ = fmt.Fprintf(c, "POST /v1/sql HTTP/1.1\r\nHost: localhost\r\n%s\r\nSELECT 1", head)
		_ = c.SetReadDeadline(time.Now().Add(5 * time.Second))
		raw, err := io.ReadAll(c)
		_ = c.Close()
		if code := string(raw[:min(len(raw), 12)]); !strings.HasPrefix(code, "HTTP/1.1 4") && !strings.HasPrefix(code, "HTTP/1.1 50") || err != nil && !strings.Contains(err.Error(), "reset") {
			t.Errorf("%s: %.100q, %v", name, raw, err)
		}
	}
}

func TestEncoding(t *testing.T) {
	for header, want := range map[string]string{
		"": "", "gzip": "gzip", "gzip, zstd": "zstd", "zstd;q=0.5, gzip;q=0.8": "gzip", "gzip;q=0": "", "br": "", "zstd; q=0, gzip": "gzip", "identity;q=1, gzip;q=0.5": "",
		"GZIP;Q=1": "gzip", "x-gzip": "gzip", "*": "", "gzip;q=2": "", "zstd;q=0.9,identity;q=0.1": "zstd",
	} {
		if got := encoding([]string{header}); got != want {
			t.Errorf("%q: %q, want %q", header, got, want)
		}
	}
	for header, want := range map[string]string{
		"": "json", "*/*": "json", "text/csv": "csv", "text/csv;q=0.5, application/json": "json", "application/json;q=0.1, text/csv;q=0.2": "csv", "image/png": "", "text/*": "csv",
		"application/xml, */*;q=0.1": "json", "text/csv;q=0": "",
	} {
		if got := accepted([]string{header}); got != want {
			t.Errorf("Accept %q: %q, want %q", header, got, want)
		}
	}
}
