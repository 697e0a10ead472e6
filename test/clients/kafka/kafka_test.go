//go:build kafka

package kafka

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/twmb/franz-go/pkg/kadm"
	"github.com/twmb/franz-go/pkg/kgo"

	"github.com/argan-sql/argan/engine"
)

// bench is a broker and an engine.
type bench struct {
	t       *testing.T
	servers string
	admin   *kadm.Client
	k       *kgo.Client
	s       *engine.Session
}

func port(t *testing.T, add int) string {
	var n int
	if _, err := fmt.Sscan(os.Getenv("KAFKA_PORT"), &n); err != nil {
		t.Skip("KAFKA_PORT is not set: use the script run")
	}
	return fmt.Sprintf("127.0.0.1:%d", n+add)
}

func setUp(t *testing.T) *bench {
	t.Helper()
	b := &bench{t: t, servers: port(t, 0)}
	var err error
	if b.k, err = kgo.NewClient(kgo.SeedBrokers(b.servers), kgo.RecordPartitioner(kgo.ManualPartitioner())); err != nil {
		t.Fatal(err)
	}
	b.admin = kadm.NewClient(b.k)
	e, err := engine.Open(engine.Config{Warehouse: t.TempDir(), Threads: 2, MemoryLimit: 256 << 20, SpillDir: t.TempDir()})
	if err != nil {
		t.Fatal(err)
	}
	if b.s, err = e.NewSession(engine.SessionOptions{}); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		b.k.Close()
		if err := e.Close(); err != nil {
			t.Error(err)
		}
	})
	return b
}

func (b *bench) create(topic string, partitions int32, configs ...string) {
	b.t.Helper()
	m := map[string]*string{}
	for i := 0; i+1 < len(configs); i += 2 {
		m[configs[i]] = &configs[i+1]
	}
	if _, err := b.admin.CreateTopic(b.t.Context(), partitions, 1, m, topic); err != nil {
		b.t.Fatal(err)
	}
}

func (b *bench) produce(records ...*kgo.Record) {
	b.t.Helper()
	if err := b.k.ProduceSync(b.t.Context(), records...).FirstErr(); err != nil {
		b.t.Fatal(err)
	}
}

func record(topic string, partition int32, value string) *kgo.Record {
	return &kgo.Record{Topic: topic, Partition: partition, Key: []byte(value), Value: []byte(value)}
}

func (b *bench) source(topic string, more ...string) string {
	return "read_kafka(" + strings.Join(append([]string{"bootstrapServers => '" + b.servers + "'", "subscribe => '" + topic + "'"}, more...), ", ") + ")"
}

// ask gives the cells of a statement's answer, apart by bars.
func (b *bench) ask(sql string) (string, error) {
	ctx, cancel := context.WithTimeout(b.t.Context(), 2*time.Minute)
	defer cancel()
	r, err := b.s.Query(ctx, engine.Request{SQL: sql})
	if err != nil {
		return "", err
	}
	defer r.Close()
	var out []string
	for {
		batch, err := r.Next(ctx)
		if err != nil || batch == nil {
			return strings.Join(out, "|"), err
		}
		for i := range batch.Len() {
			for c := range batch.Cols {
				out = append(out, fmt.Sprint(batch.Column(c).Value(i)))
			}
		}
	}
}

func (b *bench) want(sql, want string) {
	b.t.Helper()
	if got, err := b.ask(sql); err != nil || got != want {
		b.t.Errorf("%s: %s, %v, want %s", sql, got, err, want)
	}
}

const counts = "SELECT count(*), count(DISTINCT CAST(value AS STRING)), count_if(CAST(value AS STRING) = 'never') FROM "

func TestTransactions(t *testing.T) {
	b := setUp(t)
	b.create("txn", 2)
	p, err := kgo.NewClient(kgo.SeedBrokers(b.servers), kgo.TransactionalID("argan-check"), kgo.RecordPartitioner(kgo.ManualPartitioner()), kgo.ProducerBatchMaxBytes(2000))
	if err != nil {
		t.Fatal(err)
	}
	defer p.Close()
	n := 0
	for round := range 40 {
		if err := p.BeginTransaction(); err != nil {
			t.Fatal(err)
		}
		abort := round%4 == 3
		for i := range 100 {
			v := "never"
			if !abort {
				v = fmt.Sprint(n)
				n++
			}
			p.Produce(t.Context(), record("txn", int32(i%2), v), nil)
		}
		if err := p.Flush(t.Context()); err != nil {
			t.Fatal(err)
		}
		if err := p.EndTransaction(t.Context(), kgo.TransactionEndTry(!abort)); err != nil {
			t.Fatal(err)
		}
		if round%10 == 0 {
			b.produce(record("txn", 0, fmt.Sprint("plain", round)))
		}
	}
	b.want(counts+b.source("txn"), "3004|3004|0")
	b.want(counts+b.source("txn", "`kafka.isolation.level` => 'read_uncommitted'", "`kafka.max.partition.fetch.bytes` => 1000"), "4004|3005|1000")
}

func TestCompaction(t *testing.T) {
	b := setUp(t)
	b.create("compact", 1, "cleanup.policy", "compact", "segment.ms", "100", "min.cleanable.dirty.ratio", "0.01", "max.compaction.lag.ms", "100")
	for i := range 300 {
		b.produce(&kgo.Record{Topic: "compact", Key: []byte(fmt.Sprint(i % 7)), Value: []byte(fmt.Sprint(i))})
	}
	// The cleaner works when it likes; the read must be right before and after.
	for range 40 {
		b.produce(&kgo.Record{Topic: "compact", Key: []byte("tick"), Value: []byte("tick")})
		got, err := b.ask("SELECT count(*) FROM " + b.source("compact"))
		if err != nil {
			t.Fatal(err)
		}
		var n int
		if _, err := fmt.Sscan(got, &n); err == nil && n < 250 {
			b.want("SELECT count(DISTINCT CAST(key AS STRING)), max(CAST(CAST(value AS STRING) AS INT)) FROM "+b.source("compact"), "8|299")
			return
		}
		time.Sleep(500 * time.Millisecond)
	}
	t.Skip("the broker has compacted nothing")
}

func TestSecurity(t *testing.T) {
	b := setUp(t)
	b.create("safe", 1)
	b.produce(record("safe", 0, "x"))
	ca := filepath.Join(os.Getenv("KAFKA_DIR"), "tls", "ca.pem")
	jaas := func(module, password string) string {
		return "`kafka.sasl.jaas.config` => 'org.apache.kafka.common.security." + module + " required username=\"techmart\" password=\"" + password + "\";'"
	}
	trust := "`kafka.ssl.truststore.type` => 'PEM', `kafka.ssl.truststore.location` => '" + ca + "'"
	for _, c := range []struct {
		port    int
		options string
		class   string
	}{
		{2, "`kafka.security.protocol` => 'SASL_PLAINTEXT', `kafka.sasl.mechanism` => 'PLAIN', " + jaas("plain.PlainLoginModule", "techmart-secret"), ""},
		{2, "`kafka.security.protocol` => 'SASL_PLAINTEXT', `kafka.sasl.mechanism` => 'SCRAM-SHA-256', " + jaas("scram.ScramLoginModule", "techmart-secret"), ""},
		{2, "`kafka.security.protocol` => 'SASL_PLAINTEXT', `kafka.sasl.mechanism` => 'SCRAM-SHA-512', " + jaas("scram.ScramLoginModule", "techmart-secret"), ""},
		{2, "`kafka.security.protocol` => 'SASL_PLAINTEXT', `kafka.sasl.mechanism` => 'SCRAM-SHA-512', " + jaas("scram.ScramLoginModule", "hush"), "KAFKA_AUTHENTICATION_FAILED"},
		{3, "`kafka.security.protocol` => 'SSL', " + trust, ""},
		{3, "`kafka.security.protocol` => 'SSL'", "KAFKA_UNAVAILABLE"},
		{4, "`kafka.security.protocol` => 'SASL_SSL', `kafka.sasl.mechanism` => 'PLAIN', " + trust + ", " + jaas("plain.PlainLoginModule", "techmart-secret"), ""},
	} {
		got, err := b.ask("SELECT CAST(value AS STRING) FROM read_kafka(bootstrapServers => '" + port(t, c.port) + "', subscribe => 'safe', " + c.options + ")")
		switch {
		case c.class == "" && (err != nil || got != "x"):
			t.Errorf("%s: %s, %v", c.options, got, err)
		case c.class != "" && (err == nil || !strings.Contains(err.Error(), c.class)):
			t.Errorf("%s: %v, want %s", c.options, err, c.class)
		}
		if err != nil && strings.Contains(err.Error(), "hush") {
			t.Errorf("the password shows: %v", err)
		}
	}
}

func TestTopics(t *testing.T) {
	b := setUp(t)
	if _, err := b.ask("SELECT count(*) FROM " + b.source("nowhere")); err == nil || !strings.Contains(err.Error(), "KAFKA_TOPIC_NOT_FOUND") {
		t.Errorf("a topic that is not there: %v", err)
	}
	b.create("grow", 1)
	b.produce(record("grow", 0, "a"))
	b.want("SELECT count(*) FROM "+b.source("grow"), "1")
	if _, err := b.admin.CreatePartitions(t.Context(), 2, "grow"); err != nil {
		t.Fatal(err)
	}
	k, err := kgo.NewClient(kgo.SeedBrokers(b.servers), kgo.RecordPartitioner(kgo.ManualPartitioner()))
	if err != nil {
		t.Fatal(err)
	}
	defer k.Close()
	if err := k.ProduceSync(t.Context(), record("grow", 2, "b")).FirstErr(); err != nil {
		t.Fatal(err)
	}
	b.want("SELECT count(*), max(partition) FROM "+b.source("grow"), "2|2")
	if _, err := b.admin.DeleteTopics(t.Context(), "grow"); err != nil {
		t.Fatal(err)
	}
	if _, err := b.ask("SELECT count(*) FROM " + b.source("grow")); err == nil || !strings.Contains(err.Error(), "KAFKA_TOPIC_NOT_FOUND") {
		t.Errorf("a deleted topic: %v", err)
	}
}

// The broker is killed while a table is read, and comes back: each record is there once.
func TestBrokerRestart(t *testing.T) {
	b := setUp(t)
	b.create("restart", 3)
	const n = 60_000
	pad := strings.Repeat("p", 300)
	for i := range n {
		b.k.Produce(t.Context(), record("restart", int32(i%3), fmt.Sprintf("%d %s", i, pad)), nil)
	}
	if err := b.k.Flush(t.Context()); err != nil {
		t.Fatal(err)
	}
	scripts, dir := os.Getenv("KAFKA_SCRIPTS"), os.Getenv("KAFKA_DIR")
	type answer struct {
		text string
		err  error
	}
	done := make(chan answer, 1)
	go func() {
		// Small fetches, so that the kill comes in between.
		text, err := b.ask("SELECT count(*), count(DISTINCT split(CAST(value AS STRING), ' ')[0]) FROM " + b.source("restart", "`kafka.fetch.max.bytes` => 3000", "`kafka.max.partition.fetch.bytes` => 3000"))
		done <- answer{text, err}
	}()
	time.Sleep(300 * time.Millisecond)
	if out, err := exec.Command(filepath.Join(scripts, "kafka_down.sh"), dir, "--kill").CombinedOutput(); err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	select {
	case a := <-done:
		t.Logf("the read had ended before the kill: %v", a)
		done <- a
	default:
	}
	if out, err := exec.Command(filepath.Join(scripts, "kafka_up.sh"), dir, os.Getenv("KAFKA_PORT")).CombinedOutput(); err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	if a := <-done; a.err != nil || a.text != fmt.Sprintf("%d|%d", n, n) {
		t.Errorf("%s, %v", a.text, a.err)
	}
}
