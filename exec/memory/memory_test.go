package memory

import (
	"testing"

	"github.com/argan-sql/argan/sqlerr"
)

func TestBudgetsRefuseAndGiveBack(t *testing.T) {
	acc := New(10 << 20)
	b := acc.Statement(4 << 20)
	h := b.Holder("Sort")
	if !h.Resize(3<<20) || h.Resize(5<<20) {
		t.Error("the statement's limit is not kept")
	}
	other := acc.Statement(0)
	if !other.Reserve(6<<20) || other.Reserve(2<<20) {
		t.Error("the process's limit is not kept")
	}
	if h.Close(); b.Used() != 0 || b.Peak() < 3<<20 {
		t.Errorf("used %d, peak %d", b.Used(), b.Peak())
	}
	if other.Close(); acc.Used() != 0 {
		t.Errorf("%d bytes are still counted", acc.Used())
	}
}

func TestNeedMayExceedTheLimitSomewhat(t *testing.T) {
	b := New(0).Statement(1 << 20)
	h := b.Holder("HashJoin")
	if err := h.Need(2 << 20); err != nil {
		t.Error(err)
	}
	if err := h.Need(1 << 30); !sqlerr.Is(err, "MEMORY_LIMIT_EXCEEDED") {
		t.Errorf("%v, want MEMORY_LIMIT_EXCEEDED", err)
	}
}

func TestPressureReachesTheCaches(t *testing.T) {
	acc := New(1 << 20)
	if !acc.Reserve(900 << 10) {
		t.Fatal("refused")
	}
	acc.OnPressure(func(int64) int64 { acc.Release(900 << 10); return 900 << 10 })
	if !acc.Statement(0).Reserve(800 << 10) {
		t.Error("memory that a cache gave back was refused")
	}
}
