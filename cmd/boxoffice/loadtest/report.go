package loadtest

import (
	"bytes"
	"fmt"
	"io"
	"maps"
	"os"
	"slices"
	"text/tabwriter"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"
	"github.com/mattn/go-isatty"
)

// report is all that a load test found. Its JSON names are stable.
type report struct {
	Scenario    string    `json:"scenario"`
	Target      string    `json:"target"`
	Clients     int       `json:"clients"`
	Events      int       `json:"events"`
	Tickets     int       `json:"tickets"` // of each event
	HoldSeconds int       `json:"holdSeconds,omitzero"`
	Seconds     float64   `json:"seconds"`
	Interrupted bool      `json:"interrupted"`
	RateLimited bool      `json:"rateLimited"`
	Operations  []figures `json:"operations"` // only those that were called
	Total       total     `json:"total"`
	Books       books     `json:"books"`
	Cancelled   int       `json:"eventsCancelled"` // afterwards
}

type figures struct {
	Operation string           `json:"operation"`
	Count     int64            `json:"count"`
	PerSecond float64          `json:"perSecond"`
	Errors    map[string]int64 `json:"errors"` // by code
	Latency   latency          `json:"latencyMs"`
}

type latency struct {
	P50  float64 `json:"p50"`
	P90  float64 `json:"p90"`
	P99  float64 `json:"p99"`
	P999 float64 `json:"p999"`
	Max  float64 `json:"max"`
}

type total struct {
	Count     int64   `json:"count"`
	PerSecond float64 `json:"perSecond"`
	Errors    int64   `json:"errors"`
}

func (l *load) report(interrupted bool, checked books, cancelled int) report {
	r := report{
		Scenario:    l.config.Scenario,
		Target:      l.config.Target,
		Clients:     l.config.Clients,
		Events:      l.config.Events,
		Tickets:     l.config.Tickets,
		HoldSeconds: int(l.config.Hold.Seconds()),
		Seconds:     l.took.Seconds(),
		Interrupted: interrupted,
		Operations:  []figures{},
		Books:       checked,
		Cancelled:   cancelled,
	}
	for op := range l.measured {
		f := l.measured[op].figures(operation(op), r.Seconds)
		if f.Count == 0 && len(f.Errors) == 0 {
			continue
		}
		r.Operations = append(r.Operations, f)
		r.Total.Count += f.Count
		r.Total.PerSecond += f.PerSecond
		for code, n := range f.Errors {
			r.Total.Errors += n
			r.RateLimited = r.RateLimited || code == codeRateLimited
		}
	}
	return r
}

func (r report) writeJSON(w io.Writer) error {
	if err := json.MarshalWrite(w, r, json.Deterministic(true), jsontext.WithIndent("  ")); err != nil {
		return err
	}
	_, err := io.WriteString(w, "\n")
	return err
}

func (r report) writeText(w io.Writer) error {
	var out bytes.Buffer
	fmt.Fprintf(&out, "%s: %s, %s of %s, %.1f s", r.Scenario, count(int64(r.Clients), "client"),
		count(int64(r.Events), "event"), count(int64(r.Tickets), "ticket"), r.Seconds)
	if r.Interrupted {
		out.WriteString(", interrupted")
	}
	out.WriteString("\n\n")
	r.writeTable(&out)
	if r.RateLimited {
		fmt.Fprintf(&out, "\n%s\n", rateLimitedHint)
	}
	r.Books.write(&out)
	fmt.Fprintf(&out, "%s that this load created.\n", cancelledEvents(r.Cancelled))
	_, err := out.WriteTo(w)
	return err
}

func (r report) writeTable(out *bytes.Buffer) {
	var rows bytes.Buffer
	rows.WriteString("operation\tcount\trate/s\tp50 ms\tp90 ms\tp99 ms\tp99.9 ms\tmax ms\terrors\t\n")
	for _, f := range r.Operations {
		errors := int64(0)
		for _, n := range f.Errors {
			errors += n
		}
		fmt.Fprintf(&rows, "%s\t%d\t%.0f\t%.2f\t%.2f\t%.2f\t%.2f\t%.2f\t%d\t\n", f.Operation, f.Count, f.PerSecond,
			f.Latency.P50, f.Latency.P90, f.Latency.P99, f.Latency.P999, f.Latency.Max, errors)
	}
	fmt.Fprintf(&rows, "total\t%d\t%.0f\t\t\t\t\t\t%d\t\n", r.Total.Count, r.Total.PerSecond, r.Total.Errors)
	align(out, &rows, tabwriter.AlignRight)
	if r.Total.Errors == 0 {
		return
	}
	out.WriteString("\n")
	for _, f := range r.Operations {
		for _, code := range slices.Sorted(maps.Keys(f.Errors)) {
			fmt.Fprintf(&rows, "%s\t%s\t%d\n", f.Operation, code, f.Errors[code])
		}
	}
	align(out, &rows, 0)
}

// align moves rows of cells that end in tabs, or are parted by them, to out.
func align(out, rows *bytes.Buffer, flags uint) {
	table := tabwriter.NewWriter(out, 0, 0, 2, ' ', flags)
	_, _ = rows.WriteTo(table) // a buffer takes everything
	_ = table.Flush()
}

func (b books) write(out *bytes.Buffer) {
	switch {
	case b.Balanced:
		out.WriteString("\nThe books balance: ")
	case b.Violations > 0:
		fmt.Fprintf(out, "\nTHE BOOKS DON'T BALANCE, %s:\n", count(int64(b.Violations), "violation"))
		for _, example := range b.Examples {
			fmt.Fprintf(out, "  - %s\n", example)
		}
		if more := b.Violations - len(b.Examples); more > 0 {
			fmt.Fprintf(out, "  and %d more\n", more)
		}
		out.WriteString("Checked: ")
	default:
		fmt.Fprintf(out, "\nThe books could not all be read: %s\nChecked: ", b.Unread)
	}
	fmt.Fprintf(out, "%s of %s, the status of %s; %s with an unknown outcome.\n", count(b.Bookings, "booking"),
		count(int64(b.EventsWhole), "event"), count(int64(b.Events), "event"), count(int64(b.UnknownOutcomes), "call"))
}

func cancelledEvents(n int) string { return "Cancelled " + count(int64(n), "event") }

func count(n int64, what string) string {
	if n == 1 {
		return "1 " + what
	}
	return fmt.Sprintf("%d %ss", n, what)
}

func isTerminal(w io.Writer) bool {
	file, ok := w.(*os.File)
	return ok && isatty.IsTerminal(file.Fd())
}
