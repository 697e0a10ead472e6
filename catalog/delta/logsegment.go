package delta

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"regexp"
	"sort"
	"strconv"
	"strings"

	"github.com/argan-sql/argan/catalog/storage"
	"github.com/argan-sql/argan/sqlerr"
)

// logDir is the folder of the log within a table.
const logDir = "_delta_log"

var (
	commitName     = regexp.MustCompile(`^(\d{20})\.json$`)
	checkpointName = regexp.MustCompile(`^(\d{20})\.checkpoint(?:\.(\d{10})\.(\d{10})|\.([0-9a-fA-F-]{36}))?\.(parquet|json)$`)
	compactedName  = regexp.MustCompile(`^(\d{20})\.(\d{20})\.compacted\.json$`)
)

func commitPath(table string, version int64) string {
	return storage.Join(table, logDir, fmt.Sprintf("%020d.json", version))
}

// checkpointFiles is a complete checkpoint: one file, or the parts of a multi-part one in order.
type checkpointFiles struct {
	version int64
	files   []storage.Info
	// v2 says that the file may point at sidecars.
	v2 bool
}

type compacted struct {
	from, to int64
	file     storage.Info
}

// listing is what a log folder holds, from some version on.
type listing struct {
	commits     []storage.Info // by version
	versions    []int64        // of commits
	checkpoints []checkpointFiles
	compactions []compacted
	empty       bool // not one file of a log
}

func parseVersion(s string) int64 {
	v, err := strconv.ParseInt(s, 10, 64)
	if err != nil {
		return -1 // twenty digits that are no int64: no version anyone can have written
	}
	return v
}

// listLog lists the log from a version on. A folder that is not there is fs.ErrNotExist.
func listLog(ctx context.Context, store storage.Store, table string, from int64) (*listing, error) {
	infos, err := store.List(ctx, storage.Join(table, logDir), fmt.Sprintf("%020d", from))
	if err != nil {
		return nil, err
	}
	l := &listing{empty: true}
	type partKey struct{ version, parts int64 }
	parts := map[partKey][]storage.Info{}
	for _, in := range infos {
		if in.IsDir {
			continue
		}
		if m := commitName.FindStringSubmatch(in.Name); m != nil {
			if v := parseVersion(m[1]); v >= 0 {
				l.commits, l.versions, l.empty = append(l.commits, in), append(l.versions, v), false
			}
		} else if m := checkpointName.FindStringSubmatch(in.Name); m != nil {
			v := parseVersion(m[1])
			if v < 0 || in.Size == 0 {
				continue // an empty file is a checkpoint that was never written
			}
			l.empty = false
			if m[2] == "" {
				l.checkpoints = append(l.checkpoints, checkpointFiles{version: v, files: []storage.Info{in}, v2: m[4] != "" || m[5] == "json"})
				continue
			}
			key := partKey{v, parseVersion(m[3])}
			parts[key] = append(parts[key], in)
		} else if m := compactedName.FindStringSubmatch(in.Name); m != nil {
			if from, to := parseVersion(m[1]), parseVersion(m[2]); from >= 0 && to > from {
				l.compactions = append(l.compactions, compacted{from, to, in})
			}
		}
	}
	for k, files := range parts {
		if int64(len(files)) == k.parts { // names are sorted, and each part number occurs once
			l.checkpoints = append(l.checkpoints, checkpointFiles{version: k.version, files: files})
		}
	}
	sort.SliceStable(l.checkpoints, func(i, j int) bool {
		a, b := l.checkpoints[i], l.checkpoints[j]
		if a.version != b.version {
			return a.version < b.version
		}
		if a.v2 != b.v2 {
			return b.v2
		}
		return len(a.files) < len(b.files)
	})
	return l, nil
}

// segment is the set of files whose sum is one version.
type segment struct {
	version    int64
	checkpoint *checkpointFiles // nil: from version 0
	// deltas are commit files and compacted ones, in order, each covering the versions from to to.
	deltas []deltaFile
	// last is the commit file of version, if it is still there.
	last *storage.Info
}

type deltaFile struct {
	from, to int64
	file     storage.Info
}

type lastCheckpoint struct {
	Version       int64             `json:"version"`
	Size          int64             `json:"size"`
	Parts         *int64            `json:"parts,omitempty"`
	SizeInBytes   *int64            `json:"sizeInBytes,omitempty"`
	NumOfAddFiles *int64            `json:"numOfAddFiles,omitempty"`
	V2Checkpoint  *lastV2Checkpoint `json:"v2Checkpoint,omitempty"`
	Tags          map[string]string `json:"tags,omitempty"`
}

type lastV2Checkpoint struct {
	Path             string    `json:"path"`
	SizeInBytes      int64     `json:"sizeInBytes"`
	ModificationTime int64     `json:"modificationTime"`
	SidecarFiles     []Sidecar `json:"sidecarFiles,omitempty"`
}

// hint reads _last_checkpoint; it is only a hint, so what cannot be read is no hint.
func hint(ctx context.Context, store storage.Store, table string) int64 {
	raw, err := store.Read(ctx, storage.Join(table, logDir, "_last_checkpoint"))
	if err != nil {
		return 0
	}
	h := lastCheckpoint{Version: -1}
	if json.Unmarshal(raw, &h) != nil || h.Version < 0 {
		return 0
	}
	return h.Version
}

// findSegment lists the log and chooses the files of the wanted version, or with want < 0 of the newest.
func findSegment(ctx context.Context, store storage.Store, table string, want int64) (*segment, error) {
	from := hint(ctx, store, table)
	if want >= 0 && from > want {
		from = 0
	}
	l, err := listLog(ctx, store, table, from)
	if err != nil {
		if errors.Is(err, fs.ErrNotExist) {
			return nil, sqlerr.New("DELTA_TABLE_NOT_FOUND", "tableName", displayPath(table)).Wrap(err)
		}
		return nil, err
	}
	if from > 0 {
		if c := l.latestCheckpoint(want); c == nil {
			if l, err = listLog(ctx, store, table, 0); err != nil { // the hint pointed at nothing
				return nil, err
			}
		}
	}
	if l.empty {
		return nil, sqlerr.New("DELTA_TABLE_NOT_FOUND", "tableName", displayPath(table))
	}
	return l.segment(table, want)
}

func displayPath(table string) string { return "delta.`" + table + "`" }

func (l *listing) latestCheckpoint(want int64) *checkpointFiles {
	for i := len(l.checkpoints) - 1; i >= 0; i-- {
		if want < 0 || l.checkpoints[i].version <= want {
			return &l.checkpoints[i]
		}
	}
	return nil
}

// segment chooses among what is listed.
func (l *listing) segment(table string, want int64) (*segment, error) {
	s := &segment{version: want, checkpoint: l.latestCheckpoint(want)}
	next := int64(0)
	if s.checkpoint != nil {
		next = s.checkpoint.version + 1
	}
	newest := next - 1
	if n := len(l.versions); n > 0 {
		newest = max(newest, l.versions[n-1])
	}
	if want < 0 {
		s.version = newest
	}
	if s.version < 0 {
		return nil, sqlerr.New("DELTA_TABLE_NOT_FOUND", "tableName", displayPath(table))
	}
	// The commits alone decide whether there is a gap; compacted files only stand in for them.
	expect := next
	var commits []deltaFile
	for i, v := range l.versions {
		if v == s.version {
			s.last = &l.commits[i]
		}
		if v < next || v > s.version {
			continue
		}
		if v != expect {
			return nil, l.gap(table, s.version, expect == 0, v)
		}
		commits = append(commits, deltaFile{v, v, l.commits[i]})
		expect++
	}
	if expect <= s.version {
		return nil, l.gap(table, s.version, expect == 0, -1)
	}
	s.deltas = l.compact(commits)
	return s, nil
}

// compact replaces runs of commits by the compacted file that covers the most of them.
func (l *listing) compact(commits []deltaFile) []deltaFile {
	if len(l.compactions) == 0 || len(commits) == 0 {
		return commits
	}
	last := commits[len(commits)-1].to
	best := map[int64]compacted{}
	for _, c := range l.compactions {
		if c.to <= last && (best[c.from].file.Path == "" || c.to > best[c.from].to) {
			best[c.from] = c
		}
	}
	out := make([]deltaFile, 0, len(commits))
	for i := 0; i < len(commits); {
		if c, ok := best[commits[i].from]; ok {
			out = append(out, deltaFile(c))
			i += int(c.to - c.from + 1)
			continue
		}
		out = append(out, commits[i])
		i++
	}
	return out
}

// gap is the error for a version that is missing; first says that it is version 0, without a checkpoint in its place.
func (l *listing) gap(table string, version int64, first bool, found int64) error {
	if first {
		return sqlerr.New("DELTA_TRUNCATED_TRANSACTION_LOG", "path", storage.Join(table, logDir), "version", strconv.FormatInt(version, 10),
			"logRetentionKey", "delta.logRetentionDuration", "logRetention", "interval 30 days",
			"checkpointRetentionKey", "delta.checkpointRetentionDuration", "checkpointRetention", "interval 2 days")
	}
	var list []string
	for _, v := range l.versions {
		if v <= version {
			list = append(list, strconv.FormatInt(v, 10))
		}
	}
	e := sqlerr.New("DELTA_VERSIONS_NOT_CONTIGUOUS", "versionList", "["+strings.Join(list, ", ")+"]")
	if found < 0 {
		return e.WithHint("version %d of %s is missing from the log", version, table)
	}
	return e.WithHint("a version before %d is missing from the log of %s", found, table)
}
