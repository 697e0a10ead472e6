// Package techmart writes the raw files of TechMart, the Moroccan electronics shop of the demo: three years of
// customers, products, sales and web events, and a second delivery that a load has to clean.
//
// Beside them, the messages of the shop as it is open now (live.go): payments and web events as JSON, with duplicates, late, invalid
// and broken ones, and planted frauds that are counted.
//
// In: a folder, a size and a seed. Out: day1/ and day2/ with customers.csv, products.csv, transactions.csv and
// web_events.json (one object a line). The same options always give the same bytes. Rows are computed from their
// number alone, so files of any size stream to disk and the second delivery can repeat rows of the first.
package techmart

import (
	"bufio"
	"fmt"
	"os"
	"path/filepath"
)

// Sizes of the first delivery at factor 1. Customers, transactions and web events grow with the factor; a shop ten
// times as large does not have ten times as many products.
const (
	Customers    = 5_000
	Products     = 500
	Transactions = 50_000
	WebEvents    = 20_000
)

// MeanBasket is the mean amount of a sale in MAD that the prices are set for; Transactions × MeanBasket is the
// turnover of the three years, about 432 million.
const MeanBasket = 8_648

// DefaultSeed is the seed of the demo and of the recorded answers in examples/techmart.
const DefaultSeed = 42

// Options say how much to write.
type Options struct {
	// Factor multiplies customers, transactions and web events; 0 means 1.
	Factor int
	// Seed chooses the data; 0 means DefaultSeed.
	Seed int64
}

// generator holds what every row is computed from.
type generator struct {
	seed     uint64
	factor   int64
	calendar *calendar
	people   *register
	catalog  []product
}

// Generate writes both deliveries under dir, replacing files of an earlier run.
func Generate(dir string, opts Options) error {
	if opts.Factor == 0 {
		opts.Factor = 1
	}
	if opts.Factor < 0 {
		return fmt.Errorf("techmart: the factor is %d, it must be at least 1", opts.Factor)
	}
	if opts.Seed == 0 {
		opts.Seed = DefaultSeed
	}
	g := newGenerator(opts)
	for _, f := range []struct {
		name  string
		write func(*bufio.Writer)
	}{
		{"day1/customers.csv", g.writeCustomers},
		{"day1/products.csv", g.writeProducts},
		{"day1/transactions.csv", g.writeSales},
		{"day1/web_events.json", g.writeEvents},
		{"day2/customers.csv", g.writeCustomerChanges},
		{"day2/products.csv", g.writeProductChanges},
		{"day2/transactions.csv", g.writeSalesDelivery},
		{"day2/web_events.json", g.writeEventsDelivery},
	} {
		if err := writeFile(filepath.Join(dir, filepath.FromSlash(f.name)), f.write); err != nil {
			return fmt.Errorf("techmart: write %s: %w", f.name, err)
		}
	}
	return nil
}

func newGenerator(opts Options) *generator {
	g := &generator{seed: uint64(opts.Seed), factor: int64(opts.Factor)}
	g.calendar = newCalendar()
	g.people = newRegister(Customers * g.factor)
	g.catalog = g.newCatalog()
	g.scalePrices()
	return g
}

// writeFile streams one file. A bufio.Writer keeps its first error, so the writers of rows need not look at it.
func writeFile(path string, write func(*bufio.Writer)) error {
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		return err
	}
	f, err := os.Create(path)
	if err != nil {
		return err
	}
	w := bufio.NewWriterSize(f, 1<<20)
	write(w)
	if err := w.Flush(); err != nil {
		_ = f.Close() // the first error tells more
		return err
	}
	return f.Close()
}
