package engine

import (
	"context"
	"encoding/json"
	"errors"
	"strconv"
	"strings"
	"time"

	"github.com/argan-sql/argan/catalog"
	"github.com/argan-sql/argan/catalog/delta"
	"github.com/argan-sql/argan/catalog/metastore"
	"github.com/argan-sql/argan/catalog/relation"
	"github.com/argan-sql/argan/exec/vector"
	"github.com/argan-sql/argan/sql/parser"
	"github.com/argan-sql/argan/sqlerr"
	"github.com/argan-sql/argan/stream"
	"github.com/argan-sql/argan/types"
)

// propertyQuarantine names the table for messages that cannot be read, or is off.
const propertyQuarantine = "argan.quarantine"

// spoiled is a message that an error of its own keeps out of the table.
type spoiled struct {
	stream.Message
	Source string `json:"source"`
	Reason string `json:"reason"`
}

// quarantineName is the table for a table's bad messages; nil where there is to be none.
func (w *flowWork) quarantine(m *delta.Metadata) *objectName {
	name := m.Configuration[propertyQuarantine]
	if strings.EqualFold(name, "off") || strings.EqualFold(name, "false") {
		return nil
	}
	o := quarantineOf(w.entry, name)
	return &o
}

func quarantineOf(entry *metastore.Table, name string) objectName {
	if name == "" {
		return objectName{database: entry.Database, name: entry.Name + "_quarantine"}
	}
	if parsed, err := parser.ParseName(name); err == nil && len(parsed.Parts) > 1 {
		parts := parsed.Strings()
		return objectName{database: strings.ToLower(parts[len(parts)-2]), name: parts[len(parts)-1]}
	}
	return objectName{database: entry.Database, name: name}
}

// quarantined are the columns of such a table.
const quarantined = "topic STRING, partition INT, offset BIGINT, timestamp TIMESTAMP, key BINARY, value BINARY, reason STRING, failed_at TIMESTAMP"

// quarantineTable opens the table; nil when it is not there and not to be made.
func (e *Engine) quarantineTable(ctx context.Context, s *Session, o objectName, create bool) (*relation.DeltaTable, error) {
	entry, err := e.meta.Table(ctx, o.database, o.name)
	if err != nil {
		return nil, err
	}
	if entry == nil {
		if !create {
			return nil, nil
		}
		err := s.Exec(ctx, "CREATE TABLE IF NOT EXISTS "+quoted(catalogName, o.database, o.name)+" ("+quarantined+") USING delta COMMENT 'Messages that could not be read' TBLPROPERTIES ('delta.feature.domainMetadata' = 'supported')")
		if err != nil {
			return nil, err
		}
		if entry, err = e.meta.Table(ctx, o.database, o.name); err != nil {
			return nil, err
		}
	}
	t, err := e.open(ctx, entry)
	if err != nil {
		return nil, err
	}
	d, ok := t.(*relation.DeltaTable)
	want, werr := parser.ParseColumns(quarantined)
	if werr != nil {
		return nil, werr
	}
	if ok {
		snapshot, err := d.Snapshot(ctx, noTime)
		if err != nil {
			return nil, err
		}
		ok = sameColumns(snapshot.Schema(), want)
	}
	if !ok {
		return nil, sqlerr.New("INVALID_QUARANTINE_TABLE", "table", quoted(o.database, o.name), "columns", quarantined)
	}
	return d, nil
}

// unplanned is an error before any row was read: it is no message's fault.
type unplanned struct{ err error }

func (u *unplanned) Error() string { return u.err.Error() }
func (u *unplanned) Unwrap() error { return u.err }

// spoils says whether an error is about the rows themselves: a value that cannot be read, or one the table may not hold.
func spoils(err error) bool {
	var e *sqlerr.Error
	var before *unplanned
	if errors.As(err, &before) || !errors.As(err, &e) || sqlerr.Is(err, "EXPECTATION_FAILED") || stream.Retriable(err) {
		return false
	}
	state := e.SQLSTATE
	return strings.HasPrefix(state, "22") || strings.HasPrefix(state, "23") || state == "P0001"
}

// isolated is how many messages a batch may have in which the bad ones are looked for one by one.
const isolated = 1024

// carefree is the number of messages above which a batch is no more cut beforehand.
const carefree = 1 << 18

// careful cuts a batch down to twice what went through last, where something spoiled a batch before: where bad messages are
// frequent, trying all that waits would fail again and again.
func (w *flowWork) careful(b stream.Batch) stream.Batch {
	for w.bound > 0 && rowsOf(b) > w.bound {
		half, ok := w.halve(b)
		if !ok {
			break
		}
		b = half
	}
	return b
}

// learn remembers how many messages went through at once; whole says that nothing in them was bad.
func (w *flowWork) learn(b stream.Batch, whole bool) {
	switch n := rowsOf(b); {
	case !whole:
		w.bound = max(2*n, isolated)
	case w.bound > 0 && 2*n >= w.bound:
		w.bound = 2 * w.bound
	}
	if w.bound > carefree {
		w.bound = 0
	}
}

func rowsOf(b stream.Batch) (n int64) {
	for _, span := range b.Spans {
		n += span.Rows
	}
	return n
}

// halve is the first half of a batch that something spoils: the part before the bad message goes through at full speed, and
// the part that is looked at closely is small. ok is false where it is small already.
func (w *flowWork) halve(b stream.Batch) (half stream.Batch, ok bool) {
	half = b
	half.Spans, half.Positions = map[string]stream.Span{}, stream.Positions{}
	for name, at := range b.Positions {
		half.Positions[name] = at
	}
	for name, span := range b.Spans {
		half.Spans[name] = span
	}
	for _, s := range w.reading.sources {
		span, there := b.Spans[s.Name()]
		d, divisible := s.(stream.Divisible)
		if !there || !divisible || span.Rows <= isolated {
			continue
		}
		if first, _, cut := d.Halves(span); cut {
			half.Spans[s.Name()], half.Positions[s.Name()], ok = first, first.To, true
		}
	}
	return half, ok
}

// isolate finds the messages that spoil a batch: they are held in memory and run in halves.
func (w *flowWork) isolate(ctx context.Context, snapshot *delta.Snapshot, spans map[string]stream.Span, bad []spoiled, cause error) ([]spoiled, error) {
	found := false
	for _, s := range w.reading.sources {
		span, ok := spans[s.Name()]
		d, divisible := s.(stream.Divisible)
		if !ok || !divisible {
			continue
		}
		held, err := hold(ctx, d, span)
		if err != nil {
			return nil, err
		}
		// What fails without any message is the query's fault, and would put every message aside.
		if err := w.dry(ctx, snapshot, s.Name(), held, 0, 0); err != nil {
			return nil, cause
		}
		more, err := w.isolateIn(ctx, snapshot, s.Name(), held, 0, held.rows)
		if err != nil {
			return nil, err
		}
		found = found || len(more) > 0
		bad = append(bad, more...)
	}
	if !found {
		return nil, cause // no message by itself is to blame
	}
	return bad, nil
}

func (w *flowWork) isolateIn(ctx context.Context, snapshot *delta.Snapshot, source string, held *heldMessages, from, to int) ([]spoiled, error) {
	err := w.dry(ctx, snapshot, source, held, from, to)
	if err == nil {
		return nil, nil
	}
	if !spoils(err) {
		return nil, err
	}
	if to-from > 1 {
		middle := (from + to) / 2
		bad, err := w.isolateIn(ctx, snapshot, source, held, from, middle)
		if err != nil {
			return nil, err
		}
		more, err := w.isolateIn(ctx, snapshot, source, held, middle, to)
		return append(bad, more...), err
	}
	e := sqlerr.From(err)
	return []spoiled{{Message: held.message(from), Source: source, Reason: "[" + e.Class + "] " + e.Message}}, nil
}

// dry runs the query over some messages and writes nothing.
func (w *flowWork) dry(ctx context.Context, snapshot *delta.Snapshot, source string, held *heldMessages, from, to int) error {
	p := w.planner()
	x := w.session.background(w.flow.Text)
	if err := w.reading.turn(ctx, nil, nil); err != nil {
		return err
	}
	w.reading.pieces[source] = &heldPiece{held, from, to}
	in, err := w.insertPlan(ctx, p)
	if err != nil {
		return &unplanned{err}
	}
	m := snapshot.Metadata
	checks, err := p.checks(ctx, m)
	if err != nil {
		return err
	}
	expect, err := p.expectations(ctx, m)
	if err != nil {
		return err
	}
	ready, err := p.physical(ctx, in.Query)
	if err != nil {
		return err
	}
	return x.stream(ctx, p, ready, nil, func(b *vector.Batch) error {
		if b, err = expect.apply(b); err != nil {
			return err
		}
		for _, c := range checks {
			if err := c.Check(b); err != nil {
				return err
			}
		}
		return nil
	})
}

// asideRecord is what the log of a quarantine table remembers of a flow: the batch whose bad messages it took last. Where that
// batch did not come to its end, it is made again with the same end and without these messages; so no message is in both
// tables, and none in one of them twice.
type asideRecord struct {
	Batch     int64                  `json:"batch"`
	Spans     map[string]stream.Span `json:"spans"`
	Positions stream.Positions       `json:"positions"`
	Messages  []spoiled              `json:"messages"`
}

func asideDomain(id string) string { return "argan.quarantine." + id }

// cutShort looks, once, whether the batch to be made had been begun by a process that died after it put messages aside; then
// it becomes that batch.
func (w *flowWork) cutShort(ctx context.Context, o *objectName, b *stream.Batch) ([]spoiled, error) {
	if w.asked || o == nil {
		return nil, nil
	}
	t, err := w.engine.quarantineTable(ctx, w.session, *o, false)
	if err != nil {
		return nil, err
	}
	w.asked = true
	if t == nil {
		return nil, nil
	}
	s, err := t.Delta().Snapshot(ctx, delta.At{})
	if err != nil {
		return nil, err
	}
	text, ok := s.DomainMetadata(asideDomain(w.flow.ID))
	if !ok {
		return nil, nil
	}
	var record asideRecord
	if err := json.Unmarshal([]byte(text), &record); err != nil {
		return nil, sqlerr.New("FILE_CORRUPT", "path", t.Location(), "reason", "the log's domain "+asideDomain(w.flow.ID)+" is not readable: "+err.Error())
	}
	if record.Batch != b.Number {
		return nil, nil
	}
	b.Spans, b.Positions, b.Always = record.Spans, record.Positions, true
	return record.Messages, nil
}

// putAside writes messages into the quarantine table, before the batch they were in is committed.
func (w *flowWork) putAside(ctx context.Context, o *objectName, b stream.Batch, bad []spoiled) error {
	t, err := w.engine.quarantineTable(ctx, w.session, *o, true)
	if err != nil {
		return err
	}
	s, err := t.Delta().Snapshot(ctx, delta.At{})
	if err != nil {
		return err
	}
	p, x := w.session.newPlanner(nil), w.session.background("quarantine")
	c, err := x.newChange(ctx, p, t, relation.NewDeltaSnapshot(s), nil, false)
	if err != nil {
		return err
	}
	return c.changing(func() error {
		for _, source := range w.reading.sources {
			if err := w.copyRaw(ctx, c, source, bad); err != nil {
				return err
			}
		}
		raw, err := json.Marshal(asideRecord{b.Number, b.Spans, b.Positions, bad})
		if err != nil {
			return err
		}
		c.tx.SetTransaction(flowApplication(w.flow.ID)+"-quarantine", b.Number)
		if err := c.tx.SetDomain(delta.DomainMetadata{Domain: asideDomain(w.flow.ID), Configuration: string(raw)}); err != nil {
			return err
		}
		_, err = c.commit(ctx, "STREAMING UPDATE", map[string]any{"outputMode": "Append", "queryId": w.flow.ID, "epochId": strconv.FormatInt(b.Number, 10)}, map[string]int64{"numOutputRows": c.writer.Rows()})
		return err
	})
}

// copyRaw reads a source's bad messages again, as they came, with what is wrong with them.
func (w *flowWork) copyRaw(ctx context.Context, c *change, source stream.Source, bad []spoiled) error {
	reasons := map[stream.Message]string{}
	var messages []stream.Message
	for _, m := range bad {
		if m.Source == source.Name() {
			messages = append(messages, m.Message)
			reasons[m.Message] = m.Reason
		}
	}
	d, ok := source.(stream.Divisible)
	if !ok || len(messages) == 0 {
		return nil
	}
	t, err := d.Of(ctx, messages)
	if err != nil {
		return err
	}
	s, err := t.Snapshot(ctx, noTime)
	if err != nil {
		return err
	}
	rows, ok := s.(catalog.Source)
	if !ok {
		return sqlerr.Internal("messages of %s cannot be read one by one", source.Name())
	}
	schema := s.Schema()
	var columns []int
	for _, name := range []string{"topic", "partition", "offset", "timestamp", "key", "value"} {
		columns = append(columns, schema.FieldIndex(name))
	}
	now := time.Now().UnixMicro()
	return rows.Batches(ctx, columns, func(b *vector.Batch) error {
		b = b.Dense()
		reason := vector.NewBuilder(types.StringType, b.Rows)
		for i := range b.Rows {
			topic, _ := b.Cols[0].Value(i).(string)
			partition, _ := b.Cols[1].Value(i).(int32)
			offset, _ := b.Cols[2].Value(i).(int64)
			reason.AppendValue(reasons[stream.Message{Topic: topic, Partition: partition, Offset: offset}])
		}
		cols := append(append([]*vector.Vector{}, b.Cols...), reason.Finish(), vector.ConstOf(types.TimestampType, now, b.Rows))
		return c.writer.Write(vector.NewBatch(cols, b.Rows))
	})
}
