package faults_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/boxoffice-go/boxoffice/adapters/mysql/mysqltest"
	"github.com/boxoffice-go/boxoffice/cmd/boxoffice/history"
)

// Three servers, none of which depends on its isolation level, sell the tickets
// of one event to a crowd. There are too many calls at a time to search for
// their order, but the direct rules find who was oversold, overtaken or lost.
func TestRush(t *testing.T) {
	t.Parallel()
	dsn := mysqltest.DSN(t)
	var urls []string
	for _, isolation := range []string{"SERIALIZABLE", "REPEATABLE-READ", "READ-COMMITTED"} {
		urls = append(urls, startServer(t, dsn, "--isolation="+isolation).url())
	}
	load := beginLoad(t, history.Load{
		Servers: func() []string { return urls },
		Groups:  1, Clients: 300, Tickets: 500, Calls: 1 << 30,
	})
	load.await(1)
	time.Sleep(*rush)
	figures, err := load.Check(0)
	require.NoError(t, err)
	require.Equal(t, 1, figures.Events)
	load.record(figures)
}
