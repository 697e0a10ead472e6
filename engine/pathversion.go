package engine

import (
	"context"
	"regexp"
	"strconv"
	"time"

	"github.com/argan-sql/argan/catalog"
	"github.com/argan-sql/argan/sqlerr"
)

// versioned are the two ways a path can ask for a version: @v12, and @ with a time down to the millisecond.
var versioned = regexp.MustCompile(`^(.+)@(?:v(\d{1,18})|(\d{17}))$`)

// pathTable gives the table at a path, and the version that the path asks for where it ends in one. A folder whose own name
// looks so is itself.
func (p *planner) pathTable(ctx context.Context, format, path string) (catalog.Table, catalog.At, error) {
	t, err := p.engine.byPath(ctx, format, path, nil)
	if format != "delta" || !sqlerr.Is(err, "DELTA_MISSING_DELTA_TABLE") {
		return t, noTime, err
	}
	m := versioned.FindStringSubmatch(path)
	if m == nil {
		return nil, noTime, err
	}
	if t, err = p.engine.byPath(ctx, format, m[1], nil); err != nil {
		return nil, noTime, err
	}
	if m[2] != "" {
		n, err := strconv.ParseInt(m[2], 10, 64)
		return t, catalog.At{Version: &n}, err
	}
	when, err := time.ParseInLocation("20060102150405.000", m[3][:14]+"."+m[3][14:], p.zone())
	if err != nil {
		return nil, noTime, sqlerr.New("DELTA_INVALID_TIMESTAMP_FORMAT", "timestamp", m[3], "format", "yyyyMMddHHmmssSSS")
	}
	return t, catalog.At{Timestamp: &when}, nil
}
