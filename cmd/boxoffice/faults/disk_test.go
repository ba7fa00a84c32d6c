package faults_test

import (
	"bytes"
	"fmt"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/boxoffice-go/boxoffice/adapters/sqlite/sqlitetest"
)

// A full disk is told to everybody, and nothing is lost by it. The server goes on
// by itself when there is room again.
func TestDiskIsFullInMidLoad(t *testing.T) {
	t.Parallel()
	dir, _ := sqlitetest.Mount(t, "8m")
	s := startServer(t, "", "--sqlite-file="+filepath.Join(dir, "boxoffice.db"))
	load := beginOn(t, "", s)
	film := filepath.Join(dir, "film")
	for range max(1, *rounds/2) {
		load.await(200)
		_ = os.WriteFile(film, make([]byte, 16<<20), 0o600) // as much of it as there is room for
		awaitReason(t, s.url(), "the disk is full")
		require.NoError(t, os.Remove(film))
		load.faults++
		requireRecovery(t, "", s.url())
		awaitReason(t, s.url(), "")
	}
	load.prove()
}

// What is written to a file that was moved away, nobody would find: nothing is
// acknowledged any more.
func TestFileIsMovedAwayInMidLoad(t *testing.T) {
	t.Parallel()
	file := filepath.Join(t.TempDir(), "boxoffice.db")
	s := startServer(t, "", "--sqlite-file="+file)
	load := beginOn(t, "", s)
	for range max(1, *rounds/2) {
		load.await(200)
		move(t, file, file+".moved")
		awaitReason(t, s.url(), "start the server again")
		s.kill()
		move(t, file+".moved", file)
		s.start()
		load.faults++
		requireRecovery(t, "", s.url())
	}
	load.prove()
}

func TestSecondServerIsRefusedInMidLoad(t *testing.T) {
	t.Parallel()
	file := filepath.Join(t.TempDir(), "boxoffice.db")
	s := startServer(t, "", "--sqlite-file="+file)
	load := beginOn(t, "", s)
	for range *rounds {
		load.await(100)
		const soon = 5 * time.Second
		began := time.Now()
		require.Contains(t, refused(t, file), "another server is using the file")
		require.Less(t, time.Since(began), soon)
		load.faults++
	}
	load.prove()
}

func TestFileThatCannotBeWrittenIsRefused(t *testing.T) {
	t.Parallel()
	dir, remount := sqlitetest.Mount(t, "8m")
	file := filepath.Join(dir, "boxoffice.db")
	s := startServer(t, "", "--sqlite-file="+file)
	event := createEvent(t, s.url(), 10)
	book(t, s.url(), event, "ada", 1)
	s.kill()
	remount("ro")
	require.Contains(t, refused(t, file), "read-only file system")
	remount("rw")
	s.start()
	require.Len(t, bookingsOf(t, s.url(), event), 1)
}

// A damaged file is no answer: what is there is told as it was, and of the rest,
// that it can't be told.
func TestDamagedFileIsNoAnswer(t *testing.T) {
	t.Parallel()
	file := filepath.Join(t.TempDir(), "boxoffice.db")
	s := startServer(t, "", "--sqlite-file="+file)
	event := createEvent(t, s.url(), 1000)
	const people = 300
	for i := range people {
		book(t, s.url(), event, fmt.Sprint("person ", i), 1)
	}
	before := bookingsOf(t, s.url(), event)
	require.Zero(t, s.stop())
	sound, err := os.ReadFile(file)
	require.NoError(t, err)
	const page = 4096
	served := 0
	for at := page; at < len(sound); at += 5 * page { // the first one is looked at when the file is opened
		damaged := bytes.Clone(sound)
		copy(damaged[at:at+page], strings.Repeat("scribble", page/8))
		require.NoError(t, os.WriteFile(file, damaged, 0o600))
		if !s.tryStart() {
			require.Contains(t, strings.Join(s.trouble, "\n"), "is damaged: bring a backup back")
			s.trouble = nil
			continue
		}
		served++
		for i := 0; i < len(before); i += 3 {
			url := s.url() + "/events/" + event + "/bookings/" + before[i].ID
			var now booking
			if status, err := get(url, &now); status == http.StatusOK {
				require.NoError(t, err)
				require.Equal(t, before[i], now)
				continue
			}
			var p problem
			status, err := get(url, &p)
			require.NoError(t, err)
			require.Equal(t, http.StatusServiceUnavailable, status, "page %d", at/page)
			require.Equal(t, "store_unavailable", p.Code)
		}
		s.kill()
	}
	require.Positive(t, served)
	for _, suffix := range []string{"-wal", "-shm"} {
		_ = os.Remove(file + suffix) // they are there only where a damaged file was served from
	}
	require.NoError(t, os.WriteFile(file, sound, 0o600))
	s.start()
	require.Equal(t, before, bookingsOf(t, s.url(), event), "a backup that is brought back has everything")
}

// awaitReason returns when a server is not ready for a reason, or ready if that is
// empty.
func awaitReason(t *testing.T, url, reason string) {
	t.Helper()
	var last struct{ Detail string }
	require.Eventually(t, func() bool {
		last.Detail = ""
		status, err := get(url+"/readyz", &last)
		return err == nil && (status == http.StatusOK) == (reason == "") && strings.Contains(last.Detail, reason)
	}, recovery, poll, "not ready: %q", &last)
}

// move renames a SQLite file with what belongs to it.
func move(t *testing.T, from, to string) {
	t.Helper()
	for _, suffix := range []string{"", "-wal", "-shm"} {
		require.NoError(t, os.Rename(from+suffix, to+suffix))
	}
}

// refused returns what a server says that doesn't start on a file.
func refused(t *testing.T, file string) string {
	t.Helper()
	path, err := buildOnce()
	require.NoError(t, err)
	output, err := exec.CommandContext(t.Context(), path, "serve", "--addr=127.0.0.1:0", "--sqlite-file="+file).CombinedOutput()
	require.ErrorContains(t, err, "exit status 1", string(output))
	require.NotContains(t, string(output), "listening")
	return string(output)
}
