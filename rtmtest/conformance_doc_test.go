package rtmtest

import (
	"encoding/json"
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"os"
	"path/filepath"
	"reflect"
	"strconv"
	"strings"
	"testing"
)

// A generated part of docs/local-rtm.md stands between two comments that name
// it.
type generatedPart struct {
	name string
	text func() string
}

func generatedParts() []generatedPart {
	return []generatedPart{
		{"settings", renderSettings},
		{"choices", renderChoices},
		{"table 1.x", func() string { return renderTable(sdk1) }},
		{"table 2.x", func() string { return renderTable(sdk2) }},
	}
}

func partMarks(name string) (begin, end string) {
	return "<!-- generated: " + name + " -->\n", "<!-- end: " + name + " -->\n"
}

// part finds a generated part.
func part(doc, name string) (string, error) {
	begin, end := partMarks(name)
	_, rest, ok := strings.Cut(doc, begin)
	text, _, closed := strings.Cut(rest, end)
	if !ok || !closed {
		return "", fmt.Errorf("%s has no part %q", conformanceDoc, name)
	}
	return strings.Trim(text, "\n") + "\n", nil
}

func replacePart(doc, name, text string) (string, error) {
	if _, err := part(doc, name); err != nil {
		return "", err
	}
	begin, end := partMarks(name)
	before, rest, _ := strings.Cut(doc, begin)
	_, after, _ := strings.Cut(rest, end)
	return before + begin + "\n" + text + "\n" + end + after, nil
}

// parseSource parses a file of the package.
func parseSource(file string) *ast.File {
	f, err := parser.ParseFile(token.NewFileSet(), file, nil, parser.ParseComments)
	if err != nil {
		panic(err)
	}
	return f
}

// renderChoices lists the sources that say "our choice", so that nobody takes a
// green test for Agora's word. Of what was asked for on the control plane nobody
// would.
func renderChoices() string {
	var b strings.Builder
	ast.Inspect(parseSource("sources.go"), func(n ast.Node) bool {
		spec, ok := n.(*ast.ValueSpec)
		if !ok {
			return true
		}
		switch spec.Names[0].Name {
		case "srcOurControl", "srcOurClock", "srcFault", "srcUnknownOp", "srcProtocol":
			return false
		}
		text, err := strconv.Unquote(spec.Values[0].(*ast.BasicLit).Value)
		if err != nil {
			panic(err)
		}
		if strings.Contains(text, "our choice") || strings.Contains(text, "our reading") {
			text = strings.TrimPrefix(text, "our choice: ")
			fmt.Fprintf(&b, "- %s.\n", strings.ToUpper(text[:1])+text[1:])
		}
		return false
	})
	return b.String()
}

// renderSettings lists the settings of a project with their defaults and what
// their doc comments say.
func renderSettings() string {
	var defaults map[string]json.RawMessage
	if err := json.Unmarshal(encode(DefaultSettings()), &defaults); err != nil {
		panic(err)
	}
	var b strings.Builder
	b.WriteString("| setting | default | meaning |\n|---|---|---|\n")
	ast.Inspect(parseSource("settings.go"), func(n ast.Node) bool {
		spec, ok := n.(*ast.TypeSpec)
		if !ok || spec.Name.Name != "Settings" {
			return true
		}
		for _, field := range spec.Type.(*ast.StructType).Fields.List {
			tag, err := strconv.Unquote(field.Tag.Value)
			if err != nil {
				panic(err)
			}
			name := reflect.StructTag(tag).Get("json")
			meaning := strings.Join(strings.Fields(field.Doc.Text()+" "+field.Comment.Text()), " ")
			for _, goName := range field.Names {
				for _, verb := range []string{" is ", " are ", ", if not 0, ", " "} {
					meaning = strings.TrimPrefix(meaning, goName.Name+verb)
				}
			}
			if meaning == "" {
				meaning = settingMeaning(name)
			}
			fmt.Fprintf(&b, "| `%s` | `%s` | %s |\n", name, defaults[name], strings.TrimSuffix(meaning, "."))
		}
		return false
	})
	return b.String()
}

// settingMeaning is for the settings whose type says it in Go.
func settingMeaning(name string) string {
	switch name {
	case "cert_mode":
		return "what a login needs: `token_only`, `both` (a token or none), `app_id_only` (tokens are not looked at)"
	case "connected_expiry":
		return "what happens to a connected 1.x session when its token ends: `by_token` (006 stays, 007 is aborted), `stay`, `abort`"
	}
	return "NOT DESCRIBED"
}

func TestConformance_settingsAndChoices(t *testing.T) {
	if *update {
		return
	}
	doc, err := os.ReadFile(conformanceDoc)
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"settings", "choices"} {
		got, err := part(string(doc), name)
		if err != nil {
			t.Fatal(err)
		}
		for _, p := range generatedParts() {
			if p.name == name && p.text() != got {
				t.Errorf("the part %q of docs/local-rtm.md is not current; run go test ./rtmtest -update", name)
			}
		}
		if strings.Contains(got, "NOT DESCRIBED") {
			t.Errorf("a setting is not described:\n%s", got)
		}
	}
}

// testNames are the tests of this package.
func testNames(t *testing.T) map[string]bool {
	t.Helper()
	files, err := filepath.Glob("*_test.go")
	if err != nil || len(files) == 0 {
		t.Fatalf("no test files: %v", err)
	}
	names := make(map[string]bool)
	for _, file := range files {
		for _, d := range parseSource(file).Decls {
			if f, ok := d.(*ast.FuncDecl); ok && strings.HasPrefix(f.Name.Name, "Test") {
				names[f.Name.Name] = true
			}
		}
	}
	return names
}
