package live

import (
	"context"
	"fmt"
	"slices"
	"sync"
	"time"
)

const (
	watchEvery = 100 * time.Millisecond
	// overlap is how far back the watch looks each time: flows commit in an order of their own.
	overlap = "INTERVAL 30 SECONDS"
	// latest is how many alerts the board shows.
	latest = 8
	// kept is how many of the last latencies percentiles are of.
	kept = 5000
)

// alert is a row of fraud.alerts.
type alert struct{ rule, transaction, customer, amount, city, detail, raised string }

// watch reads fraud.alerts as anybody would, again and again, and notes when each alert was first seen.
type watch struct {
	mu        sync.Mutex
	seen      map[[2]string]bool
	rules     map[string]int
	last      []alert
	latencies []time.Duration
	from      string // raised of the newest alert
}

func newWatch() *watch { return &watch{seen: map[[2]string]bool{}, rules: map[string]int{}} }

// run polls until ctx ends.
func (w *watch) run(ctx context.Context, s *Shop) error {
	return repeat(ctx, watchEvery, func() error { return w.poll(ctx, s) })
}

// repeat calls f again and again until it fails or ctx ends, which is no error.
func repeat(ctx context.Context, every time.Duration, f func() error) error {
	tick := time.NewTicker(every)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return nil
		case <-tick.C:
		}
		if err := f(); err != nil && ctx.Err() == nil {
			return err
		}
	}
}

// poll looks for alerts of this run that were not seen yet.
func (w *watch) poll(ctx context.Context, s *Shop) error {
	from := fmt.Sprintf("timestamp_millis(%d)", s.began.UnixMilli())
	w.mu.Lock()
	if w.from != "" {
		from = "TIMESTAMP '" + w.from + "' - " + overlap
	}
	w.mu.Unlock()
	rows, err := s.rows(ctx, "SELECT rule, transaction_id, customer_id, amount, city, detail, date_format(raised, 'HH:mm:ss'), raised, unix_millis(received) FROM fraud.alerts "+
		"WHERE raised >= "+from+" AND received >= "+fmt.Sprintf("timestamp_millis(%d)", s.began.UnixMilli())+" ORDER BY raised")
	if err != nil {
		return err
	}
	now := time.Now()
	w.mu.Lock()
	defer w.mu.Unlock()
	for _, r := range rows {
		key := [2]string{r[0], r[1]}
		if w.seen[key] {
			continue
		}
		w.seen[key] = true
		w.rules[r[0]]++
		w.from = r[7]
		w.last = append(w.last, alert{r[0], r[1], r[2], r[3], r[4], r[5], r[6]})
		w.last = w.last[max(0, len(w.last)-latest):]
		var received int64
		if _, err := fmt.Sscan(r[8], &received); err != nil {
			return fmt.Errorf("when %s was received: %w", r[1], err)
		}
		w.latencies = append(w.latencies, now.Sub(time.UnixMilli(received)))
		w.latencies = w.latencies[max(0, len(w.latencies)-kept):]
	}
	return nil
}

func (w *watch) has(rule, transaction string) bool {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.seen[[2]string{rule, transaction}]
}

// alerts are how many alerts each rule raised in this run, and the last ones, the newest first.
func (w *watch) alerts() (rules map[string]int, last []alert) {
	w.mu.Lock()
	defer w.mu.Unlock()
	rules = map[string]int{}
	for rule, n := range w.rules {
		rules[rule] = n
	}
	last = slices.Clone(w.last)
	slices.Reverse(last)
	return rules, last
}

// latency is the time from the producer to a reader of fraud.alerts: its median and its 99th percentile. false while there is no alert.
func (w *watch) latency() (p50, p99 time.Duration, ok bool) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if len(w.latencies) == 0 {
		return 0, 0, false
	}
	sorted := slices.Sorted(slices.Values(w.latencies))
	return percentile(sorted, 0.5), percentile(sorted, 0.99), true
}

// percentile of a sorted list: the least value that so many are not above.
func percentile(sorted []time.Duration, p float64) time.Duration {
	at := int(p*float64(len(sorted))+0.999999) - 1
	return sorted[min(max(at, 0), len(sorted)-1)]
}
