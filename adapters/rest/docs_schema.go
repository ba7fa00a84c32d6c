package rest

import (
	"cmp"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"go.yaml.in/yaml/v3"
)

// schemaObject is the part of a schema that the page shows.
type schemaObject struct {
	Ref              string `yaml:"$ref"`
	Description      string
	Type             yaml.Node // one type, or a list of them
	Format           string
	Enum             []string
	Default          *string
	Minimum, Maximum *int
	MinLength        *int `yaml:"minLength"`
	MaxLength        *int `yaml:"maxLength"`
	Items            *schemaObject
	OneOf            []*schemaObject `yaml:"oneOf"`
	Required         []string
	Properties       ordered[*schemaObject]
}

// property is a field of an object.
type property struct {
	Name, Description string
	Required          bool
	Schema            *schemaObject
}

// fields returns the fields of an object, or of the one it refers to.
func (d *openAPIDocument) fields(s *schemaObject) []property {
	s = d.target(s)
	fields := make([]property, len(s.Properties))
	for i, p := range s.Properties {
		fields[i] = property{
			Name:        p.Name,
			Description: cmp.Or(p.Value.Description, d.target(p.Value).Description),
			Required:    slices.Contains(s.Required, p.Name),
			Schema:      p.Value,
		}
	}
	return fields
}

// target returns the schema that a schema refers to, or itself.
func (d *openAPIDocument) target(s *schemaObject) *schemaObject {
	for _, named := range d.Components.Schemas {
		if s.Ref == schemasRef+named.Name {
			return named.Value
		}
	}
	return s
}

// phrase is a part of what a schema is called; Link says that it names one.
type phrase struct {
	Text string
	Link bool
}

// kind says what values a schema has.
func (d *openAPIDocument) kind(s *schemaObject) []phrase {
	target := d.target(s)
	switch {
	case s.Ref != "" && len(target.Properties) > 0:
		return []phrase{{strings.TrimPrefix(s.Ref, schemasRef), true}}
	case s.Items != nil:
		return append([]phrase{{Text: "list of "}}, d.kind(s.Items)...)
	case len(s.OneOf) > 0:
		var kinds []phrase
		for i, one := range s.OneOf {
			if i > 0 {
				kinds = append(kinds, phrase{Text: " or "})
			}
			kinds = append(kinds, d.kind(one)...)
		}
		return kinds
	}
	words := target.words()
	if s.Default != nil {
		words += ", default " + *s.Default
	}
	return []phrase{{Text: words}}
}

// words says what values a schema without parts has.
func (s *schemaObject) words() string {
	words := s.Format
	if words == "" || words == "int64" {
		words = strings.Join(s.types(), " or ")
	}
	switch {
	case len(s.Enum) > 0:
		words = strings.Join(s.Enum, ", ")
	case s.Minimum != nil && s.Maximum != nil:
		words += ", " + grouped(*s.Minimum) + " to " + grouped(*s.Maximum)
	case s.Minimum != nil:
		words += ", " + grouped(*s.Minimum) + " or more"
	case s.MinLength != nil && s.MaxLength != nil && *s.MaxLength > *s.MinLength:
		words += fmt.Sprintf(", %d to %d characters", *s.MinLength, *s.MaxLength)
	}
	return words
}

// grouped writes a number with a comma before every three digits.
func grouped(n int) string {
	digits := strconv.Itoa(n)
	for i := len(digits) - 3; i > 0; i -= 3 {
		digits = digits[:i] + "," + digits[i:]
	}
	return digits
}

func (s *schemaObject) types() []string {
	if s.Type.Kind == yaml.ScalarNode {
		return []string{s.Type.Value}
	}
	types := make([]string, len(s.Type.Content))
	for i, t := range s.Type.Content {
		types[i] = t.Value
	}
	return types
}
