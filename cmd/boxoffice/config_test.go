package main

import (
	"bytes"
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

func parseServe(t *testing.T, variables environment, args ...string) settings {
	t.Helper()
	var line commandLine
	_, err := parse(&line, args, variables, streams{stdout: io.Discard, stderr: io.Discard})
	require.NoError(t, err)
	return line.Serve.settings
}

func runToEnd(t *testing.T, variables environment, args ...string) (code int, stdout, stderr string) {
	t.Helper()
	var out, err bytes.Buffer
	code = run(t.Context(), args, variables, streams{strings.NewReader(""), &out, &err})
	return code, out.String(), err.String()
}

func TestSettingComesFromFlagThenVariableThenDefault(t *testing.T) {
	t.Parallel()
	variables := environment{"BOXOFFICE_ADDR": "127.0.0.1:1", "BOXOFFICE_MAX_BATCH": "7", "BOXOFFICE_MIGRATE": "true", "BOXOFFICE_TRUSTED_PROXIES": ""}

	for _, args := range [][]string{{"--addr=127.0.0.1:2"}, {"serve", "--addr", "127.0.0.1:2"}} {
		s := parseServe(t, variables, args...)
		assert.Equal(t, address("127.0.0.1:2"), s.Addr)
		assert.Equal(t, positive(7), s.MaxBatch)
		assert.True(t, s.Migrate)
		assert.Equal(t, 1, s.lanes())
		assert.Empty(t, s.TrustedProxies)
	}
	assert.False(t, parseServe(t, variables, "--migrate=false").Migrate)
	assert.Equal(t, address("127.0.0.1:1"), parseServe(t, variables).Addr)
}

func TestLastOfRepeatedFlagWins(t *testing.T) {
	t.Parallel()
	s := parseServe(t, environment{"BOXOFFICE_TRUSTED_PROXIES": "192.168.0.0/16"},
		"--lanes=none", "--lanes=2",
		"--migrate=perhaps", "--migrate=false",
		"--rate-limit=off", "--rate-limit=5/1s",
		"--log-format=xml", "--log-format=console",
		"--drain-delay=1s", "--drain-delay=2s",
		"--trusted-proxies=10.0.0.0/8,172.16.0.0/12", "--trusted-proxies=fd00::1/8",
		"--key-rate-limit=5/1s", "--key-rate-limit=off",
		"--cors-origins=https://a.example", "--cors-origins=https://b.example, http://[::1]:8080",
		"--api-keys-file=", "--api-keys-file=b",
		"--insecure", "--insecure=false",
	)
	assert.Equal(t, 2, s.lanes())
	assert.False(t, s.Migrate)
	assert.Equal(t, httpbase.RateLimit{Tokens: 5, Interval: time.Second}, s.clientLimit())
	assert.Equal(t, "console", s.LogFormat)
	assert.Equal(t, notNegative(2*time.Second), s.DrainDelay)
	assert.Equal(t, networks{netip.MustParsePrefix("fd00::/8")}, s.TrustedProxies)
	assert.Zero(t, s.KeyRateLimit)
	assert.Equal(t, origins{"https://b.example", "http://[::1]:8080"}, s.CORSOrigins)
	assert.Equal(t, nonEmpty("b"), s.APIKeysFile)
	assert.False(t, s.Insecure)
}

func TestBadValueIsRefusedNamingTheSetting(t *testing.T) {
	t.Parallel()
	for flag, values := range map[string][]string{
		"addr":           {"", "localhost", "127.0.0.1:70000", "127.0.0.1:http"},
		"api-keys-file":  {""},
		"store":          {"", "MySQL", "postgres"},
		"sqlite-file":    {""},
		"mysql-dsn":      {"", "nonsense", "user:secret@tcp(127.0.0.1:3306", "user:secret@tcp(127.0.0.1:3306)/"},
		"migrate":        {"", "perhaps"},
		"isolation":      {"", "READ-UNCOMMITTED", "serializable"},
		"key-rate-limit": {"100", "40000/1s"},
		"cors-origins": {
			"*", "null", "shop.example.com", "https://", "https://shop.example.com/", "https://shop.example.com:443", "http://shop.example.com:80",
			"https://shop.example.com:", "https://*.example.com", "https://Shop.example.com", "https://user@example.com", "https://a.example?b",
			"https://a.example#b", "ftp://shop.example.com", "https://a.example:999999", "https://a.example,", "https://bücher.example",
		},
		"rate-limit":        {"", "100", "100/", "/1m", "0/1m", "-1/1m", "100/0s", "100/1", "none", "4000000000/1s"},
		"trusted-proxies":   {"10.0.0.1", "10.0.0.0/33", "10.0.0.0/8,,"},
		"lanes":             {"", "0", "-1", "two", "1.5", "99999999999"},
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
				"variable": func() (int, string, string) { return runToEnd(t, environment{variableOf(flag): value}) },
			} {
				t.Run(flag+"="+value+" as "+source, func(t *testing.T) {
					t.Parallel()
					code, _, stderr := code()
					assert.Equal(t, exitUsage, code)
					assert.Contains(t, stderr, "--"+flag+" (or "+variableOf(flag)+")")
					assert.True(t, strings.HasSuffix(stderr, "\nSee boxoffice serve --help.\n"), stderr)
					assert.NotContains(t, stderr, "secret", "a password is never shown")
				})
			}
		}
	}
}

func TestHelpListsEverySettingWithDefaultAndVariable(t *testing.T) {
	t.Parallel()
	// Help doesn't depend on what else is wrong.
	code, stdout, _ := runToEnd(t, environment{"BOXOFFICE_LANES": "none", "BOXOFFICE_LANE": "3"}, "serve", "--help")
	require.Equal(t, exitOK, code)
	help := strings.Join(strings.Fields(stdout), " ")
	for flag, standard := range map[string]string{
		"addr":              "default 127.0.0.1:3000, ",
		"mysql-dsn":         "",
		"migrate":           "default false, ",
		"isolation":         "",
		"api-keys-file":     "",
		"insecure":          "default false, ",
		"rate-limit":        "",
		"store":             "",
		"key-rate-limit":    "default off, ",
		"cors-origins":      "",
		"trusted-proxies":   "",
		"lanes":             "",
		"sqlite-file":       "",
		"max-batch":         "default 512, ",
		"max-events-per-tx": "default 256, ",
		"max-pending":       "default 16384, ",
		"drain-delay":       "default 0s, ",
		"shutdown-timeout":  "default 15s, ",
		"log-level":         "default info, ",
		"log-format":        "default auto, ",
	} {
		assert.Contains(t, help, "--"+flag)
		assert.Contains(t, help, "("+standard+"$"+variableOf(flag)+")")
	}
}

// variableOf is written anew: everybody may rely on it.
func variableOf(flag string) string {
	return "BOXOFFICE_" + strings.ToUpper(strings.ReplaceAll(flag, "-", "_"))
}

func TestWrongUsageExitsWith2AndPointsToTheHelpThatTells(t *testing.T) {
	t.Parallel()
	const dsn = "--mysql-dsn=user@tcp(127.0.0.1:1)/boxoffice"
	for name, wrong := range map[string]struct {
		args    []string
		message string
		help    string
	}{
		"mistyped command":        {[]string{"migrat", "up"}, `there is no command "migrat"; did you mean "migrate"?`, "boxoffice"},
		"unknown flag":            {[]string{"--lane=3"}, `unknown flag --lane, did you mean "--lanes"?`, "boxoffice serve"},
		"unknown migration":       {[]string{"migrate", "sideways", dsn}, "sideways", "boxoffice migrate"},
		"mistyped migration":      {[]string{"migrate", "don", dsn}, `did you mean "down"?`, "boxoffice migrate"},
		"migrate memory":          {[]string{"migrate", "up", "--store=memory"}, "--store", "boxoffice migrate up"},
		"migrate two":             {[]string{"migrate", "up", dsn, "--sqlite-file=a"}, "--sqlite-file", "boxoffice migrate up"},
		"back up MySQL":           {[]string{"backup", "copy", dsn}, "mysqldump", "boxoffice backup"},
		"back up memory":          {[]string{"backup", "copy", "--store=memory"}, "memory is not kept", "boxoffice backup"},
		"back up to nowhere":      {[]string{"backup"}, "<file>", "boxoffice backup"},
		"migrate a bad address":   {[]string{"migrate", "up", "--mysql-dsn=nowhere"}, "--mysql-dsn", "boxoffice migrate up"},
		"migrate without command": {[]string{"migrate"}, "up", "boxoffice migrate"},
		"negative number":         {[]string{"--lanes", "-5"}, `--lanes (or BOXOFFICE_LANES): must be a whole number from 1, not "-5"`, "boxoffice serve"},
		"no value":                {[]string{"serve", "--lanes"}, `--lanes (or BOXOFFICE_LANES): must be a whole number from 1, not ""`, "boxoffice serve"},
		"a flag for a value":      {[]string{"--addr", "--insecure"}, `--addr (or BOXOFFICE_ADDR): must be host:port, like 127.0.0.1:3000, not "--insecure"`, "boxoffice serve"},
		"the last one is bad":     {[]string{"--lanes=3", "--lanes=none"}, `not "none"`, "boxoffice serve"},
		"health of no address":    {[]string{"health", "127.0.0.1:3000"}, `must be like http://127.0.0.1:3000, not "127.0.0.1:3000"`, "boxoffice health"},
		"load without clients":    {[]string{"loadtest", "--scenario=cold"}, "--scenario", "boxoffice loadtest"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			code, _, stderr := runToEnd(t, nil, wrong.args...)
			assert.Equal(t, exitUsage, code)
			assert.True(t, strings.HasPrefix(stderr, "boxoffice: "), stderr)
			assert.Contains(t, stderr, wrong.message)
			assert.True(t, strings.HasSuffix(stderr, "\nSee "+wrong.help+" --help.\n"), stderr)
		})
	}
}

func TestSettingsThatDoNotGoTogetherAreRefused(t *testing.T) {
	t.Parallel()
	for name, wrong := range map[string]struct {
		variables environment
		args      []string
		named     []string
	}{
		"MySQL without an address":  {nil, []string{"--store=mysql"}, []string{"--store", "--mysql-dsn"}},
		"memory with an address":    {environment{"BOXOFFICE_MYSQL_DSN": nowhere}, []string{"--store=memory"}, []string{"--store memory", "BOXOFFICE_MYSQL_DSN"}},
		"SQLite with an address":    {environment{"BOXOFFICE_MYSQL_DSN": nowhere}, []string{"--store=sqlite"}, []string{"--store sqlite", "BOXOFFICE_MYSQL_DSN"}},
		"memory with a file":        {environment{"BOXOFFICE_SQLITE_FILE": "a"}, []string{"--store=memory"}, []string{"--store memory", "BOXOFFICE_SQLITE_FILE"}},
		"an address and a file":     {environment{"BOXOFFICE_MYSQL_DSN": nowhere}, []string{"--sqlite-file=a"}, []string{"--mysql-dsn", "--sqlite-file"}},
		"a migration without MySQL": {environment{"BOXOFFICE_MIGRATE": "true"}, nil, []string{"BOXOFFICE_MIGRATE", "--mysql-dsn"}},
		"SQLite with many lanes":    {environment{"BOXOFFICE_LANES": "2"}, nil, []string{"BOXOFFICE_LANES", "SQLite"}},
	} {
		code, _, stderr := runToEnd(t, wrong.variables, append([]string{"--addr=127.0.0.1:0"}, wrong.args...)...)
		assert.Equal(t, exitUsage, code, name)
		for _, setting := range wrong.named {
			assert.Contains(t, stderr, setting, name)
		}
	}
}

func TestWhereDataIsKept(t *testing.T) {
	t.Parallel()
	for args, store := range map[string]storeName{
		"":                   storeSQLite,
		"--sqlite-file=a":    storeSQLite,
		"--mysql-dsn=a":      storeMySQL,
		"--store=memory":     storeMemory,
		"--isolation=server": storeSQLite,
	} {
		s := parseServe(t, nil, strings.Fields(args)...)
		assert.Equal(t, store, s.where(), args)
		require.NoError(t, s.check())
	}
	assert.Equal(t, "boxoffice.db", parseServe(t, nil).file())
	assert.Equal(t, app.DefaultOptions().Lanes, parseServe(t, nil, "--store=memory").lanes())
}

func TestVariableThatIsNoSettingIsRefusedWithTheNearest(t *testing.T) {
	t.Parallel()
	for variable, meant := range map[string]string{
		"BOXOFFICE_MYSQL_DNS": "BOXOFFICE_MYSQL_DSN",
		"BOXOFFICE_API_KEYS":  "BOXOFFICE_API_KEYS_FILE",
		"BOXOFFICE_API_KEY":   "BOXOFFICE_API_KEYS_FILE", // one of boxoffice loadtest, but serve would not ask for keys
		"BOXOFFICE_LANE":      "BOXOFFICE_LANES",
		"BOXOFFICE_VERSION":   "",
		"BOXOFFICE_":          "",
	} {
		for _, args := range [][]string{{"--addr=127.0.0.1:0"}, {"serve", "--addr=127.0.0.1:0"}} {
			code, _, stderr := runToEnd(t, environment{variable: "1"}, args...)
			assert.Equal(t, exitUsage, code)
			assert.Contains(t, stderr, "sets "+variable+", which is no setting; did you mean "+meant)
		}
	}
	others := environment{
		"PATH": "/bin", "BOXOFFICE": "", "BOXOFFICE_TEST_MYSQL": "required", "BOXOFFICE_SERVICE_HOST": "10.0.0.1", "BOXOFFICE_SERVICE_PORT": "80",
		"BOXOFFICE_PORT": "tcp://10.0.0.1:80", "BOXOFFICE_PORT_80_TCP_ADDR": "10.0.0.1",
	}
	assert.Equal(t, address("127.0.0.1:3000"), parseServe(t, others).Addr)
	code, stdout, stderr := runToEnd(t, environment{"BOXOFFICE_LANE": "3", "BOXOFFICE_VERSION": "1"}, "version")
	assert.Equal(t, exitOK, code, stderr)
	assert.NotEmpty(t, stdout, "only a server is told by variables")
}

func TestClientsAreLimitedWhereOthersCanCall(t *testing.T) {
	t.Parallel()
	limited, unlimited := httpbase.RateLimit{Tokens: 100, Interval: time.Minute}, httpbase.RateLimit{}
	for args, limit := range map[string]httpbase.RateLimit{
		"":                               unlimited,
		"--addr=0.0.0.0:3000 --insecure": limited,
		"--api-keys-file=keys":           limited,
		"--rate-limit=5/1s":              {Tokens: 5, Interval: time.Second},
		"--addr=0.0.0.0:3000 --insecure --rate-limit=off": unlimited,
	} {
		assert.Equal(t, limit, parseServe(t, nil, strings.Fields(args)...).clientLimit(), args)
	}
}

func TestVersionIsShown(t *testing.T) {
	t.Parallel()
	for _, arg := range []string{"version", "--version"} {
		code, stdout, _ := runToEnd(t, nil, arg)
		assert.Equal(t, exitOK, code)
		assert.Equal(t, buildVersion()+"\n", stdout)
	}
}
