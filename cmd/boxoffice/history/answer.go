package history

import (
	"time"

	"github.com/boxoffice-go/boxoffice/domain"
)

// The answers of the contract, as far as they are compared.
type (
	eventJSON struct {
		ID, EventID      string
		TotalTickets     int
		AvailableTickets int
		HeldTickets      int
		WaitingListCount int
		Status           domain.EventStatus
		Version          int64     // 0 in answers that don't have it
		UpdatedAt        time.Time // the same
	}
	bookedJSON struct {
		BookingID    string
		Tickets      []ticketJSON
		WaitingEntry *struct {
			ID       string
			Position int
		}
		Waitlisted bool
		ExpiresAt  time.Time // zero unless it is held
	}
	cancelledJSON struct{ Ticket ticketJSON }
	ticketJSON    struct {
		ID          string
		Status      domain.TicketStatus
		BookedAt    time.Time
		CancelledAt time.Time
	}
	bookingJSON struct {
		ID, UserID, Identifier string
		Quantity               int
		Sequence               int64
		Status                 domain.BookingStatus
		Position               int
		ExpiresAt              time.Time // zero unless it is held
		Tickets                []ticketJSON
	}
	bookingsJSON struct {
		Bookings   []bookingJSON
		NextCursor *string
	}
	journalJSON struct {
		Entries []journalEntryJSON
		Next    string
	}
	journalEntryJSON struct {
		Version   int64
		Type      domain.Kind
		By        string
		BookingID string
		TicketIDs []string
		Event     struct{ TotalTickets int }
	}
	problemJSON struct{ Code domain.Code }
)

func idsOf(tickets []ticketJSON) []string {
	ids := make([]string, len(tickets))
	for i, t := range tickets {
		ids[i] = t.ID
	}
	return ids
}
