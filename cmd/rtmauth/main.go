// Command rtmauth makes, serves, checks and explains Agora RTM (Signaling)
// tokens, and runs a local RTM login service for development. See
// `rtmauth help`.
package main

import (
	"context"
	"os"

	"github.com/rtmauth/rtmauth/internal/cli"
)

func main() {
	os.Exit(cli.Main(context.Background(), cli.OSProcess()))
}
