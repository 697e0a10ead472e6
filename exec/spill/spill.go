// Package spill keeps batches in temporary files.
//
// In: batches of vectors. Out: the same batches, read back in order. A Dir belongs to a statement and takes all its files
// with it when it is closed, however the statement ends. Files hold the vectors' own words, compressed with lz4; they are
// read by the process that wrote them and by no other.
package spill

import (
	"bufio"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"sync"
	"syscall"

	"github.com/argan-sql/argan/exec/vector"
	"github.com/argan-sql/argan/sqlerr"
	"github.com/argan-sql/argan/types"
)

// Dir is a statement's folder of temporary files; it is made when the first is.
type Dir struct {
	parent string
	mu     sync.Mutex
	path   string
	files  int
	bytes  int64
}

// NewDir names the folder in which the statement's own is made; "" is the system's.
func NewDir(parent string) *Dir { return &Dir{parent: parent} }

// Bytes is what has been written so far.
func (d *Dir) Bytes() int64 {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.bytes
}

// Close removes all files.
func (d *Dir) Close() error {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.path == "" {
		return nil
	}
	path := d.path
	d.path = ""
	if err := os.RemoveAll(path); err != nil {
		return fmt.Errorf("spill: remove %s: %w", path, err)
	}
	return nil
}

// failed makes a user's error of one of the system.
func failed(path string, err error) error {
	if errors.Is(err, syscall.ENOSPC) || errors.Is(err, syscall.EDQUOT) {
		return sqlerr.New("DISK_FULL", "path", path).Wrap(err)
	}
	return sqlerr.New("SPILL_FAILED", "path", path, "reason", err.Error()).Wrap(err)
}

// File is a list of batches on disk: first written, then, after Finish, read.
type File struct {
	dir  *Dir
	ts   []*types.Type
	f    *os.File
	w    *bufio.Writer
	enc  *Encoder
	rows int64
	size int64
}

// New makes a file for batches of columns of the given types.
func (d *Dir) New(ts []*types.Type) (*File, error) {
	f, err := d.create()
	if err != nil {
		return nil, err
	}
	return &File{dir: d, ts: ts, f: f, w: bufio.NewWriterSize(f, 64<<10), enc: &Encoder{}}, nil
}

// create makes a file without a name.
func (d *Dir) create() (*os.File, error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.path == "" {
		if d.parent != "" {
			if err := os.MkdirAll(d.parent, 0o700); err != nil {
				return nil, failed(d.parent, err)
			}
		}
		path, err := os.MkdirTemp(d.parent, "argan-spill-")
		if err != nil {
			return nil, failed(d.parent, err)
		}
		d.path = path
	}
	d.files++
	name := filepath.Join(d.path, fmt.Sprintf("%d", d.files))
	f, err := os.OpenFile(name, os.O_RDWR|os.O_CREATE|os.O_EXCL, 0o600)
	if err != nil {
		return nil, failed(name, err)
	}
	// The name is not needed any more: without it the system frees the space whatever happens to the process.
	_ = os.Remove(name)
	return f, nil
}

// wrote counts bytes written to a file of the folder.
func (d *Dir) wrote(n int64) {
	d.mu.Lock()
	d.bytes += n
	d.mu.Unlock()
}

// Rows is the number of rows written.
func (f *File) Rows() int64 { return f.rows }

// Size is the number of bytes written.
func (f *File) Size() int64 { return f.size }

// Write appends a batch.
func (f *File) Write(cols []*vector.Vector, n int) error {
	block, err := f.enc.Encode(cols, n)
	if err != nil {
		return failed(f.f.Name(), err)
	}
	if _, err := f.w.Write(block); err != nil {
		return failed(f.f.Name(), err)
	}
	f.rows += int64(n)
	f.size += int64(len(block))
	f.dir.wrote(int64(len(block)))
	return nil
}

// Finish ends the writing; the file can be read then, several times.
func (f *File) Finish() error {
	if f.w == nil {
		return nil
	}
	if err := f.w.Flush(); err != nil {
		return failed(f.f.Name(), err)
	}
	f.w, f.enc = nil, nil
	return nil
}

// Close gives the file's space back.
func (f *File) Close() error {
	if f == nil || f.f == nil {
		return nil
	}
	err := f.f.Close()
	f.f = nil
	return err
}

// Reader reads a file's batches in order.
type Reader struct {
	f    *File
	r    *bufio.Reader
	comp []byte
}

// Reader starts reading from the beginning.
func (f *File) Reader() *Reader {
	return &Reader{f: f, r: bufio.NewReaderSize(io.NewSectionReader(f.f, 0, f.size), 64<<10)}
}

// Next gives the next batch, nil at the end. The caller may keep it.
func (r *Reader) Next() (*vector.Batch, error) {
	var head [headBytes]byte
	if _, err := io.ReadFull(r.r, head[:]); err != nil {
		if errors.Is(err, io.EOF) {
			return nil, nil
		}
		return nil, failed("temporary data", err)
	}
	n := int(binary.LittleEndian.Uint32(head[4:]))
	if cap(r.comp) < n {
		r.comp = make([]byte, n)
	}
	if _, err := io.ReadFull(r.r, r.comp[:n]); err != nil {
		return nil, failed("temporary data", err)
	}
	return decode(r.f.ts, int(binary.LittleEndian.Uint32(head[:])), r.comp[:n])
}
