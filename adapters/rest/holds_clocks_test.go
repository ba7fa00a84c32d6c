package rest_test

import (
	"fmt"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/boxoffice-go/boxoffice/adapters/httpbase"
	"github.com/boxoffice-go/boxoffice/adapters/memory"
	"github.com/boxoffice-go/boxoffice/adapters/mysql"
	"github.com/boxoffice-go/boxoffice/adapters/mysql/mysqltest"
	"github.com/boxoffice-go/boxoffice/ports"
)

// A hold is confirmed on one server in the moment in which it expires by another
// one, whose clock is 5 s ahead. Either of them wins, and then all are told so,
// by both servers; also where the hold began by a clock that was a day ahead.
func TestAConfirmationAndAnExpiryInOneMoment(t *testing.T) {
	t.Parallel()
	for name, open := range map[string]func(t *testing.T) [2]ports.Store{
		"memory": func(*testing.T) [2]ports.Store { s := memory.New(); return [2]ports.Store{s, s} },
		"sqlite": func(t *testing.T) [2]ports.Store { t.Helper(); s := openSQLite(t); return [2]ports.Store{s, s} },
		"mysql": func(t *testing.T) [2]ports.Store {
			t.Helper()
			config := mysql.Config{DSN: mysqltest.DSN(t)}
			return [2]ports.Store{openConfiguredMySQL(t, config), openConfiguredMySQL(t, config)}
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			stores := open(t)
			for _, ahead := range []time.Duration{0, 24 * time.Hour} {
				m := &moment{right: serve(t, stores[0], httpbase.Config{}), fast: serve(t, stores[1], httpbase.Config{})}
				m.hold(ahead)
				require.Equal(t, http.StatusOK, m.confirm().status, "it is still held by the right clock")
				m.book()
				m.judge("BOOKED")

				m.hold(ahead)
				m.book()
				refused(t, m.confirm(), http.StatusConflict, "hold_expired")
				m.judge("EXPIRED")

				for range 5 {
					m.hold(ahead)
					var both sync.WaitGroup
					both.Go(m.book)
					both.Go(func() { m.confirmed = m.confirm() })
					both.Wait()
					m.judge(map[int]string{http.StatusOK: "BOOKED", http.StatusConflict: "EXPIRED"}[m.confirmed.status])
				}
			}
		})
	}
}

// moment is that in which a hold is over by one clock and not by another.
type moment struct {
	right, fast    *server
	event, booking string
	next           string // in the line
	confirmed      response
}

// hold lets a booking be held, begun by a clock that is so far ahead, and then
// lets the moment come.
func (m *moment) hold(ahead time.Duration) {
	m.right.Helper()
	const off, window = 5 * time.Second, 600
	began := m.right.clock.Clock.Now()
	m.right.clock.standAt(began)
	m.fast.clock.standAt(began.Add(ahead))
	m.event = m.right.create(fmt.Sprintf(`"totalTickets":1,"holdSeconds":%d,"claimSeconds":%d`, window, window)).ID
	m.booking = m.fast.book(m.event, "ada", "1").BookingID
	m.next = m.right.book(m.event, "bob", "1").BookingID
	end := began.Add(window * time.Second)
	m.right.clock.standAt(end.Add(-time.Microsecond))
	m.fast.clock.standAt(end.Add(off))
}

func (m *moment) confirm() response { return m.right.post(pathOf(m.event, m.booking)+confirm, "") }

// book lets the hold expire first, if it is over.
func (m *moment) book() { m.fast.book(m.event, "cleo", "1") }

// judge asks both servers what has become of the hold.
func (m *moment) judge(status string) {
	m.right.Helper()
	nexts := map[string]string{"BOOKED": "WAITING", "EXPIRED": "HELD"}[status]
	for _, s := range []*server{m.right, m.fast} {
		require.Equal(s, status, s.booking(m.event, m.booking).Status)
		require.Equal(s, nexts, s.booking(m.event, m.next).Status)
		if again := s.post(pathOf(m.event, m.booking)+confirm, ""); status == "BOOKED" {
			require.Equal(s, http.StatusOK, again.status, again.body)
		} else {
			refused(s, again, http.StatusConflict, "hold_expired")
		}
		journal := s.get("/events/" + m.event + "/journal").body
		require.Equal(s, 1, strings.Count(journal, `"booking.confirmed"`)+strings.Count(journal, `"booking.expired"`), journal)
	}
}
