package faults_test

import (
	"fmt"
	"net/http"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/boxoffice-go/boxoffice/adapters/mysql/mysqltest"
)

// After a failover, or behind a firewall that forgot them, connections are dead
// though nobody closed them. Nothing may wait for them for long.
func TestConnectionsThatDiedUnnoticedAreReplaced(t *testing.T) {
	t.Parallel()
	wire, dsn := newWire(t, mysqltest.DSN(t))
	s := startServer(t, dsn)
	event := createEvent(t, s.url(), 1000)
	load := begin(t, s.only)
	for range max(1, *rounds/4) {
		load.await(300)
		wire.freeze()
		load.faults++
		requireRecovery(t, event, s.url())
		requireRecovery(t, "", s.url())
		require.Eventually(t, func() bool {
			status, _ := get(s.url()+"/status/"+event, nil)
			return status == http.StatusOK
		}, recovery, poll)
	}
	load.prove()
}

// A database that takes everything and answers nothing keeps nobody waiting
// for an answer for good: all are told that nothing was done.
func TestDatabaseThatStallsIsToldToEverybody(t *testing.T) {
	t.Parallel()
	wire, dsn := newWire(t, mysqltest.DSN(t))
	s := startServer(t, dsn, "--lanes=1") // so that they are committed together
	event := createEvent(t, s.url(), 100)
	book(t, s.url(), event, "ada", 1)

	resume := wire.stall()
	const callers = 12
	codes := make(chan string, callers)
	for i := range callers {
		go func() {
			var p problem
			status, err := post(patient, s.url()+"/book", "", bookingBody(event, fmt.Sprint("person ", i), 1), &p)
			codes <- fmt.Sprint(status, p.Code, err)
		}()
	}
	for range callers {
		require.Equal(t, fmt.Sprint(http.StatusServiceUnavailable, "store_unavailable", nil), <-codes)
	}
	resume()
	requireRecovery(t, event, s.url())
	require.Len(t, bookingsOf(t, s.url(), event), 2, "one from before, and one after it")
}
