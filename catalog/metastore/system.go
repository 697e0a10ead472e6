package metastore

import (
	"sort"
	"strings"

	"github.com/argan-sql/argan/sqlerr"
	"github.com/argan-sql/argan/types"
)

// SystemTable is the kind of the server's own tables, which are in no file.
const SystemTable Kind = "SYSTEM"

// system is the database of the server's own tables. It is nowhere stored: entries of a database of that name that was
// made by someone stay readable beside it, except where one has the name of a system table.
type system struct {
	database *Database
	tables   map[string]*Table // by lower-case name
}

// SetSystem names the database of the server's own tables. It is called once, before the store is used.
func (s *Store) SetSystem(name, comment string, tables []*Table) {
	s.system = &system{database: &Database{Name: name, Comment: comment, Properties: map[string]string{}}, tables: map[string]*Table{}}
	for _, t := range tables {
		t.Database, t.Kind = name, SystemTable
		s.system.tables[strings.ToLower(t.Name)] = t
	}
}

// isSystem says whether a database is the system's.
func (s *Store) isSystem(database string) bool {
	return s.system != nil && strings.EqualFold(s.system.database.Name, database)
}

// systemTable finds a system table, nil when there is none.
func (s *Store) systemTable(database, name string) *Table {
	if !s.isSystem(database) {
		return nil
	}
	return s.system.tables[strings.ToLower(name)]
}

// Reserved refuses what would make, change or drop something in the system database; name may be "" for the database.
func (s *Store) Reserved(database, name string) error {
	if !s.isSystem(database) {
		return nil
	}
	full := types.Quote(database)
	if name != "" {
		full += "." + types.Quote(name)
	}
	return sqlerr.New("SYSTEM_DATABASE", "name", full)
}

// withSystem adds the system database to a list of databases.
func (s *Store) withSystem(all []*Database) []*Database {
	if s.system == nil {
		return all
	}
	out := make([]*Database, 0, len(all)+1)
	for _, d := range all {
		if !s.isSystem(d.Name) {
			out = append(out, d)
		}
	}
	d := *s.system.database
	out = append(out, &d)
	sort.SliceStable(out, func(i, j int) bool { return strings.ToLower(out[i].Name) < strings.ToLower(out[j].Name) })
	return out
}

// withSystemTables adds the system tables to a list of a database's tables.
func (s *Store) withSystemTables(database string, all []*Table) []*Table {
	if !s.isSystem(database) {
		return all
	}
	var out []*Table
	for _, t := range all {
		if s.systemTable(database, t.Name) == nil {
			out = append(out, t)
		}
	}
	for _, t := range s.system.tables {
		c := *t
		out = append(out, &c)
	}
	sort.Slice(out, func(i, j int) bool { return strings.ToLower(out[i].Name) < strings.ToLower(out[j].Name) })
	return out
}
