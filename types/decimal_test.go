package types

import "testing"

func TestParseDecimal(t *testing.T) {
	for _, c := range []struct {
		in       string
		p, s     int
		want     string
		ok, fits bool
	}{
		{"1.5", 3, 2, "1.50", true, true},
		{"-1.005", 5, 2, "-1.01", true, true},
		{"0.004", 5, 2, "0.00", true, true},
		{"0.005", 5, 2, "0.01", true, true},
		{".5", 2, 1, "0.5", true, true},
		{"5.", 2, 1, "5.0", true, true},
		{"+12e2", 5, 0, "1200", true, true},
		{"12.345e-1", 5, 3, "1.235", true, true},
		{"000123", 3, 0, "123", true, true},
		{"999.5", 3, 0, "", true, false},
		{"1000", 3, 0, "", true, false},
		{"0e100", 3, 0, "0", true, true},
		{"1e-300", 3, 0, "0", true, true},
		{"99999999999999999999999999999999999999", 38, 0, "99999999999999999999999999999999999999", true, true},
		{"", 3, 0, "", false, false},
		{".", 3, 0, "", false, false},
		{"1.2.3", 3, 0, "", false, false},
		{"1e", 3, 0, "", false, false},
		{"abc", 3, 0, "", false, false},
	} {
		v, ok, fits := ParseDecimal([]byte(c.in), c.p, c.s)
		if ok != c.ok || fits != c.fits || fits && FormatDecimal(v, c.s) != c.want {
			t.Errorf("%q: %s, %t, %t", c.in, FormatDecimal(v, c.s), ok, fits)
		}
	}
	for in, want := range map[string]string{"1.50": "decimal(3,2)", "0.05": "decimal(2,2)", "1e3": "decimal(4,0)", "0": "decimal(1,0)", "0.00": "decimal(2,2)", "123e-5": "decimal(5,5)"} {
		if _, ty, ok := ParseDecimalLiteral(in); !ok || ty.String() != want {
			t.Errorf("%s: %v, want %s", in, ty, want)
		}
	}
}

func TestDivRound(t *testing.T) {
	for _, c := range []struct {
		x    int64
		mode RoundMode
		want int64
	}{{25, HalfUp, 3}, {-25, HalfUp, -3}, {25, HalfEven, 2}, {35, HalfEven, 4}, {21, Ceiling, 3}, {-21, Ceiling, -2}, {21, Floor, 2}, {-21, Floor, -3}, {29, Down, 2}, {24, HalfUp, 2}} {
		if g := DivPow10(Int128From(c.x), 1, c.mode); g != Int128From(c.want) {
			t.Errorf("%d mode %d: %s, want %d", c.x, c.mode, g, c.want)
		}
	}
	if s := FormatDecimal(Pow10[38].Sub(Int128From(1)).Neg(), 10); s != "-9999999999999999999999999999.9999999999" {
		t.Error(s)
	}
}
