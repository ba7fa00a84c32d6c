package httpbase

import (
	"bytes"
	"compress/flate"
	"context"
	"io"
	"net/http"
	"runtime"
	"strconv"
	"sync"
	"time"

	"github.com/go-json-experiment/json"
	"github.com/labstack/echo/v4"

	"github.com/boxoffice-go/boxoffice/app"
	"github.com/boxoffice-go/boxoffice/domain"
)

const (
	// maxPlainBytes is the longest answer that is kept as it is until its client
	// has taken it. A longer one is kept compressed: a list of bookings says the
	// same words again and again, and shrinks to a tenth.
	maxPlainBytes = 64 << 10
	// maxKeptBytes is what all compressed answers have together, enough for a
	// hundred of the largest pages.
	maxKeptBytes = 64 << 20
	// makingTimeout is how long a request waits to be one of them.
	makingTimeout = 20 * time.Second
)

// maxMaking is how many large answers are read and encoded at the same time. Each
// takes some ten megabytes and a processor while it is, and as much of the
// database, and bookings need those too.
func maxMaking() int64 { return int64(max(1, runtime.GOMAXPROCS(0)/2)) }

var errManyLarge = &domain.Error{
	Code:   app.CodeOverloaded,
	Detail: "too many large answers are being made or sent; try again in a moment, or ask for a smaller page",
}

// makingKey is where a request's context has what ends its being one of the few
// whose large answer is made.
const makingKey = "making"

// oneOfFew lets few handlers run at the same time, each until its answer is made.
func (s *Server) oneOfFew(next echo.HandlerFunc) echo.HandlerFunc {
	return func(c echo.Context) error {
		ctx, cancel := context.WithTimeout(c.Request().Context(), makingTimeout)
		defer cancel()
		if err := s.making.Acquire(ctx, 1); err != nil {
			if c.Request().Context().Err() != nil {
				return err // the client is gone
			}
			return errManyLarge
		}
		made := sync.OnceFunc(func() { s.making.Release(1) })
		defer made()
		c.Set(makingKey, made)
		return next(c)
	}
}

// Made gives the place of a large answer to the next one: what is left takes little
// memory, however slowly its client reads.
func Made(c echo.Context) {
	if made, large := c.Get(makingKey).(func()); large {
		made()
	}
}

// JSON answers with a value as JSON. The whole answer is made first: an error can
// still be answered then, and its length is known. A large one is kept compressed
// while its client takes it. Refused with [app.CodeOverloaded] if clients have
// left too many of those.
func (s *Server) JSON(c echo.Context, status int, value any) error {
	body := bodies.Get().(*keptBody)
	err := json.MarshalWrite(body, value)
	Made(c)
	if err == nil && body.packer != nil {
		packed, length, err := body.pack()
		body.put()
		if err != nil {
			return err
		}
		return s.sendPacked(c, status, packed, length)
	}
	defer body.put()
	if err != nil {
		return err
	}
	return send(c, status, echo.MIMEApplicationJSON, body.plain.Bytes())
}

// send sends a whole body.
func send(c echo.Context, status int, contentType string, body []byte) error {
	writeHeader(c, status, contentType, len(body))
	_, err := c.Response().Write(body)
	return err
}

func writeHeader(c echo.Context, status int, contentType string, length int) {
	header := c.Response().Header()
	header.Set(echo.HeaderContentType, contentType)
	header.Set(echo.HeaderContentLength, strconv.Itoa(length))
	c.Response().WriteHeader(status)
}

// sendPacked sends a body that is kept compressed; length is what it has without.
func (s *Server) sendPacked(c echo.Context, status int, packed []byte, length int) error {
	size := int64(len(packed))
	if !s.kept.TryAcquire(size) {
		return errManyLarge
	}
	defer s.kept.Release(size)
	writeHeader(c, status, echo.MIMEApplicationJSON, length)
	if c.Request().Method == http.MethodHead {
		return nil
	}
	_, err := io.Copy(c.Response(), flate.NewReader(bytes.NewReader(packed)))
	return err
}

// keptBody takes a body in: the first of it as it is, and all of it compressed if
// it is longer than that.
type keptBody struct {
	plain  bytes.Buffer
	packed bytes.Buffer
	packer *flate.Writer // nil as long as the body isn't compressed
	length int
}

var (
	bodies  = sync.Pool{New: func() any { return new(keptBody) }}
	packers = sync.Pool{New: func() any {
		packer, err := flate.NewWriter(nil, flate.BestSpeed)
		if err != nil {
			panic(err) // only for a level that there isn't
		}
		return packer
	}}
)

// Write takes a part of the body in.
func (b *keptBody) Write(part []byte) (int, error) {
	b.length += len(part)
	if b.packer == nil && b.length <= maxPlainBytes {
		return b.plain.Write(part)
	}
	if b.packer == nil {
		b.packer = packers.Get().(*flate.Writer)
		b.packer.Reset(&b.packed)
		if _, err := b.packer.Write(b.plain.Bytes()); err != nil {
			return 0, err
		}
	}
	return b.packer.Write(part)
}

// pack returns the whole body compressed, in no more memory than that needs, and
// how long it is without.
func (b *keptBody) pack() (packed []byte, length int, err error) {
	err = b.packer.Close()
	packers.Put(b.packer)
	return bytes.Clone(b.packed.Bytes()), b.length, err
}

// put empties the body for the next answer.
func (b *keptBody) put() {
	b.plain.Reset()
	b.packed = bytes.Buffer{}
	b.packer, b.length = nil, 0
	bodies.Put(b)
}
