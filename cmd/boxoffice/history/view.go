package history

import (
	"fmt"
	"strings"

	"github.com/boxoffice-go/boxoffice/domain"
	"github.com/boxoffice-go/boxoffice/ports/porttest"
)

// eventView and bookingView are what a reader sees, without ids and times.
type eventView struct {
	total, available, held, waiting int
	status                          domain.EventStatus
	version                         int64 // 0 if it isn't shown
}

type bookingView struct {
	user     string
	quantity int
	status   domain.BookingStatus
	position int
	tickets  string // a letter for each: H, B or C
}

func (v eventView) String() string {
	return fmt.Sprintf("%s version %d: %d of %d available, %d held, %d waiting", v.status, v.version, v.available, v.total, v.held, v.waiting)
}

func (v bookingView) String() string {
	return fmt.Sprintf("×%d %s at %d %s", v.quantity, v.status, v.position, v.tickets)
}

func (e *eventJSON) view() eventView {
	return eventView{e.TotalTickets, e.AvailableTickets, e.HeldTickets, e.WaitingListCount, e.Status, e.Version}
}

func viewsOf(bookings []bookingJSON) []bookingView {
	views := make([]bookingView, len(bookings))
	for i, b := range bookings {
		statuses := make([]domain.TicketStatus, len(b.Tickets))
		for j, t := range b.Tickets {
			statuses[j] = t.Status
		}
		views[i] = bookingView{b.UserID, b.Quantity, b.Status, b.Position, letters(statuses)}
	}
	return views
}

func letters(statuses []domain.TicketStatus) string {
	var text strings.Builder
	for _, s := range statuses {
		text.WriteString(string(s[:1]))
	}
	return text.String()
}

// seeEvent is what a reader of the event should see.
func seeEvent(m *porttest.Model) eventView {
	e := m.Event(domain.EventID{})
	return eventView{e.TotalTickets, e.AvailableTickets, e.HeldTickets, e.Line.Waiting, e.Status, e.Version}
}

// seeBookings is what a reader of all bookings should see.
func seeBookings(m *porttest.Model) []bookingView {
	list := m.List()
	views := make([]bookingView, len(list))
	for i := range list {
		views[i] = seeBooking(&list[i])
	}
	return views
}

func seeBooking(b *domain.Booking) bookingView {
	statuses := make([]domain.TicketStatus, len(b.Tickets))
	for i, t := range b.Tickets {
		statuses[i] = t.Status
	}
	return bookingView{b.UserID.String(), b.Quantity, b.Status, b.Position, letters(statuses)}
}
