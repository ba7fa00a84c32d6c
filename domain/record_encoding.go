package domain

import (
	"cmp"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/google/uuid"
)

// EncodeRecords writes records of one event as a journal keeps them: a JSON
// array, in which nothing tells whose a booking is. Times are in microseconds
// since 1970.
func EncodeRecords(records []Record) ([]byte, error) {
	text := make([]byte, 0, 256*len(records)+2)
	text = append(text, '[')
	for i := range records {
		if i > 0 {
			text = append(text, ',')
		}
		var err error
		if text, err = appendRecord(text, &records[i]); err != nil {
			return nil, err
		}
	}
	return append(text, ']'), nil
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

// appendRecord writes a storedRecord. By hand it takes a tenth of the time: every
// booking waits for it.
func appendRecord(text []byte, r *Record) ([]byte, error) {
	at := micros(r.At)
	text = appendNumber(text, `{"v":`, r.Version)
	text = appendNumber(text, `,"n":`, int64(r.Number))
	text = appendNumber(text, `,"at":`, at)
	text, err := appendText(append(text, `,"by":`...), r.By)
	if err != nil {
		return nil, err
	}
	text = append(append(append(text, `,"kind":"`...), r.Kind...), '"')
	if r.Event != nil {
		event, err := json.Marshal(storedEventOf(r.Event))
		if err != nil {
			return nil, err
		}
		text = append(append(text, `,"event":`...), event...)
	}
	if r.Booking != nil {
		if text, err = appendBooking(text, r.Booking, at); err != nil {
			return nil, err
		}
	}
	for i := range r.Tickets {
		between := `,"tickets":[`
		if i > 0 {
			between = ","
		}
		text = appendNumber(text, between, int64(r.Tickets[i].Ordinal))
	}
	if len(r.Tickets) > 0 {
		text = append(text, ']')
	}
	if r.Held {
		text = append(text, `,"held":true`...)
	}
	text = appendUnlessZero(text, `,"less":`, int64(r.Less))
	return append(text, '}'), nil
}

func appendBooking(text []byte, b *Booking, at int64) ([]byte, error) {
	text = appendUUID(append(text, `,"booking":{"id":`...), b.ID.UUID)
	text = appendNumber(text, `,"seq":`, b.Sequence)
	text = appendNumber(text, `,"q":`, int64(b.Quantity))
	text = append(append(append(text, `,"status":"`...), b.Status...), '"')
	if b.Reference != "" {
		var err error
		if text, err = appendText(append(text, `,"ref":`...), b.Reference); err != nil {
			return nil, err
		}
	}
	text = appendUnlessZero(text, `,"transfers":`, int64(b.Transfers))
	text = appendUnlessZero(text, `,"expires":`, micros(b.ExpiresAt))
	text = appendUnlessZero(text, `,"latest":`, micros(b.LatestExpiresAt))
	text = appendUnlessZero(text, `,"joined":`, b.Joined.Number)
	text = appendUnlessZero(text, `,"after":`, b.Joined.TicketsBefore)
	text = appendUnlessZero(text, `,"created":`, unless(at, micros(b.CreatedAt)))
	for i := range b.Tickets {
		t, between := &b.Tickets[i], `,"t":[{"id":`
		if i > 0 {
			between = `,{"id":`
		}
		text = appendUUID(append(text, between...), t.ID.UUID)
		text = appendUnlessZero(text, `,"at":`, unless(at, micros(t.BookedAt)))
		text = appendUnlessZero(text, `,"gone":`, micros(t.CancelledAt))
		if t.Status == TicketHeld {
			text = append(text, `,"held":true`...)
		}
		text = append(text, '}')
	}
	if len(b.Tickets) > 0 {
		text = append(text, ']')
	}
	return append(text, '}'), nil
}

func appendNumber(text []byte, name string, n int64) []byte {
	return strconv.AppendInt(append(text, name...), n, 10)
}

func appendUnlessZero(text []byte, name string, n int64) []byte {
	if n == 0 {
		return text
	}
	return appendNumber(text, name, n)
}

func appendUUID(text []byte, id uuid.UUID) []byte {
	var digits [36]byte
	hex.Encode(digits[:8], id[:4])
	hex.Encode(digits[9:13], id[4:6])
	hex.Encode(digits[14:18], id[6:8])
	hex.Encode(digits[19:23], id[8:10])
	hex.Encode(digits[24:], id[10:])
	digits[8], digits[13], digits[18], digits[23] = '-', '-', '-', '-'
	return append(append(append(text, '"'), digits[:]...), '"')
}

// appendText writes plain texts, which nearly all are, as they stand.
func appendText(text []byte, s string) ([]byte, error) {
	if isASCII(s) && !strings.ContainsFunc(s, func(r rune) bool { return r < ' ' || r == '"' || r == '\\' || r == 0x7f }) {
		return append(append(append(text, '"'), s...), '"'), nil
	}
	quoted, err := json.Marshal(s)
	return append(text, quoted...), err
}

func storedEventOf(e *Event) storedEvent {
	return storedEvent{
		Name: e.Name, TotalTickets: e.TotalTickets, WantedTickets: e.WantedTickets, Status: e.Status,
		MaxTicketsPerUser: e.MaxTicketsPerUser, MaxWaitlist: e.MaxWaitlist,
		HoldSeconds: e.HoldSeconds, ClaimSeconds: e.ClaimSeconds,
		SalesStartAt: micros(e.SalesStartAt), SalesEndAt: micros(e.SalesEndAt), PromotionEndAt: micros(e.PromotionEndAt),
		SelfService: e.SelfService, StartsAt: micros(e.StartsAt), Venue: e.Venue, Description: e.Description,
		SettingsVersion: e.SettingsVersion,
	}
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
