// Package app books tickets through a store, fast: it gathers the commands
// that are waiting and commits many of them in one transaction (group commit).
// What falls due without a command, such as the end of a hold, it sees to as
// well.
//
// # Lanes
//
// Commands are spread by event over a few lanes, one goroutine each, so that
// the order of arrival within an event is kept and a batch spans many events.
// There are no timers: what queued while the last transaction was being
// committed is the next batch. An idle service answers at once, and the busier
// it is the larger are its batches.
//
// The lanes give speed only. That nothing is oversold and nobody jumps the
// line is the work of the domain and of the store's locks, also when several
// servers share a database.
//
// How many lanes there are, and how large a batch may be, was measured over
// MySQL on two processors with 256 clients (boxoffice loadtest). On 10,000
// events two lanes book 18 % more than four, and 15 % more than one: more lanes
// make smaller batches, which cost the same commits and wake-ups each. On one
// event batches of at most 32 make 0.62 of the rate of those of 512, 64 make
// 0.83, and from 128 on, half of the clients, it is nearly all the same. The
// tickets that the commands of a batch touch are bounded as well, so that a
// transaction doesn't become large because its bookings are. Where many large ones
// of an event are queued, small ones of others pass them into the next batch.
//
// Two transactions of one lane at the same time, the second decided on what the
// first is about to commit, were tried and left out: the batches became half as
// large, and that cost what the overlap gave.
//
// Where somebody else keeps hold of an event in the store, as a report that
// locks or a server that hangs does ([ports.LockedError]), its commands leave
// the lane and are committed aside, in order and with all that come for it
// meanwhile, until the event is free. The lane goes on with the others.
//
// Where the store has its events on several shards ([ports.Sharded]), each shard
// has lanes of its own: a batch has events of one, and a shard that is slow, or
// doesn't tell what became of a commit, holds up no other. When a shard is split,
// what is on its way to the store may be refused there, and is sent again in
// halves until each is on one shard; the lanes are the new shards' from then on.
//
// # What falls due
//
// A loop asks the store which events have something due: holds that are over,
// and large promotions that go on. It lets each of them catch up by a
// [domain.CatchUp], which goes through the lanes like anybody's command, but is
// never refused as too many. It asks once a second, earlier if the store knew of
// something, and not at all about what a commit of its own left to go on with.
// Several servers may do so at once, and one that starts takes up what another
// left. An event that doesn't catch up is tried again, after longer and longer,
// up to a minute, and up to a second if the store as a whole was at fault; it
// keeps no other waiting.
//
// # What a caller can count on
//
//   - Every command that was accepted into a lane is answered, also when the
//     service is closed meanwhile.
//   - A caller whose context ends before the command was drained from its lane
//     gets the context's error, and nothing was done. Once it is drained, the
//     caller waits for the outcome, which the batch's own deadline bounds.
//   - A refusal is that caller's answer and touches nobody else's command.
//   - A batch that fails for no reason that a retry could mend is split, so
//     that one bad command, even one that panics, can't sink the others.
//
// # Observing
//
// [Options] has a hook that learns of every [Transaction] with its commands and
// records. Metrics and traces are made of that, elsewhere.
package app
