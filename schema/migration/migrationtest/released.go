// Package migrationtest holds the migrations of a database to what was released.
package migrationtest

import (
	"crypto/sha256"
	"encoding/hex"
	"os"
	"testing"

	"github.com/stretchr/testify/require"
)

// Unchanged checks the files of the directory migrations against the checksums of
// all of them, SHA-256 in hexadecimal by file name. Those that databases out there
// have run are there for good; the line of one that no version has yet goes with it.
func Unchanged(t *testing.T, released map[string]string) {
	t.Helper()
	files, err := os.ReadDir("migrations")
	require.NoError(t, err)
	require.Len(t, files, len(released), "each migration has its checksum here")
	for name, sum := range released {
		text, err := os.ReadFile("migrations/" + name)
		require.NoError(t, err, "%s was released, so it stays", name)
		now := sha256.Sum256(text)
		require.Equal(t, sum, hex.EncodeToString(now[:]), "%s was released, so it stays as it is: make a new migration", name)
	}
}
