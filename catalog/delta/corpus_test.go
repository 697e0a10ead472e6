package delta

import (
	"bufio"
	"context"
	"encoding/json"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/argan-sql/argan/catalog/storage"
)

var bg = context.Background()

type corpusCase struct {
	ID         string           `json:"id"`
	Path       string           `json:"path"`
	SQL        string           `json:"sql"`
	Expected   string           `json:"expected"`
	Rows       int64            `json:"rows"`
	ErrorRegex string           `json:"error_regex"`
	Copy       bool             `json:"copy"`
	Also       []string         `json:"also"`
	Mtimes     map[string]int64 `json:"mtimes"`
}

// corpus is the folder of recorded tables; tests that need it are skipped without it.
func corpus(t testing.TB) string {
	root := os.Getenv("ARGAN_SHARED")
	if root == "" {
		root = filepath.Join("..", "..", "..", "shared")
	}
	root, err := filepath.Abs(filepath.Join(root, "delta", "corpus"))
	if err != nil {
		t.Fatal(err)
	}
	if _, err := os.Stat(filepath.Join(root, "manifest.jsonl")); err != nil {
		t.Skip("no recorded Delta tables (ARGAN_SHARED is not set and ../shared is not there)")
	}
	return root
}

func corpusCases(t testing.TB, root string) []corpusCase {
	raw, err := os.ReadFile(filepath.Join(root, "manifest.jsonl"))
	if err != nil {
		t.Fatal(err)
	}
	var out []corpusCase
	for _, line := range strings.Split(strings.TrimSpace(string(raw)), "\n") {
		var c corpusCase
		if err := json.Unmarshal([]byte(line), &c); err != nil {
			t.Fatal(err)
		}
		out = append(out, c)
	}
	return out
}

// place gives the root that the case's table lies in: the corpus, or a copy with paths or times put right.
func place(t *testing.T, root string, c corpusCase) string {
	if !c.Copy && c.Mtimes == nil {
		return root
	}
	dir := t.TempDir()
	for _, p := range append([]string{c.Path}, c.Also...) {
		copyTree(t, filepath.Join(root, p), filepath.Join(dir, p), dir)
	}
	for v, ms := range c.Mtimes {
		n, err := strconv.ParseInt(v, 10, 64)
		if err != nil {
			t.Fatal(err)
		}
		at := time.UnixMilli(ms)
		if err := os.Chtimes(commitPath(filepath.Join(dir, c.Path), n), at, at); err != nil {
			t.Fatal(err)
		}
	}
	return dir
}

func copyTree(t *testing.T, from, to, root string) {
	err := filepath.WalkDir(from, func(p string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		rel, err := filepath.Rel(from, p)
		if err != nil {
			return err
		}
		if d.IsDir() {
			return os.MkdirAll(filepath.Join(to, rel), 0o755)
		}
		raw, err := os.ReadFile(p)
		if err != nil {
			return err
		}
		if root != "" && strings.HasSuffix(p, ".json") {
			raw = []byte(strings.ReplaceAll(string(raw), "@@ROOT@@", root))
		}
		return os.WriteFile(filepath.Join(to, rel), raw, 0o644)
	})
	if err != nil {
		t.Fatal(err)
	}
}

var (
	plainRead = regexp.MustCompile("^SELECT (?:\\*|count\\(\\*\\) AS n, sum\\(id\\) AS s) FROM delta\\.`([^`]*?)(?:@v(\\d+))?`(?: VERSION AS OF (\\d+)| TIMESTAMP AS OF '([^']+)')?$")
	tableRead = regexp.MustCompile("delta\\.`([^`@]*)`")
)

// readCorpus opens the snapshot that a case's statement names.
func readCorpus(root string, c corpusCase) (*Snapshot, bool, error) {
	sql := strings.ReplaceAll(c.SQL, "{root}", root)
	m := plainRead.FindStringSubmatch(sql)
	whole := m != nil && strings.HasPrefix(sql, "SELECT *")
	at := At{}
	path := ""
	if m != nil {
		path = m[1]
		for _, v := range m[2:4] {
			if v != "" {
				n, err := strconv.ParseInt(v, 10, 64)
				if err != nil {
					return nil, false, err
				}
				at.Version = &n
			}
		}
		if m[4] != "" {
			micros, err := parseTimestamp(m[4], time.UTC)
			if err != nil {
				return nil, false, err
			}
			ts := timeOfMicros(micros)
			at.Timestamp = &ts
		}
	} else if m := tableRead.FindStringSubmatch(sql); m != nil {
		path = m[1]
	}
	table, err := Open(storage.NewLocal(), path)
	if err != nil {
		return nil, false, err
	}
	s, err := table.Snapshot(bg, at)
	return s, whole, err
}

func TestCorpusReads(t *testing.T) {
	root := corpus(t)
	ran := 0
	for _, c := range corpusCases(t, root) {
		if c.ErrorRegex != "" || strings.Contains(c.SQL, "table_changes") {
			continue
		}
		t.Run(c.ID, func(t *testing.T) {
			s, whole, err := readCorpus(place(t, root, c), c)
			if err != nil {
				t.Fatal(err)
			}
			for _, f := range s.Files() {
				if _, err := s.Deleted(bg, f); err != nil {
					t.Errorf("deletion vector of %s: %v", f.Path, err)
				}
				if c.ID == "x_g_log-replay-special-characters" {
					continue
				}
				if st, err := os.Stat(f.Path); err != nil || st.Size() != f.Size && !strings.HasPrefix(c.ID, "x_g_data-reader-timestamp") {
					t.Errorf("%s: %v, size in the log %d", f.Path, err, f.Size)
				}
				for _, p := range s.Metadata.PartitionColumns {
					physical, field, _ := s.Metadata.Physical(p)
					if _, err := ParsePartitionValue(field.Type, f.PartitionValues[physical[0]], nil); err != nil {
						t.Error(err)
					}
				}
			}
			if !whole {
				return
			}
			ran++
			rows := int64(0)
			for _, f := range s.Files() {
				n := s.Stats(f).NumRecords
				if n < 0 {
					rows = -1
					break
				}
				if f.DeletionVector != nil {
					n -= f.DeletionVector.Cardinality
				}
				rows += n
			}
			if rows >= 0 && rows != c.Rows {
				t.Errorf("%d rows by the statistics, Spark read %d", rows, c.Rows)
			}
			if got, want := columnNames(s), expectedColumns(t, root, c); got != want {
				t.Errorf("columns %s, want %s", got, want)
			}
		})
	}
	if ran < 60 {
		t.Errorf("only %d whole reads", ran)
	}
}

func columnNames(s *Snapshot) string {
	var names []string
	for _, f := range s.Metadata.Schema.Fields {
		names = append(names, f.Name)
	}
	return strings.Join(names, "|")
}

func expectedColumns(t *testing.T, root string, c corpusCase) string {
	f, err := os.Open(filepath.Join(root, c.Expected))
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close() //nolint:errcheck // only read from
	line, err := bufio.NewReader(f).ReadString('\n')
	if err != nil {
		t.Fatal(err)
	}
	var head struct{ Columns [][2]string }
	if err := json.Unmarshal([]byte(line), &head); err != nil {
		t.Fatal(err)
	}
	var names []string
	for _, col := range head.Columns {
		names = append(names, col[0])
	}
	return strings.Join(names, "|")
}

func TestCorpusErrors(t *testing.T) {
	root := corpus(t)
	for _, c := range corpusCases(t, root) {
		// The data files themselves, and the change data feed, are tested elsewhere.
		if c.ErrorRegex == "" || strings.Contains(c.SQL, "table_changes") || strings.Contains(c.ID, "data_file") || c.ID == "vacuumed_a.old" {
			continue
		}
		t.Run(c.ID, func(t *testing.T) {
			s, _, err := readCorpus(place(t, root, c), c)
			if err == nil {
				for _, f := range s.Files() {
					if _, derr := s.Deleted(bg, f); derr != nil {
						err = derr
					}
				}
			}
			if err == nil {
				t.Fatal("no error")
			}
			if ok, rerr := regexp.MatchString("(?i)"+c.ErrorRegex, err.Error()); rerr != nil || !ok {
				t.Errorf("%v does not match %s", err, c.ErrorRegex)
			}
		})
	}
}
