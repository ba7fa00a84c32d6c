package faults_test

import (
	"encoding/json"
	"math/rand/v2"
	"strings"
	"testing"
	"time"

	"github.com/Shopify/toxiproxy/v2"
	"github.com/go-sql-driver/mysql"
	"github.com/prometheus/client_golang/prometheus"
	"github.com/rs/zerolog"
	"github.com/stretchr/testify/require"

	"github.com/boxoffice-go/boxoffice/adapters/mysql/mysqltest"
)

// toxic is a disturbance of toxiproxy's.
type toxic struct {
	Name       string         `json:"name"`
	Type       string         `json:"type"`
	Stream     string         `json:"stream"`
	Toxicity   float32        `json:"toxicity"` // the part of the connections that have it
	Attributes map[string]int `json:"attributes"`
}

// disturbances are what happens to the connections to MySQL, times in
// milliseconds. A stall loses its connections when it ends; cutting them all
// has no toxic.
var disturbances = []toxic{
	{Name: "cut"},
	{Name: "reset", Type: "reset_peer", Stream: "downstream", Toxicity: 0.5, Attributes: map[string]int{"timeout": 0}},
	{Name: "requests stalled", Type: "timeout", Stream: "upstream", Toxicity: 0.7, Attributes: map[string]int{"timeout": 0}},
	{Name: "answers stalled", Type: "timeout", Stream: "downstream", Toxicity: 0.7, Attributes: map[string]int{"timeout": 0}},
	{Name: "slowed", Type: "latency", Stream: "downstream", Toxicity: 1, Attributes: map[string]int{"latency": 50, "jitter": 50}},
	{Name: "cut in the middle", Type: "limit_data", Stream: "downstream", Toxicity: 0.5, Attributes: map[string]int{"bytes": 3000}},
}

func TestConnectionsAreCutStalledAndSlowed(t *testing.T) {
	t.Parallel()
	proxy, dsn := newToxiproxy(t, mysqltest.DSN(t))
	s := startServer(t, dsn)
	load := begin(t, s.only)
	for range max(1, *rounds/2) {
		for _, d := range disturbances {
			load.await(50)
			if d.Type == "" {
				proxy.Stop()
			} else {
				body, err := json.Marshal(d)
				require.NoError(t, err)
				_, err = proxy.Toxics.AddToxicJson(strings.NewReader(string(body)))
				require.NoError(t, err)
			}
			time.Sleep(rand.N(time.Second))
			if d.Type == "" {
				require.NoError(t, proxy.Start())
			} else {
				require.NoError(t, proxy.Toxics.RemoveToxic(t.Context(), d.Name))
			}
			load.faults++
			requireRecovery(t, "", s.url())
		}
	}
	load.prove()
}

// newToxiproxy returns a proxy in front of a database, and the database's
// address that leads through it.
func newToxiproxy(t *testing.T, dsn string) (*toxiproxy.Proxy, string) {
	t.Helper()
	config, err := mysql.ParseDSN(dsn)
	require.NoError(t, err)
	server := toxiproxy.NewServer(toxiproxy.NewMetricsContainer(prometheus.NewRegistry()), zerolog.Nop())
	proxy := toxiproxy.NewProxy(server, t.Name(), "127.0.0.1:0", config.Addr)
	require.NoError(t, proxy.Start())
	t.Cleanup(proxy.Stop)
	config.Addr = proxy.Listen // with the port that was free
	return proxy, config.FormatDSN()
}
