package rest

import (
	"net/http"
	"regexp"
	"strconv"
	"strings"

	"github.com/labstack/echo/v4"

	"github.com/boxoffice-go/boxoffice/domain"
)

// etagOf is the strong entity tag of an event's settings, by the version in which
// they changed last: bookings don't change it.
func etagOf(version int64) string { return `"` + strconv.FormatInt(version, 10) + `"` }

// entityTag is one tag of a list, with what follows it; see RFC 9110, 8.8.3.
var entityTag = regexp.MustCompile(`^(W/)?("[\x21\x23-\x7e\x80-\xff]*")[ \t]*(?:,[ \t,]*|$)`)

// tags splits a list of entity tags, weak ones without what makes them so. A list
// that can't be read has none.
func tags(list string) (all []string) {
	list = strings.Trim(list, " \t,")
	for list != "" {
		found := entityTag.FindStringSubmatch(list)
		if found == nil {
			return nil
		}
		all = append(all, found[2])
		list = list[len(found[0]):]
	}
	return all
}

// ifMatch returns the versions of settings that If-Match allows; nil is any. A
// weak tag counts like the strong one, since proxies make it so; those that were
// never an event's match nothing, nor does a list that can't be read.
func ifMatch(header http.Header) []int64 {
	lines, given := header["If-Match"]
	list := strings.Join(lines, ",")
	if !given || strings.Trim(list, " \t") == "*" {
		return nil
	}
	versions := []int64{}
	for _, tag := range tags(list) {
		version, err := strconv.ParseInt(strings.Trim(tag, `"`), 10, 64)
		if err == nil && etagOf(version) == tag {
			versions = append(versions, version)
		}
	}
	return versions
}

// answerEvent sends an event with its tag.
func (h *handler) answerEvent(c echo.Context, code int, e domain.Event) error {
	c.Response().Header().Set("ETag", etagOf(e.SettingsVersion))
	return h.base.JSON(c, code, eventOf(e))
}
