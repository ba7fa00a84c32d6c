package faults_test

import (
	"fmt"
	"io"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/boxoffice-go/boxoffice/adapters/mysql/mysqltest"
)

// While a shard is away, its events are refused as unavailable, and those of the
// other one are sold as ever. It has the machine to itself, since it looks at how
// fast they are.
func TestPartsOfVitessAreKilledInMidLoad(t *testing.T) {
	cluster := mysqltest.StartCluster(t)
	servers := []*server{startServer(t, cluster.DSN()), startServer(t, cluster.DSN())}
	urls := []string{servers[0].url(), servers[1].url()}
	var events [mysqltest.Shards]string
	for shard := range events {
		events[shard] = createEventOn(t, cluster, urls[0], shard)
	}
	load := begin(t, func() []string { return urls })
	for round := range max(1, *rounds/3) { // each is three faults
		for i, part := range []string{"mysqld", "vttablet"} {
			shard := (round + i) % mysqltest.Shards
			load.await(100)
			cluster.Kill(part, shard)
			for _, url := range urls {
				requireShardAway(t, url, shard, events[shard])
			}
			requireUndisturbed(t, urls[round%len(urls)], events[1-shard])
			cluster.StartAgain(part, shard)
			requireRecovery(t, events[shard], urls...)
			load.faults++
		}
		load.await(100)
		cluster.Kill("vtgate")
		requireBecomes(t, urls[0]+"/readyz", http.StatusServiceUnavailable, "store_unavailable")
		cluster.StartAgain("vtgate")
		requireRecovery(t, events[0], urls...)
		requireRecovery(t, events[1], urls...)
		load.faults++
	}
	load.prove()
}

// A shard is split under the servers' feet: they follow it by themselves.
func TestShardOfVitessIsSplitInMidLoad(t *testing.T) {
	t.Parallel()
	cluster := mysqltest.StartClusterToSplit(t)
	servers := []*server{startServer(t, cluster.DSN()), startServer(t, cluster.DSN())}
	urls := []string{servers[0].url(), servers[1].url()}
	stays, moves := createEventOn(t, cluster, urls[0], 0), createEventOn(t, cluster, urls[0], 1)
	load := begin(t, func() []string { return urls })
	load.await(300)
	cluster.Split()
	load.faults++
	for _, url := range urls {
		requireServing(t, url, map[string]int{"-80": 1, "80-c0": 1, "c0-": 1})
		require.NotContains(t, textOf(t, url+"/metrics"), `boxoffice_shard_serving{shard="80-"}`)
	}
	requireRecovery(t, stays, urls...)
	requireRecovery(t, moves, urls...)
	load.await(300)
	load.prove()
}

// createEventOn creates events until one is on the shard.
func createEventOn(t *testing.T, cluster *mysqltest.Cluster, url string, shard int) string {
	t.Helper()
	for {
		event := createEvent(t, url, 1_000_000)
		if cluster.SQL(shard, "SELECT COUNT(*) FROM events WHERE id = UUID_TO_BIN('"+event+"')") == "1\n" {
			return event
		}
	}
}

// requireShardAway looks at what a server says of a shard that is away.
func requireShardAway(t *testing.T, url string, shard int, event string) {
	t.Helper()
	requireBecomes(t, url+"/status/"+event, http.StatusServiceUnavailable, "store_unavailable")
	requireBecomes(t, url+"/events", http.StatusServiceUnavailable, "store_unavailable")
	var p problem
	status, err := post(patient, url+"/book", "", bookingBody(event, "ada", 1), &p)
	require.NoError(t, err)
	require.Equal(t, http.StatusServiceUnavailable, status)
	require.Equal(t, "store_unavailable", p.Code)
	requireBecomes(t, url+"/readyz", http.StatusOK, "")

	serving := map[string]int{"-80": 1, "80-": 1}
	serving[[mysqltest.Shards]string{"-80", "80-"}[shard]] = 0
	requireServing(t, url, serving)
}

// requireServing waits until a server says of each shard whether it serves.
func requireServing(t *testing.T, url string, serving map[string]int) {
	t.Helper()
	const patience = 30 * time.Second // servers ask every 15 s which shards there are
	for shard, serves := range serving {
		want := fmt.Sprintf("boxoffice_shard_serving{shard=%q} %d\n", shard, serves)
		require.Eventually(t, func() bool { return strings.Contains(textOf(t, url+"/metrics"), want) }, patience, poll, want)
	}
}

// requireBecomes waits until an answer is this one.
func requireBecomes(t *testing.T, url string, status int, code string) {
	t.Helper()
	require.EventuallyWithT(t, func(t *assert.CollectT) {
		var p problem
		got, err := get(url, &p)
		require.NoError(t, err)
		require.Equal(t, status, got)
		require.Equal(t, code, p.Code)
	}, recovery, poll, url)
}

// requireUndisturbed books on an event, one call after another.
func requireUndisturbed(t *testing.T, url, event string) {
	t.Helper()
	const bookings = 100
	durations := make([]time.Duration, bookings)
	for i := range durations {
		began := time.Now()
		var p problem
		status, err := post(client, url+"/book", "", bookingBody(event, "ada", 1), &p)
		durations[i] = time.Since(began)
		require.NoError(t, err)
		require.Equal(t, http.StatusCreated, status, p.Code)
	}
	slices.Sort(durations)
	p99 := durations[bookings*99/100-1]
	t.Logf("%d bookings beside a shard that is away: p50 %s, p99 %s", bookings, durations[bookings/2-1], p99)
	if *undisturbed > 0 {
		require.Less(t, p99, *undisturbed)
	}
}

func textOf(t *testing.T, url string) string {
	t.Helper()
	response, err := client.Get(url)
	require.NoError(t, err)
	defer func() { _ = response.Body.Close() }() // it was read
	var text strings.Builder
	_, err = io.Copy(&text, response.Body)
	require.NoError(t, err)
	return text.String()
}
