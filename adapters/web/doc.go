// Package web drives the application from a browser: pages for those who buy
// tickets and for those who sell them.
//
// [Mount] adds the pages to a server of package httpbase, beside the API. They
// are rendered here, with html/template, and everything that changes something is
// a plain form that ends in a redirect: the pages work without any script. One
// module (assets/page.js) keeps them up to date, by Server-Sent Events where the
// server has them and else by asking for the page again. Nothing comes from
// another host, and the policy of the pages lets nothing inline run.
//
// # Who may do what
//
// Whoever is on /e/{eventId} may book if the event is one that people book by
// themselves, or if no API keys are asked for at all. Whoever has a booking's
// link sees it at /b/{link} and may confirm it, give it back and leave the line;
// a link that never was one, was cut, or is void since a transfer is the same
// 404. /organizer is for the holder of an API key: a seller finds people, and
// confirms, transfers and gives back; an organizer also makes and changes events and
// webhooks, whose secrets are shown on the page that their form leads to, and only
// there.
// Without keys nobody signs in.
//
// The cookie of who has signed in names the key by its hash, which is looked up
// in the present keys at every request, and goes to /organizer only: the API
// takes no cookies.
//
// # Forms
//
// Every form carries a random key of its own, as the API's Idempotency-Key, so
// that a double click books once. A refusal shows the form again, with what was
// typed, what is wrong with it, and a new key. Only where nobody knows whether it
// happened the old key counts: reloading such a page sends the same again.
//
// # Other addresses
//
// At an address that is nothing's a browser gets a page, by its Accept header, and
// all other clients the API's problem.
package web
