package live

import (
	"bytes"
	"encoding/csv"
	"os"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/argan-sql/argan/engine"
	"github.com/argan-sql/argan/internal/techmart"
)

// The shop opens twice on one warehouse, each time with a broker of its own: all that was sent comes through, and the files of the
// report say what the tables say.
func TestTheShopOpensTwice(t *testing.T) {
	if testing.Short() {
		t.Skip("streams run for some seconds")
	}
	e, err := engine.Open(engine.Config{Warehouse: t.TempDir()})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = e.Close() })
	e.StartStreams()
	payments, alerts := int64(0), 0
	for range 2 {
		s, err := Open(t.Context(), e, Options{Rate: 250})
		if err != nil {
			t.Fatal(err)
		}
		var out bytes.Buffer
		if err := s.Run(t.Context(), &Board{Out: &out, Terminal: true, Connect: []string{"by shell"}}, 3*time.Second); err != nil {
			t.Fatal(err)
		}
		if err := s.Finish(t.Context()); err != nil {
			t.Fatal(err)
		}
		planted := s.producer.planted()
		if missing := s.Missing(); len(missing) > 0 || len(planted.Cases) == 0 {
			t.Errorf("of %d planted frauds these are missing: %v", len(planted.Cases), missing)
		}
		payments += planted.Payments
		alerts += len(planted.Cases)
		if err := s.Summary(t.Context(), &out); err != nil {
			t.Fatal(err)
		}
		for _, want := range []string{"silver.transactions_live", techmart.HighAmount, "by shell", "p99"} {
			if !strings.Contains(out.String(), want) {
				t.Errorf("nothing of %s in\n%s", want, out.String())
			}
		}
		got, err := s.rows(t.Context(), "SELECT (SELECT count(*) FROM silver.transactions_live), (SELECT count(*) FROM fraud.alerts), (SELECT sum(payments) FROM gold.daily_report)")
		if err != nil {
			t.Fatal(err)
		}
		if want := []string{text(payments), text(int64(alerts)), text(payments)}; strings.Join(got[0], " ") != strings.Join(want, " ") {
			t.Errorf("payments, alerts and reported payments are %v, expected %v", got[0], want)
		}
		f, err := os.Open(s.reportFile("csv"))
		if err != nil {
			t.Fatal(err)
		}
		report, err := csv.NewReader(f).ReadAll()
		if err != nil {
			t.Fatal(err)
		}
		_ = f.Close()
		want, err := s.rows(t.Context(), "SELECT * FROM gold.daily_report")
		if err != nil || len(report) != len(want)+1 || report[0][0] != "day" {
			t.Errorf("the report has %d lines for %d rows: %v", len(report), len(want), err)
		}
		page, err := os.ReadFile(s.reportFile("html"))
		if err != nil || !bytes.Contains(page, []byte(planted.Cases[0].Transaction)) {
			t.Errorf("the page does not have payment %s: %v", planted.Cases[0].Transaction, err)
		}
		s.Close()
	}
}

func text(n int64) string { return strconv.FormatInt(n, 10) }

func TestTheRateHasBounds(t *testing.T) {
	for _, rate := range []float64{0, -1, MaxRate + 1} {
		if s, err := Open(t.Context(), nil, Options{Rate: rate}); err == nil {
			s.Close()
			t.Errorf("a rate of %g is taken", rate)
		}
	}
}

func TestAsHTMLEscapes(t *testing.T) {
	page, err := asHTML(time.Unix(0, 0), section{Title: "A & B", Columns: columnsOf([]string{"city"}, "n"), Rows: [][]string{{"<b>Fès</b>", "7"}}}, section{Title: "Empty"})
	if err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{"A &amp; B", "&lt;b&gt;Fès&lt;/b&gt;", `<td class="n">7</td>`, "None.", "1970-01-01 00:00:00 UTC"} {
		if !strings.Contains(string(page), want) {
			t.Errorf("no %s in\n%s", want, page)
		}
	}
}

func TestPercentile(t *testing.T) {
	var hundred []time.Duration
	for i := range 100 {
		hundred = append(hundred, time.Duration(i+1))
	}
	for p, want := range map[float64]time.Duration{0: 1, 0.5: 50, 0.99: 99, 1: 100} {
		if got := percentile(hundred, p); got != want {
			t.Errorf("percentile %g is %d, expected %d", p, got, want)
		}
	}
	if got := percentile(hundred[:1], 0.99); got != 1 {
		t.Errorf("of one: %d", got)
	}
}

func TestMeter(t *testing.T) {
	m := meter{over: time.Second}
	at := time.Unix(1000, 0)
	for i := range 30 {
		m.add(at.Add(time.Duration(i)*100*time.Millisecond), int64(i*i))
	}
	now := at.Add(2900 * time.Millisecond)
	if got := m.perSecond(now); got < 470 || got > 490 { // from 19² to 29² in a second
		t.Errorf("%g a second", got)
	}
	if got := m.perSecond(now.Add(2 * time.Second)); got != 0 {
		t.Errorf("%g a second when nothing comes any more", got)
	}
}
