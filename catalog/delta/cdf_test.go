package delta

import (
	"os"
	"regexp"
	"strconv"
	"strings"
	"testing"

	"github.com/RoaringBitmap/roaring/v2"
	"github.com/argan-sql/argan/catalog/storage"
	"github.com/parquet-go/parquet-go"
)

var changesCall = regexp.MustCompile("FROM table_changes\\('delta\\.`([^`]*)`', (\\d+)(?:, (\\d+))?\\)(.*)$")

func TestCorpusChanges(t *testing.T) {
	root := corpus(t)
	ran := 0
	for _, c := range corpusCases(t, root) {
		m := changesCall.FindStringSubmatch(strings.ReplaceAll(c.SQL, "{root}", root))
		if m == nil {
			continue
		}
		t.Run(c.ID, func(t *testing.T) {
			table, err := Open(storage.NewLocal(), strings.Replace(m[1], root, place(t, root, c), 1))
			if err != nil {
				t.Fatal(err)
			}
			var r ChangeRange
			for i, at := range []*At{&r.From, &r.To} {
				if m[2+i] != "" {
					n, err := strconv.ParseInt(m[2+i], 10, 64)
					if err != nil {
						t.Fatal(err)
					}
					at.Version = &n
				}
			}
			changes, err := table.Changes(bg, r)
			if c.ErrorRegex != "" {
				if err == nil || !regexp.MustCompile("(?i)"+c.ErrorRegex).MatchString(err.Error()) {
					t.Errorf("%v does not match %s", err, c.ErrorRegex)
				}
				return
			}
			if err != nil {
				t.Fatal(err)
			}
			if m[4] != "" {
				return
			}
			ran++
			rows := int64(0)
			for _, f := range changes.Files {
				rows += changedRows(t, f)
			}
			if rows != c.Rows {
				t.Errorf("%d changed rows, Spark read %d", rows, c.Rows)
			}
		})
	}
	if ran < 15 {
		t.Errorf("only %d ranges of changes", ran)
	}
}

func changedRows(t *testing.T, f ChangeFile) int64 {
	if f.Only != nil {
		return int64(f.Only.GetCardinality())
	}
	file, err := os.Open(f.File.Path)
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close() //nolint:errcheck // only read from
	p, err := parquet.OpenFile(file, f.File.Size)
	if err != nil {
		t.Fatal(f.File.Path, err)
	}
	n := p.NumRows()
	if f.Except != nil {
		n -= int64(f.Except.GetCardinality())
	}
	return n
}

func at(v int64) At { return At{Version: &v} }

func TestChangesOfDeletionVectors(t *testing.T) {
	table := newTable(t, map[string]string{"delta.enableDeletionVectors": "true", "delta.enableChangeDataFeed": "true"})
	appendFile(t, table, 0, 0, 100)
	deleteRows(t, table, 1, 2, 3)
	deleteRows(t, table, 50)
	c, err := table.Changes(bg, ChangeRange{From: at(2)})
	if err != nil {
		t.Fatal(err)
	}
	if len(c.Files) != 2 || c.Files[0].Type != "delete" || c.Files[0].Only.GetCardinality() != 3 || c.Files[1].Only.ToArray()[0] != 50 {
		t.Errorf("%+v", c.Files)
	}
	if n := len(c.Schema.Fields); n != 6 {
		t.Errorf("%d columns", n)
	}
	for _, bad := range []struct {
		r     ChangeRange
		class string
	}{
		{ChangeRange{From: at(9)}, "DELTA_CDC_START_VERSION_AFTER_LATEST"},
		{ChangeRange{From: at(2), To: at(1)}, "DELTA_INVALID_CDC_RANGE"},
		{ChangeRange{}, "DELTA_NO_START_FOR_CDC_READ"},
	} {
		if _, err := table.Changes(bg, bad.r); class(err) != bad.class {
			t.Errorf("%v, want %s", err, bad.class)
		}
	}
	checkLog(t, table)
}

// deleteRows deletes rows of the table's first file by a deletion vector.
func deleteRows(t *testing.T, table *Table, rows ...uint32) {
	t.Helper()
	s := latest(t, table)
	f := s.Files()[0]
	all := roaring.BitmapOf(rows...)
	if old, err := s.Deleted(bg, f); err != nil {
		t.Fatal(err)
	} else if old != nil {
		all.Or(old)
	}
	w := table.NewVectorWriter()
	d, err := w.Add(all)
	if err != nil {
		t.Fatal(err)
	}
	if err := w.Finish(bg); err != nil {
		t.Fatal(err)
	}
	g, err := s.WithDeletionVector(f, d)
	if err != nil {
		t.Fatal(err)
	}
	tx := table.Begin(s)
	tx.ReadFiles(f)
	tx.Remove(f, true)
	tx.Add(g)
	if _, err := tx.Commit(bg, Operation{Name: "DELETE", Metrics: map[string]string{"numDeletedRows": strconv.Itoa(len(rows))}}); err != nil {
		t.Fatal(err)
	}
}
