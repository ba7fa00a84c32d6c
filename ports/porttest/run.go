package porttest

import (
	"testing"

	"github.com/boxoffice-go/boxoffice/ports"
)

// rule is one thing that a store is held to.
type rule struct {
	name  string
	check func(f *fixture)
}

// Run holds a store to all rules of [ports.Store]. open is called for each of
// the tests, several of which run at a time; it may return the same store
// again, and the store may hold other events.
func Run(t *testing.T, open func(t *testing.T) ports.Store) {
	t.Helper()
	RunRules(t, open)
	RunProperties(t, open(t))
}

// RunRules is Run without what random commands do; see [RunProperties].
func RunRules(t *testing.T, open func(t *testing.T) ports.Store) {
	t.Helper()
	groups := []struct {
		name  string
		rules []rule
	}{
		{"Create", createRules},
		{"Update", updateRules},
		{"Need", needRules},
		{"Isolation", isolationRules},
		{"Bookings", bookingsRules},
		{"Paging", pagingRules},
		{"People", peopleRules},
		{"Waitlist", waitlistRules},
		{"Holds", holdRules},
		{"Due", dueRules},
		{"Journal", journalRules},
		{"Erasure", erasureRules},
		{"Secret", secretRules},
		{"Sizes", sizeRules},
	}
	for _, group := range groups {
		t.Run(group.name, func(t *testing.T) {
			t.Parallel()
			for _, rule := range group.rules {
				t.Run(rule.name, func(t *testing.T) {
					t.Parallel()
					rule.check(&fixture{tb: t, store: open(t)})
				})
			}
		})
	}
}
