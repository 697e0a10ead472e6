package engine

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/twmb/franz-go/pkg/kfake"
	"github.com/twmb/franz-go/pkg/kgo"
	"go.uber.org/goleak"
)

// openStreaming opens an engine that runs streams.
func openStreaming(t testing.TB, warehouse string) *Engine {
	t.Helper()
	e := openTest(t, warehouse)
	e.StartStreams()
	return e
}

// topic is a broker in this process with an empty topic of 2 partitions.
func topic(t testing.TB, name string) (servers string, send func(values ...string)) {
	t.Helper()
	f, err := kfake.NewCluster(kfake.NumBrokers(1), kfake.SeedTopics(2, name))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(f.Close)
	servers = strings.Join(f.ListenAddrs(), ",")
	k, err := kgo.NewClient(kgo.SeedBrokers(servers), kgo.DefaultProduceTopic(name))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(k.Close)
	return servers, func(values ...string) {
		t.Helper()
		var records []*kgo.Record
		for i, v := range values {
			records = append(records, &kgo.Record{Key: []byte(fmt.Sprint(i)), Value: []byte(v)})
		}
		if err := k.ProduceSync(context.Background(), records...).FirstErr(); err != nil {
			t.Fatal(err)
		}
	}
}

// becomes waits until a query has an answer.
func becomes(t testing.TB, s *Session, sql, want string) {
	t.Helper()
	deadline := time.Now().Add(20 * time.Second)
	got := ""
	for time.Now().Before(deadline) {
		all, err := tryRows(s, sql)
		if got = strings.Join(all, ";"); err == nil && got == want {
			return
		}
		time.Sleep(10 * time.Millisecond)
	}
	t.Fatalf("%s: is %q, expected %q", sql, got, want)
}

func numbers(from, to int) (out []string) {
	for i := from; i < to; i++ {
		out = append(out, fmt.Sprintf(`{"n":%d}`, i))
	}
	return out
}

func kafkaQuery(servers, topic string) string {
	return "SELECT from_json(CAST(value AS STRING), 'n INT').n AS n, partition, offset FROM STREAM read_kafka(bootstrapServers => '" + servers + "', subscribe => '" + topic + "', startingOffsets => 'earliest')"
}

// A topic flows into a table, and on from there into another, while the engine runs; after a restart it goes on where it was.
func TestStreamFromKafkaAndOn(t *testing.T) {
	servers, send := topic(t, "t")
	warehouse := t.TempDir()
	e := openStreaming(t, warehouse)
	s := sessionOf(t, e)
	send(numbers(0, 50)...)
	run(t, s, "CREATE STREAMING TABLE bronze AS "+kafkaQuery(servers, "t"),
		"CREATE STREAMING TABLE silver (n BIGINT COMMENT 'even', CONSTRAINT small EXPECT (n < 60), CONSTRAINT not_ten EXPECT (n <> 10) ON VIOLATION DROP ROW) AS SELECT n FROM STREAM bronze WHERE n % 2 = 0")
	becomes(t, s, "SELECT count(*), sum(n) FROM bronze", "50|1225")
	becomes(t, s, "SELECT count(*), sum(n) FROM silver", "24|590")
	send(numbers(50, 100)...)
	run(t, s, "REFRESH STREAMING TABLE bronze", "REFRESH STREAMING TABLE silver")
	if got := one(t, s, "SELECT count(*), count(DISTINCT n), sum(n) FROM bronze"); got != "100|100|4950" {
		t.Errorf("bronze: %s", got)
	}
	if got := one(t, s, "SELECT count(*), count(DISTINCT n) FROM silver"); got != "49|49" {
		t.Errorf("silver: %s", got)
	}
	if err := e.Close(); err != nil {
		t.Fatal(err)
	}
	send(numbers(100, 120)...)
	e = openStreaming(t, warehouse)
	s = sessionOf(t, e)
	becomes(t, s, "SELECT count(*), count(DISTINCT n), max(n) FROM bronze", "120|120|119")
	becomes(t, s, "SELECT count(*) FROM silver", "59")
	run(t, s, "ALTER STREAMING TABLE bronze PAUSE")
	send(numbers(120, 130)...)
	run(t, s, "REFRESH STREAMING TABLE silver")
	if got := one(t, s, "SELECT count(*) FROM bronze"); got != "120" {
		t.Errorf("a paused stream went on: %s", got)
	}
	run(t, s, "ALTER STREAMING TABLE bronze RESUME")
	becomes(t, s, "SELECT count(*) FROM bronze", "130")
	run(t, s, "REFRESH STREAMING TABLE bronze FULL")
	if got := one(t, s, "SELECT count(*), count(DISTINCT n) FROM bronze"); got != "130|130" {
		t.Errorf("after a full refresh: %s", got)
	}
	run(t, s, "DROP TABLE silver", "ALTER STREAMING TABLE bronze SET OFFSETS 'latest'")
	send(numbers(200, 201)...)
	becomes(t, s, "SELECT count(*), max(n) FROM bronze", "131|200")
	run(t, s, "ALTER TABLE bronze RENAME TO copper")
	send(numbers(201, 202)...)
	becomes(t, s, "SELECT count(*), max(n) FROM copper", "132|201")
	run(t, s, "DROP STREAMING TABLE copper")
	if left, err := os.ReadDir(filepath.Join(warehouse, "bronze")); err == nil && len(left) > 0 {
		t.Errorf("dropped, and there is still %v", left)
	}
}

// Messages that cannot be read go to quarantine, each once, and through the query again when they can.
func TestQuarantine(t *testing.T) {
	servers, send := topic(t, "t")
	e := openTest(t, t.TempDir())
	s := sessionOf(t, e)
	for i := range 100 {
		v := fmt.Sprint(i)
		if i == 7 || i == 61 {
			v = "seven " + v
		}
		send(v)
	}
	run(t, s, "SET spark.sql.ansi.enabled = true",
		"CREATE STREAMING TABLE t AS SELECT CAST(CAST(value AS STRING) AS INT) AS n, offset FROM STREAM read_kafka(bootstrapServers => '"+servers+"', subscribe => 't', startingOffsets => 'earliest')",
		"REFRESH STREAMING TABLE t")
	if got := one(t, s, "SELECT count(*), count(DISTINCT n) FROM t"); got != "98|98" {
		t.Errorf("t: %s", got)
	}
	if got := strings.Join(rows(t, s, "SELECT CAST(value AS STRING), topic, reason LIKE '[[]CAST_INVALID_INPUT]%' OR reason LIKE '%CAST_INVALID_INPUT%', failed_at IS NOT NULL FROM t_quarantine ORDER BY 1"), ";"); got != "seven 61|t|true|true;seven 7|t|true|true" {
		t.Errorf("quarantine: %s", got)
	}
	fails(t, s, "ALTER STREAMING TABLE t REPLAY QUARANTINE", "CAST_INVALID_INPUT")
	run(t, s, "CREATE OR REFRESH STREAMING TABLE t AS SELECT CAST(replace(CAST(value AS STRING), 'seven ', '') AS INT) AS n, offset FROM STREAM read_kafka(bootstrapServers => '"+servers+"', subscribe => 't', startingOffsets => 'earliest')",
		"ALTER STREAMING TABLE t REPLAY QUARANTINE WHERE CAST(value AS STRING) LIKE '%61'")
	if got := one(t, s, "SELECT count(*), count(DISTINCT n) FROM t"); got != "99|99" {
		t.Errorf("after a replay: %s", got)
	}
	run(t, s, "ALTER STREAMING TABLE t REPLAY QUARANTINE", "ALTER STREAMING TABLE t REPLAY QUARANTINE", "REFRESH STREAMING TABLE t")
	if got := one(t, s, "SELECT count(*), count(DISTINCT n), (SELECT count(*) FROM t_quarantine) FROM t"); got != "100|100|0" {
		t.Errorf("after all replays: %s", got)
	}
}

// A few bad messages among many are found.
func TestQuarantineOfAFewAmongMany(t *testing.T) {
	servers, send := topic(t, "t")
	e := openTest(t, t.TempDir())
	s := sessionOf(t, e)
	values := make([]string, 6000)
	for i := range values {
		values[i] = fmt.Sprint(i)
	}
	values[1234], values[1235], values[5999] = "x", "y", "z"
	send(values...)
	from := " FROM STREAM read_kafka(bootstrapServers => '" + servers + "', subscribe => 't', startingOffsets => 'earliest')"
	run(t, s, "SET spark.sql.ansi.enabled = true", "CREATE STREAMING TABLE t AS SELECT CAST(CAST(value AS STRING) AS INT) AS n"+from, "REFRESH STREAMING TABLE t")
	if got := one(t, s, "SELECT count(*), count(DISTINCT n), (SELECT count(*) FROM t_quarantine) FROM t"); got != "5997|5997|3" {
		t.Errorf("t: %s", got)
	}
}

// Files that land in a folder are read once each, those that were there first.
func TestStreamFromFiles(t *testing.T) {
	in := t.TempDir()
	put := func(name, text string) {
		tmp := filepath.Join(t.TempDir(), name)
		if err := os.WriteFile(tmp, []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
		if err := os.Rename(tmp, filepath.Join(in, name)); err != nil {
			t.Fatal(err)
		}
	}
	put("a.json", "{\"a\":1,\"b\":\"x\"}\n{\"a\":2,\"b\":\"y\"}\n")
	e := openTest(t, t.TempDir())
	s := sessionOf(t, e)
	run(t, s, "CREATE STREAMING TABLE t AS SELECT a, b FROM STREAM read_files('"+in+"', format => 'json', maxFilesPerTrigger => 10)", "REFRESH STREAMING TABLE t")
	if got := one(t, s, "SELECT count(*), sum(a) FROM t"); got != "2|3" {
		t.Errorf("first: %s", got)
	}
	for i := range 100 {
		put(fmt.Sprintf("b%d.json", i), fmt.Sprintf("{\"a\":%d,\"b\":\"z\"}\n", 10+i))
	}
	run(t, s, "REFRESH STREAMING TABLE t", "REFRESH STREAMING TABLE t")
	if got := one(t, s, "SELECT count(*), count(DISTINCT a) FROM t"); got != "102|102" {
		t.Errorf("then: %s", got)
	}
	put("c.json", "{\"a\":1000,\"b\":null}\n")
	run(t, s, "REFRESH TABLE t")
	if got := one(t, s, "SELECT count(*), max(a) FROM t"); got != "103|1000" {
		t.Errorf("last: %s", got)
	}
}

// A Delta table is read from its first row on, then commit by commit; what deletes or updates is refused, passed over, or read as
// changes.
func TestStreamFromDelta(t *testing.T) {
	e := openTest(t, t.TempDir())
	s := sessionOf(t, e)
	run(t, s, "CREATE TABLE src (id INT, v STRING) TBLPROPERTIES ('delta.enableChangeDataFeed' = 'true')", "INSERT INTO src VALUES (1, 'a'), (2, 'b')", "DELETE FROM src WHERE id = 2",
		"CREATE STREAMING TABLE plain AS SELECT * FROM STREAM src",
		"CREATE STREAMING TABLE skips AS SELECT * FROM STREAM(src) WITH (skipChangeCommits = true)",
		"CREATE STREAMING TABLE feed AS SELECT id, v, _change_type AS what FROM STREAM src WITH (readChangeFeed = true)",
		"CREATE STREAMING TABLE late AS SELECT * FROM STREAM src WITH (startingVersion = 'latest')",
		"CREATE STREAMING TABLE dims AS SELECT s.id, d.name FROM STREAM src WITH (skipChangeCommits = true) s LEFT JOIN (VALUES (1, 'one'), (3, 'three')) AS d (id, name) ON s.id = d.id",
		"REFRESH STREAMING TABLE late", "INSERT INTO src VALUES (3, 'c')")
	for _, n := range []string{"plain", "skips", "feed", "late", "dims"} {
		run(t, s, "REFRESH STREAMING TABLE "+n)
	}
	run(t, s, "UPDATE src SET v = 'cc' WHERE id = 3", "INSERT INTO src VALUES (4, 'd')")
	fails(t, s, "REFRESH STREAMING TABLE plain", "DELTA_SOURCE_TABLE_IGNORE_CHANGES")
	for _, n := range []string{"skips", "feed", "dims"} {
		run(t, s, "REFRESH STREAMING TABLE "+n)
	}
	for sql, want := range map[string]string{
		"SELECT id, v FROM plain ORDER BY id":               "1|a;3|c",
		"SELECT id, v FROM skips ORDER BY id":               "1|a;3|c;4|d",
		"SELECT id, v FROM late ORDER BY id":                "3|c",
		"SELECT id, v, what FROM feed ORDER BY id, v, what": "1|a|insert;3|c|insert;3|c|update_preimage;3|cc|update_postimage;4|d|insert",
		"SELECT id, name FROM dims ORDER BY id":             "1|one;3|three;4|NULL",
	} {
		if got := strings.Join(rows(t, s, sql), ";"); got != want {
			t.Errorf("%s: %s, expected %s", sql, got, want)
		}
	}
}

func TestStreamsThatAreRefused(t *testing.T) {
	e := openTest(t, t.TempDir())
	s := sessionOf(t, e)
	run(t, s, "CREATE TABLE src (id INT, v STRING)", "CREATE VIEW w AS SELECT * FROM src", "CREATE STREAMING TABLE t (id INT)")
	for sql, class := range map[string]string{
		"SELECT * FROM STREAM src":                                                                               "UNSUPPORTED_FEATURE.ARGAN",
		"CREATE STREAMING TABLE x AS SELECT * FROM src":                                                          "NO_STREAM_IN_QUERY",
		"CREATE STREAMING TABLE x AS SELECT v, count(*) AS n FROM STREAM src GROUP BY v":                         "UNSUPPORTED_FEATURE.ARGAN",
		"CREATE STREAMING TABLE x AS SELECT DISTINCT v FROM STREAM src":                                          "UNSUPPORTED_FEATURE.ARGAN",
		"CREATE STREAMING TABLE x AS SELECT * FROM STREAM src LIMIT 3":                                           "UNSUPPORTED_FEATURE.ARGAN",
		"CREATE STREAMING TABLE x AS SELECT a.id FROM STREAM src a JOIN STREAM src b ON a.id = b.id":             "UNSUPPORTED_FEATURE.ARGAN",
		"CREATE STREAMING TABLE x AS SELECT a.id FROM src a LEFT JOIN STREAM src b ON a.id = b.id":               "UNSUPPORTED_FEATURE.ARGAN",
		"CREATE STREAMING TABLE x AS SELECT * FROM STREAM w":                                                     "UNSUPPORTED_FEATURE.ARGAN",
		"CREATE STREAMING TABLE x AS SELECT * FROM STREAM src WATERMARK v DELAY OF INTERVAL 1 DAY":               "UNSUPPORTED_FEATURE.ARGAN",
		"CREATE STREAMING TABLE x FLOW AUTO CDC FROM STREAM src KEYS (id) SEQUENCE BY v":                         "UNSUPPORTED_FEATURE.ARGAN",
		"CREATE STREAMING TABLE x AS SELECT * FROM STREAM src WITH (startingversion = 'x')":                      "INVALID_STREAM_OPTION",
		"CREATE STREAMING TABLE x AS SELECT * FROM STREAM src WITH (fast = true)":                                "UNKNOWN_STREAM_OPTION",
		"CREATE STREAMING TABLE t AS SELECT * FROM STREAM src":                                                   "TABLE_OR_VIEW_ALREADY_EXISTS",
		"CREATE STREAMING TABLE x SCHEDULE CRON '61 * * * *' AS SELECT * FROM STREAM src":                        "INVALID_CRON",
		"CREATE STREAMING TABLE x TBLPROPERTIES ('argan.trigger.interval' = 'soon') AS SELECT * FROM STREAM src": "DELTA_INVALID_TABLE_PROPERTY",
		"CREATE STREAMING TABLE x (a INT, b INT, c INT) AS SELECT * FROM STREAM src":                             "CREATE_VIEW_COLUMN_ARITY_MISMATCH.NOT_ENOUGH_DATA_COLUMNS",
		"REFRESH STREAMING TABLE src":                                                                            "NOT_KEPT_UP_TO_DATE",
		"ALTER STREAMING TABLE src PAUSE":                                                                        "NOT_KEPT_UP_TO_DATE",
		"DROP MATERIALIZED VIEW t":                                                                               "NOT_KEPT_UP_TO_DATE",
	} {
		fails(t, s, sql, class)
	}
	if got := strings.Join(rows(t, s, "SHOW TABLES"), ";"); strings.Contains(got, "|x|") {
		t.Errorf("a refused table is there: %s", got)
	}
}

// Several flows into one table, each once.
func TestFlows(t *testing.T) {
	e := openTest(t, t.TempDir())
	s := sessionOf(t, e)
	run(t, s, "CREATE TABLE a (x INT)", "CREATE TABLE b (x INT, y INT)", "INSERT INTO a VALUES (1), (2)", "INSERT INTO b VALUES (3, 30)",
		"CREATE STREAMING TABLE t (x INT, y INT, CONSTRAINT two EXPECT (x <> 2) ON VIOLATION FAIL UPDATE)",
		"CREATE FLOW fa AS INSERT INTO t BY NAME SELECT x FROM STREAM a WHERE x <> 2", "CREATE FLOW fb AS INSERT INTO t BY NAME SELECT y, x FROM STREAM b",
		"CREATE FLOW IF NOT EXISTS fb AS INSERT INTO t BY NAME SELECT x FROM STREAM a", "REFRESH STREAMING TABLE t", "INSERT INTO a VALUES (5)", "REFRESH STREAMING TABLE t")
	if got := strings.Join(rows(t, s, "SELECT x, y FROM t ORDER BY x"), ";"); got != "1|NULL;3|30;5|NULL" {
		t.Errorf("t: %s", got)
	}
	fails(t, s, "CREATE FLOW fb AS INSERT INTO t BY NAME SELECT x FROM STREAM a", "FLOW_ALREADY_EXISTS")
	run(t, s, "INSERT INTO b VALUES (2, 20)")
	fails(t, s, "REFRESH STREAMING TABLE t", "EXPECTATION_FAILED")
	run(t, s, "DROP FLOW fb", "REFRESH STREAMING TABLE t")
	fails(t, s, "DROP FLOW fb", "FLOW_NOT_FOUND")
}

func TestMaterializedView(t *testing.T) {
	e := openTest(t, t.TempDir())
	s := sessionOf(t, e)
	run(t, s, "CREATE TABLE src (k STRING, n INT)", "INSERT INTO src VALUES ('a', 1), ('a', 2), ('b', 3)",
		"CREATE MATERIALIZED VIEW v (k COMMENT 'key', total BIGINT, CONSTRAINT ok EXPECT (total > 0)) AS SELECT k, sum(n) FROM src GROUP BY k")
	read := "SELECT k, total FROM v ORDER BY k"
	if got := strings.Join(rows(t, s, read), ";"); got != "a|3;b|3" {
		t.Errorf("made: %s", got)
	}
	run(t, s, "INSERT INTO src VALUES ('b', 10)", "DELETE FROM src WHERE n = 1")
	if got := strings.Join(rows(t, s, read), ";"); got != "a|3;b|3" {
		t.Errorf("before the refresh: %s", got)
	}
	run(t, s, "REFRESH MATERIALIZED VIEW v")
	if got := strings.Join(rows(t, s, read), ";"); got != "a|2;b|13" {
		t.Errorf("refreshed: %s", got)
	}
	for _, sql := range []string{"INSERT INTO v VALUES ('x', 1)", "DELETE FROM v", "UPDATE v SET total = 0", "MERGE INTO v USING src ON false WHEN NOT MATCHED THEN INSERT (k) VALUES ('y')"} {
		fails(t, s, sql, "UNSUPPORTED_FEATURE.TABLE_OPERATION")
	}
	if got := one(t, s, "EXPLAIN REFRESH MATERIALIZED VIEW v SYNC"); !strings.Contains(got, "FULL: ") || !strings.Contains(got, "Aggregate") {
		t.Errorf("EXPLAIN: %s", got)
	}
	if got := one(t, s, "EXPLAIN CREATE STREAMING TABLE x AS SELECT k FROM STREAM src"); !strings.Contains(got, "INCREMENTAL: ") {
		t.Errorf("EXPLAIN: %s", got)
	}
	run(t, s, "CREATE OR REPLACE MATERIALIZED VIEW v AS SELECT count(*) AS c FROM src")
	if got := one(t, s, "SELECT * FROM v"); got != "3" {
		t.Errorf("replaced: %s", got)
	}
	fails(t, s, "CREATE MATERIALIZED VIEW bad AS SELECT raise_error('no') AS x", "USER_RAISED_EXCEPTION")
	run(t, s, "DROP MATERIALIZED VIEW v")
	fails(t, s, "SELECT * FROM bad", "TABLE_OR_VIEW_NOT_FOUND")
}

// What SHOW STREAMS and the system tables say of a stream that runs, one that waits for a broker, and one that failed.
func TestStreamsAreShown(t *testing.T) {
	servers, send := topic(t, "t")
	e := openStreaming(t, t.TempDir())
	s := sessionOf(t, e)
	send(numbers(0, 10)...)
	run(t, s, "CREATE DATABASE d", "CREATE TABLE src (x INT)", "INSERT INTO src VALUES (1), (2)",
		"CREATE STREAMING TABLE d.good (n INT, p INT, o BIGINT, CONSTRAINT low EXPECT (n < 4) ON VIOLATION DROP ROW, CONSTRAINT any EXPECT (n >= 0)) AS "+kafkaQuery(servers, "t"),
		"CREATE STREAMING TABLE away AS SELECT value FROM STREAM read_kafka(bootstrapServers => '127.0.0.1:9', subscribe => 't')",
		"CREATE STREAMING TABLE broken (x INT, CONSTRAINT one EXPECT (x = 1) ON VIOLATION FAIL UPDATE) AS SELECT x FROM STREAM src")
	becomes(t, s, "SELECT table, state FROM system.streams WHERE table IN ('good', 'broken') ORDER BY table", "broken|FAILED;good|IDLE")
	becomes(t, s, "SELECT state, error LIKE '[KAFKA_UNAVAILABLE]%' FROM system.streams WHERE table = 'away'", "RETRYING|true")
	if got := strings.Join(rows(t, s, "SELECT expectation, on_violation, passed, failed FROM system.expectations WHERE table = 'good' ORDER BY 1"), ";"); got != "any|KEEP ROW|10|0;low|DROP ROW|4|6" {
		t.Errorf("expectations: %s", got)
	}
	if got := one(t, s, "SELECT source, get_json_object(position, '$.t.0') + get_json_object(position, '$.t.1'), lag, rows FROM system.stream_progress WHERE table = 'good'"); got != "kafka:t|10.0|0|4" {
		t.Errorf("progress: %s", got)
	}
	if got := len(rows(t, s, "SHOW STREAMS IN d LIKE 'g*'")); got != 1 {
		t.Errorf("SHOW STREAMS: %d rows", got)
	}
	if got := strings.Join(rows(t, s, "DESCRIBE STREAM d.good"), "\n"); !strings.Contains(got, "good|lag of kafka:t|0") || !strings.Contains(got, "good|state|IDLE") {
		t.Errorf("DESCRIBE STREAM: %s", got)
	}
	fails(t, s, "DESCRIBE STREAM src", "NOT_KEPT_UP_TO_DATE")
	run(t, s, "DROP TABLE broken", "DROP TABLE away")
}

// A second process stands by, and goes on when the first ends.
func TestOneProcessRunsTheStreams(t *testing.T) {
	warehouse := t.TempDir()
	first := openStreaming(t, warehouse)
	s1 := sessionOf(t, first)
	run(t, s1, "CREATE TABLE src (x INT)", "CREATE STREAMING TABLE t AS SELECT x FROM STREAM src")
	becomes(t, s1, "SELECT state FROM system.streams", "IDLE")
	second := openStreaming(t, warehouse)
	s2 := sessionOf(t, second)
	if got := one(t, s2, "SELECT state FROM system.streams"); got != "STANDBY" {
		t.Errorf("the second process: %s", got)
	}
	run(t, s2, "INSERT INTO src VALUES (1)", "REFRESH STREAMING TABLE t")
	if got := one(t, s2, "SELECT count(*) FROM t"); got != "1" {
		t.Errorf("refreshed by the second process: %s", got)
	}
	if err := first.Close(); err != nil {
		t.Fatal(err)
	}
	becomes(t, s2, "SELECT state FROM system.streams", "IDLE")
	run(t, s2, "INSERT INTO src VALUES (2)")
	becomes(t, s2, "SELECT count(*) FROM t", "2")
}

func TestSchedules(t *testing.T) {
	e := openStreaming(t, t.TempDir())
	s := sessionOf(t, e)
	run(t, s, "CREATE TABLE src (x INT)", "INSERT INTO src VALUES (1)",
		"CREATE STREAMING TABLE t SCHEDULE EVERY 1 SECOND AS SELECT x FROM STREAM src",
		"CREATE MATERIALIZED VIEW v SCHEDULE CRON '* * * * * ?' AT TIME ZONE 'Africa/Casablanca' AS SELECT count(*) AS n FROM src",
		"CREATE STREAMING TABLE never SCHEDULE CRON '0 0 1 1 *' AS SELECT x FROM STREAM src")
	becomes(t, s, "SELECT count(*) FROM t", "1")
	run(t, s, "INSERT INTO src VALUES (2)")
	becomes(t, s, "SELECT n FROM v", "2")
	becomes(t, s, "SELECT count(*) FROM t", "2")
	becomes(t, s, "SELECT DISTINCT table, state, due_at IS NULL FROM system.schedule_runs WHERE ended_at IS NOT NULL AND table <> 'never' ORDER BY 1, 3", "t|SUCCEEDED|false;v|SUCCEEDED|false;v|SUCCEEDED|true")
	fails(t, s, "ALTER STREAMING TABLE t ADD SCHEDULE EVERY 1 DAY", "SCHEDULE_ALREADY_EXISTS")
	run(t, s, "ALTER STREAMING TABLE t DROP SCHEDULE", "INSERT INTO src VALUES (3)")
	becomes(t, s, "SELECT count(*) FROM t", "3")
	if got := one(t, s, "SELECT state, next_run > current_timestamp() FROM system.streams WHERE table = 'never'"); got != "SCHEDULED|true" {
		t.Errorf("never: %s", got)
	}
}

// An engine whose streams run, wait and fail leaves no goroutine behind.
func TestStreamsLeaveNoGoroutines(t *testing.T) {
	before := goleak.IgnoreCurrent()
	t.Run("streams", func(t *testing.T) { // its end closes broker and engine
		servers, send := topic(t, "t")
		e := openStreaming(t, t.TempDir())
		s := sessionOf(t, e)
		send(numbers(0, 10)...)
		run(t, s, "CREATE STREAMING TABLE a AS "+kafkaQuery(servers, "t"), "CREATE STREAMING TABLE b AS SELECT n FROM STREAM a",
			"CREATE STREAMING TABLE c AS "+kafkaQuery("127.0.0.1:9", "t"), "REFRESH STREAMING TABLE a", "REFRESH STREAMING TABLE b ASYNC", "EXPLAIN CREATE STREAMING TABLE x AS "+kafkaQuery(servers, "t"))
	})
	goleak.VerifyNone(t, before)
}

// A stream reads what its owner may read, when it is made and when it runs.
func TestRightsOfStreams(t *testing.T) {
	s := newShop(t)
	run(t, s.ann, "CREATE STREAMING TABLE db.live AS SELECT a FROM STREAM db.secret", "REFRESH STREAMING TABLE db.live", "CREATE MATERIALIZED VIEW db.counted AS SELECT count(*) AS n FROM db.secret")
	const denied = "INSUFFICIENT_PERMISSIONS"
	fails(t, s.ann, "CREATE STREAMING TABLE db.other AS SELECT a FROM STREAM db.t", denied)
	fails(t, s.ann, "CREATE STREAMING TABLE db.other AS SELECT * FROM STREAM read_files('"+s.outside+"', format => 'text')", "PATH_NOT_ALLOWED")
	fails(t, s.bob, "CREATE STREAMING TABLE db.other AS SELECT a FROM STREAM db.t", denied)
	fails(t, s.bob, "REFRESH STREAMING TABLE db.live", denied)
	fails(t, s.bob, "ALTER STREAMING TABLE db.live PAUSE", denied)
	fails(t, s.bob, "DROP STREAMING TABLE db.live", denied)
	if got := len(rows(t, s.bob, "SHOW STREAMS")); got != 0 {
		t.Errorf("bob sees %d streams", got)
	}
	if got := len(rows(t, s.ann, "SHOW STREAMS")); got != 2 {
		t.Errorf("ann sees %d streams", got)
	}
	run(t, s.local, "INSERT INTO db.secret VALUES (7)", "REVOKE SELECT ON TABLE db.secret FROM ann")
	fails(t, s.local, "REFRESH STREAMING TABLE db.live", denied)
	fails(t, s.local, "REFRESH MATERIALIZED VIEW db.counted", denied)
}
