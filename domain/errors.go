package domain

import (
	"errors"
	"fmt"
	"strings"
	"time"
)

// Code tells refusals apart. Codes are stable: programs may compare them.
type Code string

// The codes of the domain. Adapters and the application add their own.
const (
	CodeValidation              Code = "validation_failed"
	CodeEventNotFound           Code = "event_not_found"
	CodeTicketNotFound          Code = "ticket_not_found"
	CodeBookingNotFound         Code = "booking_not_found"
	CodeWebhookNotFound         Code = "webhook_not_found"
	CodeEventNotPublished       Code = "event_not_published"
	CodeEventCancelled          Code = "event_cancelled"
	CodeQuantityExceedsCapacity Code = "quantity_exceeds_capacity"
	CodeUserLimitReached        Code = "user_limit_reached"
	CodeWaitlistFull            Code = "waitlist_full"
	CodeCapacityBelowBooked     Code = "capacity_below_booked"
	CodeCapacityBelowWaiting    Code = "capacity_below_waiting"
	CodeBookingNotWaiting       Code = "booking_not_waiting"
	CodeSalesNotStarted         Code = "sales_not_started"
	CodeSalesEnded              Code = "sales_ended"
	CodeSoldOut                 Code = "sold_out"
	CodeHoldExpired             Code = "hold_expired"
	CodeBookingNotHeld          Code = "booking_not_held"
	CodeBookingCancelled        Code = "booking_cancelled"
	CodeTooFewTickets           Code = "too_few_tickets"
	CodePersonHasBookings       Code = "person_has_bookings"
	CodePreconditionFailed      Code = "precondition_failed"
	CodeIdempotencyKeyReused    Code = "idempotency_key_reused"
)

// Error is a refusal: nothing was done, and Detail tells a person what to do
// next. Two errors are the same to [errors.Is] when their codes are.
type Error struct {
	Code   Code
	Detail string
	// Fields names every bad field at once; only with CodeValidation.
	Fields []FieldError
	// RetryAfter is how long to wait before the same can succeed; 0 if that is
	// not known.
	RetryAfter time.Duration
}

// FieldError says what is wrong with one field of the input.
type FieldError struct {
	Field   string `json:"field"`
	Message string `json:"message"`
}

// Error returns the detail, and the bad fields if there are any.
func (e *Error) Error() string {
	if len(e.Fields) == 0 {
		return e.Detail
	}
	fields := make([]string, len(e.Fields))
	for i, f := range e.Fields {
		fields[i] = f.Field + " " + f.Message
	}
	return e.Detail + ": " + strings.Join(fields, "; ")
}

// Is reports whether target is an [Error] with the same code.
func (e *Error) Is(target error) bool {
	t, ok := target.(*Error)
	return ok && t.Code == e.Code
}

// The refusals, to compare with [errors.Is].
var (
	ErrValidation           = &Error{Code: CodeValidation, Detail: "some fields are bad; correct those that are named and send it again"}
	ErrEventNotFound        = &Error{Code: CodeEventNotFound, Detail: "there is no such event; check its id"}
	ErrTicketNotFound       = &Error{Code: CodeTicketNotFound, Detail: "this person has no such ticket on this event; check the identifier and the ticket's id"}
	ErrBookingNotFound      = &Error{Code: CodeBookingNotFound, Detail: "this event has no such booking; check its id"}
	ErrWebhookNotFound      = &Error{Code: CodeWebhookNotFound, Detail: "there is no such webhook; check its id"}
	ErrEventNotPublished    = &Error{Code: CodeEventNotPublished, Detail: "the event is still a draft; wait until it is published"}
	ErrEventCancelled       = &Error{Code: CodeEventCancelled, Detail: "the event is cancelled for good, with all its bookings and tickets; choose another event"}
	ErrSalesNotStarted      = &Error{Code: CodeSalesNotStarted, Detail: "sales of this event have not started; try again when they have"}
	ErrSalesEnded           = &Error{Code: CodeSalesEnded, Detail: "sales of this event have ended; ask its organiser"}
	ErrQuantityOverCapacity = &Error{Code: CodeQuantityExceedsCapacity, Detail: "the event has fewer tickets than that in all; ask for fewer"}
	ErrUserLimitReached     = &Error{Code: CodeUserLimitReached, Detail: "this person would have, or wait for, more tickets than the event allows for one person; ask for fewer, or give some back first"}
	ErrSoldOut              = &Error{Code: CodeSoldOut, Detail: "there are not enough free tickets now, or others wait for them; book without \"waitlist\":false to join the line"}
	ErrWaitlistFull         = &Error{Code: CodeWaitlistFull, Detail: "there are not enough free tickets now and no place in the line; try again later"}
	ErrTooFewTickets        = &Error{Code: CodeTooFewTickets, Detail: "this person has fewer tickets than that on this event; nothing was cancelled, ask for fewer"}
	ErrHoldExpired          = &Error{Code: CodeHoldExpired, Detail: "the hold is over and its tickets were given back; book again, and refund what was paid if there are none"}
	ErrBookingNotHeld       = &Error{Code: CodeBookingNotHeld, Detail: "the booking is not held: it waits, or is booked for good already; look at its status"}
	ErrBookingCancelled     = &Error{Code: CodeBookingCancelled, Detail: "the booking is cancelled for good; book again"}
	ErrBookingNotWaiting    = &Error{Code: CodeBookingNotWaiting, Detail: "the booking does not wait: it has, or had, tickets; give those back instead, with DELETE of the booking or /cancel"}
	ErrCapacityBelowBooked  = &Error{Code: CodeCapacityBelowBooked, Detail: "more tickets than that are booked or held; choose a larger capacity, or cancel tickets first; while people wait, set promotionEndAt to now before that, or each cancelled ticket goes to the next in line"}
	ErrCapacityBelowWaiting = &Error{Code: CodeCapacityBelowWaiting, Detail: "a waiting booking asks for more tickets than that; choose a larger capacity, or let that booking ask for fewer, or leave the line, first"}
	ErrPersonHasBookings    = &Error{Code: CodePersonHasBookings, Detail: "this person has tickets or waits for some; give those back first, or send \"force\":true to erase who has them"}
	ErrPreconditionFailed   = &Error{Code: CodePreconditionFailed, Detail: "the event's settings have changed since; read the event again and repeat the change"}
	ErrIdempotencyKeyReused = &Error{Code: CodeIdempotencyKeyReused, Detail: "this idempotency key was used for another request; take a new key for a new request"}
)

// ErrNotLoaded means that a decision needed a part of the event that was not
// loaded: a mistake in a store or in [Need], never the caller's.
var ErrNotLoaded = errors.New("domain: a part of the event that this decision needs was not loaded")

// Repeat answers a command whose idempotency key was accepted before, for the
// same request: nothing was done now, and this is what was made then.
type Repeat struct {
	EventID   EventID
	BookingID BookingID
	TicketIDs []TicketID // that were cancelled, if any were
}

// Error says what was made.
func (r *Repeat) Error() string {
	return fmt.Sprintf("accepted before, as booking %s of event %s", r.BookingID, r.EventID)
}

// InvalidField refuses one field of the input with [CodeValidation].
func InvalidField(field, format string, args ...any) *Error {
	return &Error{
		Code:   CodeValidation,
		Detail: ErrValidation.Detail,
		Fields: []FieldError{{Field: field, Message: fmt.Sprintf(format, args...)}},
	}
}

// Invalid gathers field errors, so that a caller learns of all at once.
// Errors without fields are returned as they are, the first of them.
func Invalid(errs ...error) error {
	var fields []FieldError
	for _, err := range errs {
		if err == nil {
			continue
		}
		var invalid *Error
		if !errors.As(err, &invalid) || len(invalid.Fields) == 0 {
			return err
		}
		fields = append(fields, invalid.Fields...)
	}
	if len(fields) == 0 {
		return nil
	}
	return &Error{Code: CodeValidation, Detail: ErrValidation.Detail, Fields: fields}
}
