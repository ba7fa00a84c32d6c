package rest

import (
	"fmt"
	"net/url"
	"strings"
)

// URL returns the operation's path with the examples of what it must have.
func (op *operation) URL() string {
	path, query := op.Path, url.Values{}
	for _, p := range op.Parameters {
		switch {
		case p.In == "path":
			path = strings.ReplaceAll(path, "{"+p.Name+"}", p.Example)
		case p.In == "query" && p.Required:
			query.Set(p.Name, p.Example)
		}
	}
	if len(query) > 0 {
		path += "?" + query.Encode()
	}
	return path
}

// body returns the first example of the operation's body; it is empty if it takes
// none.
func (op *operation) body() (string, error) {
	for _, content := range op.RequestBody.Content {
		for _, e := range content.Value.Examples {
			return exampleJSON(e.Value.Value)
		}
	}
	return "", nil
}

// Curl returns the operation as a command for a shell.
func (op *operation) Curl() (string, error) {
	body, err := op.body()
	lines := []string{fmt.Sprintf(`curl -X %s "$SERVER%s"`, op.Method, op.URL())}
	if op.Role() != "" {
		lines = append(lines, `-H "Authorization: Bearer $KEY"`)
	}
	if body != "" {
		lines = append(lines, `-H "Content-Type: application/json"`, "-d '"+strings.ReplaceAll(body, "'", `'\''`)+"'")
	}
	return strings.Join(lines, " \\\n  "), err
}

// Go returns the operation as a piece of a program.
func (op *operation) Go() (string, error) {
	body, err := op.body()
	reader, headers := "nil", ""
	if op.Role() != "" {
		headers += "request.Header.Set(\"Authorization\", \"Bearer \"+key)\n"
	}
	if body != "" {
		reader = "strings.NewReader(`" + body + "`)"
		headers += "request.Header.Set(\"Content-Type\", \"application/json\")\n"
	}
	return fmt.Sprintf(`request, err := http.NewRequest(%q, server+%q, %s)
if err != nil {
	return err
}
%sanswer, err := http.DefaultClient.Do(request)
if err != nil {
	return err
}
defer answer.Body.Close()`, op.Method, op.URL(), reader, headers), err
}

// sampleAnswer is an answer with its body, which is empty if it has none.
type sampleAnswer struct{ Status, Body string }

// Answer returns the first answer that is shown, which is no refusal.
func (op *operation) Answer() (sampleAnswer, error) {
	first := op.Responses[0]
	for _, content := range first.Value.Content {
		for _, e := range content.Value.Examples {
			body, err := exampleJSON(e.Value.Value)
			return sampleAnswer{first.Name, body}, err
		}
	}
	return sampleAnswer{Status: first.Name}, nil
}
