// Package view has the JSON of what more than one adapter shows: bookings,
// entries of journals, times and secrets.
package view
