package delta

import (
	"strconv"
	"strings"
)

// hiveNull stands for NULL in the names of partition folders.
const hiveNull = "__HIVE_DEFAULT_PARTITION__"

// unescapePathName reads what Hive and Spark escaped for a folder's name.
func unescapePathName(s string) string {
	if !strings.Contains(s, "%") {
		return s
	}
	var b strings.Builder
	for i := 0; i < len(s); i++ {
		if s[i] == '%' && i+2 < len(s) {
			if n, err := strconv.ParseUint(s[i+1:i+3], 16, 8); err == nil {
				b.WriteByte(byte(n))
				i += 2
				continue
			}
		}
		b.WriteByte(s[i])
	}
	return b.String()
}
