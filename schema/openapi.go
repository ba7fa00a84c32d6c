package schema

import _ "embed"

// OpenAPI is the contract of the HTTP interface: an OpenAPI 3.1 document, in
// YAML. Nobody may change it.
//
//go:embed openapi.yaml
var OpenAPI []byte
