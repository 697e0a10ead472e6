package engine

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/argan-sql/argan/sqlerr"
)

// endless are statements of every kind that run for long: each is cancelled in the middle.
var endless = []struct{ name, sql string }{
	{"scan of numbers", "SELECT sum(id * 2) FROM range(100000000000)"},
	{"sort", "SELECT max(id) FROM (SELECT id FROM range(300000000) ORDER BY hash(id), id)"},
	{"sort that spills", "/*spill*/ SELECT max(id) FROM (SELECT id, repeat('x', 100) AS w FROM range(300000000) ORDER BY hash(id), id)"},
	{"group", "SELECT count(*) FROM (SELECT id, count(*) FROM range(300000000) GROUP BY id)"},
	{"group that spills", "/*spill*/ SELECT count(*) FROM (SELECT id, count(*) FROM range(300000000) GROUP BY id)"},
	{"hash join", "SELECT count(*) FROM range(200000000) a JOIN range(200000000) b ON a.id = b.id"},
	{"hash join of one key", "SELECT count(*) FROM range(300000) a JOIN range(300000) b ON a.id % 2 = b.id % 2 WHERE a.id + b.id <> 5"},
	{"hash join that spills", "/*spill*/ SELECT count(*) FROM range(200000000) a JOIN range(200000000) b ON a.id = b.id"},
	{"cross join", "SELECT sum(a.id + b.id) FROM range(10000000) a CROSS JOIN range(10000000) b"},
	{"join by a condition", "SELECT count(*) FROM range(10000000) a JOIN range(10000000) b ON a.id < b.id AND a.id + b.id > 77"},
	{"window", "SELECT max(s) FROM (SELECT sum(id) OVER (PARTITION BY id % 3 ORDER BY id ROWS BETWEEN 100000 PRECEDING AND 100000 FOLLOWING) AS s FROM range(5000000))"},
	{"window min of frames", "SELECT max(s) FROM (SELECT min(hash(id)) OVER (ORDER BY id ROWS BETWEEN 200000 PRECEDING AND CURRENT ROW) AS s FROM range(3000000))"},
	{"row_number", "SELECT max(n) FROM (SELECT row_number() OVER (PARTITION BY id % 7 ORDER BY hash(id)) AS n FROM range(100000000))"},
	{"distinct", "SELECT count(DISTINCT id, id % 7) FROM range(300000000)"},
	{"explode", "SELECT sum(x) FROM (SELECT explode(sequence(1, 1000000 + id % 2)) AS x FROM range(100000))"},
	{"one long sequence", "SELECT sum(size(sequence(1, 20000 + id % 2))) FROM range(100000000)"},
	{"transform", "SELECT sum(aggregate(transform(sequence(1, 30000 + id % 2), x -> x * 2 + 1), 0L, (a, x) -> a + x)) FROM range(100000)"},
	{"repeat", "SELECT sum(length(repeat(concat('a', id), 20000))) FROM range(100000000)"},
	{"levenshtein", "SELECT sum(levenshtein(repeat(concat('ab', id), 3000), repeat('ba', 9000))) FROM range(1000000)"},
	{"regex that backtracks", "SELECT count(*) FROM range(1000000000) WHERE concat(repeat('a', 11), id) RLIKE '^(?=(a+)+x)(a+)+b$'"},
	{"regexp_replace", "SELECT sum(length(regexp_replace(repeat(concat('ab', id), 5000), '(a)(b)', '$2$1'))) FROM range(100000)"},
	{"sha2", "SELECT count(DISTINCT sha2(repeat(concat('ab', id), 10000), 512)) FROM range(100000000)"},
	{"collect_list", "SELECT size(collect_list(id)) FROM range(1000000000)"},
	{"percentile", "SELECT percentile(id, 0.5) FROM range(1000000000)"},
	{"union", "SELECT count(*) FROM (SELECT id FROM range(100000000) UNION SELECT id + 1 FROM range(100000000))"},
	{"grouping sets", "SELECT count(*) FROM (SELECT id, id % 3 AS k, count(*) FROM range(100000000) GROUP BY CUBE (id, k))"},
	{"top n", "SELECT id FROM range(100000000000) ORDER BY hash(id) LIMIT 10"},
	{"scalar subquery", "SELECT (SELECT sum(id) FROM range(100000000000))"},
	{"correlated", "SELECT count(*) FROM range(1000000) a WHERE EXISTS (SELECT 1 FROM range(100000) b WHERE b.id + a.id = 5000000 AND b.id < a.id)"},
	{"pivot", "SELECT * FROM (SELECT id % 3 AS k, id FROM range(10000000000)) PIVOT (sum(id) FOR k IN (0, 1, 2))"},
	{"create table as select", "CREATE TABLE made AS SELECT id, uuid() AS u FROM range(1000000000)"},
	{"insert", "INSERT INTO big SELECT id, concat('x', id) FROM range(1000000000)"},
	{"merge", "MERGE INTO big t USING (SELECT id % 900000 AS id, max(concat('y', id)) AS s FROM range(1000000000) GROUP BY 1) s ON t.id = s.id WHEN MATCHED THEN UPDATE SET s = s.s WHEN NOT MATCHED THEN INSERT *"},
	{"update", "UPDATE big SET s = sha2(repeat(s, 5000), 512)"},
	{"delete", "DELETE FROM big WHERE sha2(repeat(s, 5000), 512) = 'x'"},
	{"optimize zorder", "OPTIMIZE many ZORDER BY (id, s)"},
	{"read csv", "SELECT count(*), max(c) FROM read_files('%DIR%/csv/*.csv', format => 'csv', header => true, inferSchema => true) CROSS JOIN range(100000)"},
	{"read json", "SELECT count(*), max(c) FROM read_files('%DIR%/json/*.json', format => 'json') CROSS JOIN range(100000)"},
	{"explain analyze", "EXPLAIN ANALYZE SELECT sum(id) FROM range(100000000000)"},
}

// A cancelled statement lets go of the CPU, whatever it is doing: its goroutines end, its memory is given back, and nothing of
// what it wrote is seen.
func TestCancelReachesEveryKindOfPlan(t *testing.T) {
	e, err := Open(Config{Warehouse: t.TempDir(), Threads: 2, MemoryLimit: 1 << 30, SpillDir: t.TempDir()})
	if err != nil {
		t.Fatal(err)
	}
	defer e.Close()
	s := sessionOf(t, e)
	run(t, s, "CREATE TABLE big AS SELECT id, concat('text ', id) AS s FROM range(300000)", "CREATE TABLE many (id BIGINT, s STRING)")
	for i := range 4 {
		run(t, s, fmt.Sprintf("INSERT INTO many SELECT hash(id), concat(uuid(), repeat('z', 50)) FROM range(%d, %d)", i*200000, (i+1)*200000))
	}
	dir := t.TempDir()
	writeRows(t, filepath.Join(dir, "csv"), "%d.csv", "a,b,c\n", func(i int) string { return fmt.Sprintf("%d,2024-01-02,text %d\n", i, i) })
	writeRows(t, filepath.Join(dir, "json"), "%d.json", "", func(i int) string { return fmt.Sprintf("{\"a\":%d,\"c\":\"text %d\"}\n", i, i) })
	goroutines := working()
	held := e.memory.Used()
	for _, c := range endless {
		t.Run(c.name, func(t *testing.T) {
			request := Request{SQL: strings.ReplaceAll(c.sql, "%DIR%", dir)}
			if strings.HasPrefix(c.sql, "/*spill*/") {
				request.Settings = map[string]string{"argan.memory.limit": "32m"}
			}
			ctx, cancel := context.WithCancel(context.Background())
			defer cancel()
			st, err := s.Prepare(ctx, request)
			if err != nil {
				t.Fatal(err)
			}
			ended := make(chan error, 1)
			go func() { // a client that is there, and then is not
				_, _, err := drain(st.Run(ctx))
				ended <- err
			}()
			eventually(t, "it runs", func() bool { state, _ := st.State(); return state == Running || state == Succeeded || state == Failed })
			time.Sleep(60 * time.Millisecond)
			begin := time.Now()
			cancel()
			select {
			case err := <-ended:
				if err == nil {
					t.Skip("it ended before it was cancelled")
				}
				if !sqlerr.Is(err, "QUERY_CANCELLED") && !strings.Contains(err.Error(), "context canceled") {
					t.Fatal(err)
				}
			case <-time.After(30 * time.Second):
				buf := make([]byte, 1<<20)
				t.Fatalf("it does not end:\n%s", buf[:runtime.Stack(buf, true)])
			}
			eventually(t, "its goroutines end", func() bool { return working() <= goroutines+1 })
			took := time.Since(begin)
			if took > 3*time.Second { // generous: the machine may be busy, and one match of a regular expression may take up to its own limit
				t.Errorf("it took %s to let go", took)
			}
			if os.Getenv("ARGAN_CANCEL_TIMES") != "" {
				t.Logf("%s", took.Round(time.Millisecond))
			}
		})
	}
	e.cache.Clear()
	if now := e.memory.Used(); now > held {
		t.Errorf("%d bytes are still held, %d were before", now, held)
	}
	if got := one(t, s, "SELECT count(*) FROM big WHERE s LIKE 'text %'"); got != "300000" {
		t.Errorf("%s rows of 300000 are as they were", got)
	}
}

// working counts goroutines, without the clock that the regular expressions' engine keeps for some seconds.
func working() int {
	buf := make([]byte, 1<<20)
	stacks := string(buf[:runtime.Stack(buf, true)])
	return strings.Count("\n"+stacks, "\ngoroutine ") - strings.Count(stacks, "regexp2.runClock(")
}

// drain reads rows of any shape to their end.
func drain(r Rows, err error) (batches int, rows int64, _ error) {
	if err != nil {
		return 0, 0, err
	}
	defer r.Close()
	for {
		b, err := r.Next(context.Background())
		if err != nil || b == nil {
			return batches, rows, err
		}
		batches, rows = batches+1, rows+int64(b.Len())
	}
}

// writeRows fills two files with many lines.
func writeRows(t *testing.T, dir, name, head string, line func(i int) string) {
	t.Helper()
	if err := os.MkdirAll(dir, 0o755); err != nil {
		t.Fatal(err)
	}
	for f := range 2 {
		var b strings.Builder
		b.WriteString(head)
		for i := range 50_000 {
			b.WriteString(line(i))
		}
		if err := os.WriteFile(filepath.Join(dir, fmt.Sprintf(name, f)), []byte(b.String()), 0o600); err != nil {
			t.Fatal(err)
		}
	}
}
