package techmart

import (
	"bytes"
	"crypto/sha256"
	"encoding/csv"
	"encoding/json"
	"fmt"
	"io/fs"
	"math"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
)

func generate(t *testing.T, opts Options) string {
	t.Helper()
	dir := t.TempDir()
	if err := Generate(dir, opts); err != nil {
		t.Fatal(err)
	}
	return dir
}

func rows(t *testing.T, path string) [][]string {
	t.Helper()
	raw, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	r := csv.NewReader(bytes.NewReader(raw))
	r.FieldsPerRecord = -1
	all, err := r.ReadAll()
	if err != nil {
		t.Fatalf("%s: %v", path, err)
	}
	return all[1:]
}

func TestCountsAndSizes(t *testing.T) {
	dir := generate(t, Options{})
	for _, c := range []struct {
		file  string
		lines int
		bytes float64
	}{
		{"day1/customers.csv", 5_001, 459e3},
		{"day1/products.csv", 501, 33e3},
		{"day1/transactions.csv", 50_001, 4.5e6},
		{"day1/web_events.json", 20_000, 5e6},
	} {
		raw, err := os.ReadFile(filepath.Join(dir, c.file))
		if err != nil {
			t.Fatal(err)
		}
		if n := bytes.Count(raw, []byte("\n")); n != c.lines {
			t.Errorf("%s has %d lines, want %d", c.file, n, c.lines)
		}
		if off := math.Abs(float64(len(raw))/c.bytes - 1); off > 0.05 {
			t.Errorf("%s has %d bytes, want %.0f within 5%%", c.file, len(raw), c.bytes)
		}
	}
}

func TestTurnover(t *testing.T) {
	for _, seed := range []int64{DefaultSeed, 7, 1 << 40} {
		dir := generate(t, Options{Seed: seed})
		sum, last := 0.0, ""
		sales := rows(t, filepath.Join(dir, "day1/transactions.csv"))
		for i, r := range sales {
			amount, err := strconv.ParseFloat(r[5], 64)
			if err != nil || amount <= 0 {
				t.Fatalf("seed %d row %d: amount %q", seed, i, r[5])
			}
			sum += amount
			if r[9] < last {
				t.Fatalf("seed %d row %d: %s comes after %s", seed, i, r[9], last)
			}
			last = r[9]
		}
		if math.Abs(sum/432.4e6-1) > 0.01 {
			t.Errorf("seed %d: turnover %.0f, want near 432.4 million", seed, sum)
		}
		if mean := sum / float64(len(sales)); math.Abs(mean/MeanBasket-1) > 0.01 {
			t.Errorf("seed %d: mean basket %.2f, want near %d", seed, mean, MeanBasket)
		}
		if first := sales[0][9][:10]; first != "2023-01-01" || last[:10] != "2025-12-31" {
			t.Errorf("seed %d: history from %s to %s", seed, first, last)
		}
	}
}

// A sale must find the version of its customer: nobody buys before having registered.
func TestSalesFollowRegistration(t *testing.T) {
	dir := generate(t, Options{})
	registered := map[string]string{}
	for _, day := range []string{"day1", "day2"} {
		for _, r := range rows(t, filepath.Join(dir, day, "customers.csv")) {
			if r[0] == "" {
				continue
			}
			if r[7] < r[6] {
				t.Fatalf("%s changed on %s, before registering on %s", r[0], r[7], r[6])
			}
			registered[r[0]] = r[6]
		}
	}
	for _, day := range []string{"day1", "day2"} {
		for _, r := range rows(t, filepath.Join(dir, day, "transactions.csv")) {
			since, known := registered[r[1]]
			if known && len(r) == 10 && r[9][:2] == "20" && r[9][:10] < since {
				t.Fatalf("%s: %v was sold before the customer registered on %s", day, r, since)
			}
		}
	}
}

func digest(t *testing.T, dir string) string {
	t.Helper()
	h := sha256.New()
	err := filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		raw, err := os.ReadFile(path)
		fmt.Fprintf(h, "%s %d\n", filepath.Base(path), len(raw))
		h.Write(raw)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return fmt.Sprintf("%x", h.Sum(nil))
}

func TestDeterminedBySeed(t *testing.T) {
	a, b := digest(t, generate(t, Options{})), digest(t, generate(t, Options{Factor: 1, Seed: DefaultSeed}))
	if a != b {
		t.Error("the same seed gave different bytes")
	}
	if c := digest(t, generate(t, Options{Seed: DefaultSeed + 1})); c == a {
		t.Error("another seed gave the same bytes")
	}
	// The answers in examples/techmart/expected.json belong to exactly these bytes.
	const want = "1401ca50ac26c27894a19fab0cae596a25c2935509fcda239959f8bfeba3b1a4"
	if a != want {
		t.Errorf("the bytes of the default seed changed: %s; record expected.json anew", a)
	}
}

func TestFactor(t *testing.T) {
	dir := generate(t, Options{Factor: 3})
	for file, want := range map[string]int{"customers": 15_000, "products": 500, "transactions": 150_000} {
		list := rows(t, filepath.Join(dir, "day1", file+".csv"))
		if len(list) != want {
			t.Errorf("%s has %d rows, want %d", file, len(list), want)
		}
		seen := map[string]bool{}
		for _, r := range list {
			if seen[r[0]] {
				t.Fatalf("%s: key %s twice", file, r[0])
			}
			seen[r[0]] = true
		}
	}
	if err := Generate(t.TempDir(), Options{Factor: -1}); err == nil {
		t.Error("a negative factor was taken")
	}
}

func TestSecondDelivery(t *testing.T) {
	dir := generate(t, Options{})
	before := map[string][]string{}
	for _, r := range rows(t, filepath.Join(dir, "day1/customers.csv")) {
		before[r[0]] = r
	}
	var changed, fresh, keyless, same int
	for _, r := range rows(t, filepath.Join(dir, "day2/customers.csv")) {
		old, known := before[r[0]]
		switch {
		case r[0] == "":
			keyless++
		case !known:
			fresh++
		case strings.Join(old, ",") == strings.Join(r, ","):
			same++
		default:
			changed++
			if r[7] <= old[7] {
				t.Errorf("%s changed on %s, not after %s", r[0], r[7], old[7])
			}
		}
	}
	if changed != 510 || fresh != 50 || keyless != 5 || same != 50 {
		t.Errorf("changed %d, new %d, without key %d, the same %d", changed, fresh, keyless, same)
	}

	old := map[string]string{}
	for _, r := range rows(t, filepath.Join(dir, "day1/transactions.csv")) {
		old[r[0]] = strings.Join(r, ",")
	}
	var late, today, again, corrections, broken int
	seen := map[string]bool{}
	for _, r := range rows(t, filepath.Join(dir, "day2/transactions.csv")) {
		quantity, err := strconv.Atoi(field(r, 3))
		line, known := old[r[0]]
		switch {
		case r[0] == "" || len(r) != 10 || r[1] == "" || r[1] == "CUST99999999" || err != nil || quantity < 1 || r[5][0] == '-' || !strings.HasPrefix(r[9], "20") || r[9][5:7] > "12":
			broken++
		case known && line == strings.Join(r, ","), seen[r[0]]:
			again++
		case known:
			corrections++
		case r[9] < "2026":
			late++
		default:
			today++
		}
		seen[r[0]] = true
	}
	if late != lateSales || today != freshSales || again != repeated+36 || corrections != corrected || broken != brokenSales {
		t.Errorf("late %d, fresh %d, repeated %d, corrected %d, broken %d", late, today, again, corrections, broken)
	}
}

func field(r []string, i int) string {
	if i < len(r) {
		return r[i]
	}
	return ""
}

func TestWebEvents(t *testing.T) {
	dir := generate(t, Options{})
	for day, want := range map[string][2]int{"day1": {WebEvents, 0}, "day2": {freshEvents + repeatedEvents, brokenEvents}} {
		raw, err := os.ReadFile(filepath.Join(dir, day, "web_events.json"))
		if err != nil {
			t.Fatal(err)
		}
		var good, bad int
		for line := range strings.Lines(string(raw)) {
			var e struct {
				ID   string `json:"event_id"`
				Page struct {
					URL string `json:"url"`
				} `json:"page"`
			}
			if err := json.Unmarshal([]byte(line), &e); err != nil || e.ID == "" || e.Page.URL == "" {
				bad++
				continue
			}
			good++
		}
		if good != want[0] || bad != want[1] {
			t.Errorf("%s: %d events and %d broken lines, want %v", day, good, bad, want)
		}
	}
}
