package cast

import (
	"math"
	"math/big"
	"time"

	"github.com/argan-sql/argan/exec/function/bind"
	"github.com/argan-sql/argan/types"
)

// ParseDate reads a date as CAST does: [+-]yyyy[-[m]m[-[d]d]] with blanks around, and anything after a blank or T.
func ParseDate(s []byte) (day int32, ok bool) {
	s = trim(s)
	if len(s) == 0 {
		return 0, false
	}
	sign := 1
	if s[0] == '-' || s[0] == '+' {
		if s[0] == '-' {
			sign = -1
		}
		s = s[1:]
	}
	parts := [3]int{1, 1, 1}
	i, value, digits, j := 0, 0, 0, 0
	valid := func() bool {
		if i == 0 {
			return digits >= 4 && digits <= 7
		}
		return digits > 0 && digits <= 2
	}
	for ; j < len(s) && s[j] != ' ' && s[j] != 'T'; j++ {
		c := s[j]
		if i < 2 && c == '-' {
			if !valid() {
				return 0, false
			}
			parts[i] = value
			value, digits = 0, 0
			i++
			continue
		}
		if c < '0' || c > '9' || digits > 8 {
			return 0, false
		}
		value = value*10 + int(c-'0')
		digits++
	}
	if !valid() || i < 2 && j < len(s) {
		return 0, false
	}
	parts[i] = value
	return makeDate(sign*parts[0], parts[1], parts[2])
}

func makeDate(y, m, d int) (int32, bool) {
	if m < 1 || m > 12 || d < 1 || d > DaysInMonth(y, m) {
		return 0, false
	}
	day := Days(y, m, d)
	return int32(day), int64(int32(day)) == day
}

// timeText is a timestamp's text taken apart.
type timeText struct {
	part     [9]int // year, month, day, hour, minute, second, microsecond
	negative bool
	justTime bool
	zone     string
	hasZone  bool
}

// scan reads [+-]yyyy[-[m]m[-[d]d[( |T)[h]h[:[m]m[:[s]s[.f…]]]][zone]]] and [T]h:m[:s…], the forms that CAST takes.
func (t *timeText) scan(s []byte) bool {
	s = trim(s)
	if len(s) == 0 {
		return false
	}
	t.part = [9]int{1, 1, 1}
	i, value, digits, micro := 0, 0, 0, 0
	valid := func(segment int) bool {
		switch segment {
		case 0:
			return digits >= 4 && digits <= 6
		case 6:
			return true
		case 7:
			return digits <= 2
		}
		return digits > 0 && digits <= 2
	}
	next := func() bool {
		if i >= len(t.part) || !valid(i) {
			return false
		}
		t.part[i] = value
		value, digits = 0, 0
		i++
		return true
	}
	j, signed := 0, false
	if s[0] == '-' || s[0] == '+' {
		signed, t.negative = true, s[0] == '-'
		j++
	}
	for ; j < len(s); j++ {
		c := s[j]
		if c >= '0' && c <= '9' {
			if i == 6 {
				micro++
			}
			if i != 6 || digits < 6 {
				if value > math.MaxInt32/10 {
					return false
				}
				value = value*10 + int(c-'0')
			}
			digits++
			continue
		}
		switch {
		case j == 0 && c == 'T':
			t.justTime = true
			i += 3
		case i < 2 && c == '-':
			if !next() {
				return false
			}
		case i == 0 && c == ':' && !signed:
			t.justTime = true
			if !valid(3) {
				return false
			}
			t.part[3] = value
			value, digits, i = 0, 0, 4
		case i < 2:
			return false
		case i == 2:
			if c != ' ' && c != 'T' || !next() {
				return false
			}
		case i == 3 || i == 4:
			if c != ':' || !next() {
				return false
			}
		case i == 5 && c == '.':
			if !next() {
				return false
			}
		case i == 5 || i == 6:
			wasSecond := i == 5
			if !next() {
				return false
			}
			t.zone, t.hasZone = string(s[j:]), true
			j = len(s)
			if wasSecond {
				i++
			}
		default:
			if i >= len(t.part) || c != ':' && c != ' ' || !next() {
				return false
			}
		}
	}
	if i >= len(t.part) || !valid(i) {
		return false
	}
	t.part[i] = value
	for ; micro < 6; micro++ {
		t.part[6] *= 10
	}
	if t.negative {
		t.part[0] = -t.part[0]
	}
	return true
}

func (t *timeText) timeOfDay() (micros int64, ok bool) {
	h, m, s := t.part[3], t.part[4], t.part[5]
	if h > 23 || m > 59 || s > 59 {
		return 0, false
	}
	return int64(h*3600+m*60+s)*microsPerSecond + int64(t.part[6]), true
}

// ParseTimestamp reads a timestamp as CAST does. zone is the session's, for text without a zone; now gives the day of text that
// is a time alone.
func ParseTimestamp(s []byte, zone *time.Location, now time.Time) (instant int64, ok bool) {
	var t timeText
	if !t.scan(s) {
		return 0, false
	}
	if t.hasZone {
		z, err := ParseZone(string(trimJava([]byte(t.zone))))
		if err != nil {
			return 0, false
		}
		zone = z
	}
	clock, ok := t.timeOfDay()
	if !ok {
		return 0, false
	}
	var day int32
	if t.justTime {
		day = InstantToDate(now.UnixMicro(), zone)
	} else if day, ok = makeDate(t.part[0], t.part[1], t.part[2]); !ok {
		return 0, false
	}
	if int64(day) > math.MaxInt64/MicrosPerDay-2 || int64(day) < math.MinInt64/MicrosPerDay+2 {
		return 0, false
	}
	return LocalToInstant(int64(day)*MicrosPerDay+clock, zone), true
}

// ParseTimestampNTZ reads a wall clock's time as CAST does; a zone in the text is passed over.
func ParseTimestampNTZ(s []byte) (local int64, ok bool) {
	local, _, ok = ParseTimestampLocal(s)
	return local, ok
}

// ParseTimestampLocal is ParseTimestampNTZ that also tells whether the text names a zone (which makes a typed literal a TIMESTAMP).
func ParseTimestampLocal(s []byte) (local int64, zoned, ok bool) {
	var t timeText
	if !t.scan(s) || t.justTime {
		return 0, false, false
	}
	if t.hasZone {
		if _, err := ParseZone(string(trimJava([]byte(t.zone)))); err != nil {
			return 0, false, false
		}
	}
	clock, ok := t.timeOfDay()
	if !ok {
		return 0, false, false
	}
	day, ok := makeDate(t.part[0], t.part[1], t.part[2])
	return int64(day)*MicrosPerDay + clock, t.hasZone, ok
}

// toDatetime is the loop to a date or timestamp from what is not text.
func toDatetime(from, to *types.Type) core {
	switch {
	case from.Kind == types.Date && to.Kind == types.Timestamp:
		return func(j *job) error {
			zone := j.ctx.Zone
			for i, d := range j.src.I32[:j.src.Len] {
				j.out.I64[i] = DateToInstant(d, zone)
			}
			return nil
		}
	case from.Kind == types.Date && to.Kind == types.TimestampNTZ:
		return func(j *job) error {
			for i, d := range j.src.I32[:j.src.Len] {
				j.out.I64[i] = int64(d) * MicrosPerDay
			}
			return nil
		}
	case to.Kind == types.Date && from.Kind == types.Timestamp:
		return func(j *job) error {
			zone := j.ctx.Zone
			for i, t := range j.src.I64[:j.src.Len] {
				j.out.I32[i] = InstantToDate(t, zone)
			}
			return nil
		}
	case to.Kind == types.Date:
		return func(j *job) error {
			for i, t := range j.src.I64[:j.src.Len] {
				j.out.I32[i] = int32(floorDiv(t, MicrosPerDay))
			}
			return nil
		}
	case from.Kind == types.Timestamp && to.Kind == types.TimestampNTZ:
		return func(j *job) error {
			zone := j.ctx.Zone
			for i, t := range j.src.I64[:j.src.Len] {
				j.out.I64[i] = InstantToLocal(t, zone)
			}
			return nil
		}
	case from.Kind == types.TimestampNTZ:
		return func(j *job) error {
			zone := j.ctx.Zone
			for i, t := range j.src.I64[:j.src.Len] {
				j.out.I64[i] = LocalToInstant(t, zone)
			}
			return nil
		}
	case to.Kind == types.Timestamp:
		return numberToTimestamp(from)
	}
	return nil
}

// secondsToMicros is Java's SECONDS.toMicros: cut at the ends.
func secondsToMicros(s int64) int64 {
	switch {
	case s > math.MaxInt64/microsPerSecond:
		return math.MaxInt64
	case s < math.MinInt64/microsPerSecond:
		return math.MinInt64
	}
	return s * microsPerSecond
}

func intToTimestamp[A integer](j *job) error {
	for i, x := range bind.Slice[A](j.src)[:j.src.Len] {
		j.out.I64[i] = secondsToMicros(int64(x))
	}
	return nil
}

func floatToTimestamp[A float](j *job) error {
	for i, x := range bind.Slice[A](j.src)[:j.src.Len] {
		f := float64(x)
		if math.IsNaN(f) || math.IsInf(f, 0) {
			if err := j.bad(i, invalid); err != nil {
				return err
			}
			continue
		}
		f *= microsPerSecond
		if j.mode != Legacy && !(math.Floor(f) <= math.MaxInt64 && math.Ceil(f) >= math.MinInt64) {
			if err := j.bad(i, overflow); err != nil {
				return err
			}
			continue
		}
		j.out.I64[i] = Saturate64(f)
	}
	return nil
}

func numberToTimestamp(from *types.Type) core {
	switch from.Kind {
	case types.Boolean:
		return func(j *job) error {
			for i, b := range j.src.Bools[:j.src.Len] {
				if b {
					j.out.I64[i] = 1
				}
			}
			return nil
		}
	case types.Byte:
		return intToTimestamp[int8]
	case types.Short:
		return intToTimestamp[int16]
	case types.Int:
		return intToTimestamp[int32]
	case types.Long:
		return intToTimestamp[int64]
	case types.Float:
		return floatToTimestamp[float32]
	case types.Double:
		return floatToTimestamp[float64]
	case types.Decimal:
		return func(j *job) error {
			scale := int(j.from.Scale)
			for i, x := range bind.Slice[types.Int128](j.src)[:j.src.Len] {
				// Truncated microseconds, of which Java keeps the low 64 bits.
				v, ok := x.Mul(types.Int128From(microsPerSecond))
				if ok {
					j.out.I64[i] = int64(types.DivPow10(v, scale, types.Down).Lo)
					continue
				}
				b := x.Big()
				b.Mul(b, big.NewInt(microsPerSecond)).Quo(b, types.Pow10[scale].Big())
				w, _ := types.Int128FromBig(b)
				j.out.I64[i] = int64(w.Lo)
			}
			return nil
		}
	}
	return nil
}
