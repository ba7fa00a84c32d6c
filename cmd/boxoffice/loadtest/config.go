package loadtest

import (
	"errors"
	"fmt"
	"net/url"
	"time"
)

// maxTotalTickets is the largest capacity that an event may have.
const maxTotalTickets = 10_000_000

// Config is what a load test can be told.
type Config struct {
	Target   string        `default:"http://127.0.0.1:3000" help:"Address of the server."`
	Clients  int           `default:"64" help:"Clients, each with a connection and one call at a time."`
	Duration time.Duration `default:"10s" help:"How long the clients make calls."`
	Scenario string        `default:"hot" enum:"hot,spread,soldout,mixed,onsale" help:"What the clients do: ${enum}."`
	Events   int           `help:"Events that are created first; 0 is 10000 for spread, 8 for mixed, else 1."`
	Tickets  int           `help:"Tickets of each event; 0 is 1 for soldout, 1000 for mixed and onsale, else 10000000."`
	Hold     time.Duration `placeholder:"DURATION" help:"The events hold tickets for so long, 30s to 24h; people confirm, give up or come too late. 0 is none."`
	People   int           `default:"10000" help:"People who want to get in, for onsale."`
	APIKey   string        `name:"api-key" placeholder:"KEY" help:"API key of an organizer, if the server asks for one."`
	JSON     bool          `name:"json" help:"Report as JSON."`
	Seed     uint64        `default:"1" help:"Start of the random choices; with the same one, clients choose alike."`
}

// Validate names every setting that is out of range.
func (c Config) Validate() error {
	var errs []error
	check := func(ok bool, flag, rule string) {
		if !ok {
			errs = append(errs, fmt.Errorf("--%s must be %s", flag, rule))
		}
	}
	target, err := url.Parse(c.Target)
	check(err == nil && (target.Scheme == "http" || target.Scheme == "https") && target.Host != "",
		"target", "an address like http://127.0.0.1:3000")
	check(c.Clients >= 1 && c.Clients <= 10_000, "clients", "1 to 10000")
	check(c.Duration > 0 && c.Duration <= time.Hour, "duration", "more than 0 and at most 1h")
	_, known := scenarios[c.Scenario]
	check(known, "scenario", "hot, spread, soldout, mixed or onsale")
	check(c.Events >= 0 && c.Events <= 1_000_000, "events", "0 to 1000000")
	check(c.Tickets >= 0 && c.Tickets <= maxTotalTickets, "tickets", fmt.Sprintf("0 to %d", maxTotalTickets))
	check(c.Hold == 0 || c.Hold >= 30*time.Second && c.Hold <= 24*time.Hour && c.Hold%time.Second == 0, "hold", "0, or 30s to 24h in whole seconds")
	check(c.People >= 1 && c.People <= maxTotalTickets, "people", fmt.Sprintf("1 to %d", maxTotalTickets))
	return errors.Join(errs...)
}

// filled puts the scenario's own numbers where none were given.
func (c Config) filled() Config {
	own := scenarios[c.Scenario]
	if c.Events == 0 {
		c.Events = own.events
	}
	if c.Tickets == 0 {
		c.Tickets = own.tickets
	}
	return c
}
