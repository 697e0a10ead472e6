// Package metastore keeps the names: databases, tables and views, in an SQLite file inside the warehouse.
//
// In: entries to create, change and drop. Out: entries by name, case-insensitively, with Spark's error classes where one is
// missing or in the way. Several processes may use one warehouse: SQLite's own locking keeps the file whole, and every
// change is one transaction. Data and schemas of Delta tables are not here: the log of each table is the truth.
package metastore

import (
	"context"
	"database/sql"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"time"

	_ "modernc.org/sqlite" // the pure-Go SQLite driver

	"github.com/argan-sql/argan/catalog/access"
	"github.com/argan-sql/argan/sqlerr"
	"github.com/argan-sql/argan/types"
)

// DefaultDatabase is there from the start and cannot be dropped.
const DefaultDatabase = "default"

// Store is an open metastore.
type Store struct {
	db     *sql.DB
	root   string
	system *system // nil where there is none
}

// Database is a database.
type Database struct {
	Name, Comment, Location, Owner string
	Properties                     map[string]string
	Created                        time.Time
}

// Kind tells tables and views apart.
type Kind string

// Kinds of entries.
const (
	ManagedTable  Kind = "MANAGED"
	ExternalTable Kind = "EXTERNAL"
	View          Kind = "VIEW"
)

// Table is a table or a view.
type Table struct {
	Database, Name string
	Kind           Kind
	Provider       string // lower case; "" for views
	Location       string
	Comment, Owner string
	Properties     map[string]string
	Options        map[string]string
	// Schema is kept for tables that are not Delta, and for views (their columns with comments).
	Schema           *types.Type
	PartitionColumns []string
	// ViewText is the query; ViewDatabase the current database when it was made; ViewSettings the SQL settings then in force.
	ViewText, ViewDatabase string
	ViewSettings           map[string]string
	// ViewColumns are the names of the query's columns; nil where they are not different from one another.
	ViewColumns []string
	Created     time.Time
}

const schema = `
CREATE TABLE IF NOT EXISTS databases (
  name TEXT PRIMARY KEY COLLATE NOCASE, comment TEXT NOT NULL, location TEXT NOT NULL, owner TEXT NOT NULL, properties TEXT NOT NULL, created INTEGER NOT NULL);
CREATE TABLE IF NOT EXISTS tables (
  database TEXT NOT NULL COLLATE NOCASE REFERENCES databases(name), name TEXT NOT NULL COLLATE NOCASE, entry TEXT NOT NULL,
  PRIMARY KEY (database, name));
`

// Open opens or makes the metastore of a warehouse folder.
func Open(warehouse string) (*Store, error) {
	root, err := filepath.Abs(warehouse)
	if err != nil {
		return nil, fmt.Errorf("warehouse %s: %w", warehouse, err)
	}
	if err := os.MkdirAll(filepath.Join(root, "_argan"), 0o700); err != nil {
		return nil, fmt.Errorf("warehouse %s: %w", root, err)
	}
	file := filepath.Join(root, "_argan", "catalog.sqlite")
	db, err := sql.Open("sqlite", "file:"+(&pathEscaper{file}).String()+"?_pragma=busy_timeout(10000)&_pragma=journal_mode(WAL)&_pragma=synchronous(FULL)&_txlock=immediate")
	if err != nil {
		return nil, fmt.Errorf("metastore %s: %w", file, err)
	}
	db.SetMaxOpenConns(4)
	s := &Store{db: db, root: root}
	if err := s.prepare(); err != nil {
		_ = db.Close()
		return nil, fmt.Errorf("metastore %s: %w", file, err)
	}
	return s, nil
}

type pathEscaper struct{ path string }

func (p *pathEscaper) String() string {
	return strings.NewReplacer("%", "%25", "?", "%3f", "#", "%23").Replace(p.path)
}

func (s *Store) prepare() error {
	if _, err := s.db.Exec(schema + principals + flowSchema); err != nil {
		return err
	}
	var n int
	if err := s.db.QueryRow(`SELECT count(*) FROM databases WHERE name = ?`, DefaultDatabase).Scan(&n); err != nil || n > 0 {
		return err
	}
	_, err := s.db.Exec(`INSERT OR IGNORE INTO databases VALUES (?,?,?,?,?,?)`, DefaultDatabase, "default database", s.root, "", "{}", time.Now().UnixMicro())
	return err
}

// Close closes the file.
func (s *Store) Close() error { return s.db.Close() }

// Root is the absolute path of the warehouse.
func (s *Store) Root() string { return s.root }

// DatabaseLocation is where a database of this name lives unless told otherwise.
func (s *Store) DatabaseLocation(name string) string {
	return filepath.Join(s.root, strings.ToLower(name)+".db")
}

func encode(v any) string {
	b, err := json.Marshal(v)
	if err != nil {
		panic(fmt.Sprintf("metastore: encode %T: %v", v, err))
	}
	return string(b)
}

func scanDatabase(row interface{ Scan(...any) error }) (*Database, error) {
	var d Database
	var props string
	var created int64
	if err := row.Scan(&d.Name, &d.Comment, &d.Location, &d.Owner, &props, &created); err != nil {
		return nil, err
	}
	d.Created = time.UnixMicro(created)
	if err := json.Unmarshal([]byte(props), &d.Properties); err != nil {
		return nil, fmt.Errorf("database %s: properties: %w", d.Name, err)
	}
	return &d, nil
}

const databaseColumns = `name, comment, location, owner, properties, created`

// Databases lists all databases by name.
func (s *Store) Databases(ctx context.Context) ([]*Database, error) {
	rows, err := s.db.QueryContext(ctx, `SELECT `+databaseColumns+` FROM databases ORDER BY lower(name)`)
	if err != nil {
		return nil, fmt.Errorf("list databases: %w", err)
	}
	defer rows.Close()
	var out []*Database
	for rows.Next() {
		d, err := scanDatabase(rows)
		if err != nil {
			return nil, err
		}
		out = append(out, d)
	}
	return s.withSystem(out), rows.Err()
}

// Database finds a database; SCHEMA_NOT_FOUND when there is none.
func (s *Store) Database(ctx context.Context, name string) (*Database, error) {
	if s.isSystem(name) {
		d := *s.system.database
		return &d, nil
	}
	d, err := scanDatabase(s.db.QueryRowContext(ctx, `SELECT `+databaseColumns+` FROM databases WHERE name = ?`, name))
	if err == sql.ErrNoRows {
		return nil, sqlerr.New("SCHEMA_NOT_FOUND", "schemaName", types.Quote(name))
	}
	return d, err
}

// CreateDatabase adds a database; SCHEMA_ALREADY_EXISTS when the name is taken.
func (s *Store) CreateDatabase(ctx context.Context, d Database) error {
	if err := s.Reserved(d.Name, ""); err != nil {
		return err
	}
	if d.Properties == nil {
		d.Properties = map[string]string{}
	}
	if d.Location == "" {
		d.Location = s.DatabaseLocation(d.Name)
	}
	res, err := s.db.ExecContext(ctx, `INSERT OR IGNORE INTO databases VALUES (?,?,?,?,?,?)`,
		strings.ToLower(d.Name), d.Comment, d.Location, d.Owner, encode(d.Properties), time.Now().UnixMicro())
	if err != nil {
		return fmt.Errorf("create database %s: %w", d.Name, err)
	}
	if n, _ := res.RowsAffected(); n == 0 {
		return sqlerr.New("SCHEMA_ALREADY_EXISTS", "schemaName", types.Quote(d.Name))
	}
	return nil
}

// UpdateDatabase changes comment, location and properties.
func (s *Store) UpdateDatabase(ctx context.Context, d *Database) error {
	if err := s.Reserved(d.Name, ""); err != nil {
		return err
	}
	_, err := s.db.ExecContext(ctx, `UPDATE databases SET comment = ?, location = ?, owner = ?, properties = ? WHERE name = ?`, d.Comment, d.Location, d.Owner, encode(d.Properties), d.Name)
	return err
}

// DropDatabase drops a database and the entries in it. Without cascade it must be empty. It gives the entries that were in it.
func (s *Store) DropDatabase(ctx context.Context, name string, cascade bool) ([]*Table, error) {
	if err := s.Reserved(name, ""); err != nil {
		return nil, err
	}
	if strings.EqualFold(name, DefaultDatabase) {
		return nil, sqlerr.New("UNSUPPORTED_FEATURE.DROP_DATABASE", "database", types.Quote(DefaultDatabase))
	}
	if _, err := s.Database(ctx, name); err != nil {
		return nil, err
	}
	tables, err := s.Tables(ctx, name)
	if err != nil {
		return nil, err
	}
	if len(tables) > 0 && !cascade {
		return nil, sqlerr.New("SCHEMA_NOT_EMPTY", "schemaName", types.Quote(name))
	}
	tx, err := s.db.BeginTx(ctx, nil)
	if err != nil {
		return nil, fmt.Errorf("drop database %s: %w", name, err)
	}
	defer func() { _ = tx.Rollback() }()
	if _, err := tx.ExecContext(ctx, `DELETE FROM tables WHERE database = ?`, name); err != nil {
		return nil, fmt.Errorf("drop database %s: %w", name, err)
	}
	if _, err := tx.ExecContext(ctx, `DELETE FROM flows WHERE database = ?`, name); err != nil {
		return nil, fmt.Errorf("drop database %s: %w", name, err)
	}
	if _, err := tx.ExecContext(ctx, `DELETE FROM databases WHERE name = ?`, name); err != nil {
		return nil, fmt.Errorf("drop database %s: %w", name, err)
	}
	if err := forgetGrants(ctx, tx, access.Object{Database: name}); err != nil {
		return nil, err
	}
	return tables, tx.Commit()
}

func decodeTable(entry string) (*Table, error) {
	var e tableEntry
	if err := json.Unmarshal([]byte(entry), &e); err != nil {
		return nil, fmt.Errorf("metastore entry: %w", err)
	}
	t := e.Table
	if len(e.SchemaJSON) > 0 {
		s, err := types.FromJSON(e.SchemaJSON)
		if err != nil {
			return nil, fmt.Errorf("metastore entry %s.%s: schema: %w", t.Database, t.Name, err)
		}
		t.Schema = s
	}
	return &t, nil
}

type tableEntry struct {
	Table
	Schema     any             `json:"Schema,omitempty"` // shadows Table.Schema: kept in Spark's form below
	SchemaJSON json.RawMessage `json:"schema_json,omitempty"`
}

func encodeTable(t *Table) string {
	e := tableEntry{Table: *t}
	e.Table.Schema = nil
	if t.Schema != nil {
		e.SchemaJSON = json.RawMessage(t.Schema.JSON())
	}
	return encode(e)
}

// Tables lists tables and views of a database by name.
func (s *Store) Tables(ctx context.Context, database string) ([]*Table, error) {
	rows, err := s.db.QueryContext(ctx, `SELECT entry FROM tables WHERE database = ? ORDER BY lower(name)`, database)
	if err != nil {
		return nil, fmt.Errorf("list tables of %s: %w", database, err)
	}
	defer rows.Close()
	var out []*Table
	for rows.Next() {
		var entry string
		if err := rows.Scan(&entry); err != nil {
			return nil, fmt.Errorf("list tables of %s: %w", database, err)
		}
		t, err := decodeTable(entry)
		if err != nil {
			return nil, err
		}
		out = append(out, t)
	}
	return s.withSystemTables(database, out), rows.Err()
}

// Table finds a table or view; nil when there is none.
func (s *Store) Table(ctx context.Context, database, name string) (*Table, error) {
	if t := s.systemTable(database, name); t != nil {
		c := *t
		return &c, nil
	}
	var entry string
	err := s.db.QueryRowContext(ctx, `SELECT entry FROM tables WHERE database = ? AND name = ?`, database, name).Scan(&entry)
	if err == sql.ErrNoRows {
		return nil, nil
	}
	if err != nil {
		return nil, fmt.Errorf("look up %s.%s: %w", database, name, err)
	}
	return decodeTable(entry)
}

// CreateTable adds an entry; with replace it may take the place of one. TABLE_OR_VIEW_ALREADY_EXISTS otherwise.
func (s *Store) CreateTable(ctx context.Context, t *Table, replace bool) error {
	if err := s.Reserved(t.Database, t.Name); err != nil {
		return err
	}
	if t.Created.IsZero() {
		t.Created = time.Now()
	}
	entry := encodeTable(t)
	verb := "INSERT OR IGNORE"
	if replace {
		verb = "INSERT OR REPLACE"
	}
	res, err := s.db.ExecContext(ctx, verb+` INTO tables VALUES (?,?,?)`, t.Database, t.Name, entry)
	if err != nil {
		return fmt.Errorf("create %s.%s: %w", t.Database, t.Name, err)
	}
	if n, _ := res.RowsAffected(); n == 0 {
		return sqlerr.New("TABLE_OR_VIEW_ALREADY_EXISTS", "relationName", types.Quote(t.Database)+"."+types.Quote(t.Name))
	}
	return nil
}

// DropTable removes an entry; it says whether there was one.
func (s *Store) DropTable(ctx context.Context, database, name string) (bool, error) {
	if s.systemTable(database, name) != nil {
		return false, s.Reserved(database, name)
	}
	tx, err := s.db.BeginTx(ctx, nil)
	if err != nil {
		return false, fmt.Errorf("drop %s.%s: %w", database, name, err)
	}
	defer func() { _ = tx.Rollback() }()
	res, err := tx.ExecContext(ctx, `DELETE FROM tables WHERE database = ? AND name = ?`, database, name)
	if err != nil {
		return false, fmt.Errorf("drop %s.%s: %w", database, name, err)
	}
	n, err := res.RowsAffected()
	if err != nil || n == 0 {
		return false, err
	}
	if err := forgetGrants(ctx, tx, access.Object{Database: database, Table: name}); err != nil {
		return false, err
	}
	return true, tx.Commit()
}

// RenameTable moves an entry to another name, in one transaction, with what else changed in t.
func (s *Store) RenameTable(ctx context.Context, database, name string, t *Table) error {
	if s.systemTable(database, name) != nil {
		return s.Reserved(database, name)
	}
	if err := s.Reserved(t.Database, t.Name); err != nil {
		return err
	}
	entry := encodeTable(t)
	tx, err := s.db.BeginTx(ctx, nil)
	if err != nil {
		return fmt.Errorf("rename %s.%s: %w", database, name, err)
	}
	defer func() { _ = tx.Rollback() }()
	var n int
	if err := tx.QueryRowContext(ctx, `SELECT count(*) FROM tables WHERE database = ? AND name = ?`, t.Database, t.Name).Scan(&n); err != nil {
		return fmt.Errorf("rename %s.%s: %w", database, name, err)
	}
	if n > 0 && !(strings.EqualFold(database, t.Database) && strings.EqualFold(name, t.Name)) {
		return sqlerr.New("TABLE_OR_VIEW_ALREADY_EXISTS", "relationName", types.Quote(t.Database)+"."+types.Quote(t.Name))
	}
	if _, err := tx.ExecContext(ctx, `DELETE FROM tables WHERE database = ? AND name = ?`, database, name); err != nil {
		return fmt.Errorf("rename %s.%s: %w", database, name, err)
	}
	if _, err := tx.ExecContext(ctx, `INSERT INTO tables VALUES (?,?,?)`, t.Database, t.Name, entry); err != nil {
		return fmt.Errorf("rename %s.%s: %w", database, name, err)
	}
	from, to := access.Object{Database: database, Table: name}.Key(), access.Object{Database: t.Database, Table: t.Name}.Key()
	if from != to {
		if err := moveGrants(ctx, tx, from, to); err != nil {
			return err
		}
	}
	if err := moveFlows(ctx, tx, database, name, t); err != nil {
		return err
	}
	return tx.Commit()
}
