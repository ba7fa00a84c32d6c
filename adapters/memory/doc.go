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
//   - A booking is in one chain at a time: the line while it waits, its
//     person's while it has booked tickets. So the front of the line, leaving
//     from its middle and a person's latest tickets cost the same few steps
//     however many others there are, and however many were cancelled before.
//   - Nothing is renumbered when the line moves. A position follows from the
//     place at which a booking joined, less those who were promoted, less
//     those who left before it, and these are counted in a Fenwick tree.
//   - A list by status passes over chunks that have no such booking.
//
// A booking of one ticket takes 192 bytes, all in, where a million people with
// an identifier of 22 bytes book one each (BenchmarkMemoryPerTicket): 76 for
// the booking, 36 for the ticket, 44 for the person and 36 for the identifier
// and spare room. An event holds 2^31 bookings at most, and as many tickets.
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
