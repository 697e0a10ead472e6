package text

import (
	"bytes"
	"io"
	"unicode/utf8"

	"github.com/argan-sql/argan/sqlerr"
)

const (
	lineBuffer = 256 << 10
	longestRow = 1 << 30
)

// BatchBytes is how much text a batch is made of at most, but for a single longer line.
const BatchBytes = 32 << 20

// Lines cuts an input into lines. Lines end at \n, \r\n or \r, or at the separator given.
type Lines struct {
	in     Input
	r      io.ReadCloser
	sep    []byte
	buf    []byte
	lo, hi int
	eof    bool
	pos    int64 // of buf[lo] in the file
	to     int64 // lines start before it; -1: no bound
	start  int64 // of the first line in the file
	given  int64 // lines so far
}

// NewLines starts at the input's range. encoding is as in Stream.
func NewLines(in Input, sep []byte, encoding string) (*Lines, error) {
	l := &Lines{in: in, sep: sep, to: -1}
	if in.To > 0 {
		l.to = in.To
	}
	if in.From > 0 || in.To > 0 {
		// A range of a plain file: start a byte early, so that the line that ends just before From is passed over.
		l.pos = max(in.From-1, 0)
		part := Input{R: &offsetReader{in.R, l.pos}, Size: in.Size - l.pos, Path: in.Path}
		r, err := part.Stream(encoding)
		if err != nil {
			return nil, err
		}
		l.r = r
	} else {
		r, err := in.Stream(encoding)
		if err != nil {
			return nil, err
		}
		l.r = r
	}
	l.buf = make([]byte, lineBuffer)
	if in.From > 0 {
		if len(sep) > 1 { // a separator of several bytes may begin before the byte that was read early
			return nil, sqlerr.Internal("a split of lines with separator %q", sep)
		}
		if _, _, err := l.next(); err != nil {
			return nil, err
		}
		l.start = l.pos
		return l, nil
	}
	if err := l.fill(3); err != nil {
		return nil, err
	}
	if bytes.HasPrefix(l.buf[l.lo:l.hi], []byte("\xef\xbb\xbf")) {
		l.lo += 3
		l.pos += 3
	}
	return l, nil
}

type offsetReader struct {
	r   io.ReaderAt
	off int64
}

func (o *offsetReader) ReadAt(p []byte, off int64) (int, error) { return o.r.ReadAt(p, off+o.off) }

// fill reads until n bytes lie in the buffer or the input ends.
func (l *Lines) fill(n int) error {
	for l.hi-l.lo < n && !l.eof {
		if l.lo > 0 {
			l.hi = copy(l.buf, l.buf[l.lo:l.hi])
			l.lo = 0
		}
		if l.hi == len(l.buf) {
			if len(l.buf) >= longestRow {
				return sqlerr.Unsupported("lines of more than 1 GiB (%s)", l.in.Path)
			}
			l.buf = append(l.buf, make([]byte, len(l.buf))...)
		}
		k, err := l.r.Read(l.buf[l.hi:])
		l.hi += k
		if err == io.EOF {
			l.eof = true
		} else if err != nil {
			return err
		}
	}
	return nil
}

// Next gives the next line without its end, valid until the next call; ok is false after the last.
func (l *Lines) Next() (line []byte, ok bool, err error) {
	if l.to >= 0 && l.pos >= l.to {
		return nil, false, nil
	}
	l.given++
	return l.next()
}

// Number is the number of the line that Next gave last, from 1. For a part of a file the lines before it are counted: it
// is for messages.
func (l *Lines) Number() int64 {
	n := l.given
	if l.start == 0 {
		return n
	}
	before, err := NewLines(Input{R: l.in.R, Size: l.start, Path: l.in.Path}, l.sep, "")
	if err != nil {
		return 0
	}
	defer before.Close() //nolint:errcheck // only read from
	for {
		_, ok, err := before.next()
		if err != nil {
			return 0
		}
		if !ok {
			return n
		}
		n++
	}
}

func (l *Lines) next() ([]byte, bool, error) {
	searched := 0
	for {
		b := l.buf[l.lo:l.hi]
		end, width := l.find(b[searched:])
		if end >= 0 {
			end += searched
			l.lo += end + width
			l.pos += int64(end + width)
			return b[:end], true, nil
		}
		if l.eof {
			l.lo = l.hi
			l.pos += int64(len(b))
			return b, len(b) > 0, nil
		}
		// A separator may lie across the end of what has been read.
		searched = max(0, len(b)-max(1, len(l.sep)))
		if err := l.fill(len(b) + 1); err != nil {
			return nil, false, err
		}
	}
}

// find gives the place and width of the first line end, -1 when there is none that is sure.
func (l *Lines) find(b []byte) (at, width int) {
	if l.sep != nil {
		return bytes.Index(b, l.sep), len(l.sep)
	}
	at = bytes.IndexByte(b, '\n')
	head := b
	if at >= 0 {
		head = b[:at]
	}
	if r := bytes.IndexByte(head, '\r'); r >= 0 {
		switch {
		case r+1 == at:
			return r, 2
		case r+1 < len(b) || l.eof:
			return r, 1
		default:
			return -1, 0 // a \n may follow
		}
	}
	return at, 1
}

// Close frees the input.
func (l *Lines) Close() error { return l.r.Close() }

// Valid gives b as valid UTF-8, replacing what is not.
func Valid(b []byte) []byte {
	if utf8.Valid(b) {
		return b
	}
	return bytes.ToValidUTF8(b, []byte("\uFFFD"))
}

// Split cuts a file of size bytes into ranges of about want bytes, as Inputs of their own.
func Split(in Input, want int64) []Input {
	if Compression(in.Path) != "" || in.Size <= want {
		return []Input{in}
	}
	n := (in.Size + want - 1) / want
	parts := make([]Input, n)
	for i := range parts {
		parts[i] = in
		parts[i].From, parts[i].To = in.Size*int64(i)/n, in.Size*int64(i+1)/n
	}
	return parts
}
