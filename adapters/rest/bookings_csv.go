package rest

import (
	"encoding/csv"
	"net/http"
	"strconv"
	"strings"
	"time"

	"github.com/labstack/echo/v4"

	"github.com/boxoffice-go/boxoffice/adapters/httpbase"
	"github.com/boxoffice-go/boxoffice/domain"
	"github.com/boxoffice-go/boxoffice/ports"
)

const (
	formatCSV = "csv"
	typeCSV   = "text/csv"
	// csvPage is how many bookings are read at a time, so that a list of any length
	// takes the same memory.
	csvPage = 200
	// csvPageTime is how long a client may take for a page.
	csvPageTime = 30 * time.Second
)

// acceptsCSV reports whether a caller asks for CSV and for no JSON.
func acceptsCSV(c echo.Context) bool {
	accept := c.Request().Header.Get(echo.HeaderAccept)
	return strings.Contains(accept, typeCSV) && !strings.Contains(accept, echo.MIMEApplicationJSON)
}

// bookingsCSV streams all bookings that a query asks for, a row each. What goes
// wrong in the middle breaks the answer off, so that nobody takes a part for all.
func (h *handler) bookingsCSV(c echo.Context, query ports.BookingQuery) error {
	ctx, response := c.Request().Context(), c.Response()
	query.Limit = csvPage
	bookings, err := h.service.Bookings(ctx, query)
	if err != nil {
		return err
	}
	httpbase.Made(c) // a page at a time is small
	response.Header().Set(echo.HeaderContentType, typeCSV+"; charset=utf-8; header=present")
	response.Header().Set(echo.HeaderContentDisposition, `attachment; filename="bookings.csv"`)
	response.WriteHeader(http.StatusOK)
	if c.Request().Method == http.MethodHead {
		return nil
	}
	rows := csv.NewWriter(response)
	rows.UseCRLF = true
	header := []string{"bookingId", "sequence", "status", "identifier", "userId", "quantity", "tickets", "reference", "createdAt", "expiresAt"}
	if err := rows.Write(header); err != nil {
		panic(http.ErrAbortHandler)
	}
	control := http.NewResponseController(response)
	for {
		_ = control.SetWriteDeadline(time.Now().Add(csvPageTime)) // where there is none, there is nothing to set
		for _, b := range bookings {
			if err := rows.Write(csvRow(b)); err != nil {
				panic(http.ErrAbortHandler)
			}
		}
		rows.Flush()
		if rows.Error() != nil || control.Flush() != nil {
			panic(http.ErrAbortHandler)
		}
		if len(bookings) < csvPage {
			return nil
		}
		query.AfterSequence = bookings[len(bookings)-1].Sequence
		if bookings, err = h.service.Bookings(ctx, query); err != nil {
			panic(http.ErrAbortHandler)
		}
	}
}

func csvRow(b domain.Booking) []string {
	expiresAt := ""
	if at := expiryOf(b); at != nil {
		expiresAt = at.text()
	}
	return []string{
		b.ID.String(), strconv.FormatInt(b.Sequence, 10), string(b.Status), inert(b.Identifier), b.UserID.String(),
		strconv.Itoa(b.Quantity), strconv.Itoa(liveTickets(b)), inert(b.Reference), timestamp{b.CreatedAt}.text(), expiresAt,
	}
}

// inert keeps a spreadsheet from taking a text for a formula.
func inert(text string) string {
	if text != "" && strings.ContainsRune("=+-@\t\r", rune(text[0])) {
		return "'" + text
	}
	return text
}
