package main

import (
	"crypto/sha256"
	"encoding/hex"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// newKey runs boxoffice key new and returns the key and its line for a file.
func newKey(t *testing.T, name, role string) (key, line string) {
	t.Helper()
	code, stdout, stderr := runToEnd(t, nil, "key", "new", "--name", name, "--role", role)
	require.Equal(t, exitOK, code, stderr)
	key, rest, _ := strings.Cut(stdout, "\n")
	require.NotContains(t, rest+stderr, key, "it is printed once")
	return key, rest
}

func TestNewKeyIsPrintedWithItsLine(t *testing.T) {
	t.Parallel()
	key, line := newKey(t, "till-1", "seller")
	require.Regexp(t, `^bo_\w{52}$`, key)
	hash := sha256.Sum256([]byte(key))
	require.Equal(t, "till-1 seller "+hex.EncodeToString(hash[:])+"\n", line)

	another, _ := newKey(t, "till-1", "seller")
	require.NotEqual(t, key, another)
}

func TestKeyNeedsANameAndARole(t *testing.T) {
	t.Parallel()
	for setting, args := range map[string][]string{
		"--name":  {"--role=seller"},
		"--name ": {"--role=seller", "--name=two words"},
		"--role":  {"--name=till"},
		"--role ": {"--name=till", "--role=owner"},
	} {
		code, stdout, stderr := runToEnd(t, nil, append([]string{"key", "new"}, args...)...)
		require.Equal(t, exitUsage, code)
		require.Empty(t, stdout)
		require.Contains(t, stderr, strings.TrimSpace(setting))
	}
}
