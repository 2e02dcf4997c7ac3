// Command generate writes the classic scripts under web/sdk. `go generate ./web` runs it with web as working directory.
package main

import (
	"log"
	"os"

	"github.com/rtmauth/rtmauth/web/internal/classic"
)

func main() {
	for name, bundle := range classic.DropIns() {
		script, err := classic.Script(os.DirFS("."), bundle)
		if err != nil {
			log.Fatal(err)
		}
		if err := os.WriteFile(name, script, 0o644); err != nil {
			log.Fatal(err)
		}
	}
}
