package shell

import (
	"bytes"
	"context"
	"log/slog"
	"strings"
	"testing"
	"time"

	"github.com/apache/arrow-go/v18/arrow/ipc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"

	"github.com/argan-sql/argan/engine"
	"github.com/argan-sql/argan/flightsrv"
)

// backends are an engine in this process and the same engine behind a server.
func backends(t *testing.T) map[string]Backend {
	t.Helper()
	e, err := engine.Open(engine.Config{Warehouse: t.TempDir()})
	if err != nil {
		t.Fatal(err)
	}
	srv, err := flightsrv.New(e, flightsrv.Options{Address: "127.0.0.1:0"}, slog.New(slog.DiscardHandler))
	if err != nil {
		t.Fatal(err)
	}
	served := make(chan error, 1)
	go func() { served <- srv.Serve() }()
	remote, err := Remote(t.Context(), Server{Address: srv.Address().String(), User: "ann"})
	if err != nil {
		t.Fatal(err)
	}
	local, err := Embedded(e)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		_ = remote.Close()
		ctx, cancel := context.WithTimeout(context.Background(), 2*time.Second)
		defer cancel()
		srv.Shutdown(ctx)
		if err := <-served; err != nil {
			t.Error(err)
		}
		if err := local.Close(); err != nil {
			t.Error(err)
		}
	})
	return map[string]Backend{"embedded": local, "remote": remote}
}

func TestBackends(t *testing.T) {
	for name, b := range backends(t) {
		t.Run(name, func(t *testing.T) {
			if err := b.Set(t.Context(), "spark.sql.session.timeZone", "Africa/Casablanca"); err != nil {
				t.Fatal(err)
			}
			s, out, errs := newShell(b, "csv")
			script := `CREATE OR REPLACE TABLE things_of_` + name + ` (id BIGINT, price DECIMAL(10,2)) USING delta;
INSERT INTO things_of_` + name + ` VALUES (1, 1.5), (2, NULL);
UPDATE things_of_` + name + ` SET price = 3 WHERE id = 2;
SELECT *, TIMESTAMP'2026-07-01 12:00:00' AS t, INTERVAL '90' MINUTE AS i, array(1, NULL) AS a, map('k', 1) AS m FROM things_of_` + name + ` ORDER BY id;
SELECT current_timezone() AS z`
			if err := s.Script(t.Context(), "x.sql", script); err != nil {
				t.Fatal(errs)
			}
			row := "2026-07-01 12:00:00,0 01:30:00.000000000,\"[1,null]\",\"{\"\"k\"\":1}\""
			check(t, "the output", strings.ReplaceAll(out.String(), "\r\n", "\n"), lines("num_affected_rows", "1", "id,price,t,i,a,m", "1,1.50,"+row, "2,3.00,"+row, "z", "Africa/Casablanca"))
			if err := s.Script(t.Context(), "x.sql", "SELECT 1;\nSELECT *\n  FROM nope"); err == nil {
				t.Fatal("a table that is not there is no failure")
			}
			if got := errs.String(); !strings.HasPrefix(got, "x.sql:3:8: [TABLE_OR_VIEW_NOT_FOUND]") || !strings.Contains(got, "\n       ^^^^") {
				t.Errorf("stderr is %s", got)
			}
		})
	}
}

func TestBackendsCancel(t *testing.T) {
	for name, b := range backends(t) {
		t.Run(name, func(t *testing.T) {
			s, _, errs := newShell(b, "csv")
			ctx, cancel := context.WithCancel(t.Context())
			time.AfterFunc(30*time.Millisecond, cancel)
			err := s.Script(ctx, "", "SELECT count(*) FROM range(100000) a, range(100000) b, range(100000) c WHERE a.id + b.id + c.id < 0")
			if err == nil || !strings.Contains(errs.String(), "cancelled") {
				t.Errorf("%v: %s", err, errs)
			}
			errs.Reset()
			if err := s.Script(t.Context(), "", "SELECT 1"); err != nil {
				t.Errorf("after that: %s", errs)
			}
		})
	}
}

func TestBackendsWriteArrow(t *testing.T) {
	for name, b := range backends(t) {
		t.Run(name, func(t *testing.T) {
			s, out, errs := newShell(b, "arrow")
			if err := s.Script(t.Context(), "", "SELECT id, CAST(id AS DECIMAL(5,1)) AS d FROM range(3000)"); err != nil {
				t.Fatal(errs)
			}
			r, err := ipc.NewReader(bytes.NewReader(out.Bytes()))
			if err != nil {
				t.Fatal(err)
			}
			defer r.Release()
			n := int64(0)
			for r.Next() {
				n += r.RecordBatch().NumRows()
			}
			if n != 3000 || r.Err() != nil || r.Schema().Field(1).Type.String() != "decimal(5, 1)" {
				t.Errorf("%d rows of %s, %v", n, r.Schema(), r.Err())
			}
		})
	}
}

func TestBackendsComplete(t *testing.T) {
	for name, b := range backends(t) {
		t.Run(name, func(t *testing.T) {
			s, _, errs := newShell(b, "csv")
			if err := s.Script(t.Context(), "", "CREATE DATABASE d_"+name+"; CREATE TABLE d_"+name+".orders (order_id INT, amount INT) USING delta"); err != nil {
				t.Fatal(errs)
			}
			n := newNames(b)
			for text, want := range map[string]string{
				"SELECT * FROM d_" + name[:2]:                     "d_" + name + ".",
				"SELECT * FROM d_" + name + ".o":                  "d_" + name + ".orders",
				"SELECT * FROM d_" + name + ".orders o WHERE o.a": "o.amount",
				"SELECT regexp_ext":                               "regexp_extract( regexp_extract_all(",
			} {
				_, found := complete(text, len(text), n)
				var got []string
				for _, c := range found {
					got = append(got, c.value)
				}
				check(t, text, strings.Join(got, " "), want)
			}
		})
	}
}

func TestServerThatIsNotThere(t *testing.T) {
	_, err := Remote(t.Context(), Server{Address: "127.0.0.1:1"})
	if err == nil || !strings.HasPrefix(Explain(err), "The server cannot be reached") {
		t.Errorf("%v", err)
	}
}

func TestHintsOnConnections(t *testing.T) {
	for message, want := range map[string]string{
		"tls: failed to verify certificate: x509: certificate signed by unknown authority": "--ca",
		"tls: first record does not look like a TLS handshake":                             "grpc://",
		"error reading server preface: EOF":                                                "grpc+tls://",
		"connection refused":                                                               "",
	} {
		text, hint, _ := strings.Cut(Explain(status.Error(codes.Unavailable, message)), "\n")
		if !strings.Contains(text, message) || !strings.Contains(hint, want) || want == "" && hint != "" {
			t.Errorf("%s is explained as %q, %q", message, text, hint)
		}
	}
}
