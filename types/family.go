package types

import "strings"

// Family is what a function accepts at a position: a type, a kind of types, or a choice of them (Spark's AbstractDataType).
type Family struct {
	name     string // as messages print it, already quoted
	accepts  func(*Type) bool
	concrete *Type    // what a NULL becomes
	exact    *Type    // set for Exact
	members  []Family // set for OneOf
}

func kinds(name string, concrete *Type, ks ...Kind) Family {
	return Family{name: `"` + name + `"`, concrete: concrete, accepts: func(t *Type) bool {
		for _, k := range ks {
			if t.Kind == k {
				return true
			}
		}
		return false
	}}
}

// The families of Spark's function signatures.
var (
	AnyFamily       = Family{name: `"ANY"`, concrete: NullType, accepts: func(*Type) bool { return true }}
	NumericFamily   = kinds("NUMERIC", DoubleType, Byte, Short, Int, Long, Float, Double, Decimal)
	IntegralFamily  = kinds("INTEGRAL", IntType, Byte, Short, Int, Long)
	DecimalFamily   = kinds("DECIMAL", NewDecimal(38, 18), Decimal)
	TimestampFamily = kinds("(TIMESTAMP OR TIMESTAMP WITHOUT TIME ZONE)", TimestampType, Timestamp, TimestampNTZ)
	ArrayFamily     = kinds("ARRAY", NewArray(NullType, true), Array)
	MapFamily       = kinds("MAP", NewMap(NullType, NullType, true), Map)
	StructFamily    = kinds("STRUCT", NewStruct(), Struct)
	StringFamily    = Exact(StringType)
	BinaryFamily    = Exact(BinaryType)
	BooleanFamily   = Exact(BooleanType)
	IntFamily       = Exact(IntType)
	LongFamily      = Exact(LongType)
	DoubleFamily    = Exact(DoubleType)
	DateFamily      = Exact(DateType)
	TextFamily      = OneOf(StringFamily, BinaryFamily)
	DayTimeFamily   = kinds("INTERVAL DAY TO SECOND", NewDayTime(UnitDay, UnitSecond), DayTime)
	YearMonthFamily = kinds("INTERVAL YEAR TO MONTH", NewYearMonth(UnitYear, UnitMonth), YearMonth)
	CalendarFamily  = Exact(CalendarType)
	// NumericOrInterval is what sum, unary minus and + accept.
	NumericOrInterval = OneOf(NumericFamily, DayTimeFamily, YearMonthFamily, CalendarFamily)
	// NumericOrAnsiInterval is what abs and avg accept.
	NumericOrAnsiInterval = OneOf(NumericFamily, DayTimeFamily, YearMonthFamily)
)

// Exact is the family of one type.
func Exact(t *Type) Family {
	return Family{name: `"` + t.SQL() + `"`, concrete: t, exact: t, accepts: func(u *Type) bool {
		return t.Equal(u) || t.Kind == String && u.IsString()
	}}
}

// OneOf is a choice of families; the first that an argument can be cast to is taken.
func OneOf(members ...Family) Family {
	names := make([]string, len(members))
	for i, m := range members {
		names[i] = m.name
	}
	return Family{name: "(" + strings.Join(names, " or ") + ")", concrete: members[0].concrete, members: members, accepts: func(t *Type) bool {
		for _, m := range members {
			if m.accepts(t) {
				return true
			}
		}
		return false
	}}
}

// SQL is the family as error messages print it, quotes included: "NUMERIC", ("STRING" or "BINARY").
func (f Family) SQL() string { return f.name }

// ImplicitCast is the type an argument is cast to when a function wants the family; ok is false when there is no implicit cast.
func ImplicitCast(from *Type, to Family, ansi bool) (t *Type, ok bool) {
	if to.accepts(from) {
		if from.Kind == Char || from.Kind == Varchar {
			return StringType, true
		}
		return from, true
	}
	if ansi {
		return implicitAnsi(from, to)
	}
	if from.Kind == Null {
		return to.concrete, true
	}
	if to.members != nil {
		for _, m := range to.members {
			if t, ok := ImplicitCast(from, m, ansi); ok {
				return t, true
			}
		}
		return nil, false
	}
	if to.exact == nil {
		switch to.name {
		case NumericFamily.name:
			if from.IsString() {
				return DoubleType, true
			}
		case DecimalFamily.name:
			if from.IsString() {
				return NewDecimal(38, 18), true
			}
			return DecimalOf(from)
		case TimestampFamily.name:
			if from.IsString() || from.Kind == Date {
				return TimestampType, true
			}
		}
		return nil, false
	}
	return implicitTo(from, to.exact)
}

// implicitTo is the implicit cast between two types outside ANSI mode.
func implicitTo(from, to *Type) (*Type, bool) {
	switch {
	case from.Equal(to):
		return to, true
	case from.Kind == Null:
		return to, true
	case from.IsNumeric() && to.IsNumeric():
		return to, true
	case from.isDatetime() && to.isDatetime():
		return to, true
	case from.IsString() && (to.IsNumeric() || to.isDatetime() || to.Kind == Binary || to.IsString()):
		return to, true
	case to.Kind == String && from.isAtomic():
		return to, true
	case from.Kind == Array && to.Kind == Array:
		if from.ElemNullable && !to.ElemNullable {
			return nil, false
		}
		e, ok := implicitTo(from.Elem, to.Elem)
		if !ok {
			return nil, false
		}
		return NewArray(e, to.ElemNullable), true
	case from.Kind == Map && to.Kind == Map:
		if from.ElemNullable && !to.ElemNullable {
			return nil, false
		}
		k, ok := implicitTo(from.Key, to.Key)
		if !ok {
			return nil, false
		}
		v, ok := implicitTo(from.Elem, to.Elem)
		if !ok {
			return nil, false
		}
		return NewMap(k, v, to.ElemNullable), true
	}
	return nil, false
}

func implicitAnsi(from *Type, to Family) (*Type, bool) {
	switch {
	case from.Kind == Null:
		return to.concrete, true
	case to.members != nil:
		// A string goes to the first member it may become; others to the closest, which the order of members expresses.
		for _, m := range to.members {
			if t, ok := ImplicitCast(from, m, true); ok {
				return t, true
			}
		}
		return nil, false
	case to.name == DecimalFamily.name && to.exact == nil:
		if from.IsString() {
			return NewDecimal(38, 18), true
		}
		return DecimalOf(from)
	case to.name == NumericFamily.name:
		if from.IsString() {
			return DoubleType, true
		}
	case to.name == TimestampFamily.name:
		if from.IsString() || from.Kind == Date {
			return TimestampType, true
		}
	case to.exact != nil:
		if from.IsString() && to.exact.isAtomic() || CanStoreAssign(from, to.exact) {
			return to.exact, true
		}
	}
	return nil, false
}

// isAtomic says whether t is one of Spark's atomic types: a value without parts, calendar intervals excluded.
func (t *Type) isAtomic() bool {
	switch t.Kind {
	case Null, Calendar, Array, Map, Struct, Variant:
		return false
	}
	return true
}

func (t *Type) isDatetime() bool { return t.Kind >= Date && t.Kind <= TimestampNTZ }

// CanStoreAssign says whether a value of from may be written into a column of type to under spark.sql.storeAssignmentPolicy=ANSI.
func CanStoreAssign(from, to *Type) bool {
	switch {
	case from.Equal(to), from.Kind == Null:
		return true
	case from.IsNumeric() && to.IsNumeric():
		return true
	case to.IsString():
		return from.isAtomic()
	case from.isDatetime() && to.isDatetime():
		return true
	case from.Kind == YearMonth && to.Kind == YearMonth, from.Kind == DayTime && to.Kind == DayTime:
		return true
	case from.Kind == Array && to.Kind == Array:
		return (!from.ElemNullable || to.ElemNullable) && CanStoreAssign(from.Elem, to.Elem)
	case from.Kind == Map && to.Kind == Map:
		return (!from.ElemNullable || to.ElemNullable) && CanStoreAssign(from.Key, to.Key) && CanStoreAssign(from.Elem, to.Elem)
	case from.Kind == Struct && to.Kind == Struct:
		if len(from.Fields) != len(to.Fields) {
			return false
		}
		for i, f := range from.Fields {
			g := to.Fields[i]
			if f.Nullable && !g.Nullable || !CanStoreAssign(f.Type, g.Type) {
				return false
			}
		}
		return true
	}
	return false
}
