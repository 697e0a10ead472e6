package delta

import (
	"bytes"
	"encoding/json"
	"strings"
	"time"

	"github.com/argan-sql/argan/types"
)

// Stats are the statistics of a data file, typed by a schema.
type Stats struct {
	// NumRecords is the number of rows in the file, deleted ones too; -1 is unknown.
	NumRecords int64
	// TightBounds says that bounds and null counts are those of the rows that are not deleted; otherwise they only
	// bound them from outside.
	TightBounds bool

	schema  *types.Type
	columns map[string]ColumnStats
}

// ColumnStats are what is known of one column of a file.
type ColumnStats struct {
	// Min and Max bound the values that are not NULL (NaN counts as the greatest); nil is unknown. Those of strings and
	// timestamps may have been cut: they bound the values, but need not occur.
	Min, Max any
	// NullCount is -1 when unknown.
	NullCount int64
}

const pathSeparator = "\x00"

// Column gives the statistics of a column by its path of physical names.
func (s *Stats) Column(physical ...string) (ColumnStats, bool) {
	c, ok := s.columns[strings.Join(physical, pathSeparator)]
	return c, ok
}

// Stats parses a file's statistics once. A file without any, or with ones that do not parse, has NumRecords -1.
func (s *Snapshot) Stats(f *AddFile) *Stats {
	if st := f.stats.Load(); st != nil && st.schema == s.Metadata.Schema {
		return st
	}
	st := parseStats(f.StatsJSON, s.Metadata)
	f.stats.Store(st)
	return st
}

func parseStats(text string, m *Metadata) *Stats {
	st := &Stats{NumRecords: -1, TightBounds: true, schema: m.Schema}
	if text == "" {
		return st
	}
	var raw struct {
		NumRecords  *int64         `json:"numRecords"`
		TightBounds *bool          `json:"tightBounds"`
		MinValues   map[string]any `json:"minValues"`
		MaxValues   map[string]any `json:"maxValues"`
		NullCount   map[string]any `json:"nullCount"`
	}
	d := json.NewDecoder(strings.NewReader(text))
	d.UseNumber()
	if d.Decode(&raw) != nil {
		return st
	}
	if raw.NumRecords != nil {
		st.NumRecords = *raw.NumRecords
	}
	if raw.TightBounds != nil {
		st.TightBounds = *raw.TightBounds
	}
	st.columns = make(map[string]ColumnStats, len(raw.NullCount))
	st.collect(m.Schema, "", m.MappingMode() != "none", raw.MinValues, raw.MaxValues, raw.NullCount)
	return st
}

func (s *Stats) collect(t *types.Type, prefix string, mapped bool, mins, maxs, nulls map[string]any) {
	for _, f := range t.Fields {
		name := physicalName(f, mapped)
		if f.Type.Kind == types.Struct {
			sub := func(m map[string]any) map[string]any { x, _ := m[name].(map[string]any); return x }
			s.collect(f.Type, prefix+name+pathSeparator, mapped, sub(mins), sub(maxs), sub(nulls))
			continue
		}
		c := ColumnStats{NullCount: -1}
		known := false
		if n, ok := nulls[name].(json.Number); ok {
			if v, err := n.Int64(); err == nil {
				c.NullCount, known = v, true
			}
		}
		floats := f.Type.Kind == types.Double && f.Metadata[keyTypeChanges] != nil
		if c.Min = statValue(f.Type, mins[name]); c.Min != nil {
			known = true
			if floats {
				c.Min = min(c.Min.(float64), float64(float32(c.Min.(float64))))
			}
		}
		if c.Max = statValue(f.Type, maxs[name]); c.Max != nil {
			known = true
			if floats {
				// A bound of a file from before the column became a double is the shortest text of a float, which
				// as a double may lie on the wrong side of the float itself.
				c.Max = max(c.Max.(float64), float64(float32(c.Max.(float64))))
			}
			if f.Type.Kind == types.Timestamp || f.Type.Kind == types.TimestampNTZ {
				// Written to the millisecond, cut: the value may be up to 999 microseconds later.
				if v := c.Max.(int64); v%1000 == 0 {
					c.Max = v + 999
				}
			}
		}
		if known {
			s.columns[prefix+name] = c
		}
	}
}

// statValue types one bound; what does not parse is unknown.
func statValue(t *types.Type, raw any) any {
	var text string
	switch v := raw.(type) {
	case json.Number:
		text = v.String()
	case string:
		text = v
	case bool:
		if t.Kind == types.Boolean {
			return v
		}
		return nil
	default:
		return nil
	}
	if t.Kind == types.Binary {
		return nil
	}
	v, err := parseValue(t, text, time.UTC)
	if err != nil {
		return nil
	}
	return v
}

// FileStats are statistics that a writer of data hands in, to become the JSON of the log.
type FileStats struct {
	NumRecords int64
	// Columns by path of physical names joined by Path; columns that are not there get no statistics.
	Columns map[string]ColumnStats
	// TightBounds is false for a file that has deleted rows which the statistics still count.
	TightBounds bool
}

// StatsPath joins a path of physical names into a key of FileStats.Columns.
func StatsPath(physical ...string) string { return strings.Join(physical, pathSeparator) }

// prefixLength is how much of a string goes into the statistics, in characters.
const prefixLength = 32

// statsBuilder writes JSON in the order of the schema, as Spark does.
type statsBuilder struct {
	mapped bool
	stats  *FileStats
	want   func(path string) bool
}

// StatsJSON is the text for AddFile.StatsJSON: the columns that the table's properties choose
// (delta.dataSkippingNumIndexedCols, delta.dataSkippingStatsColumns), strings cut at 32 characters, timestamps at
// milliseconds.
func (m *Metadata) StatsJSON(stats *FileStats) (string, error) {
	indexed := map[string]bool{}
	for _, c := range m.StatsColumns() {
		indexed[StatsPath(c...)] = true
	}
	b := statsBuilder{mapped: m.MappingMode() != "none", stats: stats, want: func(p string) bool { return indexed[p] }}
	var out bytes.Buffer
	writeNumber(&out, `{"numRecords":`, stats.NumRecords)
	for _, part := range []struct {
		name  string
		value func(t *types.Type, c ColumnStats) any
	}{
		{"minValues", func(t *types.Type, c ColumnStats) any { return boundJSON(t, c.Min, false) }},
		{"maxValues", func(t *types.Type, c ColumnStats) any { return boundJSON(t, c.Max, true) }},
		{"nullCount", func(_ *types.Type, c ColumnStats) any {
			if c.NullCount < 0 {
				return nil
			}
			return c.NullCount
		}},
	} {
		out.WriteString(`,"` + part.name + `":`)
		if _, err := b.object(&out, m.PhysicalSchema(), "", part.value); err != nil {
			return "", err
		}
	}
	if !stats.TightBounds {
		out.WriteString(`,"tightBounds":false`)
	}
	out.WriteByte('}')
	return out.String(), nil
}

func writeNumber(b *bytes.Buffer, head string, n int64) {
	b.WriteString(head)
	raw, _ := json.Marshal(n) // an integer always marshals
	b.Write(raw)
}

// object writes {…} of a struct's columns and says whether anything was in it.
func (b *statsBuilder) object(out *bytes.Buffer, t *types.Type, prefix string, value func(*types.Type, ColumnStats) any) (bool, error) {
	out.WriteByte('{')
	first := true
	for _, f := range t.Fields {
		at := out.Len()
		if !first {
			out.WriteByte(',')
		}
		if err := writeJSON(out, f.Name); err != nil {
			return false, err
		}
		out.WriteByte(':')
		path := prefix + f.Name
		if f.Type.Kind == types.Struct {
			any, err := b.object(out, f.Type, path+pathSeparator, value)
			if err != nil {
				return false, err
			}
			if !any {
				out.Truncate(at)
				continue
			}
			first = false
			continue
		}
		c, ok := b.stats.Columns[path]
		var v any
		if ok && b.want(path) {
			v = value(f.Type, c)
		}
		if v == nil {
			out.Truncate(at)
			continue
		}
		if err := writeJSON(out, v); err != nil {
			return false, err
		}
		first = false
	}
	out.WriteByte('}')
	return !first, nil
}

func writeJSON(b *bytes.Buffer, v any) error {
	enc := json.NewEncoder(b)
	enc.SetEscapeHTML(false)
	if err := enc.Encode(v); err != nil {
		return err
	}
	b.Truncate(b.Len() - 1) // the line end
	return nil
}

// boundJSON is a bound as JSON has it; nil when there is none, or none that can be said.
func boundJSON(t *types.Type, v any, upper bool) any {
	switch t.Kind {
	case types.Boolean, types.Binary, types.Null:
		return nil
	}
	switch v := v.(type) {
	case nil, bool, []byte:
		return nil
	case string:
		s, ok := cutString(v, upper)
		if !ok {
			return nil
		}
		return s
	case int32:
		if t.Kind == types.Date {
			if d := formatDate(v); len(d) == 10 {
				return d
			}
			return nil
		}
	case int64:
		if t.Kind == types.Timestamp || t.Kind == types.TimestampNTZ {
			at := timeOfMicros(v).UTC()
			if at.Year() < 0 || at.Year() > 9999 {
				return nil
			}
			if t.Kind == types.TimestampNTZ {
				return at.Format("2006-01-02T15:04:05.000")
			}
			return at.Format("2006-01-02T15:04:05.000Z")
		}
	case float32:
		return floatJSON(float64(v), 32)
	case float64:
		return floatJSON(v, 64)
	case types.Int128:
		return json.RawMessage(formatDecimal(v, int(t.Scale)))
	}
	return v
}

func floatJSON(v float64, bits int) any {
	s := javaFloat(v, bits)
	if s == "NaN" || strings.HasSuffix(s, "Infinity") {
		return s
	}
	return json.RawMessage(s)
}

// maxRune ends an upper bound that was cut, so that it is not below what it was cut from; tieRune does where the
// character cut off is an ordinary one.
const (
	tieRune = '\ufffd'
	maxRune = '\U0010FFFF'
)

// cutString cuts a bound to 32 characters. An upper bound gets a last character that is above all it may stand for.
func cutString(s string, upper bool) (string, bool) {
	runes := 0
	for i, r := range s {
		if runes == prefixLength {
			head := s[:i]
			if !upper {
				return head, true
			}
			if r < tieRune {
				return head + string(tieRune), true
			}
			if r < maxRune {
				return head + string(maxRune), true
			}
			return "", false
		}
		runes++
	}
	return s, true
}
