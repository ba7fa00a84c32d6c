package faults_test

import (
	"net/http"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/boxoffice-go/boxoffice/adapters/mysql/mysqltest"
)

// The ways in which a COMMIT goes wrong.
var commitFates = map[string]fate{
	"before it arrives":   {lost: true},
	"before the answer":   {answerLost: true},
	"and it arrives late": {hungUp: true, answerLost: true},
}

func TestConnectionIsLostAtCommit(t *testing.T) {
	t.Parallel()
	wire, dsn := newWire(t, mysqltest.DSN(t))
	s := startServer(t, dsn)
	load := begin(t, s.only)
	for range *rounds {
		for _, fate := range commitFates {
			load.await(100)
			<-wire.once(isCommit, fate)
			load.faults++
		}
	}
	requireRecovery(t, "", s.url())
	load.prove()
}

// A crash at commit is the worst moment: the client can't know what became of
// its booking, and nobody who knew is left.
func TestServerIsKilledAtCommit(t *testing.T) {
	t.Parallel()
	for name, fate := range commitFates {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			wire, dsn := newWire(t, mysqltest.DSN(t))
			s := startServer(t, dsn)
			event := createEvent(t, s.url(), 10)
			killed := make(chan struct{})
			kill := func() {
				s.kill()
				close(killed)
			}
			if fate.answerLost && !fate.hungUp {
				fate.after = kill
			} else {
				fate.before = kill
			}
			wire.once(isCommit, fate)
			body := bookingBody(event, "ada", 2)
			_, err := post(patient, s.url()+"/book", oneKey, body, nil)
			require.Error(t, err, "nobody was left to answer")
			<-killed

			s.start()
			requireOneBooking(t, s.url(), event, body)
		})
	}
}

// The database is gone for longer than the server may ask what became of the
// COMMIT, so it has to say that it doesn't know.
func TestUnknownOutcomeThatIsSentAgainTakesEffectOnce(t *testing.T) {
	t.Parallel()
	for name, fate := range map[string]fate{
		"it did not": {lost: true},
		"it did":     {answerLost: true},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			wire, dsn := newWire(t, mysqltest.DSN(t))
			s := startServer(t, dsn)
			event := createEvent(t, s.url(), 10)
			goDown := func() { wire.setDown(true) }
			if fate.lost {
				fate.before = goDown
			} else {
				fate.after = goDown
			}
			wire.once(isCommit, fate)
			body := bookingBody(event, "ada", 2)
			var p problem
			status, err := post(patient, s.url()+"/book", oneKey, body, &p)
			require.NoError(t, err)
			require.Equal(t, http.StatusServiceUnavailable, status)
			require.Equal(t, "outcome_unknown", p.Code)

			wire.setDown(false)
			requireOneBooking(t, s.url(), event, body)
		})
	}
}

// requireOneBooking sends a booking again under its key until it is answered,
// and once more; there must be one then.
func requireOneBooking(t *testing.T, url, event string, body any) {
	t.Helper()
	var first, second booked
	require.Eventually(t, func() bool {
		status, err := post(client, url+"/book", oneKey, body, &first)
		return err == nil && status == http.StatusCreated
	}, recovery, poll)
	status, err := post(client, url+"/book", oneKey, body, &second)
	require.NoError(t, err)
	require.Equal(t, http.StatusCreated, status)
	require.Equal(t, first, second)
	bookings := bookingsOf(t, url, event)
	require.Len(t, bookings, 1)
	require.Equal(t, first.BookingID, bookings[0].ID)
	require.Equal(t, first.Tickets, bookings[0].Tickets)
}
