package regex

import (
	"testing"
)

func TestReplaceAll(t *testing.T) {
	for _, c := range []struct{ s, pattern, with, want string }{
		{"baaac", "a*", "-", "-b--c-"},
		{"100-200", `(\d+)`, "num", "num-num"},
		{"100-200", `(\d+)-(\d+)`, "$2-$1", "200-100"},
		{"foobar", "o(?=b)", "0", "fo0bar"},
		{"aabb", `(a)\1`, "x", "xbb"},
		{"a.b", `\.`, "\\$", "a$b"},
		{"héllo", "[^a-z]", "?", "h?llo"},
		{"abcXYZ", "(?i)[^a-c]", "_", "abc___"},
		{"a1b2", `[a-z&&[^b]]`, "_", "_1b2"},
		{"x{y}", `[{}]`, "", "xy"},
		{"line\n", "e$", "E", "linE\n"},
		{"John Smith", `(?<first>\w+)\s(?<last>\w+)`, "${last} $1", "Smith John"},
		{"aaa", "a++", "b", "b"},
		{"ABC", `\p{Lower}`, "x", "ABC"},
		{"a\tb", `\h`, " ", "a b"},
		{"a+b", `\Qa+b\E`, "ok", "ok"},
		{"été", `\p{L}`, "L", "LLL"},
	} {
		p, err := Compile(c.pattern)
		if err != nil {
			t.Errorf("%s: %v", c.pattern, err)
			continue
		}
		r, err := p.Replacement(c.with)
		if err != nil {
			t.Errorf("%s: %v", c.with, err)
			continue
		}
		got, err := p.ReplaceAll(nil, []byte(c.s), r)
		if err != nil || string(got) != c.want {
			t.Errorf("%q.replaceAll(%q, %q) = %q, %v; want %q", c.s, c.pattern, c.with, got, err, c.want)
		}
	}
}

func TestBadPatterns(t *testing.T) {
	for _, p := range []string{"(", ")", "[a", "*a", "a{x", "{", `\y`, "(?<1a>x)", `\p{Nope}`} {
		if _, err := Compile(p); err == nil {
			t.Errorf("%q compiled", p)
		}
	}
}

func TestEngineChoice(t *testing.T) {
	for pattern, linear := range map[string]bool{"abc": true, "^a.*b$": true, "a(?=b)": false, `(a)\1`: false, "[a-f&&[^c]]+": true} {
		p, err := Compile(pattern)
		if err != nil {
			t.Fatal(err)
		}
		if (p.linear != nil) != linear {
			t.Errorf("%q: linear engine %v, want %v", pattern, p.linear != nil, linear)
		}
	}
}
