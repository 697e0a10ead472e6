package all_test

import (
	"encoding/json"
	"errors"
	"math"
	"os"
	"path/filepath"
	"sort"
	"strconv"
	"strings"
	"testing"

	"github.com/argan-sql/argan/exec/cast"
	"github.com/argan-sql/argan/exec/eval"
	"github.com/argan-sql/argan/exec/function"
	"github.com/argan-sql/argan/exec/vector"
	"github.com/argan-sql/argan/planner/expr"
	"github.com/argan-sql/argan/planner/logical"
	"github.com/argan-sql/argan/planner/plantest"
	"github.com/argan-sql/argan/sqlerr"
	"github.com/argan-sql/argan/types"
)

// recorded is a file of Spark's answers.
type recorded struct {
	File       string
	Settings   [][]string
	Statements []struct {
		SQL        string
		Status     string
		Lines      []string
		ErrorClass string `json:"error_class"`
		Excluded   string
	}
}

// errPlan says that a plan has nodes that this test cannot run.
var errPlan = errors.New("plan out of reach")

// rows is the result of a plan: columns, and which of them is which.
type rows struct {
	batch *vector.Batch
	at    map[expr.ID]int
}

// compute evaluates an expression over rows.
func (r *rows) compute(e expr.Expr, ctx *function.Context) (*vector.Vector, error) {
	missing := false
	e = expr.Transform(e, func(x expr.Expr) expr.Expr {
		if c, ok := x.(*expr.Column); ok {
			i, found := r.at[c.ID]
			missing = missing || !found
			return &expr.Ordinal{Index: i, Name: c.Name, T: c.T, Null: c.Null}
		}
		switch x.(type) {
		case *expr.Subquery, *expr.Aggregate, *expr.Window, *expr.Outer:
			missing = true
		}
		return x
	})
	if missing {
		return nil, errPlan
	}
	p, err := eval.Compile(e, &eval.Env{Context: ctx})
	if err != nil {
		return nil, err
	}
	v, err := p.Eval(r.batch)
	if err != nil {
		return nil, err
	}
	return vector.Flatten(v), nil
}

// run computes the plans that have functions and little else: values, projections, filters and generators.
func run(n logical.Node, ctx *function.Context) (*rows, error) {
	switch n := n.(type) {
	case *logical.Values:
		one := &rows{batch: vector.NewBatch(nil, 1)}
		out := &rows{at: map[expr.ID]int{}}
		var cols []*vector.Vector
		for i, c := range n.Columns {
			out.at[c.ID] = i
			b := vector.NewBuilder(c.T, len(n.Rows))
			for _, r := range n.Rows {
				v, err := one.compute(r[i], ctx)
				if err != nil {
					return nil, err
				}
				b.AppendFrom(v, 0)
			}
			cols = append(cols, b.Finish())
		}
		out.batch = vector.NewBatch(cols, len(n.Rows))
		return out, nil
	case *logical.Project:
		in, err := run(n.Input, ctx)
		if err != nil {
			return nil, err
		}
		out := &rows{at: map[expr.ID]int{}}
		var cols []*vector.Vector
		for i, e := range n.Exprs {
			v, err := in.compute(e.Expr, ctx)
			if err != nil {
				return nil, err
			}
			out.at[e.Out.ID] = i
			cols = append(cols, v)
		}
		out.batch = vector.NewBatch(cols, in.batch.Len())
		return out, nil
	case *logical.Filter:
		in, err := run(n.Input, ctx)
		if err != nil {
			return nil, err
		}
		v, err := in.compute(n.Condition, ctx)
		if err != nil {
			return nil, err
		}
		sel := []uint32{}
		for i := 0; i < v.Len; i++ {
			if !v.IsNull(i) && v.Bools[i] {
				sel = append(sel, uint32(i))
			}
		}
		return &rows{batch: in.batch.Select(sel).Dense(), at: in.at}, nil
	case *logical.Generate:
		in, err := run(n.Input, ctx)
		if err != nil {
			return nil, err
		}
		args := make([]*vector.Vector, len(n.Args))
		for i, a := range n.Args {
			if args[i], err = in.compute(a, ctx); err != nil {
				return nil, err
			}
		}
		made, parent, err := n.Bound.Eval(ctx, args, in.batch.Len(), n.Outer)
		if err != nil {
			return nil, err
		}
		out := &rows{at: map[expr.ID]int{}}
		var cols []*vector.Vector
		for _, c := range in.batch.Cols {
			cols = append(cols, vector.Gather(c, parent))
		}
		for id, i := range in.at {
			out.at[id] = i
		}
		for i, c := range n.Columns {
			out.at[c.ID] = len(cols)
			cols = append(cols, vector.Flatten(made[i]))
		}
		out.batch = vector.NewBatch(cols, len(parent))
		return out, nil
	case *logical.Sort:
		return run(n.Input, ctx)
	}
	return nil, errPlan
}

// print is a row as the shell prints it.
func print(r *rows, cols []*expr.Column, ctx *function.Context) []string {
	lines := make([]string, r.batch.Len())
	for i := range lines {
		cells := make([]string, len(cols))
		for k, c := range cols {
			v := r.batch.Cols[r.at[c.ID]]
			cells[k] = cast.Hive(v, i, ctx.Zone)
			switch {
			case v.IsNull(i):
			case v.Type.Kind == types.Map:
				cells[k] = sorted(v, i, ctx)
			case v.Type.Kind == types.Binary:
				cells[k] = string([]rune(cells[k])) // bytes that are no characters show as such
			}
		}
		lines[i] = strings.TrimRight(strings.Join(cells, "\t"), " \t")
	}
	return lines
}

// sorted prints a map with its entries in the order of their text, as the answers have it.
func sorted(v *vector.Vector, i int, ctx *function.Context) string {
	w := v.Values()
	r := w.Ranges[v.Index(i)]
	list := make([]string, r.Len)
	for j := range list {
		one := *w
		one.Form, one.Len, one.Valid = vector.Flat, 1, nil
		one.Ranges = []vector.Range{{Off: r.Off + uint32(j), Len: 1}}
		s := cast.Hive(&one, 0, ctx.Zone)
		list[j] = s[1 : len(s)-1]
	}
	sort.Strings(list)
	return "{" + strings.Join(list, ",") + "}"
}

// alike compares cells, numbers with a little tolerance.
func alike(got, want string) bool {
	if got == want {
		return true
	}
	a, b := strings.Split(got, "\t"), strings.Split(want, "\t")
	if len(a) != len(b) {
		return false
	}
	for i := range a {
		if a[i] == b[i] {
			continue
		}
		x, err1 := strconv.ParseFloat(a[i], 64)
		y, err2 := strconv.ParseFloat(b[i], 64)
		if err1 != nil || err2 != nil || math.Abs(x-y) > 1e-6*math.Max(1, math.Abs(y)) {
			return false
		}
	}
	return true
}

// TestRecordedAnswers replays the recorded statements whose plans are only projections, filters and generators over
// VALUES, and compares the rows with Spark's. VERBOSE prints every difference.
func TestRecordedAnswers(t *testing.T) {
	dir := plantest.Shared()
	if dir == "" {
		t.Skip("the shared test data is not there: set ARGAN_SHARED")
	}
	var files []string
	_ = filepath.WalkDir(filepath.Join(dir, "sparksql"), func(path string, d os.DirEntry, err error) error {
		if err == nil && strings.HasSuffix(path, ".json") && strings.Contains(path, "truth") {
			files = append(files, path)
		}
		return err
	})
	sort.Strings(files)
	right, wrong, refused := 0, 0, 0
	say := func(string, ...any) {}
	if os.Getenv("VERBOSE") != "" {
		say = t.Logf
	}
	for _, path := range files {
		if only := os.Getenv("ONLY"); only != "" && !strings.Contains(path, only) {
			continue
		}
		raw, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		var rec recorded
		if err := json.Unmarshal(raw, &rec); err != nil {
			t.Fatalf("%s: %v", path, err)
		}
		c := plantest.New()
		c.Settings["spark.sql.session.timeZone"] = "America/Los_Angeles"
		for _, s := range rec.Settings {
			c.Settings[s[0]] = s[1]
		}
		for _, st := range rec.Statements {
			if strings.HasPrefix(strings.ToUpper(st.SQL), "INSERT") {
				continue
			}
			res, err := c.Replay(st.SQL)
			if err != nil && st.Status == "ok" && st.Excluded == "" {
				refused++
				say("%s\n  %s\n  refused: %v", rec.File, st.SQL, err)
			}
			if err != nil || len(res.Columns) == 0 || st.Excluded != "" {
				continue
			}
			ctx := c.Functions()
			r, err := run(res.Plan, ctx)
			switch {
			case errors.Is(err, errPlan):
			case err != nil && st.Status == "ok":
				wrong++
				say("%s\n  %s\n  here %v", rec.File, st.SQL, err)
			case err != nil:
				right++
				if class := sqlerr.From(err).Class; class != st.ErrorClass {
					say("%s\n  %s\n  CLASS spark %s, here %s", rec.File, st.SQL, st.ErrorClass, class)
				}
			case st.Status != "ok":
				wrong++
				say("%s\n  %s\n  spark fails with %s, here %q", rec.File, st.SQL, st.ErrorClass, print(r, res.Columns, ctx))
			default:
				got, want := print(r, res.Columns, ctx), st.Lines
				text := strings.Split(strings.Join(got, "\n"), "\n")
				wide := append([]string{}, want...)
				for i := range wide {
					wide[i] = strings.TrimRight(wide[i], " \t")
				}
				sort.Strings(text)
				sort.Strings(wide)
				same := len(text) == len(wide) || len(wide) == 0 && strings.Join(text, "") == ""
				for i := 0; same && i < len(wide); i++ {
					same = alike(text[i], wide[i])
				}
				if same {
					right++
				} else {
					wrong++
					say("%s\n  %s\n  spark %q\n  here  %q", rec.File, st.SQL, wide, text)
				}
			}
		}
	}
	t.Logf("%d answers agree, %d do not; %d statements are refused", right, wrong, refused)
	// What is left are differences of other rooms, such as legacy settings that only a session knows.
	if os.Getenv("ONLY") == "" && (wrong > right/50 || right < 2000) {
		t.Errorf("%d answers agree, %d do not", right, wrong)
	}
}
