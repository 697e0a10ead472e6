package techmart

import (
	"encoding/json"
	"os"
	"strings"
	"testing"

	"github.com/argan-sql/argan/sql/parser"
)

// The scripts are split at semicolons by simple tools as well: none may stand in a comment or a literal.
func TestStatementsEndLines(t *testing.T) {
	for _, s := range append(Load(), Step{"report", report}, Streams()) {
		for n, line := range strings.Split(s.SQL, "\n") {
			if at := strings.IndexByte(line, ';'); at >= 0 && at != len(line)-1 {
				t.Errorf("%s line %d: a semicolon within the line: %s", s.Name, n+1, line)
			}
		}
	}
}

func TestReportMatchesTheRecordedAnswers(t *testing.T) {
	raw, err := os.ReadFile("expected.json")
	if err != nil {
		t.Fatal(err)
	}
	var recorded struct {
		Loads []struct {
			Delivery string
			Tables   map[string]struct{ Rows int }
			Report   []struct {
				Title string
				Rows  [][]*string
			}
		}
	}
	if err := json.Unmarshal(raw, &recorded); err != nil {
		t.Fatal(err)
	}
	if len(recorded.Loads) != len(Deliveries()) {
		t.Fatalf("%d loads are recorded, want %d", len(recorded.Loads), len(Deliveries()))
	}
	queries := Report()
	for i, load := range recorded.Loads {
		if load.Delivery != Deliveries()[i] {
			t.Errorf("load %d is of %s", i, load.Delivery)
		}
		if len(load.Report) != len(queries) {
			t.Fatalf("%s: %d answers for %d queries", load.Delivery, len(load.Report), len(queries))
		}
		for j, q := range queries {
			if load.Report[j].Title != q.Title || len(load.Report[j].Rows) == 0 {
				t.Errorf("%s: answer %d is %q with %d rows, want %q", load.Delivery, j, load.Report[j].Title, len(load.Report[j].Rows), q.Title)
			}
			if !strings.HasPrefix(q.SQL, "SELECT") {
				t.Errorf("%q starts with %.20q", q.Title, q.SQL)
			}
		}
		for _, table := range []string{"bronze.transactions", "silver.customers", "gold.fact_sales", "gold.metrics"} {
			if load.Tables[table].Rows == 0 {
				t.Errorf("%s: %s is empty", load.Delivery, table)
			}
		}
	}
}

func TestScriptsParse(t *testing.T) {
	variables := strings.NewReplacer("${raw}", "/raw", "${delivery}", "day1")
	for _, s := range append(Load(), Step{"report", report}, Streams()) {
		list, err := parser.ParseScript(variables.Replace(s.SQL))
		if err != nil {
			t.Errorf("%s: %v", s.Name, err)
			continue
		}
		if want := strings.Count(s.SQL, ";\n"); len(list) != want {
			t.Errorf("%s: %d statements, want %d", s.Name, len(list), want)
		}
	}
}
