package main

import (
	"errors"
	"fmt"

	"github.com/boxoffice-go/boxoffice/adapters/httpbase/apikey"
)

type keyCommand struct {
	New keyNew `cmd:"" help:"Make an API key, and its line for the file of --api-keys-file."`
}

type keyNew struct {
	Name keyName     `required:"" placeholder:"NAME" help:"What the key is called in the file and in logs."`
	Role apikey.Role `required:"" enum:"organizer,seller,viewer" placeholder:"ROLE" help:"What its holder may do: ${enum}."`
}

// Run makes a key. What a script needs goes to the one output, what tells people
// about it to the other.
func (c keyNew) Run(std streams) error {
	text, key, err := apikey.New(string(c.Name), c.Role)
	if err != nil {
		return err
	}
	fmt.Fprintln(std.stderr, "Here is the key, for its holder. Nothing can show it again.")
	_, keyErr := fmt.Fprintln(std.stdout, text)
	fmt.Fprintln(std.stderr, "Here is its line for the file of --api-keys-file. A server reads the file again on SIGHUP.")
	_, lineErr := fmt.Fprintln(std.stdout, key.Line())
	return errors.Join(keyErr, lineErr)
}

type keyName string

func (n *keyName) UnmarshalText(text []byte) error {
	*n = keyName(text)
	return apikey.CheckName(string(text))
}
