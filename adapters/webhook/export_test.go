package webhook

import "net/http"

// NewOver is New, but messages go over a transport.
func NewOver(config Config, transport http.RoundTripper) *Deliverer {
	client := &http.Client{
		Transport:     transport,
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}
	return start(config, client, client)
}
