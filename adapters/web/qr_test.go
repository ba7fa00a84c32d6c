package web_test

import (
	"fmt"
	"regexp"
	"testing"

	"github.com/stretchr/testify/require"
	"rsc.io/qr"

	"github.com/boxoffice-go/boxoffice/adapters/httpbase"
	"github.com/boxoffice-go/boxoffice/domain"
)

func TestATicketShowsTheCodeOfItsID(t *testing.T) {
	t.Parallel()
	s := newSite(t, httpbase.Config{})
	page := s.open().book(s.create(domain.Settings{TotalTickets: 2}), "ada@example.com", "2").body
	ids := regexp.MustCompile(`<code>([0-9a-f-]{36})</code>`).FindAllStringSubmatch(page, -1)
	drawn := regexp.MustCompile(`fill="#000" d="([^"]*)"`).FindAllStringSubmatch(page, -1)
	require.Len(t, ids, 2)
	require.Len(t, drawn, 2)
	run := regexp.MustCompile(`M\d+ \d+h\d+v1h-\d+z`)
	for i, id := range ids {
		code, err := qr.Encode(id[1], qr.M)
		require.NoError(t, err)
		dark := make(map[[2]int]bool)
		for _, found := range run.FindAllString(drawn[i][1], -1) {
			var x, y, width int
			_, err := fmt.Sscanf(found, "M%d %dh%dv1", &x, &y, &width)
			require.NoError(t, err)
			for j := range width {
				dark[[2]int{x + j, y}] = true
			}
		}
		for x := range code.Size {
			for y := range code.Size {
				require.Equal(t, code.Black(x, y), dark[[2]int{x, y}], "module %d, %d", x, y)
			}
		}
	}
}
