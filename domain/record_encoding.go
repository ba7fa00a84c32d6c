package domain

import (
	"encoding/base64"
	"encoding/json"
	"strconv"
	"strings"
	"time"

	"github.com/google/uuid"
)

// EncodeRecords writes records of one event as a journal keeps them: a JSON
// array, in which nothing tells whose a booking is. Times are in microseconds
// since 1970. Every booking waits until its record is on the disk, so a record
// says only what it isn't [expected] to be by the one before it.
func EncodeRecords(records []Record) ([]byte, error) {
	const usual = 80 // bytes of a record
	e := recordEncoder{text: make([]byte, 0, usual*len(records)+usual), before: &Record{}}
	e.text = append(e.text, '[')
	for i := range records {
		if i > 0 {
			e.text = append(e.text, ',')
		}
		if err := e.record(&records[i]); err != nil {
			return nil, err
		}
		e.before = &records[i]
	}
	return append(e.text, ']'), nil
}

// expected is what a record is where it doesn't say, by the one before it: the
// only one of the next version, and all else as it was.
func expected(before *Record) storedRecord {
	return storedRecord{Version: before.Version + 1, Number: 1, At: micros(before.At), By: before.By, Kind: before.Kind}
}

// expectedSequence is that of a record's booking where it doesn't say.
func expectedSequence(before *Record) int64 {
	if before.Booking == nil {
		return 1
	}
	return before.Booking.Sequence + 1
}

// expectedStatus is that of a record's booking where it doesn't say.
func expectedStatus(kind Kind) BookingStatus {
	switch kind {
	case BookingWasHeld:
		return BookingHeld
	case BookingJoined:
		return BookingWaiting
	case BookingHasExpired:
		return BookingExpired
	case BookingLeft:
		return BookingCancelled
	case EventWasCreated, EventWasChanged, EventWasCancelled,
		BookingWasBooked, BookingWasPromoted, BookingConfirmed, BookingExtended,
		BookingChanged, BookingTransferred, TicketsCancelled, PersonErased:
	}
	return BookingBooked
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
	ID              storedID       `json:"id"`
	Sequence        int64          `json:"seq,omitempty"`    // 0: [expectedSequence]
	Quantity        int            `json:"q,omitempty"`      // 0: 1
	Status          BookingStatus  `json:"status,omitempty"` // empty: [expectedStatus]
	Reference       string         `json:"ref,omitempty"`
	Transfers       int            `json:"transfers,omitempty"`
	ExpiresAt       int64          `json:"expires,omitempty"`
	ExpiresIn       int64          `json:"in,omitempty"` // after the record's time, instead of expires
	LatestExpiresAt int64          `json:"latest,omitempty"`
	LatestExpiresIn int64          `json:"latestIn,omitempty"`
	Joined          int64          `json:"joined,omitempty"`
	JoinedAfter     int64          `json:"after,omitempty"`
	CreatedAt       int64          `json:"created,omitempty"`
	CreatedAgo      int64          `json:"age,omitempty"` // before the record's time, instead of created
	Tickets         []storedTicket `json:"t,omitempty"`
}

type storedTicket struct {
	ID          storedID `json:"id"`
	BookedAt    int64    `json:"at,omitempty"`   // 0: the record's time
	CancelledAt int64    `json:"gone,omitempty"` // 0: it is not cancelled
	Held        bool     `json:"held,omitempty"`
}

// storedID is the end of an id, in base64: it begins as the id that was written
// before it, as ids do that are made at about the same time. The first journals
// have ids in full, in their usual form.
type storedID string

// recordEncoder writes [storedRecord]s. By hand it takes a tenth of the time: every
// booking waits for it.
type recordEncoder struct {
	text   []byte
	before *Record   // the record
	id     uuid.UUID // the last one
}

func (e *recordEncoder) record(r *Record) error {
	at, expected, start := micros(r.At), expected(e.before), len(e.text)
	e.number(`,"v":`, r.Version, expected.Version)
	e.number(`,"n":`, int64(r.Number), int64(expected.Number))
	e.number(`,"at":`, at, expected.At)
	if err := e.string(`,"by":`, r.By, expected.By); err != nil {
		return err
	}
	if err := e.string(`,"kind":`, string(r.Kind), string(expected.Kind)); err != nil {
		return err
	}
	if r.Event != nil {
		event, err := json.Marshal(storedEventOf(r.Event))
		if err != nil {
			return err
		}
		e.text = append(append(e.text, `,"event":`...), event...)
	}
	if r.Booking != nil {
		if err := e.booking(r, at); err != nil {
			return err
		}
	}
	for i := range r.Tickets {
		between := `,"tickets":[`
		if i > 0 {
			between = ","
		}
		e.text = strconv.AppendInt(append(e.text, between...), int64(r.Tickets[i].Ordinal), 10)
	}
	if len(r.Tickets) > 0 {
		e.text = append(e.text, ']')
	}
	if r.Held {
		e.text = append(e.text, `,"held":true`...)
	}
	e.number(`,"less":`, int64(r.Less), 0)
	if len(e.text) == start {
		e.text = append(e.text, ',')
	}
	e.text[start] = '{' // instead of the first comma
	e.text = append(e.text, '}')
	return nil
}

func (e *recordEncoder) booking(r *Record, at int64) error {
	b := r.Booking
	e.uuid(`,"booking":{"id":`, b.ID.UUID)
	e.number(`,"seq":`, b.Sequence, expectedSequence(e.before))
	e.number(`,"q":`, int64(b.Quantity), 1)
	if err := e.string(`,"status":`, string(b.Status), string(expectedStatus(r.Kind))); err != nil {
		return err
	}
	if err := e.string(`,"ref":`, b.Reference, ""); err != nil {
		return err
	}
	e.number(`,"transfers":`, int64(b.Transfers), 0)
	e.moment(`,"expires":`, `,"in":`, b.ExpiresAt, at)
	e.moment(`,"latest":`, `,"latestIn":`, b.LatestExpiresAt, at)
	e.number(`,"joined":`, b.Joined.Number, 0)
	e.number(`,"after":`, b.Joined.TicketsBefore, 0)
	if created := micros(b.CreatedAt); created != 0 {
		e.number(`,"age":`, at-created, 0)
	}
	for i := range b.Tickets {
		t, between := &b.Tickets[i], `,"t":[{"id":`
		if i > 0 {
			between = `,{"id":`
		}
		e.uuid(between, t.ID.UUID)
		e.number(`,"at":`, micros(t.BookedAt), at)
		e.number(`,"gone":`, micros(t.CancelledAt), 0)
		if t.Status == TicketHeld {
			e.text = append(e.text, `,"held":true`...)
		}
		e.text = append(e.text, '}')
	}
	if len(b.Tickets) > 0 {
		e.text = append(e.text, ']')
	}
	e.text = append(e.text, '}')
	return nil
}

func (e *recordEncoder) number(name string, n, expected int64) {
	if n != expected {
		e.text = strconv.AppendInt(append(e.text, name...), n, 10)
	}
}

// moment writes a time as what is left until then, which is shorter.
func (e *recordEncoder) moment(name, left string, t time.Time, at int64) {
	switch t := micros(t); t {
	case 0:
	case at:
		e.number(name, t, 0)
	default:
		e.number(left, t-at, 0)
	}
}

// uuid writes a [storedID].
func (e *recordEncoder) uuid(name string, id uuid.UUID) {
	same := 0
	for same < len(id) && id[same] == e.id[same] {
		same++
	}
	e.text = append(append(e.text, name...), '"')
	e.text = append(base64.RawStdEncoding.AppendEncode(e.text, id[same:]), '"')
	e.id = id
}

// string writes plain texts, which nearly all are, as they stand.
func (e *recordEncoder) string(name, s, expected string) error {
	if s == expected {
		return nil
	}
	e.text = append(e.text, name...)
	if isASCII(s) && !strings.ContainsFunc(s, func(r rune) bool { return r < ' ' || r == '"' || r == '\\' || r == 0x7f }) {
		e.text = append(append(append(e.text, '"'), s...), '"')
		return nil
	}
	quoted, err := json.Marshal(s)
	e.text = append(e.text, quoted...)
	return err
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

// micros turns the zero time into 0; see [moment].
func micros(t time.Time) int64 {
	if t.IsZero() {
		return 0
	}
	return t.UnixMicro()
}
