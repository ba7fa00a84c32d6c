package domain

import "time"

// Fact is one thing that happened to an event. Facts come in the order in
// which they happened, and each is complete: with the facts of an event and
// nothing else, all of its state can be told.
type Fact interface{ isFact() }

// TicketsBooked is a booking that got its tickets when it was accepted.
type TicketsBooked struct{ Booking Booking }

// WaitlistJoined is a booking that was accepted and has to wait. It is the
// Joined-th that ever joined the event's line.
type WaitlistJoined struct {
	Booking Booking
	Joined  int64
}

// WaitlistLeft is a waiting booking that gave its place up.
type WaitlistLeft struct {
	Booking Booking
	At      time.Time
}

// BookingPromoted is a waiting booking that got its tickets.
type BookingPromoted struct{ Booking Booking }

// TicketGivenBack is a booked ticket that was cancelled.
type TicketGivenBack struct{ Ticket Ticket }

// EventChanged is an event with other settings than before, and with its
// counts as they are before the promotions that follow from them.
type EventChanged struct{ Event Event }

// EventCalledOff is an event that was cancelled, with all its bookings.
type EventCalledOff struct{ Event Event }

// KeyUsed is what a command accepted under an idempotency key left.
type KeyUsed struct {
	EventID EventID
	Record  KeyRecord
}

func (TicketsBooked) isFact()   {}
func (WaitlistJoined) isFact()  {}
func (WaitlistLeft) isFact()    {}
func (BookingPromoted) isFact() {}
func (TicketGivenBack) isFact() {}
func (EventChanged) isFact()    {}
func (EventCalledOff) isFact()  {}
func (KeyUsed) isFact()         {}
