package mysqltest

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"strconv"
	"strings"
	"testing"
	"time"

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
	cluster, err := runCluster(shards)
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

// runCluster starts a cluster: etcd, a mysqld and a vttablet for each shard, and
// vtgate, whose port opens when all are ready.
func runCluster(shards string) (*container, error) {
	own, err := ofImage(vitessImageVariable, os.Getenv(vitessImageVariable))
	if err != nil {
		return nil, err
	}
	own.Env = []string{
		"VSCHEMA=" + vitess.VSchema, "KEYSPACE=" + database, "SHARDS=" + shards, "MYSQLD_FLAGS=--innodb-lock-wait-timeout=1", lifetime,
	}
	own.ExposedPorts = []string{port}
	return runContainer(own, docker.PortBinding{})
}

func vtgateOf(cluster *container) *mysql.Config {
	c := rootAt(cluster.address())
	c.DBName = database
	return c
}

// Cluster is a Vitess of one test's own, with the current schema.
type Cluster struct {
	testing.TB
	container *container
	config    *mysql.Config
}

// Shards is how many a cluster has, until [Cluster.Split].
const Shards = 2

const (
	shards = "-80 80-"
	halves = "80-c0 c0-" // of the last
)

// StartCluster starts a cluster, which is removed when the test has ended. The
// test is skipped where there is no image of one.
func StartCluster(tb testing.TB) *Cluster {
	tb.Helper()
	return startCluster(tb, shards)
}

// StartClusterToSplit is [StartCluster] for a test that calls [Cluster.Split].
func StartClusterToSplit(tb testing.TB) *Cluster {
	tb.Helper()
	return startCluster(tb, shards+" "+halves) // which serve nothing until then
}

func startCluster(tb testing.TB, shards string) *Cluster {
	tb.Helper()
	if os.Getenv(vitessImageVariable) == "" {
		skip(tb, vitessImageVariable+" names no image to make a cluster of")
	}
	cluster, err := runCluster(shards)
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

// Split gives the events of the last shard to two halves, while it goes on serving
// until they have all of it. It does what vtctldclient's SwitchTraffic would, which
// needs a vtctld.
func (c *Cluster) Split() {
	c.Helper()
	const last, first, second = 1, 2, 3 // of the shards
	onHalves := func(query string) {
		c.Helper()
		for _, half := range []int{first, second} {
			c.await(half, query)
		}
	}
	c.ctl("Reshard", "--workflow", "split", "--target-keyspace", database, "create",
		"--source-shards", "80-", "--target-shards", "80-c0,c0-", "--tablet-types", "primary")
	onHalves("SELECT COUNT(*) FROM _vt.vreplication WHERE state = 'Running' AND pos <> '' AND id NOT IN (SELECT vrepl_id FROM _vt.copy_state)")
	c.ctl("SetShardTabletControl", "--disable-query-service", database+"/80-", "primary")
	c.ctl("RefreshStateByShard", database+"/80-")
	written := strings.Join(strings.Fields(strings.ReplaceAll(c.SQL(last, "SELECT @@global.gtid_executed"), `\n`, "")), "")
	onHalves("SELECT COUNT(*) FROM _vt.vreplication WHERE GTID_SUBSET('" + written + "', REPLACE(pos, 'MySQL56/', ''))")
	c.ctl("Workflow", "--keyspace", database, "stop", "--workflow", "split")
	for shard, serves := range map[string]string{"80-": "false", "80-c0": "true", "c0-": "true"} {
		c.ctl("SetShardIsPrimaryServing", database+"/"+shard, serves)
	}
	c.ctl("SetShardTabletControl", "--disable-query-service=false", database+"/80-", "primary")
	c.ctl("RebuildKeyspaceGraph", database)
	for _, shard := range []string{"80-", "80-c0", "c0-"} {
		c.ctl("RefreshStateByShard", database+"/"+shard)
	}
}

func (c *Cluster) ctl(arguments ...string) {
	c.Helper()
	c.run(append([]string{"ctl"}, arguments...)...)
}

// await returns when a query of one shard's MySQL counts one row.
func (c *Cluster) await(shard int, query string) {
	c.Helper()
	const limit, poll = time.Minute, 100 * time.Millisecond
	for deadline := time.Now().Add(limit); c.SQL(shard, query) != "1\n"; time.Sleep(poll) {
		if time.Now().After(deadline) {
			c.Fatalf("within %s there was none: %s", limit, query)
		}
	}
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
