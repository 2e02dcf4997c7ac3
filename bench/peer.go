package main

import (
	"bufio"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"os/exec"
	"time"
)

// A peer is a Node.js process that runs peer.mjs.
type peer struct {
	cmd *exec.Cmd
	in  io.WriteCloser
	out *bufio.Reader
}

func startPeer() (*peer, error) {
	if _, err := os.Stat("../ci/node/node_modules/agora-token"); err != nil {
		return nil, fmt.Errorf("the npm packages are not installed: run make deps (%w)", err)
	}
	p := &peer{cmd: exec.Command("node", "peer.mjs")}
	p.cmd.Stderr = os.Stderr
	in, err := p.cmd.StdinPipe()
	if err != nil {
		return nil, err
	}
	out, err := p.cmd.StdoutPipe()
	if err != nil {
		return nil, err
	}
	p.in, p.out = in, bufio.NewReader(out)
	return p, p.cmd.Start()
}

func (p *peer) close() {
	_ = p.in.Close()
	_ = p.cmd.Wait()
}

// contender is an operation of peer.mjs.
func (p *peer) contender(op string, args map[string]string) *contender {
	return &contender{name: "node " + op, remote: func(d time.Duration) (float64, error) {
		request := map[string]any{"op": op, "args": args, "milliseconds": d.Milliseconds()}
		if err := json.NewEncoder(p.in).Encode(request); err != nil {
			return 0, err
		}
		line, err := p.out.ReadBytes('\n')
		if err != nil {
			return 0, err
		}
		var answer struct{ NS float64 }
		if err := json.Unmarshal(line, &answer); err != nil || answer.NS <= 0 {
			return 0, fmt.Errorf("node answers %q: %w", line, err)
		}
		return answer.NS, nil
	}}
}
