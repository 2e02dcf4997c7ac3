package config

import (
	"crypto/sha256"
	"errors"
	"fmt"
	"io"
	"maps"
	"os"
	"strings"
)

// maxSecretFile bounds a file that a *_FILE variable names.
const maxSecretFile = 4 << 10

// Env is the process environment and, behind it, a .env file. It is read once
// and safe for concurrent use; printing it shows no value.
type Env struct {
	lookup func(string) (string, bool)
	file   *dotenv                      // nil without a .env file
	files  map[string][sha256.Size]byte // the .env file, or that there is none; not changed
	read   func(path string, b []byte)  // told of every other file that is read; nil: nobody
}

// ReadEnv reads the .env file at dotenvPath, if there is one (an empty path
// reads none); lookup is os.LookupEnv outside of tests. The error names the
// file, line and rule, and holds no value.
func ReadEnv(lookup func(string) (string, bool), dotenvPath string) (*Env, error) {
	env := &Env{lookup: lookup, files: map[string][sha256.Size]byte{}}
	if dotenvPath == "" {
		return env, nil
	}
	var err error
	env.file, err = readDotenv(dotenvPath)
	if err != nil {
		return nil, err
	}
	if env.file == nil {
		env.files[dotenvPath] = Fingerprint(dotenvPath) // so that one that comes is seen
	} else {
		env.files[dotenvPath] = env.file.sum
	}
	return env, nil
}

// noting is the same environment, noting in files what it was and is read from.
func (e *Env) noting(files map[string][sha256.Size]byte) *Env {
	maps.Copy(files, e.files)
	noting := *e
	noting.read = func(path string, b []byte) { files[path] = fingerprint(b, nil) }
	return &noting
}

// DotenvPath is the .env file that was read, empty without one.
func (e *Env) DotenvPath() string {
	if e.file == nil {
		return ""
	}
	return e.file.path
}

// Get returns the value that the given names are spellings of, and where it
// came from, like "PORT (environment)" or "PORT (.env, line 3)". Space around
// it is taken off. The process environment hides the .env file for all names of
// the value together; a variable that is set and empty counts as not given, and
// hides too. Two names that are given and differ are refused. A value that is
// not given is empty, without an error. Nothing of a value is in an error.
func (e *Env) Get(names ...string) (value, from string, err error) {
	return e.get(names, false)
}

func (e *Env) get(names []string, files bool) (value, from string, err error) {
	found, err := e.find(names, files)
	if err != nil || found == nil {
		return "", "", err
	}
	return found.text, found.from, nil
}

// GetSecret is Get with, for each name, NAME_FILE, which names a file that holds
// the value, like a mounted secret; an empty file is an error.
func (e *Env) GetSecret(names ...string) (value, from string, err error) {
	all := make([]string, 0, 2*len(names))
	for _, name := range names {
		all = append(all, name, name+fileSuffix)
	}
	return e.get(all, true)
}

const fileSuffix = "_FILE"

type found struct {
	text string
	from string
}

func (e *Env) find(names []string, files bool) (*found, error) {
	given, hidden, err := e.inProcess(names, files)
	if err != nil {
		return nil, err
	}
	if !hidden {
		given, err = e.inDotenv(names, files)
		if err != nil {
			return nil, err
		}
	}
	if len(given) == 0 {
		return nil, nil
	}
	for _, other := range given[1:] {
		if other.text != given[0].text {
			return nil, fmt.Errorf("%s and %s differ: they are two names of one value; keep one", given[0].from, other.from)
		}
	}
	return given[0], nil
}

func (e *Env) inProcess(names []string, files bool) (given []*found, hides bool, err error) {
	for _, name := range names {
		value, ok := e.lookup(name)
		if !ok {
			continue
		}
		hides = true
		f, err := e.value(name, value, name+" (environment)", files)
		if err != nil {
			return nil, true, err
		}
		if f != nil {
			given = append(given, f)
		}
	}
	return given, hides, nil
}

func (e *Env) inDotenv(names []string, files bool) (given []*found, err error) {
	if e.file == nil {
		return nil, nil
	}
	for _, name := range names {
		entry, ok := e.file.entry(name)
		if !ok {
			continue
		}
		if entry.clash != 0 {
			return nil, fmt.Errorf("%s: %s is given on line %d and, differently, on line %d; keep one", e.file.path, name, entry.line, entry.clash)
		}
		f, err := e.value(name, entry.value, fmt.Sprintf("%s (%s, line %d)", name, e.file.path, entry.line), files)
		if err != nil {
			return nil, err
		}
		if f != nil {
			given = append(given, f)
		}
	}
	return given, nil
}

// value gives a variable's value, or with files, for NAME_FILE, that of the file.
func (e *Env) value(name, value, from string, files bool) (*found, error) {
	value = strings.TrimSpace(value)
	if value == "" {
		return nil, nil
	}
	if !files || !strings.HasSuffix(name, fileSuffix) {
		return &found{text: value, from: from}, nil
	}
	text, err := e.readSecretFile(value)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", from, err)
	}
	return &found{text: text, from: from}, nil
}

var errNoPath = errors.New("there is no file of that name; the variable must hold the path of a file, not the value itself")

// isPath reports whether text is plainly a path, so that it can be shown.
func isPath(text string) bool { return strings.ContainsAny(text, `/\.`) }

// readSecretFile reads the file at path. The path is in its errors only when it
// can be opened or is plainly a path: people put the secret itself into NAME_FILE.
func (e *Env) readSecretFile(path string) (string, error) {
	f, err := os.Open(path) //nolint:gosec // G304: the environment names it, not a request
	if err != nil {
		if !isPath(path) {
			return "", errNoPath
		}
		return "", fmt.Errorf("open %s: %w", path, reason(err))
	}
	defer f.Close()
	data, err := io.ReadAll(io.LimitReader(f, maxSecretFile+1))
	if err != nil {
		return "", fmt.Errorf("read %s: %w", path, reason(err))
	}
	if e.read != nil {
		e.read(path, data)
	}
	text := strings.TrimSpace(strings.TrimPrefix(string(data), "\ufeff"))
	switch {
	case len(data) > maxSecretFile:
		return "", fmt.Errorf("%s is longer than %d bytes", path, maxSecretFile)
	case text == "":
		return "", fmt.Errorf("%s is empty", path)
	}
	return text, nil
}
