package types

import "strings"

// Implicit coercion between types, as Spark's TypeCoercion (and AnsiTypeCoercion, when ansi is set).

// TightestCommonType is the type both convert to without loss: int and bigint give bigint, NULL and t give t, structs and
// arrays member by member. Strings are not promoted and decimals of different size have none. nil when there is none.
func TightestCommonType(a, b *Type, ansi bool) *Type {
	a, b = plain(a), plain(b)
	switch {
	case a.Equal(b) && !a.IsNested():
		return a
	case a.Kind == Null:
		return b
	case b.Kind == Null:
		return a
	case a.IsInteger() && b.Kind == Decimal:
		if decimalWiderThan(b, a) {
			return b
		}
		return nil
	case a.Kind == Decimal && b.IsInteger():
		if decimalWiderThan(a, b) {
			return a
		}
		return nil
	case a.IsNumeric() && b.IsNumeric() && a.Kind != Decimal && b.Kind != Decimal:
		wide := a
		if b.Kind > a.Kind {
			wide = b
		}
		if ansi && wide.Kind == Float && (a.IsInteger() || b.IsInteger()) {
			return DoubleType
		}
		return wide
	case a.isDatetime() && b.isDatetime():
		if a.Kind == Timestamp || b.Kind == Timestamp {
			return TimestampType
		}
		return TimestampNTZType
	case a.Kind == b.Kind && (a.Kind == DayTime || a.Kind == YearMonth):
		return &Type{Kind: a.Kind, From: min(a.From, b.From), To: max(a.To, b.To)}
	}
	return commonNested(a, b, func(x, y *Type) *Type { return TightestCommonType(x, y, ansi) })
}

// plain takes char and varchar as string, which is what expressions see.
func plain(t *Type) *Type {
	if t.Kind == Char || t.Kind == Varchar {
		return StringType
	}
	return t
}

func decimalWiderThan(d, i *Type) bool {
	w, _ := DecimalOf(i)
	return d.Precision-d.Scale >= w.Precision && d.Scale >= w.Scale
}

// forceNullable says whether a cast may turn a value into NULL.
func forceNullable(from, to *Type) bool {
	switch {
	case from.Kind == Null:
		return true
	case from.Equal(to):
		return false
	case from.IsString() && (to.Kind == Binary || to.IsString()):
		return false
	case from.IsString():
		return true
	case to.IsString():
		return false
	case from.Kind == Timestamp && (to.Kind == Byte || to.Kind == Short || to.Kind == Int):
		return true
	case (from.Kind == Float || from.Kind == Double) && to.Kind == Timestamp:
		return true
	case from.Kind == Timestamp && to.Kind == Date:
		return false
	case to.Kind == Date, to.Kind == Calendar:
		return true
	case to.Kind == Decimal:
		if from.IsInteger() || from.Kind == Decimal {
			w, _ := DecimalOf(from)
			return to.Precision-to.Scale < w.Precision-w.Scale || to.Scale < w.Scale
		}
		return true
	case from.Kind == Decimal && to.IsInteger():
		return true
	}
	return false
}

func commonNested(a, b *Type, common func(a, b *Type) *Type) *Type {
	if a.Kind != b.Kind {
		return nil
	}
	switch a.Kind {
	case Array:
		e := common(a.Elem, b.Elem)
		if e == nil {
			return nil
		}
		return NewArray(e, a.ElemNullable || b.ElemNullable || forceNullable(a.Elem, e) || forceNullable(b.Elem, e))
	case Map:
		k, v := common(a.Key, b.Key), common(a.Elem, b.Elem)
		if k == nil || v == nil || forceNullable(a.Key, k) && a.Key.Kind != Null || forceNullable(b.Key, k) && b.Key.Kind != Null {
			return nil
		}
		return NewMap(k, v, a.ElemNullable || b.ElemNullable || forceNullable(a.Elem, v) || forceNullable(b.Elem, v))
	case Struct:
		if len(a.Fields) != len(b.Fields) {
			return nil
		}
		fields := make([]Field, len(a.Fields))
		for i, f := range a.Fields {
			g := b.Fields[i]
			if !strings.EqualFold(f.Name, g.Name) {
				return nil
			}
			t := common(f.Type, g.Type)
			if t == nil {
				return nil
			}
			fields[i] = Field{Name: f.Name, Type: t, Nullable: f.Nullable || g.Nullable || forceNullable(f.Type, t) || forceNullable(g.Type, t)}
		}
		return NewStruct(fields...)
	}
	return nil
}

// widerDecimal is the common type of a decimal and another number; nil when neither is a decimal.
func widerDecimal(a, b *Type) *Type {
	if a.Kind != Decimal && b.Kind != Decimal || !a.IsNumeric() || !b.IsNumeric() {
		return nil
	}
	if a.Kind == Float || a.Kind == Double || b.Kind == Float || b.Kind == Double {
		return DoubleType
	}
	x, _ := DecimalOf(a)
	y, _ := DecimalOf(b)
	return WiderDecimal(x, y)
}

// WiderWithoutStrings is the common type when a string is not to swallow the others (greatest, least); nil when there is none.
func WiderWithoutStrings(a, b *Type, ansi bool) *Type {
	a, b = plain(a), plain(b)
	if t := TightestCommonType(a, b, ansi); t != nil {
		return t
	}
	if t := widerDecimal(a, b); t != nil {
		return t
	}
	return commonNested(a, b, func(x, y *Type) *Type { return WiderWithoutStrings(x, y, ansi) })
}

// WiderType is the common type of two branches (CASE, IF, COALESCE, UNION …), with strings promoted; nil when there is none.
func WiderType(a, b *Type, ansi bool) *Type {
	a, b = plain(a), plain(b)
	if t := TightestCommonType(a, b, ansi); t != nil {
		return t
	}
	if t := widerDecimal(a, b); t != nil {
		return t
	}
	if ansi {
		if t := promoteAnsi(a, b); t != nil {
			return t
		}
	} else if t := promoteString(a, b); t != nil {
		return t
	}
	return commonNested(a, b, func(x, y *Type) *Type { return WiderType(x, y, ansi) })
}

func promoteString(a, b *Type) *Type {
	if a.Kind != String {
		a, b = b, a
	}
	if a.Kind == String && b.isAtomic() && b.Kind != Binary && b.Kind != Boolean {
		return StringType
	}
	return nil
}

// promoteAnsi: in ANSI mode a string becomes the other type, widened.
func promoteAnsi(a, b *Type) *Type {
	if a.Kind != String {
		a, b = b, a
	}
	switch {
	case a.Kind != String:
		return nil
	case b.IsInteger():
		return LongType
	case b.IsNumeric():
		return DoubleType
	case b.Kind == YearMonth, b.Kind == DayTime:
		return nil
	case b.isAtomic():
		return b
	}
	return nil
}

// CommonType is the common type of several branches; nil when there is none. Types with strings in them count first, as
// the pairwise rule is not associative.
func CommonType(ts []*Type, ansi bool) *Type {
	return common(ts, func(a, b *Type) *Type { return WiderType(a, b, ansi) })
}

// CommonTypeWithoutStrings is CommonType for greatest and least.
func CommonTypeWithoutStrings(ts []*Type, ansi bool) *Type {
	return common(ts, func(a, b *Type) *Type { return WiderWithoutStrings(a, b, ansi) })
}

func common(ts []*Type, wider func(a, b *Type) *Type) *Type {
	out := NullType
	for pass := 0; pass < 2; pass++ {
		for _, t := range ts {
			if hasString(t) != (pass == 0) {
				continue
			}
			if out = wider(out, t); out == nil {
				return nil
			}
		}
	}
	return out
}

func hasString(t *Type) bool { return t.IsString() || t.Kind == Array && hasString(t.Elem) }

// ComparisonType is the type two operands of = < IN (subquery) and the like are compared in; equality says that it is =
// or <=>, which also compare a boolean with a number. nil when they cannot be compared.
func ComparisonType(a, b *Type, equality, ansi bool) *Type {
	a, b = plain(a), plain(b)
	if a.Kind == String && b.Kind == String {
		return StringType
	}
	if ansi {
		if t := promoteAnsi(a, b); t != nil && b.Kind != Null && a.Kind != Null {
			return t
		}
	} else {
		if a.Kind == String || b.Kind == String {
			o := a
			if a.Kind == String {
				o = b
			}
			switch {
			case o.Kind == Decimal:
				return DoubleType
			case o.Kind == YearMonth, o.Kind == DayTime:
				return nil
			case o.isAtomic():
				return o
			}
		}
		if equality && a.Kind == Boolean && b.IsNumeric() {
			return b
		}
		if equality && b.Kind == Boolean && a.IsNumeric() {
			return a
		}
	}
	if t := TightestCommonType(a, b, ansi); t != nil {
		return t
	}
	return widerDecimal(a, b)
}
