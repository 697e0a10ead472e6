package engine

import (
	"fmt"
	"maps"
	"math/rand/v2"
	"os"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"
)

// model is what a table should hold: value by id. A negative value stands for NULL.
type model map[int]int

func (m model) lines() []string {
	out := make([]string, 0, len(m))
	for _, id := range slices.Sorted(maps.Keys(m)) {
		v := "NULL"
		if m[id] >= 0 {
			v = strconv.Itoa(m[id])
		}
		out = append(out, fmt.Sprintf("%d|%s|p%d", id, v, id%3))
	}
	return out
}

// change is a random statement, and what it does to the model.
func (m model) change(r *rand.Rand) (string, model) {
	next := maps.Clone(m)
	mod, rest, c := 2+r.IntN(9), r.IntN(5), r.IntN(100)
	hit := func(id int) bool { return id%mod == rest }
	switch r.IntN(8) {
	case 0, 1:
		from := r.IntN(1000)
		for id := from; id < from+50; id++ {
			if _, there := next[id]; !there {
				next[id] = c
			}
		}
		return fmt.Sprintf("INSERT INTO t SELECT id, %d, concat('p', id %% 3) FROM range(%d, %d) s WHERE NOT EXISTS (SELECT 1 FROM t WHERE t.id = s.id)", c, from, from+50), next
	case 2:
		for id, v := range m {
			if hit(id) && v >= 0 {
				next[id] = v + c
			}
		}
		return fmt.Sprintf("UPDATE t SET v = v + %d WHERE id %% %d = %d", c, mod, rest), next
	case 3:
		for id := range m {
			if hit(id) {
				next[id] = -1
			}
		}
		return fmt.Sprintf("UPDATE t SET v = NULL WHERE id %% %d = %d", mod, rest), next
	case 4:
		for id, v := range m {
			if hit(id) && (v > c || v < 0) {
				delete(next, id)
			}
		}
		return fmt.Sprintf("DELETE FROM t WHERE id %% %d = %d AND (v > %d OR v IS NULL)", mod, rest, c), next
	case 5:
		from := r.IntN(1000)
		for id := from; id < from+80; id++ {
			v, there := next[id]
			switch {
			case there && v >= 0 && v < c:
				delete(next, id)
			case there:
				next[id] = c
			case hit(id):
				next[id] = 7
			}
		}
		return fmt.Sprintf("MERGE INTO t USING (SELECT id FROM range(%d, %d)) s ON t.id = s.id WHEN MATCHED AND t.v < %d THEN DELETE WHEN MATCHED THEN UPDATE SET v = %d"+
			" WHEN NOT MATCHED AND s.id %% %d = %d THEN INSERT (id, v, p) VALUES (s.id, 7, concat('p', s.id %% 3))", from, from+80, c, c, mod, rest), next
	case 6:
		from := r.IntN(1000)
		for id := range m {
			if (id < from || id >= from+500) && hit(id) {
				delete(next, id)
			}
		}
		return fmt.Sprintf("MERGE INTO t USING (SELECT id FROM range(%d, %d)) s ON t.id = s.id WHEN NOT MATCHED BY SOURCE AND t.id %% %d = %d THEN DELETE", from, from+500, mod, rest), next
	}
	return "OPTIMIZE t", next
}

// Random statements do to tables of every kind what they do to a model, each version stays readable, and the change data
// feed of a version tells exactly how it differs from the one before.
func TestRandomChanges(t *testing.T) {
	steps := 9
	if os.Getenv("ARGAN_NIGHTLY") != "" {
		steps = 200
	}
	for name, kind := range map[string]string{
		"plain":       "TBLPROPERTIES ('delta.enableChangeDataFeed' = 'true', 'delta.enableDeletionVectors' = 'false')",
		"vectors":     "TBLPROPERTIES ('delta.enableChangeDataFeed' = 'true', 'delta.enableDeletionVectors' = 'true', 'delta.checkpointInterval' = '4')",
		"partitioned": "PARTITIONED BY (p) TBLPROPERTIES ('delta.enableChangeDataFeed' = 'true', 'delta.enableDeletionVectors' = 'false', 'delta.checkpointInterval' = '3')",
		"mapped":      "PARTITIONED BY (p) TBLPROPERTIES ('delta.columnMapping.mode' = 'id', 'delta.enableChangeDataFeed' = 'true', 'delta.enableDeletionVectors' = 'true')",
		"clustered":   "CLUSTER BY (id) TBLPROPERTIES ('delta.enableDeletionVectors' = 'true', 'delta.checkpointPolicy' = 'v2', 'delta.checkpointInterval' = '3')",
	} {
		t.Run(name, func(t *testing.T) {
			seed := uint64(time.Now().UnixNano())
			r := rand.New(rand.NewPCG(seed, 3))
			s := sessionOf(t, openTest(t, ""))
			run(t, s, "CREATE TABLE t (id BIGINT, v INT, p STRING) "+kind, "INSERT INTO t SELECT id, 50, concat('p', id % 3) FROM range(0, 900, 3)")
			m := model{}
			for id := 0; id < 900; id += 3 {
				m[id] = 50
			}
			versions := []model{{}, m}
			version := func() int {
				n, _ := strconv.Atoi(strings.SplitN(rows(t, s, "DESCRIBE HISTORY t LIMIT 1")[0], "|", 2)[0])
				return n
			}
			for step := range steps {
				sql, next := m.change(r)
				if r.IntN(10) == 0 {
					back := r.IntN(len(versions))
					sql, next = fmt.Sprintf("RESTORE TABLE t TO VERSION AS OF %d", back), versions[back]
				}
				run(t, s, sql)
				m = next
				if got := rows(t, s, "SELECT id, v, p FROM t ORDER BY id"); !slices.Equal(got, m.lines()) {
					t.Fatalf("seed %d, step %d: after %s the table has %d rows, expected %d:\n%q\n%q", seed, step, sql, len(got), len(m), got, m.lines())
				}
				for len(versions) <= version() {
					versions = append(versions, m)
				}
			}
			for n, want := range versions {
				if got := rows(t, s, fmt.Sprintf("SELECT id, v, p FROM t VERSION AS OF %d ORDER BY id", n)); !slices.Equal(got, want.lines()) {
					t.Fatalf("seed %d: version %d has changed: %d rows, expected %d", seed, n, len(got), len(want))
				}
			}
			if name == "clustered" {
				return
			}
			for n := 1; n < len(versions); n++ {
				got := replayed(t, s, versions[n-1], n)
				if !slices.Equal(got.lines(), versions[n].lines()) {
					t.Fatalf("seed %d: the changes of version %d do not lead to it", seed, n)
				}
			}
		})
	}
}

// replayed applies the change data feed of a version to the model of the one before.
func replayed(t *testing.T, s *Session, before model, version int) model {
	t.Helper()
	out := maps.Clone(before)
	changes := rows(t, s, fmt.Sprintf("SELECT id, v, p, _change_type FROM table_changes('t', %d, %d)", version, version))
	// What goes comes before what arrives.
	slices.SortStableFunc(changes, func(a, b string) int {
		arrives := func(x string) int {
			if strings.HasSuffix(x, "|insert") || strings.HasSuffix(x, "|update_postimage") {
				return 1
			}
			return 0
		}
		return arrives(a) - arrives(b)
	})
	for _, c := range changes {
		cells := strings.Split(c, "|")
		id, _ := strconv.Atoi(cells[0])
		v := -1
		if cells[1] != "NULL" {
			v, _ = strconv.Atoi(cells[1])
		}
		if cells[2] != fmt.Sprintf("p%d", id%3) {
			t.Errorf("version %d: a changed row has the partition %s: %s", version, cells[2], c)
		}
		switch old, there := out[id]; cells[3] {
		case "insert", "update_postimage":
			if there {
				t.Errorf("version %d: a row arrives that is there: %s", version, c)
			}
			out[id] = v
		default:
			if !there || old != v {
				t.Errorf("version %d: a row goes that is not there so: %s", version, c)
			}
			delete(out, id)
		}
	}
	return out
}
