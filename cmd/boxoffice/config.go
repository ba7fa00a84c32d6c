package main

import (
	"cmp"
	"errors"
	"fmt"
	"net"
	"net/netip"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"

	driver "github.com/go-sql-driver/mysql"

	"github.com/boxoffice-go/boxoffice/adapters/httpbase"
	"github.com/boxoffice-go/boxoffice/adapters/mysql"
	"github.com/boxoffice-go/boxoffice/app"
)

// Where data is kept.
const (
	storeSQLite storeName = "sqlite"
	storeMemory storeName = "memory"
	storeMySQL  storeName = "mysql"
)

const defaultSQLiteFile = "boxoffice.db"

// storage says where data is kept.
type storage struct {
	Store      storeName `placeholder:"STORE" help:"Where data is kept: sqlite, memory or mysql. memory ends with the process; mysql needs --mysql-dsn, and is the default with it, else sqlite is."`
	SQLiteFile nonEmpty  `name:"sqlite-file" placeholder:"FILE" help:"SQLite file, by default ${sqlite_file} in the working directory. A server makes it if it is missing."`
	MySQLDSN   nonEmpty  `name:"mysql-dsn" placeholder:"DSN" help:"MySQL database, like user:password@tcp(host:3306)/boxoffice."`
}

// settings are what a server can be told.
type settings struct {
	Addr        address  `default:"127.0.0.1:3000" help:"Address to listen on; port 0 picks a free one."`
	APIKeysFile nonEmpty `name:"api-keys-file" placeholder:"FILE" help:"API keys of who may call, a line a key: its name, role and hash, as boxoffice key new prints it. Read again on SIGHUP. Without a file nobody is asked for a key."`
	Insecure    bool     `default:"false" help:"Listen without API keys even where others can reach the address."`
	storage
	Migrate         bool        `default:"false" help:"Bring the schema of the MySQL database up to date at start. That of a SQLite file always is."`
	Isolation       isolation   `placeholder:"LEVEL" help:"Isolation of the transactions that write to MySQL: SERIALIZABLE, REPEATABLE-READ, READ-COMMITTED or server, which is whatever the server gives to new connections; by default SERIALIZABLE, but server where the database is Vitess."`
	RateLimit       *rateLimit  `placeholder:"REQUESTS/TIME" help:"Requests that one client address may make in a time without an API key, or off; by default 100/1m, but off where nobody is asked for a key and only this machine can call."`
	KeyRateLimit    rateLimit   `default:"off" help:"Requests that one API key may make in a time, or off."`
	TrustedProxies  networks    `placeholder:"CIDR,..." help:"Proxies whose X-Forwarded-For is believed."`
	LinkSecretFile  nonEmpty    `placeholder:"FILE" help:"Secret of the links of bookings, at least 32 bytes; without a file one is made, and kept with the data."`
	MaxStreams      positive    `default:"20000" help:"Streams that may be open; one more is refused. Fewer where fewer files can be open."`
	WebhookNetworks networks    `placeholder:"CIDR,..." help:"Networks that webhooks may lead to though they are private, also without TLS."`
	CORSOrigins     origins     `name:"cors-origins" placeholder:"ORIGIN,..." help:"Origins whose pages may call from a browser, like https://shop.example.com."`
	Lanes           *positive   `placeholder:"N" help:"Transactions that are written at the same time, to each shard of Vitess, by default ${lanes}. SQLite writes one."`
	MaxBatch        positive    `default:"${max_batch}" help:"Commands in one transaction, at most; 1 is a transaction for each."`
	MaxEventsPerTx  positive    `default:"${max_events_per_tx}" help:"Events in one transaction, at most."`
	MaxPending      positive    `default:"${max_pending}" help:"Commands that may wait for a transaction; more are refused."`
	DrainDelay      notNegative `default:"0s" help:"How long the server says that it is not ready before it stops listening."`
	ShutdownTimeout notNegative `default:"15s" help:"How long requests may finish when the server ends."`
	LogLevel        string      `default:"info" enum:"debug,info,warn,error" help:"Least important log lines to write: ${enum}."`
	LogFormat       string      `default:"auto" enum:"auto,console,json" help:"Form of log lines: ${enum}. auto is console on a terminal, else json."`
}

// where says where data is kept: what --store says, else MySQL if there is one to
// use.
func (s storage) where() storeName {
	switch {
	case s.Store != "":
		return s.Store
	case s.MySQLDSN != "":
		return storeMySQL
	default:
		return storeSQLite
	}
}

// check refuses settings that don't go together: each of them was meant to say
// something.
func (s storage) check() error {
	switch store := s.where(); {
	case store == storeMySQL && s.MySQLDSN == "":
		return errors.New("--store mysql needs the database: set --mysql-dsn (or BOXOFFICE_MYSQL_DSN)")
	case store != storeMySQL && s.MySQLDSN != "":
		return fmt.Errorf("--store %s doesn't use the database of --mysql-dsn (or BOXOFFICE_MYSQL_DSN): leave one of the two away", store)
	case store == storeMySQL && s.SQLiteFile != "":
		return errors.New("--mysql-dsn (or BOXOFFICE_MYSQL_DSN) doesn't use the file of --sqlite-file (or BOXOFFICE_SQLITE_FILE): leave one of the two away")
	case store != storeSQLite && s.SQLiteFile != "":
		return fmt.Errorf("--store %s doesn't use the file of --sqlite-file (or BOXOFFICE_SQLITE_FILE): leave one of the two away", store)
	}
	return nil
}

func (s storage) file() string { return cmp.Or(string(s.SQLiteFile), defaultSQLiteFile) }

// place is where data is kept, for people.
func (s storage) place() string {
	switch s.where() {
	case storeMySQL:
		address, err := driver.ParseDSN(string(s.MySQLDSN))
		if err != nil {
			return "MySQL"
		}
		return fmt.Sprintf("the MySQL database %s at %s", address.DBName, address.Addr)
	case storeMemory:
		return "memory, and ends with this process"
	default:
		file, err := filepath.Abs(s.file())
		if err != nil {
			return s.file()
		}
		return file
	}
}

// check is [storage.check] with the settings of a server.
func (s settings) check() error {
	store := s.where()
	switch err := s.storage.check(); {
	case err != nil:
		return err
	case store != storeMySQL && s.Migrate:
		return errors.New("--migrate (or BOXOFFICE_MIGRATE) is for MySQL, and there is no database: set --mysql-dsn (or BOXOFFICE_MYSQL_DSN), or leave it away")
	case store == storeSQLite && s.lanes() > 1:
		return errors.New("--lanes (or BOXOFFICE_LANES): SQLite writes one transaction at a time: leave it away")
	}
	return nil
}

// lanes is --lanes or its default.
func (s settings) lanes() int {
	switch {
	case s.Lanes != nil:
		return int(*s.Lanes)
	case s.where() == storeSQLite:
		return 1
	default:
		return app.DefaultOptions().Lanes
	}
}

// clientLimit is --rate-limit or its default. Where only this machine can call
// and nobody is asked for a key, there is nobody to be kept from anything.
func (s settings) clientLimit() httpbase.RateLimit {
	switch {
	case s.RateLimit != nil:
		return httpbase.RateLimit(*s.RateLimit)
	case s.APIKeysFile == "" && !s.Addr.isReachable():
		return httpbase.RateLimit{}
	default:
		return httpbase.RateLimit{Tokens: 100, Interval: time.Minute}
	}
}

type storeName string

func (n *storeName) UnmarshalText(text []byte) error {
	*n = storeName(text)
	if *n != storeSQLite && *n != storeMemory && *n != storeMySQL {
		return fmt.Errorf("must be %s, %s or %s, not %q", storeSQLite, storeMemory, storeMySQL, text)
	}
	return nil
}

type isolation string

func (i *isolation) UnmarshalText(text []byte) error {
	*i = isolation(text)
	if !slices.Contains(mysql.Isolations, string(text)) {
		return fmt.Errorf("must be one of %s, not %q", strings.Join(mysql.Isolations, ", "), text)
	}
	return nil
}

// nonEmpty is a text that says something.
type nonEmpty string

func (n *nonEmpty) UnmarshalText(text []byte) error {
	*n = nonEmpty(text)
	if len(text) == 0 {
		return errors.New("is set, but empty; give it a value, or don't set it")
	}
	return nil
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
