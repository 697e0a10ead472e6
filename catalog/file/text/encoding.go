package text

import (
	"io"
	"unicode/utf16"
	"unicode/utf8"
)

// latin1 turns ISO-8859-1 to UTF-8.
type latin1 struct {
	r    io.Reader
	buf  [4096]byte
	rest []byte
	out  []byte
}

func (l *latin1) Read(p []byte) (int, error) {
	for len(l.rest) == 0 {
		n, err := l.r.Read(l.buf[:])
		if n == 0 && err != nil {
			return 0, err
		}
		l.out = l.out[:0]
		for _, b := range l.buf[:n] {
			l.out = utf8.AppendRune(l.out, rune(b))
		}
		l.rest = l.out
	}
	n := copy(p, l.rest)
	l.rest = l.rest[n:]
	return n, nil
}

// utf16Reader turns UTF-16 to UTF-8.
type utf16Reader struct {
	r         io.Reader
	big, mark bool // mark: a byte order mark decides
	buf       [4096]byte
	have      int
	high      rune // a surrogate that waits for its other half
	started   bool
	rest, out []byte
}

func (u *utf16Reader) Read(p []byte) (int, error) {
	for len(u.rest) == 0 {
		n, err := u.r.Read(u.buf[u.have:])
		u.have += n
		if n == 0 && err != nil {
			if u.have > 0 || u.high != 0 {
				u.have, u.high = 0, 0
				u.rest = []byte("\uFFFD")
				break
			}
			return 0, err
		}
		u.out = u.out[:0]
		i := 0
		for ; i+1 < u.have; i += 2 {
			c := rune(u.buf[i])<<8 | rune(u.buf[i+1])
			if !u.big {
				c = rune(u.buf[i+1])<<8 | rune(u.buf[i])
			}
			if !u.started {
				u.started = true
				if u.mark && c == 0xFFFE {
					u.big = false
					continue
				}
				if c == 0xFEFF {
					continue
				}
			}
			u.unit(c)
		}
		u.have = copy(u.buf[:], u.buf[i:u.have])
		u.rest = u.out
	}
	n := copy(p, u.rest)
	u.rest = u.rest[n:]
	return n, nil
}

func (u *utf16Reader) unit(c rune) {
	if u.high != 0 {
		if r := utf16.DecodeRune(u.high, c); r != utf8.RuneError {
			u.out, u.high = utf8.AppendRune(u.out, r), 0
			return
		}
		u.out, u.high = utf8.AppendRune(u.out, utf8.RuneError), 0
	}
	if c >= 0xD800 && c < 0xDC00 {
		u.high = c
		return
	}
	u.out = utf8.AppendRune(u.out, c)
}
