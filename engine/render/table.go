package render

import (
	"bufio"
	"strings"

	"golang.org/x/text/width"

	"github.com/argan-sql/argan/exec/cast"
	"github.com/argan-sql/argan/exec/vector"
	"github.com/argan-sql/argan/sqlerr"
	"github.com/argan-sql/argan/types"
)

// tableRows is how many rows share one set of column widths: a longer result is printed in pieces of this many rows, each
// aligned in itself, so that it need not be held.
const tableRows = 10_000

// tableWriter writes +---+ tables as Spark's show does, cells to the right.
type tableWriter struct {
	out    *bufio.Writer
	o      Options
	header []string
	rows   [][]string
	begun  bool
}

func (w *tableWriter) Begin(schema *types.Type) error {
	for _, f := range schema.Fields {
		w.header = append(w.header, w.fit(f.Name))
	}
	return nil
}

var breaks = strings.NewReplacer("\n", `\n`, "\r", `\r`, "\t", `\t`)

func (w *tableWriter) fit(s string) string { return cut(breaks.Replace(s), w.o.MaxWidth) }

// cut shortens a text to a number of columns of a terminal.
func cut(s string, limit int) string {
	if limit <= 3 || cells(s) <= limit {
		return s
	}
	var b strings.Builder
	n := 0
	for _, r := range s {
		n += cells(string(r))
		if n > limit-3 {
			break
		}
		b.WriteRune(r)
	}
	return b.String() + "..."
}

// narrowest is the width below which no column is cut.
const narrowest = 6

// narrow cuts the widest columns until the table is as wide as it may be; where there are too many columns for that, it
// stays wider.
func (w *tableWriter) narrow(widths []int) {
	if w.o.Width <= 0 {
		return
	}
	total := 1
	for c := range widths {
		widths[c] = min(widths[c], w.o.Width)
		total += widths[c] + 1
	}
	for ; total > w.o.Width; total-- {
		widest := 0
		for c, n := range widths {
			if n > widths[widest] {
				widest = c
			}
		}
		if len(widths) == 0 || widths[widest] <= narrowest {
			return
		}
		widths[widest]--
	}
}

// cells is how many columns of a terminal a text takes.
func cells(s string) int {
	n := 0
	for _, r := range s {
		n++
		if r >= 0x1100 {
			if k := width.LookupRune(r).Kind(); k == width.EastAsianWide || k == width.EastAsianFullwidth {
				n++
			}
		}
	}
	return n
}

func (w *tableWriter) Batch(b *vector.Batch) error {
	for i := range b.Len() {
		row := make([]string, len(b.Cols))
		for c := range b.Cols {
			v := b.Column(c)
			if v.IsNull(i) {
				row[c] = "NULL"
			} else {
				row[c] = w.fit(cast.Hive(v, i, w.o.Zone))
			}
		}
		w.rows = append(w.rows, row)
		if len(w.rows) == tableRows {
			if err := w.flush(); err != nil {
				return err
			}
		}
	}
	return nil
}

func (w *tableWriter) flush() error {
	widths := make([]int, len(w.header))
	for c, h := range w.header {
		widths[c] = max(3, cells(h))
	}
	for _, row := range w.rows {
		for c, cell := range row {
			widths[c] = max(widths[c], cells(cell))
		}
	}
	w.narrow(widths)
	rule := "+"
	for _, n := range widths {
		rule += strings.Repeat("-", n) + "+"
	}
	line := func(row []string) {
		_ = w.out.WriteByte('|')
		for c, cell := range row {
			cell = cut(cell, widths[c])
			_, _ = w.out.WriteString(strings.Repeat(" ", max(0, widths[c]-cells(cell))))
			_, _ = w.out.WriteString(cell)
			_ = w.out.WriteByte('|')
		}
		_ = w.out.WriteByte('\n')
	}
	_, _ = w.out.WriteString(rule + "\n")
	line(w.header)
	_, _ = w.out.WriteString(rule + "\n")
	for _, row := range w.rows {
		line(row)
	}
	_, _ = w.out.WriteString(rule + "\n")
	w.rows, w.begun = w.rows[:0], true
	return w.out.Flush()
}

func (w *tableWriter) End(Tail) error {
	if len(w.header) == 0 || w.begun && len(w.rows) == 0 {
		return w.out.Flush()
	}
	return w.flush()
}

func (w *tableWriter) Fail(*sqlerr.Error) error {
	w.rows = nil
	return w.out.Flush()
}
