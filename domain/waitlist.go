package domain

// join puts a booking at the end of the line.
func (p *part) join(b Booking) Booking {
	p.WaitingCount++
	p.JoinedCount++
	b.Status, b.Position = BookingWaiting, p.WaitingCount
	if p.wholeLine {
		p.line = append(p.line, b)
	}
	p.batch.record(WaitlistJoined{Booking: b, Joined: p.JoinedCount})
	return b
}

// leave takes a booking out of the line, wherever it stands.
func (p *part) leave(b Booking) {
	if p.left == nil {
		p.left = make(map[BookingID]bool)
	}
	p.left[b.ID] = true
	p.WaitingCount--
	p.hold(b.UserID, -b.Quantity)
	b.Status, b.Position = BookingCancelled, 0
	p.knowBooking(b)
	p.batch.record(WaitlistLeft{Booking: b, At: p.UpdatedAt})
}

// promoteAll gives tickets to the head of the line for as long as it fits.
func (p *part) promoteAll(s Stamp) error {
	_, err := p.promote(s, p.WaitingCount)
	return err
}

// promoteStep promotes into a larger capacity, PromotionStep bookings at the
// most; if the head still fits then, it takes back what nobody got, so that no
// ticket is free that somebody waits for.
func (p *part) promoteStep(s Stamp) error {
	more, err := p.promote(s, PromotionStep)
	if more {
		p.TotalTickets -= p.AvailableTickets
		p.AvailableTickets = 0
	}
	return err
}

// promote promotes most bookings at the most, and reports whether the head
// would fit even then. A booking is promoted whole or not at all, and nobody
// passes it.
func (p *part) promote(s Stamp, most int) (more bool, err error) {
	for p.WaitingCount > 0 && p.AvailableTickets > 0 {
		head, err := p.head()
		if err != nil || head.Quantity > p.AvailableTickets {
			return false, err
		}
		if most == 0 {
			return true, nil
		}
		most--
		p.line = p.line[1:]
		p.WaitingCount--
		p.PromotedCount++
		p.LastPromoted = head.Sequence
		p.batch.record(BookingPromoted{p.giveTickets(head, s)})
	}
	return false, nil
}

// head returns who is first in the line, passing over those who left.
func (p *part) head() (Booking, error) {
	for len(p.line) > 0 {
		head := p.line[0]
		if !p.left[head.ID] {
			return head, nil
		}
		p.line = p.line[1:]
	}
	return Booking{}, ErrNotLoaded
}
