package view

import (
	"time"

	"github.com/go-json-experiment/json/jsontext"
)

// Timestamp is a time in JSON: RFC 3339, UTC, always with six decimals, so that
// timestamps sort as texts too.
type Timestamp struct{ time.Time }

// TimeOf is a time, or null for the zero time.
func TimeOf(t time.Time) *Timestamp {
	if t.IsZero() {
		return nil
	}
	return &Timestamp{t}
}

// MarshalJSONTo writes the time.
func (t Timestamp) MarshalJSONTo(enc *jsontext.Encoder) error {
	return enc.WriteValue(t.UTC().AppendFormat(enc.AvailableBuffer(), `"2006-01-02T15:04:05.000000Z"`))
}

// Text is the time as JSON has it, without the quotes.
func (t Timestamp) Text() string { return t.UTC().Format("2006-01-02T15:04:05.000000Z") }
