package main

import (
	"bufio"
	"fmt"
	"net"
	"os"
	"os/exec"
	"strconv"
	"strings"
	"syscall"
	"time"
)

// A process is a server that is measured. Each has one core, and so has what
// asks it: two cores are the smallest machine that there is.
type process struct {
	cmd     *exec.Cmd
	address string
}

var oneCore = append(os.Environ(), "GOMAXPROCS=1")

// startOther starts one of the other servers.
func startOther(name string) (*process, error) {
	self, err := os.Executable()
	if err != nil {
		return nil, err
	}
	cmd := exec.Command(self)
	cmd.Env = append(oneCore, asServer+"="+name)
	cmd.Stderr = os.Stderr
	out, err := cmd.StdoutPipe()
	if err != nil {
		return nil, err
	}
	if err := cmd.Start(); err != nil {
		return nil, err
	}
	line, err := bufio.NewReader(out).ReadString('\n')
	if err != nil {
		return nil, fmt.Errorf("%s: %w", name, err)
	}
	return &process{cmd, strings.TrimPrefix(strings.TrimSpace(line), "http://")}, nil
}

// startServe starts rtmauth serve and waits until it has answered a request. It
// gives the time from the start of the process to that first token.
func startServe(program, config string, address string, first []byte) (*process, time.Duration, error) {
	cmd := exec.Command(program, "serve", "--config", config)
	cmd.Env = oneCore
	log, err := os.Create(config + ".log")
	if err != nil {
		return nil, 0, err
	}
	defer log.Close()
	cmd.Stdout, cmd.Stderr = log, log
	start := time.Now()
	if err := cmd.Start(); err != nil {
		return nil, 0, err
	}
	p := &process{cmd, address}
	for time.Since(start) < 10*time.Second {
		conn, err := net.Dial("tcp", address)
		if err != nil {
			time.Sleep(time.Millisecond)
			continue
		}
		err = (&connection{conn, bufio.NewReader(conn)}).ask(first)
		took := time.Since(start)
		_ = conn.Close()
		if err != nil {
			p.stop()
			return nil, 0, fmt.Errorf("rtmauth serve refuses the first request: %w", err)
		}
		return p, took, nil
	}
	p.stop()
	text, _ := os.ReadFile(config + ".log")
	return nil, 0, fmt.Errorf("rtmauth serve did not start: %s", text)
}

func (p *process) stop() {
	_ = p.cmd.Process.Signal(syscall.SIGINT)
	done := time.AfterFunc(10*time.Second, func() { _ = p.cmd.Process.Kill() })
	defer done.Stop()
	_ = p.cmd.Wait()
}

// resident is the memory of the process in bytes, 0 where it is not known.
func (p *process) resident() float64 {
	b, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", p.cmd.Process.Pid))
	if err != nil {
		return 0
	}
	for line := range strings.Lines(string(b)) {
		if value, ok := strings.CutPrefix(line, "VmRSS:"); ok {
			kilobytes, _ := strconv.ParseFloat(strings.Fields(value)[0], 64)
			return kilobytes * 1024
		}
	}
	return 0
}

// freeAddress is a loopback address with a port that is free now.
func freeAddress() (string, error) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return "", err
	}
	defer l.Close()
	return l.Addr().String(), nil
}

// cpu is the processor time that the process has used, in seconds, 0 where it
// is not known. Linux counts it in hundredths.
func (p *process) cpu() float64 {
	b, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", p.cmd.Process.Pid))
	if err != nil {
		return 0
	}
	// The second field, the name in parentheses, may hold anything.
	_, rest, _ := strings.Cut(string(b), ") ")
	fields := strings.Fields(rest)
	if len(fields) < 13 {
		return 0
	}
	user, _ := strconv.ParseFloat(fields[11], 64)
	system, _ := strconv.ParseFloat(fields[12], 64)
	return (user + system) / 100
}
