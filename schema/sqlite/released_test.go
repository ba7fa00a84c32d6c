package sqliteschema_test

import (
	"crypto/sha256"
	"encoding/hex"
	"os"
	"testing"

	"github.com/stretchr/testify/require"
)

// released are the checksums of all migrations. Those that databases out there have
// run are there for good; the line of one that no version has yet goes with it.
var released = map[string]string{
	"00001_tables.sql": "44f81bfb0904e91d71a314f6a553f5421aa93b03cbf6208053a31bb04271e37c",
}

func TestReleasedMigrationsNeverChange(t *testing.T) {
	t.Parallel()
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
