package file

import (
	"strconv"
	"strings"

	"github.com/argan-sql/argan/catalog/file/option"
	"github.com/argan-sql/argan/catalog/file/text"
	"github.com/argan-sql/argan/exec/cast"
	"github.com/argan-sql/argan/exec/function"
	"github.com/argan-sql/argan/exec/function/datetime/pattern"
	"github.com/argan-sql/argan/exec/vector"
	"github.com/argan-sql/argan/sqlerr"
	"github.com/argan-sql/argan/types"
)

// DefaultPartition is the name of the folder of NULL.
const DefaultPartition = "__HIVE_DEFAULT_PARTITION__"

// partitions finds the partition columns of the files: those declared, or those of the folders' names with types
// inferred from all values.
func (l *listing) partitions(env Env, o *option.Set, src Source) ([]types.Field, error) {
	var names []string
	for i, f := range l.files {
		var here []string
		for _, p := range f.folders {
			here = append(here, p.name)
		}
		if i == 0 {
			names = here
		} else if !equalNames(names, here) && src.Partitions == nil {
			return nil, sqlerr.New("STORAGE_ERROR", "operation", "Reading the partitions at", "path", f.info.Path,
				"reason", "conflicting directory structures: other files have the partition columns ["+strings.Join(names, ", ")+"]")
		}
	}
	if src.Partitions != nil {
		names = src.Partitions
	}
	fields := make([]types.Field, len(names))
	for i, name := range names {
		fields[i] = types.Field{Name: name, Nullable: true}
		if src.Schema != nil {
			if at := src.Schema.FieldIndex(name); at >= 0 {
				fields[i] = src.Schema.Fields[at]
				continue
			}
		}
		var t *types.Type
		for _, f := range l.files {
			if v, ok := f.raw(name); ok {
				t = widest(t, partitionType(env, o, v))
			}
		}
		if t == nil || t.Kind == types.Null {
			t = types.StringType
		}
		fields[i].Type = t
	}
	return fields, nil
}

func equalNames(a, b []string) bool {
	if len(a) != len(b) {
		return false
	}
	for i := range a {
		if !strings.EqualFold(a[i], b[i]) {
			return false
		}
	}
	return true
}

func (f *listed) raw(name string) (string, bool) {
	for _, p := range f.folders {
		if strings.EqualFold(p.name, name) {
			return p.value, true
		}
	}
	return "", false
}

// partitionType is the type of one value in a folder's name, as Spark infers it.
func partitionType(env Env, o *option.Set, s string) *types.Type {
	if s == DefaultPartition {
		return types.NullType
	}
	if !o.Bool("partitionColumnTypeInference.enabled", true) {
		return types.StringType
	}
	if x, err := strconv.ParseInt(s, 10, 64); err == nil && !strings.Contains(s, "_") {
		if int64(int32(x)) == x {
			return types.IntType
		}
		return types.LongType
	}
	if d := strings.TrimLeft(s, "+-0"); len(d) > 0 && len(d) <= types.MaxPrecision && strings.Trim(d, "0123456789") == "" {
		if _, ok := text.ParseDecimal([]byte(s), types.MaxPrecision, 0); ok {
			return types.NewDecimal(len(d), 0)
		}
	}
	if c := s[0]; c >= '0' && c <= '9' || c == '.' || c == '-' || c == '+' {
		if _, ok := cast.ParseFloat([]byte(s), 64); ok {
			return types.DoubleType
		}
	}
	if matches("yyyy-MM-dd HH:mm:ss[.S]", s) {
		if _, ok := cast.ParseTimestamp([]byte(s), env.zone(), env.Now); ok {
			return types.TimestampType
		}
	}
	if matches("yyyy-MM-dd", s) {
		if _, ok := cast.ParseDate([]byte(s)); ok {
			return types.DateType
		}
	}
	return types.StringType
}

func matches(p, s string) bool {
	f, err := pattern.ForParsing(p, pattern.FastDateFormat)
	if err != nil {
		return false
	}
	_, err = f.ParseLocal(s)
	return err == nil
}

// widest is the type of values of both types.
func widest(a, b *types.Type) *types.Type {
	switch {
	case a == nil || a.Kind == types.Null:
		return b
	case b.Kind == types.Null || a.Equal(b):
		return a
	}
	if a.Kind > b.Kind {
		a, b = b, a
	}
	switch {
	case a.IsInteger() && b.IsInteger(), a.IsNumeric() && b.Kind == types.Double:
		return b
	case a.Kind == types.Double && b.Kind == types.Decimal:
		return a
	case a.IsNumeric() && b.Kind == types.Decimal:
		digits := 10
		if a.Kind != types.Int {
			digits = max(20, int(b.Precision))
			if a.Kind == types.Decimal {
				digits = max(int(a.Precision), int(b.Precision))
			}
		}
		return types.NewDecimal(max(digits, int(b.Precision)), 0)
	case a.Kind == types.Date && b.Kind == types.Timestamp:
		return b
	}
	return types.StringType
}

// values are a file's partition values by lower-case name, typed.
func (f *listed) values(env Env, fields []types.Field) (map[string]any, error) {
	if len(fields) == 0 {
		return nil, nil
	}
	m := make(map[string]any, len(fields))
	for _, field := range fields {
		raw, ok := f.raw(field.Name)
		if !ok || raw == DefaultPartition {
			m[strings.ToLower(field.Name)] = nil
			continue
		}
		v, err := PartitionValue(env, field.Type, raw)
		if err != nil {
			return nil, err
		}
		m[strings.ToLower(field.Name)] = v
	}
	return m, nil
}

// PartitionValue reads the text of a partition value as a type; NULL when it is none of it.
func PartitionValue(env Env, t *types.Type, raw string) (any, error) {
	convert, err := cast.Bind(types.StringType, t, cast.Legacy)
	if err != nil {
		return nil, err
	}
	v, err := convert(&function.Context{Zone: env.zone(), Now: env.Now}, vector.Of(types.StringType, raw))
	if err != nil {
		return nil, err
	}
	return v.Value(0), nil
}
