// Package ports says what boxoffice needs from outside: a [Store] with its
// [Clock], and [IDs].
//
// Who books tickets needs little of it: the queries ([EventQuery],
// [BookingQuery], …) and the failures ([ErrStoreUnavailable],
// [ErrOutcomeUnknown]). All else is for who writes a store.
//
// # For who writes a store
//
// [Writer.Update] is the heart: one transaction that takes some events, loads
// what a batch of commands asks for, lets the domain decide, and saves what it
// decided. [ChangesOf] and [JournalOf] fold that into rows. A store keeps these rules;
// porttest.Run holds it to them, without exceptions:
//
//  1. What is saved was decided on the events as they were right before:
//     between need and the commit nobody else has changed any of them, neither
//     another goroutine nor another server. There are two ways: locked, a store
//     locks the events first and keeps the others out; optimistic, it decides on
//     what it remembers, and starts again, locked, if that turns out to be old
//     when it locks and writes.
//  2. Events are locked in one order (by id), so that two batches can't wait
//     for each other.
//  3. All of a batch is saved, its journal included, or nothing; what was saved
//     when Update returned nil stays saved.
//  4. need and decide may be called again, from the start, when the transaction
//     has to be repeated. What they were given before is void then, and so is
//     what they came to, refusals as well.
//  5. What is handed in or out is the caller's own: nobody sees a later change
//     through it.
//  6. A cancelled event keeps its rows as they were; that its bookings and
//     tickets are cancelled follows from the event ([domain.Booking.OfEvent]).
//  7. Reads see committed states only, and one read sees one state.
//  8. An event's journal has a row for each transaction that changed it; their
//     versions follow each other without gaps.
package ports
