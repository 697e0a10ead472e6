package metastore

import (
	"context"
	"database/sql"
	"fmt"
	"time"

	"github.com/argan-sql/argan/catalog/access"
	"github.com/argan-sql/argan/sqlerr"
)

// principals are the tables of users, groups, tokens and grants. access_version counts changes, so that other processes on
// the warehouse learn of them.
const principals = `
CREATE TABLE IF NOT EXISTS users (
  name TEXT PRIMARY KEY COLLATE NOCASE, hash TEXT NOT NULL, administrator INTEGER NOT NULL, disabled INTEGER NOT NULL, limits TEXT NOT NULL, created INTEGER NOT NULL);
CREATE TABLE IF NOT EXISTS groups (name TEXT PRIMARY KEY COLLATE NOCASE, limits TEXT NOT NULL);
CREATE TABLE IF NOT EXISTS members (grp TEXT NOT NULL COLLATE NOCASE, user TEXT NOT NULL COLLATE NOCASE, PRIMARY KEY (grp, user));
CREATE TABLE IF NOT EXISTS tokens (
  hash TEXT PRIMARY KEY, name TEXT NOT NULL COLLATE NOCASE, user TEXT NOT NULL COLLATE NOCASE, created INTEGER NOT NULL, expires INTEGER NOT NULL,
  used INTEGER NOT NULL, UNIQUE (user, name));
CREATE TABLE IF NOT EXISTS grants (
  database TEXT NOT NULL COLLATE NOCASE, name TEXT NOT NULL COLLATE NOCASE, privilege TEXT NOT NULL, principal TEXT NOT NULL COLLATE NOCASE,
  grantor TEXT NOT NULL, grantable INTEGER NOT NULL, created INTEGER NOT NULL, PRIMARY KEY (database, name, privilege, principal));
CREATE TABLE IF NOT EXISTS access_version (id INTEGER PRIMARY KEY CHECK (id = 1), version INTEGER NOT NULL);
INSERT OR IGNORE INTO access_version VALUES (1, 0);
`

// AccessVersion counts the changes of users, groups and grants.
func (s *Store) AccessVersion(ctx context.Context) (version int64, err error) {
	if err := s.db.QueryRowContext(ctx, `SELECT version FROM access_version`).Scan(&version); err != nil {
		return 0, fmt.Errorf("version of the rights: %w", err)
	}
	return version, nil
}

// change runs statements that change users, groups or grants, in one transaction.
func (s *Store) change(ctx context.Context, what string, f func(tx *sql.Tx) error) error {
	tx, err := s.db.BeginTx(ctx, nil)
	if err != nil {
		return fmt.Errorf("%s: %w", what, err)
	}
	defer func() { _ = tx.Rollback() }()
	if err := f(tx); err != nil {
		return err
	}
	if _, err := tx.ExecContext(ctx, `UPDATE access_version SET version = version + 1`); err != nil {
		return fmt.Errorf("%s: %w", what, err)
	}
	if err := tx.Commit(); err != nil {
		return fmt.Errorf("%s: %w", what, err)
	}
	return nil
}

// each runs a query and calls f for every row.
func (s *Store) each(ctx context.Context, query string, f func(scan func(...any) error) error, args ...any) error {
	rows, err := s.db.QueryContext(ctx, query, args...)
	if err != nil {
		return err
	}
	defer func() { _ = rows.Close() }()
	for rows.Next() {
		if err := f(rows.Scan); err != nil {
			return err
		}
	}
	return rows.Err()
}

// Principals reads all users and groups.
func (s *Store) Principals(ctx context.Context) (users []access.User, groups []access.Group, err error) {
	err = s.each(ctx, `SELECT name, hash, administrator, disabled, limits, created FROM users ORDER BY name`, func(scan func(...any) error) error {
		u := access.User{Source: "sql"}
		var created int64
		if err := scan(&u.Name, &u.Hash, &u.Administrator, &u.Disabled, &u.Limits, &created); err != nil {
			return err
		}
		u.Created = time.UnixMicro(created)
		users = append(users, u)
		return nil
	})
	if err != nil {
		return nil, nil, fmt.Errorf("list users: %w", err)
	}
	at := map[string]int{}
	err = s.each(ctx, `SELECT g.name, g.limits, m.user FROM groups g LEFT JOIN members m ON m.grp = g.name ORDER BY g.name, m.user`, func(scan func(...any) error) error {
		var name, limits string
		var user sql.NullString
		if err := scan(&name, &limits, &user); err != nil {
			return err
		}
		i, ok := at[name]
		if !ok {
			i = len(groups)
			at[name] = i
			groups = append(groups, access.Group{Name: name, Limits: limits, Source: "sql"})
		}
		if user.Valid {
			groups[i].Members = append(groups[i].Members, user.String)
		}
		return nil
	})
	if err != nil {
		return nil, nil, fmt.Errorf("list groups: %w", err)
	}
	return users, groups, nil
}

// CreateUser adds a user and puts them into groups. The first user of all becomes an administrator. PRINCIPAL_ALREADY_EXISTS
// when a user or group has the name, PRINCIPAL_NOT_FOUND for a group that is not there.
func (s *Store) CreateUser(ctx context.Context, u access.User, groups []string) error {
	return s.change(ctx, "create user "+u.Name, func(tx *sql.Tx) error {
		if err := nameFree(ctx, tx, u.Name); err != nil {
			return err
		}
		var n int
		if err := tx.QueryRowContext(ctx, `SELECT count(*) FROM users`).Scan(&n); err != nil {
			return fmt.Errorf("create user %s: %w", u.Name, err)
		}
		_, err := tx.ExecContext(ctx, `INSERT INTO users VALUES (?,?,?,?,?,?)`, u.Name, u.Hash, u.Administrator || n == 0, u.Disabled, u.Limits, time.Now().UnixMicro())
		if err != nil {
			return fmt.Errorf("create user %s: %w", u.Name, err)
		}
		for _, g := range groups {
			if err := join(ctx, tx, g, u.Name); err != nil {
				return err
			}
		}
		return nil
	})
}

func nameFree(ctx context.Context, tx *sql.Tx, name string) error {
	var n int
	if err := tx.QueryRowContext(ctx, `SELECT (SELECT count(*) FROM users WHERE name = ?) + (SELECT count(*) FROM groups WHERE name = ?)`, name, name).Scan(&n); err != nil {
		return fmt.Errorf("look up %s: %w", name, err)
	}
	if n > 0 {
		return sqlerr.New("PRINCIPAL_ALREADY_EXISTS", "name", name)
	}
	return nil
}

func join(ctx context.Context, tx *sql.Tx, group, user string) error {
	r, err := tx.ExecContext(ctx, `INSERT OR IGNORE INTO members SELECT name, ? FROM groups WHERE name = ?`, user, group)
	if err != nil {
		return fmt.Errorf("put %s into %s: %w", user, group, err)
	}
	if n, err := r.RowsAffected(); err == nil && n > 0 {
		return nil
	}
	var n int
	if err := tx.QueryRowContext(ctx, `SELECT count(*) FROM groups WHERE name = ?`, group).Scan(&n); err != nil {
		return fmt.Errorf("look up %s: %w", group, err)
	}
	if n == 0 {
		return sqlerr.New("PRINCIPAL_NOT_FOUND", "kind", "group", "name", group)
	}
	return nil // was in it already
}

// UpdateUser writes what has changed of a user; PRINCIPAL_NOT_FOUND when there is none, LAST_ADMINISTRATOR when nobody would be
// left who may administrate.
func (s *Store) UpdateUser(ctx context.Context, u access.User) error {
	return s.change(ctx, "change user "+u.Name, func(tx *sql.Tx) error {
		r, err := tx.ExecContext(ctx, `UPDATE users SET hash = ?, administrator = ?, disabled = ?, limits = ? WHERE name = ?`, u.Hash, u.Administrator, u.Disabled, u.Limits, u.Name)
		if err != nil {
			return fmt.Errorf("change user %s: %w", u.Name, err)
		}
		if n, _ := r.RowsAffected(); n == 0 {
			return sqlerr.New("PRINCIPAL_NOT_FOUND", "kind", "user", "name", u.Name)
		}
		return someAdministrator(ctx, tx, u.Name)
	})
}

// DropUser removes a user with their tokens, memberships and grants; it says whether there was one. LAST_ADMINISTRATOR as in
// UpdateUser.
func (s *Store) DropUser(ctx context.Context, name string) (found bool, err error) {
	err = s.change(ctx, "drop user "+name, func(tx *sql.Tx) error {
		r, err := tx.ExecContext(ctx, `DELETE FROM users WHERE name = ?`, name)
		if err != nil {
			return fmt.Errorf("drop user %s: %w", name, err)
		}
		n, err := r.RowsAffected()
		if found = n > 0; !found || err != nil {
			return err
		}
		for _, q := range []string{`DELETE FROM members WHERE user = ?`, `DELETE FROM tokens WHERE user = ?`, `DELETE FROM grants WHERE principal = ?`} {
			if _, err := tx.ExecContext(ctx, q, name); err != nil {
				return fmt.Errorf("drop user %s: %w", name, err)
			}
		}
		return someAdministrator(ctx, tx, name)
	})
	return found, err
}

// someAdministrator makes sure that somebody is left who may administrate.
func someAdministrator(ctx context.Context, tx *sql.Tx, changed string) error {
	var n int
	if err := tx.QueryRowContext(ctx, `SELECT count(*) FROM users WHERE administrator AND NOT disabled`).Scan(&n); err != nil {
		return fmt.Errorf("count administrators: %w", err)
	}
	if n == 0 {
		return sqlerr.New("LAST_ADMINISTRATOR", "name", changed)
	}
	return nil
}

// CreateGroup adds a group; PRINCIPAL_ALREADY_EXISTS when a user or group has the name.
func (s *Store) CreateGroup(ctx context.Context, name string) error {
	return s.change(ctx, "create group "+name, func(tx *sql.Tx) error {
		if err := nameFree(ctx, tx, name); err != nil {
			return err
		}
		if _, err := tx.ExecContext(ctx, `INSERT INTO groups VALUES (?, '')`, name); err != nil {
			return fmt.Errorf("create group %s: %w", name, err)
		}
		return nil
	})
}

// SetGroupLimits writes a group's limits; PRINCIPAL_NOT_FOUND when there is no such group.
func (s *Store) SetGroupLimits(ctx context.Context, name, limits string) error {
	return s.change(ctx, "change group "+name, func(tx *sql.Tx) error {
		r, err := tx.ExecContext(ctx, `UPDATE groups SET limits = ? WHERE name = ?`, limits, name)
		if err != nil {
			return fmt.Errorf("change group %s: %w", name, err)
		}
		if n, _ := r.RowsAffected(); n == 0 {
			return sqlerr.New("PRINCIPAL_NOT_FOUND", "kind", "group", "name", name)
		}
		return nil
	})
}

// DropGroup removes a group with its grants; it says whether there was one.
func (s *Store) DropGroup(ctx context.Context, name string) (found bool, err error) {
	err = s.change(ctx, "drop group "+name, func(tx *sql.Tx) error {
		r, err := tx.ExecContext(ctx, `DELETE FROM groups WHERE name = ?`, name)
		if err != nil {
			return fmt.Errorf("drop group %s: %w", name, err)
		}
		n, err := r.RowsAffected()
		if found = n > 0; !found || err != nil {
			return err
		}
		for _, q := range []string{`DELETE FROM members WHERE grp = ?`, `DELETE FROM grants WHERE principal = ?`} {
			if _, err := tx.ExecContext(ctx, q, name); err != nil {
				return fmt.Errorf("drop group %s: %w", name, err)
			}
		}
		return nil
	})
	return found, err
}

// Join puts a user into a group; Leave takes them out.
func (s *Store) Join(ctx context.Context, group, user string) error {
	return s.change(ctx, "put into group "+group, func(tx *sql.Tx) error { return join(ctx, tx, group, user) })
}

// Leave takes a user out of a group; leaving a group one is not in is no error.
func (s *Store) Leave(ctx context.Context, group, user string) error {
	return s.change(ctx, "take out of group "+group, func(tx *sql.Tx) error {
		_, err := tx.ExecContext(ctx, `DELETE FROM members WHERE grp = ? AND user = ?`, group, user)
		return err
	})
}
