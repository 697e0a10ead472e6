package all_test

import (
	"os"
	"strings"
	"testing"

	"github.com/argan-sql/argan/planner/plantest"
	"github.com/argan-sql/argan/sqlerr"
)

func TestAsk(t *testing.T) {
	raw, err := os.ReadFile("/tmp/ask.sql")
	if err != nil {
		t.Skip()
	}
	c := plantest.New()
	c.Settings["spark.sql.session.timeZone"] = "America/Los_Angeles"
	for _, q := range strings.Split(string(raw), ";\n") {
		q = strings.TrimSpace(q)
		if q == "" {
			continue
		}
		res, err := c.Replay(q)
		if err != nil {
			t.Logf("%s\n   ==> %v", q, sqlerr.From(err))
			continue
		}
		if len(res.Columns) == 0 {
			continue
		}
		r, err := run(res.Plan, c.Functions())
		if err != nil {
			t.Logf("%s\n   ==> %v", q, err)
			continue
		}
		var ts []string
		for _, c := range res.Columns {
			ts = append(ts, c.T.String())
		}
		t.Logf("%s\n   ==> %q %s", q, print(r, res.Columns, c.Functions()), strings.Join(ts, ", "))
	}
}
