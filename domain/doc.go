// Package domain decides who gets a ticket: it books the tickets of an event,
// keeps a first-come waitlist when the event is full, and promotes the line when
// tickets come free.
//
// It is a functional core. Given the part of an event that a command can touch,
// it decides, and says what changed. It reads no clock, makes no ids, waits for
// nothing and stores nothing: the time and the ids come in with each command.
//
// # Words
//
//   - Event: something tickets are sold for. A draft is not on sale yet; a
//     cancelled event never will be again.
//   - Identifier: how a caller names a person, such as an e-mail address.
//   - Person: whoever one or several spellings of an identifier name. All of them
//     give the same user id, on every event and every server.
//   - Booking: one accepted request of one person for one or more tickets. It is
//     booked, held, waiting, expired or cancelled, and keeps its id through all of
//     that.
//   - Ticket: one admission, held, booked or cancelled.
//   - Hold: tickets that one booking has until a time, unless it is confirmed
//     before. A claim is the hold that a promoted booking gets.
//   - Waitlist, the line: the bookings of an event that wait, by sequence.
//   - Position: a waiting booking's place in the line; 1 is the head.
//   - Promotion: the head of the line gets its tickets.
//   - Record: what happened to an event; all of them in order are its journal.
//   - Capacity: the tickets that an event has in all, booked, held or available.
//   - Sequence: a booking's place in the order in which its event accepted
//     bookings. It is never reused.
//   - Version: a number of an event that grows with each change of the event, its
//     bookings or its line.
//   - Idempotency key: what a caller sends with a command, so that the command
//     takes effect once though it may arrive twice.
//
// # Rules
//
// They hold after every command. The numbers are those of the whole service's
// contract; its rule 5, that answers are durable, is for a store to keep.
//
//  1. Booked, held and available tickets add up to the capacity, and none is
//     ever negative: nothing is oversold.
//  2. First come, first served. While anybody waits, a new booking joins the end
//     of the line, even if tickets are free that the head can't use.
//  3. No ticket is idle that the head of the line could have. A booking is
//     promoted whole or not at all.
//  4. Positions are 1 to n, without gaps or duplicates. Nobody's position grows.
//  6. A command with an idempotency key takes effect once; a repeat is told what
//     was made then. Refusals are not remembered.
//  7. A cancelled event sells nothing and promotes nobody, for good. All its
//     bookings that have not expired, and all tickets, are cancelled, and it has
//     neither free tickets nor a line, so that rule 1 no longer applies.
//  8. A hold is confirmed exactly if that is decided before it expires. A command
//     first lets expire what is due in its event, by the event's own time, which
//     never runs backwards; see [Event.TimeAt].
//  9. Every change has its records, complete and in order; see [Replica].
//
// # Need, load, decide, save
//
// An event may have millions of bookings, so it is never loaded whole. Many
// commands, on one event or several, are decided in one transaction of a store:
//
//  1. Take the events as they are; what comes of them may be saved only if nobody
//     else has changed them by then.
//  2. Tell the time, and ask [NeedsOf] what else these commands take at that time.
//     Mostly that is nothing.
//  3. Load just that, and hand it to a [Batch].
//  4. Decide: call [Batch.Decide] for each command, in order of arrival, with the
//     time that the need was asked by. A refusal is that caller's answer, and
//     undoes nothing.
//  5. Save the batch's records, keys and changed events, and commit.
//
// If a decision lacks something that was not loaded, it fails with
// [ErrNotLoaded], and so does the whole batch: [Batch.Err] says so before
// anything is saved.
//
// # Adding a command
//
// A command has a file of its own, and [Transfer] (transfer.go) is one to copy:
// its struct, Validate, what is common to all commands (about), what it needs of
// the event (need), and its decision (decide), which changes a booking by
// part.change and says so by part.record. If something new happens, record.go has
// one more [Kind]; record_encoding.go keeps it, [Replica] plays it, and ports and
// the stores say what becomes of it: a linter finds where that is missing. Then it
// takes a method of the service, a route, and its place in the OpenAPI document.
// porttest's model has the rules once more, in their plainest form.
//
// # Positions
//
// A booking's position in the line is computed by [Line.Place] (waitlist.go), from
// where it joined, how many were promoted, and how many left before it. It is never
// stored: a store counts who left, and calls Place when it reads a booking.
//
// A Go program can use this package alone, with a store of its own or with
// none; the examples below can be copied.
package domain
