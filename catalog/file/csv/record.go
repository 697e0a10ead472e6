package csv

import "strings"

// field is the place of a value: in the record, or where quotes had to be undone, in the scratch. (Slices here would cost
// a write barrier each.)
type field struct {
	from, to int
	where    place
}

type place uint8

const (
	inRecord place = iota
	inScratch
	nowhere // nothing between the delimiters: NULL
)

// splitter cuts a record into fields by the rules of the parser that Spark uses: quotes count only at the start of a
// field, and a quoted field that goes on after its closing quote is taken as it stands.
type splitter struct {
	o       *Options
	delim   byte
	multi   string // a delimiter of several bytes
	record  []byte
	fields  []field
	scratch []byte
}

// value gives the bytes of a field, until the next record.
func (s *splitter) value(f *field) []byte {
	switch f.where {
	case inRecord:
		return s.record[f.from:f.to:f.to]
	case inScratch:
		return s.scratch[f.from:f.to:f.to]
	}
	return nil
}

func newSplitter(o *Options) *splitter {
	s := &splitter{o: o, delim: o.Delimiter[0]}
	if len(o.Delimiter) > 1 {
		s.multi = o.Delimiter
	}
	return s
}

// atDelim says whether a delimiter starts at i.
func (s *splitter) atDelim(b []byte, i int) bool {
	return b[i] == s.delim && (s.multi == "" || strings.HasPrefix(string(b[i:min(len(b), i+len(s.multi))]), s.multi))
}

func (s *splitter) width() int {
	if s.multi != "" {
		return len(s.multi)
	}
	return 1
}

// split gives the fields, valid until the next call.
func (s *splitter) split(b []byte) []field {
	s.record, s.fields, s.scratch = b, s.fields[:0], s.scratch[:0]
	i := 0
	for {
		var f field
		if s.o.TrimLeading {
			for i < len(b) && b[i] <= ' ' && !s.atDelim(b, i) && b[i] != s.o.Quote {
				i++
			}
		}
		switch {
		case i >= len(b), s.atDelim(b, i):
			f.where = nowhere
		case b[i] == s.o.Quote && s.o.Quote != 0:
			f, i = s.quoted(b, i+1)
			if f.from == f.to && s.o.EmptyValue != "" {
				f = field{len(s.scratch), len(s.scratch) + len(s.o.EmptyValue), inScratch}
				s.scratch = append(s.scratch, s.o.EmptyValue...)
			}
		default:
			f.from = i
			i = s.skip(b, i)
			f.to = i
			if s.o.TrimTrailing {
				if f.to = f.from + len(trimRight(b[f.from:i])); f.to == f.from {
					f.where = nowhere
				}
			}
		}
		s.fields = append(s.fields, f)
		if i >= len(b) {
			return s.fields
		}
		i += s.width()
		if len(s.fields) > s.o.MaxColumns {
			return s.fields
		}
	}
}

func trimRight(b []byte) []byte {
	for len(b) > 0 && b[len(b)-1] <= ' ' {
		b = b[:len(b)-1]
	}
	return b
}

// skip finds the next delimiter from i on, or the end.
func (s *splitter) skip(b []byte, i int) int {
	if s.multi == "" {
		for ; i < len(b); i++ {
			if b[i] == s.delim {
				return i
			}
		}
		return len(b)
	}
	for ; i < len(b); i++ {
		if s.atDelim(b, i) {
			return i
		}
	}
	return len(b)
}

// quoted reads a field whose opening quote lies before i, and gives its end.
func (s *splitter) quoted(b []byte, i int) (field, int) {
	q, esc := s.o.Quote, s.o.Escape
	// The common case: nothing to undo up to a quote that ends the field.
	j := i
	for j < len(b) && b[j] != q && (b[j] != esc || esc == 0) {
		j++
	}
	if j < len(b) && b[j] == q && (j+1 == len(b) || s.atDelim(b, j+1)) {
		return field{i, j, inRecord}, j + 1
	}
	from := len(s.scratch)
	out := append(s.scratch, b[i:j]...)
	var prev byte
	i = j
	for i < len(b) {
		c := b[i]
		if prev == q && (c <= ' ' || s.atDelim(b, i)) { // the quote before was the closing one
			out, i = s.afterQuote(b, i, from, out)
			s.scratch = out
			return field{from, len(out), inScratch}, i
		}
		switch {
		case c != q && (c != esc || esc == 0):
			if prev == q { // a quote within: the field goes on to the delimiter, as it stands
				out, i = s.asItStands(b, i, from, append(out, q))
				s.scratch = out
				return field{from, len(out), inScratch}, i
			}
			if prev == esc && esc != 0 {
				out = append(out, esc)
			}
			out = append(out, c)
			prev = c
		case c == esc && prev == s.o.EscapeEscape && prev != 0:
			out = append(out, esc)
			prev = 0
		case prev == esc && esc != 0:
			if c == q {
				out = append(out, q)
				prev = 0
			} else {
				out = append(out, prev)
				prev = c
			}
		case c == q && prev == q:
			out = append(out, q)
			prev = c
		default:
			prev = c
		}
		i++
	}
	s.scratch = out
	return field{from, len(out), inScratch}, i
}

// asItStands takes the rest of a field up to the delimiter, with its opening quote.
func (s *splitter) asItStands(b []byte, i, from int, out []byte) ([]byte, int) {
	end := s.skip(b, i)
	out = append(out, 0)
	copy(out[from+1:], out[from:len(out)-1])
	out[from] = s.o.Quote
	rest := b[i:end]
	if s.o.TrimTrailing {
		rest = trimRight(rest)
	}
	return append(out, rest...), end
}

// afterQuote passes over blanks behind a closing quote; if more than blanks follow, the field was no quoted one.
func (s *splitter) afterQuote(b []byte, i, from int, out []byte) ([]byte, int) {
	j := i
	for j < len(b) && b[j] <= ' ' && !s.atDelim(b, j) {
		j++
	}
	if j == len(b) || s.atDelim(b, j) {
		return out, j
	}
	out = append(out, s.o.Quote)
	out = append(out, b[i:j]...)
	return s.asItStands(b, j, from, out)
}

// openState follows quotes across the lines of a record.
type openState struct {
	inside bool // within quotes
}

// open says whether a record that has reached the end of line goes on in the next one.
func (s *splitter) open(line []byte, st *openState) bool {
	q, esc := s.o.Quote, s.o.Escape
	if q == 0 {
		return false
	}
	i := 0
	if st.inside {
		i = s.close(line, 0, q, esc, st)
	}
	for !st.inside && i < len(line) {
		if s.o.TrimLeading {
			for i < len(line) && line[i] <= ' ' && !s.atDelim(line, i) {
				i++
			}
		}
		if i < len(line) && line[i] == q {
			st.inside = true
			i = s.close(line, i+1, q, esc, st)
			continue
		}
		if i = s.skip(line, i); i < len(line) {
			i += s.width()
		}
	}
	return st.inside
}

// close looks for the end of a quoted field from i on, and gives the place behind its delimiter.
func (s *splitter) close(line []byte, i int, q, esc byte, st *openState) int {
	for i < len(line) {
		c := line[i]
		switch {
		case c == esc && esc != 0 && i+1 < len(line) && (line[i+1] == q || line[i+1] == s.o.EscapeEscape) && esc != q:
			i += 2
		case c == q && i+1 < len(line) && line[i+1] == q:
			i += 2
			if esc != q { // such a pair ends the quoting unless another quote follows
				i--
				if i+1 >= len(line) || line[i+1] != q && !s.atDelim(line, i+1) && line[i+1] > ' ' {
					st.inside = false
					return min(s.skip(line, i)+s.width(), len(line))
				}
			}
		case c == q:
			st.inside = false
			return min(s.skip(line, i+1)+s.width(), len(line))
		default:
			i++
		}
	}
	return i
}
