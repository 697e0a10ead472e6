package json

import "strings"

// step is an instruction of a JSON path.
type step struct {
	kind  stepKind
	name  string
	index int
}

type stepKind uint8

const (
	named stepKind = iota // .name
	anyName
	at // [index]
	each
)

// parsePath reads a path: $, .name, ['name'], [n], [*], .*; ok is false when it is none.
func parsePath(s string) (steps []step, ok bool) {
	if !strings.HasPrefix(s, "$") {
		return nil, false
	}
	for s = s[1:]; s != ""; {
		switch {
		case strings.HasPrefix(s, ".*"):
			steps, s = append(steps, step{kind: anyName}), s[2:]
		case s[0] == '.':
			end := strings.IndexAny(s[1:], ".[")
			if end < 0 {
				end = len(s) - 1
			}
			if end == 0 {
				return nil, false
			}
			steps, s = append(steps, step{kind: named, name: s[1 : 1+end]}), s[1+end:]
		case strings.HasPrefix(s, "['"):
			end := strings.Index(s, "']")
			if end < 3 || strings.ContainsAny(s[2:end], "'?") {
				return nil, false
			}
			steps, s = append(steps, step{kind: named, name: s[2:end]}), s[end+2:]
		case strings.HasPrefix(s, "[*]"):
			steps, s = append(steps, step{kind: each}), s[3:]
		case s[0] == '[':
			n, k := 0, 1
			for k < len(s) && isDigit(s[k]) && k < 10 {
				n = n*10 + int(s[k]-'0')
				k++
			}
			if k == 1 || k >= len(s) || s[k] != ']' {
				return nil, false
			}
			steps, s = append(steps, step{kind: at, index: n}), s[k+1:]
		default:
			return nil, false
		}
	}
	return steps, true
}

// style is how matches are written: strings without quotes, with quotes, or arrays taken apart.
type style uint8

const (
	raw style = iota
	quoted
	flat
)

// writer collects what a path finds, as Jackson's generator would write it: with commas inside arrays.
type writer struct {
	out   []byte
	depth int  // open arrays
	first bool // nothing yet in the innermost array
}

func (w *writer) separate() {
	if w.depth > 0 && !w.first {
		w.out = append(w.out, ',')
	}
	w.first = false
}

func (w *writer) open() {
	w.separate()
	w.out = append(w.out, '[')
	w.depth++
	w.first = true
}

func (w *writer) close() {
	w.out = append(w.out, ']')
	w.depth--
	w.first = false
}

// evaluate follows Spark's GetJsonObject.evaluatePath: wildcards give one match bare and several as an array, as in Hive.
func (d *document) evaluate(i int, path []step, how style, w *writer) bool {
	n := &d.nodes[i]
	if len(path) == 0 {
		switch {
		case n.kind == text && how == raw:
			w.separate()
			w.out = append(w.out, d.bytes(n)...)
			return true
		case n.kind == array && how == flat:
			return d.eachMember(i, func(m int) bool { return d.evaluate(m, nil, how, w) })
		}
		w.separate()
		w.out = d.write(w.out, i)
		return true
	}
	rest := path[1:]
	switch p := path[0]; {
	case n.kind == object && (p.kind == named || p.kind == anyName):
		for k, m := uint32(0), i+1; k < n.count; k++ {
			value := m + 1
			switch {
			case p.kind == anyName:
				if d.evaluate(value, rest, how, w) {
					return true
				}
			case string(d.bytes(&d.nodes[m])) == p.name:
				if d.nodes[value].kind != null && d.evaluate(value, rest, how, w) {
					return true
				}
			}
			m = int(d.nodes[value].next)
		}
		return false
	case n.kind != array:
		return false
	case p.kind == each && len(rest) > 0 && rest[0].kind == each:
		w.open()
		dirty := d.eachMember(i, func(m int) bool { return d.evaluate(m, rest[1:], flat, w) })
		w.close()
		return dirty
	case p.kind == each && how != quoted:
		next := how
		if how == raw {
			next = quoted
		}
		var inner writer
		inner.open()
		dirty := 0
		d.eachMember(i, func(m int) bool {
			if d.evaluate(m, rest, next, &inner) {
				dirty++
			}
			return false
		})
		inner.close()
		if dirty == 0 {
			return false
		}
		w.separate()
		if dirty == 1 {
			inner.out = inner.out[1 : len(inner.out)-1]
		}
		w.out = append(w.out, inner.out...)
		return true
	case p.kind == each:
		w.open()
		dirty := d.eachMember(i, func(m int) bool { return d.evaluate(m, rest, quoted, w) })
		w.close()
		return dirty
	case p.kind == at:
		m := i + 1
		if p.index >= int(n.count) {
			return false
		}
		for k := 0; k < p.index; k++ {
			m = int(d.nodes[m].next)
		}
		if len(rest) > 0 && rest[0].kind == each {
			how = quoted
		}
		return d.evaluate(m, rest, how, w)
	}
	return false
}

// eachMember calls f for every element of an array; it says whether any call said yes.
func (d *document) eachMember(i int, f func(m int) bool) bool {
	dirty := false
	for k, m := uint32(0), i+1; k < d.nodes[i].count; k++ {
		if f(m) {
			dirty = true
		}
		m = int(d.nodes[m].next)
	}
	return dirty
}
