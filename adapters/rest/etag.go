package rest

import (
	"net/http"
	"regexp"
	"strconv"
	"strings"

	"github.com/labstack/echo/v4"

	"github.com/boxoffice-go/boxoffice/domain"
)

// etagOf is the strong entity tag of an event's version.
func etagOf(version int64) string { return `"` + strconv.FormatInt(version, 10) + `"` }

// entityTag is one tag of a list, with what follows it; see RFC 9110, 8.8.3.
var entityTag = regexp.MustCompile(`^(W/)?("[\x21\x23-\x7e\x80-\xff]*")[ \t]*(?:,[ \t,]*|$)`)

// tags splits a list of entity tags into those that are strong and those that
// are weak. A list that can't be read has none.
func tags(list string) (strong, weak []string) {
	list = strings.Trim(list, " \t,")
	for list != "" {
		found := entityTag.FindStringSubmatch(list)
		if found == nil {
			return nil, nil
		}
		if found[1] == "" {
			strong = append(strong, found[2])
		} else {
			weak = append(weak, found[2])
		}
		list = list[len(found[0]):]
	}
	return strong, weak
}

// ifMatch returns the versions that If-Match allows; nil is any. Weak tags
// never match, nor do those that were never an event's, nor a list that can't
// be read.
func ifMatch(header http.Header) []int64 {
	lines, given := header["If-Match"]
	list := strings.Join(lines, ",")
	if !given || strings.Trim(list, " \t") == "*" {
		return nil
	}
	versions := []int64{}
	strong, _ := tags(list)
	for _, tag := range strong {
		version, err := strconv.ParseInt(strings.Trim(tag, `"`), 10, 64)
		if err == nil && etagOf(version) == tag {
			versions = append(versions, version)
		}
	}
	return versions
}

// ifNoneMatch reports whether the caller has this version already. A list that
// can't be read is passed over: the whole answer is never wrong.
func ifNoneMatch(header http.Header, version int64) bool {
	list := strings.Join(header["If-None-Match"], ",")
	if strings.Trim(list, " \t") == "*" {
		return true
	}
	strong, weak := tags(list)
	for _, tag := range append(strong, weak...) {
		if tag == etagOf(version) {
			return true
		}
	}
	return false
}

// answerEvent sends an event with its tag.
func (h *handler) answerEvent(c echo.Context, code int, e domain.Event) error {
	c.Response().Header().Set("ETag", etagOf(e.Version))
	return h.base.JSON(c, code, eventOf(e))
}
