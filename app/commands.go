package app

import (
	"context"
	"errors"
	"fmt"
	"sync/atomic"

	"golang.org/x/sync/errgroup"

	"github.com/boxoffice-go/boxoffice/domain"
	"github.com/boxoffice-go/boxoffice/ports"
)

// CreateEvent creates an event. Under an idempotency key, a repeat returns the
// event as it is now. Refused with [domain.ErrValidation] and
// [domain.ErrIdempotencyKeyReused].
func (s *Service) CreateEvent(ctx context.Context, c domain.CreateEvent) (domain.Event, error) {
	creation, err := c.Decide(domain.Stamp{At: s.options.Clock.Now(), NewID: s.options.IDs.NewID})
	if err != nil {
		return domain.Event{}, err
	}
	ctx, cancel := context.WithTimeout(ctx, s.options.CommitTimeout)
	defer cancel()
	event, err := s.store.Create(ctx, creation)
	if err != nil {
		return domain.Event{}, err
	}
	s.known.Add(event.ID, struct{}{})
	s.options.Committed([]domain.Record{creation.Record})
	return event, nil
}

// Book accepts a booking, with tickets, booked or held, or with a position in
// the line. Refused, in this order, with [domain.ErrValidation],
// [domain.ErrEventNotFound], [domain.ErrIdempotencyKeyReused],
// [domain.ErrEventCancelled], [domain.ErrEventNotPublished],
// [domain.ErrSalesNotStarted], [domain.ErrSalesEnded],
// [domain.ErrQuantityOverCapacity], [domain.ErrUserLimitReached],
// [domain.ErrSoldOut], [domain.ErrWaitlistFull]. Under an idempotency key, a
// repeat returns the booking as it is now.
func (s *Service) Book(ctx context.Context, c domain.Book) (domain.Booking, error) {
	r, err := s.submit(ctx, c)
	if repeat, ok := repeated(err); ok {
		return s.readBack(ctx, repeat.EventID, repeat.BookingID)
	}
	return r.Booking, err
}

// CancelTickets gives tickets of one person back, all that are asked for or
// none, and promotes the line. Refused, in this order, with
// [domain.ErrValidation], [domain.ErrEventNotFound],
// [domain.ErrIdempotencyKeyReused], [domain.ErrEventCancelled],
// [domain.ErrEventNotPublished], [domain.ErrTicketNotFound],
// [domain.ErrTooFewTickets]. Under an idempotency key, a repeat returns the same
// tickets, of which only the ids and the status are filled in.
func (s *Service) CancelTickets(ctx context.Context, c domain.CancelTickets) ([]domain.Ticket, error) {
	r, err := s.submit(ctx, c)
	if repeat, ok := repeated(err); ok {
		tickets := make([]domain.Ticket, len(repeat.TicketIDs))
		for i, id := range repeat.TicketIDs { // a cancelled ticket never comes back
			tickets[i] = domain.Ticket{ID: id, EventID: repeat.EventID, Status: domain.TicketCancelled}
		}
		return tickets, nil
	}
	if errors.Is(err, domain.ErrTicketNotFound) && c.TicketID == (domain.TicketID{}) {
		return nil, s.explainNoTickets(ctx, c)
	}
	return r.Tickets, err
}

// explainNoTickets tells somebody who waits that there is another way to leave.
func (s *Service) explainNoTickets(ctx context.Context, c domain.CancelTickets) error {
	waiting, err := s.Bookings(ctx, ports.BookingQuery{
		EventID: c.EventID, UserID: c.Person.UserID(), Status: domain.BookingWaiting, Limit: 1,
	})
	if err != nil || len(waiting) == 0 {
		return domain.ErrTicketNotFound
	}
	return &domain.Error{
		Code: domain.CodeTicketNotFound,
		Detail: "this person has no ticket on this event but waits for some; to leave the line, " +
			"send DELETE /events/{eventId}/waitlist/{bookingId} with the id of the waiting booking",
	}
}

// Confirm books a held booking for good; one that is booked stays as it is.
// Refused, in this order, with [domain.ErrEventNotFound],
// [domain.ErrBookingNotFound], [domain.ErrIdempotencyKeyReused],
// [domain.ErrEventCancelled], [domain.ErrHoldExpired],
// [domain.ErrBookingCancelled], [domain.ErrBookingNotHeld].
func (s *Service) Confirm(ctx context.Context, c domain.Confirm) (domain.Booking, error) {
	return s.onBooking(ctx, c)
}

// Extend lets a held booking expire later. Refused with [domain.ErrValidation],
// and else as Confirm is.
func (s *Service) Extend(ctx context.Context, c domain.Extend) (domain.Booking, error) {
	return s.onBooking(ctx, c)
}

// GiveBack gives a whole booking back, whatever it is, and moves the line once.
// What is over already stays as it is. Refused, in this order, with
// [domain.ErrEventNotFound], [domain.ErrBookingNotFound],
// [domain.ErrIdempotencyKeyReused].
func (s *Service) GiveBack(ctx context.Context, c domain.GiveBack) (domain.Booking, error) {
	return s.onBooking(ctx, c)
}

// Transfer gives a booking to another person. Refused, in this order, with
// [domain.ErrValidation], [domain.ErrEventNotFound],
// [domain.ErrBookingNotFound], [domain.ErrIdempotencyKeyReused],
// [domain.ErrEventCancelled], [domain.ErrHoldExpired],
// [domain.ErrBookingCancelled], [domain.ErrUserLimitReached].
func (s *Service) Transfer(ctx context.Context, c domain.Transfer) (domain.Booking, error) {
	return s.onBooking(ctx, c)
}

// ChangeBooking changes a booking's reference or, while it waits, lets it ask for
// fewer tickets. Refused, in this order, with [domain.ErrEventNotFound],
// [domain.ErrBookingNotFound], [domain.ErrEventCancelled],
// [domain.ErrBookingNotWaiting], [domain.ErrValidation].
func (s *Service) ChangeBooking(ctx context.Context, c domain.ChangeBooking) (domain.Booking, error) {
	return s.onBooking(ctx, c)
}

// onBooking submits a command on a booking and returns the booking as it is
// then.
func (s *Service) onBooking(ctx context.Context, c domain.Command) (domain.Booking, error) {
	r, err := s.submit(ctx, c)
	if repeat, ok := repeated(err); ok {
		return s.readBack(ctx, repeat.EventID, repeat.BookingID)
	}
	if err == nil && r.Booking.Status == domain.BookingWaiting { // its position is read, not decided
		return s.readBack(ctx, r.Booking.EventID, r.Booking.ID)
	}
	return r.Booking, err
}

// readBack reads a booking that a command was accepted for.
func (s *Service) readBack(ctx context.Context, event domain.EventID, id domain.BookingID) (domain.Booking, error) {
	b, err := s.Booking(ctx, event, id)
	return b, unread(err)
}

// unread gives what kept a reader from what a command was accepted for another
// meaning: that nothing was done would be wrong.
func unread(err error) error {
	if err == nil {
		return nil
	}
	return fmt.Errorf("%w: it was accepted, but can't be read: %s", ports.ErrOutcomeUnknown, err.Error())
}

// LeaveWaitlist takes a booking out of the line and promotes whoever fits now.
// Nothing happens if it left already or the event is cancelled. Refused, in this
// order, with [domain.ErrEventNotFound], [domain.ErrBookingNotFound],
// [domain.ErrBookingNotWaiting].
func (s *Service) LeaveWaitlist(ctx context.Context, c domain.LeaveWaitlist) error {
	_, err := s.submit(ctx, c)
	return err
}

// ChangeEvent changes an event's settings and promotes whoever fits then. A
// larger capacity that promotes very many is reached in steps, each in a
// transaction of its own. It goes on by itself; ChangeEvent waits for it as long
// as its context lets it, and returns the event as far as it got then, with the
// tickets that are still wanted. Refused, in this order, with
// [domain.ErrValidation], [domain.ErrEventNotFound],
// [domain.ErrPreconditionFailed], [domain.ErrEventCancelled],
// [domain.ErrCapacityBelowBooked], [domain.ErrCapacityBelowWaiting].
func (s *Service) ChangeEvent(ctx context.Context, c domain.ChangeEvent) (domain.Event, error) {
	r, err := s.submit(ctx, c)
	event := r.Event
	for err == nil && event.WantedTickets != 0 {
		r, goesOn := s.submit(ctx, domain.CatchUp{EventID: c.EventID})
		if goesOn != nil {
			break
		}
		event = r.Event
	}
	return event, err
}

// CancelEvent cancels an event for good; nothing happens if it is already.
// Refused, in this order, with [domain.ErrEventNotFound],
// [domain.ErrIdempotencyKeyReused].
func (s *Service) CancelEvent(ctx context.Context, c domain.CancelEvent) (domain.Event, error) {
	r, err := s.submit(ctx, c)
	if repeat, ok := repeated(err); ok {
		event, err := s.Event(ctx, repeat.EventID)
		return event, unread(err)
	}
	return r.Event, err
}

// erasuresAtOnce are the events that a person is erased from at the same time, in
// few transactions.
const erasuresAtOnce = 256

// ErasePerson makes it impossible to tell whose a person's bookings were, on all
// events, and returns in how many that was done: sent again after a failure it
// goes on. Requests that name the person match no idempotency key any more. Refused
// with [domain.ErrValidation] and, unless forced and judged over
// all events before anything is done, [domain.ErrPersonHasBookings].
func (s *Service) ErasePerson(ctx context.Context, person domain.Person, force bool, by string) (int, error) {
	erase := domain.ErasePerson{Person: person, Force: force, By: by}
	if err := erase.Validate(); err != nil {
		return 0, err
	}
	events, err := s.eventsOfPerson(ctx, person, force)
	if err != nil {
		return 0, err
	}
	var erased atomic.Int64
	erasures, untilFailure := errgroup.WithContext(ctx)
	erasures.SetLimit(erasuresAtOnce)
	for _, id := range events {
		ofEvent := erase
		ofEvent.EventID, ofEvent.NewUserID.UUID = id, s.options.IDs.NewID()
		erasures.Go(func() error {
			for {
				r, err := s.submit(untilFailure, ofEvent)
				erased.Add(int64(r.Erased))
				if err != nil || r.Erased < domain.MostErased {
					return err
				}
			}
		})
	}
	if err := erasures.Wait(); err != nil {
		return int(erased.Load()), err
	}
	return int(erased.Load()), s.store.ForgetRequests(ctx, person.UserID())
}

// eventsOfPerson lists the events that a person has bookings of, whatever became
// of these if force is set.
func (s *Service) eventsOfPerson(ctx context.Context, person domain.Person, force bool) ([]domain.EventID, error) {
	const page = 500
	var events []domain.EventID
	seen := make(map[domain.EventID]bool)
	query := ports.PersonQuery{UserID: person.UserID(), Limit: page}
	for {
		bookings, err := s.store.PersonBookings(ctx, query)
		if err != nil {
			return nil, err
		}
		for _, b := range bookings {
			if !force && b.Status != domain.BookingCancelled && b.Status != domain.BookingExpired {
				return nil, domain.ErrPersonHasBookings
			}
			if !seen[b.EventID] {
				seen[b.EventID] = true
				events = append(events, b.EventID)
			}
		}
		if len(bookings) < page {
			return events, nil
		}
		query.After = ports.CursorOfBooking(bookings[page-1])
	}
}
