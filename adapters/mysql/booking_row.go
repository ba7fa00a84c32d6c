package mysql

import (
	"database/sql"
	"slices"
	"strings"

	"github.com/boxoffice-go/boxoffice/domain"
)

// ticketColumns are those of a booking's only or first ticket that is booked at once:
// the others have the defaults that such a ticket needs. The rest follows, for
// tickets that are held, for a booking's further ones, and for all others.
var (
	ticketColumns        = []string{"event_id", "sequence", "id", "booking_id", "user_id", "identifier", "booked_at"}
	heldTicketColumns    = append(slices.Clone(ticketColumns), "status", "booking_status", "expires_at", "latest_expires_at")
	furtherTicketColumns = append(slices.Clone(ticketColumns), "ordinal", "status", "booking_status", "accepted_at")
	ticketColumnsInFull  = append(slices.Clone(furtherTicketColumns),
		"expires_at", "latest_expires_at", "cancelled_at", "reference", "transfers", "joined", "joined_after")

	// joinedColumns are those of a booking that just waits.
	joinedColumns = []string{
		"event_id", "sequence", "booking_id", "user_id", "identifier", "quantity", "joined", "joined_after", "joined_at",
	}
	waitlistColumns = append(slices.Clone(joinedColumns), "status", "reference", "transfers")
)

var (
	columnsOfTicketsT  = columnsOf("t", ticketColumnsInFull)
	columnsOfWaitlistW = columnsOf("w", waitlistColumns)
)

func columnsOf(table string, columns []string) string {
	return table + "." + strings.Join(columns, ", "+table+".")
}

// The statuses of waitlist's rows. That a booking was promoted follows from the
// event's last_promoted: a promotion writes nothing into the line. Only here stands
// what a row means: in waitsW, for the rows w of the line, of an event with the
// last_promoted that follows it, and in waits.
const (
	joined = "JOINED"
	left   = "LEFT"

	waitsW = "w.status = '" + joined + "' AND w.sequence > "
	leftW  = "w.status = '" + left + "'"
)

// waits reports whether the booking of a row in the line waits. One that joined
// and doesn't was promoted.
func waits(status string, sequence, lastPromoted int64) bool {
	return status == joined && sequence > lastPromoted
}

// ticketRow is a row of tickets: a ticket, and its booking if it is the first.
type ticketRow struct {
	*domain.Booking
	*domain.Ticket
}

func (r *ticketRow) args(args []any) []any {
	b, t := r.Booking, r.Ticket
	return append(args, b.EventID.UUID[:], b.Sequence, t.ID.UUID[:], b.ID.UUID[:], b.UserID.UUID[:], unlessZero(b.Identifier), t.BookedAt)
}

func (r *ticketRow) heldArgs(args []any) []any {
	return append(r.args(args), string(r.Ticket.Status), string(r.Booking.Status), r.ExpiresAt, r.LatestExpiresAt)
}

func (r *ticketRow) furtherArgs(args []any) []any {
	args = append(r.args(args), int64(r.Ordinal), string(r.Ticket.Status))
	if r.Ordinal > 1 {
		return append(args, nil, nil)
	}
	return append(args, string(r.Booking.Status), r.CreatedAt)
}

func (r *ticketRow) argsInFull(args []any) []any {
	b := r.Booking
	args = r.furtherArgs(args)
	if r.Ordinal > 1 {
		return append(args, nil, nil, timeArg(r.CancelledAt), nil, nil, nil, nil)
	}
	args = append(args, timeArg(b.ExpiresAt), timeArg(b.LatestExpiresAt), timeArg(r.CancelledAt), unlessZero(b.Reference), unlessZero(int64(b.Transfers)))
	if b.Joined == (domain.Joined{}) {
		return append(args, nil, nil)
	}
	return append(args, b.Joined.Number, b.Joined.TicketsBefore)
}

// isPlain reports whether ticketColumns say all of the row.
func (r *ticketRow) isPlain() bool {
	return r.isNew() && r.Ordinal == 1 && r.Ticket.Status == domain.TicketBooked && r.Booking.Status == domain.BookingBooked && r.LatestExpiresAt.IsZero()
}

// isHeld reports whether heldTicketColumns say all of the row.
func (r *ticketRow) isHeld() bool {
	return r.isNew() && r.Ordinal == 1 && r.Ticket.Status == domain.TicketHeld && r.Booking.Status == domain.BookingHeld
}

// isFurther reports whether furtherTicketColumns say all of the row.
func (r *ticketRow) isFurther() bool {
	return r.Ordinal > 1 && r.CancelledAt.IsZero()
}

// isNew reports whether the booking has nothing but what all have.
func (r *ticketRow) isNew() bool {
	return r.Reference == "" && r.Transfers == 0 && r.Joined == (domain.Joined{}) && r.BookedAt.Equal(r.CreatedAt)
}

func joinedArgs(args []any, b *domain.Booking) []any {
	return append(args, b.EventID.UUID[:], b.Sequence, b.ID.UUID[:], b.UserID.UUID[:], unlessZero(b.Identifier), int64(b.Quantity),
		b.Joined.Number, b.Joined.TicketsBefore, b.CreatedAt)
}

func waitlistArgs(args []any, b *domain.Booking) []any {
	return append(joinedArgs(args, b), lineStatus(b), unlessZero(b.Reference), unlessZero(int64(b.Transfers)))
}

func lineStatus(b *domain.Booking) string {
	if len(b.Tickets) == 0 && b.Status != domain.BookingWaiting {
		return left
	}
	return joined
}

// justJoined reports whether joinedColumns say all of a booking's row in the line.
func justJoined(b *domain.Booking) bool {
	return lineStatus(b) == joined && b.Reference == "" && b.Transfers == 0
}

// ticketScan reads ticketColumnsInFull of a row that may be missing.
type ticketScan struct {
	ticket                                  domain.Ticket
	identifier, ticketStatus, bookingStatus sql.NullString
	reference                               sql.NullString
	sequence, ordinal, transfers            sql.NullInt64
	joined, joinedAfter                     sql.NullInt64
	bookedAt, acceptedAt, cancelledAt       sql.NullTime
	expiresAt, latestExpiresAt              sql.NullTime
}

func (s *ticketScan) into() []any {
	return []any{
		&s.ticket.EventID.UUID, &s.sequence, &s.ticket.ID.UUID, &s.ticket.BookingID.UUID, &s.ticket.UserID.UUID, &s.identifier, &s.bookedAt,
		&s.ordinal, &s.ticketStatus, &s.bookingStatus, &s.acceptedAt,
		&s.expiresAt, &s.latestExpiresAt, &s.cancelledAt, &s.reference, &s.transfers, &s.joined, &s.joinedAfter,
	}
}

// addTo adds the ticket to the bookings, which come with their tickets in order,
// all of one booking together.
func (s *ticketScan) addTo(bookings []domain.Booking) []domain.Booking {
	t := s.ticket
	t.Sequence, t.Ordinal, t.Status = s.sequence.Int64, int(s.ordinal.Int64), domain.TicketStatus(s.ticketStatus.String)
	t.BookedAt, t.CancelledAt = s.bookedAt.Time, s.cancelledAt.Time
	if t.Ordinal == 1 {
		bookings = append(bookings, domain.Booking{
			ID: t.BookingID, EventID: t.EventID, UserID: t.UserID, Identifier: s.identifier.String,
			Sequence: t.Sequence, Status: domain.BookingStatus(s.bookingStatus.String),
			Reference: s.reference.String, Transfers: int(s.transfers.Int64),
			ExpiresAt: s.expiresAt.Time, LatestExpiresAt: s.latestExpiresAt.Time,
			Joined:    domain.Joined{Number: s.joined.Int64, TicketsBefore: s.joinedAfter.Int64},
			CreatedAt: s.acceptedAt.Time,
		})
	}
	b := &bookings[len(bookings)-1]
	b.Tickets = append(b.Tickets, t)
	b.Quantity = len(b.Tickets)
	return bookings
}

// waitlistScan reads waitlistColumns of a row that may be missing.
type waitlistScan struct {
	booking                       domain.Booking
	sequence, quantity, transfers sql.NullInt64
	identifier, status, reference sql.NullString
	joined, joinedAfter           sql.NullInt64
	joinedAt                      sql.NullTime
}

func (s *waitlistScan) into() []any {
	return []any{
		&s.booking.EventID.UUID, &s.sequence, &s.booking.ID.UUID, &s.booking.UserID.UUID, &s.identifier, &s.quantity,
		&s.joined, &s.joinedAfter, &s.joinedAt, &s.status, &s.reference, &s.transfers,
	}
}

// bookingOf returns the booking of a row, and false if there is none or it was
// promoted: then its tickets tell what it is.
func (s *waitlistScan) bookingOf(lastPromoted int64) (domain.Booking, bool) {
	b := s.booking
	b.Identifier, b.Quantity, b.Sequence = s.identifier.String, int(s.quantity.Int64), s.sequence.Int64
	b.Reference, b.Transfers, b.CreatedAt = s.reference.String, int(s.transfers.Int64), s.joinedAt.Time
	b.Joined = domain.Joined{Number: s.joined.Int64, TicketsBefore: s.joinedAfter.Int64}
	switch {
	case !s.sequence.Valid:
		return b, false
	case s.status.String == left:
		b.Status = domain.BookingCancelled
	case waits(s.status.String, b.Sequence, lastPromoted):
		b.Status = domain.BookingWaiting
	default:
		return b, false
	}
	return b, true
}

// stateColumns are what a booking's state takes of its event e.
const stateColumns = "e.id, e.status, e.cancelled_at, e.last_promoted, e.promoted_count, e.promoted_tickets," +
	" e.joined_count, e.joined_tickets, e.waiting_count, e.waiting_tickets"

// stateScan reads stateColumns.
type stateScan struct {
	event       domain.Event
	cancelledAt sql.NullTime
}

func (s *stateScan) into() []any {
	line := &s.event.Line
	return []any{
		&s.event.ID.UUID, &s.event.Status, &s.cancelledAt, &line.LastPromoted, &line.Promoted, &line.PromotedTickets,
		&line.Joined, &line.JoinedTickets, &line.Waiting, &line.WaitingTickets,
	}
}

func (s *stateScan) get() *domain.Event {
	s.event.CancelledAt = s.cancelledAt.Time
	return &s.event
}

// shownRows gathers bookings as they are shown, from rows of stateColumns and
// either those of waitlist or those of tickets.
type shownRows struct {
	bookings []domain.Booking
	waiting  []waiting

	// What rows are read into, one after the other: there may be very many.
	state            stateScan
	ofTicket         ticketScan
	ofLine           waitlistScan
	ticketTo, lineTo []any
}

// waiting is a booking that waits, and the line as it was then.
type waiting struct {
	index int // of the bookings
	line  domain.Line
}

func (r *shownRows) ticket(rows *sql.Rows) error {
	if r.ticketTo == nil {
		r.ticketTo = append(r.state.into(), r.ofTicket.into()...)
	}
	r.state, r.ofTicket = stateScan{}, ticketScan{}
	if err := rows.Scan(r.ticketTo...); err != nil {
		return err
	}
	r.addTicket(r.state.get(), &r.ofTicket)
	return nil
}

func (r *shownRows) inLine(rows *sql.Rows) error {
	if r.lineTo == nil {
		r.lineTo = append(r.state.into(), r.ofLine.into()...)
	}
	r.state, r.ofLine = stateScan{}, waitlistScan{}
	if err := rows.Scan(r.lineTo...); err != nil {
		return err
	}
	r.addInLine(r.state.get(), &r.ofLine)
	return nil
}

func (r *shownRows) addTicket(e *domain.Event, ticket *ticketScan) {
	r.bookings = ticket.addTo(r.bookings)
	last := &r.bookings[len(r.bookings)-1]
	if e.Status == domain.EventCancelled {
		*last = last.OfEvent(*e)
	}
}

func (r *shownRows) addInLine(e *domain.Event, wait *waitlistScan) {
	b, ok := wait.bookingOf(e.Line.LastPromoted)
	if !ok {
		return
	}
	b = b.OfEvent(*e)
	if b.Status == domain.BookingWaiting {
		r.waiting = append(r.waiting, waiting{len(r.bookings), e.Line})
	}
	r.bookings = append(r.bookings, b)
}
