package schema

import "embed"

//go:embed migrations/*.sql
var files embed.FS
