// Package app books tickets through a store, fast: it gathers the commands
// that are waiting and commits many of them in one transaction (group commit).
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
// facts. Metrics and traces are made of that, elsewhere.
package app
