// Package history records what many clients ask of boxoffice servers and what
// they are answered, and proves from that record whether the servers kept the
// rules of the contract.
//
// [Start] sends a load over real HTTP: bookings, held or not, confirmations,
// cancellations, people who leave the line or give their booking to others,
// changes of capacity, cancelled events and reads, on many small events one after
// another. Unless it is told another time, holds last longer than any load, so that
// the clock doesn't matter. Servers may be killed and restarted meanwhile.
//
// # What is recorded
//
// A call is recorded with the time before it was sent and after its answer was
// read. Where no answer came (a broken connection, a timeout, outcome_unknown),
// a call with an Idempotency-Key is sent again until there is one; the answer
// then tells only which booking or ticket it made. A call without a key is not
// sent again: it may have taken effect at any later time, or not at all. What
// was answered with overloaded or store_unavailable is left out, since the
// server says that nothing was done; whether that was true shows at the end.
//
// # What is proved
//
// [Recorder.Check] reads all bookings of each event when the load is over. That
// tells the sequence of every booking and the place of every ticket, and it is
// one more operation of the record, after all others: a booking that nobody
// asked for, or one that is lost, shows there. First come direct rules with
// messages that name the booking, then porcupine looks for one order of all
// operations that porttest.Model, the contract in its plainest form, answers
// alike. The event's journal is its witness: what makes a version must be what the
// journal has there. If there is no order, the servers were wrong. Loads whose holds
// end have no such proof, since the model's clock stands still: the direct rules
// judge them.
package history
