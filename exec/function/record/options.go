// Package record holds what JSON and CSV have in common: options, schemas given as text, and dates and timestamps in
// records.
//
// In: the option map and the schema of a call. Out: their meaning, and values read or written.
package record

import (
	"strings"

	"github.com/argan-sql/argan/exec/function"
	"github.com/argan-sql/argan/exec/function/bind"
	"github.com/argan-sql/argan/exec/vector"
	"github.com/argan-sql/argan/sql/parser"
	"github.com/argan-sql/argan/sqlerr"
	"github.com/argan-sql/argan/types"
)

// Mode is what happens with malformed records.
type Mode uint8

// The modes that functions know.
const (
	Permissive Mode = iota // NULL fields, the text in the column of corrupt records
	FailFast               // an error
)

// Options are the options of a call; keys in any case.
type Options map[string]string

// NewOptions takes options as given.
func NewOptions(given map[string]string) Options {
	o := make(Options, len(given))
	for k, v := range given {
		o[strings.ToLower(k)] = v
	}
	return o
}

// Get is an option's value, or what it is without one.
func (o Options) Get(key, without string) string {
	if v, ok := o[strings.ToLower(key)]; ok {
		return v
	}
	return without
}

// Bool is a true or false option.
func (o Options) Bool(key string, without bool) bool {
	v, ok := o[strings.ToLower(key)]
	if !ok {
		return without
	}
	return strings.EqualFold(v, "true")
}

// Mode is the option mode; a function of the name given refuses others.
func (o Options) Mode(name string) (Mode, error) {
	switch mode := strings.ToUpper(o.Get("mode", "PERMISSIVE")); mode {
	case "FAILFAST":
		return FailFast, nil
	case "DROPMALFORMED":
		return Permissive, sqlerr.New("_LEGACY_ERROR_TEMP_1099", "funcName", name, "mode", mode, "permissiveMode", "PERMISSIVE", "failFastMode", "FAILFAST")
	}
	return Permissive, nil
}

// CorruptColumn is the name of the column that takes malformed records.
func (o Options) CorruptColumn(ctx *function.Context) string {
	name := "_corrupt_record"
	if ctx.Setting != nil {
		if s := ctx.Setting("spark.sql.columnNameOfCorruptRecord"); s != "" {
			name = s
		}
	}
	return o.Get("columnNameOfCorruptRecord", name)
}

// OptionsOf reads the option argument of a call, a constant map of strings.
func OptionsOf(a function.Arg) (Options, error) {
	t := a.Type
	if t.Kind != types.Map || a.Const == nil {
		return nil, sqlerr.New("INVALID_OPTIONS.NON_MAP_FUNCTION")
	}
	if t.Key.Kind == types.Null {
		return Options{}, nil
	}
	if !t.Key.IsString() || !t.Elem.IsString() {
		return nil, sqlerr.New("INVALID_OPTIONS.NON_STRING_TYPE", "mapType", bind.TypeSQL(t))
	}
	given := map[string]string{}
	pairs, _ := a.Const.Value(0).([]vector.Pair)
	for _, p := range pairs {
		if v, ok := p.Value.(string); ok {
			given[p.Key.(string)] = v
		}
	}
	return NewOptions(given), nil
}

// SchemaOf reads the schema argument of a call, a constant text: columns, or one type.
func SchemaOf(a function.Arg) (*types.Type, error) {
	s, null, ok := bind.ConstText(a)
	if !ok || null {
		return nil, sqlerr.New("INVALID_SCHEMA.NON_STRING_LITERAL", "inputSchema", bind.ArgSQL(a))
	}
	t, err := parser.ParseType(s)
	if err != nil {
		cols, err2 := parser.ParseColumns(s)
		if err2 != nil {
			return nil, err2
		}
		t = cols
	}
	return nullable(t), nil
}

// nullable makes everything in a type nullable: what is read may always be missing. Lengths of char and varchar go.
func nullable(t *types.Type) *types.Type {
	switch t.Kind {
	case types.Char, types.Varchar:
		return types.StringType
	case types.Array:
		return types.NewArray(nullable(t.Elem), true)
	case types.Map:
		return types.NewMap(nullable(t.Key), nullable(t.Elem), true)
	case types.Struct:
		fields := make([]types.Field, len(t.Fields))
		for i, f := range t.Fields {
			fields[i] = types.Field{Name: f.Name, Type: nullable(f.Type), Nullable: true, Metadata: f.Metadata}
		}
		return types.NewStruct(fields...)
	}
	return t
}

// Malformed is the error of a bad record in the mode FAILFAST.
func Malformed(text []byte) error {
	return sqlerr.New("MALFORMED_RECORD_IN_PARSING.WITHOUT_SUGGESTION", "badRecord", string(text), "failFastMode", "FAILFAST")
}
