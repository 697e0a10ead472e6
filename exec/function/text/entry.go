// Package text holds the string and binary functions: cutting, padding, searching, encoding, formatting, regular
// expressions, URLs.
//
// In: vectors of strings (UTF-8) and binary values. Out: vectors of the type each entry says. Positions count characters
// from 1, as in SQL; binary values count bytes.
package text

import (
	"strconv"

	"github.com/argan-sql/argan/exec/function"
	"github.com/argan-sql/argan/sqlerr"
	"github.com/argan-sql/argan/types"
)

// binder is what Scalar.Bind takes.
type binder = func([]function.Arg, bool) (*function.Bound, error)

// invalidPattern is the error for a regular expression (or a like value) a function cannot take.
func invalidPattern(name, parameter, value string) error {
	return sqlerr.New("INVALID_PARAMETER_VALUE.PATTERN", "parameter", types.Quote(parameter), "functionName", types.Quote(name), "value", "'"+value+"'")
}

// bothBinary says whether all the arguments listed are binary.
func bothBinary(args []function.Arg, at ...int) bool {
	for _, i := range at {
		if args[i].Type.Kind != types.Binary {
			return false
		}
	}
	return true
}

func badIndex(index, size int) error {
	return sqlerr.New("INVALID_ARRAY_INDEX", "indexValue", itoa(index), "arraySize", itoa(size), "ansiConfig", `"spark.sql.ansi.enabled"`)
}

func duplicateKey(key []byte) error {
	return sqlerr.New("DUPLICATED_MAP_KEY", "key", string(key), "mapKeyDedupPolicy", `"spark.sql.mapKeyDedupPolicy"`)
}

func itoa(n int) string { return strconv.Itoa(n) }
