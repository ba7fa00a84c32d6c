package main

import (
	"context"
	"encoding/json"
	"fmt"
	"net"
	"net/http"
	"net/url"
	"strings"
	"time"
)

// healthTimeout is below the time that container engines give a health check.
const healthTimeout = 5 * time.Second

type healthCommand struct {
	Addr address    `default:"127.0.0.1:3000" help:"Address that the server listens on."`
	URL  *serverURL `arg:"" optional:"" help:"Where the server is reached, like https://tickets.example.com, if not at its address."`
}

// Run asks a server whether it is ready.
func (c healthCommand) Run(ctx context.Context, std streams) error {
	ctx, cancel := context.WithTimeout(ctx, healthTimeout)
	defer cancel()
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, c.readyz().String(), nil)
	if err != nil {
		return err
	}
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		return fmt.Errorf("the server can't be reached: %w", err)
	}
	defer response.Body.Close()
	if response.StatusCode != http.StatusOK {
		return fmt.Errorf("the server is not ready: %s", reason(response))
	}
	_, err = fmt.Fprintln(std.stdout, "ready")
	return err
}

// reason is what a server says about itself, or else how it answered.
func reason(response *http.Response) string {
	var problem struct{ Detail string }
	if json.NewDecoder(response.Body).Decode(&problem) == nil && problem.Detail != "" {
		return problem.Detail
	}
	return fmt.Sprintf("%s answered %s", response.Request.URL, response.Status)
}

func (c healthCommand) readyz() *url.URL {
	base := (*url.URL)(c.URL)
	if base == nil {
		host, port, _ := net.SplitHostPort(string(c.Addr)) // checked when it was parsed
		if ip := net.ParseIP(host); host == "" || ip != nil && ip.IsUnspecified() {
			host = "localhost"
		}
		base = &url.URL{Scheme: "http", Host: net.JoinHostPort(host, port)}
	}
	if strings.HasSuffix(base.Path, "/readyz") {
		return base
	}
	return base.JoinPath("readyz")
}

type serverURL url.URL

func (u *serverURL) UnmarshalText(text []byte) error {
	parsed, err := url.Parse(string(text))
	if err != nil || (parsed.Scheme != "http" && parsed.Scheme != "https") || parsed.Host == "" {
		return fmt.Errorf("must be like http://127.0.0.1:3000, not %q", text)
	}
	*u = serverURL(*parsed)
	return nil
}
