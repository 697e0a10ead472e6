// Package journal keeps records as lines of JSON in a file that is rotated by size.
//
// In: values, one line each. Out: the lines again, oldest first, those of rotated files included. Lines are appended with
// one write each, so that several processes may share a file. A line that was written is in the system's hands at once,
// and on the disk within the sync interval, or before Append returns where that is asked for.
package journal

import (
	"bufio"
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"sort"
	"strings"
	"sync"
	"time"
)

// Options say where a journal is and how long it gets.
type Options struct {
	// Path is the file that is written; rotated ones stand beside it with the time in their name.
	Path string
	// MaxBytes is the size at which the file is rotated; 0 for 64 MiB.
	MaxBytes int64
	// Keep is how many rotated files are kept; 0 for 10.
	Keep int
	// Retention removes rotated files whose last line is older; 0 for never.
	Retention time.Duration
	// Sync is how long a line may be in the system's hands only; 0 for a second.
	Sync time.Duration
	// Failed is told what went wrong in the background; may be nil.
	Failed func(error)
}

// Journal is an open file of lines. All methods may be called from any goroutine.
type Journal struct {
	o       Options
	mu      sync.Mutex
	f       *os.File
	size    int64
	syncing *time.Timer
	closed  bool
	lines   bytes.Buffer
}

// Open opens the file to append to it, making it and its folder when they are not there.
func Open(o Options) (*Journal, error) {
	if o.MaxBytes <= 0 {
		o.MaxBytes = 64 << 20
	}
	if o.Keep <= 0 {
		o.Keep = 10
	}
	if o.Sync <= 0 {
		o.Sync = time.Second
	}
	if o.Failed == nil {
		o.Failed = func(error) {}
	}
	j := &Journal{o: o}
	if err := os.MkdirAll(filepath.Dir(o.Path), 0o755); err != nil {
		return nil, fmt.Errorf("journal: %w", err)
	}
	if err := j.open(); err != nil {
		return nil, err
	}
	j.prune()
	return j, nil
}

// Path is the file that is written.
func (j *Journal) Path() string { return j.o.Path }

func (j *Journal) open() error {
	f, err := os.OpenFile(j.o.Path, os.O_RDWR|os.O_CREATE|os.O_APPEND, 0o600)
	if err != nil {
		return fmt.Errorf("journal: %w", err)
	}
	info, err := f.Stat()
	if err != nil {
		_ = f.Close()
		return fmt.Errorf("journal: %w", err)
	}
	j.f, j.size = f, info.Size()
	var last [1]byte
	if _, err := f.ReadAt(last[:], j.size-1); err == nil && last[0] != '\n' {
		_, _ = f.Write([]byte("\n")) // a process was killed while it wrote: its half line must not swallow the next
	}
	return nil
}

// Append writes a value as one line. With sync it is on the disk when Append returns.
func (j *Journal) Append(v any, sync bool) error {
	j.mu.Lock()
	defer j.mu.Unlock()
	if j.closed {
		return fmt.Errorf("journal %s: %w", j.o.Path, os.ErrClosed)
	}
	j.lines.Reset()
	encoder := json.NewEncoder(&j.lines)
	encoder.SetEscapeHTML(false)
	if err := encoder.Encode(v); err != nil {
		return fmt.Errorf("journal %s: %w", j.o.Path, err)
	}
	line := j.lines.Bytes()
	if j.f == nil || j.moved() || j.size > 0 && j.size+int64(len(line)) > j.o.MaxBytes {
		if err := j.rotate(int64(len(line))); err != nil {
			return err
		}
	}
	n, err := j.f.Write(line)
	j.size += int64(n)
	if err != nil {
		if n > 0 {
			// Half a line must not swallow the next one. This may fail for the same reason; readers skip what is no JSON.
			_, _ = j.f.Write([]byte("\n"))
		}
		return fmt.Errorf("journal: %w", err)
	}
	if sync {
		return j.flush()
	}
	if j.syncing == nil {
		j.syncing = time.AfterFunc(j.o.Sync, j.background)
	}
	return nil
}

// moved says whether another process has rotated the file, or someone took it away.
func (j *Journal) moved() bool {
	ours, err := j.f.Stat()
	if err != nil {
		return true
	}
	there, err := os.Stat(j.o.Path)
	if err != nil || !os.SameFile(ours, there) {
		return true
	}
	j.size = there.Size()
	return false
}

// rotate goes on with a new file, or with the one that another process has made.
func (j *Journal) rotate(need int64) error {
	if j.f != nil {
		if !j.moved() && j.size > 0 && j.size+need > j.o.MaxBytes {
			_ = j.f.Sync()
			if err := os.Rename(j.o.Path, j.o.Path+"."+time.Now().UTC().Format(stampLayout)); err != nil && !errors.Is(err, os.ErrNotExist) {
				return fmt.Errorf("journal: %w", err)
			}
		}
		_ = j.f.Close()
		j.f = nil
	}
	if err := j.open(); err != nil {
		return err
	}
	j.prune()
	return nil
}

const stampLayout = "20060102T150405.000000000"

// rotated lists the rotated files, oldest first.
func (j *Journal) rotated() []string {
	all, err := filepath.Glob(escape(j.o.Path) + ".*")
	if err != nil {
		return nil
	}
	out := all[:0]
	for _, path := range all {
		if _, err := time.Parse(stampLayout, strings.TrimPrefix(path, j.o.Path+".")); err == nil {
			out = append(out, path)
		}
	}
	sort.Strings(out)
	return out
}

// escape takes the letters of a path that Glob would read as a pattern.
func escape(path string) string {
	return strings.NewReplacer(`\`, `\\`, "*", `\*`, "?", `\?`, "[", `\[`).Replace(path)
}

// prune removes rotated files that are too many or too old.
func (j *Journal) prune() {
	files := j.rotated()
	for i, path := range files {
		old := i < len(files)-j.o.Keep
		if !old && j.o.Retention > 0 {
			info, err := os.Stat(path)
			old = err == nil && time.Since(info.ModTime()) > j.o.Retention
		}
		if old {
			_ = os.Remove(path)
		}
	}
}

// Prune removes rotated files that have become too old.
func (j *Journal) Prune() {
	j.mu.Lock()
	defer j.mu.Unlock()
	j.prune()
}

func (j *Journal) flush() error {
	if j.syncing != nil {
		j.syncing.Stop()
		j.syncing = nil
	}
	if err := j.f.Sync(); err != nil {
		return fmt.Errorf("journal: %w", err)
	}
	return nil
}

func (j *Journal) background() {
	j.mu.Lock()
	var err error
	if j.syncing = nil; !j.closed && j.f != nil {
		err = j.flush()
	}
	j.mu.Unlock()
	if err != nil {
		j.o.Failed(err)
	}
}

// maxLine is the longest line that is read back.
const maxLine = 8 << 20

// Read calls f with the lines, oldest first, until it returns an error. What is no whole line of JSON is left out: a
// process may have been killed while it wrote.
func (j *Journal) Read(f func(line []byte) error) error {
	j.mu.Lock()
	files := append(j.rotated(), j.o.Path)
	j.mu.Unlock()
	for _, path := range files {
		if err := readFile(path, f); err != nil {
			return err
		}
	}
	return nil
}

func readFile(path string, f func(line []byte) error) error {
	file, err := os.Open(path)
	if errors.Is(err, os.ErrNotExist) {
		return nil // rotated away meanwhile
	}
	if err != nil {
		return fmt.Errorf("journal: %w", err)
	}
	defer file.Close()
	lines := bufio.NewReaderSize(file, 64<<10)
	for {
		line, err := lines.ReadBytes('\n')
		if trimmed := bytes.TrimSpace(line); err == nil && len(trimmed) > 0 && len(trimmed) <= maxLine && json.Valid(trimmed) {
			if err := f(trimmed); err != nil {
				return err
			}
		}
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return fmt.Errorf("journal %s: %w", path, err)
		}
	}
}

// Close writes what is pending to the disk. It may be called more than once.
func (j *Journal) Close() error {
	j.mu.Lock()
	defer j.mu.Unlock()
	if j.closed {
		return nil
	}
	j.closed = true
	if j.f == nil {
		return nil
	}
	err := j.flush()
	if cerr := j.f.Close(); err == nil && cerr != nil {
		err = fmt.Errorf("journal: %w", cerr)
	}
	return err
}
