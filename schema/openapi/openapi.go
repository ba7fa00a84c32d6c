// Package openapi holds the contract of the HTTP interface, without anything
// that reads it.
package openapi

import _ "embed"

// Document is the contract: an OpenAPI 3.1 document, in
// YAML. Nobody may change it.
//
//go:embed openapi.yaml
var Document []byte
