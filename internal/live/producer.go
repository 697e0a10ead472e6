package live

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"
	"time"

	"github.com/twmb/franz-go/pkg/kadm"
	"github.com/twmb/franz-go/pkg/kerr"
	"github.com/twmb/franz-go/pkg/kgo"

	"github.com/argan-sql/argan/internal/techmart"
)

const (
	partitions  = 3
	patience    = 20 * time.Second // for the broker's first answer
	pause       = 5 * time.Millisecond
	rateOver    = 5 * time.Second
	flushWithin = 10 * time.Second
)

// producer sends the messages of the live shop when they are due.
type producer struct {
	client *kgo.Client
	shop   techmart.LiveOptions

	mu     sync.Mutex
	state  techmart.Planted
	sent   int64
	acked  int64
	failed error
	rate   meter
}

// newProducer makes the topics where they are missing.
func newProducer(ctx context.Context, brokers string, o techmart.LiveOptions) (*producer, error) {
	client, err := kgo.NewClient(
		kgo.SeedBrokers(strings.Split(brokers, ",")...), kgo.ClientID("argan-demo"),
		// Two payments of a customer stay in their order: the same key, the same partition.
		kgo.RecordPartitioner(kgo.StickyKeyPartitioner(nil)), kgo.ProducerLinger(2*time.Millisecond),
	)
	if err != nil {
		return nil, fmt.Errorf("brokers %s: %w", brokers, err)
	}
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	made, err := kadm.NewClient(client).CreateTopics(ctx, partitions, -1, nil, techmart.PaymentsTopic, techmart.WebEventsTopic)
	if err == nil {
		for _, t := range made.Sorted() {
			if t.Err != nil && !errors.Is(t.Err, kerr.TopicAlreadyExists) {
				err = t.Err
			}
		}
	}
	if err != nil {
		client.Close()
		return nil, fmt.Errorf("make the topics at %s: %w", brokers, err)
	}
	return &producer{client: client, shop: o, rate: meter{over: rateOver}}, nil
}

// run sends until ctx ends, and then waits for what is under way.
func (p *producer) run(ctx context.Context) error {
	began := time.Now()
	p.shop.Start = began
	live := techmart.NewLive(p.shop)
	next := live.Next()
	tick := time.NewTicker(pause)
	defer tick.Stop()
	for {
		for next.Due <= time.Since(began) && ctx.Err() == nil {
			p.send(next, live.Planted())
			next = live.Next()
		}
		select {
		case <-tick.C:
		case <-ctx.Done():
			flush, cancel := context.WithTimeout(context.WithoutCancel(ctx), flushWithin)
			defer cancel()
			if err := p.client.Flush(flush); err != nil {
				return fmt.Errorf("messages were not taken by the broker: %w", err)
			}
			return p.problem()
		}
	}
}

// send sends one message; planted is what was sent with it. Once it is counted it goes out, whatever ends meanwhile.
func (p *producer) send(m techmart.Message, planted techmart.Planted) {
	p.client.Produce(context.Background(), &kgo.Record{Topic: m.Topic, Key: m.Key, Value: m.Value}, func(_ *kgo.Record, err error) {
		p.mu.Lock()
		defer p.mu.Unlock()
		if err != nil {
			p.failed = err
			return
		}
		p.acked++
	})
	now := time.Now()
	p.mu.Lock()
	defer p.mu.Unlock()
	p.sent++
	p.rate.add(now, p.sent)
	p.state = planted
}

// planted is what was sent.
func (p *producer) planted() techmart.Planted {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.state
}

func (p *producer) problem() error {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.failed
}

// counts are the messages that the broker took, and how many are sent in a second.
func (p *producer) counts() (acked int64, perSecond float64) {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.acked, p.rate.perSecond(time.Now())
}

func (p *producer) close() { p.client.Close() }

// meter tells how fast a count grows, over the last seconds.
type meter struct {
	over time.Duration
	at   []time.Time
	n    []int64
}

// add notes a count; a note each tenth of a second is enough.
func (m *meter) add(at time.Time, n int64) {
	if k := len(m.at); k > 0 && at.Sub(m.at[k-1]) < 100*time.Millisecond {
		return
	}
	m.at, m.n = append(m.at, at), append(m.n, n)
	for len(m.at) > 2 && at.Sub(m.at[0]) > m.over {
		m.at, m.n = m.at[1:], m.n[1:]
	}
}

func (m *meter) perSecond(now time.Time) float64 {
	k := len(m.at) - 1
	if k < 1 || now.Sub(m.at[k]) > m.over {
		return 0
	}
	return float64(m.n[k]-m.n[0]) / m.at[k].Sub(m.at[0]).Seconds()
}
