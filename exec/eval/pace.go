package eval

import (
	"time"

	"github.com/argan-sql/argan/exec/function"
	"github.com/argan-sql/argan/exec/vector"
	"github.com/argan-sql/argan/types"
)

const (
	// paceTime is what a function may take before the statement is asked whether it still goes on.
	paceTime = 10 * time.Millisecond
	// paceRows are computed at once where nothing is known of a function yet.
	paceRows = 2
)

// pace bounds how many rows a function is called for at once by the time it takes: one row of a long text, a long array or a
// lambda may take as long as a batch of others, and a cancelled statement must not wait for all of a batch.
type pace struct {
	rows int // at once; 0 where nothing is known yet
}

// over computes n rows in pieces. piece computes rows from to to.
func (p *pace) over(ctx *function.Context, t *types.Type, n int, piece func(from, to int) (*vector.Vector, error)) (*vector.Vector, error) {
	if p.rows == 0 {
		p.rows = paceRows
	}
	var parts []*vector.Vector
	for from := 0; from < n; {
		if ctx.Interrupted != nil {
			if err := ctx.Interrupted(); err != nil {
				return nil, err
			}
		}
		step := min(p.rows, n-from)
		start := time.Now()
		v, err := piece(from, from+step)
		if err != nil {
			return nil, err
		}
		switch took := time.Since(start); {
		case took > 2*paceTime && step > 1:
			p.rows = max(1, int(int64(step)*int64(paceTime)/int64(took)))
		case took < paceTime/8 && step == p.rows:
			p.rows = min(step*8, 1<<20)
		}
		if step == n {
			return v, nil
		}
		parts = append(parts, v)
		from += step
	}
	if len(parts) == 1 {
		return parts[0], nil
	}
	return vector.Concat(t, parts), nil
}
