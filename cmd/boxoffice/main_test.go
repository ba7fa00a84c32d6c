package main

import (
	"os"
	"testing"

	"github.com/boxoffice-go/boxoffice/adapters/mysql/mysqltest"
)

// runMain makes the test's own binary run as boxoffice, for tests that need a
// process to send signals to.
const runMain = "BOXOFFICE_TEST_RUN_MAIN"

func TestMain(m *testing.M) {
	if os.Getenv(runMain) != "" {
		main()
	}
	mysqltest.Main(m)
}
