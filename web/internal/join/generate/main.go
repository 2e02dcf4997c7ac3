// Command generate writes the joined files under web. `go generate ./web` runs it with web as working directory.
package main

import (
	"log"
	"os"

	"github.com/rtmauth/rtmauth/web/internal/join"
)

func main() {
	for name, bundle := range join.Made() {
		text, err := join.Join(os.DirFS("."), bundle)
		if err != nil {
			log.Fatal(err)
		}
		if err := os.WriteFile(name, text, 0o644); err != nil {
			log.Fatal(err)
		}
	}
}
