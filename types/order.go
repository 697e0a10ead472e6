package types

import (
	"bytes"
	"math"
	"strings"
)

// Order orders two values of one type as Go values (those of exec/vector's Value), NaN greatest; ok is false when they cannot be compared.
func Order(a, b any) (order int, ok bool) {
	switch x := a.(type) {
	case bool:
		y, ok := b.(bool)
		if x == y {
			return 0, ok
		}
		if y {
			return -1, ok
		}
		return 1, ok
	case string:
		y, ok := b.(string)
		return strings.Compare(x, y), ok
	case []byte:
		y, ok := b.([]byte)
		return bytes.Compare(x, y), ok
	case Int128:
		y, ok := b.(Int128)
		return x.Cmp(y), ok
	}
	if x, isInt := integer(a); isInt {
		if y, ok := integer(b); ok {
			switch {
			case x < y:
				return -1, true
			case x > y:
				return 1, true
			}
			return 0, true
		}
		return 0, false
	}
	x, ok1 := float(a)
	y, ok2 := float(b)
	if !ok1 || !ok2 {
		return 0, false
	}
	switch nx, ny := math.IsNaN(x), math.IsNaN(y); {
	case nx && ny:
		return 0, true
	case nx:
		return 1, true
	case ny, x < y:
		return -1, true
	case x > y:
		return 1, true
	}
	return 0, true
}

func integer(v any) (int64, bool) {
	switch v := v.(type) {
	case int8:
		return int64(v), true
	case int16:
		return int64(v), true
	case int32:
		return int64(v), true
	case int64:
		return v, true
	}
	return 0, false
}

func float(v any) (float64, bool) {
	switch v := v.(type) {
	case float32:
		return float64(v), true
	case float64:
		return v, true
	}
	return 0, false
}
