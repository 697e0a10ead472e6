package parser_test

import (
	"errors"
	"os"
	"path/filepath"
	"testing"

	"github.com/argan-sql/argan/sql/ast"
	"github.com/argan-sql/argan/sql/format"
	"github.com/argan-sql/argan/sql/parser"
	"github.com/argan-sql/argan/sqlerr"
)

// seeds are the statements of testdata, one piece a statement.
func seeds(tb testing.TB) []string {
	var all []string
	files, err := filepath.Glob("testdata/*.sql")
	if err != nil || len(files) == 0 {
		tb.Fatalf("no seeds: %v", err)
	}
	for _, f := range files {
		raw, err := os.ReadFile(f)
		if err != nil {
			tb.Fatal(err)
		}
		for _, piece := range parser.Split(string(raw)) {
			all = append(all, piece.Text)
		}
	}
	return all
}

func TestSeeds(t *testing.T) {
	for _, sql := range seeds(t) {
		tree, err := parser.Parse(sql)
		if err != nil {
			t.Errorf("%s\n%v", sql, err)
			continue
		}
		roundTrip(t, sql, tree)
		checkPositions(t, sql, tree)
	}
}

// checkPositions: every node stands somewhere within the text.
func checkPositions(t *testing.T, sql string, tree ast.Node) {
	t.Helper()
	ast.Inspect(tree, func(n ast.Node) bool {
		if p := n.Pos(); !p.Known() || p.Start < 0 || p.Stop > len(sql) || p.Start >= p.Stop {
			t.Errorf("%s\n%T (%s) has position %+v", sql, n, text(n), p)
		}
		return true
	})
}

func text(n ast.Node) string {
	if e, ok := n.(ast.Expr); ok {
		return format.Expr(e)
	}
	return ""
}

// FuzzParse: no input makes the parser fall over; what parses, prints as what parses to the same tree.
func FuzzParse(f *testing.F) {
	for _, sql := range seeds(f) {
		f.Add(sql)
	}
	f.Fuzz(func(t *testing.T, sql string) {
		tree, err := parser.Parse(sql)
		if err != nil {
			var e *sqlerr.Error
			if !errors.As(err, &e) || e.Class == "INTERNAL_ERROR" || !e.Position.Known() {
				t.Fatalf("%q: %v", sql, err)
			}
			_ = e.Error()
			return
		}
		roundTrip(t, sql, tree)
	})
}
