package kafka

import (
	"math"
	"strings"

	"github.com/argan-sql/argan/catalog"
	"github.com/argan-sql/argan/types"
)

// bounds is what a predicate leaves of a partition: offsets from low and before high, and records whose time is since
// (microseconds) or later. Times do not rise with offsets, so they bound a read at its start alone.
type bounds struct{ low, high, since int64 }

var everything = bounds{0, math.MaxInt64, math.MinInt64}

func (b bounds) empty() bool { return b.low >= b.high }

func (b bounds) and(o bounds) bounds {
	return bounds{max(b.low, o.low), min(b.high, o.high), max(b.since, o.since)}
}

func (b bounds) or(o bounds) bounds {
	switch {
	case b.empty():
		return o
	case o.empty():
		return b
	}
	return bounds{min(b.low, o.low), max(b.high, o.high), min(b.since, o.since)}
}

// boundsOf tells what a predicate leaves of a partition.
func boundsOf(predicate catalog.Predicate, p partition) bounds {
	switch x := predicate.(type) {
	case *catalog.AllOf:
		out := everything
		for _, t := range x.Terms {
			out = out.and(boundsOf(t, p))
		}
		return out
	case *catalog.AnyOf:
		var out bounds // nothing
		for _, t := range x.Terms {
			out = out.or(boundsOf(t, p))
		}
		return out
	case *catalog.Compare:
		if len(x.Column) != 1 {
			return everything
		}
		switch strings.ToLower(x.Column[0]) {
		case "topic":
			return fixedBounds(x, p.topic)
		case "partition":
			return fixedBounds(x, p.id)
		case "offset":
			return offsetBounds(x)
		case "timestamp":
			return timeBounds(x)
		}
	}
	return everything
}

// fixedBounds compares what is the same in all of a partition.
func fixedBounds(x *catalog.Compare, value any) bounds {
	if x.Op == catalog.IsNull {
		return bounds{}
	}
	for _, v := range x.Values {
		if x.Op == catalog.StartsWith {
			s, isText := value.(string)
			prefix, isPrefix := v.(string)
			if !isText || !isPrefix || strings.HasPrefix(s, prefix) {
				return everything
			}
			continue
		}
		order, ok := types.Order(value, v)
		if !ok || holds(x.Op, order) {
			return everything
		}
	}
	if x.Op == catalog.IsNotNull {
		return everything
	}
	return bounds{}
}

func holds(op catalog.Op, order int) bool {
	switch op {
	case catalog.Equal, catalog.In:
		return order == 0
	case catalog.NotEqual:
		return order != 0
	case catalog.Less:
		return order < 0
	case catalog.LessEqual:
		return order <= 0
	case catalog.Greater:
		return order > 0
	case catalog.GreaterEqual:
		return order >= 0
	}
	return true
}

func offsetBounds(x *catalog.Compare) bounds {
	var out bounds
	for _, v := range x.Values {
		n, ok := v.(int64)
		if !ok {
			return everything
		}
		after := n + 1
		if n == math.MaxInt64 {
			after = n
		}
		b := everything
		switch x.Op {
		case catalog.Equal, catalog.In:
			b.low, b.high = n, after
		case catalog.Less:
			b.high = n
		case catalog.LessEqual:
			b.high = after
		case catalog.Greater:
			b.low = after
		case catalog.GreaterEqual:
			b.low = n
		}
		out = out.or(b)
	}
	if len(x.Values) == 0 && x.Op != catalog.IsNull {
		return everything
	}
	return out
}

func timeBounds(x *catalog.Compare) bounds {
	since := int64(math.MaxInt64)
	for _, v := range x.Values {
		n, ok := v.(int64)
		if !ok {
			return everything
		}
		since = min(since, n)
	}
	switch x.Op {
	case catalog.Equal, catalog.In, catalog.Greater, catalog.GreaterEqual:
		if len(x.Values) > 0 {
			b := everything
			b.since = since
			return b
		}
	}
	return everything
}
