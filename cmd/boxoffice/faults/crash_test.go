package faults_test

import (
	"net/http"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/boxoffice-go/boxoffice/adapters/mysql/mysqltest"
)

func TestServerIsKilledInMidLoad(t *testing.T) {
	onEachStore(t, func(t *testing.T, dsn string) {
		t.Helper()
		s := startServer(t, dsn)
		load := beginOn(t, dsn, s)
		for range *rounds {
			load.await(300)
			s.kill()
			s.start()
			requireRecovery(t, "", s.url())
			load.faults++
		}
		load.prove()
	})
}

func TestOneOfTwoServersIsKilled(t *testing.T) {
	t.Parallel()
	dsn := mysqltest.DSN(t)
	killed, other := startServer(t, dsn), startServer(t, dsn, "--isolation=READ-COMMITTED")
	load := begin(t, func() []string { return []string{killed.url(), other.url()} })
	for range *rounds {
		load.await(300)
		killed.kill()
		requireRecovery(t, "", other.url()) // what the killed one had locked is free again
		load.await(50)
		killed.start()
		load.faults++
	}
	load.prove()
}

func TestServersAreStoppedInOrderOneAfterAnother(t *testing.T) {
	t.Parallel()
	dsn := mysqltest.DSN(t)
	servers := []*server{startServer(t, dsn), startServer(t, dsn)}
	load := begin(t, func() []string { return []string{servers[0].url(), servers[1].url()} })
	for i := range *rounds {
		load.await(300)
		s := servers[i%2]
		require.Zero(t, s.stop())
		s.start()
		load.faults++
	}
	load.prove()
}

func TestEverythingThatWasAcceptedIsAnsweredBeforeTheServerStops(t *testing.T) {
	onEachStore(t, func(t *testing.T, dsn string) {
		t.Helper()
		s := startServer(t, dsn)
		event := createEvent(t, s.url(), 100)

		const clients = 40
		var booked atomic.Int64
		var callers sync.WaitGroup
		for range clients {
			callers.Go(func() {
				for {
					status, err := post(patient, s.url()+"/book", "", bookingBody(event, "person", 1), nil)
					if err != nil {
						return // the server is gone
					}
					if status == http.StatusCreated {
						booked.Add(1)
					}
				}
			})
		}
		require.Eventually(t, func() bool { return booked.Load() > 10*clients }, recovery, poll)
		require.Zero(t, s.stop())
		callers.Wait()
		s.start()
		require.Len(t, bookingsOf(t, s.url(), event), int(booked.Load()), "what took effect was answered, and nothing else")
	})
}
