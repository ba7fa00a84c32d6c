package rest_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/getkin/kin-openapi/openapi3"
	"github.com/getkin/kin-openapi/openapi3filter"
	"github.com/getkin/kin-openapi/routers"
	"github.com/getkin/kin-openapi/routers/gorillamux"
	"github.com/stretchr/testify/require"
	"go.yaml.in/yaml/v3"

	"github.com/boxoffice-go/boxoffice/adapters/httpbase"
	"github.com/boxoffice-go/boxoffice/ports"
	"github.com/boxoffice-go/boxoffice/schema/openapi"
)

func init() {
	openapi3filter.RegisterBodyDecoder("text/html", openapi3filter.PlainBodyDecoder)
	openapi3filter.RegisterBodyDecoder("text/csv", openapi3filter.PlainBodyDecoder)
	openapi3filter.RegisterBodyDecoder("text/event-stream", openapi3filter.PlainBodyDecoder)
}

// contract is the OpenAPI document, and what was seen of it.
type contract struct {
	doc    *openapi3.T
	router routers.Router
	// outside has the answers of requests that are for no operation.
	outside *openapi3.Operation
	seen    map[string]bool // "operationId status code"
}

func readContract(t *testing.T) *contract {
	t.Helper()
	var source map[string]any
	require.NoError(t, yaml.Unmarshal(openapi.Document, &source))
	// Clients must bear fields that they don't know, so the document allows
	// them; here, a field that it doesn't name is a mistake.
	for _, s := range source["components"].(map[string]any)["schemas"].(map[string]any) {
		if object := s.(map[string]any); object["properties"] != nil {
			object["additionalProperties"] = false
		}
	}
	exact, err := yaml.Marshal(source)
	require.NoError(t, err)
	doc, err := openapi3.NewLoader().LoadFromData(exact)
	require.NoError(t, err)
	router, err := gorillamux.NewRouter(doc)
	require.NoError(t, err)
	return &contract{
		doc:    doc,
		router: router,
		outside: &openapi3.Operation{OperationID: "none", Responses: openapi3.NewResponses(
			openapi3.WithStatus(http.StatusNotFound, &openapi3.ResponseRef{Value: doc.Components.Responses["RouteNotFound"].Value}),
			openapi3.WithStatus(http.StatusMethodNotAllowed, &openapi3.ResponseRef{Value: doc.Components.Responses["MethodNotAllowed"].Value}),
		)},
		seen: make(map[string]bool),
	}
}

// serve starts a server whose client checks all that passes.
func (c *contract) serve(t *testing.T, store ports.Store, config httpbase.Config) *server {
	t.Helper()
	s := serve(t, store, config)
	s.Client().Transport = &checkedTransport{Transport: s.Client().Transport.(*http.Transport), contract: c}
	return s
}

// checkedTransport fails where a request or its answer isn't as the document
// says. A request that is accepted must be valid by the document, one that is
// refused with 400 must not be, and all answers must be, refusals too.
type checkedTransport struct {
	*http.Transport
	contract *contract
}

func (c *checkedTransport) RoundTrip(request *http.Request) (*http.Response, error) {
	var sent []byte
	if request.Body != nil {
		var err error
		if sent, err = io.ReadAll(request.Body); err != nil {
			return nil, err
		}
	}
	withBody := func() *http.Request {
		clone := request.Clone(request.Context())
		clone.Body = io.NopCloser(bytes.NewReader(sent))
		return clone
	}
	answer, err := c.Transport.RoundTrip(withBody())
	if err != nil {
		return nil, err
	}
	received, err := io.ReadAll(answer.Body)
	if err := errors.Join(err, answer.Body.Close()); err != nil {
		return nil, err
	}
	answer.Body = io.NopCloser(bytes.NewReader(received))
	if err := c.contract.check(withBody(), answer, received); err != nil {
		return nil, fmt.Errorf("%s %s %s\nwas answered with %d %s\nagainst the document: %w",
			request.Method, request.URL.Path, sent, answer.StatusCode, received, err)
	}
	return answer, nil
}

// hasUnknownParameter reports what the validation of requests lets through.
func hasUnknownParameter(input *openapi3filter.RequestValidationInput) bool {
	for name := range input.Request.URL.Query() {
		if input.Route.Operation.Parameters.GetByInAndName(openapi3.ParameterInQuery, name) == nil {
			return true
		}
	}
	return false
}

func (c *contract) check(request *http.Request, answer *http.Response, body []byte) error {
	options := &openapi3filter.Options{
		MultiError:                        true,
		IncludeResponseStatus:             true,
		RejectWhenRequestBodyNotSpecified: true,
		SkipSettingDefaults:               true,
		AuthenticationFunc:                openapi3filter.NoopAuthenticationFunc,
	}
	input := &openapi3filter.RequestValidationInput{Request: request, Options: options}
	var err error
	input.Route, input.PathParams, err = c.router.FindRoute(request)
	if err == nil {
		invalid := openapi3filter.ValidateRequest(request.Context(), input)
		switch {
		case invalid != nil && answer.StatusCode < http.StatusBadRequest:
			return fmt.Errorf("accepted though it isn't valid: %w", invalid)
		case invalid == nil && answer.StatusCode == http.StatusBadRequest && !hasUnknownParameter(input):
			return errors.New("refused though it is valid")
		}
	} else {
		input.Route = &routers.Route{Spec: c.doc, Operation: c.outside}
	}
	code, err := c.codeOf(answer.StatusCode, body)
	if err != nil {
		return err
	}
	c.seen[seenKey(input.Route.Operation, strconv.Itoa(answer.StatusCode), code)] = true
	return openapi3filter.ValidateResponse(request.Context(), &openapi3filter.ResponseValidationInput{
		RequestValidationInput: input,
		Status:                 answer.StatusCode,
		Header:                 answer.Header,
		Body:                   io.NopCloser(bytes.NewReader(body)),
		Options:                options,
	})
}

// codeOf returns a refusal's code. Its title must be that of the example.
func (c *contract) codeOf(status int, body []byte) (string, error) {
	if status < http.StatusBadRequest || len(body) == 0 {
		return "", nil
	}
	var p problem
	if err := json.Unmarshal(body, &p); err != nil {
		return "", err
	}
	example := c.doc.Components.Examples[p.Code]
	if example == nil || example.Value.Value.(map[string]any)["title"] != p.Title {
		return "", fmt.Errorf("there is no example of the code %q with the title %q", p.Code, p.Title)
	}
	return p.Code, nil
}

func seenKey(op *openapi3.Operation, status, code string) string {
	return strings.TrimSpace(op.OperationID + " " + status + " " + code)
}

// documented returns what could be seen: all statuses of all operations, and of
// refusals all codes.
func (c *contract) documented() []string {
	var all []string
	for _, op := range append(c.operations(), operation{Operation: c.outside}) {
		for status, response := range op.Responses.Map() {
			if problem := response.Value.Content["application/problem+json"]; problem == nil {
				all = append(all, seenKey(op.Operation, status, ""))
			} else {
				for _, code := range codesOf(problem.Schema) {
					all = append(all, seenKey(op.Operation, status, code))
				}
			}
		}
	}
	return all
}

// codesOf finds the codes that a response allows: the loader puts what stands
// beside a $ref into allOf.
func codesOf(s *openapi3.SchemaRef) (codes []string) {
	for _, part := range s.Value.AllOf {
		if code := part.Value.Properties["code"]; code != nil {
			for _, value := range code.Value.Enum {
				codes = append(codes, value.(string))
			}
		}
	}
	return codes
}

// operation is an operation with a request that the document has as example.
type operation struct {
	*openapi3.Operation
	method, path string
	url, body    string // body is empty if it takes none
}

func (c *contract) operations() []operation {
	var all []operation
	for path, item := range c.doc.Paths.Map() {
		url := path
		for _, p := range item.Parameters {
			url = strings.ReplaceAll(url, "{"+p.Value.Name+"}", fmt.Sprint(p.Value.Example))
		}
		for method, op := range item.Operations() {
			o := operation{Operation: op, method: method, path: path, url: url}
			for _, p := range op.Parameters {
				if p.Value.In == "query" && p.Value.Required {
					o.url += "?" + p.Value.Name + "=" + fmt.Sprint(p.Value.Example)
				}
			}
			if op.RequestBody != nil {
				examples := op.RequestBody.Value.Content["application/json"].Examples
				first := slices.Min(slices.Collect(maps.Keys(examples)))
				body, err := json.Marshal(examples[first].Value.Value)
				if err != nil {
					panic(err) // what was read from YAML is no cycle and no function
				}
				o.body = string(body)
			}
			all = append(all, o)
		}
	}
	return all
}

func TestTheContractIsValidOpenAPI(t *testing.T) {
	t.Parallel()
	doc, err := openapi3.NewLoader().LoadFromData(openapi.Document)
	require.NoError(t, err)
	require.NoError(t, doc.Validate(context.Background(),
		openapi3.EnableExamplesValidation(), openapi3.EnableSchemaFormatValidation(), openapi3.EnableSchemaPatternValidation()))
	require.True(t, doc.IsOpenAPI31OrLater())
}
