package config

import (
	"fmt"
	"strconv"
	"strings"
	"time"
)

// Results bound what is kept of submitted statements' results.
type Results struct {
	TTL           time.Duration
	MaxSize, Disk int64 // bytes
}

// Queue bounds how many statements run and wait; 0 for the default.
type Queue struct {
	Running, Queued int
	// Rate is how many statements a user may send in a second, 0 for any number.
	Rate float64
}

// Limits are those of users who have no others; 0 for none.
type Limits struct {
	Memory, Rows, ScannedBytes int64
	Time                       time.Duration
	Running, Queued            int
}

// Audit says where the audit log is; Path is "" for none.
type Audit struct {
	Path     string
	MaxSize  int64 // bytes
	Keep     int
	Required bool
}

// Trace says where traces go: Exporter is off or otlp.
type Trace struct {
	Exporter, Endpoint string
	Ratio              float64
}

// operationKeys are the settings of who operates the server: what is kept, queued, limited, logged and traced.
var operationKeys = []Key{
	{"result-ttl", "duration", "10m", "How long the result of a submitted statement is kept after its end.", duration(func(s *Serve) *time.Duration { return &s.Results.TTL })},
	{"result-max-size", "size", "4g", "The largest result that is kept.", bytes(func(s *Serve) *int64 { return &s.Results.MaxSize })},
	{"result-disk", "size", "16g", "The disk that all kept results together may take, in spill-dir.", bytes(func(s *Serve) *int64 { return &s.Results.Disk })},
	{"max-running", "count", "", "How many statements run at the same time; others wait. Those that only look something up in the catalog do not count. Default: twice the threads, at least 8.", number(func(s *Serve) *int { return &s.Queue.Running })},
	{"max-queued", "count", "500", "How many statements may wait; more are refused and told when to try again.", number(func(s *Serve) *int { return &s.Queue.Queued })},
	{"rate-limit", "number", "", "How many statements a user may send in a second. Default: any number.", rate},
	{"limit-memory", "size", "", "The memory that a statement may use, of users without a limit of their own.", bytes(func(s *Serve) *int64 { return &s.Limits.Memory })},
	{"limit-time", "duration", "", "How long a statement may run.", duration(func(s *Serve) *time.Duration { return &s.Limits.Time })},
	{"limit-rows", "count", "", "How many rows a query may give.", rows},
	{"limit-scan", "size", "", "How much a statement may read from tables.", bytes(func(s *Serve) *int64 { return &s.Limits.ScannedBytes })},
	{"limit-running", "count", "", "How many statements of a user run at the same time.", number(func(s *Serve) *int { return &s.Limits.Running })},
	{"limit-queued", "count", "", "How many statements of a user may wait.", number(func(s *Serve) *int { return &s.Limits.Queued })},
	{"max-connection-age", "duration", "", "How long a connection of Flight SQL may last before its client is asked to open a new one, for balancers in front of several servers. Calls under way go on for up to an hour. Default: for ever; without calls a connection is closed after 4 hours.", duration(func(s *Serve) *time.Duration { return &s.ConnectionAge })},
	{"audit-log", "text", "off", "The file of the audit log, or off.", auditPath},
	{"audit-max-size", "size", "64m", "The size at which the audit log is rotated.", bytes(func(s *Serve) *int64 { return &s.Audit.MaxSize })},
	{"audit-keep", "count", "10", "How many rotated files of the audit log are kept.", number(func(s *Serve) *int { return &s.Audit.Keep })},
	{"audit-required", "switch", "false", "Whether statements are refused while the audit log cannot be written.", onOff(func(s *Serve) *bool { return &s.Audit.Required })},
	{"history-retention", "duration", "168h", "How long the history of statements is kept on disk, over restarts; 0s keeps it in memory only.", duration(func(s *Serve) *time.Duration { return &s.HistoryRetention })},
	{"slow-query", "duration", "", "Statements that take longer are logged with their plan and what each operator did. Default: none.", duration(func(s *Serve) *time.Duration { return &s.SlowQuery })},
	{"trace", "format", "off", "Where OpenTelemetry traces go: off or otlp. The OTEL_* variables of the environment are honoured.", parseTrace},
	{"trace-endpoint", "text", "", "The URL of the OTLP receiver. Default: OTEL_EXPORTER_OTLP_ENDPOINT, else http://localhost:4318.", text(func(s *Serve) *string { return &s.Trace.Endpoint })},
	{"trace-ratio", "number", "1", "Which part of the statements is traced, from 0 to 1, where the client has not decided.", parseRatio},
}

func init() { Keys = append(Keys, operationKeys...) }

func bytes(field func(*Serve) *int64) func(*Serve, string) error {
	return func(s *Serve, v string) error {
		if v == "" {
			return nil
		}
		n, err := parseSize(v)
		*field(s) = n
		return err
	}
}

func number(field func(*Serve) *int) func(*Serve, string) error {
	return func(s *Serve, v string) error {
		if v == "" {
			return nil
		}
		n, err := strconv.Atoi(v)
		if err != nil || n < 1 {
			return fmt.Errorf("it must be a number of at least 1")
		}
		*field(s) = n
		return nil
	}
}

func rows(s *Serve, v string) error {
	n, err := strconv.ParseInt(v, 10, 64)
	if err != nil || n < 1 {
		return fmt.Errorf("it must be a number of at least 1")
	}
	s.Limits.Rows = n
	return nil
}

func rate(s *Serve, v string) error {
	n, err := strconv.ParseFloat(v, 64)
	if err != nil || !(n > 0) || n > 1e9 {
		return fmt.Errorf("it must be a number above 0")
	}
	s.Queue.Rate = n
	return nil
}

func onOff(field func(*Serve) *bool) func(*Serve, string) error {
	return func(s *Serve, v string) error {
		switch strings.ToLower(v) {
		case "true", "on", "yes":
			*field(s) = true
		case "false", "off", "no":
			*field(s) = false
		default:
			return fmt.Errorf("it must be true or false")
		}
		return nil
	}
}

func auditPath(s *Serve, v string) error {
	if strings.EqualFold(v, "off") || strings.EqualFold(v, "false") {
		v = ""
	}
	s.Audit.Path = v
	return nil
}

func parseTrace(s *Serve, v string) error {
	switch strings.ToLower(v) {
	case "off", "false":
		s.Trace.Exporter = ""
	case "otlp":
		s.Trace.Exporter = "otlp"
	default:
		return fmt.Errorf("it must be off or otlp")
	}
	return nil
}

func parseRatio(s *Serve, v string) error {
	n, err := strconv.ParseFloat(v, 64)
	if err != nil || !(n >= 0 && n <= 1) {
		return fmt.Errorf("it must be a number from 0 to 1")
	}
	s.Trace.Ratio = n
	return nil
}
