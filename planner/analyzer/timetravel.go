package analyzer

import (
	"strconv"
	"strings"
	"time"

	"github.com/argan-sql/argan/catalog"
	"github.com/argan-sql/argan/sql/ast"
	"github.com/argan-sql/argan/sqlerr"
	"github.com/argan-sql/argan/types"
)

// timeTravel evaluates VERSION AS OF and TIMESTAMP AS OF.
func (a *Analyzer) timeTravel(t *ast.TimeTravel) (catalog.At, error) {
	r := &resolver{a: a, block: &block{}}
	e, err := r.expr(t.Value)
	if err != nil {
		return catalog.At{}, err
	}
	v, err := a.operand(e)
	if err != nil {
		return catalog.At{}, err
	}
	if !t.Timestamp {
		if v != nil && !v.IsNull(0) {
			switch x := v.Value(0).(type) {
			case string:
				if n, err := strconv.ParseInt(strings.TrimSpace(x), 10, 64); err == nil {
					return catalog.At{Version: &n}, nil
				}
			default:
				if n, ok := wholeNumber(x); ok {
					return catalog.At{Version: &n}, nil
				}
			}
		}
		return catalog.At{}, sqlerr.New("DELTA_TIME_TRAVEL_INVALID_BEGIN_VALUE", "timeTravelKey", "VERSION AS OF "+e.String())
	}
	bad := func(sub string) error {
		return sqlerr.New("INVALID_TIME_TRAVEL_TIMESTAMP_EXPR."+sub, "expr", quoted(e))
	}
	if v == nil {
		return catalog.At{}, bad("NON_DETERMINISTIC")
	}
	c, err := a.coerce(e, types.TimestampType)
	if err != nil {
		return catalog.At{}, bad("INPUT")
	}
	w, err := a.operand(c)
	if err != nil || w == nil || w.IsNull(0) {
		return catalog.At{}, bad("INPUT")
	}
	at := time.UnixMicro(w.Value(0).(int64)).UTC()
	return catalog.At{Timestamp: &at}, nil
}
