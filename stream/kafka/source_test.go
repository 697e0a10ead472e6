package kafka

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/twmb/franz-go/pkg/kadm"
	"github.com/twmb/franz-go/pkg/kerr"
	"github.com/twmb/franz-go/pkg/kfake"
	"github.com/twmb/franz-go/pkg/kgo"
	"github.com/twmb/franz-go/pkg/kmsg"

	"github.com/argan-sql/argan/exec/vector"
	"github.com/argan-sql/argan/sqlerr"
)

func equal(t *testing.T, got []string, want ...string) {
	t.Helper()
	got, want = slices.Sorted(slices.Values(got)), slices.Sorted(slices.Values(want))
	if !slices.Equal(got, want) {
		t.Fatalf("got  %v\nwant %v", got, want)
	}
}

func TestReadBetweenPositions(t *testing.T) {
	c := newCluster(t)
	c.create("t", 2)
	c.produce("t", 0, "a", "b", "c")
	c.produce("t", 1, "x")
	s := c.open(true, "subscribe", "t", "startingOffsets", "earliest")
	from := c.start(s)
	if from.String() != `{"t":{"0":0,"1":0}}` {
		t.Fatal(from)
	}
	to := c.latest(s)
	if to.String() != `{"t":{"0":3,"1":1}}` {
		t.Fatal(to)
	}
	mid := s.Limit(from, to, 2)
	equal(t, c.read(s, from, mid), "0:0=a", "1:0=x")
	// What came beyond the end is kept: the rest is there, once.
	equal(t, c.read(s, mid, to), "0:1=b", "0:2=c")
	equal(t, c.read(s, to, to))
	// A read that starts before what is kept gives the same again.
	equal(t, c.read(s, from, to), "0:0=a", "0:1=b", "0:2=c", "1:0=x")
}

func TestColumns(t *testing.T) {
	c := newCluster(t)
	c.create("t", 1)
	at := time.UnixMilli(1_700_000_000_123)
	err := c.k.ProduceSync(t.Context(),
		&kgo.Record{Topic: "t", Key: []byte("k"), Value: []byte("v"), Timestamp: at, Headers: []kgo.RecordHeader{{Key: "h", Value: []byte("1")}, {Key: "n"}}},
		&kgo.Record{Topic: "t", Value: []byte{}, Timestamp: at},
		&kgo.Record{Topic: "t", Key: []byte("gone"), Timestamp: at}).FirstErr()
	if err != nil {
		t.Fatal(err)
	}
	s := c.open(false, "subscribe", "t", "includeHeaders", "true")
	from, to := c.start(s), c.latest(s)
	var rows []string
	if err := s.Read(limited(t), from, to, func(b *vector.Batch) error {
		for i := range b.Len() {
			var row []string
			for _, col := range b.Cols {
				row = append(row, fmt.Sprintf("%v", col.Value(i)))
			}
			rows = append(rows, strings.Join(row, "|"))
		}
		return nil
	}); err != nil {
		t.Fatal(err)
	}
	equal(t, rows, "[107]|[118]|t|0|0|1700000000123000|0|[[h [49]] [n <nil>]]", "<nil>|[]|t|0|1|1700000000123000|0|<nil>", "[103 111 110 101]|<nil>|t|0|2|1700000000123000|0|<nil>")

	cur, err := s.Cursor(limited(t), from, to, []int{columnOffset, columnValue})
	if err != nil {
		t.Fatal(err)
	}
	defer cur.Close()
	p, err := cur.Next(limited(t))
	if err != nil || p == nil {
		t.Fatal(p, err)
	}
	if err := p.Batches(func(b *vector.Batch) error {
		if len(b.Cols) != 2 || b.Len() != 3 || b.Cols[0].Value(2) != int64(2) {
			t.Errorf("%d columns of %d rows, %v", len(b.Cols), b.Len(), b.Cols[0].Value(2))
		}
		return nil
	}); err != nil {
		t.Fatal(err)
	}
}

func TestCompressionAndManyBatches(t *testing.T) {
	for _, codec := range []kgo.CompressionCodec{kgo.NoCompression(), kgo.GzipCompression(), kgo.SnappyCompression(), kgo.Lz4Compression(), kgo.ZstdCompression()} {
		c := newCluster(t)
		c.create("t", 3)
		k, err := kgo.NewClient(kgo.SeedBrokers(c.ListenAddrs()...), kgo.RecordPartitioner(kgo.ManualPartitioner()), kgo.ProducerBatchCompression(codec), kgo.ProducerBatchMaxBytes(20_000))
		if err != nil {
			t.Fatal(err)
		}
		const n = 5000
		for i := range n {
			k.Produce(t.Context(), &kgo.Record{Topic: "t", Partition: int32(i % 3), Value: []byte(fmt.Sprintf("%d %s", i, strings.Repeat("y", 100)))}, func(_ *kgo.Record, err error) {
				if err != nil {
					t.Error(err)
				}
			})
		}
		if err := k.Flush(t.Context()); err != nil {
			t.Fatal(err)
		}
		k.Close()
		s := c.open(true, "subscribe", "t", "startingOffsets", "earliest", "kafka.max.partition.fetch.bytes", "30000", "kafka.fetch.max.bytes", "50000")
		from, to := c.start(s), c.latest(s)
		seen := map[string]int{}
		for !from.Equal(to) {
			mid := s.Limit(from, to, 777)
			for _, row := range c.read(s, from, mid) {
				_, v, _ := strings.Cut(row, "=")
				seen[v[:strings.IndexByte(v, ' ')]]++
			}
			from = mid
		}
		for i := range n {
			if seen[fmt.Sprint(i)] != 1 {
				t.Fatalf("%v: record %d was read %d times", codec, i, seen[fmt.Sprint(i)])
			}
		}
	}
}

func TestTransactions(t *testing.T) {
	c := newCluster(t)
	c.create("t", 1)
	k, err := kgo.NewClient(kgo.SeedBrokers(c.ListenAddrs()...), kgo.TransactionalID("x"), kgo.DefaultProduceTopic("t"))
	if err != nil {
		t.Fatal(err)
	}
	defer k.Close()
	write := func(how kgo.TransactionEndTry, values ...string) {
		t.Helper()
		if err := k.BeginTransaction(); err != nil {
			t.Fatal(err)
		}
		for _, v := range values {
			if err := k.ProduceSync(t.Context(), kgo.StringRecord(v)).FirstErr(); err != nil {
				t.Fatal(err)
			}
		}
		if err := k.EndTransaction(t.Context(), how); err != nil {
			t.Fatal(err)
		}
	}
	write(kgo.TryCommit, "a", "b")
	write(kgo.TryAbort, "never", "never")
	c.produce("t", 0, "plain")
	write(kgo.TryCommit, "c")
	write(kgo.TryAbort, "never")
	s := c.open(true, "subscribe", "t", "startingOffsets", "earliest")
	from, to := c.start(s), c.latest(s)
	if to.String() != `{"t":{"0":11}}` {
		t.Fatal(to) // 7 records, 4 markers
	}
	want := []string{"0:0=a", "0:1=b", "0:6=plain", "0:7=c"}
	equal(t, c.read(s, from, to), want...)
	// Cut at every offset, gaps and markers among them, the parts give the whole.
	for cut := int64(0); cut <= 11; cut++ {
		mid := Offsets{"t": {0: cut}}
		equal(t, append(c.read(s, from, mid), c.read(s, mid, to)...), want...)
	}
	dirty := c.open(true, "subscribe", "t", "startingOffsets", "earliest", "kafka.isolation.level", "read_uncommitted")
	if got := c.read(dirty, from, to); len(got) != 7 {
		t.Errorf("read_uncommitted gives %v", got)
	}

	// What is not decided is not there yet.
	if err := k.BeginTransaction(); err != nil {
		t.Fatal(err)
	}
	if err := k.ProduceSync(t.Context(), kgo.StringRecord("open")).FirstErr(); err != nil {
		t.Fatal(err)
	}
	c.produce("t", 0, "behind")
	if now := c.latest(s); !now.Equal(to) {
		t.Errorf("the latest offset is %s with a transaction open", now)
	}
	if err := k.EndTransaction(t.Context(), kgo.TryCommit); err != nil {
		t.Fatal(err)
	}
	equal(t, c.read(s, to, c.latest(s)), "0:11=open", "0:12=behind")
}

func TestCompaction(t *testing.T) {
	c := newCluster(t, kfake.BrokerConfigs(map[string]string{"log.cleaner.backoff.ms": "3600000"}))
	c.create("t", 1, "cleanup.policy", "compact", "segment.bytes", "2000", "min.cleanable.dirty.ratio", "0")
	for i := range 200 {
		key := fmt.Sprint(i % 3)
		if i%40 == 5 {
			key = "kept" + key + fmt.Sprint(i)
		}
		err := c.k.ProduceSync(t.Context(), &kgo.Record{Topic: "t", Key: []byte(key), Value: []byte(fmt.Sprint(i))}).FirstErr()
		if err != nil {
			t.Fatal(err)
		}
	}
	c.Compact()
	s := c.open(true, "subscribe", "t", "startingOffsets", "earliest")
	from, to := c.start(s), c.latest(s)
	if to.String() != `{"t":{"0":200}}` {
		t.Fatal(to)
	}
	got := c.read(s, from, to)
	if len(got) >= 200 || !slices.Contains(got, "0:199=199") {
		t.Fatalf("%d rows; was there a compaction?", len(got))
	}
	start, _ := from.Get("t", 0)
	for cut := start; cut <= 200; cut += 7 {
		mid := Offsets{"t": {0: cut}}
		equal(t, append(c.read(s, from, mid), c.read(s, mid, to)...), got...)
	}
}

func TestWait(t *testing.T) {
	c := newCluster(t)
	c.create("t", 2)
	s := c.open(true, "subscribe", "t", "kafka.fetch.max.wait.ms", "200", "kafka.metadata.max.age.ms", "300")
	at := c.start(s)
	ctx, cancel := context.WithTimeout(t.Context(), 500*time.Millisecond)
	defer cancel()
	if err := s.Wait(ctx, at); !errors.Is(err, context.DeadlineExceeded) {
		t.Fatalf("nothing was written, and the wait ended with %v", err)
	}
	woke := make(chan error, 1)
	go func() { woke <- s.Wait(limited(t), at) }()
	c.produce("t", 1, "news")
	if err := <-woke; err != nil {
		t.Fatal(err)
	}
	// The news has come with the wait: a read needs nothing more from the broker.
	s.mu.Lock()
	if l := s.lanes[partition{"t", 1}]; len(l.queue) != 1 || l.next != 1 {
		t.Errorf("%d fetches wait for the read, which goes on at %d", len(l.queue), l.next)
	}
	s.mu.Unlock()
	to := Offsets{"t": {0: 0, 1: 1}}
	equal(t, c.read(s, at, to), "1:0=news")

	// A new partition ends a wait too.
	d := newCluster(t)
	d.create("t", 1)
	r := d.open(true, "subscribe", "t", "kafka.fetch.max.wait.ms", "100", "kafka.metadata.max.age.ms", "100")
	at = d.start(r)
	go func() { woke <- r.Wait(limited(t), at) }()
	if _, err := d.admin.CreatePartitions(t.Context(), 1, "t"); err != nil {
		t.Fatal(err)
	}
	if err := <-woke; err != nil {
		t.Fatal(err)
	}
	d.produce("t", 1, "there")
	equal(t, d.read(r, at, d.latest(r)), "1:0=there")
}

func TestPatternAndAssign(t *testing.T) {
	c := newCluster(t)
	c.create("sales.fr", 1)
	c.create("sales.ma", 1)
	c.create("other", 1)
	c.produce("sales.fr", 0, "1")
	c.produce("sales.ma", 0, "2")
	c.produce("other", 0, "3")
	s := c.open(true, "subscribePattern", `sales\..*`, "startingOffsets", "earliest", "kafka.metadata.max.age.ms", "1")
	from := c.start(s)
	equal(t, c.read(s, from, c.latest(s)), "0:0=1", "0:0=2")
	// A topic that comes later is found, and read from its start.
	at := c.latest(s)
	c.create("sales.es", 1)
	c.produce("sales.es", 0, "4")
	time.Sleep(2 * time.Millisecond)
	equal(t, c.read(s, at, c.latest(s)), "0:0=4")

	c.create("wide", 3)
	for p := range int32(3) {
		c.produce("wide", p, fmt.Sprint(p))
	}
	a := c.open(false, "assign", `{"wide":[0,2]}`)
	equal(t, c.read(a, c.start(a), c.latest(a)), "0:0=0", "2:0=2")
	none := c.open(false, "assign", `{"wide":[7]}`)
	if _, err := none.Start(limited(t)); !sqlerr.Is(err, "KAFKA_TOPIC_NOT_FOUND") {
		t.Error(err)
	}
}

func TestPositionsByTime(t *testing.T) {
	c := newCluster(t)
	c.create("t", 2)
	for i, ms := range []int64{1000, 2000, 3000} {
		r := &kgo.Record{Topic: "t", Value: []byte(fmt.Sprint(i)), Timestamp: time.UnixMilli(ms)}
		if err := c.k.ProduceSync(t.Context(), r).FirstErr(); err != nil {
			t.Fatal(err)
		}
	}
	for _, x := range []struct {
		options []string
		want    string
	}{
		{[]string{"startingTimestamp", "1500", "startingOffsetsByTimestampStrategy", "latest"}, `{"t":{"0":1,"1":0}}`},
		{[]string{"startingTimestamp", "1500"}, "KAFKA_NO_OFFSET_FOR_TIMESTAMP"},
		{[]string{"startingOffsetsByTimestamp", `{"t":{"0":2500,"1":0}}`, "startingOffsetsByTimestampStrategy", "latest"}, `{"t":{"0":2,"1":0}}`},
		{[]string{"startingOffsets", `{"t":{"0":-1,"1":-2}}`}, `{"t":{"0":3,"1":0}}`},
		{[]string{"startingOffsets", `{"t":{"0":1}}`}, "KAFKA_INVALID_OPTION"},
		{[]string{"startingOffsets", `{"t":{"0":1,"1":0,"2":0}}`}, "KAFKA_INVALID_OPTION"},
	} {
		s := c.open(false, append([]string{"subscribe", "t"}, x.options...)...)
		o, err := s.Start(limited(t))
		if err != nil && !sqlerr.Is(err, x.want) || err == nil && o.String() != x.want {
			t.Errorf("%v: %s, %v", x.options, o, err)
		}
	}
	s := c.open(false, "subscribe", "t", "endingTimestamp", "2500")
	if o, err := s.End(limited(t)); err != nil || o.String() != `{"t":{"0":2,"1":0}}` {
		t.Errorf("%s, %v", o, err)
	}
}

func TestDataLoss(t *testing.T) {
	c := newCluster(t)
	c.create("t", 1)
	c.produce("t", 0, "a", "b", "c", "d")
	before := Offsets{"t": {0: 0}}
	var o kadm.Offsets
	o.AddOffset("t", 0, 2, -1)
	if _, err := c.admin.DeleteRecords(t.Context(), o); err != nil {
		t.Fatal(err)
	}
	strict := c.open(true, "subscribe", "t")
	err := strict.Read(limited(t), before, c.latest(strict), func(*vector.Batch) error { return nil })
	if !sqlerr.Is(err, "KAFKA_DATA_LOSS.OFFSET_OUT_OF_RANGE") || Retriable(err) {
		t.Errorf("deleted records: %v", err)
	}
	lax := c.open(true, "subscribe", "t", "failOnDataLoss", "false")
	equal(t, c.read(lax, before, c.latest(lax)), "0:2=c", "0:3=d")

	// The topic made anew has fewer records than were read of it.
	if _, err := c.admin.DeleteTopics(t.Context(), "t"); err != nil {
		t.Fatal(err)
	}
	c.create("t", 1)
	c.fresh()
	c.produce("t", 0, "new")
	err = strict.Read(limited(t), Offsets{"t": {0: 4}}, Offsets{"t": {0: 5}}, func(*vector.Batch) error { return nil })
	if !sqlerr.Is(err, "KAFKA_DATA_LOSS") {
		t.Errorf("a topic made anew: %v", err)
	}
	equal(t, c.read(lax, Offsets{"t": {0: 4}}, Offsets{"t": {0: 5}}))
}

func TestBrokerTrouble(t *testing.T) {
	c := newCluster(t)
	c.create("t", 4)
	for p := range int32(4) {
		c.produce("t", p, fmt.Sprint(p), "more")
	}
	// Fetches fail in all the ways that pass.
	n := 0
	c.ControlKey(1, func(kreq kmsg.Request) (kmsg.Response, error, bool) {
		c.KeepControl()
		n++
		req := kreq.(*kmsg.FetchRequest)
		resp := req.ResponseKind().(*kmsg.FetchResponse)
		switch n % 3 {
		case 1:
			return nil, errors.New("cut"), true
		case 2:
			for _, topic := range req.Topics {
				rt := kmsg.NewFetchResponseTopic()
				rt.Topic = topic.Topic
				for _, p := range topic.Partitions {
					rp := kmsg.NewFetchResponseTopicPartition()
					rp.Partition, rp.ErrorCode = p.Partition, kerr.NotLeaderForPartition.Code
					rt.Partitions = append(rt.Partitions, rp)
				}
				resp.Topics = append(resp.Topics, rt)
			}
			return resp, nil, true
		}
		return nil, nil, false
	})
	s := c.open(true, "subscribe", "t", "startingOffsets", "earliest", "kafka.retry.backoff.ms", "5")
	c.ShufflePartitionLeaders()
	equal(t, c.read(s, c.start(s), c.latest(s)), "0:0=0", "0:1=more", "1:0=1", "1:1=more", "2:0=2", "2:1=more", "3:0=3", "3:1=more")
}

func TestErrors(t *testing.T) {
	c := newCluster(t)
	c.create("t", 1)
	s := c.open(false, "subscribe", "none")
	if _, err := s.Start(limited(t)); !sqlerr.Is(err, "KAFKA_TOPIC_NOT_FOUND") || !Retriable(err) {
		t.Errorf("a topic that is not there: %v", err)
	}
	if err := s.Wait(limited(t), Offsets{}); !sqlerr.Is(err, "KAFKA_TOPIC_NOT_FOUND") {
		t.Errorf("waiting for a topic that is not there: %v", err)
	}
	o, err := ParseOptions(map[string]string{"kafka.bootstrap.servers": "127.0.0.1:1", "subscribe": "t", "fetchOffset.numRetries": "1", "kafka.retry.backoff.ms": "1"}, false)
	if err != nil {
		t.Fatal(err)
	}
	away, err := Open(t.Context(), o)
	if err != nil {
		t.Fatal(err)
	}
	defer away.Close()
	if _, err := away.Latest(limited(t)); !sqlerr.Is(err, "KAFKA_UNAVAILABLE") || !Retriable(err) {
		t.Errorf("no broker: %v", err)
	}
}

func TestCorruptRecords(t *testing.T) {
	c := newCluster(t)
	c.create("t", 1)
	c.produce("t", 0, "a", "b")
	s := c.open(true, "subscribe", "t")
	cur, err := s.Cursor(limited(t), Offsets{"t": {0: 0}}, Offsets{"t": {0: 2}}, []int{columnValue})
	if err != nil {
		t.Fatal(err)
	}
	defer cur.Close()
	p, err := cur.Next(limited(t))
	if err != nil {
		t.Fatal(err)
	}
	data := p.chunks[0].data
	data[len(data)-2] ^= 1
	if err := p.Batches(func(*vector.Batch) error { return nil }); !sqlerr.Is(err, "KAFKA_CORRUPT_RECORDS") {
		t.Error(err)
	}
}

func TestSecurity(t *testing.T) {
	c := newClusterOf(t, kfake.EnableSASL(), kfake.Superuser("SCRAM-SHA-256", "admin", "admin"), kfake.SeedTopics(1, "t"))
	jaas := func(password string) string {
		return `org.apache.kafka.common.security.scram.ScramLoginModule required username="admin" password="` + password + `";`
	}
	for password, class := range map[string]string{"admin": "", "wrong": "KAFKA_UNAVAILABLE"} { // this broker hangs up, a real one says why
		o, err := ParseOptions(map[string]string{
			"bootstrapServers": strings.Join(c.ListenAddrs(), ","), "subscribe": "t", "kafka.security.protocol": "SASL_PLAINTEXT", "kafka.sasl.mechanism": "SCRAM-SHA-256", "kafka.sasl.jaas.config": jaas(password),
		}, false)
		if err != nil {
			t.Fatal(err)
		}
		if strings.Contains(o.String(), password) || strings.Contains(fmt.Sprintf("%+v", o), "password=\""+password) {
			t.Errorf("the password shows: %s", o)
		}
		s, err := Open(t.Context(), o)
		if err != nil {
			t.Fatal(err)
		}
		_, err = s.Start(limited(t))
		if class == "" && err != nil || class != "" && !sqlerr.Is(err, class) {
			t.Errorf("password %s: %v", password, err)
		}
		s.Close()
	}
}

func TestErrorClasses(t *testing.T) {
	c := newCluster(t)
	s := c.open(false, "subscribe", "t")
	for class, err := range map[string]error{
		"KAFKA_AUTHENTICATION_FAILED": fmt.Errorf("log in: %w", kerr.SaslAuthenticationFailed),
		"KAFKA_AUTHORIZATION_FAILED":  kerr.TopicAuthorizationFailed,
		"KAFKA_ERROR":                 kerr.UnknownServerError,
		"KAFKA_UNAVAILABLE":           errors.New("dial: no route"),
	} {
		if got := s.failed("reading", err); !sqlerr.Is(got, class) || !errors.Is(got, err) {
			t.Errorf("%v becomes %v", err, got)
		}
	}
}

func newClusterOf(t *testing.T, opts ...kfake.Opt) *kfake.Cluster {
	t.Helper()
	f, err := kfake.NewCluster(append([]kfake.Opt{kfake.NumBrokers(1)}, opts...)...)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(f.Close)
	return f
}

func TestCommit(t *testing.T) {
	c := newCluster(t)
	c.create("t", 1)
	c.produce("t", 0, "a", "b")
	s := c.open(true, "subscribe", "t")
	if err := s.Commit(limited(t), "lag", Offsets{"t": {0: 2}}); err != nil {
		t.Fatal(err)
	}
	got, err := c.admin.FetchOffsets(t.Context(), "lag")
	if err != nil {
		t.Fatal(err)
	}
	if o, ok := got.Lookup("t", 0); !ok || o.At != 2 {
		t.Errorf("%v", got)
	}
}
