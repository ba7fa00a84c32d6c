// Package webhook tells webhooks what happens, as Standard Webhooks 1.0 has it:
// each record of a journal becomes a message, signed with the webhook's secret.
//
// A [Deliverer] follows the journals; no booking waits for it. There is no queue
// of messages. What a webhook is to be told follows from the journal of an event
// and the webhook's cursor on it, which one server at a time leases:
//
//   - Own commits say which events to look at ([Deliverer.Committed]).
//   - Now and then all events are looked through. That finds what others
//     committed before they died, and the tries that others would have made.
//
// A message is made when it is sent, from the record and the booking as it is
// then, to a tenth of a second, and kept nowhere. Messages of one webhook and event
// go one after another, each until it is taken. A cursor is kept after some
// messages, not after each: of a server that dies, another one sends the last few
// again, with the same ids.
//
// Whoever books has the processors and the database first: beside a crowd, which
// commits of many records tell of, only few messages are sent, and the others when
// it has gone. BenchmarkBookBesideWebhooks, five webhooks on a hot event over
// MySQL on two cores that also run it: without this, bookings kept 0.37 of their
// rate beside 2,000 messages a second; with it, 0.91 to 1.0.
package webhook
