// Package cast converts vectors from one SQL type to another as Spark's CAST, TRY_CAST, ANSI casts and writes into columns
// do, and holds the text forms of values: parsing of dates, timestamps, intervals and zones, and their printing.
//
// In: a type pair and a mode, then vectors. Out: vectors; for renderers and typed literals, single values and text.
package cast

import (
	"github.com/argan-sql/argan/exec/function"
	"github.com/argan-sql/argan/exec/function/bind"
	"github.com/argan-sql/argan/exec/vector"
	"github.com/argan-sql/argan/sqlerr"
	"github.com/argan-sql/argan/types"
)

// Mode is what a cast does with values that do not fit.
type Mode uint8

const (
	// Legacy wraps integers around and gives NULL for malformed text: CAST without ANSI mode.
	Legacy Mode = iota
	// ANSI fails.
	ANSI
	// Try gives NULL: TRY_CAST.
	Try
	// Store fails, and checks the lengths of char and varchar: a write into a table's column.
	Store
)

// ModeOf is ANSI or Legacy, by the session's setting.
func ModeOf(ansi bool) Mode {
	if ansi {
		return ANSI
	}
	return Legacy
}

func (m Mode) strict() bool { return m == ANSI || m == Store }

// Func casts a vector; the result has as many rows.
type Func func(ctx *function.Context, v *vector.Vector) (*vector.Vector, error)

// Allowed says whether a cast between the types exists in a mode.
func Allowed(from, to *types.Type, mode Mode) bool {
	if mode == Store {
		return types.CanStoreAssign(from, to)
	}
	ansi := mode != Legacy
	switch {
	case from.Equal(to) && !from.IsNested(), from.Kind == types.Null:
		return true
	case to.IsString():
		return true
	case from.IsString():
		switch to.Kind {
		case types.Calendar:
			return true
		case types.Array, types.Map, types.Struct, types.Variant, types.Null:
			return false
		}
		return true
	case from.IsNested() || to.IsNested():
		return from.Kind == to.Kind && allowedNested(from, to, mode)
	}
	switch to.Kind {
	case types.Binary:
		return from.IsInteger() && !ansi
	case types.Boolean:
		return from.IsNumeric() || !ansi && (from.Kind == types.Date || from.Kind == types.Timestamp)
	case types.Timestamp:
		return from.IsNumeric() || from.Kind == types.Date || from.Kind == types.TimestampNTZ || !ansi && from.Kind == types.Boolean
	case types.TimestampNTZ:
		return from.Kind == types.Date || from.Kind == types.Timestamp
	case types.Date:
		return from.Kind == types.Timestamp || from.Kind == types.TimestampNTZ
	case types.YearMonth, types.DayTime:
		return from.Kind == to.Kind || from.IsInteger() || from.Kind == types.Decimal
	}
	if !to.IsNumeric() {
		return false
	}
	switch from.Kind {
	case types.Boolean, types.Timestamp:
		return true
	case types.Date:
		return !ansi
	case types.YearMonth, types.DayTime:
		return to.IsInteger() || to.Kind == types.Decimal
	}
	return from.IsNumeric()
}

func allowedNested(from, to *types.Type, mode Mode) bool {
	switch from.Kind {
	case types.Array:
		return Allowed(from.Elem, to.Elem, mode) && (to.ElemNullable || !from.ElemNullable)
	case types.Map:
		return Allowed(from.Key, to.Key, mode) && Allowed(from.Elem, to.Elem, mode) && (to.ElemNullable || !from.ElemNullable)
	}
	if len(from.Fields) != len(to.Fields) {
		return false
	}
	for i, f := range from.Fields {
		if !Allowed(f.Type, to.Fields[i].Type, mode) || f.Nullable && !to.Fields[i].Nullable {
			return false
		}
	}
	return true
}

// Check gives the error for a cast that does not exist; nil when it does. sql is the expression as messages print it.
func Check(from, to *types.Type, mode Mode, sql string) error {
	if Allowed(from, to, mode) {
		return nil
	}
	if (mode == ANSI) && Allowed(from, to, Legacy) {
		return sqlerr.New("DATATYPE_MISMATCH.CAST_WITH_CONF_SUGGESTION", "sqlExpr", sql, "srcType", bind.TypeSQL(from), "targetType", bind.TypeSQL(to),
			"config", `"spark.sql.ansi.enabled"`, "configVal", "'false'")
	}
	return sqlerr.New("DATATYPE_MISMATCH.CAST_WITHOUT_SUGGESTION", "sqlExpr", sql, "srcType", bind.TypeSQL(from), "targetType", bind.TypeSQL(to))
}

// MayGiveNull says whether a cast outside ANSI mode of a value that is not NULL may be NULL.
func MayGiveNull(from, to *types.Type) bool {
	switch {
	case from.Kind == types.Null:
		return true
	case same(from, to), to.IsString():
		return false
	case from.IsInteger() && to.IsNumeric() && to.Kind != types.Decimal, from.Kind == types.Boolean && to.Kind != types.Decimal:
		return false
	case from.Kind == types.Date && (to.Kind == types.Timestamp || to.Kind == types.TimestampNTZ), from.Kind == types.Timestamp && to.Kind == types.Date,
		from.Kind == types.TimestampNTZ && (to.Kind == types.Timestamp || to.Kind == types.Date):
		return false
	case from.Kind == types.Decimal && (to.IsNumeric() && to.Kind != types.Decimal || to.Kind == types.Boolean):
		return false
	case (from.Kind == types.Float || from.Kind == types.Double) && to.IsNumeric() && to.Kind != types.Decimal:
		return false
	case to.Kind == types.Decimal && (from.IsInteger() || from.Kind == types.Decimal):
		w, _ := types.DecimalOf(from)
		return to.Precision-to.Scale < w.Precision-w.Scale || to.Scale < w.Scale
	}
	return true
}

// job is one batch in the making: a Flat source and a Flat result with as many rows.
type job struct {
	ctx  *function.Context
	src  *vector.Vector
	out  *vector.Vector
	from *types.Type
	to   *types.Type
	mode Mode
	own  bool // out.Valid belongs to the job and may be changed
}

// core fills job.out; rows that are NULL in the source are NULL already.
type core func(j *job) error

// null makes row i NULL.
func (j *job) null(i int) {
	if !j.own {
		b := vector.NewBitmap(j.src.Len, true)
		copy(b, j.src.Valid)
		j.out.Valid, j.own = b, true
	}
	j.out.Valid.Clear(i)
}

// bad handles a row that cannot be cast: an error in the strict modes, else NULL. Rows that are NULL anyway are fine.
func (j *job) bad(i int, fail func(j *job, i int) error) error {
	if !j.src.Valid.Get(i) {
		return nil
	}
	if j.mode.strict() {
		return fail(j, i)
	}
	j.null(i)
	return nil
}

// must handles a row that cannot be cast and fails in every mode but Try.
func (j *job) must(i int, fail func(j *job, i int) error) error {
	if !j.src.Valid.Get(i) {
		return nil
	}
	if j.mode != Try {
		return fail(j, i)
	}
	j.null(i)
	return nil
}

// invalid is CAST_INVALID_INPUT for row i.
func invalid(j *job, i int) error {
	return sqlerr.New("CAST_INVALID_INPUT", "expression", ValueSQL(j.src, i), "sourceType", bind.TypeSQL(j.from), "targetType", bind.TypeSQL(j.to),
		"ansiConfig", `"spark.sql.ansi.enabled"`)
}

// overflow is CAST_OVERFLOW for row i.
func overflow(j *job, i int) error {
	return sqlerr.New("CAST_OVERFLOW", "value", ValueSQL(j.src, i), "sourceType", bind.TypeSQL(j.from), "targetType", bind.TypeSQL(j.to),
		"ansiConfig", `"spark.sql.ansi.enabled"`)
}

// outOfRange is NUMERIC_VALUE_OUT_OF_RANGE for row i, whose value as text is given.
func outOfRange(to *types.Type, text string) error {
	return sqlerr.New("NUMERIC_VALUE_OUT_OF_RANGE", "value", text, "precision", itoa(int(to.Precision)), "scale", itoa(int(to.Scale)), "config", `"spark.sql.ansi.enabled"`)
}

// Bind prepares a cast; an error when it does not exist.
func Bind(from, to *types.Type, mode Mode) (Func, error) {
	if err := Check(from, to, mode, `"CAST"`); err != nil {
		return nil, err
	}
	if (to.Kind == types.Char || to.Kind == types.Varchar) && mode == Store {
		return bindLength(from, to)
	}
	if same(from, to) {
		return func(_ *function.Context, v *vector.Vector) (*vector.Vector, error) { return retype(v, to), nil }, nil
	}
	if from.Kind == types.Null {
		return func(_ *function.Context, v *vector.Vector) (*vector.Vector, error) {
			return vector.NullConst(to, v.Len), nil
		}, nil
	}
	if from.IsNested() && to.IsNested() {
		return bindNested(from, to, mode)
	}
	c, err := coreOf(from, to, mode)
	if err != nil {
		return nil, err
	}
	eval := bind.Lift(func(ctx *function.Context, args []*vector.Vector, n int) (*vector.Vector, error) {
		src := vector.Flatten(args[0])
		j := &job{ctx: ctx, src: src, from: from, to: to, mode: mode, out: vector.New(to, n)}
		j.out.Valid = src.Valid
		if err := c(j); err != nil {
			return nil, err
		}
		return j.out, nil
	})
	return func(ctx *function.Context, v *vector.Vector) (*vector.Vector, error) {
		return eval(ctx, []*vector.Vector{v}, v.Len)
	}, nil
}

// same says whether values of both types look alike, so that a cast is a change of name.
func same(from, to *types.Type) bool {
	return from.Equal(to) || from.IsString() && (to.IsString() || to.Kind == types.Binary) || from.Kind == types.Binary && to.IsString()
}

// retype gives v as a vector of a type with the same physical form.
func retype(v *vector.Vector, t *types.Type) *vector.Vector {
	if v.Type == t {
		return v
	}
	c := *v
	c.Type = t
	if v.Form == vector.Dict {
		c.Dictionary = retype(v.Dictionary, t)
	}
	return &c
}

// coreOf finds the loop for two different types without parts.
func coreOf(from, to *types.Type, mode Mode) (core, error) {
	var c core
	switch {
	case to.IsString():
		c = toText(from, mode)
	case from.IsString():
		c = fromText(to)
	case to.Kind == types.Boolean:
		c = toBoolean(from)
	case to.Kind == types.Decimal:
		c = toDecimal(from)
	case to.Kind == types.YearMonth || to.Kind == types.DayTime:
		c = toInterval(from, to)
	case to.IsNumeric():
		c = toNumber(from, to)
	case to.Kind == types.Binary:
		c = intToBinary(from)
	default:
		c = toDatetime(from, to)
	}
	if c == nil {
		return nil, sqlerr.Internal("no cast from %s to %s", from, to)
	}
	return c, nil
}
