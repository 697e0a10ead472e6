package engine

import (
	"context"
	"encoding/json"
	"path/filepath"
	"strconv"
	"strings"
	"time"

	"github.com/argan-sql/argan/catalog"
	"github.com/argan-sql/argan/catalog/metastore"
	"github.com/argan-sql/argan/catalog/relation"
	"github.com/argan-sql/argan/exec/vector"
	"github.com/argan-sql/argan/planner/analyzer"
	"github.com/argan-sql/argan/planner/logical"
	"github.com/argan-sql/argan/sql/ast"
	"github.com/argan-sql/argan/sql/interval"
	"github.com/argan-sql/argan/sqlerr"
	"github.com/argan-sql/argan/stream"
	"github.com/argan-sql/argan/stream/kafka"
	"github.com/argan-sql/argan/types"
)

// flowReading is what the streams of a flow's query stand for: their sources, and for one batch a piece of each.
type flowReading struct {
	state   string // the folder for what sources keep
	schemas map[string]json.RawMessage
	sources []stream.Source
	of      map[*ast.Stream]stream.Source
	names   map[*ast.Stream][]string
	pieces  map[string]catalog.Table // by the source's name; empty while the query is only resolved
	streams map[catalog.Table]bool
	plans   map[string]logical.Node // instead of pieces: messages that are gone through again
}

func newReading(state string, schemas map[string]json.RawMessage) *flowReading {
	r := &flowReading{state: state, schemas: map[string]json.RawMessage{}, of: map[*ast.Stream]stream.Source{}, names: map[*ast.Stream][]string{}, streams: map[catalog.Table]bool{}}
	for k, v := range schemas {
		r.schemas[k] = v
	}
	return r
}

// close closes the sources.
func (r *flowReading) close() {
	for _, s := range r.sources {
		s.Close()
	}
}

func (r *flowReading) isStream(t catalog.Table) bool { return r.streams[t] }

// turn makes the streams stand for pieces.
func (r *flowReading) turn(ctx context.Context, spans map[string]stream.Span, without []spoiled) error {
	r.pieces, r.streams = map[string]catalog.Table{}, map[catalog.Table]bool{}
	for _, s := range r.sources {
		span, ok := spans[s.Name()]
		if !ok {
			continue
		}
		var skip []stream.Message
		for _, m := range without {
			if m.Source == s.Name() {
				skip = append(skip, m.Message)
			}
		}
		var t catalog.Table
		var err error
		if d, ok := s.(stream.Divisible); ok && len(skip) > 0 {
			t, err = d.Without(ctx, span, skip)
		} else {
			t, err = s.Open(ctx, span)
		}
		if err != nil {
			return err
		}
		r.pieces[s.Name()] = t
	}
	return nil
}

// Stream gives what a stream of the query stands for.
func (e *environment) Stream(q analyzer.StreamRequest) (*analyzer.Relation, error) {
	r := e.p.flow
	if r == nil {
		return nil, sqlerr.Unsupported("STREAM outside of CREATE STREAMING TABLE and CREATE FLOW").WithHint("A query that ends reads the table without STREAM.")
	}
	s, ok := r.of[q.Node]
	if !ok {
		var err error
		if s, err = e.source(q); err != nil {
			return nil, err
		}
		r.of[q.Node] = s
	}
	if plan := r.plans[s.Name()]; plan != nil {
		return &analyzer.Relation{Name: r.names[q.Node], Plan: plan}, nil
	}
	t := r.pieces[s.Name()]
	if t == nil {
		var err error
		if t, err = s.Table(e.ctx); err != nil {
			return nil, err
		}
	}
	r.streams[t] = true
	return &analyzer.Relation{Name: r.names[q.Node], Table: t}, nil
}

// source makes the source of a stream.
func (e *environment) source(q analyzer.StreamRequest) (stream.Source, error) {
	options, err := optionMap(q.Node.Options)
	if err != nil {
		return nil, err
	}
	var s stream.Source
	if q.Function != "" {
		e.p.flow.names[q.Node] = []string{q.Function}
		s, err = e.functionSource(q, options)
	} else {
		s, err = e.tableSource(q, options)
	}
	if err == nil {
		e.p.flow.sources = append(e.p.flow.sources, s)
	}
	return s, err
}

// free is a name for a source that no other has.
func (r *flowReading) free(name string) string {
	out := name
	for n := 2; ; n++ {
		taken := false
		for _, s := range r.sources {
			taken = taken || s.Name() == out
		}
		if !taken {
			return out
		}
		out = name + "#" + strconv.Itoa(n)
	}
}

func (e *environment) functionSource(q analyzer.StreamRequest, options map[string]string) (stream.Source, error) {
	switch q.Function {
	case "read_kafka":
		given, err := e.p.kafkaArguments(q.Args)
		if err != nil {
			return nil, err
		}
		for k, v := range options {
			given[k] = v
		}
		return e.kafkaSource(given)
	case "read_files":
		var rest []analyzer.Argument
		for _, a := range q.Args {
			if low := strings.ToLower(a.Name); low == "maxfilespertrigger" || low == "maxbytespertrigger" {
				text, _ := textOf(a, e.p)
				options[a.Name] = text
				continue
			}
			rest = append(rest, a)
		}
		rel, err := readFiles(e.p, e.ctx, rest)
		if err != nil {
			return nil, err
		}
		t, ok := rel.Table.(*relation.FileTable)
		if !ok {
			return nil, sqlerr.Internal("read_files gives a %T", rel.Table)
		}
		return e.filesSource(t, options)
	}
	if tableFunctions[q.Function] == nil {
		return nil, sqlerr.New("UNRESOLVABLE_TABLE_VALUED_FUNCTION", "name", types.Quote(q.Function))
	}
	return nil, sqlerr.Unsupported("STREAM %s(…)", q.Function).WithHint("There are read_kafka and read_files.")
}

func (e *environment) kafkaSource(options map[string]string) (stream.Source, error) {
	o, err := kafka.ParseOptions(options, true)
	if err != nil {
		return nil, err
	}
	topics := ""
	for k, v := range options {
		if low := strings.ToLower(k); low == "subscribe" || low == "subscribepattern" || low == "assign" {
			topics = v
		}
	}
	return stream.Kafka(e.ctx, e.p.flow.free("kafka:"+topics), o, e.p.engine.log)
}

func (e *environment) filesSource(t *relation.FileTable, options map[string]string) (stream.Source, error) {
	r := e.p.flow
	name := "files:" + strings.Join(t.Paths(), ",")
	if raw, ok := r.schemas[name]; ok {
		schema, err := types.FromJSON(raw)
		if err != nil {
			return nil, err
		}
		t = t.WithSchema(schema)
	} else {
		// What the files look like now is what they are taken for from now on.
		l, err := t.List(e.ctx)
		if err != nil {
			return nil, err
		}
		r.schemas[name] = json.RawMessage(l.Schema().JSON())
		t = t.WithSchema(l.Schema())
	}
	return stream.Files(r.free(name), t, options, e.p.engine.files, r.state)
}

func (e *environment) tableSource(q analyzer.StreamRequest, options map[string]string) (stream.Source, error) {
	p := *e.p
	if q.Place.Database != "" {
		p.database = q.Place.Database
	}
	o, err := p.complete(e.ctx, q.Name, q.Node)
	if err != nil {
		return nil, err
	}
	if err := p.readsFrom(e.ctx, o); err != nil {
		return nil, err
	}
	f, err := p.find(e.ctx, q.Name, q.Node)
	if err != nil {
		return nil, err
	}
	if f.isView() {
		return nil, sqlerr.Unsupported("STREAM of a view").WithHint("Write its query with STREAM before the table that is read as it grows.")
	}
	name := []string{catalogName, f.name.database, f.name.name}
	if f.name.path {
		name = name[1:]
	}
	e.p.flow.names[q.Node] = name
	switch t := f.table.(type) {
	case *relation.DeltaTable:
		return stream.Delta(e.p.flow.free("delta:"+strings.Join(name, ".")), t, options, func(text string) (time.Time, error) {
			return p.instant(vector.Of(types.StringType, text))
		})
	case *relation.FileTable:
		for k, v := range t.Options() {
			if low := strings.ToLower(k); low == "maxfilespertrigger" || low == "maxbytespertrigger" {
				options[k] = v
			}
		}
		return e.filesSource(t, options)
	case *kafka.Table:
		given := map[string]string{}
		for k, v := range f.entry.Options {
			if !strings.HasPrefix(strings.ToLower(k), "ending") {
				given[k] = v
			}
		}
		for k, v := range options {
			given[k] = v
		}
		return e.kafkaSource(given)
	}
	return nil, sqlerr.Unsupported("STREAM of a %s table", f.table.Provider())
}

// parseInterval reads an interval without months, such as 250 milliseconds or 5 minutes.
func parseInterval(text string) (time.Duration, error) {
	v, err := interval.Parse(text)
	if err != nil {
		return 0, err
	}
	d := time.Duration(v.Days)*24*time.Hour + time.Duration(v.Micros)*time.Microsecond
	if v.Months != 0 || d < 0 {
		return 0, sqlerr.New("INVALID_SETTING", "key", "interval", "value", text, "reason", "it is not a length of time")
	}
	return d, nil
}

// streamsLock is the file whose lock lets a process run the streams of a warehouse.
func streamsLock(warehouse string) string {
	return filepath.Join(warehouse, "_argan", "streams.lock")
}

// flowsOf are the flows of a table that streams, none for another.
func (e *Engine) flowsOf(ctx context.Context, entry *metastore.Table) ([]*metastore.Flow, error) {
	if entry == nil {
		return nil, nil
	}
	return e.meta.FlowsInto(ctx, entry.Database, entry.Name)
}
