package memory

import (
	"crypto/sha256"
	"slices"
	"sync"
	"time"

	"github.com/google/btree"

	"github.com/boxoffice-go/boxoffice/domain"
)

// event is an event with all that belongs to it. What Store says of its locks
// holds for every field.
type event struct {
	sync.RWMutex
	id       domain.EventID // never changes, and needs no lock
	head     domain.Event
	bookings table[booking] // numbered by their sequence
	tickets  table[ticket]
	people   table[person]
	blocks   []block // the i-th belongs to the i-th chunk of the bookings
	line     chain   // the bookings that wait
	places   places  // in the line
	holds    *btree.BTreeG[hold]
	journal  journal

	keys       map[[sha256.Size]byte]key
	keyTickets list[int32] // the tickets of the keys that have some

	// What few bookings have.
	windows     map[int32]window   // of those that are, or were, held
	transfers   map[int32]int      // of those that were transferred
	references  map[int32]string   // of those with one
	byReference map[string][]int32 // the same, by sequence
	// bookedAt has the tickets whose time is not their booking's: they were
	// cancelled while they were held, and the others were booked later.
	bookedAt map[int32]int64
}

// booking is a booking's row.
type booking struct {
	createdAt   int64 // µs, as all times here; see micros
	bookedAt    int64 // of its tickets
	person      int32
	firstTicket int32  // 0 if it never had one
	joined      int32  // its place in the line; 0 if it never waited
	nameEnd     uint32 // end of its identifier in the block's names
	chained     links  // the line while it waits, its person's holding while it has live tickets
	ofPerson    links  // all bookings of its person
	nameLength  uint16
	quantity    uint8
	live        uint8 // tickets that are not cancelled
	state       state
}

// claims is how many tickets the booking counts against its person's limit.
func (b *booking) claims() int32 {
	if b.state == waiting {
		return int32(b.quantity)
	}
	return int32(b.live)
}

// state is a booking's status in a byte.
type state uint8

const (
	cancelled state = iota
	waiting
	held
	booked
	expired
	stateCount = iota
)

var statuses = [stateCount]domain.BookingStatus{
	cancelled: domain.BookingCancelled,
	waiting:   domain.BookingWaiting,
	held:      domain.BookingHeld,
	booked:    domain.BookingBooked,
	expired:   domain.BookingExpired,
}

func stateOf(status domain.BookingStatus) state { return state(slices.Index(statuses[:], status)) }

// states are some states of bookings.
type states [stateCount]bool

// shown finds the states in which a booking is shown with a status; empty is
// any.
func (e *event) shown(status domain.BookingStatus) (in states) {
	for s := range in {
		in[s] = status == "" || domain.Booking{Status: statuses[s]}.OfEvent(e.head).Status == status
	}
	return in
}

// block goes with a chunk of bookings. Its names are their identifiers as they
// were given, one after another; its counts of bookings by state spare a search
// by status the chunks that have none.
type block struct {
	names  []byte
	counts [stateCount]int32
}

// has reports whether a booking of the block is in one of the states.
func (b *block) has(in states) bool {
	for s, count := range b.counts {
		if count > 0 && in[s] {
			return true
		}
	}
	return false
}

// ticket is a ticket's row. Tickets of one booking come one after another, so
// that their order needs no field.
type ticket struct {
	booking     int32
	cancelledAt int64
}

// person is somebody with bookings on the event.
type person struct {
	bookings chain // all of them
	holding  chain // those that have live tickets
	claims   int32 // tickets that they have or wait for
}

// key is what an accepted command left under its idempotency key: the booking
// that it made or changed, or 0, and the tickets that it cancelled.
type key struct {
	request     [sha256.Size]byte // zero, which is no request's, once it is forgotten
	person      domain.UserID     // whom it names
	booking     int32
	firstTicket int32 // in keyTickets
	tickets     int32
}

// window is the time of a hold.
type window struct{ expiresAt, latestExpiresAt int64 }

// hold is a hold that runs.
type hold struct {
	expiresAt int64
	booking   int32
}

func (h hold) before(o hold) bool {
	return h.expiresAt < o.expiresAt || h.expiresAt == o.expiresAt && h.booking < o.booking
}

// identifier returns the n-th booking's identifier as it was given.
func (e *event) identifier(n int32) string {
	b := e.bookings.at(n)
	return string(e.block(n).names[b.nameEnd-uint32(b.nameLength) : b.nameEnd])
}

func (e *event) block(n int32) *block { return &e.blocks[(n-1)/chunkSize] }

// micros keeps a time in 8 bytes; the zero time comes back as such.
func micros(t time.Time) int64 { return t.UnixMicro() }

func moment(micros int64) time.Time { return time.UnixMicro(micros).UTC() }
