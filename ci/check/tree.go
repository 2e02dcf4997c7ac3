package main

import (
	"bufio"
	"io/fs"
	"os"
	"path"
	"regexp"
	"strings"
)

// A tree is what the checks need to know of the repository's files.
type tree struct {
	goVersion string       // of go.mod: the oldest Go it builds with
	modules   []string     // folders with a go.mod, "." first; without ci/tools
	goFiles   []string     // every Go file
	fuzz      []fuzzTarget // every fuzz target
	tsconfigs []string     // TypeScript projects: what the JavaScript is checked against
	nodeTests []string     // *.test.js
	generates []string     // Go files with a go:generate line
	soaks     []string     // modules with a file that is built only with the tag soak
}

type fuzzTarget struct{ module, dir, name string }

func (f fuzzTarget) String() string { return path.Join(f.module, f.dir) + " " + f.name }

// toolsModule pins the linters. It is not a part of the program: it may need
// a newer Go, and its modules are fetched only for make lint.
const toolsModule = "ci/tools"

var (
	goLine   = regexp.MustCompile(`(?m)^go ([0-9.]+)$`)
	fuzzLine = regexp.MustCompile(`^func (Fuzz\w+)\(\w+ \*testing\.F\)`)
)

func readTree(root string) (*tree, error) {
	files := os.DirFS(root)
	mod, err := fs.ReadFile(files, "go.mod")
	if err != nil {
		return nil, err
	}
	t := &tree{}
	if m := goLine.FindSubmatch(mod); m != nil {
		t.goVersion = string(m[1])
	}
	err = fs.WalkDir(files, ".", func(file string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		name := d.Name()
		if d.IsDir() {
			if file != "." && (strings.HasPrefix(name, ".") || name == "node_modules" || file == toolsModule) {
				return fs.SkipDir
			}
			return nil
		}
		switch {
		case name == "go.mod":
			t.modules = append(t.modules, path.Dir(file))
		case name == "tsconfig.json" || name == "jsconfig.json":
			t.tsconfigs = append(t.tsconfigs, file)
		case strings.HasSuffix(name, ".test.js") || strings.HasSuffix(name, ".test.mjs"):
			t.nodeTests = append(t.nodeTests, file)
		case strings.HasSuffix(name, ".go"):
			t.goFiles = append(t.goFiles, file)
		}
		return nil
	})
	if err != nil {
		return nil, err
	}
	// The walk is in lexical order: bench/go.mod comes before go.mod.
	for i, m := range t.modules {
		if m == "." {
			copy(t.modules[1:i+1], t.modules[:i])
			t.modules[0] = "."
		}
	}
	for _, file := range t.goFiles {
		if err := t.readGoFile(files, file); err != nil {
			return nil, err
		}
	}
	return t, nil
}

// readGoFile notes the fuzz targets, generate lines and build tags of a file.
func (t *tree) readGoFile(files fs.FS, file string) error {
	f, err := files.Open(file)
	if err != nil {
		return err
	}
	defer f.Close()
	module := t.moduleOf(file)
	lines := bufio.NewScanner(f)
	lines.Buffer(nil, 1<<20)
	for lines.Scan() {
		line := lines.Text()
		if m := fuzzLine.FindStringSubmatch(line); m != nil && strings.HasSuffix(file, "_test.go") {
			dir := path.Dir(file)
			if module != "." {
				dir = strings.TrimPrefix(strings.TrimPrefix(dir, module), "/")
			}
			t.fuzz = append(t.fuzz, fuzzTarget{module, "./" + dir, m[1]})
		}
		if strings.HasPrefix(line, "//go:generate ") {
			t.generates = append(t.generates, file)
		}
		if line == "//go:build soak" && (len(t.soaks) == 0 || t.soaks[len(t.soaks)-1] != module) {
			t.soaks = append(t.soaks, module)
		}
	}
	return lines.Err()
}

// moduleOf gives the module that a file belongs to: the longest folder that fits.
func (t *tree) moduleOf(file string) string {
	best := "."
	for _, m := range t.modules {
		if strings.HasPrefix(file, m+"/") && len(m) > len(best) {
			best = m
		}
	}
	return best
}

// nested gives the modules other than the main one.
func (t *tree) nested() []string { return t.modules[1:] }
