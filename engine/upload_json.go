package engine

import (
	"bufio"
	"io"
)

// jsonSplitter writes the values of a JSON list, or values that follow one another, one a line. It looks only at brackets
// and quotes: whether the values are good shows when the lines are read.
type jsonSplitter struct {
	out     io.Writer
	buf     *bufio.Writer
	started bool // something but blanks was seen
	list    bool
	closed  bool // the list has ended
	depth   int  // of brackets within the value
	inside  bool // within a value
	text    bool // within quotes
	escaped bool
	comma   bool // a comma was the last thing between values
	n       int64
}

// Write takes some more of the text.
func (s *jsonSplitter) Write(p []byte) (int, error) {
	if s.buf == nil {
		s.buf = bufio.NewWriterSize(s.out, 64<<10)
		if len(p) >= 3 && string(p[:3]) == "\xef\xbb\xbf" {
			if _, err := s.Write(p[3:]); err != nil {
				return 0, err
			}
			return len(p), nil
		}
	}
	for _, c := range p {
		if err := s.take(c); err != nil {
			return 0, err
		}
	}
	return len(p), nil
}

func (s *jsonSplitter) take(c byte) error {
	if s.text {
		switch {
		case s.escaped:
			s.escaped = false
		case c == '\\':
			s.escaped = true
		case c == '"':
			s.text = false
		case c == '\n', c == '\r':
			return elementError(s.n, "a line ends within quotes")
		}
		return s.put(c)
	}
	blank := c == ' ' || c == '\t' || c == '\n' || c == '\r'
	if !s.inside {
		return s.between(c, blank)
	}
	switch c {
	case '"':
		s.text = true
	case '{', '[':
		s.depth++
	case '}', ']':
		if s.depth == 0 { // a bare value ends at the end of the list
			if err := s.finish(); err != nil {
				return err
			}
			return s.between(c, false)
		}
		if err := s.put(c); err != nil {
			return err
		}
		if s.depth--; s.depth == 0 {
			return s.finish()
		}
		return nil
	case ',':
		if s.depth == 0 {
			if err := s.finish(); err != nil {
				return err
			}
			return s.between(c, false)
		}
	}
	if blank {
		if s.depth == 0 {
			return s.finish()
		}
		c = ' '
	}
	return s.put(c)
}

// between takes a byte that is in no value.
func (s *jsonSplitter) between(c byte, blank bool) error {
	switch {
	case blank:
		return nil
	case s.closed:
		return elementError(s.n, "something follows the end of the list")
	case c == '[' && !s.started:
		s.started, s.list, s.comma = true, true, true
		return nil
	case c == ']' && s.list && (!s.comma || s.n == 0):
		s.closed = true
		return nil
	case c == ',' && s.list && !s.comma && s.n > 0:
		s.comma = true
		return nil
	case c == ',' || c == ']' || c == '}':
		return elementError(s.n+1, "'"+string(c)+"' stands where a value is expected")
	case s.list && !s.comma:
		return elementError(s.n+1, "no comma stands before it")
	}
	s.started, s.inside, s.comma = true, true, false
	s.n++
	switch c {
	case '{', '[':
		s.depth = 1
	case '"':
		s.text = true
	}
	return s.put(c)
}

func (s *jsonSplitter) put(c byte) error { return s.buf.WriteByte(c) }

func (s *jsonSplitter) finish() error {
	s.inside = false
	return s.put('\n')
}

// end says that there is no more text.
func (s *jsonSplitter) end() error {
	switch {
	case s.buf == nil:
		return nil
	case s.inside && (s.depth > 0 || s.text):
		return elementError(s.n, "the text ends within it")
	case s.list && !s.closed:
		return elementError(s.n, "the list is not closed after it")
	case s.inside:
		if err := s.finish(); err != nil {
			return err
		}
	}
	return s.buf.Flush()
}
