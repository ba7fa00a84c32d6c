package main

import (
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// keysFile writes a file of keys.
func keysFile(t *testing.T, lines ...string) (path string) {
	t.Helper()
	path = filepath.Join(t.TempDir(), "keys")
	require.NoError(t, os.WriteFile(path, []byte(strings.Join(lines, "")), 0o600))
	return path
}

// statusWith asks for the list of events with a key.
func statusWith(t *testing.T, url, key string) (status int) {
	t.Helper()
	request, err := http.NewRequest(http.MethodGet, url+"/events", nil)
	require.NoError(t, err)
	request.Header.Set("Authorization", "Bearer "+key)
	response, err := client(t).Do(request)
	require.NoError(t, err)
	require.NoError(t, response.Body.Close())
	return response.StatusCode
}

func TestAddressThatOthersCanReachIsRefusedWithoutKeys(t *testing.T) {
	t.Parallel()
	for _, addr := range []string{
		":0", "0.0.0.0:0", "[::]:0", "0:0", "192.0.2.1:0", "[2001:db8::1]:0", "[::ffff:192.0.2.1]:0", "[fe80::1%eth0]:0",
		"example.com:0", "localhost.example.com:0",
	} {
		code, _, stderr := runToEnd(t, nil, "--addr="+addr)
		require.Equal(t, exitUsage, code, addr)
		for _, setting := range []string{"--addr", "--api-keys-file", "--insecure"} {
			require.Contains(t, stderr, setting)
		}
	}
	for _, addr := range []address{"127.0.0.1:0", "127.9.9.9:0", "[::1]:0", "[::ffff:127.0.0.1]:0", "localhost:0", "LocalHost:0"} {
		require.False(t, addr.isReachable(), addr)
	}
}

func TestAddressThatOthersCanReachIsTakenWithKeysOrIfThatIsMeant(t *testing.T) {
	t.Parallel()
	const warning = "may do everything"
	open := startServer(t, "--addr=0.0.0.0:0", "--insecure")
	open.stop()
	require.Equal(t, exitOK, <-open.code)
	require.Contains(t, open.logs.String(), warning)

	key, line := newKey(t, "screen", "viewer")
	s := startServer(t, "--addr=0.0.0.0:0", "--api-keys-file", keysFile(t, line))
	require.Equal(t, http.StatusOK, statusWith(t, s.url, key))
	require.Equal(t, http.StatusUnauthorized, statusWith(t, s.url, key+"x"))
	s.stop()
	require.Equal(t, exitOK, <-s.code)
	require.NotContains(t, s.logs.String(), warning)
	require.Contains(t, s.logs.String(), `"api_keys":1,`)
	require.NotContains(t, s.logs.String(), key)
}

func TestFileWithoutValidKeysIsRefused(t *testing.T) {
	t.Parallel()
	_, line := newKey(t, "till", "seller")
	for name, file := range map[string]struct{ path, reason string }{
		"missing":    {filepath.Join(t.TempDir(), "nothing"), "no such file"},
		"directory":  {t.TempDir(), "directory"},
		"empty":      {keysFile(t), "there is no key"},
		"a bad line": {keysFile(t, line, "\n", "broken\n"), "line 3: "},
	} {
		code, _, stderr := runToEnd(t, nil, "--addr=127.0.0.1:0", "--api-keys-file", file.path, "--insecure")
		require.Equal(t, exitUsage, code, name)
		require.Contains(t, stderr, "--api-keys-file (or BOXOFFICE_API_KEYS_FILE): ")
		require.Contains(t, stderr, file.reason)
		require.NotContains(t, stderr, strings.Fields(line)[2])
	}
}

func TestHangupReadsTheKeysAgain(t *testing.T) {
	t.Parallel()
	first, firstLine := newKey(t, "first", "viewer")
	second, secondLine := newKey(t, "second", "viewer")
	path := keysFile(t, firstLine)
	s := startProcess(t, "--api-keys-file", path)
	hangUp := func(file, logged string) {
		t.Helper()
		require.NoError(t, os.WriteFile(path, []byte(file), 0o600))
		s.signal(syscall.SIGHUP)
		require.Eventually(t, func() bool { return strings.Contains(s.logs.String(), logged) }, time.Minute, time.Millisecond)
	}
	require.Equal(t, http.StatusOK, statusWith(t, s.url, first))

	hangUp(secondLine+"third viewer nothing\n", "(or BOXOFFICE_API_KEYS_FILE): line 2: the hash must be")
	require.Contains(t, s.logs.String(), "those from before stay")
	require.Equal(t, http.StatusOK, statusWith(t, s.url, first))
	require.Equal(t, http.StatusUnauthorized, statusWith(t, s.url, second))

	hangUp(secondLine, "the API keys were read again")
	require.Equal(t, http.StatusUnauthorized, statusWith(t, s.url, first))
	require.Equal(t, http.StatusOK, statusWith(t, s.url, second))

	s.stop()
	require.Equal(t, exitOK, <-s.code)
}

func TestHangupIsIgnoredWithoutKeys(t *testing.T) {
	t.Parallel()
	s := startProcess(t)
	s.signal(syscall.SIGHUP)
	s.stop()
	require.Equal(t, exitOK, <-s.code)
}
