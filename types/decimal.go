package types

// The result types of decimal arithmetic, as Spark's DecimalPrecision with spark.sql.decimalOperations.allowPrecisionLoss.

// DecimalOf is the decimal type that holds every value of a numeric type (Spark's DecimalType.forType): int becomes
// decimal(10,0), double decimal(30,15). ok is false for other types.
func DecimalOf(t *Type) (d *Type, ok bool) {
	switch t.Kind {
	case Byte:
		return NewDecimal(3, 0), true
	case Short:
		return NewDecimal(5, 0), true
	case Int:
		return NewDecimal(10, 0), true
	case Long:
		return NewDecimal(20, 0), true
	case Float:
		return NewDecimal(14, 7), true
	case Double:
		return NewDecimal(30, 15), true
	case Decimal:
		return t, true
	}
	return nil, false
}

// DecimalOfLiteral is the smallest decimal type that holds an integer literal: 100 becomes decimal(3,0).
func DecimalOfLiteral(v int64) *Type {
	p := 1
	for v >= 10 || v <= -10 {
		v /= 10
		p++
	}
	return NewDecimal(p, 0)
}

// BoundedDecimal cuts precision and scale at 38.
func BoundedDecimal(precision, scale int) *Type {
	return NewDecimal(min(precision, MaxPrecision), min(scale, MaxPrecision))
}

// minAdjustedScale is the number of fraction digits that are kept when a result's precision has to be cut.
const minAdjustedScale = 6

// AdjustDecimal makes a result type fit in 38 digits by giving up fraction digits, but not below 6.
func AdjustDecimal(precision, scale int) *Type {
	if precision <= MaxPrecision {
		return NewDecimal(precision, scale)
	}
	return NewDecimal(MaxPrecision, max(MaxPrecision-(precision-scale), min(scale, minAdjustedScale)))
}

// WiderDecimal holds every value of both decimal types, cut at 38 digits.
func WiderDecimal(a, b *Type) *Type {
	scale := max(a.Scale, b.Scale)
	whole := max(a.Precision-a.Scale, b.Precision-b.Scale)
	return BoundedDecimal(int(whole)+int(scale), int(scale))
}

// DecimalResult is the result type of an operator (+ - * / % pmod div) on two decimals; div gives the decimal that the
// quotient is computed in (its result is then a bigint).
func DecimalResult(op string, a, b *Type) *Type {
	p1, s1, p2, s2 := int(a.Precision), int(a.Scale), int(b.Precision), int(b.Scale)
	switch op {
	case "+", "-":
		s := max(s1, s2)
		return AdjustDecimal(max(p1-s1, p2-s2)+s+1, s)
	case "*":
		return AdjustDecimal(p1+p2+1, s1+s2)
	case "/":
		s := max(minAdjustedScale, s1+p2+1)
		return AdjustDecimal(p1-s1+s2+s, s)
	case "%", "pmod":
		s := max(s1, s2)
		return AdjustDecimal(min(p1-s1, p2-s2)+s, s)
	case "div":
		return AdjustDecimal(max(p1-s1+s2, 1), 0)
	}
	return WiderDecimal(a, b)
}
