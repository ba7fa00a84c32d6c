package domain

import (
	"bytes"
	"cmp"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"time"

	"github.com/google/uuid"
)

// DecodeRecords reads what [EncodeRecords] wrote.
func DecodeRecords(event EventID, encoded []byte) ([]Record, error) {
	d := recordDecoder{event: event, from: json.NewDecoder(bytes.NewReader(encoded)), before: &Record{}}
	records, err := d.all()
	if err != nil {
		return nil, fmt.Errorf("the journal of event %s can't be read: %w", event, err)
	}
	return records, nil
}

type recordDecoder struct {
	event  EventID
	from   *json.Decoder
	before *Record   // the record
	id     uuid.UUID // the last one
}

func (d *recordDecoder) all() ([]Record, error) {
	if err := d.delimiter('['); err != nil {
		return nil, err
	}
	var records []Record
	for d.from.More() {
		stored := expected(d.before)
		if err := d.from.Decode(&stored); err != nil {
			return nil, err
		}
		r, err := d.record(&stored)
		if err != nil {
			return nil, fmt.Errorf("record %d-%d: %w", stored.Version, stored.Number, err)
		}
		records = append(records, r)
		d.before = &records[len(records)-1]
	}
	if err := d.delimiter(']'); err != nil {
		return nil, err
	}
	if _, err := d.from.Token(); !errors.Is(err, io.EOF) {
		return nil, errors.New("something follows the last record")
	}
	return records, nil
}

func (d *recordDecoder) delimiter(expected json.Delim) error {
	token, err := d.from.Token()
	if err == nil && token != expected {
		err = fmt.Errorf("%v instead of %v", token, expected)
	}
	return err
}

// record makes a record of what is stored. It fails where [EncodeRecords] can't
// have written that.
func (d *recordDecoder) record(s *storedRecord) (Record, error) {
	at, event := moment(s.At), d.event
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
	if s.Booking != nil {
		booking, err := d.booking(s)
		if err != nil {
			return Record{}, err
		}
		for _, ordinal := range s.Tickets {
			if ordinal < 1 || ordinal > len(booking.Tickets) {
				return Record{}, fmt.Errorf("there is no ticket %d", ordinal)
			}
			r.Tickets = append(r.Tickets, booking.Tickets[ordinal-1])
		}
		r.Booking = &booking
	}
	return r, nil
}

func (d *recordDecoder) booking(r *storedRecord) (Booking, error) {
	s, at := r.Booking, r.At
	id, err := d.uuid(s.ID)
	if err != nil {
		return Booking{}, err
	}
	b := Booking{
		ID: BookingID{id}, EventID: d.event, Quantity: cmp.Or(s.Quantity, 1),
		Sequence: cmp.Or(s.Sequence, expectedSequence(d.before)), Status: cmp.Or(s.Status, expectedStatus(r.Kind)),
		Reference: s.Reference, Transfers: s.Transfers, Joined: Joined{Number: s.Joined, TicketsBefore: s.JoinedAfter},
		ExpiresAt: momentOr(s.ExpiresIn, at, s.ExpiresAt), LatestExpiresAt: momentOr(s.LatestExpiresIn, at, s.LatestExpiresAt),
		CreatedAt: moment(cmp.Or(s.CreatedAt, at-s.CreatedAgo)),
	}
	for i, t := range s.Tickets {
		id, err := d.uuid(t.ID)
		if err != nil {
			return Booking{}, err
		}
		ticket := Ticket{
			ID: TicketID{id}, EventID: d.event, BookingID: b.ID, Sequence: b.Sequence, Ordinal: i + 1,
			Status: TicketBooked, BookedAt: moment(cmp.Or(t.BookedAt, at)), CancelledAt: moment(t.CancelledAt),
		}
		switch {
		case t.CancelledAt != 0:
			ticket.Status = TicketCancelled
		case t.Held:
			ticket.Status = TicketHeld
		}
		b.Tickets = append(b.Tickets, ticket)
	}
	return b, nil
}

// uuid completes an id; see [storedID].
func (d *recordDecoder) uuid(s storedID) (uuid.UUID, error) {
	if len(s) > base64.RawStdEncoding.EncodedLen(len(uuid.UUID{})) {
		id, err := uuid.Parse(string(s))
		d.id = id
		return id, err
	}
	end, err := base64.RawStdEncoding.DecodeString(string(s))
	if err == nil {
		copy(d.id[len(d.id)-len(end):], end)
	}
	return d.id, err
}

// momentOr is the time that is so much later than at; that which is given if that
// is 0.
func momentOr(left, at, given int64) time.Time {
	if left != 0 {
		given = at + left
	}
	return moment(given)
}

// moment turns 0 into the zero time; see [micros].
func moment(micros int64) time.Time {
	if micros == 0 {
		return time.Time{}
	}
	return time.UnixMicro(micros).UTC()
}
