package rest

import (
	"fmt"
	"slices"
	"strings"

	"go.yaml.in/yaml/v3"
)

// openAPIDocument is the part of an OpenAPI document that its page shows.
type openAPIDocument struct {
	Info struct {
		Title, Version, Summary, Description string
	}
	Tags []struct {
		Name, Description string
	}
	Paths      ordered[pathItem]
	Components struct {
		SecuritySchemes ordered[described] `yaml:"securitySchemes"`
		Headers         ordered[parameter]
		Schemas         ordered[*schemaObject]
		Examples        ordered[example]
	}

	operations []*operation
}

// ordered is a mapping that keeps the order in which it is written.
type ordered[T any] []member[T]

type member[T any] struct {
	Name  string
	Value T
}

// UnmarshalYAML reads the members one after another.
func (o *ordered[T]) UnmarshalYAML(node *yaml.Node) error {
	for i := 0; i+1 < len(node.Content); i += 2 {
		m := member[T]{Name: node.Content[i].Value}
		if err := node.Content[i+1].Decode(&m.Value); err != nil {
			return err
		}
		*o = append(*o, m)
	}
	return nil
}

type described struct{ Description string }

type pathItem struct {
	Parameters               []parameter
	Get, Post, Patch, Delete *operation
}

type operation struct {
	ID                   string `yaml:"operationId"`
	Tags                 []string
	Summary, Description string
	Security             []map[string][]string
	Parameters           []parameter
	RequestBody          struct{ Content ordered[media] } `yaml:"requestBody"`
	Responses            ordered[answerObject]

	Method, Path string `yaml:"-"`
}

type parameter struct {
	Name, In, Description string
	Required              bool
	Schema                *schemaObject
	Example               string
}

type answerObject struct {
	Description string
	Headers     ordered[parameter]
	Content     ordered[media]
}

type media struct {
	Schema   *schemaObject
	Examples ordered[example]
}

type example struct {
	Summary string
	Value   yaml.Node
}

// parseDocument reads an OpenAPI document.
func parseDocument(source []byte) (*openAPIDocument, error) {
	var file yaml.Node
	if err := yaml.Unmarshal(source, &file); err != nil {
		return nil, err
	}
	if err := resolve(&file, &file); err != nil {
		return nil, err
	}
	var d openAPIDocument
	if err := file.Decode(&d); err != nil {
		return nil, err
	}
	d.complete()
	return &d, nil
}

const schemasRef = "#/components/schemas/"

// resolve puts in the place of every reference what it refers to. Those to
// schemas stay, since the page shows their names.
func resolve(node, file *yaml.Node) error {
	if ref := find(node, "$ref"); ref != nil && !strings.HasPrefix(ref.Value, schemasRef) {
		target := file.Content[0]
		for key := range strings.SplitSeq(strings.TrimPrefix(ref.Value, "#/"), "/") {
			if target = find(target, key); target == nil {
				return fmt.Errorf("%s refers to nothing", ref.Value)
			}
		}
		*node = *target
	}
	for _, child := range node.Content {
		if err := resolve(child, file); err != nil {
			return err
		}
	}
	return nil
}

// find returns the value of a mapping's key, or nil.
func find(node *yaml.Node, key string) *yaml.Node {
	if node.Kind != yaml.MappingNode {
		return nil
	}
	for i := 0; i+1 < len(node.Content); i += 2 {
		if node.Content[i].Value == key {
			return node.Content[i+1]
		}
	}
	return nil
}

// complete gives every operation what the document says of it elsewhere.
func (d *openAPIDocument) complete() {
	for _, path := range d.Paths {
		item := path.Value
		for _, m := range []member[*operation]{
			{"GET", item.Get}, {"POST", item.Post}, {"PATCH", item.Patch}, {"DELETE", item.Delete},
		} {
			if op := m.Value; op != nil {
				op.Method, op.Path = m.Name, path.Name
				op.Parameters = slices.Concat(item.Parameters, op.Parameters)
				d.operations = append(d.operations, op)
			}
		}
	}
}

// Operations returns the operations with a tag, in their order.
func (d *openAPIDocument) Operations(tag string) []*operation {
	return slices.DeleteFunc(slices.Clone(d.operations), func(op *operation) bool {
		return !slices.Contains(op.Tags, tag)
	})
}

// Role returns the least role that may call the operation; it is empty if
// anybody may.
func (op *operation) Role() string {
	for _, scheme := range op.Security {
		for _, roles := range scheme {
			return strings.Join(roles, ", ")
		}
	}
	return ""
}

// Inputs returns the parameters that not every operation has.
func (op *operation) Inputs() []parameter {
	return slices.DeleteFunc(slices.Clone(op.Parameters), func(p parameter) bool { return isCommon(p.Name) })
}

// SpecialHeaders returns the headers that not every answer has.
func (a answerObject) SpecialHeaders() ordered[parameter] {
	return slices.DeleteFunc(slices.Clone(a.Headers), func(h member[parameter]) bool { return isCommon(h.Name) })
}

// isCommon tells the headers that the page explains once for all.
func isCommon(header string) bool {
	return header == "X-Request-Id" || strings.HasPrefix(header, "RateLimit-")
}

// Codes returns the error codes that an answer may have.
func (a answerObject) Codes() []string {
	for _, m := range a.Content {
		for _, p := range m.Value.Schema.Properties {
			if p.Name == "code" {
				return p.Value.Enum
			}
		}
	}
	return nil
}

// problem is a kind of refusal.
type problem struct {
	Code, Title, Detail string
	Status              int
}

// Problems returns an example of every error code, in their order.
func (d *openAPIDocument) Problems() ([]problem, error) {
	var problems []problem
	for _, e := range d.Components.Examples {
		var p problem
		if err := e.Value.Value.Decode(&p); err != nil {
			return nil, err
		}
		if e.Name == p.Code { // other names have one more example of a code
			problems = append(problems, p)
		}
	}
	return problems, nil
}
