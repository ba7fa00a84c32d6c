// Package ports says what boxoffice needs from outside: a [Store], a [Clock]
// and [IDs].
//
// # For who writes a store
//
// [Writer.Update] is the heart: one transaction that takes the heads of some
// events, loads what a batch of commands asks for, lets the domain decide, and
// saves what it decided. A store keeps these rules; porttest.Run holds it to
// them, without exceptions:
//
//  1. What is saved was decided on the events as they were right before:
//     between need and the commit nobody else has changed any of them, neither
//     another goroutine nor another server. A store that locks them first keeps
//     the others out; one that finds out afterwards starts again.
//  2. Heads are locked in one order (by id), so that two batches can't wait
//     for each other.
//  3. All of a batch's facts and changed events are saved, or none; what was
//     saved when Update returned nil stays saved.
//  4. need and decide may be called again, from the start, when the transaction
//     has to be repeated. What they were given before is void then, and so is
//     what they came to, refusals as well.
//  5. What is handed in or out is the caller's own: nobody sees a later change
//     through it.
//  6. A cancelled event keeps its rows as they were; that its bookings and
//     tickets are cancelled follows from the event ([domain.Booking.OfEvent]).
//  7. Reads see committed states only, and one read sees one state.
package ports
