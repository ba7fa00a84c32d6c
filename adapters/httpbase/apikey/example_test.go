package apikey_test

import (
	"fmt"

	"github.com/boxoffice-go/boxoffice/adapters/httpbase/apikey"
)

// A key is made for a till. Its text goes to the till, its line into the server's
// file.
func Example() {
	text, key, err := apikey.New("till-1", apikey.Seller)
	if err != nil {
		fmt.Println(err)
		return
	}
	keys, err := apikey.Parse("# keys of the box office\n" + key.Line() + "\n")
	if err != nil {
		fmt.Println(err)
		return
	}
	caller, known := keys.Find(text)
	fmt.Println(caller.Name, caller.Role, known)
	// Output: till-1 seller true
}
