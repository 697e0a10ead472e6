package text

import (
	"bytes"
	"fmt"
	"math/big"
	"strings"
	"testing"

	"github.com/argan-sql/argan/catalog/file/option"
	"github.com/argan-sql/argan/sqlerr"
	"github.com/argan-sql/argan/types"
	"pgregory.net/rapid"
)

// TestLinesInParts cuts random texts at random places: every line comes once, in whatever parts.
func TestLinesInParts(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		var b strings.Builder
		for range rapid.IntRange(0, 12).Draw(t, "pieces") {
			b.WriteString(rapid.SampledFrom([]string{"a", "bc", "\n", "\r\n", "\r", "é", strings.Repeat("x", 40)}).Draw(t, "piece"))
		}
		data := b.String()
		in := Input{R: strings.NewReader(data), Size: int64(len(data)), Path: "f"}
		read := func(parts []Input) (out []string) {
			for _, p := range parts {
				l, err := NewLines(p, nil, "")
				if err != nil {
					t.Fatal(err)
				}
				for {
					line, ok, err := l.Next()
					if err != nil {
						t.Fatal(err)
					}
					if !ok {
						break
					}
					out = append(out, string(line))
				}
				l.Close()
			}
			return out
		}
		whole := read([]Input{in})
		parts := read(Split(in, int64(rapid.IntRange(1, 20).Draw(t, "size"))))
		if strings.Join(whole, "|") != strings.Join(parts, "|") {
			t.Fatalf("%q: whole %q, parts %q", data, whole, parts)
		}
		plain := strings.NewReplacer("\r\n", "\n", "\r", "\n").Replace(data)
		want := strings.Split(strings.TrimSuffix(plain, "\n"), "\n")
		if data == "" {
			want = nil
		}
		if strings.Join(whole, "|") != strings.Join(want, "|") {
			t.Fatalf("%q: %q, want %q", data, whole, want)
		}
	})
}

func TestLongLines(t *testing.T) {
	long := strings.Repeat("y", 3*lineBuffer)
	l, err := NewLines(Input{R: strings.NewReader(long + "\r\nz"), Size: int64(len(long) + 3), Path: "f"}, nil, "")
	if err != nil {
		t.Fatal(err)
	}
	a, _, _ := l.Next()
	if string(a) != long {
		t.Errorf("%d bytes, want %d", len(a), len(long))
	}
	if b, ok, err := l.Next(); string(b) != "z" || !ok || err != nil {
		t.Errorf("%q %v %v", b, ok, err)
	}
}

func TestCompressionByName(t *testing.T) {
	for path, want := range map[string]string{"a.csv": "", "a.CSV.GZ": "gz", "a.json.zst": "zst", "a.bz2": "bz2"} {
		if got := Compression(path); got != want {
			t.Errorf("%s: %q", path, got)
		}
	}
	for _, path := range []string{"a.lz4", "a.snappy", "a.xz"} {
		if _, err := (Input{R: bytes.NewReader(nil), Path: path}).Stream(""); !sqlerr.Is(err, "UNSUPPORTED_FEATURE") {
			t.Errorf("%s: %v", path, err)
		}
	}
}

// TestParseDecimal compares with exact arithmetic.
func TestParseDecimal(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		s := rapid.StringMatching(`[+-]?[0-9]{0,42}(\.[0-9]{0,42})?([eE][+-]?[0-9]{1,2})?`).Draw(t, "number")
		p := rapid.IntRange(1, 38).Draw(t, "precision")
		scale := rapid.IntRange(0, p).Draw(t, "scale")
		got, ok := ParseDecimal([]byte(s), p, scale)
		mantissa := strings.FieldsFunc(s, func(r rune) bool { return r == 'e' || r == 'E' })
		digits := ""
		if len(mantissa) > 0 {
			digits = strings.Trim(mantissa[0], "+-.")
		}
		if digits == "" {
			if ok {
				t.Fatalf("%q is no number, got %s", s, got)
			}
			return
		}
		r, valid := new(big.Rat).SetString(s)
		if !valid {
			return // a form that the reference does not read
		}
		r.Mul(r, new(big.Rat).SetInt(new(big.Int).Exp(big.NewInt(10), big.NewInt(int64(scale)), nil)))
		neg := r.Sign() < 0
		r.Abs(r)
		twice := new(big.Int).Quo(new(big.Int).Mul(r.Num(), big.NewInt(2)), r.Denom())
		want := twice.Add(twice, big.NewInt(1)).Rsh(twice, 1) // half up
		if neg {
			want.Neg(want)
		}
		fits := new(big.Int).Abs(want).Cmp(types.Pow10[p].Big()) < 0
		if ok != fits || ok && got.String() != want.String() {
			t.Fatalf("%q as decimal(%d,%d): %s %v, want %s %v", s, p, scale, got, ok, want, fits)
		}
	})
}

func TestOptions(t *testing.T) {
	s := option.New(map[string]string{"HEADER": "True", "n": "x", "Mode": "failfast"})
	if !s.Bool("header", false) || s.Mode() != option.FailFast || s.Err() != nil {
		t.Error("names are in any case")
	}
	if s.Int("N", 3); !sqlerr.Is(s.Err(), "INVALID_SETTING") {
		t.Error(fmt.Sprint(s.Err()))
	}
}
