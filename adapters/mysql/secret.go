package mysql

import (
	"context"
	"crypto/rand"
	"database/sql"
	"errors"
)

// Secret returns a secret, and makes it if there is none; see [ports.Writer]. Of
// several servers that make it at once, one does.
func (s *Store) Secret(ctx context.Context, name string) ([]byte, error) {
	secret, err := s.readSecret(ctx, name)
	if !errors.Is(err, sql.ErrNoRows) {
		return secret, storeError(ctx, err)
	}
	fresh := make([]byte, secretSize)
	_, _ = rand.Read(fresh) // never fails
	_, err = s.reads.ExecContext(ctx, "INSERT INTO secrets (name, value) VALUES (?, ?) ON DUPLICATE KEY UPDATE value = secrets.value", name, fresh)
	if err != nil {
		return nil, storeError(ctx, err)
	}
	secret, err = s.readSecret(ctx, name)
	return secret, storeError(ctx, err)
}

const secretSize = 32

func (s *Store) readSecret(ctx context.Context, name string) (secret []byte, err error) {
	err = s.reads.QueryRowContext(ctx, "SELECT value FROM secrets WHERE name = ?", name).Scan(&secret)
	return secret, err
}
