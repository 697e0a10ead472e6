package all

import (
	"strings"
	"testing"

	"github.com/argan-sql/argan/exec/function"
)

// entry is what every kind of function says about itself.
type entry struct {
	name, doc, usage, example, since string
	least, most                      int
}

func find(name string) (entry, bool) {
	if f := function.FindScalar(name); f != nil {
		return entry{f.Name, f.Doc, f.Usage, f.Example, f.Since, f.MinArgs, f.MaxArgs}, true
	}
	if f := function.FindAggregate(name); f != nil {
		return entry{f.Name, f.Doc, f.Usage, f.Example, f.Since, f.MinArgs, f.MaxArgs}, true
	}
	if f := function.FindWindow(name); f != nil {
		return entry{f.Name, f.Doc, f.Usage, f.Example, f.Since, f.MinArgs, f.MaxArgs}, true
	}
	if f := function.FindGenerator(name); f != nil {
		return entry{f.Name, f.Doc, f.Usage, f.Example, f.Since, f.MinArgs, f.MaxArgs}, true
	}
	return entry{}, false
}

// Importing the package is half of the test: a name that two families take panics.
func TestEveryFunctionIsDocumented(t *testing.T) {
	names := function.Names()
	if len(names) < 200 {
		t.Errorf("only %d functions", len(names))
	}
	for _, n := range names {
		e, ok := find(n)
		switch {
		case !ok:
			t.Errorf("%s is listed but cannot be found", n)
		case e.doc == "" || !strings.HasSuffix(e.doc, "."):
			t.Errorf("%s: the sentence %q", n, e.doc)
		case e.usage == "" || e.example == "" || e.since == "":
			t.Errorf("%s: usage %q, example %q, since %q", n, e.usage, e.example, e.since)
		case e.most >= 0 && e.least > e.most:
			t.Errorf("%s takes %d to %d arguments", n, e.least, e.most)
		}
	}
}
