// Package metrics measures boxoffice for Prometheus, in a registry of its own.
// It observes the application and the handler of requests through their hooks;
// none of the labels can have more values than the program has routes, codes
// and the like, whatever callers send.
//
//	boxoffice_http_requests_total              counter    method, route, status  requests answered; status 499 is a client that didn't wait
//	boxoffice_http_request_duration_seconds    histogram  method, route          time until a request was answered
//	boxoffice_refusals_total                   counter    code                   requests answered with a problem, by its code
//	boxoffice_bookings_total                   counter    outcome               bookings accepted: booked, held or waitlisted
//	boxoffice_holds_total                      counter    outcome               holds that ended: confirmed, expired or given_back; not those of cancelled events
//	boxoffice_expiry_lateness_seconds          histogram                        how long after its time a hold expired
//	boxoffice_tickets_booked_total             counter                          tickets that were booked: at once, from the line, or when a hold was confirmed
//	boxoffice_tickets_held_total               counter                          tickets that were held, at once or from the line
//	boxoffice_tickets_cancelled_total          counter                          tickets given back, or held too long; not those of cancelled events
//	boxoffice_promotions_total                 counter                          waiting bookings that got their tickets, held or booked
//	boxoffice_waitlist_left_total              counter                          waiting bookings that gave up their place
//	boxoffice_transfers_total                  counter                          bookings that were given to another person
//	boxoffice_commands_pending                 gauge                             commands that wait for a transaction now
//	boxoffice_commands_pending_limit           gauge                             commands that may wait; more are refused as overloaded
//	boxoffice_command_wait_seconds             histogram                         time that a command waited for its transaction
//	boxoffice_transaction_duration_seconds     histogram  outcome                committed, unavailable, unknown or failed; all attempts together
//	boxoffice_transaction_commands             histogram                         commands in a transaction: the batch size
//	boxoffice_transaction_events               histogram                         events in a transaction
//	boxoffice_transaction_retries_total        counter    cause                  transactions run again: deadlock, lock_wait, lost_connection or spread (over shards)
//	boxoffice_transactions_given_up_total      counter                           transactions that failed each time they were run
//	boxoffice_lost_commits_total               counter                           commits whose answer was lost, and asked for
//	boxoffice_streams_open                     gauge                             streams that are open now
//	boxoffice_streams_open_limit               gauge                             streams that may be open; more are refused as overloaded
//	boxoffice_stream_messages_total            counter                           messages that streams were sent
//	boxoffice_stream_messages_conflated_total  counter                           messages that streams were not sent, since a newer state came first
//	boxoffice_streams_dropped_total            counter                           streams whose client was gone or too slow
//	boxoffice_webhook_deliveries_total         counter    outcome                attempts to tell webhooks something: delivered or failed
//	boxoffice_webhooks_pending                 gauge                             pairs of a webhook and an event that this server has something to tell of
//	boxoffice_webhook_oldest_undelivered_seconds gauge                           time since the oldest happened that this server has not told, to active webhooks
//	boxoffice_webhooks_inactive                gauge                             webhooks that are paused or off
//	boxoffice_store_ready                      gauge                             1 if the store can be read and written now, else 0
//	boxoffice_shard_serving                    gauge      shard                  1 if this shard of Vitess serves, else 0
//	boxoffice_build_info                       gauge      version, goversion     always 1
//	go_sql_…                                   several    db_name                pools of connections: writes, lookups and reads of MySQL, reads of SQLite
//	go_…, process_…                            several                           the Go runtime and the process
//
// Those of retries and lost commits exist only with MySQL, that of shards only with
// Vitess, those of pools with SQLite too.
//
// dashboard.json is a dashboard for Grafana, alerts.yaml has alert rules for
// Prometheus. Both are made of these metrics, and a test holds them to it.
package metrics
