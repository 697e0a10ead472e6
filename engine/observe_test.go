package engine

import (
	"bytes"
	"context"
	"encoding/json"
	"log/slog"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	sdktrace "go.opentelemetry.io/otel/sdk/trace"
	"go.opentelemetry.io/otel/sdk/trace/tracetest"
)

func TestTracesReachFromTheWireToTheOperator(t *testing.T) {
	memory := tracetest.NewInMemoryExporter()
	provider := sdktrace.NewTracerProvider(sdktrace.WithSyncer(memory))
	e := openTest(t, "")
	e.config.Tracer = provider.Tracer("test")
	s := sessionOf(t, e)
	const client = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"
	ctx := e.TraceContext(context.Background(), func(key string) string {
		if strings.EqualFold(key, "traceparent") {
			return client
		}
		return ""
	})
	for _, c := range []struct {
		sql   string
		spans []string
	}{
		{"CREATE TABLE t AS SELECT id, id % 5 AS k FROM range(10000)", []string{"CREATE TABLE AS SELECT", "parse", "plan", "queue", "run", "Range", "commit"}},
		{"SELECT k, count(*) FROM t WHERE id > 10 GROUP BY k ORDER BY k", []string{"SELECT", "parse", "plan", "queue", "run", "Sort", "HashAggregate"}},
		{"SELECT raise_error('no')", []string{"SELECT", "run"}},
		{"SELECT nonsense", []string{"statement", "parse"}},
	} {
		memory.Reset()
		if r, err := s.Query(ctx, Request{SQL: c.sql}); err == nil {
			_, _, _ = idSum(r, nil)
		}
		spans := memory.GetSpans()
		byName := map[string]tracetest.SpanStub{}
		byID := map[string]tracetest.SpanStub{}
		for _, span := range spans {
			byName[span.Name], byID[span.SpanContext.SpanID().String()] = span, span
			if got := span.SpanContext.TraceID().String(); got != "0af7651916cd43dd8448eb211c80319c" {
				t.Errorf("%s: span %s belongs to trace %s", c.sql, span.Name, got)
			}
			if span.EndTime.Before(span.StartTime) {
				t.Errorf("%s: span %s ends before it starts", c.sql, span.Name)
			}
		}
		for _, name := range c.spans {
			span, ok := byName[name]
			if !ok {
				t.Errorf("%s: no span %s", c.sql, name)
				continue
			}
			for span.Name != c.spans[0] {
				parent, ok := byID[span.Parent.SpanID().String()]
				if !ok {
					t.Errorf("%s: span %s hangs in the air", c.sql, name)
					break
				}
				span = parent
			}
			if span.Name == c.spans[0] && span.Parent.SpanID().String() != "b7ad6b7169203331" {
				t.Errorf("%s: the statement's parent is %s", c.sql, span.Parent.SpanID())
			}
		}
	}
}

func TestSlowStatementsAreExplained(t *testing.T) {
	var log bytes.Buffer
	e := openTest(t, "")
	e.config.SlowQuery = time.Nanosecond
	e.log = slog.New(slog.NewTextHandler(&log, nil))
	s := sessionOf(t, e)
	run(t, s, "CREATE TABLE t AS SELECT id FROM range(1000)", "SELECT sum(id) FROM t WHERE id > 5")
	got := one(t, s, "SELECT explain FROM system.query_history WHERE statement LIKE 'SELECT sum%'")
	for _, want := range []string{"HashAggregate", "Scan", "rows"} {
		if !strings.Contains(got, want) || !strings.Contains(log.String(), want) {
			t.Errorf("no %q in\n%s\nor\n%s", want, got, log.String())
		}
	}
	if !strings.Contains(log.String(), "slow statement") {
		t.Error(log.String())
	}
}

func TestHistoryOutlivesTheServer(t *testing.T) {
	config := Config{Warehouse: t.TempDir(), SpillDir: t.TempDir(), MemoryLimit: 64 << 20, HistoryRetention: time.Hour}
	for round := 1; round <= 3; round++ {
		e, err := Open(config)
		if err != nil {
			t.Fatal(err)
		}
		s := sessionOf(t, e)
		run(t, s, "SELECT 'wanted'")
		if got := len(rows(t, s, "SELECT * FROM system.query_history WHERE statement = 'SELECT \\'wanted\\'' AND state = 'SUCCEEDED' AND rows_out = 1 AND name = 'SELECT'")); got != round {
			t.Errorf("%d entries in round %d", got, round)
		}
		if err := e.Close(); err != nil {
			t.Fatal(err)
		}
	}
	path := filepath.Join(config.Warehouse, "_argan", historyFile)
	raw, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	aged := regexp.MustCompile(`"ended_at":"\d{4}`).ReplaceAll(raw, []byte(`"ended_at":"2001`))
	if err := os.WriteFile(path, aged, 0o600); err != nil {
		t.Fatal(err)
	}
	e, err := Open(config)
	if err != nil {
		t.Fatal(err)
	}
	defer e.Close()
	if got := one(t, sessionOf(t, e), "SELECT count(*) FROM system.query_history WHERE statement LIKE '%wanted%'"); got != "0" {
		t.Errorf("%s entries are older than the retention", got)
	}
}

// exported are the names of metrics as Prometheus sees them, after some use.
func exported(t *testing.T) map[string]bool {
	t.Helper()
	e := openTest(t, "")
	s := sessionOf(t, e)
	run(t, s, "CREATE TABLE t AS SELECT id FROM range(10)", "SELECT sum(id) FROM t")
	fails(t, s, "SELECT nonsense", "UNRESOLVED_COLUMN.WITHOUT_SUGGESTION")
	var out bytes.Buffer
	if err := e.WriteMetrics(&out); err != nil {
		t.Fatal(err)
	}
	names := map[string]bool{}
	for _, line := range strings.Split(out.String(), "\n") {
		if name := regexp.MustCompile(`^[a-z_:][a-z0-9_:]*`).FindString(line); name != "" {
			names[name] = true
		}
	}
	for _, want := range []string{
		`argan_statements_total{state="failed"} 1`, `argan_statements_by_kind_total{kind="query",protocol="none",state="succeeded"} 1`, `argan_commits_total 1`, "argan_sessions 1",
		`argan_memory_bytes{use="results"} 0`,
	} {
		if !strings.Contains(out.String(), want+"\n") {
			t.Errorf("no line %s", want)
		}
	}
	return names
}

// Every metric that the dashboard draws is one that the server has.
func TestDashboardKnowsItsMetrics(t *testing.T) {
	raw, err := os.ReadFile(filepath.Join("..", "packaging", "grafana", "argan.json"))
	if err != nil {
		t.Fatal(err)
	}
	var board struct {
		SchemaVersion int `json:"schemaVersion"`
		Panels        []struct {
			Title   string
			Targets []struct{ Expr string }
		}
	}
	if err := json.Unmarshal(raw, &board); err != nil {
		t.Fatal(err)
	}
	names := exported(t)
	drawn := map[string]bool{}
	for _, p := range board.Panels {
		for _, target := range p.Targets {
			found := regexp.MustCompile(`\b(argan|go|process)_[a-z0-9_]+`).FindAllString(target.Expr, -1)
			if len(found) == 0 {
				t.Errorf("%s: %s draws no metric", p.Title, target.Expr)
			}
			for _, name := range found {
				drawn[name] = true
				if !names[name] {
					t.Errorf("%s: there is no metric %s", p.Title, name)
				}
			}
		}
	}
	for name := range names {
		base := strings.TrimSuffix(strings.TrimSuffix(strings.TrimSuffix(name, "_bucket"), "_sum"), "_count")
		if strings.HasPrefix(name, "argan_") && !drawn[name] && !drawn[base+"_bucket"] && !drawn[base] {
			t.Errorf("no panel draws %s", name)
		}
	}
	if board.SchemaVersion < 36 {
		t.Errorf("the schema's version is %d", board.SchemaVersion)
	}
}
