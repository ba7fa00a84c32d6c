package mysqltest

import (
	"cmp"
	"context"
	"database/sql"
	"fmt"
	"net"
	"os"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/go-sql-driver/mysql"
	"github.com/ory/dockertest/v3"
	"github.com/ory/dockertest/v3/docker"
)

const (
	defaultImage = "mysql:8.4"
	port         = "3306/tcp"
	startTimeout = 3 * time.Minute
	database     = "boxoffice" // of a server of a test's own

	// A container ends by itself after 45 minutes, even if its tests were killed.
	entrypoint = `(sleep 2700; kill 1) & exec docker-entrypoint.sh "$@"`
)

func image() string { return cmp.Or(os.Getenv(imageVariable), defaultImage) }

// engine is Docker, if it is there.
var engine = sync.OnceValues(func() (*dockertest.Pool, error) {
	pool, err := dockertest.NewPool("")
	if err != nil {
		return nil, err
	}
	if err := pool.Client.Ping(); err != nil {
		return nil, err
	}
	pool.MaxWait = startTimeout
	return pool, nil
})

// mysqlImage is the image, pulled if it isn't there.
var mysqlImage = sync.OnceValues(func() (dockertest.RunOptions, error) {
	pool, err := engine()
	if err != nil {
		return dockertest.RunOptions{}, err
	}
	options, err := ofImage(imageVariable, image())
	if err != nil {
		return options, err
	}
	if _, err := pool.Client.InspectImage(image()); err == nil {
		return options, nil
	}
	pull := docker.PullImageOptions{Repository: options.Repository, Tag: options.Tag}
	return options, pool.Client.PullImage(pull, docker.AuthConfiguration{})
})

// ofImage are the options of a container of an image that a variable names.
func ofImage(variable, image string) (dockertest.RunOptions, error) {
	repository, tag, ok := strings.Cut(image, ":")
	if !ok {
		return dockertest.RunOptions{}, fmt.Errorf("%s must be repository:tag, not %q", variable, image)
	}
	return dockertest.RunOptions{Repository: repository, Tag: tag}, nil
}

// container is a server in Docker.
type container struct {
	engine   *dockertest.Pool
	resource *dockertest.Resource
}

// run starts a server, at any port if at is zero, without waiting for it.
func run(at docker.PortBinding, options ...string) (*container, error) {
	own, err := mysqlImage()
	if err != nil {
		return nil, err
	}
	own.Env = []string{"MYSQL_ALLOW_EMPTY_PASSWORD=1", "MYSQL_DATABASE=" + database}
	own.Entrypoint = []string{"sh", "-c", entrypoint, "sh"}
	own.Cmd = append([]string{"mysqld"}, options...)
	return runContainer(own, at)
}

// runContainer starts a container of any image.
func runContainer(own dockertest.RunOptions, at docker.PortBinding) (*container, error) {
	pool, err := engine()
	if err != nil {
		return nil, err
	}
	if at != (docker.PortBinding{}) {
		own.PortBindings = map[docker.Port][]docker.PortBinding{port: {at}}
	}
	resource, err := pool.RunWithOptions(&own, func(host *docker.HostConfig) {
		host.AutoRemove = at == (docker.PortBinding{}) // the others are started again
	})
	if err != nil {
		return nil, err
	}
	return &container{pool, resource}, nil
}

// address is the container's own where this machine is its network's gateway, and
// otherwise that of the published port, behind which Docker's proxy takes a fifth of
// a processor of what it passes on.
func (c *container) address() string {
	network := c.resource.Container.NetworkSettings
	locals, err := net.InterfaceAddrs()
	isGateway := func(a net.Addr) bool {
		local, ok := a.(*net.IPNet)
		return ok && local.IP.Equal(net.ParseIP(network.Gateway))
	}
	if err != nil || network.IPAddress == "" || !slices.ContainsFunc(locals, isGateway) {
		return c.resource.GetHostPort(port)
	}
	return net.JoinHostPort(network.IPAddress, docker.Port(port).Port())
}

// await returns when the server takes connections.
func (c *container) await(config *mysql.Config) error {
	return c.engine.Retry(func() error { return ping(config) })
}

// rootAt is who may do everything on a server.
func rootAt(address string) *mysql.Config {
	c := mysql.NewConfig()
	c.User, c.Net, c.Addr = "root", "tcp", address
	c.Logger = &mysql.NopLogger{} // a server that is starting refuses for a while
	return c
}

// Server is a MySQL of one test's own, at one address for as long as the test
// runs, with one empty database.
type Server struct {
	testing.TB
	container *container
	config    *mysql.Config
}

// Start starts a server with these options of mysqld, which is removed when the
// test has ended.
func Start(tb testing.TB, options ...string) *Server {
	tb.Helper()
	require(tb, OwnServer)
	address := freeAddress(tb)
	host, number, err := net.SplitHostPort(address)
	if err != nil {
		tb.Fatal(err)
	}
	container, err := run(docker.PortBinding{HostIP: host, HostPort: number}, options...)
	if err != nil {
		noServer(tb, err)
	}
	tb.Cleanup(func() {
		if err := container.engine.Purge(container.resource); err != nil {
			tb.Error(err)
		}
	})
	s := &Server{TB: tb, container: container, config: rootAt(address)}
	s.config.DBName = database
	s.await()
	return s
}

func freeAddress(tb testing.TB) string {
	tb.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		tb.Fatal(err)
	}
	defer func() { _ = listener.Close() }() // its port is free then
	return listener.Addr().String()
}

// DSN is the address of the server's database, for its administrator.
func (s *Server) DSN() string { return s.config.FormatDSN() }

// DSNOf is [Server.DSN] for a user without a password.
func (s *Server) DSNOf(user string) string {
	c := s.config.Clone()
	c.User = user
	return c.FormatDSN()
}

// Exec runs statements as the server's administrator, each on the state of
// connections that the ones before have left to new ones.
func (s *Server) Exec(statements ...string) {
	s.Helper()
	for _, statement := range statements {
		db := s.open()
		_, err := db.ExecContext(context.WithoutCancel(s.Context()), statement)
		_ = db.Close() // what counts has been done
		if err != nil {
			s.Fatalf("%s: %v", statement, err)
		}
	}
}

// Kill ends the server without giving it time for anything.
func (s *Server) Kill() {
	s.Helper()
	client, id := s.container.engine.Client, s.container.resource.Container.ID
	if err := client.KillContainer(docker.KillContainerOptions{ID: id, Signal: docker.SIGKILL}); err != nil {
		s.Fatal(err)
	}
	if _, err := client.WaitContainer(id); err != nil {
		s.Fatal(err)
	}
}

// Restart starts a server that was killed, and returns when it takes connections
// again.
func (s *Server) Restart() {
	s.Helper()
	if err := s.container.engine.Client.StartContainer(s.container.resource.Container.ID, nil); err != nil {
		s.Fatal(err)
	}
	s.await()
}

func (s *Server) await() {
	s.Helper()
	if err := s.container.await(s.config); err != nil {
		s.Fatal(err)
	}
}

// open keeps the logger, which an address can't name.
func (s *Server) open() *sql.DB {
	s.Helper()
	connector, err := mysql.NewConnector(s.config)
	if err != nil {
		s.Fatal(err)
	}
	return sql.OpenDB(connector)
}
