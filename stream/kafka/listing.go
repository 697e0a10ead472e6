package kafka

import (
	"context"
	"errors"
	"time"

	"github.com/twmb/franz-go/pkg/kerr"
	"github.com/twmb/franz-go/pkg/kmsg"
)

// list asks the brokers for the offset of each partition at a time: milliseconds, or -2 for the earliest and -1 for the
// latest offset that a reader of the source's isolation sees. Where no record is so late the answer is -1.
func (s *Source) list(ctx context.Context, at map[partition]int64) (Offsets, error) {
	out := Offsets{}
	if len(at) == 0 {
		return out, nil
	}
	deadline := time.Now().Add(s.options.client.timeout)
	for {
		again, err := s.listOnce(ctx, at, out)
		if err == nil && len(again) == 0 {
			return out, nil
		}
		if err == nil && time.Now().Before(deadline) {
			// A leader is moving.
			at = again
			s.client.ForceMetadataRefresh()
			if err := pause(ctx, s.options.client.backoff); err != nil {
				return nil, err
			}
			continue
		}
		if err == nil {
			for p := range again {
				return nil, s.failed("listing the offsets of "+p.String(), kerr.LeaderNotAvailable)
			}
		}
		return nil, err
	}
}

// listOnce fills out and gives what has to be asked again.
func (s *Source) listOnce(ctx context.Context, at map[partition]int64, out Offsets) (map[partition]int64, error) {
	req := kmsg.NewPtrListOffsetsRequest()
	req.ReplicaID = -1
	if !s.options.client.uncommitted {
		req.IsolationLevel = 1
	}
	byTopic := map[string]int{}
	for p, t := range at {
		i, ok := byTopic[p.topic]
		if !ok {
			i = len(req.Topics)
			byTopic[p.topic] = i
			topic := kmsg.NewListOffsetsRequestTopic()
			topic.Topic = p.topic
			req.Topics = append(req.Topics, topic)
		}
		part := kmsg.NewListOffsetsRequestTopicPartition()
		part.Partition, part.Timestamp, part.CurrentLeaderEpoch = p.id, t, -1
		req.Topics[i].Partitions = append(req.Topics[i].Partitions, part)
	}
	again := map[partition]int64{}
	for _, shard := range s.client.RequestSharded(ctx, req) {
		if shard.Err != nil {
			if errors.Is(shard.Err, kerr.UnknownTopicOrPartition) {
				if r, ok := shard.Req.(*kmsg.ListOffsetsRequest); ok && len(r.Topics) > 0 {
					return nil, missing(r.Topics[0].Topic)
				}
			}
			return nil, s.failed("listing offsets", shard.Err)
		}
		resp, ok := shard.Resp.(*kmsg.ListOffsetsResponse)
		if !ok {
			continue
		}
		for _, topic := range resp.Topics {
			for _, part := range topic.Partitions {
				p := partition{topic.Topic, part.Partition}
				switch err := kerr.ErrorForCode(part.ErrorCode); {
				case err == nil:
					offset := part.Offset
					if len(part.OldStyleOffsets) > 0 {
						offset = part.OldStyleOffsets[0]
					}
					out.set(p, offset)
				case errors.Is(err, kerr.UnknownTopicOrPartition):
					return nil, missing(p.String())
				case kerr.IsRetriable(err):
					again[p] = at[p]
				default:
					return nil, s.failed("listing the offsets of "+p.String(), err)
				}
			}
		}
	}
	return again, nil
}

// all asks the same for all partitions.
func all(ps []partition, at int64) map[partition]int64 {
	out := make(map[partition]int64, len(ps))
	for _, p := range ps {
		out[p] = at
	}
	return out
}

// pause waits, unless the context ends.
func pause(ctx context.Context, d time.Duration) error {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-ctx.Done():
		return ctx.Err()
	case <-t.C:
		return nil
	}
}
