package vector

// Size is the memory that a batch's rows need, without what they share with others.
func (b *Batch) Size() (n int64) {
	for _, c := range b.Cols {
		n += c.Size()
	}
	return n
}

// Size estimates the memory of a vector's own rows.
func (v *Vector) Size() int64 {
	if v == nil {
		return 0
	}
	n := int64(v.Len)
	switch {
	case v.Form == Const:
		return 64
	case v.Form == Dict:
		return 4*n + n/8
	}
	size := int64(len(v.Bools)+len(v.I8)) + 2*int64(len(v.I16)) + 4*int64(len(v.I32)+len(v.F32)) +
		8*int64(len(v.I64)+len(v.F64)+len(v.Spans)+len(v.Ranges)+len(v.Valid)) + 16*int64(len(v.I128)+len(v.Intervals))
	if v.Spans != nil {
		for _, s := range v.Spans[:v.Len] {
			size += int64(s.Len)
		}
	}
	for _, c := range v.Children {
		if v.Ranges == nil || c.Len <= 8*v.Len {
			size += c.Size()
		} else {
			size += 64 * n // a slice of long children that are shared
		}
	}
	return size + 128
}
