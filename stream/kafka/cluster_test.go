package kafka

import (
	"context"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/twmb/franz-go/pkg/kadm"
	"github.com/twmb/franz-go/pkg/kfake"
	"github.com/twmb/franz-go/pkg/kgo"
	"go.uber.org/goleak"

	"github.com/argan-sql/argan/exec/vector"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// cluster is a broker in this process with a producer.
type cluster struct {
	*kfake.Cluster
	t     *testing.T
	admin *kadm.Client
	k     *kgo.Client
}

func newCluster(t *testing.T, opts ...kfake.Opt) *cluster {
	t.Helper()
	f, err := kfake.NewCluster(append([]kfake.Opt{kfake.NumBrokers(2)}, opts...)...)
	if err != nil {
		t.Fatal(err)
	}
	c := &cluster{Cluster: f, t: t}
	t.Cleanup(f.Close)
	c.fresh()
	return c
}

// fresh makes a producer that knows nothing of topics that were there before.
func (c *cluster) fresh() {
	c.t.Helper()
	k, err := kgo.NewClient(kgo.SeedBrokers(c.ListenAddrs()...), kgo.RecordPartitioner(kgo.ManualPartitioner()))
	if err != nil {
		c.t.Fatal(err)
	}
	c.t.Cleanup(k.Close)
	c.k, c.admin = k, kadm.NewClient(k)
}

func (c *cluster) servers() string { return strings.Join(c.ListenAddrs(), ",") }

func (c *cluster) create(topic string, partitions int32, configs ...string) {
	c.t.Helper()
	m := map[string]*string{}
	for i := 0; i+1 < len(configs); i += 2 {
		m[configs[i]] = &configs[i+1]
	}
	if _, err := c.admin.CreateTopic(c.t.Context(), partitions, 1, m, topic); err != nil {
		c.t.Fatal(err)
	}
}

// produce writes values to a partition and waits until they are there.
func (c *cluster) produce(topic string, partition int32, values ...string) {
	c.t.Helper()
	records := make([]*kgo.Record, len(values))
	for i, v := range values {
		records[i] = &kgo.Record{Topic: topic, Partition: partition, Key: []byte("k" + v), Value: []byte(v)}
	}
	if err := c.k.ProduceSync(c.t.Context(), records...).FirstErr(); err != nil {
		c.t.Fatal(err)
	}
}

func (c *cluster) open(stream bool, options ...string) *Source {
	c.t.Helper()
	m := map[string]string{"kafka.bootstrap.servers": c.servers()}
	for i := 0; i+1 < len(options); i += 2 {
		m[options[i]] = options[i+1]
	}
	o, err := ParseOptions(m, stream)
	if err != nil {
		c.t.Fatal(err)
	}
	s, err := Open(c.t.Context(), o)
	if err != nil {
		c.t.Fatal(err)
	}
	c.t.Cleanup(s.Close)
	return s
}

// read gives the rows between two positions as partition:offset=value.
func (c *cluster) read(s *Source, from, to Offsets) []string {
	c.t.Helper()
	var out []string
	if err := s.Read(limited(c.t), from, to, func(b *vector.Batch) error {
		out = append(out, shown(b)...)
		return nil
	}); err != nil {
		c.t.Fatal(err)
	}
	return out
}

func shown(b *vector.Batch) (out []string) {
	for i := range b.Len() {
		value := "NULL"
		if v := b.Cols[columnValue].Value(i); v != nil {
			value = string(v.([]byte))
		}
		out = append(out, fmt.Sprintf("%d:%d=%s", b.Cols[columnPartition].Value(i), b.Cols[columnOffset].Value(i), value))
	}
	return out
}

// limited is a context that ends a test that hangs.
func limited(t *testing.T) context.Context {
	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Second)
	t.Cleanup(cancel)
	return ctx
}

func (c *cluster) latest(s *Source) Offsets {
	c.t.Helper()
	o, err := s.Latest(limited(c.t))
	if err != nil {
		c.t.Fatal(err)
	}
	return o
}

func (c *cluster) start(s *Source) Offsets {
	c.t.Helper()
	o, err := s.Start(limited(c.t))
	if err != nil {
		c.t.Fatal(err)
	}
	return o
}
