package engine

import (
	"bufio"
	"context"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/argan-sql/argan/sqlerr"
)

// crashWarehouse names the warehouse that a child process works on until it is killed.
const crashWarehouse = "ARGAN_TEST_CRASH_WAREHOUSE"

const (
	batchRows = 500
	mergeRows = 300
)

// TestCrashChild is the child: it changes tables and says what was acknowledged, one line a statement.
func TestCrashChild(t *testing.T) {
	warehouse := os.Getenv(crashWarehouse)
	if warehouse == "" {
		t.Skip("runs only as the child of TestKilledProcessLeavesWholeVersions")
	}
	e, err := Open(Config{Warehouse: warehouse, Threads: 2, MemoryLimit: 128 << 20})
	if err != nil {
		t.Fatal(err)
	}
	s := sessionOf(t, e)
	from, err := strconv.Atoi(one(t, s, "SELECT coalesce(max(batch), 0) FROM t"))
	if err != nil {
		t.Fatal(err)
	}
	say := func(kind string, n int) { fmt.Printf("\n@%s %d\n", kind, n) }
	for n := from + 1; ; n++ {
		run(t, s, fmt.Sprintf("INSERT INTO t SELECT id, %d, concat('text ', id) FROM range(%d)", n, batchRows))
		say("insert", n)
		if _, err := tryRows(s, fmt.Sprintf("MERGE INTO m USING (SELECT id FROM range(%d)) v ON m.id = v.id WHEN MATCHED THEN UPDATE SET n = m.n + 1", mergeRows)); err == nil {
			say("merge", n)
		}
		run(t, s, fmt.Sprintf("CREATE TABLE made_%d AS SELECT * FROM range(%d)", n, batchRows))
		say("create", n)
		if n%4 == 0 {
			run(t, s, "OPTIMIZE t", fmt.Sprintf("DELETE FROM t WHERE batch = %d", n-3))
			say("delete", n-3)
		}
	}
}

// crashed runs a child on the warehouse, kills it at a random moment, and gives what it had acknowledged.
func crashed(t *testing.T, warehouse string, random *rand.Rand) map[string][]int {
	t.Helper()
	child := exec.Command(os.Args[0], "-test.run=^TestCrashChild$", "-test.v")
	child.Env = append(os.Environ(), crashWarehouse+"="+warehouse)
	out, err := child.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := child.Start(); err != nil {
		t.Fatal(err)
	}
	said := map[string][]int{}
	lines := bufio.NewScanner(out)
	var kill *time.Timer
	for lines.Scan() {
		kind, number, ok := strings.Cut(strings.TrimPrefix(lines.Text(), "@"), " ")
		n, err := strconv.Atoi(number)
		if !ok || err != nil || !strings.HasPrefix(lines.Text(), "@") {
			if strings.Contains(lines.Text(), "crash_test.go") {
				t.Error(lines.Text())
			}
			continue
		}
		if kill == nil {
			kill = time.AfterFunc(time.Duration(random.IntN(300_000))*time.Microsecond, func() { _ = child.Process.Kill() })
		}
		said[kind] = append(said[kind], n)
	}
	_ = child.Wait() // it was killed
	return said
}

// A process that is killed at any moment leaves the old version of a table or the new one, and no acknowledged change is lost.
func TestKilledProcessLeavesWholeVersions(t *testing.T) {
	rounds := 3
	if os.Getenv("ARGAN_NIGHTLY") != "" {
		rounds = 150
	}
	warehouse := t.TempDir()
	setup := openTest(t, warehouse)
	run(t, sessionOf(t, setup),
		"CREATE TABLE t (id BIGINT, batch INT, s STRING) TBLPROPERTIES ('delta.checkpointInterval' = '3')",
		"CREATE TABLE m (id BIGINT, n INT) TBLPROPERTIES ('delta.enableDeletionVectors' = 'true', 'delta.checkpointInterval' = '3')", fmt.Sprintf("INSERT INTO m SELECT id, 0 FROM range(%d)", mergeRows))
	seed := uint64(time.Now().UnixNano())
	random := rand.New(rand.NewPCG(seed, 1))
	deleted, merged, acknowledged := map[int]bool{}, 0, 0
	for round := range rounds {
		said := crashed(t, warehouse, random)
		for _, n := range said["delete"] {
			deleted[n] = true
		}
		merged += len(said["merge"])
		acknowledged += len(said["insert"])
		e, err := Open(Config{Warehouse: warehouse, Threads: 1, MemoryLimit: 128 << 20})
		if err != nil {
			t.Fatalf("round %d (seed %d): %v", round, seed, err)
		}
		s := sessionOf(t, e)
		present := map[int]bool{}
		for _, row := range rows(t, s, "SELECT batch, count(*), count(DISTINCT id) FROM t GROUP BY batch") {
			cells := strings.Split(row, "|")
			n, _ := strconv.Atoi(cells[0])
			present[n] = true
			if want := strconv.Itoa(batchRows); cells[1] != want || cells[2] != want {
				t.Errorf("round %d (seed %d): batch %d has %s rows, %s of them different, expected %s", round, seed, n, cells[1], cells[2], want)
			}
			if deleted[n] {
				t.Errorf("round %d (seed %d): batch %d is back", round, seed, n)
			}
		}
		for _, n := range said["insert"] {
			// A DELETE may have been committed and not acknowledged.
			if !present[n] && !deleted[n] && n != said["insert"][len(said["insert"])-1]-3 {
				t.Errorf("round %d (seed %d): batch %d was acknowledged and is gone", round, seed, n)
			}
		}
		state := strings.Split(one(t, s, "SELECT count(*), min(n), max(n) FROM m"), "|")
		now, _ := strconv.Atoi(state[1])
		if state[0] != strconv.Itoa(mergeRows) || state[1] != state[2] || now < merged {
			t.Errorf("round %d (seed %d): m holds %v after %d acknowledged merges", round, seed, state, merged)
		}
		merged = now
		for _, n := range said["create"] {
			if got := one(t, s, fmt.Sprintf("SELECT count(*) FROM made_%d", n)); got != strconv.Itoa(batchRows) {
				t.Errorf("round %d (seed %d): made_%d has %s rows", round, seed, n, got)
			}
		}
		if err := e.Close(); err != nil {
			t.Fatal(err)
		}
	}
	if acknowledged == 0 {
		t.Error("no child got as far as to acknowledge an INSERT")
	}
	orphans(t, warehouse)
}

// orphans lets VACUUM delete what killed statements left, and looks whether nothing else is left or gone.
func orphans(t *testing.T, warehouse string) {
	t.Helper()
	e, err := Open(Config{Warehouse: warehouse, Threads: 1, MemoryLimit: 128 << 20})
	if err != nil {
		t.Fatal(err)
	}
	defer e.Close()
	s := sessionOf(t, e)
	before := one(t, s, "SELECT count(*), sum(id), sum(batch) FROM t")
	write(t, filepath.Join(warehouse, "t", "part-00000-of-a-writer-that-died.snappy.parquet"), "half a file")
	run(t, s, "SET spark.databricks.delta.retentionDurationCheck.enabled = false", "VACUUM t RETAIN 0 HOURS")
	if after := one(t, s, "SELECT count(*), sum(id), sum(batch) FROM t"); after != before {
		t.Errorf("VACUUM changed the table from %s to %s", before, after)
	}
	live := len(rows(t, s, "SELECT DISTINCT _metadata.file_name FROM t"))
	if on := dataFilesOf(t, filepath.Join(warehouse, "t")) - checkpointsOf(t, filepath.Join(warehouse, "t", "_delta_log")); on != live {
		t.Errorf("%d data files are left, %d are in use", on, live)
	}
}

func checkpointsOf(t *testing.T, log string) int {
	t.Helper()
	found, err := filepath.Glob(filepath.Join(log, "*.parquet"))
	if err != nil {
		t.Fatal(err)
	}
	return len(found)
}

// A statement whose context ends while it runs leaves nothing behind.
func TestAbandonedStatementLeavesNothing(t *testing.T) {
	warehouse := t.TempDir()
	s := sessionOf(t, openTest(t, warehouse))
	run(t, s, "CREATE TABLE t (id BIGINT)")
	ctx, cancel := context.WithTimeout(context.Background(), 150*time.Millisecond)
	defer cancel()
	err := s.Exec(ctx, "INSERT INTO t SELECT id FROM range(10000000000)")
	if !sqlerr.Is(err, "QUERY_CANCELLED") {
		t.Error(err)
	}
	if n := dataFilesOf(t, filepath.Join(warehouse, "t")); n != 0 {
		t.Errorf("%d files are left", n)
	}
}
