package sqliteschema_test

import (
	"testing"

	"github.com/boxoffice-go/boxoffice/schema/migration/migrationtest"
)

func TestReleasedMigrationsNeverChange(t *testing.T) {
	t.Parallel()
	migrationtest.Unchanged(t, map[string]string{
		"00001_tables.sql": "44f81bfb0904e91d71a314f6a553f5421aa93b03cbf6208053a31bb04271e37c",
	})
}
