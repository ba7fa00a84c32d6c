package memory

// chain links bookings by sequence. To add at the end and to remove anywhere
// take the same few steps however many there are.
type chain struct{ first, last int32 }

// links are a booking's neighbours in a chain.
type links struct{ before, after int32 }

// A booking is in two chains at most; these are its links in each.
func chained(b *booking) *links  { return &b.chained }
func ofPerson(b *booking) *links { return &b.ofPerson }

// link adds a booking at its place: nearly always that is the end, which is
// where it looks first.
func (e *event) link(c *chain, of func(*booking) *links, n int32) {
	before, after := c.last, int32(0)
	for before > n {
		before, after = of(e.bookings.at(before)).before, before
	}
	*of(e.bookings.at(n)) = links{before, after}
	e.join(c, of, before, n)
	e.join(c, of, n, after)
}

func (e *event) unlink(c *chain, of func(*booking) *links, n int32) {
	l := of(e.bookings.at(n))
	e.join(c, of, l.before, l.after)
	*l = links{}
}

// join makes two bookings neighbours; 0 is the end of the chain.
func (e *event) join(c *chain, of func(*booking) *links, before, after int32) {
	if before == 0 {
		c.first = after
	} else {
		of(e.bookings.at(before)).after = after
	}
	if after == 0 {
		c.last = before
	} else {
		of(e.bookings.at(after)).before = before
	}
}
