package view

import (
	"fmt"

	"github.com/boxoffice-go/boxoffice/domain"
	"github.com/boxoffice-go/boxoffice/ports"
)

// Entry is an entry of a journal.
type Entry struct {
	ID        string               `json:"id"`
	Version   int64                `json:"version"`
	At        Timestamp            `json:"at"`
	Type      domain.Kind          `json:"type"`
	By        string               `json:"by"`
	BookingID *domain.BookingID    `json:"bookingId,omitempty"`
	Status    domain.BookingStatus `json:"status,omitzero"` // of the booking
	TicketIDs []domain.TicketID    `json:"ticketIds,omitempty"`
	Quantity  int                  `json:"quantity,omitzero"`
	ExpiresAt *Timestamp           `json:"expiresAt,omitempty"`
	Event     *Settings            `json:"event,omitempty"` // as it was left
}

// EntryID is the id of an entry within its event's journal.
func EntryID(at ports.JournalCursor) string { return fmt.Sprintf("%d-%d", at.Version, at.Number) }

// EntryOf shows a record.
func EntryOf(r domain.Record) Entry {
	e := Entry{
		ID: EntryID(ports.CursorOfRecord(r)), Version: r.Version, At: Timestamp{r.At}, Type: r.Kind, By: r.By,
	}
	if r.Event != nil {
		settings := SettingsOf(r.Event)
		e.Event = &settings
	}
	b := r.Booking
	if b == nil {
		return e
	}
	e.BookingID, e.Status, e.Quantity, e.ExpiresAt = &b.ID, b.Status, b.Quantity, ExpiryOf(*b)
	tickets := b.Tickets
	if r.Kind == domain.TicketsCancelled || r.Kind == domain.BookingHasExpired {
		tickets = r.Tickets
		e.Quantity = len(tickets)
	}
	for _, t := range tickets {
		e.TicketIDs = append(e.TicketIDs, t.ID)
	}
	return e
}
