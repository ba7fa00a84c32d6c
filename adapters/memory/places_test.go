package memory

import (
	"testing"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/boxoffice-go/boxoffice/domain"
)

func TestWhatLeftBeforeAPlaceIsCountedAsByLookingAtEach(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		var counted places
		var before []int64           // tickets, at each place
		var left []domain.LeftBefore // at each place
		var tickets int64
		join := func(t *rapid.T) {
			for range rapid.IntRange(1, 200).Draw(t, "how many join") {
				quantity := 2 + len(left)%(domain.MaxQuantity-1)
				counted.join(domain.Joined{Number: int64(len(left)) + 1, TicketsBefore: tickets}, quantity)
				before = append(before, tickets)
				left = append(left, domain.LeftBefore{})
				tickets += int64(quantity)
			}
		}
		join(t)
		t.Repeat(map[string]func(*rapid.T){
			"join": join,
			"leave": func(t *rapid.T) {
				i := rapid.IntRange(0, len(left)-1).Draw(t, "who")
				quantity := 2 + int64(i)%(domain.MaxQuantity-1)
				switch {
				case left[i].Bookings == 1:
				case left[i].Tickets == 0 && rapid.Bool().Draw(t, "less"):
					counted.lessen(int64(i)+1, 1)
					left[i].Tickets = 1
				default:
					counted.leave(int64(i)+1, int(quantity-left[i].Tickets))
					left[i] = domain.LeftBefore{Bookings: 1, Tickets: quantity}
				}
			},
			"": func(t *rapid.T) {
				var all domain.LeftBefore
				for i := range left {
					number := int64(i) + 1
					require.Equal(t, domain.Joined{Number: number, TicketsBefore: before[i]}, counted.joined(number))
					require.Equal(t, all, counted.leftBefore(number))
					all.Bookings += left[i].Bookings
					all.Tickets += left[i].Tickets
				}
			},
		})
	})
}
