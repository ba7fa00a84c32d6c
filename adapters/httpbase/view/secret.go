package view

import "encoding/base64"

// Secret is the secret of a webhook, as Standard Webhooks writes it.
func Secret(secret []byte) string { return "whsec_" + base64.StdEncoding.EncodeToString(secret) }
