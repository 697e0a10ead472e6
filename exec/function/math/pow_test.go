package math

import (
	"math"
	"testing"
)

// Powers within one unit of the last place of the right ones.
func TestPower(t *testing.T) {
	for _, c := range [][3]float64{
		{10.0, 2.35, 223.872113856834},
		{10.0, 0.3, 1.9952623149688795},
		{2.5, 17.25, 7319225.869624266},
		{1.0000001, 10000000.0, 2.7182816941320818},
		{-3.0, 33.0, -5559060566555523.0},
		{-3.0, 34.0, 16677181699666568.0},
		{7.0, -40.5, 5.936485063355584e-35},
		{0.1, -17.0, 9.99999999999999e+16},
		{10, 308, 1e308},
		{10, -320, 1e-320},
		{10, 309, math.Inf(1)},
		{2, -1074, 5e-324},
		{2, -1076, 0},
		{2, -1073.7, 5e-324},
		{1e-310, 2.5, 0},
		{1e-310, -0.25, 3.1622776601683816e+77},
		{0.5, 1e300, 0},
		{0.5, -1e300, math.Inf(1)},
		{-1, 1e300, 1},
		{1.0000000001, 3e9, 1.3498588410621013},
	} {
		got := pow(c[0], c[1])
		if got != c[2] && got != math.Nextafter(c[2], math.Inf(1)) && got != math.Nextafter(c[2], math.Inf(-1)) {
			t.Errorf("power(%v, %v) is %v, expected %v", c[0], c[1], got, c[2])
		}
	}
	for _, c := range [][2]float64{{-8, 1.0 / 3}, {1, math.NaN()}, {1, math.Inf(1)}, {-1, math.Inf(-1)}, {math.NaN(), 2}} {
		if got := pow(c[0], c[1]); got == got {
			t.Errorf("power(%v, %v) is %v, expected NaN", c[0], c[1], got)
		}
	}
}
