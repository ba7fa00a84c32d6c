package main

import (
	"os"
	"strconv"
	"syscall"
	"testing"

	"github.com/boxoffice-go/boxoffice/adapters/mysql/mysqltest"
)

// runMain makes the test's own binary run as boxoffice, for tests that need a
// process to send signals to.
const runMain = "BOXOFFICE_TEST_RUN_MAIN"

// openFiles is how many files that process may open.
const openFiles = "BOXOFFICE_TEST_OPEN_FILES"

func TestMain(m *testing.M) {
	if os.Getenv(runMain) != "" {
		if files, err := strconv.ParseUint(os.Getenv(openFiles), 10, 32); err == nil {
			if err := syscall.Setrlimit(syscall.RLIMIT_NOFILE, &syscall.Rlimit{Cur: files, Max: files}); err != nil {
				panic(err)
			}
		}
		main()
	}
	mysqltest.Main(m)
}
