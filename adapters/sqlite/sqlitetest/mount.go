// Package sqlitetest gives tests a disk that they may fill up or take away.
package sqlitetest

import (
	"os/exec"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// Mount mounts a small file system in memory for one test, which is skipped where
// that is not allowed. remount changes its options.
func Mount(tb testing.TB, size string) (dir string, remount func(options string)) {
	tb.Helper()
	dir = tb.TempDir()
	run := func(name string, args ...string) ([]byte, error) { return exec.Command(name, args...).CombinedOutput() }
	if out, err := run("mount", "-t", "tmpfs", "-o", "size="+size, "boxoffice-test", dir); err != nil {
		tb.Skipf("no file system can be mounted here: %s", out)
	}
	tb.Cleanup(func() {
		out, err := run("umount", dir)
		assert.NoError(tb, err, "%s", out)
	})
	return dir, func(options string) {
		out, err := run("mount", "-o", "remount,"+options, dir)
		require.NoError(tb, err, "%s", out)
	}
}
