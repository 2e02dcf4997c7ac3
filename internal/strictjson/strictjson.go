// Package strictjson decodes JSON that means one thing only.
//
// encoding/json takes the last of several equal keys, matches field names
// without regard to case, ignores what follows the value in a stream, and puts
// U+FFFD for text that is not UTF-8. Each of these lets two programs read two
// different users out of one request; for a service that mints a token for
// "the user of the request" that is a way around its policy. This package
// refuses them all, then decodes with encoding/json.
package strictjson

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"unicode"
	"unicode/utf8"
)

// MaxDepth is the deepest nesting of objects and arrays that Decode reads. No
// request of rtmauth nests deeper than five.
const MaxDepth = 32

// Error says where a document breaks a rule, and which. It holds keys, cut to a
// bounded length, and never a value: values may be secrets.
type Error struct {
	Key   string // path of keys, like `services.type`; empty for the document itself
	Other string // the key that Key differs from only in case; empty for other rules
	Rule  string // what is expected, like `must be a string`; holds nothing of the document
}

func (e *Error) Error() string {
	if e.Key == "" {
		return "the body " + e.Rule
	}
	if e.Other != "" {
		return fmt.Sprintf("%q and %q differ only in case; one of them must go", e.Key, e.Other)
	}
	return fmt.Sprintf("%q %s", e.Key, e.Rule)
}

// Decode reads data, which must be one JSON value and nothing else but white
// space, into dst as encoding/json does. Keys that dst does not have are
// ignored; a key may be written in another case than dst's. It refuses, with an
// *Error: bad syntax, text that is not UTF-8, lone surrogates, a key that
// occurs twice in one object or differs from another only in case (at any depth,
// also below keys that are ignored), nesting deeper than MaxDepth, trailing
// data, and values of the wrong type. After an error the contents of dst are
// not to be used. Decode does not bound the length of data: the caller does.
func Decode(data []byte, dst any) error {
	if err := check(data); err != nil {
		return err
	}
	err := json.Unmarshal(data, dst)
	if err == nil {
		return nil
	}
	var wrong *json.UnmarshalTypeError
	if errors.As(err, &wrong) {
		return &Error{Key: clip(wrong.Field), Rule: "must be " + article(wrong.Type.Kind().String())}
	}
	// An UnmarshalJSON of dst: its text may quote the value, so it is not kept.
	return &Error{Rule: "has a value that is not as expected"}
}

// check makes sure that data has one meaning.
func check(data []byte) error {
	if plain(data) {
		return nil
	}
	if !utf8.Valid(data) {
		return &Error{Rule: "must be UTF-8"}
	}
	if !json.Valid(data) {
		if len(bytes.TrimSpace(data)) == 0 {
			return &Error{Rule: "must be JSON, and is empty"}
		}
		return &Error{Rule: "must be one JSON value and nothing else"}
	}
	if loneSurrogate(data) {
		return &Error{Rule: `must not hold half a surrogate pair (\ud800 to \udfff alone)`}
	}
	d := json.NewDecoder(bytes.NewReader(data))
	d.UseNumber() // a number's size is for dst to judge
	return walk(d, "", 0)
}

// walk reads one value. The document is known to be valid JSON, so that errors
// of the decoder cannot come from its text.
func walk(d *json.Decoder, path string, depth int) error {
	token, err := d.Token()
	if err != nil {
		return &Error{Rule: "must be one JSON value and nothing else"}
	}
	delim, ok := token.(json.Delim)
	if !ok {
		return nil
	}
	if depth == MaxDepth {
		return &Error{Rule: fmt.Sprintf("must not nest deeper than %d", MaxDepth)}
	}
	seen := make(map[string]string)
	for d.More() {
		at := path
		if delim == '{' {
			token, err := d.Token()
			if err != nil {
				return &Error{Rule: "must be one JSON value and nothing else"}
			}
			key, _ := token.(string)
			at = join(path, key)
			switch before, found := seen[fold(key)]; {
			case found && before == key:
				return &Error{Key: clip(at), Rule: "is given twice; one of them must go"}
			case found:
				return &Error{Key: clip(at), Other: clip(before), Rule: "differs from another only in case; one of them must go"}
			}
			seen[fold(key)] = key
		}
		if err := walk(d, at, depth+1); err != nil {
			return err
		}
	}
	_, err = d.Token() // the closing bracket
	if err != nil {
		return &Error{Rule: "must be one JSON value and nothing else"}
	}
	return nil
}

// fold maps keys that encoding/json takes for the same field to one string: it
// compares with Unicode's simple case folding, so that "uſer" is "user".
func fold(key string) string {
	folded := make([]rune, 0, len(key))
	for _, r := range key {
		least := r
		for next := unicode.SimpleFold(r); next != r; next = unicode.SimpleFold(next) {
			least = min(least, next)
		}
		folded = append(folded, least)
	}
	return string(folded)
}

// loneSurrogate reports whether a valid JSON document escapes half a UTF-16
// pair, which encoding/json would turn into U+FFFD without a word.
func loneSurrogate(data []byte) bool {
	for i := 0; i < len(data); i++ {
		if data[i] != '\\' {
			continue
		}
		i++ // on the character after the backslash
		if data[i] != 'u' {
			continue
		}
		unit := hex4(data[i+1:])
		i += 4 // on the last digit
		switch {
		case unit >= 0xdc00 && unit <= 0xdfff:
			return true
		case unit >= 0xd800 && unit <= 0xdbff:
			if i+6 >= len(data) || data[i+1] != '\\' || data[i+2] != 'u' {
				return true
			}
			if low := hex4(data[i+3:]); low < 0xdc00 || low > 0xdfff {
				return true
			}
			i += 6
		}
	}
	return false
}

func hex4(b []byte) (n rune) {
	for _, c := range b[:4] {
		switch {
		case c <= '9':
			c -= '0'
		case c <= 'F':
			c -= 'A' - 10
		default:
			c -= 'a' - 10
		}
		n = n<<4 | rune(c)
	}
	return n
}

func join(path, key string) string {
	if path == "" {
		return key
	}
	return path + "." + key
}

// clip bounds what an error repeats of the document.
func clip(s string) string {
	const most = 64
	if len(s) <= most {
		return s
	}
	cut := most
	for !utf8.RuneStart(s[cut]) {
		cut--
	}
	return s[:cut] + "…"
}

func article(kind string) string {
	switch kind {
	case "struct", "map":
		return "an object"
	case "slice", "array":
		return "a list"
	case "bool":
		return "true or false"
	case "string":
		return "a string"
	case "float32", "float64":
		return "a number"
	default:
		return "a whole number"
	}
}
