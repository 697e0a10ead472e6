// Package regex matches Java's regular expressions, which are Spark's.
//
// In: a pattern in java.util.regex syntax and subjects as bytes. Out: matches as byte offsets. A pattern is translated
// once; where Go's linear-time regexp gives the same answers it is used, otherwise (look-around, back references,
// possessive quantifiers, patterns that can match nothing) a backtracking engine with a time limit. Compiled patterns
// are cached.
package regex

import (
	"bytes"
	"container/list"
	"regexp"
	"regexp/syntax"
	"strings"
	"sync"
	"time"
	"unicode/utf8"

	"github.com/dlclark/regexp2"

	"github.com/argan-sql/argan/sqlerr"
)

// Timeout bounds one match of the backtracking engine.
const Timeout = 2 * time.Second

// Pattern is a compiled pattern; safe for use by many goroutines.
type Pattern struct {
	// Groups is the number of capturing groups; Names their names.
	Groups int
	Names  map[string]int

	source   string
	linear   *regexp.Regexp // nil when only the backtracking engine will do
	literal  []byte         // the whole pattern when it is plain text, else nil
	dollar   bool           // $ may match before a final line end
	canEmpty bool           // may match the empty string

	slow     string
	slowOnce sync.Once
	slowRe   *regexp2.Regexp
	slowErr  error
}

// Compile translates a pattern; the error is plain text in the manner of Java's PatternSyntaxException.
func Compile(pattern string) (*Pattern, error) {
	if p := cached(pattern); p != nil {
		return p, nil
	}
	t := &translator{src: []rune(pattern), names: map[string]int{}}
	if err := t.run(); err != nil {
		return nil, err
	}
	p := &Pattern{Groups: t.groups, Names: t.names, source: pattern, dollar: t.dollar}
	out := t.out.String()
	p.slow = strings.ReplaceAll(out, dollarMark, "(?=(?:\\r\\n|[\\n\\r\u0085\u2028\u2029])?\\z)")
	if !t.backtrack {
		fast := strings.ReplaceAll(out, dollarMark, `\z`)
		if tree, err := syntax.Parse(fast, syntax.Perl); err == nil {
			p.canEmpty = minLength(tree) == 0
			if re, err := regexp.Compile(fast); err == nil {
				p.linear = re
				if text, whole := re.LiteralPrefix(); whole && text != "" && t.groups == 0 {
					p.literal = []byte(text)
				}
			}
		}
	}
	if p.linear == nil {
		if _, err := p.backtracking(); err != nil {
			return nil, err
		}
	}
	remember(pattern, p)
	return p, nil
}

// Empty says whether the pattern is the empty text.
func (p *Pattern) Empty() bool { return p.source == "" }

func (p *Pattern) backtracking() (*regexp2.Regexp, error) {
	p.slowOnce.Do(func() {
		p.slowRe, p.slowErr = regexp2.Compile(p.slow, regexp2.None)
		if p.slowRe != nil {
			p.slowRe.MatchTimeout = Timeout
		}
	})
	return p.slowRe, p.slowErr
}

// minLength is 0 when the expression can match the empty string, else something positive.
func minLength(r *syntax.Regexp) int {
	switch r.Op {
	case syntax.OpLiteral, syntax.OpCharClass, syntax.OpAnyChar, syntax.OpAnyCharNotNL, syntax.OpNoMatch:
		return 1
	case syntax.OpCapture, syntax.OpPlus:
		return minLength(r.Sub[0])
	case syntax.OpRepeat:
		if r.Min == 0 {
			return 0
		}
		return minLength(r.Sub[0])
	case syntax.OpConcat:
		for _, s := range r.Sub {
			if minLength(s) > 0 {
				return 1
			}
		}
		return 0
	case syntax.OpAlternate:
		for _, s := range r.Sub {
			if minLength(s) == 0 {
				return 0
			}
		}
		return 1
	}
	return 0
}

func endsLine(s []byte) bool {
	if len(s) == 0 {
		return false
	}
	switch s[len(s)-1] {
	case '\n', '\r', 0x85, 0xa8, 0xa9:
		return true
	}
	return false
}

// Match says whether the pattern matches anywhere in s (Java's find).
func (p *Pattern) Match(s []byte) (bool, error) {
	if p.literal != nil {
		return bytes.Contains(s, p.literal), nil
	}
	if p.linear != nil && !(p.dollar && endsLine(s)) {
		return p.linear.Match(s), nil
	}
	re, err := p.backtracking()
	if err != nil {
		return false, err
	}
	ok, err := re.MatchRunes(runes(s))
	if err != nil {
		return false, p.timedOut(err)
	}
	return ok, nil
}

// First gives the first match as pairs of byte offsets (whole match, then groups; -1 where a group took no part), nil
// when there is none.
func (p *Pattern) First(s []byte) (loc []int, err error) {
	if p.linear != nil && !(p.dollar && endsLine(s)) {
		return p.linear.FindSubmatchIndex(s), nil
	}
	err = p.each(s, func(l []int) bool {
		loc = append([]int{}, l...)
		return false
	})
	return loc, err
}

// All calls f with every match in turn, as First gives it, until f says no. The slice is only good during the call.
func (p *Pattern) All(s []byte, f func(loc []int) bool) error {
	if p.literal != nil {
		var loc [2]int
		for {
			i := bytes.Index(s[loc[1]:], p.literal)
			if i < 0 {
				return nil
			}
			loc[0] = loc[1] + i
			loc[1] = loc[0] + len(p.literal)
			if !f(loc[:]) {
				return nil
			}
		}
	}
	if p.linear != nil && !p.canEmpty && !(p.dollar && endsLine(s)) {
		for _, loc := range p.linear.FindAllSubmatchIndex(s, -1) {
			if !f(loc) {
				break
			}
		}
		return nil
	}
	return p.each(s, f)
}

func runes(s []byte) []rune {
	out := make([]rune, 0, len(s))
	for i := 0; i < len(s); {
		r, n := utf8.DecodeRune(s[i:])
		out = append(out, r)
		i += n
	}
	return out
}

// each runs the backtracking engine, which counts in characters.
func (p *Pattern) each(s []byte, f func(loc []int) bool) error {
	re, err := p.backtracking()
	if err != nil {
		return err
	}
	text := make([]rune, 0, len(s))
	offsets := make([]int, 0, len(s)+1)
	for i := 0; i < len(s); {
		r, n := utf8.DecodeRune(s[i:])
		text, offsets = append(text, r), append(offsets, i)
		i += n
	}
	offsets = append(offsets, len(s))
	m, err := re.FindRunesMatch(text)
	loc := make([]int, 2*(p.Groups+1))
	for m != nil && err == nil {
		for g := 0; g <= p.Groups; g++ {
			loc[2*g], loc[2*g+1] = -1, -1
			if c := m.GroupByNumber(g); c != nil && len(c.Captures) > 0 {
				loc[2*g], loc[2*g+1] = offsets[c.Index], offsets[c.Index+c.Length]
			}
		}
		if !f(loc) {
			return nil
		}
		m, err = re.FindNextMatch(m)
	}
	if err != nil {
		return p.timedOut(err)
	}
	return nil
}

func (p *Pattern) timedOut(err error) error {
	return sqlerr.Unsupported("regular expression '%s' on this text: no answer within %s", p.source, Timeout).Wrap(err)
}

// cache keeps the patterns used last.
var cache = struct {
	sync.Mutex
	byText map[string]*list.Element
	order  *list.List
}{byText: map[string]*list.Element{}, order: list.New()}

const cacheSize = 512

type cacheEntry struct {
	text string
	p    *Pattern
}

func cached(text string) *Pattern {
	cache.Lock()
	defer cache.Unlock()
	e := cache.byText[text]
	if e == nil {
		return nil
	}
	cache.order.MoveToFront(e)
	return e.Value.(*cacheEntry).p
}

func remember(text string, p *Pattern) {
	cache.Lock()
	defer cache.Unlock()
	if _, there := cache.byText[text]; there {
		return
	}
	cache.byText[text] = cache.order.PushFront(&cacheEntry{text, p})
	if cache.order.Len() > cacheSize {
		last := cache.order.Back()
		cache.order.Remove(last)
		delete(cache.byText, last.Value.(*cacheEntry).text)
	}
}
