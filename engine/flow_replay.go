package engine

import (
	"context"
	"encoding/json"
	"strconv"
	"strings"
	"time"

	"github.com/argan-sql/argan/catalog/delta"
	"github.com/argan-sql/argan/catalog/metastore"
	"github.com/argan-sql/argan/catalog/relation"
	"github.com/argan-sql/argan/planner/logical"
	"github.com/argan-sql/argan/sql/ast"
	"github.com/argan-sql/argan/sqlerr"
)

// replayRecord is what the table's log remembers of a replay: the messages that went through and are to leave quarantine.
// Messages that failed later are not among them, whatever the condition says of them.
type replayRecord struct {
	Number int64  `json:"number"`
	Where  string `json:"where"`
	Until  int64  `json:"until"` // failed_at, in microseconds
}

func replayDomain(id string) string { return "argan.replay." + id }

// replayQuarantine is ALTER STREAMING TABLE … REPLAY QUARANTINE: the messages go through the flow's query again as they are
// kept, whether or not the topic still has them. First their rows and a record of them are committed to the table, then they
// leave quarantine; a replay that dies between the two is ended by the next.
func (p *planner) replayQuarantine(ctx context.Context, entry *metastore.Table, t *ast.ReplayQuarantine) (*plan, error) {
	e := p.engine
	flows, err := e.flowsOf(ctx, entry)
	if err != nil {
		return nil, err
	}
	if len(flows) != 1 {
		return nil, sqlerr.Unsupported("REPLAY QUARANTINE on a table with several flows").At(t.Pos())
	}
	return &plan{kind: KindUpdate, name: "REPLAY QUARANTINE", schema: noRows, run: func(ctx context.Context, x *execution) error {
		defer e.hold(flows[0])() // one writer of the flow's rows at a time
		work, err := e.OpenFlow(ctx, flows[0])
		if err != nil {
			return err
		}
		defer work.Close()
		rows, version, err := work.(*flowWork).replay(ctx, strings.TrimSpace(string(t.WhereText)))
		if err != nil {
			return err
		}
		x.statement.changed(rows, version)
		return nil
	}}, nil
}

func (w *flowWork) replay(ctx context.Context, where string) (rows, version int64, err error) {
	snapshot, err := w.target.Delta().Snapshot(ctx, delta.At{})
	if err != nil {
		return 0, 0, err
	}
	o := w.quarantine(snapshot.Metadata)
	if o == nil {
		return 0, 0, sqlerr.Unsupported("REPLAY QUARANTINE of a table whose %s is off", propertyQuarantine)
	}
	t, err := w.engine.quarantineTable(ctx, w.session, *o, false)
	if err != nil || t == nil {
		return 0, 0, err
	}
	var record replayRecord
	if text, ok := snapshot.DomainMetadata(replayDomain(w.flow.ID)); ok {
		if err := json.Unmarshal([]byte(text), &record); err != nil {
			return 0, 0, sqlerr.New("FILE_CORRUPT", "path", w.target.Location(), "reason", "the log's domain "+replayDomain(w.flow.ID)+" is not readable: "+err.Error())
		}
		if err := w.leave(ctx, *o, record); err != nil {
			return 0, 0, err
		}
	}
	next := replayRecord{Number: record.Number + 1, Where: where, Until: time.Now().UnixMicro()}
	a, err := w.again(ctx, snapshot, *o, next)
	if err != nil {
		return 0, 0, withQuery(err, w.flow.Text)
	}
	raw, err := json.Marshal(next)
	if err == nil {
		a.tx.SetTransaction(flowApplication(w.flow.ID)+"-replay", next.Number)
		err = a.tx.SetDomain(delta.DomainMetadata{Domain: replayDomain(w.flow.ID), Configuration: string(raw)})
	}
	if err == nil {
		version, err = a.commit(ctx, "STREAMING UPDATE", map[string]any{"outputMode": "Append", "queryId": w.flow.ID, "replay": strconv.FormatInt(next.Number, 10)}, map[string]int64{"numOutputRows": a.rows})
	}
	if err != nil {
		a.abort()
		return 0, 0, err
	}
	return a.rows, version, w.leave(ctx, *o, next)
}

// condition is which messages a record is of, as SQL.
func (r replayRecord) condition() string {
	out := "failed_at <= timestamp_micros(" + strconv.FormatInt(r.Until, 10) + ")"
	if r.Where != "" {
		out += " AND (" + r.Where + ")"
	}
	return out
}

// leave takes the messages of a replay out of quarantine.
func (w *flowWork) leave(ctx context.Context, o objectName, r replayRecord) error {
	return w.session.Exec(ctx, "DELETE FROM "+quoted(catalogName, o.database, o.name)+" WHERE "+r.condition())
}

// again is the rows that the flow's query makes of messages in quarantine.
func (w *flowWork) again(ctx context.Context, snapshot *delta.Snapshot, o objectName, r replayRecord) (*attempt, error) {
	p := w.planner()
	headers := ""
	name := ""
	for _, s := range w.reading.sources {
		t, err := s.Table(ctx)
		if err != nil {
			return nil, err
		}
		if t.Provider() != "kafka" {
			continue
		}
		if name != "" {
			return nil, sqlerr.Unsupported("REPLAY QUARANTINE of a flow that reads several Kafka sources")
		}
		name = s.Name()
		if k, err := t.Snapshot(ctx, noTime); err == nil && k.Schema().FieldIndex("headers") >= 0 {
			headers = ", CAST(NULL AS ARRAY<STRUCT<key: STRING, value: BINARY>>) AS headers"
		}
	}
	if name == "" {
		return nil, sqlerr.Unsupported("REPLAY QUARANTINE of a flow that reads no Kafka source")
	}
	text := "SELECT key, value, topic, partition, offset, timestamp, 0 AS timestampType" + headers + " FROM " + quoted(catalogName, o.database, o.name) + " WHERE " + r.condition()
	tree, err := w.session.parse(text)
	if err != nil {
		return nil, err
	}
	node, err := p.logical(ctx, tree.(*ast.Query))
	if err != nil {
		return nil, err
	}
	if err := w.reading.turn(ctx, nil, nil); err != nil {
		return nil, err
	}
	w.reading.plans = map[string]logical.Node{name: node}
	defer func() { w.reading.plans = nil }()
	in, err := w.insertPlan(ctx, p)
	if err != nil {
		return nil, err
	}
	return w.write(ctx, p, relation.NewDeltaSnapshot(snapshot), in)
}
