package rest

import (
	"time"

	"github.com/go-json-experiment/json/jsontext"
)

// timestamp is a time in JSON: RFC 3339, UTC, always with six decimals, so that
// timestamps sort as texts too.
type timestamp struct{ time.Time }

// MarshalJSONTo writes the time.
func (t timestamp) MarshalJSONTo(enc *jsontext.Encoder) error {
	return enc.WriteValue(t.UTC().AppendFormat(enc.AvailableBuffer(), `"2006-01-02T15:04:05.000000Z"`))
}

// text is the time as JSON has it, without the quotes.
func (t timestamp) text() string { return t.UTC().Format("2006-01-02T15:04:05.000000Z") }
