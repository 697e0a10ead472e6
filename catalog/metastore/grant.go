package metastore

import (
	"context"
	"database/sql"
	"fmt"
	"time"

	"github.com/argan-sql/argan/catalog/access"
)

// Grants reads all grants.
func (s *Store) Grants(ctx context.Context) (out []access.Grant, err error) {
	err = s.each(ctx, `SELECT database, name, privilege, principal, grantor, grantable, created FROM grants`, func(scan func(...any) error) error {
		var g access.Grant
		var created int64
		if err := scan(&g.Object.Database, &g.Object.Table, &g.Privilege, &g.Principal, &g.Grantor, &g.WithGrant, &created); err != nil {
			return err
		}
		g.Created = time.UnixMicro(created)
		out = append(out, g)
		return nil
	})
	if err != nil {
		return nil, fmt.Errorf("list grants: %w", err)
	}
	return out, nil
}

// Grant adds grants; one that is there stays, and may gain WITH GRANT OPTION.
func (s *Store) Grant(ctx context.Context, grants []access.Grant) error {
	return s.change(ctx, "grant", func(tx *sql.Tx) error {
		for _, g := range grants {
			o := g.Object.Key()
			if _, err := tx.ExecContext(ctx, `INSERT INTO grants VALUES (?,?,?,?,?,?,?) ON CONFLICT DO UPDATE SET grantable = grantable OR excluded.grantable`,
				o.Database, o.Table, g.Privilege, g.Principal, g.Grantor, g.WithGrant, time.Now().UnixMicro()); err != nil {
				return fmt.Errorf("grant %s to %s: %w", g.Privilege, g.Principal, err)
			}
		}
		return nil
	})
}

// Revoke takes grants away; ALL PRIVILEGES takes every one. It says how many there were.
func (s *Store) Revoke(ctx context.Context, grants []access.Grant) (n int64, err error) {
	err = s.change(ctx, "revoke", func(tx *sql.Tx) error {
		for _, g := range grants {
			o := g.Object.Key()
			r, err := tx.ExecContext(ctx, `DELETE FROM grants WHERE database = ? AND name = ? AND principal = ? AND (privilege = ? OR ? = 'ALL PRIVILEGES')`,
				o.Database, o.Table, g.Principal, g.Privilege, g.Privilege)
			if err != nil {
				return fmt.Errorf("revoke %s from %s: %w", g.Privilege, g.Principal, err)
			}
			k, _ := r.RowsAffected()
			n += k
		}
		return nil
	})
	return n, err
}

// RevokeOption takes away that grants may be passed on; the grants themselves stay.
func (s *Store) RevokeOption(ctx context.Context, grants []access.Grant) error {
	return s.change(ctx, "revoke grant option", func(tx *sql.Tx) error {
		for _, g := range grants {
			o := g.Object.Key()
			if _, err := tx.ExecContext(ctx, `UPDATE grants SET grantable = 0 WHERE database = ? AND name = ? AND principal = ? AND (privilege = ? OR ? = 'ALL PRIVILEGES')`,
				o.Database, o.Table, g.Principal, g.Privilege, g.Privilege); err != nil {
				return fmt.Errorf("revoke the grant option of %s from %s: %w", g.Privilege, g.Principal, err)
			}
		}
		return nil
	})
}

// forgetGrants removes the grants on what is dropped: an object of the same name made later starts without any.
func forgetGrants(ctx context.Context, tx *sql.Tx, o access.Object) error {
	query, args := `DELETE FROM grants WHERE database = ? AND name = ?`, []any{o.Database, o.Table}
	if o.Table == "" {
		query, args = `DELETE FROM grants WHERE database = ?`, args[:1]
	}
	r, err := tx.ExecContext(ctx, query, args...)
	if err != nil {
		return fmt.Errorf("forget grants on %s.%s: %w", o.Database, o.Table, err)
	}
	if n, _ := r.RowsAffected(); n > 0 {
		_, err = tx.ExecContext(ctx, `UPDATE access_version SET version = version + 1`)
	}
	return err
}

// moveGrants lets the grants on a table follow its new name.
func moveGrants(ctx context.Context, tx *sql.Tx, from, to access.Object) error {
	if _, err := tx.ExecContext(ctx, `UPDATE OR REPLACE grants SET database = ?, name = ? WHERE database = ? AND name = ?`, to.Database, to.Table, from.Database, from.Table); err != nil {
		return fmt.Errorf("move grants of %s.%s: %w", from.Database, from.Table, err)
	}
	_, err := tx.ExecContext(ctx, `UPDATE access_version SET version = version + 1`)
	return err
}
