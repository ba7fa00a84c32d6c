package faults_test

import (
	"database/sql"
	"fmt"
	"os"
	"runtime"
	"testing"

	"github.com/stretchr/testify/require"
)

// holding is what this process, and MySQL for it if there is one, hold between two
// loads.
type holding struct {
	goroutines  int
	heap        uint64 // bytes that are in use
	files       int    // open ones and connections; 0 where the system doesn't tell
	connections int    // to the database server
}

func holds(t *testing.T, db *sql.DB) holding {
	t.Helper()
	var h holding
	runtime.GC()
	var memory runtime.MemStats
	runtime.ReadMemStats(&memory)
	h.goroutines, h.heap = runtime.NumGoroutine(), memory.HeapAlloc
	if files, err := os.ReadDir("/proc/self/fd"); err == nil {
		h.files = len(files)
	}
	if db != nil {
		var name string
		require.NoError(t, db.QueryRow("SHOW GLOBAL STATUS LIKE 'Threads_connected'").Scan(&name, &h.connections))
	}
	return h
}

func (h holding) most(o holding) holding {
	return holding{max(h.goroutines, o.goroutines), max(h.heap, o.heap), max(h.files, o.files), max(h.connections, o.connections)}
}

func (h holding) String() string {
	return fmt.Sprintf("%d goroutines, heap of %d KiB, %d files, %d connections to MySQL", h.goroutines, h.heap>>10, h.files, h.connections)
}

// requireBounded checks that nothing has grown beyond what it had reached soon
// after the start. What is left over is for connections that are idle, but not
// closed yet.
func requireBounded(t *testing.T, settled, now holding) {
	t.Helper()
	const (
		fewer = 60
		heap  = 16 << 20
	)
	require.LessOrEqual(t, now.goroutines, settled.goroutines+fewer, "settled at %s", settled)
	require.LessOrEqual(t, now.heap, settled.heap+heap, "settled at %s", settled)
	require.LessOrEqual(t, now.files, settled.files+fewer, "settled at %s", settled)
	require.LessOrEqual(t, now.connections, settled.connections+fewer, "settled at %s", settled)
}
