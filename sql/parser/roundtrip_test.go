package parser_test

import (
	"testing"

	"github.com/argan-sql/argan/sql/ast"
	"github.com/argan-sql/argan/sql/format"
	"github.com/argan-sql/argan/sql/parser"
)

// roundTrip prints a statement and reads it again.
func roundTrip(t *testing.T, sql string, s ast.Statement) {
	t.Helper()
	text := format.Statement(s)
	again, err := parser.Parse(text)
	if err != nil {
		t.Errorf("%s\nprints as\n%s\nwhich does not parse: %v", sql, text, err)
		return
	}
	if !ast.Equal(s, again) {
		t.Errorf("%s\nprints as\n%s\nwhich prints as\n%s", sql, text, format.Statement(again))
	}
}

func TestCorpusRoundTrip(t *testing.T) {
	for _, s := range corpus(t) {
		if tree, err := parser.Parse(s.sql); err == nil {
			roundTrip(t, s.sql, tree)
		}
	}
}
