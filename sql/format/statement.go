package format

import (
	"fmt"

	"github.com/argan-sql/argan/sql/ast"
)

// statement writes a statement. Each family knows its own; the first that does, has written it.
func (w *writer) statement(s ast.Statement) {
	if q, ok := s.(*ast.Query); ok {
		w.query(q)
		return
	}
	for _, write := range families {
		if write(w, s) {
			return
		}
	}
	panic(fmt.Sprintf("format: no way to print %T", s))
}

var families []func(w *writer, s ast.Statement) bool

func init() {
	families = []func(w *writer, s ast.Statement) bool{
		(*writer).dml, (*writer).tables, (*writer).views, (*writer).catalog, (*writer).maintenance,
		(*writer).session, (*writer).describe, (*writer).show, (*writer).kept, (*writer).access,
	}
}
