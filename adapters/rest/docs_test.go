package rest_test

import (
	"crypto/sha256"
	"encoding/base64"
	"go/parser"
	"go/token"
	"html"
	"net/http"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/boxoffice-go/boxoffice/adapters/httpbase"
	"github.com/boxoffice-go/boxoffice/adapters/memory"
	"github.com/boxoffice-go/boxoffice/schema/openapi"
)

func TestTheContractIsServedAsItIsEmbedded(t *testing.T) {
	t.Parallel()
	r := serve(t, memory.New(), httpbase.Config{}).get("/openapi.yaml")
	require.Equal(t, http.StatusOK, r.status)
	require.Equal(t, "application/yaml", r.header.Get("Content-Type"))
	require.Equal(t, string(openapi.Document), r.body)
}

func TestThePageShowsTheWholeContract(t *testing.T) {
	t.Parallel()
	page := serve(t, memory.New(), httpbase.Config{}).get("/docs").body
	type shownOperation struct{ id, summary, method, path string }
	var shown, documented []shownOperation
	heading := regexp.MustCompile(`<h3 id="(\w+)">(.*)</h3>\n<p class="route"><span class="method \w+">(\w+)</span> <code>(.*?)</code>`)
	for _, found := range heading.FindAllStringSubmatch(page, -1) {
		shown = append(shown, shownOperation{found[1], html.UnescapeString(found[2]), found[3], found[4]})
	}
	c := readContract(t)
	for _, op := range c.operations() {
		documented = append(documented, shownOperation{op.OperationID, op.Summary, op.method, op.path})
	}
	require.ElementsMatch(t, documented, shown)

	var codes []any
	for _, found := range regexp.MustCompile(`<div id="(\w+)">`).FindAllStringSubmatch(page, -1) {
		codes = append(codes, found[1])
	}
	require.Equal(t, c.doc.Components.Schemas["Code"].Value.Enum, codes)
}

func TestThePageLeadsNowhereElse(t *testing.T) {
	t.Parallel()
	page := serve(t, memory.New(), httpbase.Config{}).get("/docs").body
	ids := make(map[string]bool)
	for _, found := range regexp.MustCompile(` id="([^"]*)"`).FindAllStringSubmatch(page, -1) {
		require.False(t, ids[found[1]], "two of %s", found[1])
		ids[found[1]] = true
	}
	for _, found := range regexp.MustCompile(` href="([^"]*)"`).FindAllStringSubmatch(page, -1) {
		if target, inside := strings.CutPrefix(found[1], "#"); inside {
			require.True(t, ids[target], "no %s", target)
		} else {
			require.Equal(t, "/openapi.yaml", found[1])
		}
	}
}

func TestThePageMayUseItsOwnStyleAndNothingElse(t *testing.T) {
	t.Parallel()
	r := serve(t, memory.New(), httpbase.Config{}).get("/docs")
	require.Equal(t, "text/html; charset=UTF-8", r.header.Get("Content-Type"))
	styles := regexp.MustCompile(`(?s)<style>(.*?)</style>`).FindAllStringSubmatch(r.body, -1)
	require.Len(t, styles, 1)
	hash := sha256.Sum256([]byte(styles[0][1]))
	require.Equal(t, "default-src 'none'; style-src 'sha256-"+base64.StdEncoding.EncodeToString(hash[:])+
		"'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'", r.header.Get("Content-Security-Policy"))
	require.NotRegexp(t, `(?i)<script|<link|<img|<iframe| style=| src=| on\w+=|url\(|@import|=\"?https?://`, r.body)
}

// samplesOn returns the samples of one kind, as a reader copies them.
func samplesOn(page, kind string) (all []string) {
	for _, found := range regexp.MustCompile(`(?s)<pre tabindex="0" class="`+kind+`">(.*?)</pre>`).FindAllStringSubmatch(page, -1) {
		all = append(all, html.UnescapeString(found[1]))
	}
	return all
}

func TestEverySampleForAShellIsUnderstood(t *testing.T) {
	t.Parallel()
	curl, err := exec.LookPath("curl")
	if err != nil {
		t.Skip("this needs curl")
	}
	keys, texts := keyring(t, "olga organizer")
	s := serve(t, memory.New(), httpbase.Config{Keys: keys})
	samples := samplesOn(s.get("/docs").body, "curl")
	require.Len(t, samples, len(readContract(t).operations()))
	for _, sample := range samples {
		command := exec.CommandContext(t.Context(), "sh", "-c", sample+` -s -o /dev/null -w "%{http_code}"`)
		command.Env = []string{"PATH=" + filepath.Dir(curl), "SERVER=" + s.URL, "KEY=" + texts["olga"]}
		status, err := command.Output()
		require.NoError(t, err, sample)
		if string(status) == "404" { // there is such a route, but no such event, webhook or link
			require.Regexp(t, idExample+"|"+webhookExample+"|/b/", sample)
			continue
		}
		require.Contains(t, []string{"200", "201"}, string(status), sample)
	}
}

func TestEverySampleInGoIsGo(t *testing.T) {
	t.Parallel()
	samples := samplesOn(serve(t, memory.New(), httpbase.Config{}).get("/docs").body, "go")
	require.Len(t, samples, len(readContract(t).operations()))
	for _, sample := range samples {
		source := "package p\n\nfunc f(server, key string) error {\n" + sample + "\nreturn nil\n}\n"
		_, err := parser.ParseFile(token.NewFileSet(), "sample.go", source, parser.AllErrors)
		require.NoError(t, err, sample)
	}
}
