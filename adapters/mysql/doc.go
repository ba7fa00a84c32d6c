// Package mysql keeps events in MySQL 8.0.20 or later; package mysqlschema has
// the tables.
//
// # How a batch is written
//
// Update has two paths. Both end with one transaction whose events are locked, in
// the order of their ids and by primary key only, so that two batches wait for
// each other but can't deadlock. That lock keeps everybody else out of everything
// that belongs to the events, so correctness does not depend on the isolation
// level.
//
// Optimistic: a store remembers how it left the events on sale. The next batch
// takes them from there and is decided before anything is locked; then one packet
// locks the events, reads them and writes what was decided. Only if they are what
// they were taken for is it committed, and they are put back as they are now:
// nobody else has been at them since, so that what was looked up beside them holds
// too. A key that is in use already (1062) is a wrong guess as well: one that
// changed no event tells nobody else of it. So a batch takes two round trips
// instead of four plus one for each kind of change.
//
// Locked: after a wrong guess, where an event isn't remembered or somebody else was
// at it last, where an event would stay as it is, so that nothing would be compared,
// and where a command with a key is refused: nothing would tell that its key was
// used meanwhile. The events are locked and read, then the batch is decided, then
// written. What deciding needs is read on another connection, each statement seeing
// all that was committed before the lock was granted: under SERIALIZABLE a SELECT
// inside the transaction would lock gaps, in which nearly every batch of two servers
// deadlocks. Those lookups have a pool of their own, since a batch that holds locks
// must not queue behind whoever lists bookings.
//
// What was decided is folded ([ports.ChangesOf]), compared with the bookings as
// they were loaded, and saved in bulk: one statement for each kind of change and
// chunk of rows, whatever the batch's size, all of them in one packet. Rows of
// tickets and of the line are keyed by event and sequence, so inserts append. What
// has another value in each row (events; bookings that have another person or
// expire at another time) is written with INSERT … ON DUPLICATE KEY UPDATE, plain
// cancellations, confirmations and expiries with UPDATE … IN. No row is deleted
// that may not be there: that would lock a gap.
//
// Transactions that MySQL gave up (a deadlock, a lock not granted in time) run
// again from the start. If a lock is not granted because somebody keeps hold of
// some events, nothing is done and they are named ([ports.LockedError]). When the
// answer to COMMIT is lost, the events are locked once more, which waits out a
// transaction that still runs, and the journal tells whether it took place: its
// row names the transaction with random bytes, and is never written over. What
// changed no event left keys, which are looked for then.
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
// # Time
//
// Now is this machine's clock, corrected by its offset to MySQL's. That is
// measured by [Store.Ready] and every 15 s while the store is in use: of five
// questions the one with the shortest round trip counts, half of which may be the
// error. The clock of this machine doesn't matter.
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
// levels, with a thousand waiting or a hundred million. The tickets that those
// ahead ask for are counted the same way, beside the bookings; see
// [domain.Line.Place]. The upper levels are remembered until somebody leaves, which
// the event's own row tells.
//
// Nor does a row of the line say that its booking was promoted. Promotion takes
// whoever is first, so one number of the event, last_promoted, says it of all of
// them, and a promotion writes tickets only. From then on the row of the first
// ticket says all of the booking, and that in the line only whose it is.
//
// # Lists
//
// A page of bookings is read by index and only as far as the page goes: by one
// statement for those with tickets, one or two for the line and one for the places
// of those who wait, in a transaction that only reads, so that they see one state. Held bookings, those that are over
// and those with a reference have small tables of their own, with rows for them
// alone: an index over tickets would have an entry, NULL or not, for each of
// millions that are just booked, and each of a ticket's indexes costs a tenth of
// MySQL's part of a booking. There is one exception: where nearly all bookings of
// an event are over, a list of the booked ones passes over those in between.
//
// A person's bookings are found by by_user, whatever their events, and sorted: a
// page costs as much as the person has bookings.
//
// # Shards
//
// Every statement says of which events it reads and writes each table: by
// value, or by a join on the event's id. Only what asks about all events is across
// them: the list of events, of those in which something is due, and of what a
// person has. So an event with all its rows can live on one shard of Vitess, whose
// planner must see that from the text: it can't from a list of values that is
// joined (VALUES ROW, LATERAL), nor from a UNION in a derived table, nor from a
// correlated NOT EXISTS in one.
//
// The first connection tells vtgate from MySQL, and so costs MySQL one statement.
// [Store.ShardOf] computes where vtgate will send an event, so that package app
// can make batches of one shard. It may be wrong, for as long as nobody has heard
// that a shard was split: connections that write ask for transactions on a single
// shard, so that vtgate refuses what would be on several. Then, and every 15 s
// while the store is in use, vtgate is asked which shards there are.
//
// Each statement of a batch goes to the shards of its events alone, as VEXPLAIN of
// Vitess 24 says: a shard that is away keeps no other from selling. vtgate plans a
// list of pairs, or an OR of three conditions, for all shards, or joins by itself, so
// such lookups name their events once more. UNION ALL becomes a query for each thing.
package mysql
