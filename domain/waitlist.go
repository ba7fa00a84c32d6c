package domain

// LeftBefore is what left the line from places before a booking's: bookings
// that gave their place up, and tickets that they, and those who asked for less
// later, ask for no more.
type LeftBefore struct {
	Bookings int64
	Tickets  int64
}

// Place returns a waiting booking's position, from 1 at the head of the line,
// and how many tickets those before it ask for. Only the head is ever promoted,
// so all who were promoted stood before it; nothing is renumbered when the line
// moves.
func (l *Line) Place(j Joined, left LeftBefore) (position, ticketsAhead int) {
	return int(j.Number - l.Promoted - left.Bookings), int(j.TicketsBefore - l.PromotedTickets - left.Tickets)
}

// join puts a booking at the end of the line.
func (p *part) join(b *Booking) {
	b.Status = BookingWaiting
	b.Position, b.TicketsAhead = p.Line.Waiting+1, p.Line.WaitingTickets
	p.Line.Joined++
	b.Joined = Joined{Number: p.Line.Joined, TicketsBefore: p.Line.JoinedTickets}
	p.Line.JoinedTickets += int64(b.Quantity)
	if p.wholeLine {
		p.line = append(p.line, b)
	}
}

// leave takes a booking out of the line, wherever it stands.
func (p *part) leave(b *Booking) {
	p.change(b, func() { b.Status, b.Position, b.TicketsAhead = BookingCancelled, 0, 0 })
	p.record(Record{Kind: BookingLeft, Booking: b})
}

// promote gives tickets to the head of the line for as long as it fits. A
// booking is promoted whole or not at all, and nobody passes it.
func (p *part) promote() error {
	was := p.Promoting
	p.Promoting = false
	for p.promotes(p.now) && p.Line.Waiting > 0 && p.AvailableTickets > 0 {
		head, err := p.head()
		if err != nil {
			return err
		}
		if head.Quantity > p.AvailableTickets {
			break
		}
		if p.batch.promoted >= MostPromoted {
			p.Promoting = true
			break
		}
		p.promoteHead(head)
	}
	if was && !p.Promoting && !p.touched { // that nothing goes on must be kept, too
		p.touch()
		p.recordEvent(EventWasChanged, ByBoxoffice)
	}
	return nil
}

func (p *part) promoteHead(head *Booking) {
	p.line = p.line[1:]
	p.touch() // before the hold begins
	p.change(head, func() { p.giveTickets(head, p.ClaimSeconds) })
	p.Line.Promoted++
	p.Line.PromotedTickets += int64(head.Quantity)
	p.Line.LastPromoted = head.Sequence
	p.batch.promoted += head.Quantity
	p.record(Record{Kind: BookingWasPromoted, By: ByBoxoffice, Booking: head})
}

// head returns who is first in the line, passing over those who left.
func (p *part) head() (*Booking, error) {
	for len(p.line) > 0 {
		if p.line[0].Status == BookingWaiting {
			return p.line[0], nil
		}
		p.line = p.line[1:]
	}
	return nil, ErrNotLoaded
}

// promotable finds how many tickets promotion would give to the line in this
// batch if so many were free, and whether the head would fit even then.
func (p *part) promotable(free int) (tickets int, more bool, err error) {
	if !p.promotes(p.now) {
		return 0, false, nil
	}
	looked := 0
	for _, b := range p.line {
		if b.Status != BookingWaiting {
			continue
		}
		looked++
		if b.Quantity > free-tickets {
			return tickets, false, nil
		}
		if p.batch.promoted+tickets >= MostPromoted {
			return tickets, true, nil
		}
		tickets += b.Quantity
	}
	if looked < p.Line.Waiting && tickets < free {
		return 0, false, ErrNotLoaded
	}
	return tickets, false, nil
}

// raise raises the capacity, but only as far as it promotes if that is more
// than one transaction takes on: so no ticket is free that somebody waits for.
// The next transaction goes on; see [Event.WantedTickets].
func (p *part) raise(wanted int) error {
	rise := wanted - p.TotalTickets
	tickets, more, err := p.promotable(p.AvailableTickets + rise)
	if err != nil {
		return err
	}
	goesOn := 0
	if more {
		rise, goesOn = max(0, tickets-p.AvailableTickets), wanted
	}
	if rise == 0 && goesOn == p.WantedTickets {
		return nil
	}
	p.TotalTickets += rise
	p.AvailableTickets += rise
	p.WantedTickets = goesOn
	p.changedSettings()
	return p.promote()
}

// changedSettings records that the settings, the status or the capacity changed.
func (p *part) changedSettings() {
	p.touch()
	p.SettingsVersion = p.Version
	p.recordEvent(EventWasChanged, "")
}
