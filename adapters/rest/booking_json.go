package rest

import (
	"context"

	"github.com/boxoffice-go/boxoffice/adapters/httpbase/view"
	"github.com/boxoffice-go/boxoffice/domain"
)

func (h *handler) bookingOf(ctx context.Context, b domain.Booking) (view.Booking, error) {
	link, err := h.links.Of(ctx, &b)
	if err != nil {
		return view.Booking{}, err
	}
	return view.BookingOf(b, link), nil
}

// liveTickets counts the tickets of a booking that are not cancelled.
func liveTickets(b domain.Booking) int {
	live := 0
	for _, t := range b.Tickets {
		if t.Status != domain.TicketCancelled {
			live++
		}
	}
	return live
}

// bookedJSON is the answer of POST /book: Tickets to who has or had some, else
// WaitingEntry.
type bookedJSON struct {
	BookingID    domain.BookingID     `json:"bookingId"`
	Status       domain.BookingStatus `json:"status"`
	Tickets      []view.Ticket        `json:"tickets,omitempty"`
	WaitingEntry *entryJSON           `json:"waitingEntry,omitempty"`
	Waitlisted   bool                 `json:"waitlisted"`
	ExpiresAt    *view.Timestamp      `json:"expiresAt,omitempty"`
	Link         string               `json:"link,omitzero"`
}

type entryJSON struct {
	ID           domain.BookingID `json:"id"`
	EventID      domain.EventID   `json:"eventId"`
	UserID       *domain.UserID   `json:"userId,omitempty"`
	Position     *int             `json:"position,omitempty"`
	TicketsAhead *int             `json:"ticketsAhead,omitempty"`
}

// bookedOf shows a booking to who booked it. Whose it is now, and its link, stay
// out of it if open is false.
func (h *handler) bookedOf(ctx context.Context, b domain.Booking, open bool) (bookedJSON, error) {
	shown := bookedJSON{BookingID: b.ID, Status: b.Status, ExpiresAt: view.ExpiryOf(b)}
	user := &b.UserID
	if open {
		link, err := h.links.Of(ctx, &b)
		if err != nil {
			return bookedJSON{}, err
		}
		shown.Link = link
	} else {
		user = nil
	}
	if len(b.Tickets) == 0 {
		shown.Waitlisted = true
		shown.WaitingEntry = &entryJSON{ID: b.ID, EventID: b.EventID, UserID: user}
		if b.Status == domain.BookingWaiting {
			shown.WaitingEntry.Position, shown.WaitingEntry.TicketsAhead = &b.Position, &b.TicketsAhead
		}
		return shown, nil
	}
	shown.Tickets = make([]view.Ticket, len(b.Tickets))
	for i, t := range b.Tickets {
		shown.Tickets[i] = view.TicketOf(t)
		shown.Tickets[i].UserID = user
	}
	return shown, nil
}
