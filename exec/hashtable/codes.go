package hashtable

import "github.com/argan-sql/argan/exec/vector"

// codeMemo maps the combination of dictionary codes of a row to the number of its key, for the dictionaries of the last batches.
type codeMemo struct {
	dicts   []*vector.Vector // per column; nil for a boolean column
	sizes   []uint32         // codes per column, NULL included
	numbers []uint32         // number+1 by combined code
	first   []uint32         // scratch: row of each new code
	codes   []uint32         // scratch: combined code per row
}

// maxCodes is the most combinations a memo covers.
const maxCodes = 1 << 16

// takes says whether all columns are coded with few combinations, and prepares for their dictionaries.
func (m *codeMemo) takes(cols []*vector.Vector, n int) bool {
	if len(cols) == 0 {
		return false
	}
	product := 1
	same := len(m.dicts) == len(cols)
	for i, v := range cols {
		switch {
		case v.Form == vector.Dict:
			product *= v.Dictionary.Len + 1
			same = same && m.dicts[i] == v.Dictionary
		case v.Form == vector.Flat && v.Bools != nil:
			product *= 3
			same = same && m.dicts[i] == nil
		default:
			return false
		}
		if product > maxCodes {
			return false
		}
	}
	if same {
		return true
	}
	if product > 16*n {
		return false
	}
	m.dicts, m.sizes = m.dicts[:0], m.sizes[:0]
	for _, v := range cols {
		if v.Form == vector.Dict {
			m.dicts, m.sizes = append(m.dicts, v.Dictionary), append(m.sizes, uint32(v.Dictionary.Len+1))
		} else {
			m.dicts, m.sizes = append(m.dicts, nil), append(m.sizes, 3)
		}
	}
	if cap(m.numbers) < product {
		m.numbers = make([]uint32, product)
	}
	m.numbers = m.numbers[:product]
	clear(m.numbers)
	return true
}

// combine computes the combined codes of n rows.
func (m *codeMemo) combine(cols []*vector.Vector, n int) []uint32 {
	if cap(m.codes) < n {
		m.codes = make([]uint32, n)
	}
	codes := m.codes[:n]
	for k, v := range cols {
		size, null := m.sizes[k], m.sizes[k]-1
		switch {
		case v.Form == vector.Dict && k == 0:
			copy(codes, v.Codes[:n])
			if v.Valid != nil {
				for i := range codes {
					if !v.Valid.Get(i) {
						codes[i] = null
					}
				}
			}
		case v.Form == vector.Dict && v.Valid == nil:
			for i, c := range v.Codes[:n] {
				codes[i] = codes[i]*size + c
			}
		default:
			for i := range codes {
				c := null
				if v.Valid.Get(i) {
					switch {
					case v.Form == vector.Dict:
						c = v.Codes[i]
					case v.Bools[i]:
						c = 1
					default:
						c = 0
					}
				}
				if k == 0 {
					codes[i] = c
				} else {
					codes[i] = codes[i]*size + c
				}
			}
		}
	}
	return codes
}

// byCode numbers rows through the memo; rows of new combinations go through the table.
func (t *Table) byCode(cols []*vector.Vector, n int, numbers []uint32) {
	m := &t.memo
	codes := m.combine(cols, n)
	memo := m.numbers
	var missing uint32
	for i, c := range codes {
		g := memo[c]
		numbers[i] = g - 1
		missing |= (g - 1) & ^g >> 31
	}
	if missing == 0 {
		return
	}
	first := m.first[:0]
	for i, c := range codes {
		if memo[c] == 0 {
			memo[c] = ^uint32(0)
			first = append(first, uint32(i))
		}
	}
	m.first = first
	few := make([]*vector.Vector, len(cols))
	for k, v := range cols {
		few[k] = vector.Flatten(vector.Gather(v, first))
	}
	got := make([]uint32, len(first))
	t.byKey(few, len(first), got)
	for j, i := range first {
		memo[codes[i]] = got[j] + 1
	}
	for i, c := range codes {
		numbers[i] = memo[c] - 1
	}
}
