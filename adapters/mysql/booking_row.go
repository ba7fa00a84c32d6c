package mysql

import (
	"database/sql"
	"time"

	"github.com/boxoffice-go/boxoffice/domain"
)

// bookingColumns are a booking w of the line, or t of a ticket, in the event e:
// one row a ticket, or one without.
var bookingColumns = "e.id, e.status, e.updated_at, e.promoted_count," +
	" COALESCE(w.booking_id, t.booking_id), COALESCE(w.user_id, t.user_id), COALESCE(w.identifier, t.identifier)," +
	" COALESCE(w.sequence, t.sequence) AS sequence, COALESCE(w.joined_at, t.accepted_at)," +
	" " + waitsW + ", w.quantity, w.joined, " + leftBeforeW + "," +
	" t.id, t.ordinal, t.status, t.booked_at, t.cancelled_at"

// bookingScan gathers bookings from rows of bookingColumns, which come with all
// rows of one booking together, in the order of its tickets.
type bookingScan struct {
	events   int // rows seen, of bookings or of an event without any
	bookings []domain.Booking
}

func (s *bookingScan) row(rows *sql.Rows) error {
	var (
		event      domain.Event
		b          domain.Booking
		identifier sql.Null[string]
		sequence   sql.Null[int64]
		acceptedAt sql.Null[time.Time]
		wait       struct {
			waits              sql.Null[bool]
			quantity           sql.Null[int]
			joined, leftBefore sql.Null[int64]
		}
		t                     domain.Ticket
		ordinal               sql.Null[int]
		status                sql.Null[string]
		bookedAt, cancelledAt sql.Null[time.Time]
	)
	err := rows.Scan(
		&event.ID.UUID, &event.Status, &event.UpdatedAt, &event.PromotedCount,
		&b.ID.UUID, &b.UserID.UUID, &identifier, &sequence, &acceptedAt,
		&wait.waits, &wait.quantity, &wait.joined, &wait.leftBefore,
		&t.ID.UUID, &ordinal, &status, &bookedAt, &cancelledAt,
	)
	s.events++
	if err != nil || !sequence.Valid {
		return err
	}
	if last := len(s.bookings) - 1; last < 0 || s.bookings[last].ID != b.ID {
		b.EventID, b.Identifier, b.Sequence, b.CreatedAt = event.ID, identifier.V, sequence.V, acceptedAt.V
		b.Quantity = wait.quantity.V
		b.Status = domain.BookingCancelled
		if wait.waits.V {
			b.Status = domain.BookingWaiting
			b.Position = domain.Position(wait.joined.V, event.PromotedCount, wait.leftBefore.V)
		}
		s.bookings = append(s.bookings, b)
	}
	if ordinal.Valid {
		t.EventID, t.BookingID, t.UserID, t.Sequence = event.ID, b.ID, b.UserID, sequence.V
		t.Ordinal, t.Status, t.BookedAt, t.CancelledAt = ordinal.V, domain.TicketStatus(status.V), bookedAt.V, cancelledAt.V
		addTicketTo(&s.bookings[len(s.bookings)-1], t)
	}
	last := &s.bookings[len(s.bookings)-1]
	*last = last.OfEvent(event)
	return nil
}

// addTicketTo gives a booking its next ticket.
func addTicketTo(b *domain.Booking, t domain.Ticket) {
	b.Tickets = append(b.Tickets, t)
	b.Quantity = len(b.Tickets) // the same in the line's row, if there is one
	b.Status = domain.StatusOfTickets(b.Tickets)
}
