package delta

// Order compares two values of one type as statistics do: NaN is the greatest. ok is false when they cannot be compared.
func Order(a, b any) (order int, ok bool) { return compareValues(a, b) }
