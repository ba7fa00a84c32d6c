package rest

import (
	"bytes"
	"strconv"
	"sync"
	"time"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"
	"github.com/labstack/echo/v4"
)

var buffers = sync.Pool{New: func() any { return new(bytes.Buffer) }}

func takeBuffer() *bytes.Buffer {
	buffer := buffers.Get().(*bytes.Buffer)
	buffer.Reset()
	return buffer
}

// putBuffer gives a buffer back, unless it grew so large that keeping it would
// cost more than making another.
func putBuffer(b *bytes.Buffer) {
	if b.Cap() <= maxBodyBytes {
		buffers.Put(b)
	}
}

// answer sends a value as JSON.
func answer(c echo.Context, status int, value any) error {
	c.Response().Header().Set(echo.HeaderContentType, echo.MIMEApplicationJSON)
	return send(c, status, value)
}

// send sends a value as JSON of the content type that is set. The whole body
// is made first: an error can still be answered then, and its length is known.
func send(c echo.Context, status int, value any) error {
	body := takeBuffer()
	defer putBuffer(body)
	if err := json.MarshalWrite(body, value); err != nil {
		return err
	}
	response := c.Response()
	response.Header().Set(echo.HeaderContentLength, strconv.Itoa(body.Len()))
	response.WriteHeader(status)
	_, err := response.Write(body.Bytes())
	return err
}

// timestamp is a time in JSON: RFC 3339, UTC, always with six decimals, so that
// timestamps sort as texts too.
type timestamp struct{ time.Time }

// MarshalJSONTo writes the time.
func (t timestamp) MarshalJSONTo(enc *jsontext.Encoder) error {
	return enc.WriteValue(t.UTC().AppendFormat(enc.AvailableBuffer(), `"2006-01-02T15:04:05.000000Z"`))
}
