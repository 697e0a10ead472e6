package text

import (
	"math"
	"unicode/utf8"
)

// isASCII says whether every character is one byte.
func isASCII(s []byte) bool {
	for _, c := range s {
		if c >= utf8.RuneSelf {
			return false
		}
	}
	return true
}

// chars is the number of characters.
func chars(s []byte) int { return utf8.RuneCount(s) }

// offset is the byte offset of character i (from 0), or the length when there are fewer.
func offset(s []byte, i int) int {
	at := 0
	for ; i > 0 && at < len(s); i-- {
		if s[at] < utf8.RuneSelf {
			at++
			continue
		}
		_, n := utf8.DecodeRune(s[at:])
		at += n
	}
	return at
}

// Substring is SQL's substring: pos counts from 1, negative from the end; 0 is taken as 1.
func Substring(s []byte, pos, length int) []byte {
	if pos >= 0 && length > 0 {
		// From the start the rest of the string need not be looked at.
		from := offset(s, max(pos-1, 0))
		if length >= len(s)-from {
			return s[from:]
		}
		return s[from : from+offset(s[from:], length)]
	}
	ascii := isASCII(s)
	n := len(s)
	if !ascii {
		n = chars(s)
	}
	start, end := window(n, pos, length)
	if start >= end {
		return nil
	}
	if ascii {
		return s[start:end]
	}
	from := offset(s, start)
	return s[from : from+offset(s[from:], end-start)]
}

// substringBytes is Substring of a binary value.
func substringBytes(s []byte, pos, length int) []byte {
	start, end := window(len(s), pos, length)
	if start >= end {
		return nil
	}
	return s[start:end]
}

// window gives the half-open range of positions that substring takes of n.
func window(n, pos, length int) (start, end int) {
	switch {
	case pos > 0:
		start = pos - 1
	case pos < 0:
		start = n + pos
	}
	if end = start + length; end > math.MaxInt32 || end > n {
		end = n
	}
	return max(start, 0), end
}
