package text

import (
	"bytes"
	"compress/bzip2"
	"errors"
	"io"
	"path/filepath"
	"strings"

	"github.com/argan-sql/argan/sqlerr"
	"github.com/klauspost/compress/flate"
	"github.com/klauspost/compress/gzip"
	"github.com/klauspost/compress/zstd"
)

// Input is a file, or the lines that start in a byte range of it.
type Input struct {
	R    io.ReaderAt
	Size int64
	Path string
	// From and To bound where lines start; To of 0 means the whole file. Only plain files can be split.
	From, To int64
}

// Compression tells by the name how a file is compressed: gz, zst, bz2, deflate, or "".
func Compression(path string) string {
	switch ext := strings.ToLower(filepath.Ext(path)); ext {
	case ".gz", ".zst", ".bz2", ".deflate", ".lz4", ".snappy", ".xz", ".lzo":
		return ext[1:]
	}
	return ""
}

// Stream reads the file's content, decompressed, as UTF-8 without a byte order mark.
func (in Input) Stream(encoding string) (io.ReadCloser, error) {
	raw := io.NewSectionReader(in.R, 0, in.Size)
	var r io.Reader = raw
	closer := func() error { return nil }
	switch c := Compression(in.Path); c {
	case "":
	case "gz":
		z, err := gzip.NewReader(raw)
		if err != nil {
			return nil, in.Error(err)
		}
		r, closer = z, z.Close
	case "zst":
		z, err := zstd.NewReader(raw, zstd.WithDecoderConcurrency(1))
		if err != nil {
			return nil, in.Error(err)
		}
		r, closer = z, func() error { z.Close(); return nil }
	case "bz2":
		r = bzip2.NewReader(raw)
	case "deflate":
		z := flate.NewReader(raw)
		r, closer = z, z.Close
	default:
		return nil, sqlerr.Unsupported("files compressed as .%s (%s)", c, in.Path)
	}
	d, err := decode(r, encoding)
	if err != nil {
		return nil, err
	}
	return &stream{r: d, close: closer, in: in}, nil
}

type stream struct {
	r     io.Reader
	close func() error
	in    Input
}

func (s *stream) Read(p []byte) (int, error) {
	n, err := s.r.Read(p)
	if err != nil && err != io.EOF {
		err = s.in.Error(err)
	}
	return n, err
}

func (s *stream) Close() error { return s.close() }

// Error puts what went wrong in reading in a user's terms.
func (in Input) Error(err error) error {
	var e *sqlerr.Error
	if errors.As(err, &e) {
		return err
	}
	if Compression(in.Path) != "" || errors.Is(err, io.ErrUnexpectedEOF) {
		return sqlerr.New("FILE_CORRUPT", "path", in.Path, "reason", err.Error()).Wrap(err)
	}
	return sqlerr.New("STORAGE_ERROR", "operation", "Reading", "path", in.Path, "reason", err.Error()).Wrap(err)
}

// CheckEncoding refuses encodings by name that are not known.
func CheckEncoding(encoding string) error {
	_, err := decode(bytes.NewReader(nil), encoding)
	return err
}

// SingleByte says whether lines of an encoding can be found by their bytes, so that files can be split.
func SingleByte(encoding string) bool { return !strings.HasPrefix(strings.ToUpper(encoding), "UTF-16") }

func decode(r io.Reader, encoding string) (io.Reader, error) {
	switch strings.ToUpper(encoding) {
	case "", "UTF-8", "UTF8", "US-ASCII", "ASCII":
		return r, nil
	case "ISO-8859-1", "LATIN1", "ISO8859_1":
		return &latin1{r: r}, nil
	case "UTF-16", "UTF-16BE":
		return &utf16Reader{r: r, big: true, mark: strings.EqualFold(encoding, "UTF-16")}, nil
	case "UTF-16LE":
		return &utf16Reader{r: r}, nil
	}
	return nil, sqlerr.Unsupported("the encoding %s", encoding)
}
