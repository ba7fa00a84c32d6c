package main

import (
	"bytes"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

func TestTheConsoleShowsFirstWhatPeopleLookFor(t *testing.T) {
	t.Parallel()
	var out bytes.Buffer
	logger := newLogger(settings{LogFormat: "console", LogLevel: "info"}, &out)
	logger.Info().Str("method", "POST").Str("route", "/book").Int("status", 201).
		Dur("duration_ms", 1500*time.Microsecond).Int("bytes", 7).Msg("request")
	logger.Info().Str("method", "GET").Str("route", "").Int("status", 404).
		Dur("duration_ms", time.Millisecond).Str("path", "/*").Str("code", "route_not_found").Msg("request")
	logger.Info().Str("addr", "x").Msg("listening")
	lines := strings.Split(out.String(), "\n")
	require.Contains(t, lines[0], "INF POST /book 201 1.5ms bytes=7")
	require.Contains(t, lines[1], "INF GET /* 404 1ms code=route_not_found")
	require.Contains(t, lines[2], "INF listening addr=x")
	require.NotContains(t, out.String(), "request")
}
