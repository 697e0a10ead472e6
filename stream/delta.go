package stream

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"sort"
	"strconv"
	"strings"
	"time"

	"github.com/argan-sql/argan/catalog"
	"github.com/argan-sql/argan/catalog/delta"
	"github.com/argan-sql/argan/catalog/relation"
	"github.com/argan-sql/argan/sqlerr"
)

// deltaSource reads the rows that come into a Delta table, commit by commit; first those it has, file by file.
type deltaSource struct {
	name    string
	table   *relation.DeltaTable
	options deltaOptions

	commits map[int64]*delta.DataChange // read ahead by Next, for Open
	first   []*delta.AddFile            // of the version that a flow begins with
	at      int64                       // that version; -1 for none
}

// deltaOptions are those of Delta's own streaming source.
type deltaOptions struct {
	skipChangeCommits, ignoreChanges, ignoreDeletes, changeFeed bool
	version                                                     *int64 // startingVersion
	latest                                                      bool
	timestamp                                                   *time.Time
	files                                                       int64 // maxFilesPerTrigger
	bytes                                                       int64 // maxBytesPerTrigger
}

// deltaPosition is everything before a file of a version. While Snapshot is set, it is the files of the whole version that are
// counted, else those that its commit added.
type deltaPosition struct {
	Version  int64 `json:"version"`
	Index    int   `json:"index"`
	Snapshot bool  `json:"snapshot,omitempty"`
}

func (p deltaPosition) json() Position {
	raw, err := json.Marshal(p)
	if err != nil {
		panic(fmt.Sprintf("stream: a position: %v", err)) // numbers and truths only
	}
	return raw
}

func parseDelta(at Position) (p deltaPosition, err error) {
	if err := json.Unmarshal(at, &p); err != nil || p.Version < 0 || p.Index < 0 {
		return p, sqlerr.New("INVALID_STREAM_OFFSETS", "offsets", string(at), "reason", `a Delta table is read from {"version": n, "index": n}`)
	}
	return p, nil
}

// pollDelta is how often a table is looked at for commits of other processes.
const pollDelta = 100 * time.Millisecond

// maxFiles is how many files a batch has at most where nothing is said, as in Delta.
const maxFiles = 1000

// Delta makes a source of a Delta table. time reads a timestamp as the session would.
func Delta(name string, t *relation.DeltaTable, options map[string]string, time func(string) (time.Time, error)) (Source, error) {
	o := deltaOptions{files: maxFiles}
	truths := map[string]*bool{
		"skipchangecommits": &o.skipChangeCommits, "ignorechanges": &o.ignoreChanges, "ignoredeletes": &o.ignoreDeletes,
		"readchangefeed": &o.changeFeed, "readchangedata": &o.changeFeed,
	}
	for key, value := range options {
		bad := func(reason string) error {
			return sqlerr.New("INVALID_STREAM_OPTION", "option", key, "value", value, "reason", reason)
		}
		var err error
		switch low := strings.ToLower(key); {
		case truths[low] != nil:
			if *truths[low], err = strconv.ParseBool(strings.ToLower(value)); err != nil {
				return nil, bad("it is true or false")
			}
		case low == "startingversion" && strings.EqualFold(value, "latest"):
			o.latest = true
		case low == "startingversion":
			v, err := strconv.ParseInt(value, 10, 64)
			if err != nil || v < 0 {
				return nil, bad("it is a version of the table, or latest")
			}
			o.version = &v
		case low == "startingtimestamp":
			at, err := time(value)
			if err != nil {
				return nil, err
			}
			o.timestamp = &at
		case low == "maxfilespertrigger", low == "maxbytespertrigger":
			n, err := strconv.ParseInt(strings.TrimRight(strings.ToLower(value), "b"), 10, 64)
			if err != nil || n <= 0 {
				return nil, bad("it is a whole number above 0")
			}
			if low == "maxfilespertrigger" {
				o.files = n
			} else {
				o.bytes = n
			}
		default:
			return nil, sqlerr.New("UNKNOWN_STREAM_OPTION", "option", key, "source", "a Delta table").
				WithHint("There are skipChangeCommits, ignoreChanges, ignoreDeletes, readChangeFeed, startingVersion, startingTimestamp, maxFilesPerTrigger, maxBytesPerTrigger.")
		}
	}
	if o.timestamp != nil && (o.version != nil || o.latest) {
		return nil, sqlerr.New("INVALID_STREAM_OPTION", "option", "startingTimestamp", "value", o.timestamp.String(), "reason", "startingVersion is given too")
	}
	return &deltaSource{name: name, table: t, options: o, commits: map[int64]*delta.DataChange{}, at: -1}, nil
}

func (s *deltaSource) Name() string { return s.name }

func (s *deltaSource) log() *delta.Table { return s.table.Delta() }

func (s *deltaSource) newest(ctx context.Context) (*delta.Snapshot, error) {
	return s.log().Snapshot(ctx, delta.At{})
}

func (s *deltaSource) Table(ctx context.Context) (catalog.Table, error) {
	v, err := s.newest(ctx)
	if err != nil {
		return nil, err
	}
	if s.options.changeFeed {
		return relation.Inserted(s.table, v, nil, 0), nil
	}
	return relation.Appended(s.table, v.Metadata, nil), nil
}

func (s *deltaSource) Start(ctx context.Context) (Position, error) {
	v, err := s.newest(ctx)
	if err != nil {
		return nil, err
	}
	switch o := s.options; {
	case o.latest:
		return deltaPosition{Version: v.Version + 1}.json(), nil
	case o.version != nil:
		return deltaPosition{Version: *o.version}.json(), nil
	case o.timestamp != nil:
		from, err := s.log().VersionFrom(ctx, *o.timestamp)
		return deltaPosition{Version: from}.json(), err
	}
	return deltaPosition{Version: v.Version, Snapshot: true}.json(), nil
}

func (s *deltaSource) Latest(ctx context.Context) (Position, error) {
	v, err := s.newest(ctx)
	if err != nil {
		return nil, err
	}
	return deltaPosition{Version: v.Version + 1}.json(), nil
}

// files are those of the version that a flow begins with, in an order that stays.
func (s *deltaSource) files(ctx context.Context, version int64) ([]*delta.AddFile, error) {
	if s.at == version {
		return s.first, nil
	}
	v, err := s.log().Snapshot(ctx, delta.At{Version: &version})
	if err != nil {
		return nil, err
	}
	files := append([]*delta.AddFile{}, v.Files()...)
	sort.SliceStable(files, func(i, j int) bool {
		a, b := files[i], files[j]
		if a.ModificationTime != b.ModificationTime {
			return a.ModificationTime < b.ModificationTime
		}
		return a.Path < b.Path
	})
	s.first, s.at = files, version
	return files, nil
}

// change is what a version brought in; nil when there is no such version yet.
func (s *deltaSource) change(ctx context.Context, version int64) (*delta.DataChange, error) {
	if c := s.commits[version]; c != nil {
		return c, nil
	}
	c, err := s.log().ReadChange(ctx, version)
	if errors.Is(err, fs.ErrNotExist) {
		newest, nerr := s.newest(ctx)
		switch {
		case nerr != nil:
			return nil, nerr
		case newest.Version >= version:
			return nil, s.log().Lost(version)
		}
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	if c.Removed != "" && !s.options.changeFeed {
		o := s.options
		switch {
		case o.skipChangeCommits:
			c.Added = nil
		case o.ignoreChanges, o.ignoreDeletes && len(c.Added) == 0:
		case len(c.Added) == 0:
			return nil, sqlerr.New("DELTA_SOURCE_IGNORE_DELETE", "removedFile", c.Removed, "version", strconv.FormatInt(version, 10), "dataPath", s.table.Location()).
				WithHint("STREAM %s WITH (skipChangeCommits = true) passes over commits that delete or update.", s.table.Name()[len(s.table.Name())-1])
		default:
			return nil, sqlerr.New("DELTA_SOURCE_TABLE_IGNORE_CHANGES", "file", c.Added[0].Path, "version", strconv.FormatInt(version, 10), "dataPath", s.table.Location()).
				WithHint("STREAM %s WITH (skipChangeCommits = true) passes over commits that delete or update; WITH (readChangeFeed = true) reads what they changed.", s.table.Name()[len(s.table.Name())-1])
		}
	}
	s.commits[version] = c
	return c, nil
}

// room counts what still fits into a batch.
type room struct{ files, bytes int64 }

// take says whether a file fits; the first always does.
func (r *room) take(f *delta.AddFile, begun bool) bool {
	if begun && (r.files <= 0 || r.bytes <= 0) {
		return false
	}
	r.files--
	r.bytes -= f.Size
	return true
}

func (s *deltaSource) Next(ctx context.Context, from, bound Position, limit Limit) (Span, error) {
	p, err := parseDelta(from)
	if err != nil {
		return Span{}, err
	}
	last := int64(-1) // the first version not to be read
	if bound != nil {
		b, err := parseDelta(bound)
		if err != nil {
			return Span{}, err
		}
		last = b.Version
	}
	r := &room{files: s.options.files, bytes: 1 << 62}
	if limit.Files > 0 {
		r.files = min(r.files, limit.Files)
	}
	for _, n := range []int64{limit.Bytes, s.options.bytes} {
		if n > 0 {
			r.bytes = min(r.bytes, n)
		}
	}
	span := Span{From: from, Rows: -1}
	begun := false
	if p.Snapshot {
		files, err := s.files(ctx, p.Version)
		if err != nil {
			return Span{}, err
		}
		for p.Index < len(files) && r.take(files[p.Index], begun) {
			p.Index++
			begun = true
		}
		if p.Index < len(files) {
			span.To, span.More = p.json(), true
			return span, nil
		}
		p = deltaPosition{Version: p.Version + 1}
		if begun { // the files of a version and the commits after it are read by different plans
			span.To, span.More = p.json(), true
			return span, nil
		}
		span.From = p.json()
	}
	for last < 0 || p.Version < last {
		c, err := s.change(ctx, p.Version)
		if err != nil {
			return Span{}, err
		}
		if c == nil {
			break
		}
		if s.options.changeFeed {
			begun = begun || len(c.Added) > 0 || c.Removed != ""
			p = deltaPosition{Version: p.Version + 1}
			if r.files -= int64(len(c.Added)); r.files <= 0 {
				span.More = true
				break
			}
			continue
		}
		for p.Index < len(c.Added) && r.take(c.Added[p.Index], begun) {
			p.Index++
			begun = true
		}
		if p.Index < len(c.Added) {
			span.More = true
			break
		}
		p = deltaPosition{Version: p.Version + 1}
	}
	span.To, span.Empty = p.json(), !begun
	return span, nil
}

func (s *deltaSource) Open(ctx context.Context, span Span) (catalog.Table, error) {
	from, err := parseDelta(span.From)
	if err != nil {
		return nil, err
	}
	to, err := parseDelta(span.To)
	if err != nil {
		return nil, err
	}
	if from.Snapshot {
		files, err := s.files(ctx, from.Version)
		if err != nil {
			return nil, err
		}
		end := len(files)
		if to.Snapshot {
			end = to.Index
		}
		v, err := s.log().Snapshot(ctx, delta.At{Version: &from.Version})
		if err != nil {
			return nil, err
		}
		if !s.options.changeFeed {
			return relation.Appended(s.table, v.Metadata, files[min(from.Index, end):end]), nil
		}
		at, err := v.Timestamp(ctx)
		if err != nil {
			return nil, err
		}
		return relation.Inserted(s.table, v, files[min(from.Index, end):end], at.UnixMicro()), nil
	}
	if s.options.changeFeed {
		if from.Version >= to.Version {
			return s.Table(ctx)
		}
		last := to.Version - 1
		return relation.Changes(s.table, relation.ChangeRange{From: relation.ChangeBound{Version: &from.Version}, To: &relation.ChangeBound{Version: &last}}), nil
	}
	var files []*delta.AddFile
	for v := from.Version; v <= to.Version; v++ {
		if v == to.Version && to.Index == 0 {
			break
		}
		c, err := s.change(ctx, v)
		if err != nil {
			return nil, err
		}
		if c == nil {
			return nil, s.log().Lost(v)
		}
		added := c.Added
		if v == to.Version {
			added = added[:min(to.Index, len(added))]
		}
		if v == from.Version {
			added = added[min(from.Index, len(added)):]
		}
		files = append(files, added...)
	}
	newest, err := s.newest(ctx)
	if err != nil {
		return nil, err
	}
	return relation.Appended(s.table, newest.Metadata, files), nil
}

// Earliest is the table as it is now, from its first row on.
func (s *deltaSource) Earliest(ctx context.Context) (Position, error) {
	v, err := s.newest(ctx)
	if err != nil {
		return nil, err
	}
	return deltaPosition{Version: v.Version, Snapshot: true}.json(), nil
}

// Move reads a position.
func (s *deltaSource) Move(_ context.Context, _, given Position) (Position, error) {
	p, err := parseDelta(given)
	if err != nil {
		return nil, err
	}
	return p.json(), nil
}

func (s *deltaSource) Wait(ctx context.Context, from Position) error {
	p, err := parseDelta(from)
	if err != nil {
		return err
	}
	if p.Snapshot {
		return nil
	}
	return s.log().Await(ctx, p.Version-1, pollDelta)
}

// Lag counts versions: what is in them is not known before they are read.
func (s *deltaSource) Lag(ctx context.Context, from Position) (int64, error) {
	p, err := parseDelta(from)
	if err != nil {
		return -1, err
	}
	v, err := s.newest(ctx)
	if err != nil {
		return -1, err
	}
	return max(0, v.Version+1-p.Version), nil
}

// Committed forgets what was read ahead.
func (s *deltaSource) Committed(_ context.Context, at Position) {
	p, err := parseDelta(at)
	if err != nil {
		return
	}
	for v := range s.commits {
		if v < p.Version {
			delete(s.commits, v)
		}
	}
	if !p.Snapshot {
		s.first, s.at = nil, -1
	}
}

func (s *deltaSource) Close() {}
