package main

import (
	"fmt"
	"io"
	"os"
	"time"

	"github.com/mattn/go-isatty"
	"github.com/rs/zerolog"
)

// newLogger writes log lines as the settings say.
func newLogger(s settings, stderr io.Writer) zerolog.Logger {
	if s.LogFormat == "console" || s.LogFormat == "auto" && isTerminal(stderr) {
		stderr = zerolog.ConsoleWriter{Out: stderr, TimeFormat: time.TimeOnly, NoColor: !isTerminal(stderr), FormatPrepare: summarize}
	}
	level, _ := zerolog.ParseLevel(s.LogLevel) // it was checked when it was parsed
	return zerolog.New(stderr).Level(level).With().Timestamp().Logger()
}

func isTerminal(w io.Writer) bool {
	file, ok := w.(*os.File)
	return ok && isatty.IsTerminal(file.Fd())
}

// summarize puts what people look for first of a request at the beginning of its
// line: the method, the route, the status and the time that it took.
func summarize(line map[string]any) error {
	method, isRequest := line["method"]
	if !isRequest {
		return nil
	}
	where := line["route"]
	if where == "" {
		where = line["path"]
	}
	line[zerolog.MessageFieldName] = fmt.Sprintf("%v %v %v %vms", method, where, line["status"], line["duration_ms"])
	for _, told := range []string{"method", "route", "path", "status", "duration_ms"} {
		delete(line, told)
	}
	return nil
}
