package memory

import "math/bits"

// leavers counts the places in the line that somebody left, among all places
// that were ever taken. Each place is a bit; a Fenwick tree over the counts of
// 64 places at a time answers in a number of steps that grows with their
// logarithm, and stays small enough for the processor's cache.
type leavers struct {
	words list[uint64] // the places, 64 a word, the first in the lowest bit
	sums  list[int32]  // at n, the leavers of the words above n-lowBit(n), up to n
}

const wordSize = 64

// leave marks a place, from 1, which must not be marked yet.
func (l *leavers) leave(place int32) {
	word, bit := locate(place)
	for l.words.count < word {
		l.grow()
	}
	*l.words.at(word) |= 1 << bit
	for n := word; n <= l.sums.count; n += lowBit(n) {
		*l.sums.at(n)++
	}
}

// grow adds a word without a leaver.
func (l *leavers) grow() {
	l.words.push(0)
	n := l.sums.push(0)
	*l.sums.at(n) = l.upTo(n-1) - l.upTo(n-lowBit(n))
}

// before counts the places marked before this one.
func (l *leavers) before(place int32) int64 {
	word, bit := locate(place)
	if word > l.words.count {
		return int64(l.upTo(l.words.count))
	}
	return int64(l.upTo(word-1)) + int64(bits.OnesCount64(*l.words.at(word)&(1<<bit-1)))
}

// upTo counts the leavers of the first words.
func (l *leavers) upTo(word int32) (sum int32) {
	for n := word; n > 0; n -= lowBit(n) {
		sum += *l.sums.at(n)
	}
	return sum
}

// locate returns the word of a place, from 1, and its bit there.
func locate(place int32) (word int32, bit uint32) {
	i := uint32(place - 1)
	return int32(i/wordSize) + 1, i % wordSize
}

func lowBit(n int32) int32 { return n & -n }
