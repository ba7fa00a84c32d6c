package domain

import (
	"github.com/google/uuid"
)

// EventID names an event.
type EventID struct{ uuid.UUID }

// BookingID names a booking; it stays the same when the booking is promoted.
type BookingID struct{ uuid.UUID }

// TicketID names a ticket.
type TicketID struct{ uuid.UUID }

// UserID names a person: the UUIDv5 of their identifier's folded form, so that
// it is the same on every event and every server. See [NewPerson].
type UserID struct{ uuid.UUID }

// WebhookID names a webhook.
type WebhookID struct{ uuid.UUID }

// AppendText is MarshalText without the allocation.
func (id EventID) AppendText(b []byte) ([]byte, error) { return appendID(b, id.UUID) }

// AppendText is MarshalText without the allocation.
func (id BookingID) AppendText(b []byte) ([]byte, error) { return appendID(b, id.UUID) }

// AppendText is MarshalText without the allocation.
func (id TicketID) AppendText(b []byte) ([]byte, error) { return appendID(b, id.UUID) }

// AppendText is MarshalText without the allocation.
func (id UserID) AppendText(b []byte) ([]byte, error) { return appendID(b, id.UUID) }

func appendID(b []byte, id uuid.UUID) ([]byte, error) {
	text, err := id.MarshalText()
	return append(b, text...), err
}

// ParseEventID reads an event's id in the canonical form of 36 characters.
// What isn't one is refused with [CodeValidation]. The nil UUID, which is no
// event's, is read as the max UUID, which is none's either: the zero value means
// that no event is named.
func ParseEventID(s string) (EventID, error) {
	id, err := parseID("eventId", s)
	return EventID{notNil(id, err)}, err
}

// ParseBookingID is [ParseEventID] for bookings.
func ParseBookingID(s string) (BookingID, error) {
	id, err := parseID("bookingId", s)
	return BookingID{notNil(id, err)}, err
}

// ParseWebhookID is [ParseEventID] for webhooks.
func ParseWebhookID(s string) (WebhookID, error) {
	id, err := parseID("webhookId", s)
	return WebhookID{notNil(id, err)}, err
}

// ParseTicketID is [ParseEventID] for tickets.
func ParseTicketID(s string) (TicketID, error) {
	id, err := parseID("ticketId", s)
	return TicketID{notNil(id, err)}, err
}

func notNil(id uuid.UUID, err error) uuid.UUID {
	if err == nil && id == uuid.Nil {
		return uuid.Max
	}
	return id
}

// parseID takes the canonical form only; uuid.Parse alone would also take
// URNs, braces and bare hex digits, and one thing would have several names.
func parseID(field, s string) (uuid.UUID, error) {
	const canonicalLength = 36
	if id, err := uuid.Parse(s); err == nil && len(s) == canonicalLength {
		return id, nil
	}
	return uuid.Nil, InvalidField(field, "must be a UUID, like 0190a6c0-5f2e-7bd0-8f5a-3d1c2b4a5e6f")
}
