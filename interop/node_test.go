package interop

import (
	"bufio"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"os/exec"
	"sync"
	"testing"
)

// A node is a Node.js process that runs peer.mjs.
type node struct {
	mu  sync.Mutex
	in  *bufio.Writer
	out *bufio.Reader
}

// startNode starts one process for the whole test binary. It ends when its
// standard input is closed, at the latest with this process.
var startNode = sync.OnceValues(func() (*node, error) {
	if _, err := os.Stat("../ci/node/node_modules/agora-token"); err != nil {
		return nil, fmt.Errorf("the npm packages are not installed: run make deps (%w)", err)
	}
	cmd := exec.Command("node", "peer.mjs")
	cmd.Stderr = os.Stderr
	in, err := cmd.StdinPipe()
	if err != nil {
		return nil, err
	}
	out, err := cmd.StdoutPipe()
	if err != nil {
		return nil, err
	}
	if err := cmd.Start(); err != nil {
		return nil, err
	}
	return &node{in: bufio.NewWriter(in), out: bufio.NewReaderSize(out, 1<<16)}, nil
})

func newNode(tb testing.TB) *node {
	tb.Helper()
	n, err := startNode()
	if err != nil {
		tb.Fatal(err)
	}
	return n
}

// call asks one question and decodes the answer into answer.
func (n *node) call(tb testing.TB, op string, args, answer any) {
	tb.Helper()
	n.mu.Lock()
	defer n.mu.Unlock()
	if err := json.NewEncoder(n.in).Encode(map[string]any{"op": op, "args": args}); err != nil {
		tb.Fatal(err)
	}
	if err := n.in.Flush(); err != nil {
		tb.Fatal(err)
	}
	line, err := n.out.ReadBytes('\n')
	if err == io.EOF {
		tb.Fatal("the node process has ended")
	} else if err != nil {
		tb.Fatal(err)
	}
	var failed struct{ Error string }
	if err := json.Unmarshal(line, &failed); err == nil && failed.Error != "" {
		tb.Fatalf("%s: %s", op, failed.Error)
	}
	if err := json.Unmarshal(line, answer); err != nil {
		tb.Fatalf("%s: %v in %s", op, err, line)
	}
}

// text asks for a token.
func (n *node) text(tb testing.TB, op string, args any) string {
	tb.Helper()
	var answer struct{ Token string }
	n.call(tb, op, args, &answer)
	return answer.Token
}
