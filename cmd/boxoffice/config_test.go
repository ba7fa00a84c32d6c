package main

import (
	"bytes"
	"fmt"
	"io"
	"net/netip"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/boxoffice-go/boxoffice/adapters/httpbase"
	"github.com/boxoffice-go/boxoffice/app"
)

// env is an environment that no other test sees.
type env map[string]string

func (e env) get(name string) string { return e[name] }

func parseServe(t *testing.T, variables env, args ...string) settings {
	t.Helper()
	var line commandLine
	_, err := parse(&line, args, variables.get, output{io.Discard, io.Discard})
	require.NoError(t, err)
	return line.Serve.settings
}

func runToEnd(t *testing.T, variables env, args ...string) (code int, stdout, stderr string) {
	t.Helper()
	var out, err bytes.Buffer
	code = run(t.Context(), args, variables.get, &out, &err)
	return code, out.String(), err.String()
}

func TestSettingComesFromFlagThenVariableThenDefault(t *testing.T) {
	t.Parallel()
	variables := env{"BOXOFFICE_ADDR": "127.0.0.1:1", "BOXOFFICE_MAX_BATCH": "7", "BOXOFFICE_MIGRATE": "true", "BOXOFFICE_LANES": ""}

	for _, args := range [][]string{{"--addr=127.0.0.1:2"}, {"serve", "--addr", "127.0.0.1:2"}} {
		s := parseServe(t, variables, args...)
		assert.Equal(t, address("127.0.0.1:2"), s.Addr)
		assert.Equal(t, positive(7), s.MaxBatch)
		assert.True(t, s.Migrate)
		assert.Equal(t, positive(app.DefaultOptions().Lanes), s.Lanes, "an empty variable is like none")
		assert.Equal(t, rateLimit{Tokens: 100, Interval: time.Minute}, s.RateLimit)
	}
	assert.False(t, parseServe(t, variables, "--migrate=false").Migrate)
	assert.Equal(t, address("127.0.0.1:1"), parseServe(t, variables).Addr)
}

func TestLastOfRepeatedFlagWins(t *testing.T) {
	t.Parallel()
	s := parseServe(t, env{"BOXOFFICE_TRUSTED_PROXIES": "192.168.0.0/16"},
		"--lanes=1", "--lanes=2",
		"--migrate", "--migrate=false",
		"--rate-limit=off", "--rate-limit=5/1s",
		"--log-format=json", "--log-format=console",
		"--drain-delay=1s", "--drain-delay=2s",
		"--trusted-proxies=10.0.0.0/8,172.16.0.0/12", "--trusted-proxies=fd00::1/8",
		"--key-rate-limit=5/1s", "--key-rate-limit=off",
		"--cors-origins=https://a.example", "--cors-origins=https://b.example, http://[::1]:8080",
		"--api-keys-file=a", "--api-keys-file=b",
		"--insecure", "--insecure=false",
	)
	assert.Equal(t, positive(2), s.Lanes)
	assert.False(t, s.Migrate)
	assert.Equal(t, rateLimit(httpbase.RateLimit{Tokens: 5, Interval: time.Second}), s.RateLimit)
	assert.Equal(t, "console", s.LogFormat)
	assert.Equal(t, notNegative(2*time.Second), s.DrainDelay)
	assert.Equal(t, networks{netip.MustParsePrefix("fd00::/8")}, s.TrustedProxies)
	assert.Zero(t, s.KeyRateLimit)
	assert.Equal(t, origins{"https://b.example", "http://[::1]:8080"}, s.CORSOrigins)
	assert.Equal(t, "b", s.APIKeysFile)
	assert.False(t, s.Insecure)
}

func TestBadValueIsRefusedNamingTheSetting(t *testing.T) {
	t.Parallel()
	for flag, values := range map[string][]string{
		"addr":           {"localhost", "127.0.0.1:70000", "127.0.0.1:http"},
		"mysql-dsn":      {"nonsense", "user:secret@tcp(127.0.0.1:3306", "user:secret@tcp(127.0.0.1:3306)/"},
		"migrate":        {"perhaps"},
		"isolation":      {"READ-UNCOMMITTED", "serializable"},
		"key-rate-limit": {"100", "40000/1s"},
		"cors-origins": {
			"*", "null", "shop.example.com", "https://", "https://shop.example.com/", "https://shop.example.com:443", "http://shop.example.com:80",
			"https://shop.example.com:", "https://*.example.com", "https://Shop.example.com", "https://user@example.com", "https://a.example?b",
			"https://a.example#b", "ftp://shop.example.com", "https://a.example:999999", "https://a.example,", "https://bücher.example",
		},
		"rate-limit":        {"100", "100/", "/1m", "0/1m", "-1/1m", "100/0s", "100/1", "none", "4000000000/1s"},
		"trusted-proxies":   {"10.0.0.1", "10.0.0.0/33", "10.0.0.0/8,,"},
		"lanes":             {"0", "-1", "two", "1.5", "99999999999"},
		"max-batch":         {"0"},
		"max-events-per-tx": {"0"},
		"max-pending":       {"0"},
		"drain-delay":       {"-1s", "5", "soon"},
		"shutdown-timeout":  {"-1s", "5"},
		"log-level":         {"loud"},
		"log-format":        {"xml"},
	} {
		for _, value := range values {
			for source, code := range map[string]func() (int, string, string){
				"flag":     func() (int, string, string) { return runToEnd(t, nil, "--"+flag+"="+value) },
				"variable": func() (int, string, string) { return runToEnd(t, env{variable(flag): value}) },
			} {
				t.Run(flag+"="+value+" as "+source, func(t *testing.T) {
					t.Parallel()
					code, _, stderr := code()
					assert.Equal(t, exitUsage, code)
					assert.Contains(t, stderr, "--"+flag)
					assert.NotContains(t, stderr, "secret", "a password is never shown")
				})
			}
		}
	}
}

func TestHelpListsEverySettingWithDefaultAndVariable(t *testing.T) {
	t.Parallel()
	// Help doesn't depend on what else is wrong.
	code, stdout, _ := runToEnd(t, env{"BOXOFFICE_LANES": "none"}, "serve", "--help")
	require.Equal(t, exitOK, code)
	help := strings.Join(strings.Fields(stdout), " ")
	for flag, standard := range map[string]string{
		"addr":              "default 127.0.0.1:3000, ",
		"mysql-dsn":         "",
		"migrate":           "default false, ",
		"isolation":         "default SERIALIZABLE, ",
		"api-keys-file":     "",
		"insecure":          "default false, ",
		"rate-limit":        "default 100/1m, ",
		"key-rate-limit":    "default off, ",
		"cors-origins":      "",
		"trusted-proxies":   "",
		"lanes":             fmt.Sprintf("default %d, ", app.DefaultOptions().Lanes),
		"max-batch":         "default 512, ",
		"max-events-per-tx": "default 256, ",
		"max-pending":       "default 16384, ",
		"drain-delay":       "default 0s, ",
		"shutdown-timeout":  "default 15s, ",
		"log-level":         "default info, ",
		"log-format":        "default auto, ",
	} {
		assert.Contains(t, help, "--"+flag)
		assert.Contains(t, help, "("+standard+"$"+variable(flag)+")")
	}
}

func TestWrongUsageExitsWith2(t *testing.T) {
	t.Parallel()
	for name, args := range map[string][]string{
		"unknown command":          {"sell"},
		"unknown flag":             {"--sell"},
		"unknown migration":        {"migrate", "sideways", "--mysql-dsn=user@tcp(127.0.0.1:1)/boxoffice"},
		"migrate without database": {"migrate", "up"},
		"migrate without command":  {"migrate"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			code, _, stderr := runToEnd(t, nil, args...)
			assert.Equal(t, exitUsage, code)
			assert.Contains(t, stderr, "boxoffice: ")
		})
	}
}

func TestVersionIsShown(t *testing.T) {
	t.Parallel()
	code, stdout, _ := runToEnd(t, nil, "version")
	assert.Equal(t, exitOK, code)
	assert.NotEmpty(t, strings.TrimSpace(stdout))
}
