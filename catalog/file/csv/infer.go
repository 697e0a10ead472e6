package csv

import (
	"fmt"
	"math"
	"strings"

	"github.com/argan-sql/argan/catalog/file/text"
	"github.com/argan-sql/argan/exec/cast"
	"github.com/argan-sql/argan/types"
)

// Infer gives the schema of files: names from the first record if there is a header, types from all records if
// inferSchema is set, strings otherwise.
func Infer(inputs []text.Input, o *Options) (*types.Type, error) {
	var names []string
	var kinds []*types.Type
	for _, in := range inputs {
		r := &Reader{o: o, in: in, split: newSplitter(o)}
		l, err := text.NewLines(in, o.LineSep, o.Encoding)
		if err != nil {
			return nil, err
		}
		r.lines = l
		names, kinds, err = inferFile(r, names, kinds)
		l.Close()
		if err != nil {
			return nil, err
		}
		if names != nil && !o.InferSchema {
			break
		}
	}
	fields := make([]types.Field, len(names))
	for i, n := range names {
		t := types.StringType
		if o.InferSchema && kinds[i].Kind != types.Null {
			t = kinds[i]
		}
		fields[i] = types.Field{Name: n, Type: t, Nullable: true}
	}
	return types.NewStruct(fields...), nil
}

func inferFile(r *Reader, names []string, kinds []*types.Type) ([]string, []*types.Type, error) {
	o := r.o
	first := true
	for {
		rec, ok, err := r.next()
		if err != nil || !ok {
			return names, kinds, err
		}
		fields := r.split.split(rec)
		if names == nil {
			if o.Header {
				names = headerNames(r.split, fields, &o.NullValue)
			} else {
				for i := range fields {
					names = append(names, fmt.Sprintf("_c%d", i))
				}
			}
			for range names {
				kinds = append(kinds, types.NullType)
			}
			if !o.InferSchema {
				return names, kinds, nil
			}
		}
		if first && o.Header {
			first = false
			continue
		}
		first = false
		for i := range min(len(fields), len(kinds)) {
			if value := r.split.value(&fields[i]); len(value) > 0 && string(value) != o.NullValue {
				kinds[i] = o.inferField(kinds[i], value)
			}
		}
	}
}

// headerNames makes names of a header's fields: those without one are called by their number, those that come twice
// (in whatever case) get it appended. With nullValue nil the names stay as they are but for empty ones.
func headerNames(s *splitter, fields []field, nullValue *string) []string {
	seen := map[string]int{}
	for i := range fields {
		seen[strings.ToLower(string(s.value(&fields[i])))]++
	}
	names := make([]string, len(fields))
	for i := range fields {
		v := string(s.value(&fields[i]))
		switch {
		case v == "", nullValue != nil && v == *nullValue:
			names[i] = fmt.Sprintf("_c%d", i)
		case nullValue != nil && seen[strings.ToLower(v)] > 1:
			names[i] = fmt.Sprintf("%s%d", v, i)
		default:
			names[i] = v
		}
	}
	return names
}

// inferField is the type that holds all values so far and s.
func (o *Options) inferField(soFar *types.Type, s []byte) *types.Type {
	var t *types.Type
	switch soFar.Kind {
	case types.String:
		return soFar
	case types.Null, types.Int:
		t = o.tryInt(s)
	case types.Long:
		t = o.tryLong(s)
	case types.Decimal:
		t = o.tryDecimal(s)
	case types.Double:
		t = o.tryDouble(s)
	case types.Date:
		t = o.tryDate(s)
	case types.Timestamp:
		t = o.tryTimestamp(s)
	default:
		t = o.tryBool(s)
	}
	return o.compatible(soFar, t)
}

func (o *Options) tryInt(s []byte) *types.Type {
	if x, ok := parseInt(s); ok && x >= math.MinInt32 && x <= math.MaxInt32 {
		return types.IntType
	}
	return o.tryLong(s)
}

func (o *Options) tryLong(s []byte) *types.Type {
	if _, ok := parseInt(s); ok {
		return types.LongType
	}
	return o.tryDecimal(s)
}

// tryDecimal takes whole numbers that are too long for a bigint.
func (o *Options) tryDecimal(s []byte) *types.Type {
	digits := 0
	for i, c := range s {
		switch {
		case c == ',', i == 0 && (c == '-' || c == '+'):
		case c >= '0' && c <= '9':
			if digits > 0 || c != '0' {
				digits++
			}
		default:
			return o.tryDouble(s)
		}
	}
	if digits == 0 || digits > types.MaxPrecision {
		return o.tryDouble(s)
	}
	return types.NewDecimal(digits, 0)
}

func (o *Options) tryDouble(s []byte) *types.Type {
	if _, ok := o.parseFloat(s, 64); ok {
		return types.DoubleType
	}
	if o.PreferDate {
		return o.tryDate(s)
	}
	return o.tryTimestamp(s)
}

func (o *Options) tryDate(s []byte) *types.Type {
	if _, ok, _ := o.parseDate(s); ok {
		return types.DateType
	}
	return o.tryTimestamp(s)
}

func (o *Options) tryTimestamp(s []byte) *types.Type {
	if _, ok, _ := o.parseTimestamp(s); ok {
		return types.TimestampType
	}
	return o.tryBool(s)
}

func (o *Options) tryBool(s []byte) *types.Type {
	if _, ok := parseBool(s); ok {
		return types.BooleanType
	}
	return types.StringType
}

// integerPrecision is the decimal that holds an integer type.
func integerPrecision(t *types.Type) int {
	if t.Kind == types.Int {
		return 10
	}
	return 20
}

// compatible is the tightest type that holds both.
func (o *Options) compatible(a, b *types.Type) *types.Type {
	if a.Kind == types.Null || a.Equal(b) {
		return b
	}
	if a.Kind > b.Kind {
		a, b = b, a
	}
	switch {
	case a.Kind == types.Int && b.Kind == types.Long:
		return b
	case a.IsInteger() && b.Kind == types.Double, a.Kind == types.Double && b.Kind == types.Decimal:
		return types.DoubleType
	case a.IsInteger() && b.Kind == types.Decimal:
		return o.compatible(types.NewDecimal(integerPrecision(a), 0), b)
	case a.Kind == types.Decimal && b.Kind == types.Decimal:
		scale := max(a.Scale, b.Scale)
		whole := max(a.Precision-a.Scale, b.Precision-b.Scale)
		if int(whole)+int(scale) > types.MaxPrecision {
			return types.DoubleType
		}
		return types.NewDecimal(int(whole+scale), int(scale))
	case a.Kind == types.Date && b.Kind == types.Timestamp && o.Timestamp == nil && o.datesAreTimestamps():
		return b
	}
	return types.StringType
}

// datesAreTimestamps says whether dates in the option's pattern can also be read as timestamps.
func (o *Options) datesAreTimestamps() bool {
	if o.DatePattern == "" {
		return true
	}
	f, err := o.writesDate()
	if err != nil {
		return false
	}
	_, ok := cast.ParseTimestamp(f.AppendLocal(nil, 0), o.Zone, o.Now)
	return ok
}
