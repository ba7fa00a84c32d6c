package domain

import "time"

// Record is one entry of an event's journal: what happened, when and by whom,
// and what it left. The records of an event are complete: played back in order
// they give the event, its bookings and its line; see [Replica].
type Record struct {
	EventID EventID
	Version int64 // of the event that this made; without gaps
	Number  int   // of the records of that version, from 1
	At      time.Time
	By      string // the name of who asked for it, [ByNobody] or [ByBoxoffice]
	Kind    Kind

	// Event is the event as it was left, of the kinds event.…, else nil. Only its
	// settings, its status and its wanted tickets count: its counts follow from
	// the bookings.
	Event *Event
	// Booking is the booking as it was left, with all its tickets, of all other
	// kinds. Nobody changes it any more.
	Booking *Booking
	Tickets []Ticket // that were cancelled by this
	Held    bool     // those were held until then, not booked
	Less    int      // tickets that a waiting booking asks less for
	From    UserID   // who had the booking before; never stored with the record
}

// Who a record is by, if not a caller with a name.
const (
	ByNobody    = "-"         // a caller without a name
	ByBoxoffice = "boxoffice" // what follows by itself: expiries and promotions
	ByLink      = "link"      // the holder of a booking's own link
)

// Kind says what happened. Whoever acts on records says what becomes of each
// kind; a linter proves that none is forgotten.
type Kind string

// The kinds of records.
const (
	EventWasCreated    Kind = "event.created"
	EventWasChanged    Kind = "event.changed" // each step of a raise is one
	EventWasCancelled  Kind = "event.cancelled"
	BookingWasBooked   Kind = "booking.booked"
	BookingWasHeld     Kind = "booking.held"
	BookingJoined      Kind = "booking.joined"
	BookingWasPromoted Kind = "booking.promoted" // and is held or booked now
	BookingConfirmed   Kind = "booking.confirmed"
	BookingExtended    Kind = "booking.extended"
	BookingHasExpired  Kind = "booking.expired"
	BookingLeft        Kind = "booking.left"    // the line
	BookingChanged     Kind = "booking.changed" // its reference, its spelling or, in the line, its quantity
	BookingTransferred Kind = "booking.transferred"
	TicketsCancelled   Kind = "tickets.cancelled" // of one booking
	PersonErased       Kind = "person.erased"     // from one booking
)

// Kinds are all kinds of records.
var Kinds = []Kind{
	EventWasCreated, EventWasChanged, EventWasCancelled,
	BookingWasBooked, BookingWasHeld, BookingJoined, BookingWasPromoted, BookingConfirmed, BookingExtended, BookingHasExpired,
	BookingLeft, BookingChanged, BookingTransferred, TicketsCancelled, PersonErased,
}
