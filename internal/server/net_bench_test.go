package server_test

import (
	"bufio"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
)

func BenchmarkNetwork(b *testing.B) {
	h := prepare(b)
	h.write("rtmauth.yaml", h.config(basic)+"audit: {file: "+h.dir+"/audit.jsonl}\n")
	h.start()
	bare := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		_, _ = io.Copy(io.Discard, r.Body)
		w.Header().Set("Content-Type", "application/json")
		_, _ = io.WriteString(w, `{"token":"006`+strings.Repeat("x", 140)+`","code":"200"}`)
	}))
	defer bare.Close()
	jwts := make([]string, 2000)
	for i := range jwts {
		jwts[i] = h.issuer.jwt(b, "alice")
	}
	run := func(name, addr, path string, credential func(i int64) string) {
		b.Run(name, func(b *testing.B) {
			var n atomic.Int64
			var wg sync.WaitGroup
			b.ReportAllocs()
			for range 32 {
				wg.Go(func() {
					c, err := net.Dial("tcp", addr)
					if err != nil {
						b.Error(err)
						return
					}
					defer c.Close()
					br := bufio.NewReader(c)
					for i := n.Add(1); i <= int64(b.N); i = n.Add(1) {
						body := `{"uid":"alice"}`
						fmt.Fprintf(c, "POST %s HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nAuthorization: Bearer %s\r\nContent-Length: %d\r\n\r\n%s", path, credential(i), len(body), body)
						resp, err := http.ReadResponse(br, nil)
						if err != nil || resp.StatusCode != 200 {
							b.Error(err, resp)
							return
						}
						_, _ = io.Copy(io.Discard, resp.Body)
					}
				})
			}
			wg.Wait()
		})
	}
	addr := h.server.Addr("public")
	run("bare", bare.Listener.Addr().String(), "/fetch_rtm_token", func(int64) string { return h.key })
	run("key", addr, "/fetch_rtm_token", func(int64) string { return h.key })
	run("jwt", addr, "/fetch_rtm_token", func(int64) string { return jwts[0] })
	run("jwts", addr, "/fetch_rtm_token", func(i int64) string { return jwts[i%2000] + strings.Repeat("", 0) })
}
