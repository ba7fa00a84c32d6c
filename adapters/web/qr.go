package web

import (
	"fmt"
	"html/template"
	"strings"

	"rsc.io/qr"
)

// qrMargin is how much light there must be around a code, in modules.
const qrMargin = 4

// qrCode draws a text as a QR code, with light around it, whatever the page looks
// like.
func qrCode(text, label string) (template.HTML, error) {
	code, err := qr.Encode(text, qr.M)
	if err != nil {
		return "", fmt.Errorf("web: encode a QR code: %w", err)
	}
	var dark strings.Builder // runs of dark modules, row by row
	for y := range code.Size {
		for x := 0; x < code.Size; x++ {
			from := x
			for x < code.Size && code.Black(x, y) {
				x++
			}
			if x > from {
				fmt.Fprintf(&dark, "M%d %dh%dv1h-%dz", from, y, x-from, x-from)
			}
		}
	}
	side := code.Size + 2*qrMargin
	svg := fmt.Sprintf(
		`<svg class="qr" role="img" aria-label="%s" viewBox="-%d -%d %d %d" shape-rendering="crispEdges">`+
			`<path fill="#fff" d="M-%d -%dh%dv%dh-%dz"/><path fill="#000" d="%s"/></svg>`,
		template.HTMLEscapeString(label), qrMargin, qrMargin, side, side, qrMargin, qrMargin, side, side, side, dark.String(),
	)
	return template.HTML(svg), nil // the label is escaped, the rest numbers
}
