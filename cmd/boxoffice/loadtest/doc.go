// Package loadtest makes many clients call a server at once, measures how it
// answers, and then checks its books.
//
// It judges from outside: it speaks HTTP and shares no code with the server.
//
// # What the clients do
//
// Each client has one connection and makes its next call as soon as it has the
// answer to the last one. The scenarios:
//
//   - hot: everybody books on one event that never sells out.
//   - spread: the same over 10,000 events.
//   - soldout: one event with one ticket; everybody else joins the line.
//   - mixed: of 100 calls, 40 book 1 to 4 tickets, 20 ask for an event's status,
//     20 ask for a booking, 15 cancel a ticket and 5 leave the line, on 8
//     events that soon sell out.
//   - onsale: many more people than tickets, who all ask within the first
//     second, and then look after their bookings; of 1,000 calls, 90 ask for
//     the status, 5 cancel a ticket and 5 leave the line.
//
// Everybody books once, under an identifier of their own.
//
// With --hold, tickets are held first, for a booking as for a promotion. After
// each call above, somebody whose tickets are held comes back: of 10, 6 confirm, 2
// give them back, and 2 come when their time is over, if the load goes on for that
// long.
//
// # What the figures mean
//
// Count, rate and latencies are of the calls that did what they ask for; all
// others are counted by the code of the refusal. A client that is told that the
// server is busy waits for 50 ms. The codes not_connected and no_answer are the
// load test's own. The rate is over the time from the first call to the last
// answer; creating events, connecting and checking the books don't count.
// Latencies are in milliseconds, as a client sees them. Since a client waits
// for its answer, a server that slows down also gets fewer calls: the latencies
// are those at this number of clients, not those at a given rate of arrivals.
//
// The clients use the processor, too. Where they share it with the server, the
// server would do better without them: a call costs them 15 to 20 µs, half of
// it in the operating system. BenchmarkCeiling shows how far they get against a
// server that does nothing.
//
// # The books
//
// When the load is over, the status of every event and all bookings of every
// event (of a sample of 200, if there are more) are read and checked:
//
//   - booked + held + available = total, and none is negative;
//   - the line has the positions 1 to n, by sequence, and is as long as the
//     status says;
//   - sequences grow, and nobody's later booking has a lower one; no booking
//     and no ticket is there twice;
//   - nobody who waits has a lower sequence than somebody who got tickets, and
//     no tickets lie idle that the head of the line could have;
//   - every booking that was answered is there, for that person, and is what
//     follows from all that they were told since; nobody else has one;
//   - a position never grew, and nobody who was booked waits again;
//   - what was confirmed is booked, what was not is held or has expired, and what
//     was told to have expired, or was given back, has no tickets. What is still
//     held is confirmed before the books are read, so that they stand still.
//
// A call whose outcome nobody knows (no answer, or outcome_unknown) may have
// taken effect or not.
//
// After that the events are cancelled, so that nobody buys a ticket of one; a
// cancelled event stays in the list of events.
package loadtest
