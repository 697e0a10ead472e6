package parquet

import (
	"bytes"
	"encoding/binary"
	"math"
	"unicode/utf8"

	"github.com/argan-sql/argan/types"
)

// bounds are the least and greatest value of a page, chunk or file, in the form of its leaf: words (integers by value,
// floats by their bits) or bytes.
type bounds struct {
	some     bool
	nan      bool // a NaN was seen: the others are then no bounds by Spark's order
	min, max int64
	lo, hi   []byte
	loHead   uint64 // the first eight bytes of lo and hi, which mostly decide
	hiHead   uint64
}

func (s *bounds) addWords(p physicalType, words []int64) {
	if len(words) == 0 {
		return
	}
	switch p {
	case physFloat:
		for _, x := range words {
			s.addFloat(float64(math.Float32frombits(uint32(x))), x, func(w int64) float64 { return float64(math.Float32frombits(uint32(w))) })
		}
		return
	case physDouble:
		for _, x := range words {
			s.addFloat(math.Float64frombits(uint64(x)), x, func(w int64) float64 { return math.Float64frombits(uint64(w)) })
		}
		return
	}
	lo, hi := words[0], words[0]
	for _, x := range words {
		lo, hi = min(lo, x), max(hi, x)
	}
	if !s.some {
		s.some, s.min, s.max = true, lo, hi
		return
	}
	s.min, s.max = min(s.min, lo), max(s.max, hi)
}

func (s *bounds) addFloat(f float64, word int64, value func(int64) float64) {
	if f != f {
		s.nan = true
		return
	}
	if !s.some {
		s.some, s.min, s.max = true, word, word
		return
	}
	if f < value(s.min) {
		s.min = word
	}
	if f > value(s.max) {
		s.max = word
	}
}

func head(b []byte) uint64 {
	if len(b) >= 8 {
		return binary.BigEndian.Uint64(b)
	}
	var x uint64
	for i := range 8 {
		x <<= 8
		if i < len(b) {
			x |= uint64(b[i])
		}
	}
	return x
}

// addBytes takes in a string, or a wide decimal, whose bytes compare as a signed number.
func (s *bounds) addBytes(p physicalType, b []byte) {
	if p == physFixed {
		s.addSigned(b)
		return
	}
	h := head(b)
	if !s.some {
		s.some = true
		s.lo, s.hi = append([]byte{}, b...), append([]byte{}, b...)
		s.loHead, s.hiHead = h, h
		return
	}
	if h < s.loHead || h == s.loHead && bytes.Compare(b, s.lo) < 0 {
		s.lo, s.loHead = append(s.lo[:0:0], b...), h
	}
	if h > s.hiHead || h == s.hiHead && bytes.Compare(b, s.hi) > 0 {
		s.hi, s.hiHead = append(s.hi[:0:0], b...), h
	}
}

// merge takes in the bounds of a part.
func (s *bounds) merge(p physicalType, o *bounds) {
	s.nan = s.nan || o.nan
	if !o.some {
		return
	}
	if o.lo != nil {
		s.addBytes(p, o.lo)
		s.addBytes(p, o.hi)
		return
	}
	s.addWords(p, []int64{o.min, o.max})
}

func (s *bounds) addSigned(b []byte) {
	if !s.some {
		s.some = true
		s.lo, s.hi = append([]byte{}, b...), append([]byte{}, b...)
		return
	}
	x, _ := bigEndian(b)
	if lo, _ := bigEndian(s.lo); x.Cmp(lo) < 0 {
		s.lo = append(s.lo[:0:0], b...)
	}
	if hi, _ := bigEndian(s.hi); x.Cmp(hi) > 0 {
		s.hi = append(s.hi[:0:0], b...)
	}
}

// values gives the bounds as vector.Value would; nil when there are none.
func (s *bounds) values(t *types.Type) (lo, hi any) {
	if !s.some {
		return nil, nil
	}
	return s.value(t, s.min, s.lo), s.value(t, s.max, s.hi)
}

func (s *bounds) value(t *types.Type, word int64, b []byte) any {
	switch t.Kind {
	case types.Boolean:
		return word != 0
	case types.Byte:
		return int8(word)
	case types.Short:
		return int16(word)
	case types.Float:
		return math.Float32frombits(uint32(word))
	case types.Double:
		return math.Float64frombits(uint64(word))
	case types.Decimal:
		if b != nil {
			x, _ := bigEndian(b)
			return x
		}
		return types.Int128From(word)
	case types.Binary:
		return append([]byte{}, b...)
	}
	switch t.Physical() {
	case types.PhysInt32:
		return int32(word)
	case types.PhysInt64:
		return word
	}
	return string(b)
}

// encoded gives the bounds as PLAIN bytes for statistics; ok is false when they must not be written.
func (s *bounds) encoded(p physicalType) (lo, hi []byte, ok bool) {
	if !s.some || s.nan {
		return nil, nil, false
	}
	if p == physByteArray || p == physFixed {
		return s.lo, s.hi, true
	}
	return wordBytes(p, s.min, -1), wordBytes(p, s.max, 1), true
}

// wordBytes is a plain value; a zero of a float gets the sign that makes it a bound for both zeros.
func wordBytes(p physicalType, w int64, sign int) []byte {
	switch p {
	case physBoolean:
		return []byte{byte(w)}
	case physFloat:
		if math.Float32frombits(uint32(w)) == 0 {
			w = int64(math.Float32bits(float32(math.Copysign(0, float64(sign)))))
		}
		return binary.LittleEndian.AppendUint32(nil, uint32(w))
	case physDouble:
		if math.Float64frombits(uint64(w)) == 0 {
			w = int64(math.Float64bits(math.Copysign(0, float64(sign))))
		}
	case physInt32:
		return binary.LittleEndian.AppendUint32(nil, uint32(w))
	}
	return binary.LittleEndian.AppendUint64(nil, uint64(w))
}

const indexBytesKept = 64 // of a string in a page index

// cutDown shortens a lower bound.
func cutDown(b []byte) []byte {
	if len(b) <= indexBytesKept {
		return b
	}
	return b[:runeStart(b, indexBytesKept)]
}

// cutUp shortens an upper bound: the last character that stays is raised by one, so that it bounds what was cut. Text
// stays text.
func cutUp(b []byte, text bool) []byte {
	if len(b) <= indexBytesKept {
		return b
	}
	if text && utf8.Valid(b) {
		for end := runeStart(b, indexBytesKept); end > 0; {
			r, n := utf8.DecodeLastRune(b[:end])
			end -= n
			if r++; r == 0xD800 {
				r = 0xE000
			}
			if r <= utf8.MaxRune {
				return utf8.AppendRune(append([]byte{}, b[:end]...), r)
			}
		}
		return b
	}
	for end := indexBytesKept; end > 0; end-- {
		if b[end-1] != 0xff {
			up := append([]byte{}, b[:end]...)
			up[end-1]++
			return up
		}
	}
	return b
}

func runeStart(b []byte, at int) int {
	for i := at; i > at-4; i-- {
		if utf8.RuneStart(b[i]) {
			return i
		}
	}
	return at
}
