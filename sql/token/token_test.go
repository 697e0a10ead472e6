package token

import (
	"fmt"
	"strings"
	"testing"
)

var kindNames = [...]string{
	"eof", "word", "quoted", "string", "int", "Y", "S", "L", "decimal", "exp", "F", "D", "BD", "symbol", "hint", "illegal",
	"open string", "open name", "open comment",
}

func TestScan(t *testing.T) {
	tests := []struct{ text, want string }{
		{"a.b1 `c``d`", "word:a symbol:. word:b1 quoted:`c``d`"},
		{"1 1.5 1. .5 1e5 1.5E-3 1L 2S 3Y 4D 1.5F 2BD 1e2d", "int:1 decimal:1.5 decimal:1. decimal:.5 exp:1e5 exp:1.5E-3 L:1L S:2S Y:3Y D:4D F:1.5F BD:2BD D:1e2d"},
		{"1a 2_x 1e5x a.1b .5x 1.5x", "word:1a word:2_x word:1e5x word:a symbol:. word:1b symbol:. word:5x int:1 symbol:. word:5x"},
		{`'a\'b' "c" r'\' R"x" 'a''b'`, `string:'a\'b' string:"c" string:r'\' string:R"x" string:'a' string:'b'`},
		{"a<=>b<=c<>d!=e->f=>g::h||i", "word:a symbol:<=> word:b symbol:<= word:c symbol:<> word:d symbol:!= word:e symbol:-> word:f symbol:=> word:g symbol::: word:h symbol:|| word:i"},
		{"a -- b 'x\nc /* d /* e */ f */ g --x\\\ny\nh", "word:a word:c word:g word:h"},
		{"SELECT /*+ HINT */ 1", "word:SELECT hint:/*+ word:HINT symbol:*/ int:1"},
		{"a 'b", "word:a open string:'b"},
		{"a `b", "word:a open name:`b"},
		{"a /* b", "word:a open comment:/* b"},
		{"élan # x", "word:élan illegal:# word:x"},
	}
	for _, test := range tests {
		var got []string
		for _, tok := range Scan(test.text) {
			if tok.Kind != EOF {
				got = append(got, kindNames[tok.Kind]+":"+test.text[tok.Start:tok.Stop])
			}
		}
		if s := strings.Join(got, " "); s != test.want {
			t.Errorf("%s\ngot  %s\nwant %s", test.text, s, test.want)
		}
	}
}

func TestPositions(t *testing.T) {
	text := "é a\n 'x\ny' /* \n */ b -- \\\n c\n  d"
	want := "1:1-1:3-2:2-4:5-6:3-6:4"
	var got []string
	for _, tok := range Scan(text) {
		got = append(got, fmt.Sprintf("%d:%d", tok.Line, tok.Column))
	}
	if s := strings.Join(got, "-"); s != want {
		t.Errorf("got %s, want %s", s, want)
	}
}

func TestKeyword(t *testing.T) {
	tokens := Scan("SeLeCt selectx `select`")
	if tokens[0].Keyword() != "SELECT" || tokens[1].Keyword() != "" || tokens[2].Keyword() != "" {
		t.Errorf("got %q %q %q", tokens[0].Keyword(), tokens[1].Keyword(), tokens[2].Keyword())
	}
	for _, k := range Keywords() {
		if Scan(k)[0].Keyword() != k {
			t.Errorf("%s is not found", k)
		}
	}
}

func TestSplit(t *testing.T) {
	text := "-- first\nSELECT ';' ; ; /* ; */ SELECT `;`\n;\n  SELECT 'open"
	pieces := Split(text)
	want := []Piece{
		{Text: "SELECT ';'", Start: 9, Stop: 19, Line: 2, Complete: true},
		{Text: "SELECT `;`", Start: 32, Stop: 42, Line: 2, Complete: true},
		{Text: "SELECT 'open", Start: 47, Stop: 59, Line: 4, Open: true},
	}
	if len(pieces) != len(want) {
		t.Fatalf("got %+v", pieces)
	}
	for i := range want {
		if pieces[i] != want[i] {
			t.Errorf("got %+v, want %+v", pieces[i], want[i])
		}
	}
}
