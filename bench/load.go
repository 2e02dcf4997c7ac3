package main

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io"
	"net"
	"slices"
	"strconv"
	"sync"
	"time"
)

// connections is how many keep-alive connections ask at once, each waiting for
// its answer before it asks again.
const connections = 32

// A load asks a server for a time, with requests written out beforehand, so
// that asking costs as little as it can: both share the machine.
type load struct {
	server *process
	next   func() []byte // the next request, safe for concurrent use

	rates []float64 // requests a second, a round each
	tails []float64 // 99th percentile in nanoseconds, a round each
	asked int       // requests in all rounds
	cpu   float64   // seconds of the server's processor time for them
	conns []*connection
}

type connection struct {
	net.Conn
	in *bufio.Reader
}

// round asks for d and notes the rate and the tail. Any answer but a 2xx is an
// error.
func (l *load) round(d time.Duration) error {
	for len(l.conns) < connections {
		c, err := net.Dial("tcp", l.server.address)
		if err != nil {
			return err
		}
		l.conns = append(l.conns, &connection{c, bufio.NewReader(c)})
	}
	times := make([][]float64, connections)
	errs := make([]error, connections)
	var wg sync.WaitGroup
	used := l.server.cpu()
	start := time.Now()
	for i, c := range l.conns {
		wg.Go(func() {
			for asked := time.Now(); asked.Sub(start) < d; {
				if errs[i] = c.ask(l.next()); errs[i] != nil {
					return
				}
				answered := time.Now()
				times[i] = append(times[i], float64(answered.Sub(asked)))
				asked = answered
			}
		})
	}
	wg.Wait()
	took := time.Since(start)
	if err := errors.Join(errs...); err != nil {
		return err
	}
	all := slices.Concat(times...)
	slices.Sort(all)
	l.rates = append(l.rates, float64(len(all))/took.Seconds())
	l.tails = append(l.tails, all[len(all)*99/100])
	l.asked += len(all)
	l.cpu += l.server.cpu() - used
	return nil
}

// ask sends a request and reads the answer, of which it understands the status
// and Content-Length.
func (c *connection) ask(request []byte) error {
	if _, err := c.Write(request); err != nil {
		return err
	}
	status, err := c.in.ReadSlice('\n')
	if err != nil {
		return err
	}
	good := bytes.HasPrefix(status, []byte("HTTP/1.1 2"))
	text := string(status)
	length := -1
	for {
		line, err := c.in.ReadSlice('\n')
		if err != nil {
			return err
		}
		if len(line) <= 2 {
			break
		}
		if value, ok := bytes.CutPrefix(line, []byte("Content-Length: ")); ok {
			if length, err = strconv.Atoi(string(bytes.TrimSpace(value))); err != nil {
				return err
			}
		}
	}
	if length < 0 {
		return fmt.Errorf("an answer without Content-Length: %s", text)
	}
	if !good {
		body := make([]byte, length)
		_, _ = io.ReadFull(c.in, body)
		return fmt.Errorf("%s%s", text, body)
	}
	_, err = c.in.Discard(length)
	return err
}

func (l *load) close() {
	for _, c := range l.conns {
		_ = c.Close()
	}
}

// median of the rounds.
func median(values []float64) float64 {
	sorted := slices.Sorted(slices.Values(values))
	return sorted[len(sorted)/2]
}

// paired is the median of the rounds' ratios.
func paired(a, b []float64) float64 {
	ratios := make([]float64, min(len(a), len(b)))
	for i := range ratios {
		ratios[i] = a[i] / b[i]
	}
	return median(ratios)
}

// request writes out an HTTP request.
func request(path, body string, headers ...string) []byte {
	var b bytes.Buffer
	fmt.Fprintf(&b, "POST %s HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: application/json\r\nContent-Length: %d\r\n", path, len(body))
	for _, h := range headers {
		b.WriteString(h + "\r\n")
	}
	b.WriteString("\r\n" + body)
	return b.Bytes()
}
