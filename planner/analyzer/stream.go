package analyzer

import (
	"strings"

	"github.com/argan-sql/argan/sql/ast"
	"github.com/argan-sql/argan/sqlerr"
)

// StreamRequest is STREAM source in FROM.
type StreamRequest struct {
	// Node stands in the text; the same text gives the same nodes.
	Node *ast.Stream
	// Name is a table's, Function a table function's with Args.
	Name     []string
	Function string
	Args     []Argument
	Place    Place
}

// Streams is an Environment in which a query may read streams: what it gives for one is the piece that is read now.
type Streams interface {
	Stream(r StreamRequest) (*Relation, error)
}

// stream is STREAM source.
func (a *Analyzer) stream(s *ast.Stream, b *block) (*scope, error) {
	env, ok := a.env.(Streams)
	if !ok {
		return nil, sqlerr.Unsupported("STREAM in this statement").At(s.Pos())
	}
	if s.Watermark != nil {
		return nil, sqlerr.Unsupported("WATERMARK").At(s.Watermark.Pos())
	}
	if len(a.views) > 0 {
		return nil, sqlerr.Unsupported("STREAM in a view").At(s.Pos())
	}
	r := StreamRequest{Node: s, Place: a.place}
	switch source := s.Source.(type) {
	case *ast.Table:
		name, err := a.nameOf(source.Name)
		if err != nil {
			return nil, err
		}
		if len(name) == 1 && b.ctes.find(a, name[0]) != nil {
			return nil, sqlerr.Unsupported("STREAM of a common table expression").At(s.Pos()).WithHint("Write STREAM before the tables in it.")
		}
		r.Name = name
	case *ast.TableFunction:
		args, err := a.tableArguments(&resolver{a: a, block: b}, source.Call)
		if err != nil {
			return nil, err
		}
		r.Function, r.Args = strings.ToLower(source.Call.Name.Last()), args
	}
	rel, err := env.Stream(r)
	if err != nil {
		return nil, at(err, s.Source.Pos())
	}
	sc, err := a.open(rel, rel.At)
	if err != nil {
		return nil, at(err, s.Pos())
	}
	return a.aliased(sc, s.Alias, nil)
}
