// Package memory keeps events with their bookings, tickets and lines in the
// memory of the process. It is a complete store, held to the same suite as
// every other, for who can do without durability: a sale whose data may end
// with its process, a program that embeds boxoffice, a test that wants the
// real thing. It serves one process; several servers share a database instead.
//
// # Layout
//
// An event is a head and a few tables of small rows without pointers, so that
// millions of them cost the garbage collector nothing:
//
//   - Bookings are numbered by their sequence, tickets in the order in which
//     they were given, people in the order in which they first came. Rows name
//     each other by these numbers, 4 bytes each, and are found by their ids as
//     a table describes.
//   - Lists grow in chunks: nothing large is ever copied, and a small event
//     stays small.
//   - A booking is in its person's chain, and in one more at a time: the line
//     while it waits, its person's holding while it has live tickets. So the
//     front of the line, leaving from its middle and a person's latest tickets
//     cost the same few steps however many others there are, and however many
//     were cancelled before. All chains are in order of sequence: a booking that
//     is transferred passes its new person's later ones, which mostly are few.
//   - Nothing is renumbered when the line moves. A position, and what those
//     before it ask for, follow from the place at which a booking joined, less
//     those who were promoted, less what left before it: bookings and tickets,
//     counted in a Fenwick tree over all places, which take 2 bytes each.
//   - What few bookings have stands in maps by their number: the window of one
//     that is or was held, transfers, references.
//   - Holds that run are in a tree by when they expire, and events in which
//     something falls due in another one. Without holds there is neither.
//   - A list by status passes over chunks that have no such booking.
//   - A person's bookings of all events are looked for in each event.
//   - The journal is kept encoded, in large texts without a pointer for each
//     row.
//
// Of a person who is erased, or who has given all away, an event keeps no row:
// its number goes to the next who comes. An identifier is overwritten where it
// stands.
//
// A booking of one ticket takes 437 bytes, all in, where a million people with
// an identifier of 22 bytes book one each, 100 in a batch
// (BenchmarkMemoryPerTicket): 84 for the booking, 36 for the ticket, 44 for the
// person, 36 for the identifier and spare room, and the rest, more than half,
// for the journal. An event holds 2^31 bookings at most, and as many tickets.
//
// A batch costs nearly the same with 1,000 and with 1,000,000 waiting. To read
// one booking takes a fraction of a microsecond with 1,000, and with 1,000,000
// a few misses of the processor's cache more.
//
// # Concurrency
//
// An update locks its events, in the order of their ids, and applies what was
// decided only when all is decided: an error or a panic leaves everything as
// it was. Updates and reads of different events don't wait for each other.
// [Store.Events] sees all events at one moment, between two batches.
package memory
