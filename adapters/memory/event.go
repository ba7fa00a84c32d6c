package memory

import (
	"crypto/sha256"
	"sync"
	"time"

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
	keys     map[[sha256.Size]byte]key
	blocks   []block // the i-th belongs to the i-th chunk of the bookings

	line       chain       // the bookings that wait
	leavers    leavers     // of the line
	quantities map[int]int // waiting bookings by quantity
}

// booking is a booking's row.
type booking struct {
	createdAt int64 // µs, as all times here; see micros
	bookedAt  int64
	person    int32
	// place is, for a booking that waits or left, its place among all that
	// ever joined the line; else the number of its first ticket.
	place   int32
	nameEnd uint32 // end of its identifier in the block's names
	// before and after are the neighbours in the chain that the booking is
	// in: the line while it waits, its person's while it has booked tickets.
	before, after int32
	nextOfPerson  int32 // the same person's next booking, whatever its state
	nameLength    uint16
	quantity      uint8
	booked        uint8 // tickets that are not cancelled
	state         state
}

// state is what became of a booking.
type state uint8

const (
	waiting    state = iota
	left             // the line, without tickets
	booked           // has booked tickets
	givenBack        // all its tickets are cancelled
	stateCount = iota
)

// status is the state as the domain puts it.
func (s state) status() domain.BookingStatus {
	switch s {
	case waiting:
		return domain.BookingWaiting
	case booked:
		return domain.BookingBooked
	default:
		return domain.BookingCancelled
	}
}

// block goes with a chunk of bookings. Its names are the identifiers as they
// were given, one after another; its counts of bookings by state spare a
// search by status the chunks that have none.
type block struct {
	names  []byte
	counts [stateCount]int32
}

func (b *block) has(status domain.BookingStatus) bool {
	for s, count := range b.counts {
		if count > 0 && state(s).status() == status {
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
	first, last int32 // their bookings, through nextOfPerson
	holding     chain // their bookings that have booked tickets
	held        int32 // booked tickets and waiting quantities
}

// key is what an accepted command left under its idempotency key: the booking
// and the ticket it made or changed, or 0.
type key struct {
	request [sha256.Size]byte
	booking int32
	ticket  int32
}

// chain links bookings by sequence, each of them in one chain at most: adding
// at the end and removing anywhere take the same few steps however many there
// are.
type chain struct{ first, last int32 }

func (e *event) link(c *chain, n int32) {
	e.bookings.at(n).before = c.last
	if c.last == 0 {
		c.first = n
	} else {
		e.bookings.at(c.last).after = n
	}
	c.last = n
}

func (e *event) unlink(c *chain, n int32) {
	b := e.bookings.at(n)
	if b.before == 0 {
		c.first = b.after
	} else {
		e.bookings.at(b.before).after = b.after
	}
	if b.after == 0 {
		c.last = b.before
	} else {
		e.bookings.at(b.after).before = b.before
	}
	b.before, b.after = 0, 0
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

var never = micros(time.Time{})
