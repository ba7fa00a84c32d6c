package web

import (
	"bytes"
	"crypto/rand"
	"time"

	lru "github.com/hashicorp/golang-lru/v2"

	"github.com/boxoffice-go/boxoffice/domain"
)

// eventCache has the pages of events that many look at, made once for each
// version of an event. What is everybody's own, the form's key and the time, is
// put in between.
type eventCache struct {
	pages   *lru.Cache[domain.EventID, cachedEvent]
	keyMark string // stands for the form's key; no event can have it in its texts
}

type cachedEvent struct {
	version int64
	sale    sale
	// The page before the time, between it and the key, and after that; only the
	// first if it has no form.
	parts [3][]byte
}

// cachedEvents is how many events' pages are kept, of some kilobytes each.
const cachedEvents = 1 << 10

// timeMark stands for the time in a page that is kept. It has the form of one.
var timeMark = time.Date(1, 2, 3, 4, 5, 6, 0, time.UTC)

func newEventCache() *eventCache {
	pages, err := lru.New[domain.EventID, cachedEvent](cachedEvents)
	if err != nil {
		panic(err) // only for a size below 1
	}
	return &eventCache{pages: pages, keyMark: rand.Text()}
}

// write writes the page of an event that nobody has filled in anything on.
func (k *eventCache) write(html *bytes.Buffer, p eventPage) error {
	made, ok := k.pages.Get(p.Event.ID)
	if !ok || made.version != p.Event.Version || made.sale != p.Sale {
		var err error
		if made, err = k.make(p); err != nil {
			return err
		}
		k.pages.Add(p.Event.ID, made)
	}
	html.Write(made.parts[0])
	html.WriteString(iso(p.Now))
	html.Write(made.parts[1])
	if made.parts[2] != nil {
		html.WriteString(p.Key)
		html.Write(made.parts[2])
	}
	return nil
}

func (k *eventCache) make(p eventPage) (cachedEvent, error) {
	p.Now, p.Key = timeMark, k.keyMark
	var html bytes.Buffer
	if err := execute(&html, "event", view{Title: p.Event.Name, Data: p}); err != nil {
		return cachedEvent{}, err
	}
	made := cachedEvent{version: p.Event.Version, sale: p.Sale}
	const attribute = `data-now="` // which no text of an event can say: there a quote is escaped
	before, after, _ := bytes.Cut(html.Bytes(), []byte(attribute+iso(timeMark)))
	made.parts[0] = html.Bytes()[:len(before)+len(attribute)]
	made.parts[1], made.parts[2], _ = bytes.Cut(after, []byte(k.keyMark))
	return made, nil
}
