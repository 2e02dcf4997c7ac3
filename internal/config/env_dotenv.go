package config

import (
	"bytes"
	"crypto/sha256"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"strings"
	"unicode/utf8"
)

// maxDotenv bounds a .env file; real ones hold a few kilobytes.
const maxDotenv = 1 << 20

// dotenv is a .env file that was read. The values are in a function, which no
// print verb can show: of a pointer to a struct or a map, %s shows the contents.
type dotenv struct {
	path  string
	sum   [sha256.Size]byte // its Fingerprint
	entry func(name string) (dotenvEntry, bool)
}

type dotenvEntry struct {
	value string
	line  int
	clash int // line of a later entry of this name with another value, 0 without one
}

// readDotenv reads the file at path; without one it returns nil. A folder of
// that name (some tools keep a virtual environment there) is none.
func readDotenv(path string) (*dotenv, error) {
	if info, err := os.Stat(path); err == nil && info.IsDir() {
		return nil, nil
	}
	f, err := os.Open(path) //nolint:gosec // G304: the caller names it, not a request
	if os.IsNotExist(err) {
		return nil, nil
	}
	if err != nil {
		return nil, fmt.Errorf("read %s: %w", path, reason(err))
	}
	defer f.Close()
	data, err := io.ReadAll(io.LimitReader(f, maxDotenv+1))
	if err != nil {
		return nil, fmt.Errorf("read %s: %w", path, reason(err))
	}
	if len(data) > maxDotenv {
		return nil, fmt.Errorf("%s is longer than %d bytes", path, maxDotenv)
	}
	entries, err := parseDotenv(data)
	if err != nil {
		return nil, fmt.Errorf("%s, %w", path, err)
	}
	return &dotenv{path: path, sum: fingerprint(data, nil), entry: func(name string) (dotenvEntry, bool) {
		entry, ok := entries[name]
		return entry, ok
	}}, nil
}

// parseDotenv reads lines of NAME=VALUE. A line may begin with `export `; blank
// lines and those that begin with # are skipped. A value is bare (it ends at the
// line's end or before ` #`, without the space around it), in single quotes
// (everything as it is), or in double quotes (\n \r \t \" \\ \$ are escapes);
// quoted values may span lines. Nothing is expanded: `$` is a `$`. Errors name
// the line and the rule, never a value.
func parseDotenv(data []byte) (map[string]dotenvEntry, error) {
	data = bytes.TrimPrefix(data, []byte("\ufeff"))
	if !utf8.Valid(data) || bytes.IndexByte(data, 0) >= 0 {
		return nil, fmt.Errorf("line %d: not UTF-8 text", 1+bytes.Count(data[:badByte(data)], []byte("\n")))
	}
	text := strings.ReplaceAll(string(data), "\r\n", "\n")
	entries := make(map[string]dotenvEntry)
	for line := 1; text != ""; line++ {
		head, rest, _ := strings.Cut(text, "\n")
		start := line
		trimmed := strings.TrimSpace(head)
		if trimmed == "" || trimmed[0] == '#' {
			text = rest
			continue
		}
		if bare, ok := strings.CutPrefix(trimmed, "export"); ok && bare != "" && (bare[0] == ' ' || bare[0] == '\t') {
			trimmed = strings.TrimSpace(bare)
		}
		name, value, ok := strings.Cut(trimmed, "=")
		name = strings.TrimRight(name, " \t")
		if !ok || !isName(name) {
			return nil, fmt.Errorf("line %d: expected NAME=VALUE, a comment that begins with #, or an empty line", line)
		}
		value = strings.TrimLeft(value, " \t")
		if value != "" && (value[0] == '"' || value[0] == '\'') {
			// Take it up again from the quote in the untrimmed text: it may go on.
			quoted := text[strings.Index(text, "=")+1:]
			quoted = quoted[strings.IndexByte(quoted, value[0]):]
			content, after, err := unquote(quoted)
			if err != nil {
				return nil, fmt.Errorf("line %d: %w", line, err)
			}
			line += strings.Count(quoted[:len(quoted)-len(after)], "\n")
			head, rest, _ = strings.Cut(after, "\n")
			if tail := strings.TrimSpace(head); tail != "" && tail[0] != '#' {
				return nil, fmt.Errorf("line %d: expected nothing after the closing quote but a comment", line)
			}
			value = content
		} else {
			value = bareValue(value)
		}
		text = rest
		entry := dotenvEntry{value: value, line: start}
		if before, found := entries[name]; found {
			entry = before
			if before.value != value && before.clash == 0 {
				entry.clash = start
			}
		}
		entries[name] = entry
	}
	return entries, nil
}

func bareValue(value string) string {
	if strings.HasPrefix(value, "#") {
		return ""
	}
	for i := 1; i < len(value); i++ {
		if value[i] == '#' && (value[i-1] == ' ' || value[i-1] == '\t') {
			value = value[:i]
			break
		}
	}
	return strings.TrimSpace(value)
}

// unquote reads the quoted value that text begins with and returns what follows it.
func unquote(text string) (content, after string, err error) {
	quote := text[0]
	var b strings.Builder
	for i := 1; i < len(text); i++ {
		switch c := text[i]; {
		case c == quote:
			return b.String(), text[i+1:], nil
		case c == '\\' && quote == '"':
			i++
			if i == len(text) {
				break
			}
			switch text[i] {
			case 'n':
				b.WriteByte('\n')
			case 'r':
				b.WriteByte('\r')
			case 't':
				b.WriteByte('\t')
			case '"', '\\', '$':
				b.WriteByte(text[i])
			default:
				return "", "", fmt.Errorf(`a backslash in double quotes must be followed by n, r, t, ", \ or $; use single quotes for text as it is`)
			}
		default:
			b.WriteByte(c)
		}
	}
	return "", "", fmt.Errorf("the quote %c is not closed", quote)
}

// isName accepts what other tools' .env files hold too: the file is not ours alone.
func isName(name string) bool {
	for i := range len(name) {
		c := name[i]
		letter := c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c == '_'
		if !letter && (i == 0 || (c < '0' || c > '9') && c != '.' && c != '-') {
			return false
		}
	}
	return name != ""
}

func badByte(data []byte) int {
	for i := 0; i < len(data); {
		r, size := utf8.DecodeRune(data[i:])
		if r == 0 || r == utf8.RuneError && size == 1 {
			return i
		}
		i += size
	}
	return len(data)
}

// reason takes the path off a file error: the caller names it already.
func reason(err error) error {
	var pathErr *fs.PathError
	if errors.As(err, &pathErr) {
		return pathErr.Err
	}
	return err
}
