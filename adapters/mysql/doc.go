// Package mysql keeps events in MySQL 8.0.19 or later; package schema has the
// tables.
//
// # How a batch is written
//
// Update locks the rows of the batch's events in one transaction, in the order
// of their ids and by primary key only, so that two batches wait for each
// other but can't deadlock. That lock keeps everybody else out of everything
// that belongs to the events, so correctness does not depend on the isolation
// level. What deciding needs is read on another connection, each statement
// seeing all that was committed before the lock was granted: under SERIALIZABLE
// a SELECT inside the transaction would lock gaps, in which nearly every batch
// of two servers deadlocks. Those lookups have a pool of their own, since a
// batch that holds locks must not queue behind whoever lists bookings.
//
// What was decided is saved in bulk: one statement for each kind of change and
// chunk of rows, whatever the batch's size, all of them in one packet. Rows of
// tickets and of the line are keyed by event and sequence, so inserts append.
// The changed heads, in which every value differs, are written with INSERT … ON
// DUPLICATE KEY UPDATE.
//
// A store remembers how it left the events on sale. The next batch for them is
// decided on that before anything is locked; then one packet locks the heads,
// reads them and writes what was decided. Only if the heads are what they were
// taken for is it committed: nobody else has been at the events since, so that
// what was looked up beside the heads holds too. Else, and wherever an event
// stays as it is, so that nothing would be compared, the batch is decided again
// under its lock. So a batch takes two round trips instead of four plus one for
// each kind of change, and a second server on the same events costs a wrong
// guess only once in a while.
//
// Transactions that MySQL gave up (a deadlock, a lock not granted in time) run
// again from the start. When the answer to COMMIT is lost, the events are
// locked once more, which waits out a transaction that still runs, and its rows
// tell whether it took place.
//
// # Connections
//
// Every connection is put into one state when it is made, after the server has
// run init_connect: character set, autocommit, isolation, SQL mode, time zone,
// timeouts (session.go has all of it). A DSN may only say how a connection is
// made. So neither a server's globals nor a DSN change what a statement does.
//
// A query that only reads is ended by MySQL after 3 s, and is never left before
// it has ended there, whatever becomes of who asked: else the pool would dial
// again while MySQL works on. Lists take 8 connections at the most.
//
// # What was measured
//
// All on two processors that also ran MySQL 9.7, with its durable defaults, and
// 256 clients on one event, in turns with what was there before; profiles with
// pprof, perf and Go's execution trace. A booking costs 40 µs of the server,
// half of them in the socket's system calls and 4 in this package and app, 22 µs
// of MySQL (a third for the three indexes of a ticket, a fifth for parsing, a
// sixth for the commit) and 13 µs of the client. A tenth to a seventh of the
// time is idle: everybody waits for the same COMMIT.
//
// Kept:
//   - Values in the text of a statement instead of prepared statements: a round
//     trip less each.
//   - autocommit=0 instead of START TRANSACTION: a round trip less.
//   - Deciding before the lock, and one packet for the lock and all that is
//     written: 12 to 20 % more bookings.
//   - All lookups of a batch in one packet: 5 % more cancellations. Lookups on
//     several connections at once: 5 % fewer.
//   - Promotions that write nothing into the line: a cancellation with promotion
//     took 96 µs of MySQL, now 79, and there are 25 % more of them.
//   - A collector that starts at four times what is in use (command boxoffice
//     sets it): 6 % less of the server's processors.
//
// Tried, and left out, because it gave nothing that could be told from noise:
// the writes in one packet but not the lock; contexts that can't be cancelled,
// which spares the driver a goroutine's turn; two transactions of a lane at the
// same time (see package app); a profile for the compiler; 3, 4 and 8 Go
// processors instead of two; a higher priority for MySQL. Rows in the REDUNDANT
// format, in which a cancelled ticket does not outgrow its place, gave 14 % more
// cancellations and 5 % fewer bookings. Left as they are, since each is for
// somebody's question: the indexes.
//
// # Positions
//
// A position is never stored. waitlist.joined counts those who joined up to a
// booking, events.promoted_count those who were promoted, all of them from
// before it; waitlist_departures counts those who left, in a tree whose nodes
// have 64 parts. So a position costs at most 63 small rows on each of six
// levels, with a thousand waiting or a hundred million.
//
// Nor does a row of the line say that its booking was promoted. Promotion takes
// whoever is first, so one number of the event, last_promoted, says it of all of
// them, and a promotion writes tickets only.
//
// # Lists
//
// A page of bookings is read by index and only as far as the page goes: by one
// statement for the tickets and one for the line, in a transaction that only
// reads, so that they see one state. There is one exception: a list of an
// event's cancelled bookings (or its booked ones, if nearly all are cancelled)
// passes over those in between. An index for that would cost every booking.
//
// # Shards
//
// Every statement says of which events it reads and writes each table: by
// value, or by a join on the event's id. Only the listing of events is across
// them. So an event with all its rows can live on one shard of Vitess, whose
// planner must see that from the text: it can't from a list of values that is
// joined (VALUES ROW, LATERAL), nor from a UNION in a derived table, nor from a
// correlated NOT EXISTS in one.
//
// All statements were given to vtexplain of Vitess 22.0 with four shards and the
// VSchema in schema/vitess, as they are sent for batches of one event: each goes
// to the one shard of its event, as one query, but for selectFront and
// selectLatest, whose UNION ALL becomes a query for each thing that is looked up.
package mysql
