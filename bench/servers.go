package main

import (
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/sha256"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"os/signal"
	"strings"
	"time"

	"github.com/AgoraIO-Community/go-tokenbuilder/rtmtokenbuilder"
	"github.com/gin-gonic/gin"
)

// The servers beside which rtmauth serve is measured. Each is this program
// again, as a process of its own, told by the environment.

// serveOther serves one of them on a free port, which it prints, until it is
// interrupted.
func serveOther(name string, stdout io.Writer) error {
	handler, err := otherHandler(name)
	if err != nil {
		return err
	}
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return err
	}
	fmt.Fprintf(stdout, "http://%s\n", listener.Addr())
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	server := &http.Server{Handler: handler, ReadHeaderTimeout: 5 * time.Second}
	go func() {
		<-ctx.Done()
		_ = server.Close()
	}()
	if err := server.Serve(listener); !errors.Is(err, http.ErrServerClosed) {
		return err
	}
	return nil
}

func otherHandler(name string) (http.Handler, error) {
	switch name {
	case "bare":
		return bare(), nil
	case "es256":
		return bareES256()
	case "guide":
		return guide(), nil
	case "gin":
		return ginServer(), nil
	}
	return nil, fmt.Errorf("no server %q", name)
}

// answerLen is the length of rtmauth's answer on /fetch_rtm_token.
const answerLen = 219

// bare answers a constant body of the same size: what net/http itself costs.
func bare() http.Handler {
	body := []byte(`{"token":"` + strings.Repeat("x", answerLen-len(`{"token":"","code":"200"}`)) + `","code":"200"}`)
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		_, _ = io.Copy(io.Discard, r.Body)
		w.Header().Set("Content-Type", "application/json")
		_, _ = w.Write(body)
	})
}

// bareES256 answers the same and verifies one ES256 signature for it: the least
// that a server costs whose callers never come twice.
func bareES256() (http.Handler, error) {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return nil, err
	}
	digest := sha256.Sum256([]byte("a JWT"))
	signature, err := ecdsa.SignASN1(rand.Reader, key, digest[:])
	if err != nil {
		return nil, err
	}
	next := bare()
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if !ecdsa.VerifyASN1(&key.PublicKey, digest[:], signature) {
			http.Error(w, "refused", http.StatusUnauthorized)
			return
		}
		next.ServeHTTP(w, r)
	}), nil
}

// guide is the server of Agora's guide, written anew: net/http and
// go-tokenbuilder, no questions asked.
func guide() http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		var request struct {
			UID string `json:"uid"`
		}
		if err := json.NewDecoder(r.Body).Decode(&request); err != nil {
			http.Error(w, err.Error(), http.StatusBadRequest)
			return
		}
		token, err := rtmtokenbuilder2.BuildToken(appID, certificate, request.UID, uint32(life/time.Second), "")
		if err != nil {
			http.Error(w, err.Error(), http.StatusInternalServerError)
			return
		}
		w.Header().Set("Access-Control-Allow-Origin", "*")
		w.Header().Set("Content-Type", "application/json")
		_ = json.NewEncoder(w).Encode(map[string]string{"token": token, "code": "200"})
	})
}

// ginServer is the same with gin, as the token servers in use are written.
func ginServer() http.Handler {
	gin.SetMode(gin.ReleaseMode)
	engine := gin.New()
	engine.POST("/fetch_rtm_token", func(c *gin.Context) {
		var request struct {
			UID string `json:"uid" binding:"required"`
		}
		if err := c.ShouldBindJSON(&request); err != nil {
			c.JSON(http.StatusBadRequest, gin.H{"error": err.Error()})
			return
		}
		token, err := rtmtokenbuilder2.BuildToken(appID, certificate, request.UID, uint32(life/time.Second), "")
		if err != nil {
			c.JSON(http.StatusInternalServerError, gin.H{"error": err.Error()})
			return
		}
		c.JSON(http.StatusOK, gin.H{"token": token, "code": "200"})
	})
	return engine
}
