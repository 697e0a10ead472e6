package engine

import (
	"fmt"
	"io"
	"strings"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"
	"github.com/prometheus/common/expfmt"
)

// latencyBounds are the upper bounds of the latency histograms, in seconds.
var latencyBounds = []float64{0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 300}

// metrics counts what an engine does, for every protocol, in the form of Prometheus.
type metrics struct {
	registry *prometheus.Registry

	statements, kinds                         *prometheus.CounterVec
	seconds, waited                           prometheus.Histogram
	rows, rowsRead, bytesRead, spilled        prometheus.Counter
	logins, commits, conflicts, refused, slow prometheus.Counter
}

func newMetrics(e *Engine) *metrics {
	m := &metrics{registry: prometheus.NewRegistry()}
	counter := func(name, help string) prometheus.Counter {
		c := prometheus.NewCounter(prometheus.CounterOpts{Name: name, Help: help})
		m.registry.MustRegister(c)
		return c
	}
	vector := func(name, help string, labels ...string) *prometheus.CounterVec {
		c := prometheus.NewCounterVec(prometheus.CounterOpts{Name: name, Help: help}, labels)
		m.registry.MustRegister(c)
		return c
	}
	histogram := func(name, help string) prometheus.Histogram {
		h := prometheus.NewHistogram(prometheus.HistogramOpts{Name: name, Help: help, Buckets: latencyBounds})
		m.registry.MustRegister(h)
		return h
	}
	m.statements = vector("argan_statements_total", "Statements that have ended, by state.", "state")
	m.kinds = vector("argan_statements_by_kind_total", "Statements that have ended, by kind, protocol and state.", "kind", "protocol", "state")
	m.seconds = histogram("argan_statement_seconds", "How long statements took.")
	m.waited = histogram("argan_queue_seconds", "How long statements waited for their turn.")
	m.rows = counter("argan_result_rows_total", "Rows given to clients.")
	m.rowsRead = counter("argan_read_rows_total", "Rows read from tables.")
	m.bytesRead = counter("argan_read_bytes_total", "Bytes read from tables.")
	m.spilled = counter("argan_spilled_bytes_total", "Bytes of temporary data written to disk.")
	m.logins = counter("argan_logins_failed_total", "Logins that were refused.")
	m.commits = counter("argan_commits_total", "Versions of Delta tables that statements have committed.")
	m.conflicts = counter("argan_commit_conflicts_total", "Statements that failed because another writer came first.")
	m.refused = counter("argan_statements_refused_total", "Statements that were refused because of a full queue or a rate limit.")
	m.slow = counter("argan_slow_statements_total", "Statements that took longer than slow-query.")
	for _, state := range []State{Succeeded, Failed, Cancelled} {
		m.statements.WithLabelValues(strings.ToLower(string(state)))
	}
	m.registry.MustRegister(&gauges{e}, &streamMetrics{e}, collectors.NewGoCollector(), collectors.NewProcessCollector(collectors.ProcessCollectorOpts{}))
	return m
}

// count enters an ended statement.
func (m *metrics) count(f *Finished) {
	state := strings.ToLower(string(f.State))
	kind, protocol := strings.ToLower(string(f.Kind)), f.Protocol
	if kind == "" {
		kind = "none"
	}
	if protocol == "" {
		protocol = "none"
	}
	m.statements.WithLabelValues(state).Inc()
	m.kinds.WithLabelValues(kind, protocol, state).Inc()
	m.seconds.Observe(f.Ended.Sub(f.Submitted).Seconds())
	if !f.Started.IsZero() {
		m.waited.Observe(f.Queue.Seconds())
	}
	m.rows.Add(float64(f.Progress.RowsOut))
	m.rowsRead.Add(float64(f.Progress.RowsRead))
	m.bytesRead.Add(float64(f.Progress.BytesRead))
	m.spilled.Add(float64(f.Progress.SpilledBytes))
	switch {
	case f.Version >= 0:
		m.commits.Inc()
	case strings.HasPrefix(f.Class, "DELTA_CONCURRENT_"), f.Class == "DELTA_METADATA_CHANGED", f.Class == "DELTA_PROTOCOL_CHANGED":
		m.conflicts.Inc()
	case f.Class == "TOO_MANY_STATEMENTS", f.Class == "TOO_MANY_REQUESTS":
		m.refused.Inc()
	}
}

// gauges are what can be seen of the engine at one moment.
type gauges struct{ e *Engine }

func gauge(name, help string, labels ...string) *prometheus.Desc {
	return prometheus.NewDesc(name, help, labels, nil)
}

var (
	gaugeRunning     = gauge("argan_statements_running", "Statements running now.")
	gaugeQueued      = gauge("argan_statements_queued", "Statements waiting to run.")
	gaugeSessions    = gauge("argan_sessions", "Open sessions.")
	gaugeProtocols   = gauge("argan_sessions_by_protocol", "Open sessions by protocol.", "protocol")
	gaugeMemory      = gauge("argan_memory_used_bytes", "Memory held by statements and caches.")
	gaugeLimit       = gauge("argan_memory_limit_bytes", "The limit on it.")
	gaugeUses        = gauge("argan_memory_bytes", "Memory by use: statements, cache, results.", "use")
	gaugeCache       = gauge("argan_cache_bytes", "Memory held by the cache of columns.")
	counterHits      = gauge("argan_cache_hits_total", "Columns found in the cache.")
	counterMisses    = gauge("argan_cache_misses_total", "Columns that were decoded.")
	gaugeKept        = gauge("argan_results_kept", "Results of submitted statements that are kept.")
	gaugeKeptBytes   = gauge("argan_results_kept_bytes", "What they take, by place: memory, disk.", "place")
	gaugeDraining    = gauge("argan_draining", "1 while the server is shutting down.")
	gaugeInformation = gauge("argan_info", "The version.", "version")
)

// Describe lists the gauges.
func (g *gauges) Describe(out chan<- *prometheus.Desc) {
	for _, d := range []*prometheus.Desc{
		gaugeRunning, gaugeQueued, gaugeSessions, gaugeProtocols, gaugeMemory, gaugeLimit, gaugeUses, gaugeCache, counterHits, counterMisses, gaugeKept, gaugeKeptBytes, gaugeDraining, gaugeInformation,
	} {
		out <- d
	}
}

// Collect reads them.
func (g *gauges) Collect(out chan<- prometheus.Metric) {
	set := func(d *prometheus.Desc, v int64, labels ...string) {
		out <- prometheus.MustNewConstMetric(d, prometheus.GaugeValue, float64(v), labels...)
	}
	e := g.e
	running, queued := e.load()
	set(gaugeRunning, int64(running))
	set(gaugeQueued, int64(queued))
	sessions, byProtocol := int64(0), map[string]int64{}
	for _, s := range e.Sessions(nil) {
		protocol := s.options.Protocol
		if protocol == "" {
			protocol = "none"
		}
		byProtocol[protocol]++
		sessions++
	}
	set(gaugeSessions, sessions)
	for protocol, n := range byProtocol {
		set(gaugeProtocols, n, protocol)
	}
	_, cached, hits, misses := e.cache.Stats()
	used, kept := e.memory.Used(), e.keeper.inMemory.Load()
	set(gaugeMemory, used)
	set(gaugeLimit, e.memory.Limit())
	set(gaugeUses, max(0, used-cached-kept), "statements")
	set(gaugeUses, cached, "cache")
	set(gaugeUses, kept, "results")
	set(gaugeCache, cached)
	out <- prometheus.MustNewConstMetric(counterHits, prometheus.CounterValue, float64(hits))
	out <- prometheus.MustNewConstMetric(counterMisses, prometheus.CounterValue, float64(misses))
	set(gaugeKept, e.keeper.results.Load())
	set(gaugeKeptBytes, kept, "memory")
	set(gaugeKeptBytes, e.keeper.onDisk.Load(), "disk")
	draining := int64(0)
	if e.Draining() {
		draining = 1
	}
	set(gaugeDraining, draining)
	set(gaugeInformation, 1, e.Version())
}

// load is how many statements run and wait.
func (e *Engine) load() (running, queued int) {
	e.statements.each(func(st *Statement) {
		switch state, _ := st.State(); state {
		case Running:
			running++
		case Queued:
			queued++
		}
	})
	return running, queued
}

// MetricsType is the media type of WriteMetrics.
const MetricsType = "text/plain; version=0.0.4; charset=utf-8"

// WriteMetrics writes the metrics as Prometheus reads them.
func (e *Engine) WriteMetrics(w io.Writer) error {
	families, err := e.metrics.registry.Gather()
	if err != nil {
		return fmt.Errorf("metrics: %w", err)
	}
	for _, family := range families {
		if _, err := expfmt.MetricFamilyToText(w, family); err != nil {
			return fmt.Errorf("metrics: %w", err)
		}
	}
	return nil
}
