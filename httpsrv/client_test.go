package httpsrv

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"os"
	"strings"
	"sync"
	"testing"
	"time"

	"go.uber.org/goleak"

	"github.com/argan-sql/argan/engine"
)

// The server that all tests share: opening a warehouse costs more than most tests.
var (
	shared *Server
	base   string // http://host:port
)

func TestMain(m *testing.M) {
	os.Exit(func() int {
		dir, err := os.MkdirTemp("", "httpsrv")
		if err != nil {
			panic(err)
		}
		defer os.RemoveAll(dir)
		e, err := engine.Open(engine.Config{Warehouse: dir, Threads: 2, Version: "1.2.3"})
		if err != nil {
			panic(err)
		}
		s, err := New(e, Options{Address: "127.0.0.1:0"}, slog.New(slog.DiscardHandler))
		if err != nil {
			panic(err)
		}
		var serving sync.WaitGroup
		serving.Go(func() {
			if err := s.Serve(); err != nil {
				panic(err)
			}
		})
		s.Ready()
		shared, base = s, "http://"+s.Address().String()
		code := m.Run()
		http.DefaultClient.CloseIdleConnections()
		ctx, cancel := context.WithTimeout(context.Background(), 5*time.Second)
		defer cancel()
		s.Shutdown(ctx)
		serving.Wait()
		if err := e.Close(); err != nil {
			panic(err)
		}
		if err := goleak.Find(); err != nil && code == 0 {
			fmt.Println(err)
			return 1
		}
		return code
	}())
}

// reply is what a server answered; its body is closed at the end of the test.
type reply struct {
	StatusCode int
	Header     http.Header
	Body       io.ReadCloser
}

// call sends a request; headers are name, value pairs.
func call(t *testing.T, method, path, body string, headers ...string) *reply {
	t.Helper()
	r, err := http.NewRequest(method, base+path, strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	for i := 0; i < len(headers); i += 2 {
		r.Header.Set(headers[i], headers[i+1])
	}
	resp, err := http.DefaultClient.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = resp.Body.Close() })
	asDocumented(t, r, resp)
	return &reply{resp.StatusCode, resp.Header, resp.Body}
}

func bodyOf(t *testing.T, resp *reply) string {
	t.Helper()
	raw, err := io.ReadAll(resp.Body)
	if err != nil {
		t.Fatal(err)
	}
	return string(raw)
}

// sql posts a statement and gives the status and the body.
func sql(t *testing.T, query, statement string, headers ...string) (int, string) {
	t.Helper()
	resp := call(t, http.MethodPost, "/v1/sql"+query, statement, headers...)
	return resp.StatusCode, bodyOf(t, resp)
}

// must posts a statement that has to succeed.
func must(t *testing.T, query, statement string) string {
	t.Helper()
	code, body := sql(t, query, statement)
	if code != http.StatusOK {
		t.Fatalf("%s is answered with %d %s", statement, code, body)
	}
	return body
}

// problemIn reads an error's body.
func problemIn(t *testing.T, body string) problem {
	t.Helper()
	var p struct{ Error problem }
	if err := json.Unmarshal([]byte(body), &p); err != nil {
		t.Fatalf("%q is no error: %v", body, err)
	}
	return p.Error
}
