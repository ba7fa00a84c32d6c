package memory

import (
	"testing"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"
)

func TestLeaversAreCountedAsByCountingThem(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		const places = 5000
		var counted leavers
		var left [places + 1]bool
		for _, place := range rapid.SliceOfDistinct(rapid.Int32Range(1, places), rapid.ID).Draw(t, "who leaves") {
			counted.leave(place)
			left[place] = true
		}

		var before int64
		for place := int32(1); place <= places; place++ {
			require.Equal(t, before, counted.before(place), "before %d", place)
			if left[place] {
				before++
			}
		}
	})
}
