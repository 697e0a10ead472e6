// Package memory counts the memory that statements and caches hold, and refuses more where a limit is reached.
//
// One Accountant counts for the process, a Budget for a statement, a Holder for an operator. An operator asks its Holder
// before it grows; told no, it spills. Caches give memory back when a statement needs it.
package memory

import (
	"fmt"
	"sync/atomic"

	"github.com/argan-sql/argan/sqlerr"
)

// Accountant counts the memory of the process.
type Accountant struct {
	limit   int64
	used    atomic.Int64
	reclaim atomic.Pointer[func(need int64) int64]
}

// New makes an accountant that admits limit bytes; 0 is no limit.
func New(limit int64) *Accountant { return &Accountant{limit: limit} }

// Used is what is held now.
func (a *Accountant) Used() int64 { return a.used.Load() }

// Limit is what may be held, 0 for any amount.
func (a *Accountant) Limit() int64 { return a.limit }

// OnPressure names the function that gives memory back: it drops at least need bytes of caches if it can, releases
// them, and answers how many.
func (a *Accountant) OnPressure(f func(need int64) int64) { a.reclaim.Store(&f) }

// Reserve asks for n bytes.
func (a *Accountant) Reserve(n int64) bool {
	used := a.used.Add(n)
	if a.limit <= 0 || used <= a.limit {
		return true
	}
	if f := a.reclaim.Load(); f != nil {
		(*f)(used - a.limit)
		if a.used.Load() <= a.limit {
			return true
		}
	}
	a.used.Add(-n)
	return false
}

// Release gives n bytes back.
func (a *Accountant) Release(n int64) { a.used.Add(-n) }

// Statement opens the budget of a statement; limit 0 leaves it to the process's limit.
func (a *Accountant) Statement(limit int64) *Budget {
	if limit <= 0 || a.limit > 0 && limit > a.limit {
		limit = a.limit
	}
	return &Budget{acc: a, limit: limit}
}

// Budget is the memory of a statement.
type Budget struct {
	acc        *Accountant
	limit      int64
	used, peak atomic.Int64
}

// Limit is what the statement may hold, 0 for any amount.
func (b *Budget) Limit() int64 { return b.limit }

// Used is what the statement holds.
func (b *Budget) Used() int64 { return b.used.Load() }

// Peak is the most the statement has held.
func (b *Budget) Peak() int64 { return b.peak.Load() }

// Reserve asks for n bytes.
func (b *Budget) Reserve(n int64) bool {
	used := b.used.Add(n)
	if b.limit > 0 && used > b.limit || !b.acc.Reserve(n) {
		b.used.Add(-n)
		return false
	}
	b.note(used)
	return true
}

func (b *Budget) note(used int64) {
	for {
		p := b.peak.Load()
		if used <= p || b.peak.CompareAndSwap(p, used) {
			return
		}
	}
}

// reserveSlack is what operators that have spilled all they can may hold beyond the limit: their buffers.
const reserveSlack = 32 << 20

// Need asks for n bytes that the operator cannot do without: it may exceed the limit somewhat, and fails beyond that.
func (b *Budget) Need(n int64, operator string) error {
	if b.Reserve(n) {
		return nil
	}
	used := b.used.Load() + n
	if b.limit > 0 && used > b.limit+b.limit/4+reserveSlack {
		return sqlerr.New("MEMORY_LIMIT_EXCEEDED", "operator", operator, "needed", Size(used), "limit", Size(b.limit))
	}
	b.used.Add(n)
	b.acc.used.Add(n)
	b.note(used)
	return nil
}

// Release gives n bytes back.
func (b *Budget) Release(n int64) {
	b.used.Add(-n)
	b.acc.Release(n)
}

// Close gives back what is still held, at the statement's end.
func (b *Budget) Close() {
	if n := b.used.Swap(0); n != 0 {
		b.acc.Release(n)
	}
}

// Holder is the memory of one operator of one worker.
type Holder struct {
	b          *Budget
	operator   string
	held, peak int64
}

// Holder opens the memory of an operator.
func (b *Budget) Holder(operator string) *Holder { return &Holder{b: b, operator: operator} }

// Peak is the most it has held.
func (h *Holder) Peak() int64 { return h.peak }

// step is what a holder asks for at once, so that the counters are not touched for each batch.
const step = 256 << 10

// Resize makes the operator hold n bytes; false when that is more than before and refused.
func (h *Holder) Resize(n int64) bool {
	if n > h.held {
		want := n - h.held
		if want < step && h.b.Reserve(step) {
			h.held += step
		} else if !h.b.Reserve(want) {
			return false
		} else {
			h.held += want
		}
		h.peak = max(h.peak, h.held)
		return true
	}
	if h.held-n > 2*step {
		h.b.Release(h.held - n)
		h.held = n
	}
	return true
}

// Grow is Resize by n more bytes.
func (h *Holder) Grow(n int64, total *int64) bool {
	if !h.Resize(*total + n) {
		return false
	}
	*total += n
	return true
}

// Need is Resize for memory that the operator cannot do without.
func (h *Holder) Need(n int64) error {
	if h.Resize(n) {
		return nil
	}
	if err := h.b.Need(n-h.held, h.operator); err != nil {
		return err
	}
	h.held = n
	h.peak = max(h.peak, n)
	return nil
}

// Worthwhile says whether an operator that holds size bytes would win anything by writing them to disk: less than a
// small part of the limit is not what the memory is short of.
func (h *Holder) Worthwhile(size int64) bool { return size >= max(128<<10, h.b.limit/32) }

// Close gives everything back.
func (h *Holder) Close() {
	if h.held != 0 {
		h.b.Release(h.held)
		h.held = 0
	}
}

// Size prints a number of bytes as people read it.
func Size(n int64) string {
	switch {
	case n >= 10<<30:
		return fmt.Sprintf("%d GiB", n>>30)
	case n >= 10<<20:
		return fmt.Sprintf("%d MiB", n>>20)
	case n >= 10<<10:
		return fmt.Sprintf("%d KiB", n>>10)
	}
	return fmt.Sprintf("%d B", n)
}
