package main

import (
	"bytes"
	"fmt"
	"net"
	"net/netip"
	"os"
	"os/signal"
	"strings"
	"syscall"

	"github.com/rs/zerolog"

	"github.com/boxoffice-go/boxoffice/adapters/httpbase/apikey"
)

// openKeys reads the keys of who may call; there are none if nobody is asked for
// one. Then others must not be able to reach the server, unless that is wished.
func (s settings) openKeys() (*apikey.Keys, error) {
	if s.APIKeysFile != "" {
		keys := new(apikey.Keys)
		return keys, s.readKeys(keys)
	}
	if s.Addr.isReachable() && !s.Insecure {
		return nil, fmt.Errorf("--addr (or BOXOFFICE_ADDR): others can reach %s, and could do everything; "+
			"set --api-keys-file, or --insecure if that is meant", s.Addr)
	}
	return nil, nil
}

// readKeys reads the keys, also again. If that fails, those there are stay.
func (s settings) readKeys(keys *apikey.Keys) error {
	file, err := os.ReadFile(string(s.APIKeysFile))
	if err == nil {
		err = keys.Replace(string(file))
	}
	if err != nil {
		return fmt.Errorf("--api-keys-file (or BOXOFFICE_API_KEYS_FILE): %w", err)
	}
	return nil
}

// reloadKeys reads the keys again, if there are any.
func (s settings) reloadKeys(keys *apikey.Keys, logger zerolog.Logger) {
	if keys == nil {
		return
	}
	if err := s.readKeys(keys); err != nil {
		logger.Error().Err(err).Msg("the API keys were not read again; those from before stay")
		return
	}
	logger.Info().Int("api_keys", keys.Len()).Msg("the API keys were read again")
}

// minLinkSecret is how many bytes a secret has that nobody can guess.
const minLinkSecret = 32

// linkSecret reads the secret of the links of bookings; nil is the store's own.
func (s settings) linkSecret() ([]byte, error) {
	if s.LinkSecretFile == "" {
		return nil, nil
	}
	secret, err := os.ReadFile(string(s.LinkSecretFile))
	if err != nil {
		return nil, fmt.Errorf("--link-secret-file (or BOXOFFICE_LINK_SECRET_FILE): %w", err)
	}
	if secret = bytes.TrimSpace(secret); len(secret) < minLinkSecret {
		return nil, fmt.Errorf("--link-secret-file (or BOXOFFICE_LINK_SECRET_FILE): %s has %d bytes; at least %d are needed, like those of openssl rand -base64 32",
			s.LinkSecretFile, len(secret), minLinkSecret)
	}
	return secret, nil
}

// onHangup does something at every SIGHUP, one after another, until stop is
// called. stop waits for what is being done.
func onHangup(do func()) (stop func()) {
	hangups := make(chan os.Signal, 1)
	signal.Notify(hangups, syscall.SIGHUP)
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		for range hangups {
			do()
		}
	}()
	return func() {
		signal.Stop(hangups)
		close(hangups)
		<-ended
	}
}

// isReachable reports whether others than this machine might reach the address.
// Where a name leads, nobody knows for sure, but for localhost.
func (a address) isReachable() bool {
	host, _, _ := net.SplitHostPort(string(a)) // checked when it was parsed
	if strings.EqualFold(host, "localhost") {
		return false
	}
	ip, err := netip.ParseAddr(host)
	return err != nil || !ip.Unmap().IsLoopback()
}
