package main

import (
	"cmp"
	"database/sql"
	"encoding/base64"
	"fmt"
	"net"
	"net/http"
	"net/netip"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/go-sql-driver/mysql"
	"github.com/stretchr/testify/require"

	"github.com/boxoffice-go/boxoffice/adapters/memory"
	"github.com/boxoffice-go/boxoffice/adapters/mysql/mysqltest"
	"github.com/boxoffice-go/boxoffice/adapters/webhook"
	"github.com/boxoffice-go/boxoffice/app"
	"github.com/boxoffice-go/boxoffice/domain"
)

// notTyped are the sections whose shell blocks are not typed, and why.
var notTyped = map[string]string{
	"As a library":  "go get needs a module of one's own; the program is compiled in this one",
	"Container":     "TestImageServesBehindKeysAndStopsInOrder builds and runs the image",
	"Working on it": "these are the tests",
}

func TestReadmeWorksAsTyped(t *testing.T) {
	t.Parallel()
	sections := readme(t)
	sell := sections["Try it"]
	sold := `(?s)"status":"BOOKED".*"waitlisted":false.*"position":1.*"waitlisted":true.*"status":"CANCELLED".*` +
		`"ada@example.com".*"CANCELLED".*"bob@example.com".*"BOOKED"`
	typed := map[string]func(*typist){
		"Try it": func(me *typist) { me.shows = sold },
		"Sell with a payment step": func(me *typist) {
			me.blocks = append(slices.Clone(sell[:1]), me.blocks...)
			me.shows = `(?s)"status":"HELD".*"expiresAt".*"status":"BOOKED"`
		},
		"Many servers: MySQL 8.0 or newer": func(me *typist) {
			me.instead["root:secret@tcp(127.0.0.1:3306)/boxoffice"] = mysqltest.EmptyDSN(me)
			me.blocks = append(me.blocks, sell[1:]...)
			me.shows = sold
		},
		"Start, upgrade, stop": func(me *typist) {
			schemaUser, serverUser := setUpAsTheReadmeSays(me.T)
			_, line := newKey(me.T, "till", "seller")
			me.instead["boxoffice_schema:choose a password@tcp(db:3306)/boxoffice"] = schemaUser
			me.instead["boxoffice:choose another@tcp(db:3306)/boxoffice"] = serverUser
			me.instead["/etc/boxoffice/keys"] = keysFile(me.T, line)
			me.shows = "applied 00001_events.sql"
		},
		"Vitess": func(me *typist) {
			cluster := mysqltest.StartCluster(me) // which has the VSchema, and the tables
			me.instead["vtctldclient --server vtctld:15999 ApplyVSchema --vschema-file schema/vitess/vschema.json boxoffice"] = "true"
			me.instead["boxoffice:choose another@tcp(vtgate:3306)/boxoffice"] = cluster.DSN()
			me.shows = "the schema is up to date"
		},
		"Webhooks": func(me *typist) { me.shows = `"secret":"whsec_` },
		"API keys": func(me *typist) { me.shows = `"events":\[\]` },
		"One server: SQLite": func(me *typist) {
			me.blocks = append([]string{"boxoffice serve"}, me.blocks...) // it copies what a server uses
			me.shows = "copied boxoffice.db to boxoffice-before.db"
		},
		"Back up and restore MySQL": func(me *typist) {
			host, port, user, database := backupUser(me.T)
			me.instead["-h db -u boxoffice_backup -p boxoffice"] = fmt.Sprintf("-h %s -P %s -u %s %s", host, port, user, database)
			me.blocks = append(me.blocks, "grep 'CREATE TABLE' boxoffice.sql")
			me.shows = "`events`"
		},
	}
	for section := range sections {
		if prepare, is := typed[section]; is {
			t.Run(section, func(t *testing.T) {
				t.Parallel()
				me := &typist{T: t, blocks: sections[section], instead: map[string]string{}}
				prepare(me)
				me.types()
			})
			continue
		}
		require.NotEmpty(t, notTyped[section], "a new section with shell blocks: type it, or say why not: %s", section)
	}
	require.Len(t, sections, len(typed)+len(notTyped))
}

func TestProgramOfTheReadmeRuns(t *testing.T) {
	t.Parallel()
	text, err := os.ReadFile("../../README.md")
	require.NoError(t, err)
	program := filepath.Join(t.TempDir(), "main.go")
	require.NoError(t, os.WriteFile(program, []byte(find(t, "(?s)```go\n(.*?)```", string(text))), 0o600))
	output, err := exec.Command("go", "run", program).CombinedOutput()
	require.NoError(t, err, string(output))
	require.Equal(t, "BOOKED 2\n", string(output))
}

func TestReceiverOfTheReadmeBelievesOnlyWhatIsSigned(t *testing.T) {
	t.Parallel()
	text, err := os.ReadFile("../../README.md")
	require.NoError(t, err)
	_, section, _ := strings.Cut(string(text), "\n## Webhooks\n")
	address := freeAddress(t)
	source := strings.ReplaceAll(find(t, "(?s)```go\n(.*?)```", section), "127.0.0.1:8080", address)
	program := filepath.Join(t.TempDir(), "main.go")
	require.NoError(t, os.WriteFile(program, []byte(source), 0o600))
	receiver := strings.TrimSuffix(program, ".go")
	output, err := exec.Command("go", "build", "-o", receiver, program).CombinedOutput()
	require.NoError(t, err, string(output))

	store := memory.New()
	deliverer := webhook.New(webhook.Config{Store: store, Networks: []netip.Prefix{netip.MustParsePrefix("127.0.0.0/8")}})
	defer deliverer.Close()
	webhooks := app.NewWebhooks(store, deliverer)
	create := func() domain.Webhook {
		w, _, err := webhooks.Create(t.Context(), domain.CreateWebhook{URL: "http://" + address})
		require.NoError(t, err)
		return w
	}
	own, other := create(), create()
	command := exec.Command(receiver)
	command.Env = append(os.Environ(), "WEBHOOK_SECRET=whsec_"+base64.StdEncoding.EncodeToString(own.Secret))
	require.NoError(t, command.Start())
	defer func() {
		require.NoError(t, command.Process.Kill())
		_ = command.Wait() // it was killed
	}()
	statusOf := func(w domain.Webhook) int {
		d, err := webhooks.Test(t.Context(), w.ID)
		require.NoError(t, err)
		return d.Status
	}
	require.Eventually(t, func() bool { return statusOf(own) == http.StatusNoContent }, 30*time.Second, 50*time.Millisecond)
	require.Equal(t, http.StatusUnauthorized, statusOf(other))
	_, err = webhooks.Change(t.Context(), own.ID, domain.ChangeWebhook{}, true)
	require.NoError(t, err)
	require.Equal(t, http.StatusNoContent, statusOf(own), "the secret from before counts for a day")
}

// readme returns the shell blocks of each section that has any.
func readme(t *testing.T) map[string][]string {
	t.Helper()
	text, err := os.ReadFile("../../README.md")
	require.NoError(t, err)
	sections := make(map[string][]string)
	block := regexp.MustCompile("(?ms)^```sh\n(.*?)^```$")
	for _, section := range regexp.MustCompile(`(?m)^##+ `).Split(string(text), -1) {
		title, body, _ := strings.Cut(section, "\n")
		for _, match := range block.FindAllStringSubmatch(body, -1) {
			sections[title] = append(sections[title], match[1])
		}
	}
	return sections
}

// typist types what a section says into a shell.
type typist struct {
	*testing.T
	blocks  []string
	instead map[string]string // what is typed for what stands there
	shows   string            // what the shell has to show, as an expression
}

// typing stands in front of what is typed. What others have to give is taken as
// given, and an answer of a server that is an error ends it.
const typing = `
set -eu
git() { mkdir boxoffice; }
go() { shift 2; exec boxoffice "$@"; }
docker() { :; }
mysqldump() { command docker run --rm --network host "$MYSQL_IMAGE" mysqldump "$@"; }
curl() { command curl --silent --show-error --fail "$@"; echo; }
trap 'kill $server 2>/dev/null || :' EXIT
server=
`

// A server has the terminal for itself, so it is started beside what is typed.
var serving = regexp.MustCompile(`(?m)^(go run \./cmd/boxoffice|boxoffice serve).*$`)

const beside = `$0 &
server=$$!
until boxoffice health >/dev/null 2>&1; do kill -0 $$server; sleep 0.1; done`

// freeAddress is one that nobody listens at now.
func freeAddress(t *testing.T) string {
	t.Helper()
	free, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	require.NoError(t, free.Close())
	return free.Addr().String()
}

func (me *typist) types() {
	me.Helper()
	_, port, err := net.SplitHostPort(freeAddress(me.T))
	require.NoError(me, err)

	text := strings.Join(me.blocks, "\n")
	for what, instead := range me.instead {
		require.Contains(me, text, what)
		text = strings.ReplaceAll(text, what, instead)
	}
	text = strings.ReplaceAll(text, ":3000", ":"+port)
	text = serving.ReplaceAllString(text, beside)

	self, err := os.Executable()
	require.NoError(me, err)
	commands := me.TempDir()
	require.NoError(me, os.Symlink(self, filepath.Join(commands, "boxoffice")))

	shell := exec.Command("sh", "-c", typing+text+"\n[ -z \"$server\" ] || { kill $server; wait $server; }\n")
	shell.Dir = me.TempDir()
	shell.Env = append(os.Environ(), runMain+"=yes", "PATH="+commands+":"+os.Getenv("PATH"), "BOXOFFICE_ADDR=127.0.0.1:"+port,
		"MYSQL_IMAGE="+cmp.Or(os.Getenv("BOXOFFICE_TEST_MYSQL_IMAGE"), "mysql:8.4"))
	output, err := shell.CombinedOutput()
	require.NoError(me, err, "%s\n%s", text, output)
	require.Regexp(me, me.shows, string(output))
	require.NotContains(me, string(output), "Error")
}

// backupUser makes a database and a user with the grants that its section names.
func backupUser(t *testing.T) (host, port, user, database string) {
	t.Helper()
	needDocker(t)
	text, err := os.ReadFile("../../README.md")
	require.NoError(t, err)
	config, err := mysql.ParseDSN(mysqltest.DSN(t))
	require.NoError(t, err)
	admin, err := sql.Open("mysql", config.FormatDSN())
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, admin.Close()) })
	user = config.DBName + "_b"
	exec := func(statement string) {
		t.Helper()
		_, err := admin.Exec(statement)
		require.NoError(t, err, statement)
	}
	exec("CREATE USER " + user)
	t.Cleanup(func() { exec("DROP USER " + user) })
	_, section, _ := strings.Cut(string(text), "### Back up and restore MySQL\n")
	for _, grant := range regexp.MustCompile("`(GRANT [^`]+)`").FindAllStringSubmatch(section, -1) {
		exec(strings.ReplaceAll(grant[1], "boxoffice", config.DBName) + " TO " + user)
	}
	host, port, err = net.SplitHostPort(config.Addr)
	require.NoError(t, err)
	return strings.Replace(host, "localhost", "127.0.0.1", 1), port, user, config.DBName
}
