package live

import (
	"context"
	"fmt"
	"io"
	"sort"
	"strconv"
	"strings"
	"text/tabwriter"
	"time"
)

// Board shows how the shop is.
type Board struct {
	Out io.Writer
	// Terminal has the whole board drawn again and again; else there is a line now and then.
	Terminal bool
	// Connect are the lines that tell how to get at the tables.
	Connect []string
}

const (
	redrawEvery = time.Second
	lineEvery   = 3 * time.Second
)

// stream is a line of SHOW STREAMS.
type stream struct {
	table, flow, state, problem string
	rows, lag, quarantined      int64
	perSecond                   float64
}

// run shows until ctx ends.
func (b *Board) run(ctx context.Context, s *Shop) error {
	every := lineEvery
	if b.Terminal {
		every = redrawEvery
	}
	return repeat(ctx, every, func() error {
		if err := b.show(ctx, s); err != nil {
			return err
		}
		return s.reportIfRefreshed(ctx)
	})
}

func (b *Board) show(ctx context.Context, s *Shop) error {
	streams, err := s.streams(ctx)
	if err != nil {
		return err
	}
	text := s.line(streams) + "\n"
	if b.Terminal {
		text = "\x1b[H\x1b[2J" + s.board(streams) + "\n" + strings.Join(b.Connect, "\n") + "\n"
	}
	_, err = io.WriteString(b.Out, text)
	return err
}

// streams are the flows of the shop's tables.
func (s *Shop) streams(ctx context.Context) ([]stream, error) {
	rows, err := s.rows(ctx, "SELECT concat(database, '.', table) AS name, flow, state, error, rows, lag, quarantined, rows_per_second FROM system.streams "+
		"WHERE kind = 'STREAM' AND concat(database, '.', table) IN ('"+strings.Join(tables, "', '")+"')")
	if err != nil {
		return nil, err
	}
	var out []stream
	for _, r := range rows {
		t := stream{table: r[0], flow: r[1], state: r[2], problem: r[3], lag: -1}
		t.rows, _ = strconv.ParseInt(r[4], 10, 64) // NULL is 0
		if r[5] != "" {
			t.lag, _ = strconv.ParseInt(r[5], 10, 64)
		}
		t.quarantined, _ = strconv.ParseInt(r[6], 10, 64)
		t.perSecond, _ = strconv.ParseFloat(r[7], 64)
		out = append(out, t)
	}
	sort.SliceStable(out, func(i, j int) bool { return place(out[i].table) < place(out[j].table) })
	return out, nil
}

func place(table string) int {
	for i, t := range tables {
		if t == table {
			return i
		}
	}
	return len(tables)
}

// line is the state in one line.
func (s *Shop) line(streams []stream) string {
	sent, rate := s.producer.counts()
	var payments, quarantined, lag int64
	for _, t := range streams {
		quarantined += t.quarantined
		if t.table == "silver.transactions_live" {
			payments += t.rows
		}
		if strings.HasPrefix(t.table, "bronze.") {
			lag += max(t.lag, 0)
		}
	}
	rules, _ := s.watch.alerts()
	alerts := 0
	for _, n := range rules {
		alerts += n
	}
	return fmt.Sprintf("%s  sent %d (%.0f/s)  lag %d  silver payments %d  quarantined %d  alerts %d%s%s",
		time.Now().Format("15:04:05"), sent, rate, lag, payments, quarantined, alerts, s.latencyText("  produce to alert "), problems(streams))
}

func (s *Shop) latencyText(before string) string {
	p50, p99, ok := s.watch.latency()
	if !ok {
		return ""
	}
	return fmt.Sprintf("%sp50 %d ms, p99 %d ms", before, p50.Milliseconds(), p99.Milliseconds())
}

func problems(streams []stream) string {
	var out strings.Builder
	for _, t := range streams {
		if t.problem != "" {
			fmt.Fprintf(&out, "\n  %s %s: %s", t.flow, t.state, t.problem)
		}
	}
	return out.String()
}

// board is the state as a page.
func (s *Shop) board(streams []stream) string {
	var out strings.Builder
	sent, rate := s.producer.counts()
	fmt.Fprintf(&out, "TechMart live   %s   broker %s   sent %d, %.0f/s%s\n\n", time.Now().Format("15:04:05"), s.brokers, sent, rate, s.latencyText("   produce to alert "))
	w := tabwriter.NewWriter(&out, 0, 0, 2, ' ', 0)
	_, _ = fmt.Fprintln(w, "TABLE\tFLOW\tSTATE\tROWS\tROWS/S\tLAG\tQUARANTINED") // a Builder takes everything
	for _, t := range streams {
		lag := ""
		if t.lag >= 0 {
			lag = strconv.FormatInt(t.lag, 10)
		}
		_, _ = fmt.Fprintf(w, "%s\t%s\t%s\t%d\t%.0f\t%s\t%d\n", t.table, t.flow, t.state, t.rows, t.perSecond, lag, t.quarantined)
	}
	_ = w.Flush()
	if p := problems(streams); p != "" {
		out.WriteString(p + "\n")
	}
	_, last := s.watch.alerts()
	out.WriteString("\nLAST ALERTS\n")
	w = tabwriter.NewWriter(&out, 0, 0, 2, ' ', 0)
	for _, a := range last {
		_, _ = fmt.Fprintf(w, "%s\t%s\t%s MAD\t%s\t%s\t%s\n", a.raised, a.rule, a.amount, a.city, a.transaction, a.detail)
	}
	_ = w.Flush()
	return out.String()
}

// Summary tells what came of a run.
func (s *Shop) Summary(ctx context.Context, out io.Writer) error {
	streams, err := s.streams(ctx)
	if err != nil {
		return err
	}
	sent, _ := s.producer.counts()
	planted := s.producer.planted()
	_, err = fmt.Fprintf(out, "Sent %d messages: %d payments, %d web events, %d duplicates, %d late, %d that make no sense, %d that cannot be read.\n\n",
		sent, planted.Payments, planted.WebEvents, planted.Duplicates, planted.Late, planted.Invalid, planted.BrokenPayments+planted.BrokenEvents)
	if err != nil {
		return err
	}
	want := map[string]int{}
	for _, c := range planted.Cases {
		want[c.Rule]++
	}
	got, _ := s.watch.alerts()
	w := tabwriter.NewWriter(out, 0, 0, 2, ' ', 0)
	_, _ = fmt.Fprintln(w, "TABLE\tFLOW\tSTATE\tROWS\tQUARANTINED") // Flush tells of errors
	for _, t := range streams {
		_, _ = fmt.Fprintf(w, "%s\t%s\t%s\t%d\t%d\n", t.table, t.flow, t.state, t.rows, t.quarantined)
	}
	_, _ = fmt.Fprintln(w, "\nRULE\tPLANTED\tALERTED")
	for _, rule := range sortedKeys(want, got) {
		_, _ = fmt.Fprintf(w, "%s\t%d\t%d\n", rule, want[rule], got[rule])
	}
	if err := w.Flush(); err != nil {
		return err
	}
	_, err = fmt.Fprintf(out, "%s\nReport: %s\n", s.latencyText("\nFrom the producer to a reader of fraud.alerts: "), s.reportFile("html"))
	return err
}

func sortedKeys(maps ...map[string]int) []string {
	seen := map[string]bool{}
	var out []string
	for _, m := range maps {
		for k := range m {
			if !seen[k] {
				seen[k] = true
				out = append(out, k)
			}
		}
	}
	sort.Strings(out)
	return out
}
