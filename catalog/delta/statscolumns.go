package delta

import (
	"strconv"
	"strings"

	"github.com/argan-sql/argan/types"
)

// defaultIndexedColumns is delta.dataSkippingNumIndexedCols where it is not set.
const defaultIndexedColumns = 32

// StatsColumns are the columns statistics are to be kept for, as paths of physical names: those that
// delta.dataSkippingStatsColumns names, or else the first delta.dataSkippingNumIndexedCols leaves.
func (m *Metadata) StatsColumns() [][]string {
	mapped := m.MappingMode() != "none"
	var out [][]string
	var leaves func(t *types.Type, logical, physical []string, keep func(logical []string) bool)
	leaves = func(t *types.Type, logical, physical []string, keep func([]string) bool) {
		for _, f := range t.Fields {
			if len(logical) == 0 && m.IsPartition(f.Name) {
				continue
			}
			l := append(logical[:len(logical):len(logical)], f.Name)
			p := append(physical[:len(physical):len(physical)], physicalName(f, mapped))
			if f.Type.Kind == types.Struct {
				leaves(f.Type, l, p, keep)
			} else if keep(l) {
				out = append(out, p)
			}
		}
	}
	if list := m.Configuration["delta.dataSkippingStatsColumns"]; list != "" {
		named := splitColumns(list)
		leaves(m.Schema, nil, nil, func(path []string) bool {
			for _, n := range named {
				if len(n) <= len(path) && equalPath(n, path[:len(n)]) {
					return true
				}
			}
			return false
		})
		return out
	}
	limit := defaultIndexedColumns
	if n, err := strconv.Atoi(m.Configuration["delta.dataSkippingNumIndexedCols"]); err == nil {
		limit = n
	}
	count := 0
	leaves(m.Schema, nil, nil, func([]string) bool {
		count++
		return limit < 0 || count <= limit
	})
	return out
}

func equalPath(a, b []string) bool {
	for i := range a {
		if !strings.EqualFold(a[i], b[i]) {
			return false
		}
	}
	return true
}

// splitColumns reads a list of columns: a, b.c, `d,e`.
func splitColumns(list string) [][]string {
	var out [][]string
	var path []string
	var name strings.Builder
	quoted := false
	end := func(column bool) {
		if s := name.String(); s != "" {
			path = append(path, s)
		}
		name.Reset()
		if column && path != nil {
			out, path = append(out, path), nil
		}
	}
	for _, r := range list {
		switch {
		case r == '`':
			quoted = !quoted
		case quoted:
			name.WriteRune(r)
		case r == ',':
			end(true)
		case r == '.':
			end(false)
		case r == ' ':
		default:
			name.WriteRune(r)
		}
	}
	end(true)
	return out
}
