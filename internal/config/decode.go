package config

import (
	"errors"
	"fmt"
	"path/filepath"
	"reflect"
	"slices"
	"sort"
	"strconv"
	"strings"
	"time"

	"github.com/goccy/go-yaml/ast"
	"github.com/goccy/go-yaml/parser"
)

// MaxFile bounds a configuration file.
const MaxFile = 1 << 20

// Error is one thing wrong with a configuration. It holds no value that may be
// a secret.
type Error struct {
	File string // "" where the text or Path names a variable instead
	Position
	Path string // the key, such as "policy[2].life"; "" for the file
	Text string
}

func (e *Error) Error() string {
	out := e.File
	if e.Line > 0 {
		out += fmt.Sprintf(":%d:%d", e.Line, e.Column)
	}
	for _, text := range []string{e.Path, e.Text} {
		if out != "" && text != "" {
			out += ": "
		}
		out += text
	}
	return out
}

// Errors is everything wrong with a configuration, in the order of the file.
type Errors []*Error

func (e Errors) Error() string {
	lines := make([]string, len(e))
	for i, err := range e {
		lines[i] = err.Error()
	}
	return strings.Join(lines, "\n")
}

// sorted orders by position and returns nil for none, as an error.
func (e Errors) sorted() error {
	if len(e) == 0 {
		return nil
	}
	sort.SliceStable(e, func(i, j int) bool {
		if e[i].Line != e[j].Line {
			return e[i].Line < e[j].Line
		}
		return e[i].Column < e[j].Column
	})
	return e
}

// Parse reads a configuration file's text and fills defaults in. It is strict:
// unknown and repeated keys, values of the wrong type, anchors and several
// documents are refused, all at once. name is the file's path, for messages and
// for the paths in it that are relative. Parse reads no other file and no
// environment; Check looks at what the values mean.
func Parse(text []byte, name string) (*Config, error) {
	c, errs := parse(text, name)
	if err := errs.sorted(); err != nil {
		return nil, err
	}
	return c, nil
}

// parse returns what could be decoded beside the errors; nil where nothing could.
func parse(text []byte, name string) (*Config, Errors) {
	c := &Config{positions: map[string]Position{"": {1, 1}}, name: name, dir: filepath.Dir(name)}
	d := &decoder{c: c}
	if len(text) > MaxFile {
		return nil, Errors{{File: name, Text: fmt.Sprintf("the file is longer than %d bytes", MaxFile)}}
	}
	file, err := parser.ParseBytes(text, 0, parser.AllowDuplicateMapKey())
	if err != nil {
		return nil, Errors{syntaxError(name, err)}
	}
	if len(file.Docs) > 1 {
		return nil, Errors{{File: name, Text: "the file has several documents (---); it must have one"}}
	}
	if len(file.Docs) == 1 && file.Docs[0].Body != nil {
		d.value(file.Docs[0].Body, reflect.ValueOf(c).Elem(), "")
	} else {
		d.defaults(reflect.ValueOf(c).Elem(), "", nil)
	}
	return c, d.errs
}

// syntaxError keeps the position and the first line of a parser's error: the
// lines after it quote the file, which may hold a secret in the wrong place.
func syntaxError(name string, err error) *Error {
	text, _, _ := strings.Cut(err.Error(), "\n")
	out := &Error{File: name, Text: "the file is not YAML"}
	if rest, ok := strings.CutPrefix(text, "["); ok {
		if at, _, ok := strings.Cut(rest, "]"); ok {
			line, column, _ := strings.Cut(at, ":")
			out.Line, _ = strconv.Atoi(line)
			out.Column, _ = strconv.Atoi(column)
		}
	}
	return out
}

type decoder struct {
	c    *Config
	errs Errors
}

func (d *decoder) fail(n ast.Node, path, format string, args ...any) {
	e := &Error{File: d.c.name, Path: path, Text: fmt.Sprintf(format, args...)}
	if n != nil {
		e.Position = position(n)
	}
	d.errs = append(d.errs, e)
}

func position(n ast.Node) Position {
	t := n.GetToken()
	if m, ok := n.(*ast.MappingNode); ok && len(m.Values) > 0 && !m.IsFlowStyle {
		t = m.Values[0].Key.GetToken()
	}
	if t == nil || t.Position == nil {
		return Position{}
	}
	return Position{t.Position.Line, t.Position.Column}
}

var (
	durationType = reflect.TypeFor[time.Duration]()
	dateType     = reflect.TypeFor[Date]()
	secretType   = reflect.TypeFor[Secret]()
	valueType    = reflect.TypeFor[Value]()
	claimType    = reflect.TypeFor[Claim]()
)

// value decodes n into v, whose place is path.
func (d *decoder) value(n ast.Node, v reflect.Value, path string) {
	d.c.positions[path] = position(n)
	switch n.(type) {
	case *ast.AnchorNode, *ast.AliasNode, *ast.TagNode, *ast.MergeKeyNode:
		d.fail(n, path, "anchors, aliases and tags are not used here: write the value out")
		return
	}
	switch v.Type() {
	case secretType, valueType:
		d.reference(n, v, path)
		return
	case claimType:
		v.Set(reflect.ValueOf(Claim{d.claim(n, path)}))
		return
	case durationType, dateType:
		text, ok := scalar(n)
		if !ok {
			d.fail(n, path, "must be %s", article(v.Type()))
		} else if err := setText(v, text); err != nil {
			d.fail(n, path, "%v", err)
		}
		return
	}
	switch v.Kind() {
	case reflect.Struct:
		d.object(n, v, path)
	case reflect.Slice:
		d.list(n, v, path)
	case reflect.Map:
		d.table(n, v, path)
	case reflect.Bool:
		b, ok := n.(*ast.BoolNode)
		if !ok {
			d.fail(n, path, "must be true or false")
			return
		}
		v.SetBool(b.Value)
	case reflect.Int:
		text, _ := scalar(n)
		number, err := strconv.Atoi(text)
		if _, ok := n.(*ast.IntegerNode); !ok || err != nil {
			d.fail(n, path, "must be a whole number")
			return
		}
		v.SetInt(int64(number))
	case reflect.String:
		text, ok := scalar(n)
		if !ok {
			d.fail(n, path, "must be text")
			return
		}
		v.SetString(text)
	default:
		panic("config: no decoding for " + v.Type().String())
	}
}

// scalar is the text of a plain or quoted scalar. Numbers are text as they are
// written, so that 006 stays 006 and an App ID of digits is no number.
func scalar(n ast.Node) (string, bool) {
	switch n := n.(type) {
	case *ast.StringNode:
		return n.Value, true
	case *ast.LiteralNode:
		return n.Value.Value, true
	case *ast.IntegerNode, *ast.FloatNode:
		return n.GetToken().Value, true
	}
	return "", false
}

func entries(n ast.Node) ([]*ast.MappingValueNode, bool) {
	switch n := n.(type) {
	case *ast.MappingNode:
		return n.Values, true
	case *ast.MappingValueNode:
		return []*ast.MappingValueNode{n}, true
	}
	return nil, false
}

func (d *decoder) object(n ast.Node, v reflect.Value, path string) {
	values, ok := entries(n)
	if !ok {
		d.fail(n, path, "must be a mapping with keys such as %s", strings.Join(keysOf(v.Type()), ", "))
		return
	}
	seen := map[string]bool{}
	for _, entry := range values {
		key, ok := scalar(entry.Key)
		at := join(path, key)
		field, known := fieldOf(v.Type(), key)
		switch {
		case !ok:
			d.fail(entry.Key, path, "a key must be text")
			continue
		case seen[key]:
			d.fail(entry.Key, at, "this key is there twice")
			continue
		case !known:
			d.fail(entry.Key, at, "unknown key%s", didYouMean(key, keysOf(v.Type())))
			continue
		}
		seen[key] = true
		if _, isNull := entry.Value.(*ast.NullNode); isNull {
			d.fail(entry.Key, at, "has no value; leave the key out, or give one")
			continue
		}
		d.value(entry.Value, v.FieldByIndex(field.Index), at)
	}
	d.defaults(v, path, seen)
	for field := range fields(v.Type()) {
		key := field.Tag.Get("yaml")
		if field.Tag.Get("required") != "" && !seen[key] {
			d.fail(n, join(path, key), "is missing")
		}
	}
}

// defaults fills in what the file does not set.
func (d *decoder) defaults(v reflect.Value, path string, seen map[string]bool) {
	for field := range fields(v.Type()) {
		key := field.Tag.Get("yaml")
		if seen[key] {
			continue
		}
		f := v.FieldByIndex(field.Index)
		if text, ok := field.Tag.Lookup("default"); ok {
			if err := setText(f, text); err != nil {
				panic(fmt.Sprintf("config: default of %s: %v", join(path, key), err))
			}
		} else if f.Kind() == reflect.Struct && f.Type() != secretType && f.Type() != valueType && f.Type() != dateType {
			d.defaults(f, join(path, key), nil)
		}
	}
}

func (d *decoder) list(n ast.Node, v reflect.Value, path string) {
	seq, ok := n.(*ast.SequenceNode)
	if !ok {
		if text, isScalar := scalar(n); isScalar && v.Type().Elem().Kind() == reflect.String { // one is a list of one
			v.Set(reflect.ValueOf([]string{text}))
			return
		}
		d.fail(n, path, "must be a list")
		return
	}
	out := reflect.MakeSlice(v.Type(), len(seq.Values), len(seq.Values))
	for i, item := range seq.Values {
		d.value(item, out.Index(i), fmt.Sprintf("%s[%d]", path, i))
	}
	v.Set(out)
}

func (d *decoder) table(n ast.Node, v reflect.Value, path string) {
	values, ok := entries(n)
	if !ok {
		d.fail(n, path, "must be a mapping of names to values")
		return
	}
	out := reflect.MakeMap(v.Type())
	for _, entry := range values {
		key, ok := scalar(entry.Key)
		if !ok || out.MapIndex(reflect.ValueOf(key)).IsValid() {
			d.fail(entry.Key, join(path, key), "a key must be text, and be there once")
			continue
		}
		item := reflect.New(v.Type().Elem()).Elem()
		d.value(entry.Value, item, join(path, key))
		out.SetMapIndex(reflect.ValueOf(key), item)
	}
	v.Set(out)
}

// setText sets what a scalar, or a default, can be.
func setText(v reflect.Value, text string) error {
	switch v.Type() {
	case durationType:
		dur, err := time.ParseDuration(text)
		if err != nil {
			return errors.New("must be a duration such as 30s, 10m or 24h")
		}
		v.SetInt(int64(dur))
		return nil
	case dateType:
		date, err := parseDate(text)
		if err != nil {
			return err
		}
		v.Set(reflect.ValueOf(date))
		return nil
	}
	switch v.Kind() {
	case reflect.String:
		v.SetString(text)
	case reflect.Bool:
		v.SetBool(text == "true")
	case reflect.Slice:
		v.Set(reflect.ValueOf(strings.Split(text, ",")))
	default:
		return fmt.Errorf("has no default of type %s", v.Type())
	}
	return nil
}

func article(t reflect.Type) string {
	switch t {
	case durationType:
		return "a duration such as 30s, 10m or 24h"
	case dateType:
		return "a day such as 2027-01-01, or an RFC 3339 time"
	}
	return "text"
}

func join(path, key string) string {
	if path == "" {
		return key
	}
	return path + "." + key
}

// fields yields the fields of a configuration type.
func fields(t reflect.Type) func(func(reflect.StructField) bool) {
	return func(yield func(reflect.StructField) bool) {
		for i := range t.NumField() {
			if f := t.Field(i); f.IsExported() && f.Tag.Get("yaml") != "" && !yield(f) {
				return
			}
		}
	}
}

func fieldOf(t reflect.Type, key string) (reflect.StructField, bool) {
	for f := range fields(t) {
		if f.Tag.Get("yaml") == key {
			return f, true
		}
	}
	return reflect.StructField{}, false
}

func keysOf(t reflect.Type) []string {
	var out []string
	for f := range fields(t) {
		out = append(out, f.Tag.Get("yaml"))
	}
	return out
}

// didYouMean names the known key that differs least, if any differs little.
func didYouMean(key string, known []string) string {
	best, least := "", 3
	for _, k := range known {
		if n := distance(strings.ToLower(key), k); n < least {
			best, least = k, n
		}
	}
	if best != "" {
		return fmt.Sprintf("; did you mean %s?", best)
	}
	return "; known here: " + strings.Join(known, ", ")
}

// distance is the Levenshtein distance.
func distance(a, b string) int {
	row := make([]int, len(b)+1)
	for i := range row {
		row[i] = i
	}
	for i := range len(a) {
		previous := slices.Clone(row)
		row[0] = i + 1
		for j := range len(b) {
			cost := 1
			if a[i] == b[j] {
				cost = 0
			}
			row[j+1] = min(previous[j+1]+1, row[j]+1, previous[j]+cost)
		}
	}
	return row[len(b)]
}
