package rest

import (
	"net/http"
	"regexp"
	"strconv"

	"github.com/labstack/echo/v4"

	"github.com/boxoffice-go/boxoffice/adapters/httpbase/view"
	"github.com/boxoffice-go/boxoffice/domain"
	"github.com/boxoffice-go/boxoffice/ports"
)

func (h *handler) journal(c echo.Context) error {
	event, eventErr := eventID(c)
	q, queryErr := readQuery(c, "after", "limit")
	size, sizeErr := q.limit()
	after, afterErr := q.afterRecord()
	if err := invalid(eventErr, queryErr, sizeErr, afterErr); err != nil {
		return err
	}
	records, err := h.service.Journal(c.Request().Context(), ports.JournalQuery{EventID: event, After: after, Limit: size})
	if err != nil {
		return err
	}
	next := q["after"]
	entries := make([]view.Entry, len(records))
	for i, r := range records {
		entries[i] = view.EntryOf(r)
		next = entries[i].ID
	}
	return h.base.JSON(c, http.StatusOK, struct {
		Entries []view.Entry `json:"entries"`
		Next    *string      `json:"next"`
	}{entries, view.UnlessZero(next)})
}

var recordIDs = regexp.MustCompile(`^([1-9][0-9]{0,17})-([1-9][0-9]{0,8})$`)

// afterRecord returns after which record a page begins.
func (q query) afterRecord() (ports.JournalCursor, error) {
	value, given := q["after"]
	if !given {
		return ports.JournalCursor{}, nil
	}
	parts := recordIDs.FindStringSubmatch(value)
	if parts == nil {
		return ports.JournalCursor{}, domain.InvalidField("after", "must be the id of an entry, like 12-1; take next of the page before")
	}
	version, versionErr := strconv.ParseInt(parts[1], 10, 64)
	number, numberErr := strconv.Atoi(parts[2])
	return ports.JournalCursor{Version: version, Number: number}, domain.Invalid(versionErr, numberErr)
}
