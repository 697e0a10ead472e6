package kafka

import (
	"context"
	"fmt"
	"time"

	"github.com/argan-sql/argan/exec/vector"
	"github.com/argan-sql/argan/sqlerr"
)

// pieceBytes is how much of what has come a piece takes: enough for a few batches, little enough for all workers to have some.
const pieceBytes = 1 << 20

// Cursor is a read under way. It hands out pieces of what has come; those may be decoded side by side.
type Cursor struct {
	s       *Source
	columns []int
	to      Offsets
	order   []partition
	at      int // where the next piece is looked for
	moved   time.Time
	left    bool
}

// Piece is a part of a read that is still in the broker's form.
type Piece struct {
	c      *Cursor
	chunks []*chunk
}

// Cursor starts a read of the columns (numbers in Schema, ascending or not) of what lies in (from, to]: offsets from from on
// and before to. Partitions that from does not know are read from their start.
func (s *Source) Cursor(ctx context.Context, from, to Offsets, columns []int) (*Cursor, error) {
	from, err := s.Begin(ctx, from, to)
	if err != nil {
		return nil, err
	}
	if err := s.enter(ctx, from, to); err != nil {
		return nil, err
	}
	return &Cursor{s: s, columns: columns, to: to, order: from.partitions(), moved: time.Now()}, nil
}

// Close ends the read; what has come and was not taken stays for the next.
func (c *Cursor) Close() {
	if !c.left {
		c.left = true
		c.s.leave()
	}
}

// Next is the next piece, nil at the end. Pieces of one partition come in the order of its offsets.
func (c *Cursor) Next(ctx context.Context) (*Piece, error) {
	s := c.s
	for {
		t, err := s.topology(ctx)
		if err != nil && !Retriable(err) {
			return nil, err
		}
		s.mu.Lock()
		p, ended, lerr := c.pick()
		var again time.Time
		if t != nil {
			again = s.poll(t)
		}
		wake := s.wake
		s.mu.Unlock()
		switch {
		case lerr != nil:
			if err := c.recover(ctx, lerr); err != nil {
				return nil, err
			}
			continue
		case p != nil:
			c.moved = time.Now()
			return p, nil
		case ended:
			return nil, nil
		}
		if stuck := c.stuck(err); stuck != nil {
			return nil, stuck
		}
		d := time.Second
		if err != nil {
			d = s.options.client.backoff
		}
		if !again.IsZero() {
			d = min(d, max(time.Millisecond, time.Until(again)))
		}
		if err := s.await(ctx, wake, d); err != nil {
			return nil, err
		}
	}
}

// await waits until it is woken or some time has passed; an error where the caller or the source has come to its end.
func (s *Source) await(ctx context.Context, wake <-chan struct{}, d time.Duration) error {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-wake:
	case <-timer.C:
	case <-ctx.Done():
		return ctx.Err()
	case <-s.ctx.Done():
		return errClosed
	}
	return nil
}

// laneError is an error with the lane it belongs to.
type laneError struct {
	l   *lane
	err error // nil: the offset is out of range
}

// pick takes what has come, in turn from the partitions, and says whether the read has ended; the lock is held.
func (c *Cursor) pick() (out *Piece, ended bool, failed *laneError) {
	size := 0
	ended = true
	for range c.order {
		p := c.order[c.at%len(c.order)]
		c.at++
		l := c.s.lanes[p]
		for len(l.queue) > 0 && l.queue[0].from < l.end {
			before, rest := l.queue[0].split(l.end)
			l.queued -= l.queue[0].bytes()
			if rest != nil && len(rest.batches) > 0 {
				l.queue[0] = rest
				l.queued += rest.bytes()
			} else {
				l.queue = l.queue[1:]
			}
			if len(before.batches) == 0 {
				continue
			}
			if out == nil {
				out = &Piece{c: c}
			}
			out.chunks = append(out.chunks, before)
			if size += before.bytes(); size >= pieceBytes {
				return out, false, nil
			}
			if rest != nil {
				break
			}
		}
		if !l.done() {
			ended = false
			if l.err != nil || l.lost {
				failed = &laneError{l, l.err}
			}
		}
	}
	if out != nil {
		return out, false, nil
	}
	return nil, ended, failed
}

// recover looks at what is wrong with a partition: offsets that are gone are an error or skipped, as the options say.
func (c *Cursor) recover(ctx context.Context, e *laneError) error {
	if e.err != nil {
		return e.err
	}
	s, p := c.s, e.l.p
	starts, err := s.list(ctx, map[partition]int64{p: offsetEarliest})
	if err != nil {
		return err
	}
	ends, err := s.list(ctx, map[partition]int64{p: offsetLatest})
	if err != nil {
		return err
	}
	start, _ := starts.get(p)
	end, _ := ends.get(p)
	s.mu.Lock()
	at := e.l.next
	s.mu.Unlock()
	if at >= start && at <= end {
		// A leader that was behind: it is not any more.
		s.mu.Lock()
		e.l.lost = false
		s.mu.Unlock()
		s.topics.stale()
		if time.Since(c.moved) > s.options.PollTimeout {
			return c.unread(e.l, at)
		}
		return pause(ctx, s.options.client.backoff)
	}
	if s.options.FailOnDataLoss {
		return s.lost("OFFSET_OUT_OF_RANGE", "partition", p.String(), "offset", fmt.Sprint(at), "start", fmt.Sprint(start), "end", fmt.Sprint(end))
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	// What was deleted is passed over; a partition that was made anew, and is shorter, has nothing of this range.
	e.l.next = min(e.l.end, max(start, at))
	if at > end {
		e.l.next = e.l.end
	}
	e.l.lost = false
	return nil
}

// stuck is the error of a read that has waited too long for the same offsets.
func (c *Cursor) stuck(topology error) error {
	s := c.s
	if time.Since(c.moved) < s.options.PollTimeout {
		return nil
	}
	if topology != nil {
		return topology
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if err := s.silent(0); err != nil {
		return s.failed("reading", err)
	}
	for _, p := range c.order {
		if l := s.lanes[p]; !l.done() {
			if s.options.FailOnDataLoss {
				return c.unread(l, l.next)
			}
			l.next = l.end
		}
	}
	c.moved = time.Now()
	return nil
}

func (c *Cursor) unread(l *lane, at int64) error {
	return c.s.lost("COULD_NOT_READ_OFFSET_RANGE", "partition", l.p.String(), "startOffset", fmt.Sprint(at), "endOffset", fmt.Sprint(l.end), "timeout", c.s.options.PollTimeout.String())
}

// Batches decodes the piece. Its rows come in the order of their offsets within a partition; the batches are f's to keep.
func (p *Piece) Batches(f func(*vector.Batch) error) error {
	r := newRows(p.c.columns, p.c.s.options.client.checksums, f)
	for _, c := range p.chunks {
		if err := r.chunk(c); err != nil {
			return err
		}
	}
	return r.flush()
}

// Read gives the rows of (from, to] with all columns to sink, which may keep them.
func (s *Source) Read(ctx context.Context, from, to Offsets, sink func(*vector.Batch) error) error {
	columns := make([]int, len(s.Schema().Fields))
	for i := range columns {
		columns[i] = i
	}
	c, err := s.Cursor(ctx, from, to, columns)
	if err != nil {
		return err
	}
	defer c.Close()
	return c.Batches(ctx, sink)
}

// Batches decodes all pieces that are left, one after the other. The batches are f's to keep.
func (c *Cursor) Batches(ctx context.Context, f func(*vector.Batch) error) error {
	for {
		p, err := c.Next(ctx)
		if err != nil || p == nil {
			return err
		}
		if err := p.Batches(f); err != nil {
			return err
		}
	}
}

// Wait returns when there may be something beyond from: records, or a partition that from does not know. What the brokers
// send for it is what the next read from there begins with. It costs a request for each broker every fetch.max.wait.ms, and
// nothing when nobody waits.
func (s *Source) Wait(ctx context.Context, from Offsets) error {
	if err := s.enter(ctx, from, nil); err != nil {
		return err
	}
	defer s.leave()
	for {
		t, err := s.topology(ctx)
		if err != nil {
			return err
		}
		for p := range t.leaders {
			if _, ok := from.get(p); !ok {
				return nil
			}
		}
		s.mu.Lock()
		for p, l := range s.lanes {
			if at, _ := from.get(p); l.next > at || l.err != nil || l.lost {
				s.mu.Unlock()
				return nil
			}
			if _, ok := t.leaders[p]; !ok {
				s.mu.Unlock()
				return sqlerr.New("KAFKA_TOPIC_NOT_FOUND", "topic", p.String())
			}
		}
		again := s.poll(t)
		wake, silent := s.wake, s.silent(patience)
		s.mu.Unlock()
		if silent != nil {
			return s.failed("waiting for records", silent)
		}
		d := time.Until(t.at.Add(s.options.client.metadataAge))
		if !again.IsZero() {
			d = min(d, time.Until(again))
		}
		if err := s.await(ctx, wake, max(d, time.Millisecond)); err != nil {
			return err
		}
	}
}

// patience is how long a wait bears with a broker that does not answer before it says so.
const patience = 3 * time.Second
