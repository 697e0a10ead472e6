package engine

import "strconv"

// itoa is a number as commit metrics have it.
func itoa(n int64) string { return strconv.FormatInt(n, 10) }
