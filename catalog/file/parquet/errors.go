package parquet

import (
	"errors"
	"fmt"
	"io"

	"github.com/argan-sql/argan/sqlerr"
)

// damage is what is wrong with a file's bytes; at the package's edge it becomes FILE_CORRUPT.
type damage struct{ reason string }

func (d *damage) Error() string { return d.reason }

func damaged(format string, args ...any) error { return &damage{fmt.Sprintf(format, args...)} }

// userError turns what went wrong inside into the error a user sees.
func (f *File) userError(err error) error {
	var e *sqlerr.Error
	if err == nil || errors.As(err, &e) {
		return err
	}
	var d *damage
	if errors.As(err, &d) {
		return sqlerr.New("FILE_CORRUPT", "path", f.path, "reason", d.reason).Wrap(err)
	}
	if errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) {
		return sqlerr.New("FILE_CORRUPT", "path", f.path, "reason", "it ends early").Wrap(err)
	}
	return sqlerr.New("STORAGE_ERROR", "operation", "Reading", "path", f.path, "reason", err.Error()).Wrap(err)
}

// guard turns a panic of the decoders, which only bytes that lie can cause, into FILE_CORRUPT.
func (f *File) guard(err *error) {
	if p := recover(); p != nil {
		*err = damaged("unexpected content (%v)", p)
	}
	*err = f.userError(*err)
}
