package mysqltest

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"strconv"
	"testing"

	"github.com/go-sql-driver/mysql"
	"github.com/ory/dockertest/v3"
	"github.com/ory/dockertest/v3/docker"

	"github.com/boxoffice-go/boxoffice/schema/vitess"
)

const (
	vitessImageVariable = "BOXOFFICE_TEST_VITESS_IMAGE"
	vitessDSNVariable   = "BOXOFFICE_TEST_VITESS_DSN"

	lifetime = "LIFETIME=2700" // as of the others: it ends by itself
)

// IsVitess reports whether the server that the tests of a package share is vtgate.
func IsVitess() bool {
	return os.Getenv(vitessImageVariable) != "" || os.Getenv(vitessDSNVariable) != ""
}

// startVitess finds or starts the cluster that the tests of a package share.
func startVitess() (*mysql.Config, error) {
	if dsn := os.Getenv(vitessDSNVariable); dsn != "" {
		c, err := mysql.ParseDSN(dsn)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", vitessDSNVariable, err)
		}
		return c, migrate(context.Background(), dsn)
	}
	cluster, err := runCluster()
	if err != nil {
		return nil, err
	}
	server.purge = func() error { return cluster.engine.Purge(cluster.resource) }
	c := vtgateOf(cluster)
	if err := awaitSchema(cluster, c); err != nil {
		return nil, errors.Join(err, server.purge())
	}
	return c, nil
}

// awaitSchema returns when a new cluster has the tables.
func awaitSchema(cluster *container, c *mysql.Config) error {
	if err := cluster.await(c); err != nil {
		return err
	}
	return migrate(context.Background(), c.FormatDSN())
}

// runCluster starts a cluster: etcd, a mysqld and a vttablet for each of two
// shards, and vtgate, whose port opens when all are ready.
func runCluster() (*container, error) {
	own, err := ofImage(vitessImageVariable, os.Getenv(vitessImageVariable))
	if err != nil {
		return nil, err
	}
	own.Env = []string{"VSCHEMA=" + vitess.VSchema, "KEYSPACE=" + database, "MYSQLD_FLAGS=--innodb-lock-wait-timeout=1", lifetime}
	own.ExposedPorts = []string{port}
	return runContainer(own, docker.PortBinding{})
}

func vtgateOf(cluster *container) *mysql.Config {
	c := rootAt(cluster.resource.GetHostPort(port))
	c.DBName = database
	return c
}

// Cluster is a Vitess of one test's own, with the current schema.
type Cluster struct {
	testing.TB
	container *container
	config    *mysql.Config
}

// Shards is how many a cluster has.
const Shards = 2

// StartCluster starts a cluster, which is removed when the test has ended. The
// test is skipped where there is no image of one.
func StartCluster(tb testing.TB) *Cluster {
	tb.Helper()
	if os.Getenv(vitessImageVariable) == "" {
		skip(tb, vitessImageVariable+" names no image to make a cluster of")
	}
	cluster, err := runCluster()
	if err != nil {
		noServer(tb, err)
	}
	tb.Cleanup(func() {
		if err := cluster.engine.Purge(cluster.resource); err != nil {
			tb.Error(err)
		}
	})
	c := &Cluster{TB: tb, container: cluster, config: vtgateOf(cluster)}
	if err := awaitSchema(cluster, c.config); err != nil {
		tb.Fatal(err)
	}
	return c
}

// DSN is the address of the cluster's keyspace at vtgate.
func (c *Cluster) DSN() string { return c.config.FormatDSN() }

// Kill ends mysqld, vttablet or vtgate, of a shard if it has one, without giving
// it time for anything.
func (c *Cluster) Kill(thing string, shard ...int) { c.Helper(); c.control("kill", thing, shard...) }

// StartAgain starts what was killed.
func (c *Cluster) StartAgain(thing string, shard ...int) {
	c.Helper()
	c.control("start", thing, shard...)
}

// SQL runs a statement on the MySQL of one shard, past Vitess, and returns what it
// says.
func (c *Cluster) SQL(shard int, statement string) string {
	c.Helper()
	return c.run("sql", strconv.Itoa(shard), "vt_"+database, "-N", "-e", statement)
}

func (c *Cluster) control(verb, thing string, shard ...int) {
	c.Helper()
	command := []string{verb, thing}
	for _, s := range shard {
		command = append(command, strconv.Itoa(s))
	}
	c.run(command...)
}

func (c *Cluster) run(command ...string) string {
	c.Helper()
	var said, trouble bytes.Buffer
	code, err := c.container.resource.Exec(append([]string{"vitess-cluster"}, command...), dockertest.ExecOptions{StdOut: &said, StdErr: &trouble})
	if err != nil || code != 0 {
		c.Fatalf("vitess-cluster %v: %d, %v, %s", command, code, err, trouble.String())
	}
	return said.String()
}
