package view_test

import (
	"encoding/json"
	"fmt"

	"github.com/boxoffice-go/boxoffice/adapters/httpbase/view"
	"github.com/boxoffice-go/boxoffice/domain"
)

// A booking as callers see it.
func ExampleBookingOf() {
	booking := domain.Booking{Identifier: "ada@example.com", Quantity: 2, Sequence: 7, Status: domain.BookingWaiting, Position: 3, TicketsAhead: 5}
	text, err := json.Marshal(view.BookingOf(booking, ""))
	if err != nil {
		fmt.Println(err)
		return
	}
	var shown struct {
		Status                           string
		Sequence, Position, TicketsAhead int
	}
	if err := json.Unmarshal(text, &shown); err != nil {
		fmt.Println(err)
		return
	}
	fmt.Printf("%+v\n", shown)
	// Output: {Status:WAITING Sequence:7 Position:3 TicketsAhead:5}
}
