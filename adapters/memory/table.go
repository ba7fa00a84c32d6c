package memory

import (
	"hash/maphash"
	"math/bits"

	"github.com/google/uuid"
)

// seed keeps people from choosing identifiers that all fall into one bucket.
var seed = maphash.MakeSeed()

// table is a list of rows that are found by their ids. The zero value is empty.
//
// It is a hash table that grows by linear hashing: each row brings one bucket
// with it, which takes its share of the rows of one other bucket. So there is
// never a pause to rehash them all; to find a row costs 8 bytes beside its id,
// where a map of ids takes 25 to 50; and it takes two misses of the processor's
// cache, its bucket's and its own, however many rows there are.
type table[R any] struct {
	list[cell[R]]
	buckets list[int32] // the number of each bucket's first row
	spare   int32       // the first of the rows that were removed, chained too
}

// cell is a row with its id, in the chain of its bucket.
type cell[R any] struct {
	id   uuid.UUID
	next int32
	row  R
}

// at returns the n-th row; see [list.at].
func (t *table[R]) at(n int32) *R { return &t.list.at(n).row }

// id returns the id of the n-th row.
func (t *table[R]) id(n int32) uuid.UUID { return t.list.at(n).id }

// find returns the number of the row with this id, or 0.
func (t *table[R]) find(id uuid.UUID) int32 {
	if t.count == 0 {
		return 0
	}
	for n := *t.bucket(id); n != 0; {
		c := t.list.at(n)
		if c.id == id {
			return n
		}
		n = c.next
	}
	return 0
}

// add puts in a row whose id is not there yet, and returns its number: that of
// one that was removed, or the next one.
func (t *table[R]) add(id uuid.UUID, r R) int32 {
	if n := t.spare; n != 0 {
		first := t.bucket(id)
		c := t.list.at(n)
		t.spare = c.next
		*c = cell[R]{id: id, next: *first, row: r}
		*first = n
		return n
	}
	t.split()
	first := t.bucket(id)
	*first = t.push(cell[R]{id: id, next: *first, row: r})
	return *first
}

// remove takes the n-th row out; nothing is left of it.
func (t *table[R]) remove(n int32) {
	c := t.list.at(n)
	from := t.bucket(c.id)
	for *from != n {
		from = &t.list.at(*from).next
	}
	*from = c.next
	*c = cell[R]{next: t.spare}
	t.spare = n
}

// split adds a bucket and moves to it the rows that belong there now.
func (t *table[R]) split() {
	added := t.buckets.push(0)
	if added == 1 {
		return
	}
	// Before the bucket was there, its rows went to the one whose index lacks
	// the top bit.
	index := uint32(added - 1)
	from := t.buckets.at(int32(index&(mask(index)>>1)) + 1)
	to := t.buckets.at(added)
	for *from != 0 {
		n := *from
		c := t.list.at(n)
		if t.bucket(c.id) == to {
			*from, c.next, *to = c.next, *to, n
		} else {
			from = &c.next
		}
	}
}

// bucket returns the bucket of an id: as many of its hash's low bits as the
// last index has, or one less if there is no such bucket yet.
func (t *table[R]) bucket(id uuid.UUID) *int32 {
	hash := uint32(maphash.Comparable(seed, id))
	last := uint32(t.buckets.count - 1)
	index := hash & mask(last)
	if index > last {
		index = hash & (mask(last) >> 1)
	}
	return t.buckets.at(int32(index) + 1)
}

// mask has all the bits set that n needs.
func mask(n uint32) uint32 { return 1<<bits.Len32(n) - 1 }
