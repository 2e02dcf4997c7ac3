package cli

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/rtmauth/rtmauth/internal/config"
)

// defaultAdmin is where serve has its admin listener unless told otherwise.
const defaultAdmin = "http://127.0.0.1:8083"

// adminFlags say how to reach the admin API of a running serve.
type adminFlags struct{ url, keyFile string }

func (f *adminFlags) register(cmd *cobra.Command) {
	cmd.PersistentFlags().StringVar(&f.url, "admin", defaultAdmin, "`URL` of the admin listener")
	cmd.PersistentFlags().StringVar(&f.keyFile, "admin-key-file", "", "read the admin key from `FILE`\n(default: RTMAUTH_ADMIN_KEY or RTMAUTH_ADMIN_KEY_FILE)")
	_ = cmd.MarkPersistentFlagFilename("admin-key-file")
}

// key is the admin key; it is never a flag's value.
func (f *adminFlags) key(p *Process) (string, error) {
	if f.keyFile != "" {
		return secretFile(f.keyFile)
	}
	env, err := config.ReadEnv(p.LookupEnv, ".env")
	if err != nil {
		return "", err
	}
	key, _, err := env.GetSecret("RTMAUTH_ADMIN_KEY")
	if err != nil {
		return "", err
	}
	if key == "" {
		return "", usagef("the admin API wants its key: set RTMAUTH_ADMIN_KEY or RTMAUTH_ADMIN_KEY_FILE, or give --admin-key-file")
	}
	return key, nil
}

// maxAdminAnswer is more than the longest deny list.
const maxAdminAnswer = 256 << 20

// adminError is a refusal of the admin API.
type adminError struct {
	Code   string `json:"code"`
	Detail string `json:"detail"`
}

func (e *adminError) Error() string { return "the service says: " + e.Detail }

// ask sends one request to the admin API; in may be nil.
func (f *adminFlags) ask(ctx context.Context, p *Process, method, path string, in, out any) error {
	key, err := f.key(p)
	if err != nil {
		return err
	}
	var body io.Reader
	if in != nil {
		b, err := json.Marshal(in)
		if err != nil {
			return err
		}
		body = bytes.NewReader(b)
	}
	ctx, cancel := context.WithTimeout(ctx, 30*time.Second)
	defer cancel()
	req, err := http.NewRequestWithContext(ctx, method, strings.TrimSuffix(f.url, "/")+path, body)
	if err != nil {
		return usagef("--admin: %w", err)
	}
	req.Header.Set("Authorization", "Bearer "+key)
	client := &http.Client{CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }} // the key goes nowhere else
	resp, err := client.Do(req)
	if err != nil {
		return fmt.Errorf("no answer from the admin listener: %w", err)
	}
	defer func() { _ = resp.Body.Close() }()
	b, err := io.ReadAll(io.LimitReader(resp.Body, maxAdminAnswer))
	if err != nil {
		return err
	}
	if resp.StatusCode >= http.StatusBadRequest {
		var refused adminError
		if json.Unmarshal(b, &refused) == nil && refused.Code != "" {
			return &refused
		}
	}
	if resp.StatusCode >= http.StatusMultipleChoices || json.Unmarshal(b, out) != nil {
		return errNotAdmin
	}
	return nil
}
