package shell

import (
	"strings"
	"testing"
)

// warehouse is where completion finds names in these tests.
type warehouse struct{}

func (warehouse) databases() []string { return []string{"default", "gold", "silver"} }
func (warehouse) functions() []string { return []string{"abs", "sum", "substring", "+"} }

func (warehouse) tables(database string) []string {
	switch database {
	case "gold":
		return []string{"fact_sales", "dim_customers"}
	case "":
		return []string{"orders", "odd name"}
	}
	return nil
}

func (warehouse) columns(table string) []string {
	switch table {
	case "orders":
		return []string{"order_id", "amount", "Sold At"}
	case "gold.fact_sales":
		return []string{"sale_id", "amount"}
	}
	return nil
}

func TestCompletion(t *testing.T) {
	for _, c := range []struct {
		text string // | is the cursor
		want string // the candidates, in order; those that end in … must only be among them
	}{
		{"SELECT * FROM |", "orders `odd name` default. gold. silver."},
		{"SELECT * FROM o|", "orders"},
		{"SELECT * FROM go|", "gold."},
		{"SELECT * FROM gold.|", "gold.fact_sales gold.dim_customers"},
		{"SELECT * FROM gold.F|", "gold.fact_sales"},
		{"select * from gold.fact_sales f where f.|", "f.sale_id f.amount"},
		{"select f.s| from gold.fact_sales as f", "f.sale_id"},
		{"select orders.| from orders", "orders.order_id orders.amount orders.`Sold At`"},
		{"select ord| from orders", "order_id order…"},
		{"SELECT su|", "sum( substring( substr… substring…"},
		{"USE s|", "silver"},
		{"sel|", "select"},
		{"SEL|", "SELECT"},
		{"SELECT 'fr|", ""},
		{"SELECT * FROM orders; SELECT order_|", ""},
		{"INSERT INTO or|", "orders"},
		{`\f|`, "format"},
		{`\format p|`, "parquet"},
		{`\format |`, strings.Join(Formats, " ")},
		{"WHERE xyz|", ""},
		{"SELECT * FROM a, b WHERE é|", ""},
	} {
		at := strings.IndexByte(c.text, '|')
		_, found := complete(c.text[:at]+c.text[at+1:], at, warehouse{})
		var got []string
		for _, f := range found {
			got = append(got, f.value)
		}
		open := strings.Contains(c.want, "…")
		all := strings.Join(got, " ")
		if !open && all != c.want {
			t.Errorf("%s: got %q, want %q", c.text, all, c.want)
		}
		if open {
			for _, w := range strings.Fields(c.want) {
				if w = strings.TrimSuffix(w, "…"); !strings.Contains(" "+strings.ToLower(all)+" ", " "+w) {
					t.Errorf("%s: got %q, which lacks %s", c.text, all, w)
				}
			}
		}
	}
}

func TestTablesIn(t *testing.T) {
	got := tablesIn("SELECT * FROM gold.fact_sales AS f JOIN orders ON f.a = orders.b LEFT JOIN x y USING (k) WHERE 1 = 1")
	for alias, table := range map[string]string{"f": "gold.fact_sales", "orders": "orders", "y": "x"} {
		if got[alias] != table {
			t.Errorf("%s is %q, want %q", alias, got[alias], table)
		}
	}
}

func TestNamesAreAskedOnce(t *testing.T) {
	f := someAnswers()
	n := newNames(f)
	for range 3 {
		if got := n.databases(); len(got) != 2 {
			t.Fatalf("databases: %q", got)
		}
		if got := n.columns("missing"); got != nil {
			t.Fatalf("columns: %q", got)
		}
	}
	if len(f.ran) != 2 {
		t.Errorf("asked %q", f.ran)
	}
	n.forget()
	n.databases()
	if len(f.ran) != 3 {
		t.Errorf("asked %q after a change", f.ran)
	}
}
