package rest

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"mime"
	"net/http"
	"strings"
	"sync"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"
	"github.com/labstack/echo/v4"

	"github.com/boxoffice-go/boxoffice/adapters/httpbase"
	"github.com/boxoffice-go/boxoffice/domain"
)

// maxBodyBytes is the longest body that is read.
const maxBodyBytes = 64 << 10

var (
	errBodyTooLarge = &domain.Error{Code: httpbase.CodeBodyTooLarge, Detail: "the body has more than 64 KiB; send a smaller one"}
	errNotJSON      = &domain.Error{Code: httpbase.CodeUnsupportedMedia, Detail: "the body must be JSON in UTF-8; send it with Content-Type: application/json"}
	errCompressed   = &domain.Error{Code: httpbase.CodeUnsupportedMedia, Detail: "the body is compressed or otherwise encoded; send it as it is, without Content-Encoding"}
)

// bodies are of requests; none is much longer than maxBodyBytes.
var bodies = sync.Pool{New: func() any { return new(bytes.Buffer) }}

// readBody reads a request's body, one JSON object, into a struct of the types
// in field.go. What is wrong with single fields is left to those.
func readBody(c echo.Context, into any) error {
	if err := checkHeader(c.Request()); err != nil {
		return err
	}
	return withBody(c, func(body []byte) error { return decode(body, into) })
}

// withoutBody refuses a body with fields, before anything is done: a
// {"dryRun":true} that is passed over would do what it seems to prevent. Clients
// that always send something may send an empty object, or a null.
func withoutBody(next echo.HandlerFunc) echo.HandlerFunc {
	return func(c echo.Context) error {
		if c.Request().ContentLength == 0 { // nearly always
			return next(c)
		}
		err := withBody(c, func(body []byte) error {
			switch string(bytes.TrimSpace(body)) {
			case "", "null", "{}":
				return nil
			}
			var none struct {
				Unknown unknown `json:",embed"`
			}
			if err := checkHeader(c.Request()); err != nil {
				return err
			}
			if err := decode(body, &none); err != nil {
				return err
			}
			return none.Unknown.check()
		})
		if err != nil {
			return err
		}
		return next(c)
	}
}

// checkHeader refuses a body of which the header says that it is too long, or no
// plain JSON.
func checkHeader(request *http.Request) error {
	if request.ContentLength > maxBodyBytes {
		return errBodyTooLarge
	}
	if encoding := request.Header.Get(echo.HeaderContentEncoding); encoding != "" && !strings.EqualFold(encoding, "identity") {
		return errCompressed
	}
	if !isJSON(request.Header[echo.HeaderContentType]) {
		return errNotJSON
	}
	return nil
}

// withBody reads a request's body. What it is read into is used again.
func withBody(c echo.Context, do func(body []byte) error) error {
	body := bodies.Get().(*bytes.Buffer)
	defer bodies.Put(body)
	body.Reset()
	_, err := body.ReadFrom(http.MaxBytesReader(c.Response().Writer, c.Request().Body, maxBodyBytes))
	var tooLarge *http.MaxBytesError
	switch {
	case errors.As(err, &tooLarge):
		return errBodyTooLarge
	case err != nil:
		return malformed("the body ended before all of it was here; send it again")
	}
	return do(body.Bytes())
}

// isJSON reports whether a Content-Type says JSON in UTF-8.
func isJSON(values []string) bool {
	if len(values) != 1 {
		return false
	}
	if values[0] == echo.MIMEApplicationJSON { // nearly always
		return true
	}
	mediaType, parameters, err := mime.ParseMediaType(values[0])
	charset, given := parameters["charset"]
	return err == nil && mediaType == echo.MIMEApplicationJSON && (!given || strings.EqualFold(charset, "utf-8"))
}

// decode reads one JSON object. Refused with malformed_body.
func decode(body []byte, into any) error {
	switch start := bytes.TrimLeft(body, " \t\r\n"); {
	case bytes.HasPrefix(body, []byte("\xef\xbb\xbf")):
		return malformed("the body begins with a byte order mark; send UTF-8 without one")
	case bytes.HasPrefix(body, []byte("\xfe\xff")), bytes.HasPrefix(body, []byte("\xff\xfe")):
		return malformed("the body begins with a byte order mark of UTF-16; send UTF-8 without one")
	case len(start) == 0:
		return malformed("the body is empty; send a JSON object")
	case start[0] != '{': // json would take a null for an empty object
		return malformed("the body must be a JSON object, like {}")
	}
	err := json.Unmarshal(body, into)
	var (
		syntax *jsontext.SyntacticError
		wrong  *json.SemanticError
	)
	switch {
	case err == nil:
		return nil
	case errors.Is(err, jsontext.ErrDuplicateName) && errors.As(err, &syntax):
		return malformed("the field %q is there more than once; send it once", syntax.JSONPointer.LastToken())
	case errors.Is(err, io.ErrUnexpectedEOF):
		return malformed("the body ends in the middle of its JSON; send all of it")
	case errors.As(err, &syntax):
		return malformed("the body isn't one JSON object in UTF-8: %s, at byte %d", syntax.Err, syntax.ByteOffset)
	case errors.As(err, &wrong) && wrong.Err != nil:
		return malformed("the field %q %s", wrong.JSONPointer.LastToken(), wrong.Err)
	default:
		return malformed("the body isn't one JSON object in UTF-8")
	}
}

func malformed(format string, args ...any) error {
	return &domain.Error{Code: httpbase.CodeMalformedBody, Detail: fmt.Sprintf(format, args...)}
}
