package faults_test

import (
	"cmp"
	"database/sql"
	"net"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/go-sql-driver/mysql"
	"github.com/ory/dockertest/v3"
	"github.com/ory/dockertest/v3/docker"
	"github.com/stretchr/testify/require"

	mysqlschema "github.com/boxoffice-go/boxoffice/schema/mysql"
)

func TestMySQLIsKilledInMidLoad(t *testing.T) {
	t.Parallel()
	m := startMySQL(t)
	servers := []*server{startServer(t, m.dsn()), startServer(t, m.dsn())}
	urls := []string{servers[0].url(), servers[1].url()}
	load := begin(t, func() []string { return urls })
	for range max(1, *rounds/2) { // it takes seconds to come back
		load.await(400)
		m.kill()
		m.start()
		requireRecovery(t, "", urls...)
		load.faults++
	}
	load.prove()
}

// mysqlServer is a MySQL of this test's own, at one address for as long as the
// test runs.
type mysqlServer struct {
	*testing.T
	pool      *dockertest.Pool
	container *dockertest.Resource
	config    *mysql.Config
}

// startMySQL starts a MySQL with an empty database. It is skipped, or fails,
// where package mysqltest would do so.
func startMySQL(t *testing.T) *mysqlServer {
	t.Helper()
	pool, err := dockertest.NewPool("")
	if err == nil {
		err = pool.Client.Ping()
	}
	if err != nil && os.Getenv("BOXOFFICE_TEST_MYSQL") != "required" {
		t.Skip("this test needs Docker:", err)
	}
	require.NoError(t, err)
	repository, tag, _ := strings.Cut(cmp.Or(os.Getenv("BOXOFFICE_TEST_MYSQL_IMAGE"), "mysql:8.4"), ":")

	m := &mysqlServer{T: t, pool: pool, config: mysql.NewConfig()}
	m.config.User, m.config.Net, m.config.Addr, m.config.DBName = "root", "tcp", freeAddress(t), "boxoffice"
	m.config.Logger = &mysql.NopLogger{} // it refuses while it starts
	_, port, err := net.SplitHostPort(m.config.Addr)
	require.NoError(t, err)
	m.container, err = pool.RunWithOptions(&dockertest.RunOptions{
		Repository: repository,
		Tag:        tag,
		Env:        []string{"MYSQL_ALLOW_EMPTY_PASSWORD=1", "MYSQL_DATABASE=boxoffice"},
		// It ends by itself, even if this test is killed.
		Entrypoint:   []string{"sh", "-c", `(sleep 2700; kill 1) & exec docker-entrypoint.sh "$@"`, "sh"},
		Cmd:          []string{"mysqld"},
		PortBindings: map[docker.Port][]docker.PortBinding{"3306/tcp": {{HostIP: "127.0.0.1", HostPort: port}}},
	})
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, pool.Purge(m.container)) })
	m.awaitUp()

	db := m.open()
	defer func() { require.NoError(t, db.Close()) }()
	_, err = mysqlschema.Up(t.Context(), db)
	require.NoError(t, err)
	return m
}

func freeAddress(t *testing.T) string {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	defer func() { require.NoError(t, listener.Close()) }()
	return listener.Addr().String()
}

// open keeps the logger, which an address can't name.
func (m *mysqlServer) open() *sql.DB {
	m.Helper()
	connector, err := mysql.NewConnector(m.config)
	require.NoError(m, err)
	return sql.OpenDB(connector)
}

func (m *mysqlServer) dsn() string { return m.config.FormatDSN() }

// kill ends MySQL without giving it time for anything.
func (m *mysqlServer) kill() {
	m.Helper()
	require.NoError(m, m.pool.Client.KillContainer(docker.KillContainerOptions{ID: m.container.Container.ID, Signal: docker.SIGKILL}))
	_, err := m.pool.Client.WaitContainer(m.container.Container.ID)
	require.NoError(m, err)
}

// start returns when MySQL takes connections again.
func (m *mysqlServer) start() {
	m.Helper()
	require.NoError(m, m.pool.Client.StartContainer(m.container.Container.ID, nil))
	m.awaitUp()
}

func (m *mysqlServer) awaitUp() {
	m.Helper()
	db := m.open()
	defer func() { require.NoError(m, db.Close()) }()
	const startTime = 2 * time.Minute
	require.Eventually(m, func() bool { return db.Ping() == nil }, startTime, poll)
}
