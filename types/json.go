package types

import (
	"bytes"
	"encoding/json"
	"fmt"
	"strconv"
	"strings"
)

// Spark's JSON form of types: the schema string of a Delta table's metadata.

var jsonNames = map[Kind]string{
	Null: "void", Boolean: "boolean", Byte: "byte", Short: "short", Int: "integer", Long: "long", Float: "float", Double: "double",
	String: "string", Binary: "binary", Date: "date", Timestamp: "timestamp", TimestampNTZ: "timestamp_ntz", Calendar: "interval", Variant: "variant",
}

var jsonKinds = func() map[string]*Type {
	m := map[string]*Type{"null": NullType, "NullType": NullType}
	for k, n := range jsonNames {
		m[n] = &Type{Kind: k}
	}
	return m
}()

// JSON is the type in Spark's JSON form: {"type":"struct","fields":[…]} for a schema, "long" for bigint.
func (t *Type) JSON() string {
	var b bytes.Buffer
	t.writeJSON(&b)
	return b.String()
}

func writeJSONValue(b *bytes.Buffer, x any) {
	e := json.NewEncoder(b)
	e.SetEscapeHTML(false)
	if err := e.Encode(x); err != nil {
		// Metadata holds only what JSON gave or can hold.
		panic(fmt.Sprintf("types: metadata in JSON: %v", err))
	}
	b.Truncate(b.Len() - 1)
}

func (t *Type) writeJSON(b *bytes.Buffer) {
	switch t.Kind {
	case Array:
		b.WriteString(`{"type":"array","elementType":`)
		t.Elem.writeJSON(b)
		fmt.Fprintf(b, `,"containsNull":%t}`, t.ElemNullable)
	case Map:
		b.WriteString(`{"type":"map","keyType":`)
		t.Key.writeJSON(b)
		b.WriteString(`,"valueType":`)
		t.Elem.writeJSON(b)
		fmt.Fprintf(b, `,"valueContainsNull":%t}`, t.ElemNullable)
	case Struct:
		b.WriteString(`{"type":"struct","fields":[`)
		for i, f := range t.Fields {
			if i > 0 {
				b.WriteByte(',')
			}
			b.WriteString(`{"name":`)
			writeJSONValue(b, f.Name)
			b.WriteString(`,"type":`)
			f.Type.writeJSON(b)
			fmt.Fprintf(b, `,"nullable":%t,"metadata":`, f.Nullable)
			if len(f.Metadata) == 0 {
				b.WriteString("{}")
			} else {
				writeJSONValue(b, f.Metadata)
			}
			b.WriteByte('}')
		}
		b.WriteString("]}")
	default:
		name, ok := jsonNames[t.Kind]
		if !ok {
			name = t.String()
		}
		b.WriteString(`"` + name + `"`)
	}
}

type jsonType struct {
	Type              json.RawMessage `json:"type"`
	ElementType       json.RawMessage `json:"elementType"`
	ContainsNull      bool            `json:"containsNull"`
	KeyType           json.RawMessage `json:"keyType"`
	ValueType         json.RawMessage `json:"valueType"`
	ValueContainsNull bool            `json:"valueContainsNull"`
	Fields            []jsonField     `json:"fields"`
}

type jsonField struct {
	Name     string          `json:"name"`
	Type     json.RawMessage `json:"type"`
	Nullable bool            `json:"nullable"`
	Metadata json.RawMessage `json:"metadata"`
}

// FromJSON reads a type in Spark's JSON form. Integers in metadata become int64, other numbers float64.
func FromJSON(raw []byte) (*Type, error) {
	raw = bytes.TrimSpace(raw)
	if len(raw) > 0 && raw[0] == '"' {
		var name string
		if err := json.Unmarshal(raw, &name); err != nil {
			return nil, fmt.Errorf("type in JSON: %w", err)
		}
		return typeByJSONName(name)
	}
	var j jsonType
	if err := json.Unmarshal(raw, &j); err != nil {
		return nil, fmt.Errorf("type in JSON: %w", err)
	}
	var kind string
	if err := json.Unmarshal(j.Type, &kind); err != nil {
		return nil, fmt.Errorf("type in JSON: %w", err)
	}
	switch kind {
	case "array":
		e, err := FromJSON(j.ElementType)
		if err != nil {
			return nil, err
		}
		return NewArray(e, j.ContainsNull), nil
	case "map":
		k, err := FromJSON(j.KeyType)
		if err != nil {
			return nil, err
		}
		v, err := FromJSON(j.ValueType)
		if err != nil {
			return nil, err
		}
		return NewMap(k, v, j.ValueContainsNull), nil
	case "struct":
		fields := make([]Field, len(j.Fields))
		for i, f := range j.Fields {
			t, err := FromJSON(f.Type)
			if err != nil {
				return nil, fmt.Errorf("field %s: %w", f.Name, err)
			}
			fields[i] = Field{Name: f.Name, Type: t, Nullable: f.Nullable}
			if fields[i].Metadata, err = metadataFromJSON(f.Metadata); err != nil {
				return nil, fmt.Errorf("field %s: %w", f.Name, err)
			}
		}
		return NewStruct(fields...), nil
	}
	return nil, fmt.Errorf("type in JSON: unknown type %q", kind)
}

func metadataFromJSON(raw json.RawMessage) (map[string]any, error) {
	if len(raw) == 0 {
		return nil, nil
	}
	d := json.NewDecoder(bytes.NewReader(raw))
	d.UseNumber()
	var m map[string]any
	if err := d.Decode(&m); err != nil {
		return nil, fmt.Errorf("metadata: %w", err)
	}
	if len(m) == 0 {
		return nil, nil
	}
	return plainNumbers(m).(map[string]any), nil
}

func plainNumbers(x any) any {
	switch x := x.(type) {
	case json.Number:
		if i, err := x.Int64(); err == nil {
			return i
		}
		f, _ := x.Float64()
		return f
	case map[string]any:
		for k, v := range x {
			x[k] = plainNumbers(v)
		}
	case []any:
		for i, v := range x {
			x[i] = plainNumbers(v)
		}
	}
	return x
}

func typeByJSONName(name string) (*Type, error) {
	if t, ok := jsonKinds[name]; ok {
		return t, nil
	}
	if name == "decimal" {
		return NewDecimal(10, 0), nil
	}
	if head, args, ok := strings.Cut(name, "("); ok && strings.HasSuffix(args, ")") {
		p, s, two := strings.Cut(strings.TrimSuffix(args, ")"), ",")
		n, err := strconv.Atoi(strings.TrimSpace(p))
		m := 0
		if err == nil && two {
			m, err = strconv.Atoi(strings.TrimSpace(s))
		}
		switch {
		case err != nil:
		case head == "decimal" && n >= 1 && n <= MaxPrecision && m >= 0 && m <= n:
			return NewDecimal(n, m), nil
		case head == "char" && !two && n > 0:
			return NewChar(n), nil
		case head == "varchar" && !two && n > 0:
			return NewVarchar(n), nil
		}
	}
	if rest, ok := strings.CutPrefix(name, "interval "); ok {
		from, to, two := strings.Cut(rest, " to ")
		if !two {
			to = from
		}
		f, ok1 := UnitByName(from)
		u, ok2 := UnitByName(to)
		switch {
		case !ok1 || !ok2 || f > u:
		case u <= UnitMonth:
			return NewYearMonth(f, u), nil
		case f >= UnitDay:
			return NewDayTime(f, u), nil
		}
	}
	return nil, fmt.Errorf("type in JSON: unknown type %q", name)
}

// UnitByName finds an interval unit by its singular name in lower case.
func UnitByName(name string) (IntervalUnit, bool) {
	for i, n := range unitNames {
		if n == name {
			return IntervalUnit(i), true
		}
	}
	return 0, false
}
