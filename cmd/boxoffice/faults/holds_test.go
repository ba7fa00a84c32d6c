package faults_test

import (
	"cmp"
	"database/sql"
	"fmt"
	"net/http"
	"path/filepath"
	"slices"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/boxoffice-go/boxoffice/cmd/boxoffice/history"
	"github.com/boxoffice-go/boxoffice/domain"
)

// All servers are killed while people hold tickets, and start again when all holds
// are over: they expire in order, their tickets go to the line, and nobody is
// confirmed late, whether somebody tries to or nobody does anything.
func TestWhatFellDueWhileNoServerRanExpiresAtTheNextStart(t *testing.T) {
	onEachStore(t, func(t *testing.T, dsn string) {
		t.Helper()
		began := time.Now()
		file := filepath.Join(t.TempDir(), "boxoffice.db")
		var servers []*server
		if dsn == "" {
			servers = []*server{startServer(t, "", "--sqlite-file="+file)}
		} else {
			servers = []*server{startServer(t, dsn), startServer(t, dsn)}
		}
		url := servers[0].url()
		left, asked := newHeldSale(t, url), newHeldSale(t, url)
		for _, s := range servers {
			s.kill()
		}
		passAnHour(t, dsn, file)
		for _, s := range servers {
			s.start()
		}
		for i, booking := range asked.held {
			var p problem
			status, err := post(patient, servers[i%len(servers)].url()+asked.path(booking)+"/confirm", "", map[string]any{}, &p)
			require.NoError(t, err)
			require.Equal(t, []any{http.StatusConflict, "hold_expired"}, []any{status, p.Code})
		}
		require.Eventually(t, func() bool { return len(left.expiries(t, url)) == holders }, recovery, poll)
		left.check(t, url)
		asked.check(t, url)
		report.add(reportLine{t.Name(), len(servers), time.Since(began), history.Figures{Bookings: 2 * (holders + waiters)}})
	})
}

// A load in which holds end all the time goes through crashes. There is no order
// to search for, since nobody asks for an expiry: what people were told must agree
// with how it ended.
func TestServerIsKilledWhileHoldsEnd(t *testing.T) {
	onEachStore(t, func(t *testing.T, dsn string) {
		t.Helper()
		const enough = 20 // half a minute is the shortest hold
		if *rounds < enough {
			t.Skip("it takes minutes; -rounds=20 or more runs it")
		}
		s := startServer(t, dsn)
		load := beginLoad(t, history.Load{
			Servers: s.only, Calls: 500, Pause: 500 * time.Millisecond, Seed: uint64(time.Now().UnixNano()), Local: dsn == "",
			HoldTime: domain.MinHoldSeconds * time.Second,
		})
		for range *rounds {
			load.await(300)
			s.kill()
			s.start()
			requireRecovery(t, "", s.url())
			load.faults++
		}
		figures, err := load.Check(0)
		require.NoError(t, err)
		load.record(figures)
	})
}

const (
	holders   = 6
	waiters   = 8
	claimTime = 24 * time.Hour
	anHour    = time.Hour // in which no server runs
)

// heldSale is an event whose tickets are held, one each, while others wait.
type heldSale struct {
	event         string
	held, waiting []string // bookings
	last          string   // that expires
}

func newHeldSale(t *testing.T, url string) *heldSale {
	t.Helper()
	var created struct{ ID string }
	status, err := post(client, url+"/events", "", map[string]any{
		"name": "Concert", "totalTickets": holders, "holdSeconds": 600, "claimSeconds": claimTime.Seconds(),
	}, &created)
	require.NoError(t, err)
	require.Equal(t, http.StatusCreated, status)
	s := &heldSale{event: created.ID}
	for i := range holders + waiters {
		var b booked
		status, err := post(client, url+"/book", "", bookingBody(s.event, fmt.Sprint("person ", i), 1), &b)
		require.NoError(t, err)
		require.Equal(t, http.StatusCreated, status)
		if b.Waitlisted {
			s.waiting = append(s.waiting, b.BookingID)
		} else {
			s.held = append(s.held, b.BookingID)
		}
	}
	require.Len(t, s.held, holders)
	s.last = s.held[0]
	status, err = post(client, url+s.path(s.last)+"/extend", "", map[string]any{"seconds": 1200}, nil)
	require.NoError(t, err)
	require.Equal(t, http.StatusOK, status)
	return s
}

func (s *heldSale) path(booking string) string { return "/events/" + s.event + "/bookings/" + booking }

func (s *heldSale) journal(t *testing.T, url string, kinds ...string) []entry {
	t.Helper()
	return slices.DeleteFunc(journalOf(t, url, s.event), func(e entry) bool { return !slices.Contains(kinds, e.Type) })
}

func (s *heldSale) expiries(t *testing.T, url string) []entry {
	t.Helper()
	return s.journal(t, url, "booking.expired")
}

// check judges what the journal tells of the holds that are over.
func (s *heldSale) check(t *testing.T, url string) {
	t.Helper()
	ends := make(map[string]time.Time) // when each hold should have expired
	for _, e := range s.journal(t, url, "booking.held", "booking.extended") {
		ends[e.BookingID] = e.ExpiresAt.Add(-anHour)
	}
	expired, promoted := s.expiries(t, url), s.journal(t, url, "booking.promoted")
	require.Len(t, expired, holders)
	require.True(t, slices.IsSortedFunc(expired, func(a, b entry) int {
		return cmp.Or(ends[a.BookingID].Compare(ends[b.BookingID]), cmp.Compare(slices.Index(s.held, a.BookingID), slices.Index(s.held, b.BookingID)))
	}), "holds expire by time and sequence: %v of %v", expired, ends)
	require.Equal(t, s.last, expired[holders-1].BookingID)
	require.Empty(t, s.journal(t, url, "booking.confirmed"))
	require.Len(t, promoted, holders)
	for i, e := range promoted {
		require.Equal(t, s.waiting[i], e.BookingID, "the line moves in its order")
		require.Equal(t, expired[i].At, e.At, "with the expiry that freed its ticket")
		require.Equal(t, e.At.Add(claimTime), e.ExpiresAt, "a claim begins when the promotion is decided")
	}
}

// passAnHour lets the holds in a database, or in a file if there is none, be an
// hour older.
func passAnHour(t *testing.T, dsn, file string) {
	t.Helper()
	driver, source, anHourBefore := "mysql", dsn, "%s - INTERVAL 1 HOUR"
	tables := map[string][]string{"events": {"next_release_at", "next_due_at"}, "holds": {"expires_at"}, "tickets": {"expires_at"}}
	if dsn == "" {
		driver, source, anHourBefore = "sqlite", file, fmt.Sprintf("%%s - %d", anHour.Microseconds())
		tables = map[string][]string{"events": {"next_release_at", "next_due_at"}, "bookings": {"expires_at"}}
	}
	db, err := sql.Open(driver, source)
	require.NoError(t, err)
	defer func() { require.NoError(t, db.Close()) }()
	for table, columns := range tables {
		for _, column := range columns {
			_, err := db.Exec("UPDATE " + table + " SET " + column + " = " + fmt.Sprintf(anHourBefore, column))
			require.NoError(t, err)
		}
	}
}
