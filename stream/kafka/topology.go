package kafka

import (
	"context"
	"errors"
	"maps"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"github.com/twmb/franz-go/pkg/kerr"
	"github.com/twmb/franz-go/pkg/kmsg"
)

// topology is what is known of the partitions that are read: which there are, and which broker leads each.
type topology struct {
	leaders map[partition]int32 // -1: none at the moment
	at      time.Time
}

// topics keeps the topology; it is asked again when it is old or has proved wrong.
type topics struct {
	mu    sync.Mutex // held while the brokers are asked
	now   *topology
	wrong atomic.Bool
}

// stale makes the next question go to the brokers. It never waits: fetches that failed call it.
func (t *topics) stale() { t.wrong.Store(true) }

// topology is the newest that is not older than the options allow.
func (s *Source) topology(ctx context.Context) (*topology, error) {
	s.topics.mu.Lock()
	defer s.topics.mu.Unlock()
	if t := s.topics.now; t != nil && !s.topics.wrong.Load() && time.Since(t.at) < s.options.client.metadataAge {
		return t, nil
	}
	s.topics.wrong.Store(false) // what proves wrong from here on counts against the answer
	t, err := s.ask(ctx)
	if err != nil {
		s.topics.wrong.Store(true)
		return nil, err
	}
	s.topics.now = t
	return t, nil
}

// ask asks the brokers for the topology.
func (s *Source) ask(ctx context.Context) (*topology, error) {
	req := kmsg.NewPtrMetadataRequest()
	req.AllowAutoTopicCreation = false
	names := s.options.Topics
	if s.options.Assigned != nil {
		names = slices.Sorted(maps.Keys(s.options.Assigned))
	}
	for _, n := range names {
		topic := kmsg.NewMetadataRequestTopic()
		topic.Topic = kmsg.StringPtr(n)
		req.Topics = append(req.Topics, topic)
	}
	if s.options.pattern != nil {
		req.Topics = nil // all
	}
	resp, err := req.RequestWith(ctx, s.client)
	if err != nil {
		return nil, s.failed("listing topics", err)
	}
	t := &topology{leaders: map[partition]int32{}, at: time.Now()}
	for _, topic := range resp.Topics {
		if topic.Topic == nil {
			continue
		}
		name := *topic.Topic
		if s.options.pattern != nil {
			fits, err := s.options.pattern.Match([]byte(name))
			if err != nil {
				return nil, err
			}
			if topic.IsInternal || !fits {
				continue
			}
		}
		err := kerr.ErrorForCode(topic.ErrorCode)
		switch {
		case errors.Is(err, kerr.UnknownTopicOrPartition), errors.Is(err, kerr.UnknownTopicID):
			if s.options.pattern != nil {
				continue // it went away between
			}
			return nil, missing(name)
		case err != nil && !kerr.IsRetriable(err):
			return nil, s.failed("reading topic "+name, err)
		}
		for _, p := range topic.Partitions {
			leader := p.Leader
			if kerr.ErrorForCode(p.ErrorCode) != nil {
				leader = -1
			}
			t.leaders[partition{name, p.Partition}] = leader
		}
	}
	if s.options.Assigned != nil {
		chosen := map[partition]int32{}
		for topic, ids := range s.options.Assigned {
			for _, id := range ids {
				leader, ok := t.leaders[partition{topic, id}]
				if !ok {
					return nil, missing(partition{topic, id}.String())
				}
				chosen[partition{topic, id}] = leader
			}
		}
		t.leaders = chosen
	}
	if len(t.leaders) == 0 && s.options.pattern == nil {
		return nil, missing(names[0])
	}
	return t, nil
}

// partitions are those of the topology.
func (t *topology) partitions() []partition {
	return slices.Collect(maps.Keys(t.leaders))
}
