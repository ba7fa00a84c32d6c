package main

import (
	"io"
	"os"
	"time"

	"github.com/mattn/go-isatty"
	"github.com/rs/zerolog"
)

// newLogger writes log lines as the settings say.
func newLogger(s settings, stderr io.Writer) zerolog.Logger {
	if s.LogFormat == "console" || s.LogFormat == "auto" && isTerminal(stderr) {
		stderr = zerolog.ConsoleWriter{Out: stderr, TimeFormat: time.TimeOnly, NoColor: !isTerminal(stderr)}
	}
	level, _ := zerolog.ParseLevel(s.LogLevel) // it was checked when it was parsed
	return zerolog.New(stderr).Level(level).With().Timestamp().Logger()
}

func isTerminal(w io.Writer) bool {
	file, ok := w.(*os.File)
	return ok && isatty.IsTerminal(file.Fd())
}
