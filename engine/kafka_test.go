package engine

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/twmb/franz-go/pkg/kfake"
	"github.com/twmb/franz-go/pkg/kgo"
	"github.com/twmb/franz-go/pkg/kmsg"

	"github.com/argan-sql/argan/sqlerr"
)

// broker is a broker in this process whose topic t has 3 partitions of 4 records each: {"n": 0} to {"n": 11}.
func broker(t *testing.T) (*kfake.Cluster, string) {
	t.Helper()
	f, err := kfake.NewCluster(kfake.NumBrokers(1), kfake.SeedTopics(3, "t"))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(f.Close)
	servers := strings.Join(f.ListenAddrs(), ",")
	k, err := kgo.NewClient(kgo.SeedBrokers(servers), kgo.RecordPartitioner(kgo.ManualPartitioner()))
	if err != nil {
		t.Fatal(err)
	}
	defer k.Close()
	for i := range 12 {
		r := &kgo.Record{Topic: "t", Partition: int32(i % 3), Key: []byte(fmt.Sprint("k", i)), Value: []byte(fmt.Sprintf(`{"n":%d,"name":"x%d"}`, i, i)), Timestamp: time.UnixMilli(int64(1000 * i))}
		if err := k.ProduceSync(t.Context(), r).FirstErr(); err != nil {
			t.Fatal(err)
		}
	}
	return f, servers
}

func TestReadKafka(t *testing.T) {
	f, servers := broker(t)
	e := openTest(t, t.TempDir())
	s := sessionOf(t, e)
	// What fetches ask for: partition@offset.
	var asked []string
	f.ControlKey(1, func(req kmsg.Request) (kmsg.Response, error, bool) {
		f.KeepControl()
		for _, topic := range req.(*kmsg.FetchRequest).Topics {
			for _, p := range topic.Partitions {
				asked = append(asked, fmt.Sprintf("%d@%d", p.Partition, p.FetchOffset))
			}
		}
		return nil, nil, false
	})
	from := "read_kafka(bootstrapServers => '" + servers + "', subscribe => 't')"
	run(t, s, "CREATE TABLE k USING kafka OPTIONS (kafka.bootstrap.servers '"+servers+"', subscribe 't', 'kafka.client.id' = 'me')")
	run(t, s, "CREATE TEMPORARY VIEW v USING kafka OPTIONS ('kafka.bootstrap.servers' = '"+servers+"', subscribe = 't', startingOffsets = '{\"t\":{\"0\":3,\"1\":4,\"2\":4}}')")
	for _, c := range []struct{ sql, want, asked string }{
		{"SELECT count(*), count(DISTINCT topic), sum(offset), sum(from_json(CAST(value AS STRING), 'n INT').n) FROM " + from, "12|1|18|66", ""},
		{"SELECT count(*), min(timestampType), max(CAST(timestamp AS LONG)) FROM k", "12|0|11", ""},
		{"SELECT CAST(value AS STRING) FROM v", `{"n":9,"name":"x9"}`, "0@3"},
		{"SELECT sum(n) FROM (SELECT from_json(CAST(value AS STRING), 'n INT').n AS n FROM k)", "66", ""},
		{"SELECT CAST(key AS STRING) FROM k WHERE partition = 1 AND offset = 2", "k7", "1@2"},
		{"SELECT count(*) FROM k WHERE partition IN (0, 2) AND offset >= 3 AND topic = 't'", "2", "0@3 2@3"},
		{"SELECT count(*) FROM k WHERE topic = 'other'", "0", ""},
		{"SELECT count(*) FROM k WHERE timestamp >= TIMESTAMP '1970-01-01 00:00:10Z'", "2", "1@3 2@3"},
		{"SELECT count(*) FROM (SELECT * FROM k LIMIT 5)", "5", ""},
		{"SELECT count(*) FROM (SELECT value FROM k UNION ALL SELECT value FROM k)", "24", ""},
		{"SELECT count(*) FROM k a JOIN k b USING (partition, offset)", "12", ""},
	} {
		asked = nil
		got := rows(t, s, c.sql)
		if len(got) != 1 || got[0] != c.want {
			t.Errorf("%s: %v, want %s", c.sql, got, c.want)
		}
		if c.asked != "" && strings.Join(slices.Compact(slices.Sorted(slices.Values(asked))), " ") != c.asked {
			t.Errorf("%s asked for %v, want %s", c.sql, asked, c.asked)
		}
	}
	if got := rows(t, s, "SHOW CREATE TABLE k")[0]; !strings.Contains(got, "USING kafka") || strings.Contains(got, "LOCATION") || strings.Contains(got, "key BINARY") {
		t.Error(got)
	}
	run(t, s, "DROP TABLE k")
}

func TestKafkaRefusals(t *testing.T) {
	e := openTest(t, t.TempDir())
	s := sessionOf(t, e)
	run(t, s, "CREATE TABLE k USING kafka OPTIONS (kafka.bootstrap.servers 'localhost:1', subscribe 't', kafka.security.protocol 'SASL_PLAINTEXT', kafka.sasl.mechanism 'PLAIN', "+
		"kafka.sasl.jaas.config 'org.apache.kafka.common.security.plain.PlainLoginModule required username=\"u\" password=\"hush\";')")
	for sql, class := range map[string]string{
		"SELECT * FROM read_kafka('t')":                                                                                       "WRONG_NUM_ARGS.WITHOUT_SUGGESTION",
		"SELECT * FROM read_kafka(subscribe => 't')":                                                                          "KAFKA_MISSING_OPTION",
		"SELECT * FROM read_kafka(bootstrapServers => 'x:1', subscribe => NULL)":                                              "INVALID_PARAMETER_VALUE.NULL",
		"SELECT * FROM read_kafka(bootstrapServers => 'x:1', topic => 't')":                                                   "KAFKA_UNKNOWN_OPTION",
		"CREATE TABLE c (a INT) USING kafka OPTIONS (subscribe 't')":                                                          "UNSUPPORTED_FEATURE.ARGAN",
		"CREATE TABLE c USING kafka OPTIONS (subscribe 't') LOCATION '/x'":                                                    "UNSUPPORTED_FEATURE.ARGAN",
		"CREATE TABLE c USING kafka OPTIONS (subscribe 't') AS SELECT 1":                                                      "UNSUPPORTED_FEATURE.ARGAN",
		"INSERT INTO k SELECT * FROM k":                                                                                       "UNSUPPORTED_FEATURE.TABLE_OPERATION",
		"SELECT * FROM k VERSION AS OF 1":                                                                                     "UNSUPPORTED_FEATURE.TIME_TRAVEL",
		"SELECT count(*) FROM read_kafka(bootstrapServers => '127.0.0.1:1', subscribe => 't', `fetchOffset.numRetries` => 1)": "KAFKA_UNAVAILABLE",
	} {
		if _, err := tryRows(s, sql); !sqlerr.Is(err, class) {
			t.Errorf("%s: %v, want %s", sql, err, class)
		}
	}
	for _, sql := range []string{"SHOW CREATE TABLE k", "DESCRIBE EXTENDED k"} {
		if got := strings.Join(rows(t, s, sql), "\n"); strings.Contains(got, "hush") || !strings.Contains(got, "redacted") {
			t.Errorf("%s: %s", sql, got)
		}
	}
	for _, f := range e.History(nil) {
		if strings.Contains(f.SQL, "hush") {
			t.Errorf("the history has the password: %s", f.SQL)
		}
	}
	run(t, s, "DROP TABLE k")
}
