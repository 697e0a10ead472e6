// Package live opens TechMart: a producer of payments and web events, the streams of examples/techmart/streams.sql that read them, a
// board that shows both, and the daily report as files.
//
// In: an engine that runs streams, and the address of Kafka, or none for a broker in this process. Out: topics, tables, text on a
// writer, and files in the folder reports of the warehouse. It is for the demo alone: the broker keeps all in memory and asks
// nobody who they are, so it listens on loopback only.
package live

import (
	"context"
	"fmt"
	"time"

	"github.com/argan-sql/argan/engine"
	"github.com/argan-sql/argan/engine/render"
	scripts "github.com/argan-sql/argan/examples/techmart"
	"github.com/argan-sql/argan/internal/techmart"
)

// MaxRate is the most messages a second that the ids of a run leave room for.
const MaxRate = 20_000

// casesApart is how many messages there are at least from one planted case to the next; at higher rates there is one a second.
const casesApart = 50

// Options say how to open the shop.
type Options struct {
	// Brokers are Kafka's addresses, separated by commas; "" for a broker in this process.
	Brokers string
	// Rate is how many messages are sent in a second.
	Rate float64
}

// Shop is TechMart, open.
type Shop struct {
	engine   *engine.Engine
	session  *engine.Session
	brokers  string
	embedded *broker
	producer *producer
	watch    *watch
	reported string // when the report was last refreshed, as the files have it
	began    time.Time
}

// tables are the streaming tables in the order in which rows go through them.
var tables = []string{"bronze.transactions_live", "bronze.web_events_live", "silver.transactions_live", "silver.web_events_live", "fraud.alerts"}

// Open starts a broker if none is given, makes the topics and the tables. Nothing is sent before Run.
func Open(ctx context.Context, e *engine.Engine, o Options) (*Shop, error) {
	if o.Rate < 1 || o.Rate > MaxRate {
		return nil, fmt.Errorf("the rate is %g messages a second, it must be from 1 to %d", o.Rate, MaxRate)
	}
	s := &Shop{engine: e, brokers: o.Brokers, began: time.Now(), watch: newWatch()}
	if err := s.open(ctx, o); err != nil {
		s.Close()
		return nil, err
	}
	return s, nil
}

func (s *Shop) open(ctx context.Context, o Options) (err error) {
	if s.brokers == "" {
		if s.embedded, err = startBroker(); err != nil {
			return err
		}
		s.brokers = s.embedded.address()
	}
	if s.producer, err = newProducer(ctx, s.brokers, techmart.LiveOptions{First: firstOf(s.began), Rate: o.Rate, CaseEvery: max(casesApart, int64(o.Rate))}); err != nil {
		return err
	}
	if s.session, err = s.engine.NewSession(engine.SessionOptions{User: "demo", Client: "demo", Local: true, KeepAlive: true}); err != nil {
		return err
	}
	if err := s.session.Set("brokers", s.brokers); err != nil {
		return err
	}
	return s.make(ctx)
}

// firstOf numbers the first message of a run, so that runs have no id in common.
func firstOf(began time.Time) int64 {
	return (began.Unix() - time.Date(2025, 1, 1, 0, 0, 0, 0, time.UTC).Unix()) * MaxRate
}

// make runs the script. Tables of an earlier demo go on; where the broker of this process is new, they read it from its beginning.
func (s *Shop) make(ctx context.Context) error {
	var anew []string
	if s.embedded != nil {
		known, err := s.rows(ctx, "SELECT concat(database, '.', table) FROM system.streams WHERE database = 'bronze' AND table IN ('transactions_live', 'web_events_live')")
		if err != nil {
			return err
		}
		for _, row := range known {
			anew = append(anew, row[0])
		}
	}
	for _, table := range anew {
		if err := s.session.Exec(ctx, "ALTER STREAMING TABLE "+table+" PAUSE"); err != nil {
			return err
		}
	}
	for _, piece := range engine.Split(scripts.Streams().SQL) {
		if err := s.session.Exec(ctx, piece.Text); err != nil {
			return err
		}
	}
	for _, table := range anew {
		for _, does := range []string{" SET OFFSETS 'earliest'", " RESUME"} {
			if err := s.session.Exec(ctx, "ALTER STREAMING TABLE "+table+does); err != nil {
				return err
			}
		}
	}
	return nil
}

// Brokers are the addresses that messages go to.
func (s *Shop) Brokers() string { return s.brokers }

// Run sends messages and has the board show them until the time has passed (0: for ever), or ctx ends.
func (s *Shop) Run(ctx context.Context, b *Board, lasts time.Duration) error {
	if lasts > 0 {
		var cancel context.CancelFunc
		ctx, cancel = context.WithTimeout(ctx, lasts)
		defer cancel()
	}
	sending := make(chan error, 1)
	go func() { sending <- s.producer.run(ctx) }()
	looking := make(chan error, 1)
	go func() { looking <- s.watch.run(ctx, s) }()
	err := b.run(ctx, s)
	if failed := <-sending; err == nil {
		err = failed
	}
	if failed := <-looking; err == nil {
		err = failed
	}
	return err
}

// Finish waits until all that was sent has gone through the streams, and writes the report.
func (s *Shop) Finish(ctx context.Context) error {
	for _, table := range tables {
		if err := s.session.Exec(ctx, "REFRESH STREAMING TABLE "+table); err != nil {
			return err
		}
	}
	if err := s.watch.poll(ctx, s); err != nil {
		return err
	}
	if err := s.session.Exec(ctx, "REFRESH MATERIALIZED VIEW gold.daily_report"); err != nil {
		return err
	}
	return s.report(ctx)
}

// Missing are the planted frauds that no alert names.
func (s *Shop) Missing() []techmart.Case {
	var out []techmart.Case
	for _, c := range s.producer.planted().Cases {
		if !s.watch.has(c.Rule, c.Transaction) {
			out = append(out, c)
		}
	}
	return out
}

// Close ends the producer and the broker.
func (s *Shop) Close() {
	if s.session != nil {
		s.session.Close()
	}
	if s.producer != nil {
		s.producer.close()
	}
	if s.embedded != nil {
		s.embedded.close()
	}
}

// rows runs a query in a session of its own and gives its rows as text; NULL is an empty text.
func (s *Shop) rows(ctx context.Context, sql string) ([][]string, error) {
	session, err := s.engine.NewSession(engine.SessionOptions{User: "demo", Client: "demo", Local: true})
	if err != nil {
		return nil, err
	}
	defer session.Close()
	result, err := session.Query(ctx, engine.Request{SQL: sql})
	if err != nil {
		return nil, err
	}
	defer result.Close()
	var out [][]string
	for {
		b, err := result.Next(ctx)
		if err != nil {
			return nil, err
		}
		if b == nil {
			return out, nil
		}
		for i := range b.Len() {
			row := make([]string, len(result.Schema().Fields))
			for j := range row {
				if v := b.Column(j); !v.IsNull(i) {
					row[j] = string(render.AppendText(nil, v, i, session.Zone()))
				}
			}
			out = append(out, row)
		}
	}
}
