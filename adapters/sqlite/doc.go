// Package sqlite keeps events in a SQLite file, so that a server needs no other
// one to be durable; package sqliteschema has the tables.
//
// # One server, one file
//
// A lock on the file's side car (FILE.lock, which stays where it is) keeps a second
// server out; it ends with the process, however that ends. The file is made when it
// is missing, for its owner only, and its schema is brought up to date whenever it
// is opened. A file of a newer version, of another program, or that is damaged where
// opening it looks, is refused. The file must be on a disk of this machine: SQLite's
// log in shared memory does not work across a network.
//
// # How a batch is written
//
// There is one connection that writes, and one transaction at a time (BEGIN
// IMMEDIATE): it reads the events, asks what is needed, reads that, decides and
// writes. Nobody else can write meanwhile, so nothing is ever decided on what is
// old, and nothing is ever tried again. Those who read have connections of their
// own, which can't write; each sees the state of the last commit, and they and the
// writer don't wait for each other.
//
// The log is written ahead (WAL) and synced at every commit (synchronous=FULL), so
// an answer that was sent survives a crash of the machine. If the log is torn by one,
// SQLite takes it up to its last whole transaction. If a commit fails, the journal
// tells whether it took place; and another small transaction is written over what
// the failed one may have left in the log, else it could count after a restart. Only
// if that fails too, the outcome is unknown.
//
// A full disk, a read-only one, another program that is writing for more than 2 s:
// all are [ports.ErrStoreUnavailable] with the reason, nothing was done, and the
// store goes on when the reason is gone. So is a file that was deleted, moved or
// replaced, which is looked for before each transaction: what is written to it then,
// nobody would ever find. Ready commits a small transaction, since one that is rolled
// back does not get as far as the disk.
//
// # What is erased
//
// SQLite overwrites with zeros what is deleted (secure_delete), and after an erasure
// the log is brought into the file and emptied at once, or as soon as nobody reads an
// older state any more. Copies made before, by [Backup] or by others, are as they were.
//
// # Rows
//
// Bookings and tickets are kept by event and sequence (WITHOUT ROWID), so new rows
// append, and so do their indexes, since ids grow with time. The exception is the
// index that begins with the person: nearly each booking of a batch changes another
// page of it. There is only one of that kind, and a person's list is merged from
// their events by it. Holds and references have partial indexes, which cost nothing
// where there are none.
//
// A position is never stored. bookings.joined counts those who joined up to a
// booking, events.promoted those who were promoted, all of them from before it;
// line_departures counts those who left, and their tickets, in a tree whose nodes
// have 64 parts. So a position costs at most 63 small rows on each of six levels,
// with a thousand waiting or a hundred million.
//
// # What was measured
//
// On two processors that others used too (a load of 15 to 25), so by the processor's
// time, which hardly depends on that; the disk took 0.7 ms to sync a page that is
// written again, and 2 to 5 ms when a file grew. See the benchmarks.
//
//   - A booking in a batch of 256 costs 61 to 70 µs of a processor (6 of them the
//     domain's), so one processor that does nothing else could do 15,000 a second; in
//     a batch of 16 105, in a transaction of its own 480 to 570. With a statement for
//     each row it was 87 and 136: each looked for its place in six indexes from their
//     roots. Without OR FAIL the statements for many rows would cost 74 and 135, since
//     SQLite then keeps copies of pages to undo one of them alone.
//   - Over HTTP with 256 clients on one hot event, on the same two processors as the
//     clients: 5,600 to 5,900 bookings a second, 0.53 to 0.61 of the memory store in the
//     same runs, and 6 to 8 times a transaction for each booking. The writer spends
//     three fifths of its time in commits of some 80 bookings: a sync of 400 KB takes
//     0.6 ms, and the rest is waiting for a processor after each call of the system.
//   - After a million bookings it is 99 µs, since the person's index no longer fits
//     in what a batch touches anyway; a cancellation is 140 instead of 113, and the
//     status and a booking cost the same.
//   - A file with a million bookings (590 MB) opens in 4 to 14 ms. After a crash the
//     log is brought in first: a second for one of 23 MB, which only transactions
//     of thousands of bookings make; it is 4 to 6 MB else.
//   - A second index by person (for their list, by time) cost 30 to 40 µs more, a
//     third of all after 200,000 bookings, and twice as much to write. Left out.
//   - All indexes of bookings and tickets together were a third of a booking's cost
//     before; database/sql is less than a twentieth.
//
// Tried, and left out, because it gave nothing that could be told from noise: a log
// of 16 or 64 MiB instead of 4 before it is brought into the file. fdatasync instead
// of fsync (sqlite.Fdatasync, for a whole process) is twice as fast while the log
// grows, which it does once, and no faster then.
package sqlite
