package main

import (
	"context"
	"errors"
	"fmt"
	"log"
	"net"
	"net/http"
	"runtime"
	"time"

	"github.com/rs/zerolog"

	"github.com/boxoffice-go/boxoffice/adapters/httpbase"
	"github.com/boxoffice-go/boxoffice/adapters/httpbase/apikey"
	"github.com/boxoffice-go/boxoffice/adapters/memory"
	"github.com/boxoffice-go/boxoffice/adapters/rest"
	"github.com/boxoffice-go/boxoffice/adapters/web"
	"github.com/boxoffice-go/boxoffice/adapters/webhook"
	"github.com/boxoffice-go/boxoffice/app"
)

// What one client may take of the server. Reading and writing includes the
// time that a command waits for its transaction.
const (
	readHeaderTimeout = 5 * time.Second
	readTimeout       = 15 * time.Second
	writeTimeout      = 45 * time.Second
	idleTimeout       = 2 * time.Minute
	maxHeaderBytes    = 32 << 10
)

// garbage is how much there may be, in bytes, beyond as much as is in use. Over a
// database that is a few megabytes, whatever it holds, and Go would look through
// them dozens of times a second. It counts as in use, but takes no memory.
const garbage = 24 << 20

type serveCommand struct{ settings }

// Run serves until the context ends, and then ends in order.
func (c serveCommand) Run(ctx context.Context, std streams, env environment) error {
	if err := c.check(); err != nil {
		return usageError{error: err}
	}
	keys, err := c.openKeys()
	if err != nil {
		return usageError{error: err}
	}
	logger := newLogger(c.settings, std.stderr)
	defer onHangup(func() { c.reloadKeys(keys, logger) })()
	if env["GOGC"] == "" && c.where() != storeMemory {
		defer runtime.KeepAlive(make([]byte, garbage))
	}
	serve := map[storeName]func(context.Context, environment, zerolog.Logger, *apikey.Keys) error{
		storeSQLite: c.serveSQLite,
		storeMemory: c.serveMemory,
		storeMySQL:  c.serveMySQL,
	}[c.where()]
	if err := serve(ctx, env, logger, keys); err != nil {
		return err
	}
	logger.Info().Msg("boxoffice has ended; everything that was accepted was done")
	return nil
}

func (c serveCommand) serveMemory(ctx context.Context, env environment, logger zerolog.Logger, keys *apikey.Keys) error {
	return c.serve(ctx, env, logger, keys, memory.New())
}

// serve answers requests from a store until the context ends. Then, in this
// order: readiness says no, the listener closes, requests finish, commands that
// wait are committed, webhooks give back what they have leased. Whoever opened the store closes it after that.
func (c serveCommand) serve(ctx context.Context, env environment, logger zerolog.Logger, keys *apikey.Keys, store app.WebhookStore) (err error) {
	linkSecret, err := c.linkSecret()
	if err != nil {
		return usageError{error: err}
	}
	telemetry, err := newTelemetry(ctx, env, logger)
	if err != nil {
		return err
	}
	links := httpbase.NewLinks(func(ctx context.Context) ([]byte, error) {
		if linkSecret != nil {
			return linkSecret, nil
		}
		return store.Secret(ctx, "links")
	})
	deliverer := telemetry.deliverer(webhook.Config{Store: store, Networks: c.WebhookNetworks, Link: links.Of})
	defer deliverer.Close()
	service := app.New(store, app.Options{
		Lanes:          c.lanes(),
		MaxBatch:       int(c.MaxBatch),
		MaxEventsPerTx: int(c.MaxEventsPerTx),
		MaxPending:     int(c.MaxPending),
		Observe:        telemetry.transactions(),
		Committed:      deliverer.Committed,
	})
	defer service.Close()
	config := httpbase.Config{
		Logger:         logger,
		Keys:           keys,
		RateLimit:      c.clientLimit(),
		KeyRateLimit:   httpbase.RateLimit(c.KeyRateLimit),
		TrustedProxies: c.TrustedProxies,
		CORSOrigins:    c.CORSOrigins,
		LocalHosts:     keys == nil && !c.Addr.isReachable(),
		Ready:          service.Ready,
		MaxStreams:     c.maxStreams(logger),
	}
	telemetry.watch(&config, service, int(c.MaxPending), store)
	handler, err := httpbase.New(config)
	if err != nil {
		return err
	}
	telemetry.watchStreams(handler, service, config.MaxStreams)
	webhooks := app.NewWebhooks(store, deliverer)
	rest.Mount(handler, service, links)
	rest.MountWebhooks(handler, webhooks)
	web.Mount(handler, service, links, webhooks)
	defer func() { err = errors.Join(err, handler.Close()) }()

	// A context that has ended already is no failure: it is seen below.
	listener, err := new(net.ListenConfig).Listen(context.WithoutCancel(ctx), "tcp", string(c.Addr))
	if err != nil {
		return fmt.Errorf("--addr (or BOXOFFICE_ADDR): can't listen at %s: %w", c.Addr, err)
	}
	server := &http.Server{
		Handler:           handler,
		ReadHeaderTimeout: readHeaderTimeout,
		ReadTimeout:       readTimeout,
		WriteTimeout:      writeTimeout,
		IdleTimeout:       idleTimeout,
		MaxHeaderBytes:    maxHeaderBytes,
		ErrorLog:          log.New(logger, "", 0),
	}
	failed := make(chan error, 1)
	listener = httpbase.LimitConnections(server, listener, maxConnections())
	go func() { failed <- server.Serve(listener) }()
	c.announce(logger, listener.Addr(), keys)

	select {
	case err := <-failed:
		return fmt.Errorf("can't go on listening at --addr %s: %w", c.Addr, err)
	case <-ctx.Done():
	}
	logger.Info().AnErr("cause", context.Cause(ctx)).Msg("shutting down")
	handler.Drain()
	time.Sleep(time.Duration(c.DrainDelay))
	return c.shutDown(server, telemetry.flush)
}

// announce is the first thing that a user sees.
func (c serveCommand) announce(logger zerolog.Logger, addr net.Addr, keys *apikey.Keys) {
	level := zerolog.InfoLevel
	if c.where() == storeMemory {
		level = zerolog.WarnLevel
	}
	logger.WithLevel(level).Stringer("addr", addr).Str("version", buildVersion()).Str("store", string(c.where())).Int("api_keys", keys.Len()).
		Msgf("listening on http://%s; data is kept in %s", addr, c.place())
	if keys == nil && c.Addr.isReachable() {
		logger.Warn().Msg("whoever reaches this address may do everything; --api-keys-file asks for keys")
	}
}

// shutDown lets requests finish, and then flushes what was told about them; both
// for as long as requests may.
func (c serveCommand) shutDown(server *http.Server, flush func(context.Context)) error {
	ctx, cancel := context.WithTimeout(context.Background(), time.Duration(c.ShutdownTimeout))
	defer cancel()
	defer flush(ctx)
	if err := server.Shutdown(ctx); err != nil {
		return errors.Join(
			fmt.Errorf("requests that had not finished after --shutdown-timeout %s were cut off", time.Duration(c.ShutdownTimeout)),
			server.Close(),
		)
	}
	return nil
}
