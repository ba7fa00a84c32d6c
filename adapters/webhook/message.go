package webhook

import (
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"strconv"
	"strings"
	"time"

	"github.com/go-json-experiment/json"
	"github.com/google/uuid"

	"github.com/boxoffice-go/boxoffice/adapters/httpbase/view"
	"github.com/boxoffice-go/boxoffice/domain"
	"github.com/boxoffice-go/boxoffice/ports"
)

// message is what is sent.
type message struct {
	id   string // the same for every try
	body []byte
}

type bodyJSON struct {
	Type      string         `json:"type"`
	Timestamp view.Timestamp `json:"timestamp"`
	Data      any            `json:"data"`
}

type recordJSON struct {
	EventID domain.EventID `json:"eventId"`
	Entry   view.Entry     `json:"entry"`
	Booking *view.Booking  `json:"booking,omitempty"`
}

// typeTest is the type of a test message.
const typeTest = "webhook.test"

type testJSON struct {
	WebhookID domain.WebhookID `json:"webhookId"`
}

// idOf is the id of the message of a record.
func idOf(r *domain.Record) string {
	return r.EventID.String() + "-" + view.EntryID(ports.CursorOfRecord(*r))
}

// messageOf makes the message of a record, with its booking as it is now; nil if
// it is of none.
func (d *Deliverer) messageOf(ctx context.Context, w *domain.Webhook, r *domain.Record, booking *domain.Booking) (message, error) {
	data := recordJSON{EventID: r.EventID, Entry: view.EntryOf(*r)}
	if booking != nil {
		link := ""
		if w.Links {
			var err error
			if link, err = d.config.Link(ctx, booking); err != nil {
				return message{}, err
			}
		}
		shown := view.BookingOf(*booking, link)
		data.Booking = &shown
	}
	body, err := json.Marshal(bodyJSON{string(r.Kind), view.Timestamp{Time: r.At}, data})
	return message{idOf(r), body}, err
}

func testMessage(w *domain.Webhook, at time.Time) (message, error) {
	body, err := json.Marshal(bodyJSON{typeTest, view.Timestamp{Time: at}, testJSON{w.ID}})
	return message{"test-" + uuid.NewString(), body}, err
}

// signatures signs a message for the webhook-signature header: with each secret
// that counts now.
func signatures(w *domain.Webhook, m message, at time.Time) string {
	secrets := [][]byte{w.Secret}
	if at.Before(w.OldSecretEnds) {
		secrets = append(secrets, w.OldSecret)
	}
	signed := make([]string, len(secrets))
	for i, secret := range secrets {
		mac := hmac.New(sha256.New, secret)
		mac.Write([]byte(m.id + "." + strconv.FormatInt(at.Unix(), 10) + "."))
		mac.Write(m.body)
		signed[i] = "v1," + base64.StdEncoding.EncodeToString(mac.Sum(nil))
	}
	return strings.Join(signed, " ")
}
