// Package storage is where bytes lie: the local disk today, object stores by the same small interface later.
//
// In: paths, either plain absolute paths or URIs (file:/a, file:///a); Resolve makes them plain once, at the edge.
// Out: whole objects, ranges of them, listings, and the one primitive that Delta stands on: PutIfAbsent, which of any
// number of writers lets exactly one win and leaves the object whole or not there, even through kill -9.
//
// Errors are *sqlerr.Error with a class a user can read (FILE_NOT_FOUND, DISK_FULL, STORAGE_ERROR); errors.Is finds
// fs.ErrNotExist and fs.ErrExist within them.
package storage

import (
	"context"
	"io"
	"time"
)

// Info describes one object or folder.
type Info struct {
	// Path is the full path, as the other methods take it.
	Path string
	// Name is the last part of the path.
	Name    string
	Size    int64
	ModTime time.Time
	IsDir   bool
}

// Object is an open object, read by range. Many goroutines may read at once.
type Object interface {
	io.ReaderAt
	io.Closer
	// Size is the length in bytes when the object was opened.
	Size() int64
	// ModTime is when the object was last written.
	ModTime() time.Time
}

// Writer is an object in the making. After Close with no error it is on disk; Abort takes it away again.
type Writer interface {
	io.Writer
	// Close finishes the object and waits until it is safe on disk.
	Close() error
	// Abort drops what was written. After Close it does nothing.
	Abort() error
}

// Store reads and writes objects. Methods may be called from many goroutines.
type Store interface {
	// Read returns the whole object.
	Read(ctx context.Context, path string) ([]byte, error)
	// Open opens an object for reading by range.
	Open(ctx context.Context, path string) (Object, error)
	// Stat tells about one object or folder.
	Stat(ctx context.Context, path string) (Info, error)
	// List returns what lies directly in a folder, with names >= from, sorted by name (bytes). A folder that is not
	// there is fs.ErrNotExist.
	List(ctx context.Context, dir, from string) ([]Info, error)
	// Walk calls visit for every object and folder below root, in any order. A root that is not there is fs.ErrNotExist.
	Walk(ctx context.Context, root string, visit func(Info) error) error
	// Put writes an object whole, replacing one of the same path; readers see the old or the new one.
	Put(ctx context.Context, path string, data []byte) error
	// PutIfAbsent writes an object whole if its path is free; otherwise the error is fs.ErrExist and nothing changes.
	PutIfAbsent(ctx context.Context, path string, data []byte) error
	// Create opens an object for writing as a stream; its path must be free. It may be seen unfinished.
	Create(ctx context.Context, path string) (Writer, error)
	// Delete removes an object or an empty folder. One that is not there is fs.ErrNotExist.
	Delete(ctx context.Context, path string) error
}
