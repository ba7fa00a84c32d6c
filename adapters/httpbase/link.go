package httpbase

import (
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"encoding/binary"
	"sync/atomic"

	"github.com/google/uuid"

	"github.com/boxoffice-go/boxoffice/domain"
)

// Links makes the links of bookings, and knows them again. A link is a booking's
// ids with an HMAC-SHA256 over a label, the ids and how often the booking was
// transferred, under the server's secret: nobody can guess one, and a transfer
// voids it for good. It is safe for concurrent use.
type Links struct {
	load   func(context.Context) ([]byte, error)
	secret atomic.Pointer[[]byte]
}

// NewLinks makes links under a secret, which is loaded when it is needed first.
func NewLinks(secret func(context.Context) ([]byte, error)) *Links { return &Links{load: secret} }

const (
	linkLabel = "boxoffice booking link"
	macLength = 16 // 128 bits
	idsLength = 2 * len(uuid.UUID{})
)

// links are strict, so that no other text stands for the same booking.
var links = base64.RawURLEncoding.Strict()

// Load loads the secret, unless it is there. Whoever answers a command with a link
// does this before: that the link can't be made must not look like that nothing
// was done.
func (l *Links) Load(ctx context.Context) error {
	_, err := l.key(ctx)
	return err
}

// Of returns the link of a booking. It fails while the secret can't be loaded.
func (l *Links) Of(ctx context.Context, b *domain.Booking) (string, error) {
	secret, err := l.key(ctx)
	if err != nil {
		return "", err
	}
	ids := idsOf(b.EventID, b.ID)
	mac := macOf(secret, linkLabel, binary.BigEndian.AppendUint64(ids, uint64(b.Transfers)))[:macLength]
	return links.EncodeToString(append(ids, mac...)), nil
}

// Parse returns the ids that a link names, whether or not it is a true one, and
// false if it can't be one.
func (*Links) Parse(link string) (domain.EventID, domain.BookingID, bool) {
	raw, err := links.DecodeString(link)
	if err != nil || len(raw) != idsLength+macLength {
		return domain.EventID{}, domain.BookingID{}, false
	}
	return domain.EventID{UUID: uuid.UUID(raw[:16])}, domain.BookingID{UUID: uuid.UUID(raw[16:32])}, true
}

// Opens reports whether a link is the booking's, as it is now. It fails while the
// secret can't be loaded.
func (l *Links) Opens(ctx context.Context, link string, b *domain.Booking) (bool, error) {
	own, err := l.Of(ctx, b)
	return err == nil && hmac.Equal([]byte(own), []byte(link)), err
}

// Sign returns the HMAC-SHA256 of a message under the same secret as links, and
// under a label that says what it is for, so that it stands for nothing else. It
// fails while the secret can't be loaded.
func (l *Links) Sign(ctx context.Context, label string, message []byte) ([]byte, error) {
	secret, err := l.key(ctx)
	if err != nil {
		return nil, err
	}
	return macOf(secret, label, message), nil
}

func (l *Links) key(ctx context.Context) ([]byte, error) {
	if secret := l.secret.Load(); secret != nil {
		return *secret, nil
	}
	secret, err := l.load(ctx)
	if err == nil {
		l.secret.Store(&secret)
	}
	return secret, err
}

func idsOf(event domain.EventID, booking domain.BookingID) []byte {
	return append(append(make([]byte, 0, idsLength+macLength), event.UUID[:]...), booking.UUID[:]...)
}

// macOf is the HMAC of a message under a label, none of which is the beginning of
// another.
func macOf(secret []byte, label string, message []byte) []byte {
	mac := hmac.New(sha256.New, secret)
	mac.Write([]byte(label))
	mac.Write(message)
	return mac.Sum(nil)
}
