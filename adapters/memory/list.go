package memory

const (
	chunkBits = 10
	chunkSize = 1 << chunkBits
)

// list is a slice in chunks: it grows without copying what it holds, and
// without keeping up to half of a very large array empty. Its elements are
// numbered from 1, so that 0 can say "none".
type list[T any] struct {
	chunks [][]T
	count  int32
}

// push adds an element and returns its number.
func (l *list[T]) push(v T) int32 {
	last := int(l.count >> chunkBits)
	if last == len(l.chunks) {
		var chunk []T // the first grows from nothing: most events are small
		if last > 0 {
			chunk = make([]T, 0, chunkSize)
		}
		l.chunks = append(l.chunks, chunk)
	}
	l.chunks[last] = append(l.chunks[last], v)
	l.count++
	return l.count
}

// at returns the n-th element, to read or to change. It stays where it is only
// until the next push.
func (l *list[T]) at(n int32) *T {
	i := n - 1
	return &l.chunks[i>>chunkBits][i&(chunkSize-1)]
}
