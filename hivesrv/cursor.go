package hivesrv

import (
	"context"
	"time"

	hive "github.com/beltran/gohive/hiveserver"

	"github.com/argan-sql/argan/engine"
	"github.com/argan-sql/argan/exec/vector"
	"github.com/argan-sql/argan/types"
)

// cursor reads a result page by page, forwards and back. What has been read is not kept here: the engine keeps the result,
// and to go back is to read it again.
type cursor struct {
	zone   *time.Location
	rows   engine.Rows // nil: no rows
	reopen func(context.Context) (engine.Rows, error)

	batch    *vector.Batch // the one being read, nil before the first and at the end
	at       int           // the next row within it
	position int64         // the next row of the result
	start    int64         // the first row of the page before
	ended    bool
}

func newCursor(rows engine.Rows, reopen func(context.Context) (engine.Rows, error)) *cursor {
	return &cursor{rows: rows, reopen: reopen, zone: time.UTC}
}

// emptyCursor has no rows.
func emptyCursor() *cursor { return &cursor{ended: true, zone: time.UTC} }

func (c *cursor) close() {
	if c.rows != nil {
		c.rows.Close()
	}
	c.rows, c.batch, c.ended = nil, nil, true
}

// The bounds of a page, whatever the client asks for: it takes what it gets and asks again.
const (
	maxPageRows  = 1 << 20
	maxPageBytes = 8 << 20
)

// orientations that are taken; where they lead, given the next row, the first row of the page before, and the rows asked for.
var orientations = map[hive.TFetchOrientation]func(position, start, n int64) int64{
	hive.TFetchOrientation_FETCH_NEXT:  func(position, _, _ int64) int64 { return position },
	hive.TFetchOrientation_FETCH_FIRST: func(_, _, _ int64) int64 { return 0 },
	hive.TFetchOrientation_FETCH_PRIOR: func(_, start, n int64) int64 { return max(0, start-max(0, n)) },
}

// page reads the next page of at most n rows.
func (c *cursor) page(ctx context.Context, schema *types.Type, o hive.TFetchOrientation, n int64) (start int64, columns []column, err error) {
	target := orientations[o]
	if target == nil {
		return 0, nil, &refused{"HY106", "The fetch type " + o.String() + " is not supported for this resultset"}
	}
	if err := c.seek(ctx, target(c.position, c.start, n)); err != nil {
		return 0, nil, err
	}
	c.start = c.position
	n = min(max(n, 0), maxPageRows)
	columns = newColumns(schema, c.zone)
	for size := 0; n > 0 && size < maxPageBytes; {
		more, err := c.fill(ctx)
		if err != nil {
			return 0, nil, err
		}
		if !more {
			break
		}
		take := int(min(n, int64(c.batch.Len()-c.at)))
		size = 0
		for i, col := range columns {
			col.add(c.batch.Column(i), c.at, c.at+take)
			size += col.size()
		}
		c.at += take
		c.position += int64(take)
		n -= int64(take)
	}
	return c.start, columns, nil
}

// fill makes sure that there is a row to read; false at the end.
func (c *cursor) fill(ctx context.Context) (bool, error) {
	for c.batch == nil || c.at >= c.batch.Len() {
		if c.ended || c.rows == nil {
			return false, nil
		}
		b, err := c.rows.Next(ctx)
		if err != nil {
			return false, err
		}
		if b == nil {
			c.ended = true
			return false, nil
		}
		c.batch, c.at = b.Dense(), 0
	}
	return true, nil
}

// seek moves to a row, which lies at or before the present one.
func (c *cursor) seek(ctx context.Context, to int64) error {
	if to == c.position {
		return nil
	}
	if back := c.position - to; c.batch != nil && back <= int64(c.at) {
		c.at -= int(back)
		c.position = to
		return nil
	}
	if c.reopen == nil || c.rows == nil {
		return nil
	}
	rows, err := c.reopen(ctx)
	if err != nil {
		return err
	}
	c.rows.Close()
	c.rows, c.batch, c.at, c.position, c.ended = rows, nil, 0, 0, false
	for c.position < to {
		more, err := c.fill(ctx)
		if err != nil || !more {
			return err
		}
		step := min(to-c.position, int64(c.batch.Len()-c.at))
		c.at += int(step)
		c.position += step
	}
	return nil
}
