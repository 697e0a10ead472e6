package techmart_test

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/twmb/franz-go/pkg/kfake"
	"github.com/twmb/franz-go/pkg/kgo"

	"github.com/argan-sql/argan/engine"
	scripts "github.com/argan-sql/argan/examples/techmart"
	"github.com/argan-sql/argan/internal/techmart"
)

// becomes waits until a query has an answer, its columns with | between them and its rows with line ends.
func (s shop) becomes(sql, want string) {
	s.Helper()
	got := ""
	for deadline := time.Now().Add(2 * time.Minute); time.Now().Before(deadline); time.Sleep(100 * time.Millisecond) {
		if got = s.lines(sql); got == want {
			return
		}
	}
	s.Fatalf("%s:\n%s\nexpected\n%s\n\nstreams:\n%s", sql, got, want, s.lines("SELECT table, flow, state, rows, lag, error FROM system.streams"))
}

func (s shop) lines(sql string) string {
	s.Helper()
	var out []string
	for _, row := range s.answer(sql)[1:] {
		out = append(out, strings.Join(row, "|"))
	}
	return strings.Join(out, "\n")
}

// A shop that is open for half a minute of its own time: every planted fraud is in fraud.alerts once and nothing else is, no payment
// is there twice, and what cannot be read is in quarantine.
func TestStreams(t *testing.T) {
	if testing.Short() {
		t.Skip("streams run for some seconds")
	}
	broker, err := kfake.NewCluster(kfake.NumBrokers(1), kfake.SeedTopics(3, techmart.PaymentsTopic, techmart.WebEventsTopic))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(broker.Close)
	brokers := strings.Join(broker.ListenAddrs(), ",")
	e, err := engine.Open(engine.Config{Warehouse: t.TempDir()})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = e.Close() })
	e.StartStreams()
	session, err := e.NewSession(engine.SessionOptions{User: "shop", Client: "test", Local: true, KeepAlive: true})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(session.Close)
	s := shop{t, session}
	if err := session.Set("brokers", brokers); err != nil {
		t.Fatal(err)
	}
	for _, piece := range engine.Split(scripts.Streams().SQL) {
		if err := session.Exec(t.Context(), piece.Text); err != nil {
			t.Fatalf("%v\n%s", err, piece.Text)
		}
	}

	client, err := kgo.NewClient(kgo.SeedBrokers(brokers), kgo.RecordPartitioner(kgo.StickyKeyPartitioner(nil)))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(client.Close)
	live := techmart.NewLive(techmart.LiveOptions{Start: time.Now().Add(-time.Minute), Rate: 100, CaseEvery: 60, Broken: 0.01})
	for range 30 { // piece by piece, so that rules look across batches
		var records []*kgo.Record
		for range 100 {
			m := live.Next()
			records = append(records, &kgo.Record{Topic: m.Topic, Key: m.Key, Value: m.Value})
		}
		if err := client.ProduceSync(context.Background(), records...).FirstErr(); err != nil {
			t.Fatal(err)
		}
		time.Sleep(20 * time.Millisecond)
	}
	planted := live.Planted()

	s.becomes("SELECT count(*), count(DISTINCT transaction_id) FROM silver.transactions_live", fmt.Sprintf("%d|%[1]d", planted.Payments))
	s.becomes("SELECT count(*), count(DISTINCT event_id) FROM silver.web_events_live", fmt.Sprintf("%d|%[1]d", planted.WebEvents))
	s.becomes("SELECT count(*), count(DISTINCT topic, `partition`, `offset`), min(topic), count_if(length(value) > 0) FROM bronze.transactions_live_quarantine",
		fmt.Sprintf("%d|%[1]d|%s|%[1]d", planted.BrokenPayments, techmart.PaymentsTopic))
	s.becomes("SELECT count(*) FROM bronze.web_events_live_quarantine", fmt.Sprint(planted.BrokenEvents))
	if got := s.lines("SELECT sum(failed) FROM system.expectations WHERE table = 'transactions_live' AND on_violation = 'DROP ROW'"); got != fmt.Sprint(planted.Invalid) {
		t.Errorf("%s rows were dropped, %d payments make no sense", got, planted.Invalid)
	}

	var cases []string
	for _, c := range planted.Cases {
		cases = append(cases, c.Rule+"|"+c.Transaction+"|"+c.Customer)
	}
	slices.Sort(cases)
	if len(cases) < 12 {
		t.Fatalf("only %d cases were planted", len(cases))
	}
	const alerts = "SELECT rule, transaction_id, customer_id FROM fraud.alerts ORDER BY ALL"
	s.becomes(alerts, strings.Join(cases, "\n"))
	// Nothing comes after: each flow has read all of silver.
	for _, table := range []string{"silver.transactions_live", "fraud.alerts"} {
		if err := session.Exec(t.Context(), "REFRESH STREAMING TABLE "+table); err != nil {
			t.Fatal(err)
		}
	}
	if got := s.lines(alerts); got != strings.Join(cases, "\n") {
		t.Errorf("alerts came after:\n%s\nexpected\n%s", got, strings.Join(cases, "\n"))
	}

	// All but the payments of two hours ago.
	s.becomes("SELECT sum(payments) = (SELECT count(*) FROM silver.transactions_live WHERE event_time > current_timestamp() - INTERVAL 90 MINUTES) FROM gold.live_metrics", "true")
	if err := session.Exec(t.Context(), "REFRESH MATERIALIZED VIEW gold.daily_report"); err != nil {
		t.Fatal(err)
	}
	if got, want := s.lines("SELECT sum(payments), sum(alerted) FROM gold.daily_report"), fmt.Sprintf("%d|%d", planted.Payments, len(cases)); got != want {
		t.Errorf("the report counts %s, expected %s", got, want)
	}

	// Run again the script changes nothing, and the streams go on.
	for _, piece := range engine.Split(scripts.Streams().SQL) {
		if err := session.Exec(t.Context(), piece.Text); err != nil {
			t.Fatalf("again: %v\n%s", err, piece.Text)
		}
	}
	if err := session.Exec(t.Context(), "REFRESH STREAMING TABLE fraud.alerts"); err != nil {
		t.Fatal(err)
	}
	if got := s.lines(alerts); got != strings.Join(cases, "\n") {
		t.Errorf("after the script ran again:\n%s", got)
	}
}
