package domain

import (
	"cmp"
	"encoding/json"
	"fmt"
	"time"

	"github.com/google/uuid"
)

// EncodeRecords writes records of one event as a journal keeps them: a JSON
// array, in which nothing tells whose a booking is. Times are in microseconds
// since 1970.
func EncodeRecords(records []Record) ([]byte, error) {
	stored := make([]storedRecord, len(records))
	for i := range records {
		stored[i] = storedOf(&records[i])
	}
	return json.Marshal(stored)
}

// DecodeRecords reads what [EncodeRecords] wrote.
func DecodeRecords(event EventID, encoded []byte) ([]Record, error) {
	var stored []storedRecord
	if err := json.Unmarshal(encoded, &stored); err != nil {
		return nil, fmt.Errorf("the journal of event %s can't be read: %w", event, err)
	}
	records := make([]Record, len(stored))
	for i := range stored {
		if err := stored[i].check(); err != nil {
			return nil, fmt.Errorf("the journal of event %s can't be read: %w", event, err)
		}
		records[i] = stored[i].record(event)
	}
	return records, nil
}

type storedRecord struct {
	Version int64          `json:"v"`
	Number  int            `json:"n"`
	At      int64          `json:"at"`
	By      string         `json:"by"`
	Kind    Kind           `json:"kind"`
	Event   *storedEvent   `json:"event,omitempty"`
	Booking *storedBooking `json:"booking,omitempty"`
	Tickets []int          `json:"tickets,omitempty"` // the ordinals of those that were cancelled
	Held    bool           `json:"held,omitempty"`
	Less    int            `json:"less,omitempty"`
}

type storedEvent struct {
	Name              string      `json:"name"`
	TotalTickets      int         `json:"total"`
	WantedTickets     int         `json:"wanted,omitempty"`
	Status            EventStatus `json:"status"`
	MaxTicketsPerUser Limit       `json:"maxPerUser"`
	MaxWaitlist       Limit       `json:"maxWaitlist"`
	HoldSeconds       int         `json:"hold,omitempty"`
	ClaimSeconds      int         `json:"claim,omitempty"`
	SalesStartAt      int64       `json:"salesStart,omitempty"`
	SalesEndAt        int64       `json:"salesEnd,omitempty"`
	PromotionEndAt    int64       `json:"promotionEnd,omitempty"`
	SelfService       bool        `json:"selfService,omitempty"`
	StartsAt          int64       `json:"starts,omitempty"`
	Venue             string      `json:"venue,omitempty"`
	Description       string      `json:"description,omitempty"`
	SettingsVersion   int64       `json:"settings"`
}

type storedBooking struct {
	ID              uuid.UUID      `json:"id"`
	Sequence        int64          `json:"seq"`
	Quantity        int            `json:"q"`
	Status          BookingStatus  `json:"status"`
	Reference       string         `json:"ref,omitempty"`
	Transfers       int            `json:"transfers,omitempty"`
	ExpiresAt       int64          `json:"expires,omitempty"`
	LatestExpiresAt int64          `json:"latest,omitempty"`
	Joined          int64          `json:"joined,omitempty"`
	JoinedAfter     int64          `json:"after,omitempty"`
	CreatedAt       int64          `json:"created,omitempty"` // 0: the record's time
	Tickets         []storedTicket `json:"t,omitempty"`
}

type storedTicket struct {
	ID          uuid.UUID `json:"id"`
	BookedAt    int64     `json:"at,omitempty"`   // 0: the record's time
	CancelledAt int64     `json:"gone,omitempty"` // 0: it is not cancelled
	Held        bool      `json:"held,omitempty"`
}

func storedOf(r *Record) storedRecord {
	at := micros(r.At)
	s := storedRecord{Version: r.Version, Number: r.Number, At: at, By: r.By, Kind: r.Kind, Held: r.Held, Less: r.Less}
	if e := r.Event; e != nil {
		s.Event = &storedEvent{
			Name: e.Name, TotalTickets: e.TotalTickets, WantedTickets: e.WantedTickets, Status: e.Status,
			MaxTicketsPerUser: e.MaxTicketsPerUser, MaxWaitlist: e.MaxWaitlist,
			HoldSeconds: e.HoldSeconds, ClaimSeconds: e.ClaimSeconds,
			SalesStartAt: micros(e.SalesStartAt), SalesEndAt: micros(e.SalesEndAt), PromotionEndAt: micros(e.PromotionEndAt),
			SelfService: e.SelfService, StartsAt: micros(e.StartsAt), Venue: e.Venue, Description: e.Description,
			SettingsVersion: e.SettingsVersion,
		}
	}
	if b := r.Booking; b != nil {
		s.Booking = &storedBooking{
			ID: b.ID.UUID, Sequence: b.Sequence, Quantity: b.Quantity, Status: b.Status,
			Reference: b.Reference, Transfers: b.Transfers, ExpiresAt: micros(b.ExpiresAt), LatestExpiresAt: micros(b.LatestExpiresAt),
			Joined: b.Joined.Number, JoinedAfter: b.Joined.TicketsBefore, CreatedAt: unless(at, micros(b.CreatedAt)),
		}
		s.Booking.Tickets = make([]storedTicket, len(b.Tickets))
		for i, t := range b.Tickets {
			s.Booking.Tickets[i] = storedTicket{
				ID: t.ID.UUID, BookedAt: unless(at, micros(t.BookedAt)), CancelledAt: micros(t.CancelledAt), Held: t.Status == TicketHeld,
			}
		}
	}
	for _, t := range r.Tickets {
		s.Tickets = append(s.Tickets, t.Ordinal)
	}
	return s
}

func (s *storedRecord) record(event EventID) Record {
	at := moment(s.At)
	r := Record{EventID: event, Version: s.Version, Number: s.Number, At: at, By: s.By, Kind: s.Kind, Held: s.Held, Less: s.Less}
	if e := s.Event; e != nil {
		r.Event = &Event{
			ID: event, Status: e.Status, WantedTickets: e.WantedTickets, AvailableTickets: e.TotalTickets,
			Settings: Settings{
				Name: e.Name, TotalTickets: e.TotalTickets, MaxTicketsPerUser: e.MaxTicketsPerUser, MaxWaitlist: e.MaxWaitlist,
				HoldSeconds: e.HoldSeconds, ClaimSeconds: e.ClaimSeconds,
				SalesStartAt: moment(e.SalesStartAt), SalesEndAt: moment(e.SalesEndAt), PromotionEndAt: moment(e.PromotionEndAt),
				SelfService: e.SelfService, StartsAt: moment(e.StartsAt), Venue: e.Venue, Description: e.Description,
			},
			Version: s.Version, SettingsVersion: e.SettingsVersion, CreatedAt: at, UpdatedAt: at,
		}
	}
	if b := s.Booking; b != nil {
		booking := Booking{
			ID: BookingID{b.ID}, EventID: event, Quantity: b.Quantity, Sequence: b.Sequence, Status: b.Status,
			Reference: b.Reference, Transfers: b.Transfers, ExpiresAt: moment(b.ExpiresAt), LatestExpiresAt: moment(b.LatestExpiresAt),
			Joined: Joined{Number: b.Joined, TicketsBefore: b.JoinedAfter}, CreatedAt: moment(cmp.Or(b.CreatedAt, s.At)),
		}
		for i, t := range b.Tickets {
			ticket := Ticket{
				ID: TicketID{t.ID}, EventID: event, BookingID: booking.ID, Sequence: b.Sequence, Ordinal: i + 1,
				Status: TicketBooked, BookedAt: moment(cmp.Or(t.BookedAt, s.At)), CancelledAt: moment(t.CancelledAt),
			}
			switch {
			case t.CancelledAt != 0:
				ticket.Status = TicketCancelled
			case t.Held:
				ticket.Status = TicketHeld
			}
			booking.Tickets = append(booking.Tickets, ticket)
		}
		for _, ordinal := range s.Tickets {
			r.Tickets = append(r.Tickets, booking.Tickets[ordinal-1])
		}
		r.Booking = &booking
	}
	return r
}

// check finds what no record has that was written by [EncodeRecords].
func (s *storedRecord) check() error {
	for _, ordinal := range s.Tickets {
		if s.Booking != nil && (ordinal < 1 || ordinal > len(s.Booking.Tickets)) {
			return fmt.Errorf("record %d-%d has no ticket %d", s.Version, s.Number, ordinal)
		}
	}
	return nil
}

// micros and moment turn the zero time into 0, and back.
func micros(t time.Time) int64 {
	if t.IsZero() {
		return 0
	}
	return t.UnixMicro()
}

func moment(micros int64) time.Time {
	if micros == 0 {
		return time.Time{}
	}
	return time.UnixMicro(micros).UTC()
}

// unless leaves a value out that is the usual one.
func unless(usual, value int64) int64 {
	if value == usual {
		return 0
	}
	return value
}
