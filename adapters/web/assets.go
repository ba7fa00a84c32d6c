package web

import (
	"crypto/sha256"
	"embed"
	"encoding/hex"
	"fmt"
	"net/http"
	"path"
	"strings"

	"github.com/labstack/echo/v4"
)

//go:embed assets
var assetFiles embed.FS

// asset is a file that pages load. Its path has its hash in it, so what a browser
// has once it may keep.
type asset struct {
	path, contentType string
	content           []byte
}

// assets are all files, by name.
var assets = map[string]asset{
	"page.css": mustAsset("page.css", "text/css; charset=utf-8"),
	"page.js":  mustAsset("page.js", "text/javascript; charset=utf-8"),
	"icon.svg": mustAsset("icon.svg", "image/svg+xml"),
}

func mustAsset(name, contentType string) asset {
	content, err := assetFiles.ReadFile("assets/" + name)
	if err != nil {
		panic(err)
	}
	const hashLength = 6
	hash := sha256.Sum256(content)
	extension := path.Ext(name)
	return asset{
		path:        fmt.Sprintf("/assets/%s.%s%s", strings.TrimSuffix(name, extension), hex.EncodeToString(hash[:hashLength]), extension),
		contentType: contentType,
		content:     content,
	}
}

func (a asset) serve(c echo.Context) error {
	c.Response().Header().Set(echo.HeaderCacheControl, "public, max-age=31536000, immutable")
	return c.Blob(http.StatusOK, a.contentType, a.content)
}
