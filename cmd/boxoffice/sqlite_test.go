package main

import (
	"database/sql"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// TestBookingsAreThereAfterCtrlC does what somebody does who tries it: start it in
// an empty directory, book, end it with ctrl-C, and start it again.
func TestBookingsAreThereAfterCtrlC(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	c := client(t)
	begin := func() *server {
		return startCommand(t, func(process *exec.Cmd) { process.Dir = dir }, "--addr=127.0.0.1:0", "--log-format=json")
	}
	end := func(s *server) {
		s.signal(os.Interrupt)
		require.Equal(t, exitOK, <-s.code)
	}
	first := begin()
	event := createEvent(t, c, first.url, 1)
	status, answer, err := post(c, first.url+"/book", bookingOf(event, 1))
	require.NoError(t, err)
	require.Equal(t, http.StatusCreated, status, answer)
	end(first)
	require.FileExists(t, filepath.Join(dir, "boxoffice.db"))

	again := begin()
	response, err := c.Get(again.url + "/status/" + event)
	require.NoError(t, err)
	require.NoError(t, response.Body.Close())
	require.Equal(t, http.StatusOK, response.StatusCode)
	_, answer, err = post(c, again.url+"/book", bookingOf(event, 2))
	require.NoError(t, err)
	require.Contains(t, answer, `"waitlisted":true`)
	end(again)
}

func TestSecondServerOnAFileIsRefused(t *testing.T) {
	t.Parallel()
	file := newFile(t)
	first := startServer(t, "--sqlite-file", file)
	const soon = 5 * time.Second
	began := time.Now()
	for _, args := range [][]string{
		{"serve", "--addr=127.0.0.1:0", "--sqlite-file", file},
		{"migrate", "up", "--sqlite-file", file},
		{"migrate", "down", "--yes", "--sqlite-file", file},
	} {
		code, stdout, stderr := runToEnd(t, nil, args...)
		require.Equal(t, exitFailed, code)
		require.Empty(t, stdout)
		require.Contains(t, stderr, "another server is using the file")
	}
	require.Less(t, time.Since(began), soon)
	require.Equal(t, http.StatusOK, readiness(t, client(t), first.url))
}

func TestBackupOfAFileThatServes(t *testing.T) {
	t.Parallel()
	file := newFile(t)
	c := client(t)
	s := startServer(t, "--sqlite-file", file)
	event := createEvent(t, c, s.url, 1)
	_, answer, err := post(c, s.url+"/book", bookingOf(event, 1))
	require.NoError(t, err)
	require.Contains(t, answer, `"waitlisted":false`)

	copied := filepath.Join(t.TempDir(), "copy.db")
	binary, err := os.Executable()
	require.NoError(t, err)
	backup := exec.CommandContext(t.Context(), binary, "backup", copied)
	backup.Env = append(os.Environ(), runMain+"=yes", "BOXOFFICE_SQLITE_FILE="+file)
	output, err := backup.CombinedOutput()
	require.NoError(t, err, string(output))
	code, _, stderr := runToEnd(t, nil, "backup", copied, "--sqlite-file", file)
	require.Equal(t, exitFailed, code)
	require.Contains(t, stderr, "name a new one", "a backup is never written over")

	restored := startServer(t, "--sqlite-file", copied)
	_, answer, err = post(c, restored.url+"/book", bookingOf(event, 2))
	require.NoError(t, err)
	require.Contains(t, answer, `"waitlisted":true`)
	s.stop()
	require.Equal(t, exitOK, <-s.code)
	code, _, stderr = runToEnd(t, nil, "backup", copied+"2", "--sqlite-file", file)
	require.Equal(t, exitOK, code, "no server is needed for it: %s", stderr)
}

func TestMigrateBringsTheSchemaOfAFileUpAndDown(t *testing.T) {
	t.Parallel()
	file := newFile(t)
	migrate := func(wanted int, what ...string) (said string) {
		t.Helper()
		code, stdout, stderr := runToEnd(t, environment{"BOXOFFICE_SQLITE_FILE": file}, append([]string{"migrate"}, what...)...)
		require.Equal(t, wanted, code, stderr)
		return stdout + stderr
	}
	for _, what := range []string{"up", "down", "status"} {
		require.Contains(t, migrate(exitFailed, what), "a server makes it")
		require.NoFileExists(t, file)
	}
	s := startServer(t, "--sqlite-file", file)
	s.stop()
	require.Equal(t, exitOK, <-s.code)
	require.NotContains(t, migrate(exitOK, "status"), "missing")
	require.Equal(t, "the schema is up to date\n", migrate(exitOK, "up"))
	require.Contains(t, migrate(exitUsage, "down"), "--yes")
	require.Contains(t, migrate(exitOK, "down", "--yes"), "took back ")
	for strings.Contains(migrate(exitOK, "status"), "applied") {
		migrate(exitOK, "down", "--yes")
	}
	require.Equal(t, "there is no migration to take back\n", migrate(exitOK, "down"))
	require.Contains(t, migrate(exitOK, "up"), "applied 00001_tables.sql\n")
}

func TestFilesThatCannotBeServedAreExplained(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	newer := filepath.Join(dir, "newer.db")
	s := startServer(t, "--sqlite-file", newer)
	s.stop()
	require.Equal(t, exitOK, <-s.code)
	db, err := sql.Open("sqlite", newer)
	require.NoError(t, err)
	_, err = db.Exec("INSERT INTO goose_db_version (version_id, is_applied) VALUES (9999, TRUE)")
	require.NoError(t, err)
	require.NoError(t, db.Close())
	letter := filepath.Join(dir, "letter.txt")
	require.NoError(t, os.WriteFile(letter, []byte(strings.Repeat("Dear mother, ", 100)), 0o600))

	for file, reason := range map[string]string{
		newer:                               "run a newer boxoffice",
		letter:                              "is no SQLite database",
		dir:                                 "name a file",
		filepath.Join(dir, "nowhere", "db"): "no such file or directory",
	} {
		code, _, stderr := runToEnd(t, nil, "--addr=127.0.0.1:0", "--sqlite-file", file)
		require.Equal(t, exitFailed, code)
		require.Contains(t, stderr, "--sqlite-file")
		require.Contains(t, stderr, reason)
		require.NotContains(t, stderr, "listening")
	}
}

// TestReadinessNamesWhatIsWrongWithTheFile is about a file that is deleted while
// it is used, and about one that can't be written any more.
func TestReadinessNamesWhatIsWrongWithTheFile(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		harm   func(t *testing.T, file string)
		reason string
	}{
		"deleted": {func(t *testing.T, file string) { t.Helper(); require.NoError(t, os.Remove(file)) }, "start the server again"},
		"locked": {func(t *testing.T, file string) {
			t.Helper()
			db, err := sql.Open("sqlite", file)
			require.NoError(t, err)
			t.Cleanup(func() { require.NoError(t, db.Close()) })
			db.SetMaxOpenConns(1)
			_, err = db.Exec("BEGIN IMMEDIATE")
			require.NoError(t, err)
		}, "another program is writing to the file"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			file := newFile(t)
			s := startProcess(t, "--sqlite-file", file)
			event := createEvent(t, client(t), s.url, 1)
			c.harm(t, file)
			code, _, stderr := awaitUnhealthy(t, s)
			require.Equal(t, exitFailed, code)
			require.Contains(t, stderr, c.reason)
			status, answer, err := post(client(t), s.url+"/book", bookingOf(event, 1))
			require.NoError(t, err)
			require.Equal(t, http.StatusServiceUnavailable, status)
			require.Contains(t, answer, "store_unavailable")
			require.NotContains(t, answer, file)
			s.stop()
			<-s.code
		})
	}
}

// awaitUnhealthy asks for health until it is bad: an answer may be a second old.
func awaitUnhealthy(t *testing.T, s *server) (code int, stdout, stderr string) {
	t.Helper()
	require.Eventually(t, func() bool {
		code, stdout, stderr = runToEnd(t, nil, "health", s.url)
		return code != exitOK
	}, time.Minute, 100*time.Millisecond)
	return code, stdout, stderr
}
