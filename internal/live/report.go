package live

import (
	"bytes"
	"context"
	_ "embed" // the page is part of the binary
	"encoding/csv"
	"fmt"
	"html/template"
	"os"
	"path/filepath"
	"time"
)

//go:embed report.html
var reportPage string

var reportTemplate = template.Must(template.New("report").Parse(reportPage))

// column is one of a table of the report.
type column struct {
	Name   string
	Number bool
}

// section is a table of the report.
type section struct {
	Title   string
	Columns []column
	Rows    [][]string
}

func columnsOf(text []string, numbers ...string) (out []column) {
	for _, name := range text {
		out = append(out, column{Name: name})
	}
	for _, name := range numbers {
		out = append(out, column{Name: name, Number: true})
	}
	return out
}

// reportFile is where the report is, as html or csv.
func (s *Shop) reportFile(ext string) string {
	return filepath.Join(s.engine.Warehouse(), "reports", "daily_report."+ext)
}

// reportIfRefreshed writes the files anew when the schedule has refreshed the report.
func (s *Shop) reportIfRefreshed(ctx context.Context) error {
	rows, err := s.rows(ctx, "SELECT max(ended_at) FROM system.schedule_runs WHERE database = 'gold' AND table = 'daily_report' AND state = 'SUCCEEDED'")
	if err != nil || len(rows) == 0 || rows[0][0] == "" || rows[0][0] == s.reported {
		return err
	}
	if err := s.report(ctx); err != nil {
		return err
	}
	s.reported = rows[0][0]
	return nil
}

// report writes gold.daily_report as CSV, and with the last alerts as a page.
func (s *Shop) report(ctx context.Context) error {
	days := section{Title: "By day and city", Columns: columnsOf([]string{"day", "city"}, "payments", "customers", "turnover", "mean_basket", "alerted", "amount_alerted")}
	var err error
	if days.Rows, err = s.rows(ctx, "SELECT day, city, payments, customers, turnover, mean_basket, alerted, amount_alerted FROM gold.daily_report ORDER BY day DESC, turnover DESC, city"); err != nil {
		return err
	}
	alerts := section{Title: "Last alerts", Columns: columnsOf([]string{"raised", "rule", "transaction", "customer", "city", "detail"}, "amount")}
	if alerts.Rows, err = s.rows(ctx, "SELECT date_format(raised, 'yyyy-MM-dd HH:mm:ss'), rule, transaction_id, customer_id, city, detail, amount FROM fraud.alerts ORDER BY raised DESC, transaction_id LIMIT 20"); err != nil {
		return err
	}
	table, err := asCSV(days)
	if err != nil {
		return err
	}
	page, err := asHTML(time.Now(), days, alerts)
	if err != nil {
		return err
	}
	if err := os.MkdirAll(filepath.Dir(s.reportFile("csv")), 0o755); err != nil {
		return err
	}
	if err := replace(s.reportFile("csv"), table); err != nil {
		return err
	}
	return replace(s.reportFile("html"), page)
}

func asCSV(t section) ([]byte, error) {
	var out bytes.Buffer
	w := csv.NewWriter(&out)
	var names []string
	for _, c := range t.Columns {
		names = append(names, c.Name)
	}
	if err := w.Write(names); err != nil {
		return nil, err
	}
	err := w.WriteAll(t.Rows)
	return out.Bytes(), err
}

func asHTML(made time.Time, tables ...section) ([]byte, error) {
	var out bytes.Buffer
	err := reportTemplate.Execute(&out, map[string]any{"Made": made.UTC().Format("2006-01-02 15:04:05 UTC"), "Tables": tables})
	return out.Bytes(), err
}

// replace puts a file in its place at once: who reads it never sees half.
func replace(path string, content []byte) error {
	f, err := os.CreateTemp(filepath.Dir(path), ".report-*")
	if err != nil {
		return err
	}
	_, err = f.Write(content)
	if failed := f.Close(); err == nil {
		err = failed
	}
	if err == nil {
		err = os.Chmod(f.Name(), 0o644)
	}
	if err == nil {
		err = os.Rename(f.Name(), path)
	}
	if err != nil {
		_ = os.Remove(f.Name()) // the first error tells more
		return fmt.Errorf("write the report %s: %w", path, err)
	}
	return nil
}
