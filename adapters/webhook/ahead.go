package webhook

import (
	"time"

	"github.com/boxoffice-go/boxoffice/domain"
)

const (
	// stillNow is how long a booking that was read counts as it is now: as long as an
	// answer of the API is on its way.
	stillNow = 100 * time.Millisecond
	// mostAhead is how many bookings are read at the same time.
	mostAhead = 64
)

// ahead reads bookings for the next messages, as many as are likely to be sent
// while they are as they were read: a read of its own for each message would be a
// transaction for each.
type ahead struct {
	bookings map[domain.BookingID]domain.Booking
	readAt   time.Time // by this machine's clock
	used     int       // of them
}

// booking returns the booking of the first of some records as it is now, or nil if
// it has none.
func (a *ahead) booking(t *teller, records []domain.Record) (*domain.Booking, error) {
	first := records[0].Booking
	if first == nil {
		return nil, nil
	}
	if time.Since(a.readAt) > stillNow {
		a.bookings = nil
	}
	if b, ok := a.bookings[first.ID]; ok {
		a.used++
		return &b, nil
	}
	size := min(2*a.used+1, mostAhead) // twice as many as were sent in time
	a.used = 1
	var ids []domain.BookingID
	for i := 0; i < len(records) && len(ids) < size; i++ {
		if r := &records[i]; r.Booking != nil && t.webhook.Wants(r) {
			ids = append(ids, r.Booking.ID)
		}
	}
	var found []domain.Booking
	a.readAt = time.Now()
	err := t.use(t.ctx, func() (err error) {
		_, found, err = t.config.Store.BookingsByID(t.ctx, t.EventID, ids)
		return err
	})
	if err != nil {
		return nil, err
	}
	a.bookings = make(map[domain.BookingID]domain.Booking, len(found))
	for _, b := range found {
		a.bookings[b.ID] = b
	}
	b, ok := a.bookings[first.ID]
	if !ok {
		return nil, domain.ErrBookingNotFound
	}
	return &b, nil
}
