package engine

import (
	"context"
	"slices"
	"strings"
)

// TableKey is a key with the table that has it, as metadata calls of the protocols list it.
type TableKey struct {
	Key
	// OwnSchema and OwnTable are the table that has the key; Key.Schema and Key.Table the one a foreign key refers to.
	OwnSchema, OwnTable string
	// PrimaryName is the name of the primary key that a foreign key refers to.
	PrimaryName string
}

// Keys lists the keys of tables for which keep holds, in the order of the tables' names.
func (s *Session) Keys(ctx context.Context, keep func(TableKey) bool) ([]TableKey, error) {
	p := s.newPlanner(nil)
	tables, err := p.keyed(ctx)
	if err != nil {
		return nil, err
	}
	primary := map[string]Key{}
	name := func(schema, table string) string { return strings.ToLower(schema) + "." + strings.ToLower(table) }
	for _, t := range tables {
		if k := t.keys[0]; !k.Foreign {
			primary[name(t.entry.Database, t.entry.Name)] = k
		}
	}
	var out []TableKey
	for _, t := range tables {
		for _, k := range t.keys {
			key := TableKey{Key: k, OwnSchema: t.entry.Database, OwnTable: t.entry.Name}
			if k.Foreign {
				to, there := primary[name(k.Schema, k.Table)]
				if !there || !sameNames(to.Columns, k.Referenced) {
					continue // the table it refers to is gone, or has another key by now
				}
				key.PrimaryName = to.Name
			}
			if keep(key) {
				out = append(out, key)
			}
		}
	}
	slices.SortStableFunc(out, func(a, b TableKey) int {
		return strings.Compare(name(a.OwnSchema, a.OwnTable), name(b.OwnSchema, b.OwnTable))
	})
	return out, nil
}
