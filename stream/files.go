package stream

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"sort"
	"strconv"
	"strings"
	"time"

	"github.com/google/uuid"

	"github.com/argan-sql/argan/catalog"
	"github.com/argan-sql/argan/catalog/relation"
	"github.com/argan-sql/argan/catalog/storage"
	"github.com/argan-sql/argan/sqlerr"
)

// filesSource reads the files that land in a folder, each once. A file must be whole when it gets its name.
type filesSource struct {
	name  string
	table *relation.FileTable
	store storage.Store
	// state is the folder where the names of files read long ago are kept: the position holds only the last ones.
	state string
	files int64 // maxFilesPerTrigger
	bytes int64 // maxBytesPerTrigger

	known  Position // what seen is of
	seen   map[string]bool
	landed *relation.Landed
	chosen map[string][]catalog.File // by the end of the piece
	dirs   map[string]time.Time
}

// filesPosition is all files named by the file Base and all of Tail.
type filesPosition struct {
	Base  string   `json:"base,omitempty"`
	Tail  []string `json:"tail"`
	Count int64    `json:"count"`
}

// longestTail is how many names a position holds itself.
const longestTail = 64

// How often a folder is looked at, and how often it is listed whether or not it seems to have changed.
const (
	pollFiles = 500 * time.Millisecond
	listFiles = 30 * time.Second
)

// Files makes a source of what lands at the paths of a table of files.
func Files(name string, t *relation.FileTable, options map[string]string, store storage.Store, state string) (Source, error) {
	s := &filesSource{name: name, table: t, store: store, state: state, files: maxFiles, chosen: map[string][]catalog.File{}}
	for key, value := range options {
		n, err := strconv.ParseInt(strings.TrimRight(strings.ToLower(value), "b"), 10, 64)
		switch low := strings.ToLower(key); {
		case low != "maxfilespertrigger" && low != "maxbytespertrigger":
			return nil, sqlerr.New("UNKNOWN_STREAM_OPTION", "option", key, "source", "files").WithHint("There are maxFilesPerTrigger and maxBytesPerTrigger.")
		case err != nil || n <= 0:
			return nil, sqlerr.New("INVALID_STREAM_OPTION", "option", key, "value", value, "reason", "it is a whole number above 0")
		case low == "maxfilespertrigger":
			s.files = n
		default:
			s.bytes = n
		}
	}
	return s, nil
}

func (s *filesSource) Name() string { return s.name }

func (s *filesSource) Table(ctx context.Context) (catalog.Table, error) {
	l, err := s.table.List(ctx)
	if err != nil {
		return nil, err
	}
	return l.Only(nil), nil
}

func encodeFiles(p filesPosition) Position {
	if p.Tail == nil {
		p.Tail = []string{}
	}
	raw, err := json.Marshal(p)
	if err != nil {
		panic(fmt.Sprintf("stream: a position: %v", err)) // names only
	}
	return raw
}

func (s *filesSource) Start(context.Context) (Position, error) {
	return encodeFiles(filesPosition{}), nil
}

// Latest has no bound for files: what lands while a refresh runs is read too.
func (s *filesSource) Latest(context.Context) (Position, error) { return nil, nil }

// remember reads the names of a position.
func (s *filesSource) remember(ctx context.Context, at Position) (filesPosition, error) {
	var p filesPosition
	if err := json.Unmarshal(at, &p); err != nil || strings.ContainsAny(p.Base, `/\`) {
		return p, sqlerr.New("INVALID_STREAM_OFFSETS", "offsets", string(at), "reason", `files are read from {"tail": [names of files that were read]}`)
	}
	if s.seen != nil && bytes.Equal(s.known, at) {
		return p, nil
	}
	seen := map[string]bool{}
	if p.Base != "" {
		raw, err := s.store.Read(ctx, storage.Join(s.state, p.Base))
		if err != nil {
			return p, fmt.Errorf("files that were read: %w", err)
		}
		var names []string
		if err := json.Unmarshal(raw, &names); err != nil {
			return p, sqlerr.New("FILE_CORRUPT", "path", storage.Join(s.state, p.Base), "reason", err.Error())
		}
		for _, n := range names {
			seen[n] = true
		}
	}
	for _, n := range p.Tail {
		seen[n] = true
	}
	s.seen, s.known = seen, at
	return p, nil
}

// list looks at the folder, and notes when its folders changed last.
func (s *filesSource) list(ctx context.Context) error {
	dirs := map[string]time.Time{}
	for _, path := range s.table.Paths() {
		root, err := storage.Resolve(path)
		if err != nil {
			return err
		}
		info, err := s.store.Stat(ctx, root)
		if err != nil || !info.IsDir {
			continue // a pattern, a file, or not there yet: listed again and again
		}
		dirs[root] = info.ModTime
		err = s.store.Walk(ctx, root, func(in storage.Info) error {
			if in.IsDir {
				dirs[in.Path] = in.ModTime
			}
			return nil
		})
		if err != nil && !errors.Is(err, fs.ErrNotExist) {
			return err
		}
	}
	l, err := s.table.List(ctx)
	if err != nil {
		return err
	}
	s.landed, s.dirs = l, dirs
	return nil
}

func (s *filesSource) Next(ctx context.Context, from, _ Position, limit Limit) (Span, error) {
	p, err := s.remember(ctx, from)
	if err != nil {
		return Span{}, err
	}
	if err := s.list(ctx); err != nil {
		return Span{}, err
	}
	var fresh []catalog.File
	for _, f := range s.landed.Files() {
		if !s.seen[f.Path] {
			fresh = append(fresh, f)
		}
	}
	span := Span{From: from, To: from, Rows: -1, Empty: len(fresh) == 0}
	if span.Empty {
		return span, nil
	}
	sort.SliceStable(fresh, func(i, j int) bool { return fresh[i].Modified < fresh[j].Modified })
	most, room := s.files, int64(1)<<62
	if limit.Files > 0 {
		most = min(most, limit.Files)
	}
	for _, n := range []int64{limit.Bytes, s.bytes} {
		if n > 0 {
			room = min(room, n)
		}
	}
	n := 0
	for n < len(fresh) && int64(n) < most && (n == 0 || room > 0) {
		room -= fresh[n].Size
		n++
	}
	span.More = n < len(fresh)
	next := filesPosition{Base: p.Base, Tail: append([]string{}, p.Tail...), Count: p.Count + int64(n)}
	for _, f := range fresh[:n] {
		next.Tail = append(next.Tail, f.Path)
	}
	if len(next.Tail) > longestTail {
		if next.Base, err = s.fold(ctx, fresh[:n]); err != nil {
			return Span{}, err
		}
		next.Tail = nil
	}
	span.To = encodeFiles(next)
	s.chosen = map[string][]catalog.File{string(span.To): fresh[:n]}
	return span, nil
}

// fold writes the names of all files into a new file, which counts once a position names it.
func (s *filesSource) fold(ctx context.Context, more []catalog.File) (string, error) {
	names := make([]string, 0, len(s.seen)+len(more))
	for n := range s.seen {
		names = append(names, n)
	}
	for _, f := range more {
		names = append(names, f.Path)
	}
	sort.Strings(names)
	raw, err := json.Marshal(names)
	if err != nil {
		return "", err
	}
	name := "seen-" + uuid.NewString() + ".json"
	return name, s.store.PutIfAbsent(ctx, storage.Join(s.state, name), raw)
}

func (s *filesSource) Open(_ context.Context, span Span) (catalog.Table, error) {
	return s.landed.Only(s.chosen[string(span.To)]), nil
}

// Earliest is before any file.
func (s *filesSource) Earliest(ctx context.Context) (Position, error) { return s.Start(ctx) }

// Move reads a position.
func (s *filesSource) Move(ctx context.Context, _, given Position) (Position, error) {
	p, err := s.remember(ctx, given)
	if err != nil {
		return nil, err
	}
	return encodeFiles(p), nil
}

func (s *filesSource) Wait(ctx context.Context, _ Position) error {
	dirs, began := s.dirs, time.Now()
	tick := time.NewTicker(pollFiles)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return ctx.Err()
		case now := <-tick.C:
			if len(dirs) == 0 || now.Sub(began) > listFiles {
				return nil
			}
			for d, at := range dirs {
				if info, err := s.store.Stat(ctx, d); err != nil || !info.ModTime.Equal(at) {
					return nil
				}
			}
		}
	}
}

func (s *filesSource) Lag(context.Context, Position) (int64, error) { return -1, nil }

// Committed keeps the names in mind, and deletes lists of names that no position needs any more.
func (s *filesSource) Committed(ctx context.Context, at Position) {
	if files, ok := s.chosen[string(at)]; ok && s.seen != nil {
		for _, f := range files {
			s.seen[f.Path] = true
		}
		s.known = at
	}
	s.chosen = map[string][]catalog.File{}
	var p filesPosition
	if json.Unmarshal(at, &p) != nil || p.Base == "" || len(p.Tail) > 0 {
		return
	}
	lists, err := s.store.List(ctx, s.state, "seen-")
	if err != nil {
		return
	}
	for _, in := range lists {
		if strings.HasPrefix(in.Name, "seen-") && in.Name != p.Base && time.Since(in.ModTime) > time.Hour {
			_ = s.store.Delete(ctx, in.Path) // next time
		}
	}
}

func (s *filesSource) Close() {}
