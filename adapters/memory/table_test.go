package memory

import (
	"encoding/binary"
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"
)

func TestTableFindsEveryRowWhateverTheOrderOfIDs(t *testing.T) {
	t.Parallel()
	const rows = 5*chunkSize + 7
	inOrder := make([]uint64, rows)
	for i := range inOrder {
		inOrder[i] = uint64(2 * i)
	}
	shuffled := slices.Clone(inOrder)
	rand.Shuffle(rows, func(i, j int) { shuffled[i], shuffled[j] = shuffled[j], shuffled[i] })
	backwards := slices.Clone(inOrder)
	slices.Reverse(backwards)

	for name, ids := range map[string][]uint64{
		"ascending":            inOrder,
		"descending":           backwards,
		"random":               shuffled,
		"ascending then lower": append(slices.Clone(inOrder[rows/2:]), inOrder[:rows/2]...),
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			var people table[person]
			require.Zero(t, people.find(numbered(ids[0])), "in an empty table")
			for i, id := range ids {
				require.Equal(t, int32(i+1), people.add(numbered(id), person{}))
				require.Equal(t, int32(i+1), people.find(numbered(id)))
			}
			for i, id := range ids {
				require.Equal(t, int32(i+1), people.find(numbered(id)))
				require.Zero(t, people.find(numbered(id+1)), "there is no such row")
			}
		})
	}
}

func TestTableGivesTheNumbersOfRemovedRowsAgain(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		var people table[person]
		there := make(map[uint64]int32)
		ids := rapid.SliceOfN(rapid.Uint64Range(0, 40), 1, 300).Draw(t, "who comes, or goes")
		most := 0
		for _, id := range ids {
			n := people.find(numbered(id))
			require.Equal(t, there[id], n)
			if n != 0 {
				people.remove(n)
				delete(there, id)
				continue
			}
			there[id] = people.add(numbered(id), person{claims: int32(id)})
			most = max(most, len(there))
		}
		require.Equal(t, most, int(people.count))
		for id := range uint64(41) {
			n := people.find(numbered(id))
			require.Equal(t, there[id], n)
			if n != 0 {
				require.Equal(t, person{claims: int32(id)}, *people.at(n))
			}
		}
	})
}

func numbered(n uint64) (id uuid.UUID) {
	binary.BigEndian.PutUint64(id[8:], n)
	return id
}
