package delta

import (
	"bufio"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"strconv"
	"time"

	"github.com/argan-sql/argan/catalog/storage"
	"github.com/argan-sql/argan/sqlerr"
)

// commitTime is a version with the time it counts as committed at: the in-commit timestamp where the table keeps them,
// else the commit file's modification time, pushed on where clocks went back so that times always rise.
type commitTime struct {
	version int64
	millis  int64
	file    storage.Info
}

// ictFrom tells from which version on commits carry their own time; ok is false when none does.
func ictFrom(m *Metadata) (version int64, ok bool) {
	if !m.On("delta.enableInCommitTimestamps") && !m.On("delta.enableInCommitTimestamps-preview") {
		return 0, false
	}
	for _, suffix := range []string{"", "-preview"} {
		if v, err := strconv.ParseInt(m.Configuration["delta.inCommitTimestampEnablementVersion"+suffix], 10, 64); err == nil {
			return v, true
		}
	}
	return 0, true
}

// commitTimes lists the commits that are still there, oldest first, with their times.
func (t *Table) commitTimes(ctx context.Context, newest *Snapshot) ([]commitTime, *listing, error) {
	l, err := listLog(ctx, t.store, t.path, 0)
	if err != nil {
		return nil, nil, err
	}
	out := make([]commitTime, 0, len(l.versions))
	for i, v := range l.versions {
		if v <= newest.Version {
			out = append(out, commitTime{v, l.commits[i].ModTime.UnixMilli(), l.commits[i]})
		}
	}
	from, ict := ictFrom(newest.Metadata)
	for i := range out {
		if ict && out[i].version >= from {
			info, err := t.commitInfo(ctx, out[i].file.Path)
			if err != nil {
				return nil, nil, err
			}
			if out[i].millis, err = inCommitTimestamp(info, out[i].version); err != nil {
				return nil, nil, err
			}
		} else if i > 0 && out[i].millis <= out[i-1].millis {
			out[i].millis = out[i-1].millis + 1
		}
	}
	return out, l, nil
}

func inCommitTimestamp(info *CommitInfo, version int64) (int64, error) {
	v := strconv.FormatInt(version, 10)
	if info == nil {
		return 0, sqlerr.New("DELTA_MISSING_COMMIT_INFO", "featureName", "inCommitTimestamp", "version", v)
	}
	if info.InCommitTimestamp == nil {
		return 0, sqlerr.New("DELTA_MISSING_COMMIT_TIMESTAMP", "featureName", "inCommitTimestamp", "version", v)
	}
	return *info.InCommitTimestamp, nil
}

// commitInfo reads the commitInfo of a commit file without reading what comes after it; nil if there is none.
func (t *Table) commitInfo(ctx context.Context, path string) (*CommitInfo, error) {
	obj, err := t.store.Open(ctx, path)
	if err != nil {
		return nil, err
	}
	defer obj.Close() //nolint:errcheck // only read from
	r := bufio.NewReaderSize(io.NewSectionReader(obj, 0, obj.Size()), 8<<10)
	for line := 1; ; line++ {
		text, err := r.ReadBytes('\n')
		if err != nil && err != io.EOF {
			return nil, fmt.Errorf("commit %s: %w", path, err)
		}
		if len(text) > 0 && len(trimSpace(text)) > 0 {
			var a struct {
				CommitInfo *CommitInfo `json:"commitInfo"`
			}
			if jerr := json.Unmarshal(text, &a); jerr != nil {
				return nil, corrupt(path, fmt.Errorf("line %d is not the JSON of an action: %w", line, jerr))
			}
			if a.CommitInfo != nil {
				return a.CommitInfo, nil
			}
		}
		if err == io.EOF {
			return nil, nil
		}
	}
}

func trimSpace(b []byte) []byte {
	for len(b) > 0 && (b[len(b)-1] == '\n' || b[len(b)-1] == '\r' || b[len(b)-1] == ' ') {
		b = b[:len(b)-1]
	}
	return b
}

// earliest is the first version that can still be put together: 0, or that of the first checkpoint.
func (l *listing) earliest() (int64, bool) {
	if len(l.versions) > 0 && l.versions[0] == 0 {
		return 0, true
	}
	if len(l.checkpoints) > 0 {
		return l.checkpoints[0].version, true
	}
	return 0, false
}

func (t *Table) versionNotFound(ctx context.Context, version, newest int64) error {
	earliest := int64(0)
	if l, err := listLog(ctx, t.store, t.path, 0); err == nil {
		earliest, _ = l.earliest()
	}
	return sqlerr.New("DELTA_VERSION_NOT_FOUND", "userVersion", strconv.FormatInt(version, 10),
		"earliest", strconv.FormatInt(earliest, 10), "latest", strconv.FormatInt(newest, 10))
}

func timeText(millis int64) string {
	s := time.UnixMilli(millis).UTC().Format("2006-01-02 15:04:05.999")
	return s
}

// versionAt finds the version that was the newest at a time, by Spark's rules: before the first that can be put together
// and after the last there is none.
func (t *Table) versionAt(ctx context.Context, at time.Time) (int64, error) {
	return t.activeAt(ctx, at, false)
}

func (t *Table) activeAt(ctx context.Context, at time.Time, lastIfLater bool) (int64, error) {
	newest, err := t.newest(ctx)
	if err != nil {
		return 0, err
	}
	commits, l, err := t.commitTimes(ctx, newest)
	if err != nil {
		return 0, err
	}
	first, ok := l.earliest()
	if ok {
		for len(commits) > 0 && commits[0].version < first {
			commits = commits[1:]
		}
	}
	if !ok || len(commits) == 0 {
		return 0, sqlerr.New("DELTA_NO_COMMITS_FOUND", "logPath", storage.Join(t.path, logDir))
	}
	// A time is compared in whole milliseconds, as commits have them.
	millis := at.UnixMilli()
	found := commits[0]
	for _, c := range commits {
		if c.millis <= millis {
			found = c
		}
	}
	last := commits[len(commits)-1]
	text := at.UTC().Format("2006-01-02 15:04:05.999999")
	if commits[0].millis > millis {
		return 0, sqlerr.New("DELTA_TIMESTAMP_EARLIER_THAN_COMMIT_RETENTION", "userTimestamp", text, "tableName", displayPath(t.path),
			"commitTs", timeText(commits[0].millis))
	}
	if found.version == last.version && last.millis < millis && !lastIfLater {
		return 0, sqlerr.New("DELTA_TIMESTAMP_GREATER_THAN_COMMIT", "providedTimestamp", text, "tableName", displayPath(t.path),
			"maximumTimestamp", timeText(last.millis))
	}
	return found.version, nil
}
