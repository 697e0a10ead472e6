package kafka

import (
	"cmp"
	"context"
	"errors"
	"slices"
	"time"

	"github.com/twmb/franz-go/pkg/kerr"
	"github.com/twmb/franz-go/pkg/kgo"
	"github.com/twmb/franz-go/pkg/kmsg"
)

const fetchKey = 1

// lane is a partition that is read: what has come of it, and where the next fetch starts.
type lane struct {
	p      partition
	next   int64 // fetched next
	queue  []*chunk
	queued int   // bytes in queue
	end    int64 // no fetch is needed from it on; -1 for a wait, which wants whatever comes
	served int64 // number of the last fetch that gave something
	err    error // ends the read when it gets here
	lost   bool  // next is out of the partition's range
	high   int64 // the last end that the broker told
}

// done says whether a read needs nothing more to be fetched.
func (l *lane) done() bool { return l.end >= 0 && l.next >= l.end }

// place makes the lane go on at an offset, with what it has of it.
func (l *lane) place(at int64) {
	for len(l.queue) > 0 && l.queue[0].next <= at {
		l.queued -= l.queue[0].bytes()
		l.queue = l.queue[1:]
	}
	switch {
	case len(l.queue) > 0 && l.queue[0].from <= at:
		if l.queue[0].from < at {
			l.queued -= l.queue[0].bytes()
			_, rest := l.queue[0].split(at)
			l.queue[0] = rest
			l.queued += rest.bytes()
		}
	case len(l.queue) == 0 && l.next == at:
	default:
		l.queue, l.queued, l.next = nil, 0, at
	}
	l.err, l.lost = nil, false
}

// link is what is known of a broker: at most one fetch is under way to each, as brokers answer a connection in order.
type link struct {
	busy     bool
	failures int
	since    time.Time // of the first failure in a row
	retry    time.Time // not before
	err      error
}

// broadcast wakes who waits for news; the lock is held.
func (s *Source) broadcast() {
	close(s.wake)
	s.wake = make(chan struct{})
}

// poll starts a fetch to each broker that has none under way and leads lanes that want more; the lock is held. It gives when
// it should be called again at the latest, zero for when news have come.
func (s *Source) poll(t *topology) (again time.Time) {
	if s.ctx.Err() != nil || s.waiting == 0 {
		return again
	}
	wanted := map[int32][]*lane{}
	queued := map[int32]int{}
	needed := map[int32]bool{}
	for p, l := range s.lanes {
		leader, ok := t.leaders[p]
		if !ok || leader < 0 {
			continue
		}
		if !l.done() {
			// What lies in the queue of a lane that is done waits for another read and holds nobody up.
			queued[leader] += l.queued
			needed[leader] = true
		}
		// A stream's next read begins where this one ends: some of it may come along.
		if !l.done() || s.options.stream && l.queued < int(s.options.client.partBytes) {
			wanted[leader] = append(wanted[leader], l)
		}
	}
	for broker, k := range s.links {
		if _, ok := wanted[broker]; !ok { // it leads nothing any more, so its silence says nothing
			k.failures, k.err = 0, nil
		}
	}
	for broker, lanes := range wanted {
		k := s.links[broker]
		if k == nil {
			k = &link{}
			s.links[broker] = k
		}
		if k.busy || !needed[broker] || queued[broker] >= int(s.options.client.fetchBytes) {
			continue
		}
		if time.Now().Before(k.retry) {
			if again.IsZero() || k.retry.Before(again) {
				again = k.retry
			}
			continue
		}
		k.busy = true
		// Those that were served longest ago come first: the answer's size may not suffice for all.
		slices.SortFunc(lanes, func(a, b *lane) int { return cmp.Compare(a.served, b.served) })
		asked := make(map[partition]int64, len(lanes))
		order := make([]partition, len(lanes))
		for i, l := range lanes {
			asked[l.p], order[i] = l.next, l.p
		}
		s.polls.Go(func() { s.fetch(broker, order, asked) })
	}
	return again
}

// fetch asks a broker for what comes after the offsets asked, and puts the answer into the lanes.
func (s *Source) fetch(broker int32, order []partition, asked map[partition]int64) {
	c := &s.options.client
	req := kmsg.NewPtrFetchRequest()
	req.MaxWaitMillis, req.MinBytes, req.MaxBytes = int32(c.maxWait.Milliseconds()), c.minBytes, c.fetchBytes
	if !c.uncommitted {
		req.IsolationLevel = 1
	}
	req.Rack = c.rack
	at := map[string]int{}
	for _, p := range order {
		i, ok := at[p.topic]
		if !ok {
			i = len(req.Topics)
			at[p.topic] = i
			topic := kmsg.NewFetchRequestTopic()
			topic.Topic = p.topic
			req.Topics = append(req.Topics, topic)
		}
		part := kmsg.NewFetchRequestTopicPartition()
		part.Partition, part.FetchOffset, part.PartitionMaxBytes, part.CurrentLeaderEpoch = p.id, asked[p], c.partBytes, -1
		req.Topics[i].Partitions = append(req.Topics[i].Partitions, part)
	}
	resp, err := s.client.Broker(int(broker)).Request(s.ctx, req)
	answer, _ := resp.(*kmsg.FetchResponse)
	if err == nil {
		err = kerr.ErrorForCode(answer.ErrorCode)
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	defer s.broadcast()
	k := s.links[broker]
	k.busy = false
	if err != nil {
		s.topics.stale()
		if !errors.Is(err, context.Canceled) {
			k.fail(err, c.backoff)
		}
		return
	}
	k.failures, k.err = 0, nil
	trouble := false
	for i := range answer.Topics {
		topic := &answer.Topics[i]
		for j := range topic.Partitions {
			part := &topic.Partitions[j]
			p := partition{topic.Topic, part.Partition}
			l := s.lanes[p]
			if l == nil || l.next != asked[p] {
				continue // it goes on elsewhere by now
			}
			trouble = s.take(l, part) || trouble
		}
	}
	if trouble {
		s.topics.stale()
		k.retry = time.Now().Add(c.backoff)
	}
}

// fail notes that a broker did not answer: the next try waits a little longer each time.
func (k *link) fail(err error, backoff time.Duration) {
	if k.failures == 0 {
		k.since = time.Now()
	}
	k.failures++
	k.err = err
	k.retry = time.Now().Add(min(2*time.Second, backoff<<min(k.failures-1, 6)))
}

// take puts an answer into its lane and says whether the partition is in trouble that passes; the lock is held.
func (s *Source) take(l *lane, part *kmsg.FetchResponseTopicPartition) (trouble bool) {
	committed := !s.options.client.uncommitted
	switch err := kerr.ErrorForCode(part.ErrorCode); {
	case err == nil:
	case errors.Is(err, kerr.OffsetOutOfRange):
		l.lost = true
		return false
	case kerr.IsRetriable(err), errors.Is(err, kerr.UnknownTopicOrPartition), errors.Is(err, kerr.FencedLeaderEpoch), errors.Is(err, kerr.UnknownTopicID):
		return true
	default:
		l.err = s.failed("reading "+l.p.String(), err)
		return false
	}
	l.high = part.HighWatermark
	if committed && part.LastStableOffset >= 0 {
		l.high = part.LastStableOffset
	}
	c := scan(l.p, l.next, part, committed)
	if c.next == l.next {
		if len(part.RecordBatches) >= 17 && part.RecordBatches[16] > 2 {
			l.err = corrupt(l.p, l.next, "the format of the batch is not known")
		}
		return false
	}
	s.served++
	l.served = s.served
	l.next = c.next
	if len(c.batches) > 0 {
		l.queue = append(l.queue, c)
		l.queued += c.bytes()
	}
	return false
}

// enter takes the turn of reading and lays the lanes: from is where each starts, to where it ends, nil for a wait.
func (s *Source) enter(ctx context.Context, from, to Offsets) error {
	select {
	case s.turn <- struct{}{}:
	case <-ctx.Done():
		return ctx.Err()
	case <-s.ctx.Done():
		return errClosed
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.waiting++
	for p := range s.lanes {
		if _, ok := from.get(p); !ok {
			delete(s.lanes, p)
		}
	}
	for _, p := range from.partitions() {
		at, _ := from.get(p)
		l := s.lanes[p]
		if l == nil {
			l = &lane{p: p, next: at}
			s.lanes[p] = l
		}
		l.place(at)
		l.end = -1
		if to != nil {
			l.end = at // partitions that to does not name are not read
			if end, ok := to.get(p); ok {
				l.end = max(at, end)
			}
		}
	}
	return nil
}

// leave gives the turn back.
func (s *Source) leave() {
	s.mu.Lock()
	s.waiting--
	s.mu.Unlock()
	<-s.turn
}

// silent is the error of a broker that has not answered for a time, nil if all do; the lock is held.
func (s *Source) silent(patience time.Duration) error {
	for _, k := range s.links {
		if k.err == nil {
			continue
		}
		var e *kerr.Error
		if time.Since(k.since) >= patience || errors.As(k.err, &e) && !e.Retriable || !kgo.IsRetryableBrokerErr(k.err) && !errors.As(k.err, &e) && k.failures > 3 {
			return k.err
		}
	}
	return nil
}
