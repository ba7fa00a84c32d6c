package main

import (
	"fmt"
	"io"
	"net"
	"net/netip"
	"regexp"
	"strconv"
	"strings"
	"time"

	"github.com/alecthomas/kong"

	"github.com/boxoffice-go/boxoffice/adapters/httpbase"
	"github.com/boxoffice-go/boxoffice/app"
)

// commandLine is all commands with all their settings.
type commandLine struct {
	Serve    serveCommand    `cmd:"" default:"withargs" help:"Serve HTTP. This is what boxoffice does without a command."`
	Migrate  migrateCommand  `cmd:"" help:"Change or show the schema of the database."`
	Key      keyCommand      `cmd:"" help:"Make an API key."`
	Health   healthCommand   `cmd:"" help:"Ask a server whether it is ready; the exit code is 0 if it is, else 1."`
	Loadtest loadtestCommand `cmd:"" help:"Put a server under load, and check its books afterwards."`
	Version  versionCommand  `cmd:"" help:"Show the version."`
}

// settings are what a server can be told.
type settings struct {
	Addr            address     `default:"127.0.0.1:3000" help:"Address to listen on; port 0 picks a free one."`
	APIKeysFile     string      `name:"api-keys-file" placeholder:"FILE" help:"API keys of who may call, a line a key: its name, role and hash, as boxoffice key new prints it. Read again on SIGHUP. Without a file nobody is asked for a key."`
	Insecure        bool        `default:"false" help:"Listen without API keys even where others can reach the address."`
	MySQLDSN        string      `name:"mysql-dsn" placeholder:"DSN" help:"MySQL database, like user:password@tcp(host:3306)/boxoffice. Without one, data is kept in memory and ends with the process."`
	Migrate         bool        `default:"false" help:"Bring the schema up to date at start."`
	Isolation       string      `default:"SERIALIZABLE" enum:"SERIALIZABLE,REPEATABLE-READ,READ-COMMITTED" help:"Isolation of transactions: ${enum}."`
	RateLimit       rateLimit   `default:"100/1m" help:"Requests that one client address may make in a time without an API key, or off."`
	KeyRateLimit    rateLimit   `default:"off" help:"Requests that one API key may make in a time, or off."`
	TrustedProxies  networks    `placeholder:"CIDR,..." help:"Proxies whose X-Forwarded-For is believed."`
	CORSOrigins     origins     `name:"cors-origins" placeholder:"ORIGIN,..." help:"Origins whose pages may call from a browser, like https://shop.example.com."`
	Lanes           positive    `default:"${lanes}" help:"Transactions that are written at the same time."`
	MaxBatch        positive    `default:"${max_batch}" help:"Commands in one transaction, at most; 1 is a transaction for each."`
	MaxEventsPerTx  positive    `default:"${max_events_per_tx}" help:"Events in one transaction, at most."`
	MaxPending      positive    `default:"${max_pending}" help:"Commands that may wait for a transaction; more are refused."`
	DrainDelay      notNegative `default:"0s" help:"How long the server says that it is not ready before it stops listening."`
	ShutdownTimeout notNegative `default:"15s" help:"How long requests may finish when the server ends."`
	LogLevel        string      `default:"info" enum:"debug,info,warn,error" help:"Least important log lines to write: ${enum}."`
	LogFormat       string      `default:"auto" enum:"auto,console,json" help:"Form of log lines: ${enum}. auto is console on a terminal, else json."`
}

// output is where commands write to.
type output struct{ stdout, stderr io.Writer }

// parse fills in the command line: a setting that the arguments don't name comes
// from the environment, or is the default. It returns the command to run, nil if
// help was asked for. Its errors name the setting.
func parse(line *commandLine, args []string, getenv func(string) string, out output) (*kong.Context, error) {
	defaults := app.DefaultOptions()
	helped := false
	parser, err := kong.New(line,
		kong.Name("boxoffice"),
		kong.Description("Sells tickets for events, first come, first served, and keeps the line when an event is full."),
		kong.Writers(out.stdout, out.stderr),
		kong.Exit(func(int) { helped = true }),
		kong.Bind(out, environ(getenv)),
		kong.Resolvers(environment(getenv)),
		kong.ValueFormatter(describe),
		kong.ConfigureHelp(kong.HelpOptions{NoExpandSubcommands: true, WrapUpperBound: 120}),
		kong.Vars{
			"lanes":             strconv.Itoa(defaults.Lanes),
			"max_batch":         strconv.Itoa(defaults.MaxBatch),
			"max_events_per_tx": strconv.Itoa(defaults.MaxEventsPerTx),
			"max_pending":       strconv.Itoa(defaults.MaxPending),
		},
	)
	if err != nil {
		return nil, err
	}
	command, err := parser.Parse(args)
	if helped { // kong goes on after it, but what it finds then doesn't matter
		return nil, nil
	}
	return command, err
}

// environment looks up the variable of each flag; kong would look into that of
// the process only. An empty variable is like none.
func environment(getenv func(string) string) kong.ResolverFunc {
	return func(_ *kong.Context, _ *kong.Path, flag *kong.Flag) (any, error) {
		if value := getenv(variable(flag.Name)); value != "" && flag.Name != "help" {
			return value, nil
		}
		return nil, nil
	}
}

func variable(flag string) string {
	return "BOXOFFICE_" + strings.ToUpper(strings.ReplaceAll(flag, "-", "_"))
}

// describe adds to a flag's help what every setting has: a default and a variable.
func describe(value *kong.Value) string {
	if value.Flag == nil || value.Name == "help" {
		return value.Help
	}
	standard := ""
	if value.HasDefault {
		standard = "default " + value.Default + ", "
	}
	return fmt.Sprintf("%s (%s$%s)", value.Help, standard, variable(value.Name))
}

type address string

func (a *address) UnmarshalText(text []byte) error {
	*a = address(text)
	_, port, err := net.SplitHostPort(string(text))
	if err == nil {
		_, err = strconv.ParseUint(port, 10, 16)
	}
	if err != nil {
		return fmt.Errorf("must be host:port, like 127.0.0.1:3000, not %q", text)
	}
	return nil
}

type rateLimit httpbase.RateLimit

func (l *rateLimit) UnmarshalText(text []byte) error {
	if string(text) == "off" {
		*l = rateLimit{}
		return nil
	}
	requests, interval, _ := strings.Cut(string(text), "/")
	var errRequests, errInterval error
	l.Tokens, errRequests = strconv.ParseUint(requests, 10, 32)
	l.Interval, errInterval = time.ParseDuration(interval)
	if errRequests != nil || errInterval != nil || l.Tokens == 0 || l.Interval <= 0 {
		return fmt.Errorf("must be requests/time, like 100/1m, or off, not %q", text)
	}
	return httpbase.RateLimit(*l).Validate()
}

// origins is a list, as networks is. An origin is compared as a text, so each
// must be written as browsers do.
type origins []string

func (o *origins) UnmarshalText(text []byte) error {
	*o = nil
	if len(text) == 0 {
		return nil
	}
	for part := range strings.SplitSeq(string(text), ",") {
		part = strings.TrimSpace(part)
		if !isOrigin(part) {
			return fmt.Errorf("must be origins as browsers send them, like https://shop.example.com,http://localhost:8080: "+
				"in lower case, without path, wildcard or the scheme's own port, not %q", part)
		}
		*o = append(*o, part)
	}
	return nil
}

var originForm = regexp.MustCompile(`^(https?)://([a-z0-9.-]+|\[[0-9a-f:.]+\])(:[1-9][0-9]{0,4})?$`)

func isOrigin(text string) bool {
	parts := originForm.FindStringSubmatch(text)
	return parts != nil && parts[1]+parts[3] != "http:80" && parts[1]+parts[3] != "https:443"
}

// networks is a list that a flag given again replaces.
type networks []netip.Prefix

func (n *networks) UnmarshalText(text []byte) error {
	*n = nil
	if len(text) == 0 {
		return nil
	}
	for part := range strings.SplitSeq(string(text), ",") {
		network, err := netip.ParsePrefix(strings.TrimSpace(part))
		if err != nil {
			return fmt.Errorf("must be networks like 10.0.0.0/8,192.168.1.7/32, not %q", part)
		}
		*n = append(*n, network.Masked())
	}
	return nil
}

type positive int

func (p *positive) UnmarshalText(text []byte) error {
	n, err := strconv.ParseInt(string(text), 10, 32)
	*p = positive(n)
	if err != nil || n < 1 {
		return fmt.Errorf("must be a whole number from 1, not %q", text)
	}
	return nil
}

type notNegative time.Duration

func (d *notNegative) UnmarshalText(text []byte) error {
	duration, err := time.ParseDuration(string(text))
	*d = notNegative(duration)
	if err != nil || duration < 0 {
		return fmt.Errorf("must be a time like 15s or 1m30s, not %q", text)
	}
	return nil
}
