package memory

import (
	"sort"

	"github.com/boxoffice-go/boxoffice/ports"
)

// journal has a row for each transaction that changed the event. What they say
// stands one after another in large texts, which are only ever added to.
type journal struct {
	rows  list[journalRow]
	texts [][]byte
}

type journalRow struct {
	lastVersion int64
	text        int32 // its index in texts
	start, end  uint32
}

const textSize = 256 << 10

func (j *journal) add(r ports.JournalRow) {
	last := len(j.texts) - 1
	if last < 0 || len(j.texts[last])+len(r.Records) > textSize {
		var text []byte // the first grows from nothing: most events are small
		if last >= 0 {
			text = make([]byte, 0, max(textSize, len(r.Records)))
		}
		j.texts = append(j.texts, text)
		last++
	}
	start := len(j.texts[last])
	j.texts[last] = append(j.texts[last], r.Records...)
	j.rows.push(journalRow{r.LastVersion, int32(last), uint32(start), uint32(len(j.texts[last]))})
}

// after returns the rows that may have records after a cursor, encoded, as many
// as a page of so many records can take. They stay as they are, whatever is
// added later.
func (j *journal) after(c ports.JournalCursor, limit int) [][]byte {
	all := int(j.rows.count)
	first := sort.Search(all, func(i int) bool { return j.rows.at(int32(i)+1).lastVersion >= c.Version })
	// The first one may end with the cursor; each other one has a record at least.
	rows := make([][]byte, min(limit, all-first-1)+1)
	for i := range rows {
		r := j.rows.at(int32(first + i + 1))
		rows[i] = j.texts[r.text][r.start:r.end]
	}
	return rows
}
