package config

import (
	"crypto/sha256"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"time"

	"github.com/goccy/go-yaml/ast"
)

// Secret says where a secret is: {env: NAME} or {file: PATH}. It never holds
// the secret itself; Read fetches it.
type Secret struct{ Env, File string }

// IsZero reports whether no secret is named.
func (s Secret) IsZero() bool { return s == Secret{} }

// String says where the secret is.
func (s Secret) String() string {
	switch {
	case s.Env != "":
		return "{env: " + s.Env + "}"
	case s.File != "":
		return "{file: " + s.File + "}"
	}
	return "none"
}

// Value is a text that is no secret, or {env: NAME} or {file: PATH}.
type Value struct {
	Text string
	From Secret
}

// Text is a secret that was read. No way of printing, logging or encoding shows
// it; Reveal does. Behind one pointer the bytes would show in an unexported
// field, under a verb that does not go with pointers.
type Text struct{ p **[]byte }

// NewText keeps a secret.
func NewText(b []byte) Text {
	p := &b
	return Text{&p}
}

// Reveal returns the secret, nil for the zero Text. It is not to be changed.
func (t Text) Reveal() []byte {
	if t.p == nil {
		return nil
	}
	return **t.p
}

// IsZero reports whether there is no secret.
func (t Text) IsZero() bool { return t.p == nil || len(**t.p) == 0 }

const redacted = "[secret]"

// String, GoString, Format, LogValue and MarshalText show nothing of the secret.
func (Text) String() string               { return redacted }
func (Text) GoString() string             { return redacted }
func (Text) Format(f fmt.State, _ rune)   { _, _ = f.Write([]byte(redacted)) }
func (Text) LogValue() slog.Value         { return slog.StringValue(redacted) }
func (Text) MarshalText() ([]byte, error) { return []byte(redacted), nil }

// Source is what secrets are read from.
type Source struct {
	LookupEnv func(string) (string, bool)
	ReadFile  func(string) ([]byte, error)
	// SkipSecrets leaves secrets unread, for looking at rules where the secrets
	// are not: nothing can be served from what is resolved.
	SkipSecrets bool
}

// OSSource is the process environment and the file system.
func OSSource() Source { return Source{LookupEnv: os.LookupEnv, ReadFile: os.ReadFile} }

// recorded is the source, noting what it reads.
func (s Source) recorded(files map[string][sha256.Size]byte) Source {
	read := s.ReadFile
	s.ReadFile = func(path string) ([]byte, error) {
		b, err := read(path)
		files[path] = fingerprint(b, err)
		return b, err
	}
	return s
}

// Fingerprint tells whether a file changed since it was read: by what it holds,
// not by its times, so that a swapped symlink counts and a touched file does not.
func Fingerprint(path string) [sha256.Size]byte {
	return fingerprint(os.ReadFile(path)) //nolint:gosec // the operator's own file, named in the configuration
}

func fingerprint(b []byte, err error) [sha256.Size]byte {
	if err != nil {
		return sha256.Sum256([]byte("error " + err.Error()))
	}
	return sha256.Sum256(b)
}

// Read fetches the secret and takes space around it off. Errors name the place,
// and hold nothing of what is there.
func (c *Config) Read(s Secret, from Source) (Text, error) {
	b, err := c.read(s, from)
	if err != nil {
		return Text{}, err
	}
	b = []byte(strings.TrimSpace(string(b)))
	if len(b) == 0 {
		return Text{}, fmt.Errorf("%s is empty", s)
	}
	return NewText(b), nil
}

func (c *Config) read(s Secret, from Source) ([]byte, error) {
	if s.Env != "" {
		text, ok := from.LookupEnv(s.Env)
		if !ok {
			return nil, fmt.Errorf("the environment has no %s", s.Env)
		}
		return []byte(text), nil
	}
	return c.readFile(s.File, maxSecretFile, from)
}

func (c *Config) readFile(path string, limit int, from Source) ([]byte, error) {
	b, err := from.ReadFile(c.Abs(path))
	var pathErr *os.PathError
	switch {
	case errors.As(err, &pathErr):
		return nil, fmt.Errorf("cannot read %s: %w", path, pathErr.Err)
	case err != nil:
		return nil, err
	case len(b) > limit:
		return nil, fmt.Errorf("%s is longer than %d bytes", path, limit)
	}
	return b, nil
}

// Abs is a path of the configuration; a relative one is seen from the file's folder.
func (c *Config) Abs(path string) string {
	if path == "" || filepath.IsAbs(path) {
		return path
	}
	return filepath.Join(c.dir, path)
}

// reference decodes a Secret or a Value.
func (d *decoder) reference(n ast.Node, v reflect.Value, path string) {
	if v.Type() == valueType {
		if text, ok := scalar(n); ok {
			v.Set(reflect.ValueOf(Value{Text: text}))
			return
		}
	}
	var s Secret
	values, ok := entries(n)
	if !ok {
		d.fail(n, path, "must be {env: NAME} or {file: PATH}: a secret does not stand in the configuration")
		return
	}
	for _, entry := range values {
		key, _ := scalar(entry.Key)
		text, ok := scalar(entry.Value)
		switch {
		case key == "env" && ok:
			s.Env = text
		case key == "file" && ok:
			s.File = text
		default:
			d.fail(entry.Key, path, "must be {env: NAME} or {file: PATH}")
			return
		}
	}
	if len(values) != 1 || s.IsZero() {
		d.fail(n, path, "must be one of {env: NAME} and {file: PATH}")
		return
	}
	if v.Type() == valueType {
		v.Set(reflect.ValueOf(Value{From: s}))
		return
	}
	v.Set(reflect.ValueOf(s))
}

// Date is a time that may be written as a day, which begins in UTC. The zero
// Date is never.
type Date struct{ time.Time }

func parseDate(text string) (Date, error) {
	for _, layout := range []string{time.DateOnly, time.RFC3339} {
		if t, err := time.Parse(layout, text); err == nil {
			return Date{t}, nil
		}
	}
	return Date{}, errors.New("must be a day such as 2027-01-01, or an RFC 3339 time")
}
