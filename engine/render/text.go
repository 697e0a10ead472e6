package render

import (
	"time"

	"github.com/argan-sql/argan/exec/cast"
	"github.com/argan-sql/argan/exec/vector"
)

// AppendText appends row i of v, which is not NULL, as HiveServer2 prints it: [1,2], {"a":1}, plain decimals, timestamps in
// the zone.
func AppendText(dst []byte, v *vector.Vector, i int, zone *time.Location) []byte {
	return cast.AppendHive(dst, v, i, zone)
}
