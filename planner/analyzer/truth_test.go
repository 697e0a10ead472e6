package analyzer_test

import (
	"encoding/json"
	"os"
	"path/filepath"
	"sort"
	"strings"
	"testing"

	"github.com/argan-sql/argan/planner/analyzer"
	"github.com/argan-sql/argan/planner/logical"
	"github.com/argan-sql/argan/planner/plantest"
	"github.com/argan-sql/argan/sqlerr"
)

// truth is a file of recorded answers.
type truth struct {
	File       string
	Settings   [][]string
	Statements []struct {
		SQL        string
		Status     string
		Schema     [][]string
		ErrorClass string `json:"error_class"`
		Excluded   string
	}
}

// dataTables are the tables that the suite's files expect.
var dataTables = map[string]string{
	"testdata": "key INT, value STRING", "arraydata": "arraycol ARRAY<INT>, nestedarraycol ARRAY<ARRAY<INT>>", "mapdata": "mapcol MAP<INT, STRING>",
	"aggtest": "a INT, b FLOAT",
	"onek":    "unique1 INT, unique2 INT, two INT, four INT, ten INT, twenty INT, hundred INT, thousand INT, twothousand INT, fivethous INT, tenthous INT, odd INT, even INT, stringu1 STRING, stringu2 STRING, string4 STRING",
	"tenk1":   "unique1 INT, unique2 INT, two INT, four INT, ten INT, twenty INT, hundred INT, thousand INT, twothousand INT, fivethous INT, tenthous INT, odd INT, even INT, stringu1 STRING, stringu2 STRING, string4 STRING",
}

// TestTruth replays the recorded statements of Spark without running them: names and types of columns must be Spark's,
// and what Spark's analyzer refuses must be refused. VERBOSE prints every difference.
func TestTruth(t *testing.T) {
	dir := plantest.Shared()
	if dir == "" {
		t.Skip("the shared test data is not there: set ARGAN_SHARED")
	}
	var files []string
	_ = filepath.WalkDir(filepath.Join(dir, "sparksql"), func(path string, d os.DirEntry, err error) error {
		if err == nil && strings.HasSuffix(path, ".json") && strings.Contains(path, "truth") {
			files = append(files, path)
		}
		return err
	})
	sort.Strings(files)
	right, wrong, refused := 0, 0, 0
	say := func(string, ...any) {}
	if os.Getenv("VERBOSE") != "" {
		say = t.Logf
	}
	for _, path := range files {
		if only := os.Getenv("ONLY"); only != "" && !strings.Contains(path, only) {
			continue
		}
		raw, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		var tr truth
		if err := json.Unmarshal(raw, &tr); err != nil {
			t.Fatalf("%s: %v", path, err)
		}
		c := plantest.New()
		c.Settings["spark.sql.session.timeZone"] = "America/Los_Angeles"
		for name, cols := range dataTables {
			if _, err := c.AddTable(name, cols); err != nil {
				t.Fatal(err)
			}
		}
		for _, s := range tr.Settings {
			c.Settings[s[0]] = s[1]
		}
		for _, st := range tr.Statements {
			res, err := c.Replay(st.SQL)
			switch {
			case res.Skipped:
			case st.Status != "ok":
				if err != nil {
					right++
					if got := sqlerr.From(err).Class; got != st.ErrorClass {
						say("%s\n  %s\n  CLASS spark %s, here %v", tr.File, st.SQL, st.ErrorClass, err)
					}
				} else {
					say("%s\n  %s\n  ACCEPTED spark %s", tr.File, st.SQL, st.ErrorClass)
				}
			case err != nil:
				refused++
				say("%s\n  %s\n  REFUSED %s", tr.File, st.SQL, strings.SplitN(err.Error(), "\n", 2)[0])
			case res.Plan == nil || len(res.Columns) == 0:
				right++
			default:
				if err := logical.Check(res.Plan); err != nil {
					t.Errorf("%s\n  %s\n  BROKEN %v\n%s", tr.File, st.SQL, err, logical.Format(res.Plan))
				}
				if diff := compare(res, st.Schema); diff != "" {
					wrong++
					say("%s\n  %s\n  DIFFERS %s", tr.File, st.SQL, diff)
				} else {
					right++
				}
			}
		}
	}
	t.Logf("%d right, %d columns differ, %d refused", right, wrong, refused)
	if os.Getenv("ONLY") == "" && right < 6150 {
		t.Errorf("only %d of the recorded statements are right", right)
	}
}

func compare(res plantest.Result, want [][]string) string {
	var got, exp []string
	for _, c := range res.Columns {
		got = append(got, c.Name+": "+c.T.String())
	}
	for _, s := range want {
		exp = append(exp, s[0]+": "+s[1])
	}
	if g, e := strings.Join(got, ", "), strings.Join(exp, ", "); g != e {
		return "\n    spark " + e + "\n    here  " + g
	}
	return ""
}

var _ analyzer.Environment = (*plantest.Catalog)(nil)
