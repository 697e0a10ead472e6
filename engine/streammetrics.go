package engine

import (
	"context"
	"sync"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/argan-sql/argan/stream"
)

// streamMetrics shows the streams that this process runs, as they are when somebody looks.
type streamMetrics struct{ engine *Engine }

var flowLabels = []string{"table", "flow"}

// The metrics of streams.
var (
	streamRunning  = prometheus.NewDesc("argan_stream_state", "1 for the state a flow is in.", append(flowLabels[:2:2], "state"), nil)
	streamLag      = prometheus.NewDesc("argan_stream_lag", "Messages (of a table: versions) that are there and not read yet.", append(flowLabels[:2:2], "source"), nil)
	streamIn       = prometheus.NewDesc("argan_stream_rows_read_total", "Messages read, where the source counts them.", flowLabels, nil)
	streamOut      = prometheus.NewDesc("argan_stream_rows_written_total", "Rows committed.", flowLabels, nil)
	streamAside    = prometheus.NewDesc("argan_stream_quarantined_total", "Messages put aside.", flowLabels, nil)
	streamBatches  = prometheus.NewDesc("argan_stream_batches_total", "Batches made.", flowLabels, nil)
	streamSeconds  = prometheus.NewDesc("argan_stream_batch_seconds_total", "Time that batches took.", flowLabels, nil)
	streamCommit   = prometheus.NewDesc("argan_stream_commit_seconds_total", "Time that their commits took.", flowLabels, nil)
	streamFailures = prometheus.NewDesc("argan_stream_tries", "Errors in a row, 0 while all is well.", flowLabels, nil)
)

// Describe lists them.
func (m *streamMetrics) Describe(c chan<- *prometheus.Desc) {
	for _, d := range []*prometheus.Desc{streamRunning, streamLag, streamIn, streamOut, streamAside, streamBatches, streamSeconds, streamCommit, streamFailures} {
		c <- d
	}
}

// Collect asks the runners, and through them the brokers for their ends.
func (m *streamMetrics) Collect(c chan<- prometheus.Metric) {
	if m.engine.streams == nil {
		return
	}
	ctx, cancel := context.WithTimeout(context.Background(), lagPatience)
	defer cancel()
	var wg sync.WaitGroup
	for _, r := range m.engine.streams.Runners() {
		wg.Go(func() { collectStream(ctx, r, c) })
	}
	wg.Wait()
}

func collectStream(ctx context.Context, r *stream.Runner, c chan<- prometheus.Metric) {
	f, s := r.Flow(), r.Status()
	table := f.Database + "." + f.Table
	send := func(d *prometheus.Desc, kind prometheus.ValueType, value float64, more ...string) {
		c <- prometheus.MustNewConstMetric(d, kind, value, append([]string{table, f.Name}, more...)...)
	}
	send(streamRunning, prometheus.GaugeValue, 1, string(s.State))
	send(streamIn, prometheus.CounterValue, float64(s.RowsIn))
	send(streamOut, prometheus.CounterValue, float64(s.RowsOut))
	send(streamAside, prometheus.CounterValue, float64(s.Quarantined))
	send(streamBatches, prometheus.CounterValue, float64(s.Batches))
	send(streamSeconds, prometheus.CounterValue, s.Took.Seconds())
	send(streamCommit, prometheus.CounterValue, s.Put.Seconds())
	send(streamFailures, prometheus.GaugeValue, float64(s.Tries))
	for source, n := range r.Lag(ctx) {
		if n >= 0 {
			send(streamLag, prometheus.GaugeValue, float64(n), source)
		}
	}
}
