package rest

import (
	"bytes"
	"crypto/sha256"
	_ "embed"
	"encoding/base64"
	"fmt"
	"html/template"
	"net/http"
	"regexp"
	"strings"
	"sync"

	"github.com/go-json-experiment/json/jsontext"
	"github.com/labstack/echo/v4"
	"go.yaml.in/yaml/v3"

	"github.com/boxoffice-go/boxoffice/schema/openapi"
)

const (
	openAPIPath = "/openapi.yaml"
	docsPath    = "/docs"
)

//go:embed docs.html
var docsTemplate string

// openAPI answers with the contract as it is embedded.
func openAPI(c echo.Context) error {
	return c.Blob(http.StatusOK, "application/yaml", openapi.Document)
}

// docs answers with a page that shows the contract. The page has no scripts and
// loads nothing, and its policy allows no more than that.
func docs(c echo.Context) error {
	page, err := docsPage()
	if err != nil {
		return err
	}
	c.Response().Header().Set(echo.HeaderContentSecurityPolicy, page.policy)
	return c.HTMLBlob(http.StatusOK, page.html)
}

type renderedPage struct {
	html   []byte
	policy string // Content-Security-Policy
}

// docsPage renders the page when it is first asked for.
var docsPage = sync.OnceValues(func() (renderedPage, error) {
	document, err := parseDocument(openapi.Document)
	if err != nil {
		return renderedPage{}, fmt.Errorf("rest: read the OpenAPI document: %w", err)
	}
	tmpl, err := template.New("docs").Funcs(template.FuncMap{
		"prose":     prose,
		"breakable": breakable,
		"json":      exampleJSON,
		"kind":      document.kind,
		"fields":    document.fields,
	}).Parse(docsTemplate)
	if err != nil {
		return renderedPage{}, fmt.Errorf("rest: read the template of the page: %w", err)
	}
	var html bytes.Buffer
	if err := tmpl.Execute(&html, document); err != nil {
		return renderedPage{}, fmt.Errorf("rest: render the page: %w", err)
	}
	_, rest, _ := bytes.Cut(html.Bytes(), []byte("<style>"))
	style, _, _ := bytes.Cut(rest, []byte("</style>"))
	hash := sha256.Sum256(style)
	return renderedPage{
		html: html.Bytes(),
		policy: "default-src 'none'; style-src 'sha256-" + base64.StdEncoding.EncodeToString(hash[:]) +
			"'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
	}, nil
})

var inline = regexp.MustCompile("`([^`]+)`|\\*\\*([^*]+)\\*\\*")

// prose makes paragraphs of a description, which has `code` and **terms**.
func prose(text string) template.HTML {
	var b strings.Builder
	for paragraph := range strings.SplitSeq(strings.TrimSpace(text), "\n\n") {
		b.WriteString("<p>")
		escaped := template.HTMLEscapeString(strings.TrimSpace(paragraph))
		b.WriteString(inline.ReplaceAllStringFunc(escaped, func(match string) string {
			if strings.HasPrefix(match, "`") {
				return "<code>" + strings.Trim(match, "`") + "</code>"
			}
			return "<dfn>" + strings.Trim(match, "*") + "</dfn>"
		}))
		b.WriteString("</p>")
	}
	return template.HTML(b.String()) // everything but our own tags is escaped
}

// breakable lets a path go on in the next line after every slash.
func breakable(path string) template.HTML {
	return template.HTML(strings.ReplaceAll(template.HTMLEscapeString(path), "/", "/<wbr>"))
}

// exampleJSON writes an example as JSON, in the order in which it is written.
func exampleJSON(example yaml.Node) (string, error) {
	var b strings.Builder
	if example.Kind == yaml.ScalarNode && example.Tag == "!!str" {
		return example.Value, nil // text, not JSON
	}
	err := writeJSON(jsontext.NewEncoder(&b, jsontext.WithIndent("  ")), &example)
	return strings.TrimSpace(b.String()), err
}

func writeJSON(enc *jsontext.Encoder, node *yaml.Node) error {
	begin, end := jsontext.BeginObject, jsontext.EndObject
	switch {
	case node.Kind == yaml.SequenceNode:
		begin, end = jsontext.BeginArray, jsontext.EndArray
	case node.Tag == "!!str":
		return enc.WriteToken(jsontext.String(node.Value))
	case node.Kind == yaml.ScalarNode:
		return enc.WriteValue(jsontext.Value(node.Value))
	}
	if err := enc.WriteToken(begin); err != nil {
		return err
	}
	for _, child := range node.Content {
		if err := writeJSON(enc, child); err != nil {
			return err
		}
	}
	return enc.WriteToken(end)
}
