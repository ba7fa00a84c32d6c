package app

import (
	"context"
	"time"

	"github.com/boxoffice-go/boxoffice/domain"
	"github.com/boxoffice-go/boxoffice/ports"
)

// Event returns one event. Refused with [domain.ErrEventNotFound].
func (s *Service) Event(ctx context.Context, id domain.EventID) (domain.Event, error) {
	return s.store.Event(ctx, id)
}

// Events lists events, the newest first. Refused with [domain.ErrValidation].
func (s *Service) Events(ctx context.Context, query ports.EventQuery) ([]domain.Event, error) {
	return s.store.Events(ctx, query)
}

// Booking returns one booking as it is now, with its position if it waits.
// Refused with [domain.ErrEventNotFound], [domain.ErrBookingNotFound].
func (s *Service) Booking(ctx context.Context, event domain.EventID, id domain.BookingID) (domain.Booking, error) {
	return s.store.Booking(ctx, event, id)
}

// Bookings lists bookings of an event by sequence, as they are now. Refused with
// [domain.ErrEventNotFound], [domain.ErrValidation].
func (s *Service) Bookings(ctx context.Context, query ports.BookingQuery) ([]domain.Booking, error) {
	return s.store.Bookings(ctx, query)
}

// PersonBookings lists one person's bookings of all events, the newest first.
// Refused with [domain.ErrValidation].
func (s *Service) PersonBookings(ctx context.Context, query ports.PersonQuery) ([]domain.Booking, error) {
	return s.store.PersonBookings(ctx, query)
}

// Journal lists what happened to an event, in order. Refused with
// [domain.ErrEventNotFound], [domain.ErrValidation].
func (s *Service) Journal(ctx context.Context, query ports.JournalQuery) ([]domain.Record, error) {
	return s.store.Journal(ctx, query)
}

// Now returns the store's time, by which everything is decided.
func (s *Service) Now() time.Time { return s.options.Clock.Now() }

// Secret returns a secret of the store; see [ports.Writer].
func (s *Service) Secret(ctx context.Context, name string) ([]byte, error) {
	return s.store.Secret(ctx, name)
}

// Ready returns nil if events can be read and changed now.
func (s *Service) Ready(ctx context.Context) error { return s.store.Ready(ctx) }
