package config

import (
	_ "embed"
	"fmt"
	"reflect"
	"strings"
)

// Example is a commented configuration that works once its files and variables
// are there; `rtmauth config init` writes it.
//
//go:embed example.yaml
var Example string

// Reference is the reference of all keys, in Markdown, made from the types.
func Reference() string {
	var b strings.Builder
	b.WriteString(`# Configuration of rtmauth serve

` + "`rtmauth config reference`" + ` prints this page from the program's own types. ` + "`rtmauth config init`" + ` writes a commented
example, ` + "`rtmauth config check FILE`" + ` says everything that is wrong with a file, with line and column.

The file is YAML, read strictly: unknown and repeated keys are errors. Durations are written like ` + "`90s`, `10m`, `24h`" + `. A
list of one may be written without brackets. A secret is never in the file: it is ` + "`{file: PATH}` or `{env: NAME}`" + `. Relative
paths are seen from the file's folder.

With ` + "`--config`" + `, the environment overrides ` + "`RTMAUTH_LISTEN`, `RTMAUTH_ADMIN_LISTEN` and `RTMAUTH_LOG_LEVEL`" + `, and nothing else.
Without it, serve runs from these, the three above and a ` + "`.env`" + ` file in the folder it is started in alone:

| variable | meaning |
| --- | --- |
| ` + "`APP_ID`, `APP_CERTIFICATE`, `APP_CERTIFICATE_SECONDARY`" + ` | the project; also with ` + "`AGORA_`" + ` before or ` + "`_FILE`" + ` behind |
| ` + "`PORT` or `SERVER_PORT`" + ` | the public port |
| ` + "`CORS_ALLOW_ORIGIN`" + ` | origins of pages, with commas between |
| ` + "`RTMAUTH_API_KEYS_FILE`" + ` | path of a file with the list that ` + "`callers.api_keys`" + ` holds; these callers may have RTM tokens for any user |
| ` + "`RTMAUTH_JWT_ISSUER`, `RTMAUTH_JWT_AUDIENCE`" + ` | an issuer found by discovery (RS256, ES256), and audiences with commas between; its users may have RTM tokens for themselves |
`)
	section(&b, reflect.TypeFor[Config](), "", "Top level")
	return b.String()
}

func section(b *strings.Builder, t reflect.Type, path, title string) {
	fmt.Fprintf(b, "\n## %s\n\n| key | value | default | meaning |\n| --- | --- | --- | --- |\n", title)
	type sub struct {
		t    reflect.Type
		path string
	}
	var subs []sub
	for f := range fields(t) {
		key := f.Tag.Get("yaml")
		def := f.Tag.Get("default")
		switch {
		case def != "" && f.Type.Kind() == reflect.Slice:
			def = "`[" + strings.ReplaceAll(def, ",", ", ") + "]`"
		case def != "":
			def = "`" + def + "`"
		case f.Tag.Get("required") != "":
			def = "required"
		}
		fmt.Fprintf(b, "| `%s` | %s | %s | %s |\n", key, kindName(f.Type), def, strings.ReplaceAll(f.Tag.Get("doc"), "|", "\\|"))
		inner, at := f.Type, join(path, key)
		if inner.Kind() == reflect.Slice {
			inner, at = inner.Elem(), at+"[]"
		}
		if isSection(inner) {
			subs = append(subs, sub{inner, at})
		}
	}
	for _, s := range subs {
		section(b, s.t, s.path, "`"+s.path+"`")
	}
}

func isSection(t reflect.Type) bool {
	return t.Kind() == reflect.Struct && t != secretType && t != valueType && t != dateType
}

func kindName(t reflect.Type) string {
	switch t {
	case durationType:
		return "duration"
	case dateType:
		return "day or time"
	case secretType:
		return "secret"
	case valueType:
		return "text, or as a secret"
	}
	switch t.Kind() {
	case reflect.Bool:
		return "true, false"
	case reflect.Int:
		return "whole number"
	case reflect.Slice:
		if isSection(t.Elem()) {
			return "list, see below"
		}
		return "list of texts"
	case reflect.Map:
		return "names with lists of texts"
	case reflect.Struct:
		return "see below"
	}
	return "text"
}
