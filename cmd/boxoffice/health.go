package main

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"time"
)

// healthTimeout is below the time that container engines give a health check.
const healthTimeout = 5 * time.Second

const maxProblemBytes = 64 << 10

type healthCommand struct {
	Addr address  `default:"127.0.0.1:3000" help:"Address that the server listens on."`
	URL  *url.URL `arg:"" optional:"" help:"Where the server is reached, if not at its address."`
}

// Run asks a server whether it is ready.
func (c healthCommand) Run(ctx context.Context, out output) error {
	ctx, cancel := context.WithTimeout(ctx, healthTimeout)
	defer cancel()
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, c.base().JoinPath("readyz").String(), nil)
	if err != nil {
		return err
	}
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		return fmt.Errorf("the server can't be reached: %w", err)
	}
	defer response.Body.Close()
	if response.StatusCode != http.StatusOK {
		var problem struct{ Detail string }
		if json.NewDecoder(io.LimitReader(response.Body, maxProblemBytes)).Decode(&problem) == nil && problem.Detail != "" {
			return fmt.Errorf("the server is not ready: %s", problem.Detail)
		}
		return fmt.Errorf("the server is not ready: %s answered %s", request.URL, response.Status)
	}
	_, err = fmt.Fprintln(out.stdout, "ready")
	return err
}

func (c healthCommand) base() *url.URL {
	if c.URL != nil {
		return c.URL
	}
	host, port, _ := net.SplitHostPort(string(c.Addr)) // checked when it was parsed
	if ip := net.ParseIP(host); host == "" || ip != nil && ip.IsUnspecified() {
		host = "localhost"
	}
	return &url.URL{Scheme: "http", Host: net.JoinHostPort(host, port)}
}
