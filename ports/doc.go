// Package ports says what boxoffice needs from outside: a [Store], a [Clock]
// and [IDs].
//
// # For who writes a store
//
// [Writer.Update] is the heart: one transaction that locks the heads of some
// events, loads what a batch of commands asks for, lets the domain decide, and
// saves what it decided. A store keeps these rules; porttest.Run holds it to
// them, without exceptions:
//
//  1. From the moment need is called until Update returns, nobody else changes
//     any of the events: not another goroutine, nor another server.
//  2. Heads are locked in one order (by id), so that two batches can't wait
//     for each other.
//  3. All of a batch's facts and changed events are saved, or none; what was
//     saved when Update returned nil stays saved.
//  4. need and decide may be called again, from the start, when the transaction
//     has to be repeated. What they were given before is void then.
//  5. What is handed in or out is the caller's own: nobody sees a later change
//     through it.
//  6. A cancelled event keeps its rows as they were; that its bookings and
//     tickets are cancelled follows from the event ([domain.Booking.OfEvent]).
//  7. Reads see committed states only, and one read sees one state.
package ports
