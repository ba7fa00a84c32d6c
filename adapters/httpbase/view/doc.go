// Package view has the JSON of what the API and webhooks both show: bookings,
// entries of journals and times.
package view
