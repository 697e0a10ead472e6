package metastore

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"time"

	"github.com/argan-sql/argan/sqlerr"
)

// Token is an API token; only a hash of it is kept.
type Token struct {
	Name, User string
	Created    time.Time
	// Expires is zero for never; Used is zero where it was not used yet.
	Expires, Used time.Time
}

func instant(micros int64) time.Time {
	if micros == 0 {
		return time.Time{}
	}
	return time.UnixMicro(micros)
}

func micros(t time.Time) int64 {
	if t.IsZero() {
		return 0
	}
	return t.UnixMicro()
}

// CreateToken keeps a token by its hash; TOKEN_ALREADY_EXISTS when the user has one of that name.
func (s *Store) CreateToken(ctx context.Context, t Token, hash string) error {
	r, err := s.db.ExecContext(ctx, `INSERT OR IGNORE INTO tokens VALUES (?,?,?,?,?,0)`, hash, t.Name, t.User, time.Now().UnixMicro(), micros(t.Expires))
	if err != nil {
		return fmt.Errorf("create token %s: %w", t.Name, err)
	}
	if n, _ := r.RowsAffected(); n == 0 {
		return sqlerr.New("TOKEN_ALREADY_EXISTS", "name", t.Name, "user", t.User)
	}
	return nil
}

// Token finds a token by its hash and notes that it was used, at most once a minute; nil when there is none.
func (s *Store) Token(ctx context.Context, hash string) (*Token, error) {
	var t Token
	var created, expires, used int64
	err := s.db.QueryRowContext(ctx, `SELECT name, user, created, expires, used FROM tokens WHERE hash = ?`, hash).Scan(&t.Name, &t.User, &created, &expires, &used)
	if errors.Is(err, sql.ErrNoRows) {
		return nil, nil
	}
	if err != nil {
		return nil, fmt.Errorf("look up a token: %w", err)
	}
	t.Created, t.Expires, t.Used = instant(created), instant(expires), instant(used)
	if now := time.Now(); now.Sub(t.Used) > time.Minute {
		if _, err := s.db.ExecContext(ctx, `UPDATE tokens SET used = ? WHERE hash = ?`, now.UnixMicro(), hash); err != nil {
			return nil, fmt.Errorf("note the use of token %s: %w", t.Name, err)
		}
	}
	return &t, nil
}

// Tokens lists the tokens of a user, of all ("").
func (s *Store) Tokens(ctx context.Context, user string) (out []Token, err error) {
	err = s.each(ctx, `SELECT name, user, created, expires, used FROM tokens WHERE ? = '' OR user = ? ORDER BY user, name`, func(scan func(...any) error) error {
		var t Token
		var created, expires, used int64
		if err := scan(&t.Name, &t.User, &created, &expires, &used); err != nil {
			return err
		}
		t.Created, t.Expires, t.Used = instant(created), instant(expires), instant(used)
		out = append(out, t)
		return nil
	}, user, user)
	if err != nil {
		return nil, fmt.Errorf("list tokens: %w", err)
	}
	return out, nil
}

// DropToken removes a user's token; it says whether there was one.
func (s *Store) DropToken(ctx context.Context, user, name string) (bool, error) {
	r, err := s.db.ExecContext(ctx, `DELETE FROM tokens WHERE user = ? AND name = ?`, user, name)
	if err != nil {
		return false, fmt.Errorf("drop token %s: %w", name, err)
	}
	n, err := r.RowsAffected()
	return n > 0, err
}
