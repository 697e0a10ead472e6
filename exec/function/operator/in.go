package operator

import (
	"math"
	"math/bits"
	"sync"

	"github.com/argan-sql/argan/exec/function"
	"github.com/argan-sql/argan/exec/function/bind"
	"github.com/argan-sql/argan/exec/kernel"
	"github.com/argan-sql/argan/exec/vector"
	"github.com/argan-sql/argan/types"
)

// in binds value IN (list). A list of constants becomes a set, made at the first evaluation.
func in(args []function.Arg, ansi bool) (*function.Bound, error) {
	t := types.CommonType(argTypes(args), ansi)
	if t == nil {
		_, err := bind.Same("in", args, ansi)
		return nil, err
	}
	if !t.Orderable() && t.Kind != types.Calendar {
		return nil, bind.Mismatch("INVALID_ORDERING_TYPE", "in", args, "functionName", "`in`", "dataType", bind.TypeSQL(t))
	}
	constant, nullable := true, args[0].Nullable
	for _, a := range args[1:] {
		constant = constant && a.Const != nil
		nullable = nullable || a.Nullable
	}
	out := &function.Bound{Args: bind.Repeat(t, len(args)), Return: types.BooleanType, Nullable: nullable}
	if constant && t.Kind != types.Null {
		s := &constantSet{t: t}
		out.Eval = s.eval
	} else {
		out.Eval = inList(t)
	}
	return out, nil
}

func argTypes(args []function.Arg) []*types.Type {
	ts := make([]*types.Type, len(args))
	for i, a := range args {
		ts[i] = a.Type
	}
	return ts
}

// inList compares with every operand of the list.
func inList(t *types.Type) function.Eval {
	order := kernel.Comparator(t)
	return func(_ *function.Context, args []*vector.Vector, n int) (*vector.Vector, error) {
		out := vector.New(types.BooleanType, n)
		null := func(i int) {
			if out.Valid == nil {
				out.Valid = vector.NewBitmap(n, true)
			}
			out.Valid.Clear(i)
		}
		for i := range out.Bools {
			if args[0].IsNull(i) {
				null(i)
				continue
			}
			unknown := false
			for _, a := range args[1:] {
				if a.IsNull(i) {
					unknown = true
				} else if order(args[0], i, a, i) == 0 {
					out.Bools[i] = true
					break
				}
			}
			if unknown && !out.Bools[i] {
				null(i)
			}
		}
		return out, nil
	}
}

// constantSet is the list of an IN as a set. It is made once, from the constants of the first batch, and then only read.
type constantSet struct {
	t       *types.Type
	once    sync.Once
	hasNull bool
	words   *wordSet            // types of up to 64 bits
	texts   map[string]struct{} // strings
	list    *vector.Vector      // other types
	order   kernel.Order
}

func (s *constantSet) fill(list []*vector.Vector) {
	b := vector.NewBuilder(s.t, len(list))
	for _, v := range list {
		if v.IsNull(0) {
			s.hasNull = true
		} else {
			b.AppendFrom(v, 0)
		}
	}
	v := b.Finish()
	switch {
	case v.Type.Physical() == types.PhysBytes:
		s.texts = make(map[string]struct{}, v.Len)
		for i := 0; i < v.Len; i++ {
			s.texts[string(v.Bytes(i))] = struct{}{}
		}
	case wordsOf(v, nil) != nil:
		s.words = newWordSet(wordsOf(v, make([]uint64, v.Len)))
	default:
		s.list, s.order = v, kernel.Comparator(s.t)
	}
}

func (s *constantSet) eval(_ *function.Context, args []*vector.Vector, n int) (*vector.Vector, error) {
	s.once.Do(func() { s.fill(args[1:]) })
	v := args[0]
	out := vector.New(types.BooleanType, n)
	switch {
	case s.texts != nil:
		for i := range out.Bools {
			_, out.Bools[i] = s.texts[string(v.Bytes(i))]
		}
	case s.words != nil:
		v = vector.Flatten(v)
		s.words.test(wordsOf(v, make([]uint64, n)), out.Bools)
	default:
		valid := v.Nulls()
		for i := range out.Bools {
			for k := 0; k < s.list.Len && !out.Bools[i] && valid.Get(i); k++ {
				out.Bools[i] = s.order(v, i, s.list, k) == 0
			}
		}
	}
	valid := v.Nulls()
	if s.hasNull {
		// Not found is unknown where the list has a NULL.
		b := vector.NewBitmap(n, false)
		for i, x := range out.Bools {
			if x && valid.Get(i) {
				b.Set(i)
			}
		}
		valid = b
	}
	out.Valid = valid
	return out, nil
}

// wordsOf gives values of up to 64 bits as words that are equal where the values are; nil for other types. A nil dst only asks
// whether it can (and gives a slice that is not nil).
func wordsOf(v *vector.Vector, dst []uint64) []uint64 {
	ask := dst == nil
	if ask {
		dst = []uint64{}
	}
	switch v.Type.Physical() {
	case types.PhysInt8:
		widen(dst, v.I8)
	case types.PhysInt16:
		widen(dst, v.I16)
	case types.PhysInt32:
		widen(dst, v.I32)
	case types.PhysInt64:
		widen(dst, v.I64)
	case types.PhysFloat32:
		for i := range dst {
			dst[i] = floatWord(float64(v.F32[i]))
		}
	case types.PhysFloat64:
		for i := range dst {
			dst[i] = floatWord(v.F64[i])
		}
	default:
		return nil
	}
	return dst
}

func widen[T kernel.Integer](dst []uint64, src []T) {
	for i := range dst {
		dst[i] = uint64(int64(src[i]))
	}
}

func floatWord(f float64) uint64 {
	switch {
	case f != f:
		return math.Float64bits(math.NaN())
	case f == 0:
		return 0
	}
	return math.Float64bits(f)
}

// wordSet is a set of words: an open table, at most half full. Empty slots hold a word that is not in the set.
type wordSet struct {
	slots []uint64
	shift uint
	free  uint64
	small []uint64 // up to four words are compared one by one
}

func newWordSet(words []uint64) *wordSet {
	if len(words) <= 4 {
		return &wordSet{small: words}
	}
	s := &wordSet{shift: uint(64 - bits.Len(uint(2*len(words))))}
	for again := true; again; {
		again = false
		for _, w := range words {
			if w == s.free {
				s.free++
				again = true
			}
		}
	}
	s.slots = make([]uint64, 1<<(64-s.shift))
	for i := range s.slots {
		s.slots[i] = s.free
	}
	for _, w := range words {
		s.slots[s.find(w)] = w
	}
	return s
}

// find is the slot that holds w, or the free one where it would be.
func (s *wordSet) find(w uint64) uint64 {
	at := w * 0x9e3779b97f4a7c15 >> s.shift
	for s.slots[at] != w && s.slots[at] != s.free {
		at = (at + 1) & uint64(len(s.slots)-1)
	}
	return at
}

func (s *wordSet) test(words []uint64, out []bool) {
	if s.slots != nil {
		for i, w := range words {
			out[i] = w != s.free && s.slots[s.find(w)] == w
		}
		return
	}
	for _, x := range s.small {
		for i, w := range words {
			out[i] = out[i] || w == x
		}
	}
}
