package domain

// ErasePerson makes it impossible to tell whose a person's bookings of one event
// were: their identifier is gone, and they have a random user id. What the person
// has stays. What idempotency keys remember of the person's requests, a store
// forgets when it is told to.
type ErasePerson struct {
	EventID EventID
	Person  Person
	// NewUserID is the random id that all of them get.
	NewUserID UserID
	Force     bool   // also while they have tickets or wait
	By        string // who asks, for the journal
}

// Validate names every field that is missing, with [CodeValidation].
func (c ErasePerson) Validate() error { return c.Person.check() }

func (c ErasePerson) about() about {
	return about{event: c.EventID, by: c.By, operation: "erase person", tickets: MostErased}
}

func (c ErasePerson) need(n *Need, _ *Event) {
	n.Erase = append(n.Erase, c.Person.userID)
	n.touched += MostErased
}

// decide erases the person from at most [MostErased] bookings, and says from
// how many: send it again until that is none. Refused with
// [ErrPersonHasBookings], unless forced, while the person has tickets or waits in
// an event that isn't cancelled.
func (c ErasePerson) decide(p *part, _ *Booking) (Result, error) {
	theirs, asked := p.erase[c.Person.userID]
	if !asked {
		return Result{}, ErrNotLoaded
	}
	if !c.Force && p.Status != EventCancelled {
		for _, b := range theirs {
			if b.UserID == c.Person.userID && !b.isOver() {
				return Result{}, ErrPersonHasBookings
			}
		}
	}
	erased := 0
	for _, b := range theirs {
		if b.UserID != c.Person.userID {
			continue
		}
		p.claim(b.UserID, -b.claims())
		b.wear(c.NewUserID, "")
		p.record(Record{Kind: PersonErased, Booking: b, From: c.Person.userID})
		erased++
	}
	return Result{Erased: erased}, nil
}
