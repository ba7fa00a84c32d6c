package domain

import (
	"crypto/sha256"
	"encoding/binary"

	"github.com/google/uuid"
)

// creations is the namespace of the ids of what is created under an idempotency
// key.
var creations = uuid.MustParse("c1b7e0d2-63fa-5c49-a0c8-7e9d25b4f611")

// IdempotencyKey makes a command take effect once, however often it is sent.
// Only its hash is kept. The zero value is no key; make one with
// [NewIdempotencyKey].
type IdempotencyKey struct{ hash [sha256.Size]byte }

// NewIdempotencyKey is the key that a caller chose. Two callers may choose the
// same key; each key counts for one kind of command and one event, so it may
// come again with another. The same key with another request is refused.
func NewIdempotencyKey(caller, key string) IdempotencyKey {
	return IdempotencyKey{digest(caller, key)}
}

// IsZero reports whether there is no key.
func (k IdempotencyKey) IsZero() bool { return k == IdempotencyKey{} }

// KeyRecord is what an accepted command leaves under its idempotency key.
type KeyRecord struct {
	Key       [sha256.Size]byte // of the caller, their key and the operation
	Request   [sha256.Size]byte // of what was asked for
	UserID    UserID            // whom that names, zero if nobody
	BookingID BookingID         // that was made or changed, if one was
	TicketIDs []TicketID        // that were cancelled, if any were
}

// record makes the record of a command's key.
func (a about) record() KeyRecord {
	return KeyRecord{Key: a.keyHash(), Request: digest(a.request...), UserID: a.person}
}

// newID is the id of what is created: it follows from the key, so that a repeat
// finds it.
func (r KeyRecord) newID() uuid.UUID {
	const version = 8 // of UUIDs whose bits their maker defines
	return uuid.NewHash(sha256.New(), creations, r.Key[:], version)
}

func (a about) keyHash() [sha256.Size]byte { return digest(a.operation, string(a.key.hash[:])) }

// digest hashes a list of texts; each goes with its length, so that no two
// lists are hashed alike.
func digest(parts ...string) [sha256.Size]byte {
	var all []byte
	for _, part := range parts {
		all = binary.BigEndian.AppendUint64(all, uint64(len(part)))
		all = append(all, part...)
	}
	return sha256.Sum256(all)
}
