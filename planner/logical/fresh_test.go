package logical_test

import (
	"testing"

	"github.com/argan-sql/argan/planner/expr"
	"github.com/argan-sql/argan/planner/logical"
	"github.com/argan-sql/argan/planner/plantest"
)

var plans = []string{
	"SELECT a, count(*) AS n FROM t WHERE b IS NOT NULL GROUP BY a HAVING count(*) > 1 ORDER BY n LIMIT 3",
	"SELECT x.a, (SELECT max(c) FROM t WHERE t.a = x.a) FROM t x LEFT JOIN t y USING (a)",
	"SELECT a, sum(c) OVER (PARTITION BY b ORDER BY c) FROM t UNION ALL SELECT 1, 2",
	"SELECT a, b FROM t GROUP BY CUBE (a, b)",
	"WITH q AS (SELECT a, avg(c) AS m FROM t GROUP BY a) SELECT * FROM q x JOIN q y ON x.m = y.m",
	"SELECT e FROM t LATERAL VIEW explode(array(a, 1)) v AS e WHERE EXISTS (SELECT 1 FROM range(3) r WHERE r.id = t.a)",
	"SELECT * FROM t, LATERAL (SELECT t.a + id AS s FROM range(2))",
	"SELECT DISTINCT a FROM VALUES (1), (2) AS v(a) DISTRIBUTE BY a",
}

func catalog(t *testing.T) *plantest.Catalog {
	t.Helper()
	c := plantest.New()
	if _, err := c.AddTable("t", "a INT, b STRING, c DOUBLE"); err != nil {
		t.Fatal(err)
	}
	return c
}

// made are the identities that a plan's nodes give, those of plans inside expressions too.
func made(n logical.Node) map[expr.ID]bool {
	out := map[expr.ID]bool{}
	logical.WalkAll(n, func(x logical.Node) bool {
		for _, c := range x.Output() {
			out[c.ID] = true
		}
		return true
	})
	return out
}

func TestFresh(t *testing.T) {
	c := catalog(t)
	for _, text := range plans {
		n, err := c.Query(text)
		if err != nil {
			t.Errorf("%s: %v", text, err)
			continue
		}
		if err := logical.Check(n); err != nil {
			t.Errorf("%s: %v", text, err)
		}
		f, _ := logical.Fresh(n)
		if err := logical.Check(f); err != nil {
			t.Errorf("%s: the copy: %v\n%s", text, err, logical.Format(f))
		}
		if a, b := logical.Format(n), logical.Format(f); a != b {
			t.Errorf("%s: the copy differs\n%s\n%s", text, a, b)
		}
		old := made(n)
		for id := range made(f) {
			if old[id] {
				t.Errorf("%s: the copy keeps column %d", text, id)
			}
		}
	}
}

func TestTransformKeepsWhatStays(t *testing.T) {
	c := catalog(t)
	for _, text := range plans {
		n, err := c.Query(text)
		if err != nil {
			t.Fatal(err)
		}
		if same := logical.Transform(n, func(x logical.Node) logical.Node { return x }); same != n {
			t.Errorf("%s: Transform that changes nothing made a new plan", text)
		}
		if same := logical.TransformAllExpressions(n, func(e expr.Expr) expr.Expr { return e }); same != n {
			t.Errorf("%s: TransformAllExpressions that changes nothing made a new plan", text)
		}
	}
}

func TestCheckFindsBrokenPlans(t *testing.T) {
	c := catalog(t)
	n, err := c.Query("SELECT a FROM t WHERE c > 1")
	if err != nil {
		t.Fatal(err)
	}
	broken := logical.Transform(n, func(x logical.Node) logical.Node {
		if s, ok := x.(*logical.Scan); ok {
			k := *s
			k.Columns, k.Fields = s.Columns[:1], s.Fields[:1]
			return &k
		}
		return x
	})
	if logical.Check(broken) == nil {
		t.Error("a filter over a column that is gone passes")
	}
}
