package join_test

import (
	"os"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/rtmauth/rtmauth/web/internal/join"
)

func TestMade_current(t *testing.T) {
	web := os.DirFS("../..")
	for name, bundle := range join.Made() {
		want, err := join.Join(web, bundle)
		if err != nil {
			t.Fatal(err)
		}
		got, err := os.ReadFile("../../" + name)
		if err != nil {
			t.Fatal(err)
		}
		if string(got) != string(want) {
			t.Errorf("web/%s is not what its modules say: run go generate ./web", name)
		}
	}
}

func TestJoin(t *testing.T) {
	const entry = "export function start() {}\n"
	bundle := join.Bundle{Entry: "a.js", Exports: []string{"start"}, Global: "G"}
	tests := []struct {
		name    string
		modules map[string]string
		want    string // part of the script, or of the error where wantErr
		wantErr bool
	}{
		{"imported modules come first", map[string]string{
			"a.js":     "import { b } from './lib/b.js';\n" + entry,
			"lib/b.js": "import { c } from '../c.js';\nexport const b = c;\n",
			"c.js":     "export const c = 1;\n",
		}, "// c.js\n\nconst c = 1;\n\n// lib/b.js\n\nconst b = c;\n\n// a.js\n\nfunction start() {}\n", false},
		{"name declared twice", map[string]string{
			"a.js": "import { b } from './b.js';\nconst x = b;\n" + entry,
			"b.js": "export const b = 1;\nconst x = 2;\n",
		}, "x is declared in b.js too", true},
		{"name that is not exported", map[string]string{
			"a.js": "import { b } from './b.js';\n" + entry,
			"b.js": "const b = 1;\n",
		}, `b.js does not export "b"`, true},
		{"circle", map[string]string{
			"a.js": "import { b } from './b.js';\n" + entry,
			"b.js": "import { start } from './a.js';\nexport const b = start;\n",
		}, `does not export "start", or imports b.js itself`, true},
		{"renamed import", map[string]string{
			"a.js": "import { b as d } from './b.js';\n" + entry,
			"b.js": "export const b = 1;\n",
		}, "does not export", true},
		{"default import", map[string]string{"a.js": "import b from './b.js';\n" + entry}, `cannot join "import b`, true},
		{"import.meta", map[string]string{"a.js": entry + "start(import.meta.url);\n"}, `cannot join "import.meta"`, true},
		{"missing module", map[string]string{"a.js": "import { b } from './b.js';\n" + entry}, "b.js", true},
		{"missing entry function", map[string]string{"a.js": "export const other = 1;\n"}, "do not export start", true},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			fsys := fstest.MapFS{}
			for name, text := range tt.modules {
				fsys[name] = &fstest.MapFile{Data: []byte(text)}
			}
			got, err := join.Join(fsys, bundle)
			if (err != nil) != tt.wantErr {
				t.Fatalf("got error %v, want error: %v", err, tt.wantErr)
			}
			text := string(got)
			if err != nil {
				text = err.Error()
			}
			if !strings.Contains(text, tt.want) {
				t.Errorf("got %q, want it to contain %q", text, tt.want)
			}
		})
	}
}

func TestJoin_module(t *testing.T) {
	modules := fstest.MapFS{
		"a.js": {Data: []byte("/**\n * Doc.\n */\n\nimport { b } from './b.js';\n\n/** Doc. */\nexport function start() {\n  // why\n  return '/** kept */' + b;\n}\n")},
		"b.js": {Data: []byte("/** Doc.\n * @type {number} */\nexport const b = 1;\n")},
	}
	got, err := join.Join(modules, join.Bundle{Entry: "a.js", Exports: []string{"start", "b"}})
	if err != nil {
		t.Fatal(err)
	}
	want := "\nconst b = 1;\nfunction start() {\n  return '/** kept */' + b;\n}\nexport { start, b };\n"
	if _, code, _ := strings.Cut(string(got), "imports."); code != want {
		t.Errorf("got %q, want %q", code, want)
	}
}
