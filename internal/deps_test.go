// Package internal_test keeps the import rules of the house.
package internal_test

import (
	"encoding/json"
	"errors"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

const module = "github.com/rtmauth/rtmauth"

// A rule bans imports to packages, with the reason that a failing test shows.
type rule struct {
	packages []string // below the module, "" = the library; "x/..." = x and all below it; "..." = all
	except   []string // packages that the rule does not bind, in the same spelling
	reach    bool     // true: everything reached through imports; false: what the package itself imports
	only     []string // if set: of packages outside the standard library, only these
	ban      []string // import paths, "x/..." = x and all below it
	reason   string
}

// Import paths of this module are written with "./" in front.
var rules = []rule{
	{
		packages: []string{""}, reach: true, only: []string{"./internal/wire"},
		reason: "a program that imports the token library links the standard library and nothing else",
	},
	{
		packages: []string{""}, reach: true, ban: []string{"net/...", "os/exec", "testing"},
		reason: "making or reading a token needs no network and no other program",
	},
	{
		packages: []string{"internal/wire"}, only: []string{}, ban: []string{"crypto/...", "time", "math/rand/..."},
		reason: "the codec turns bytes into fields; keys, clocks and chance belong to its caller, so that every input has one output",
	},
	{
		packages: []string{"internal/localguard", "internal/strictjson"}, reach: true, only: []string{},
		reason: "they guard what strangers send and must be readable in one sitting",
	},
	{
		packages: []string{"rtmtest"}, reach: true,
		only:   []string{".", "./internal/wire", "./internal/localguard", "./internal/strictjson", "github.com/coder/websocket/..."},
		reason: "other people's tests import rtmtest: it costs them one module besides ours",
	},
	{
		packages: []string{"internal/diagnose"}, ban: []string{"net/http", "os", "time/tzdata"},
		reason: "a diagnosis is a function of the token and what the caller knows, so that the command line, the pages and the service say the same",
	},
	{
		packages: []string{"internal/policy"}, reach: true, ban: []string{"net/http", "database/...", "os/exec"},
		reason: "policy is pure: (caller, request, now) gives a grant or a denial with its reason",
	},
	{
		packages: []string{"internal/policy", "internal/issue"}, ban: []string{"net/http"},
		reason: "who may have which token is decided without knowing how the question came in",
	},
	{
		packages: []string{"internal/server/..."}, reach: true, ban: []string{"./rtmtest", "./internal/dev", "./internal/cli", "./web"},
		reason: "serve must not contain the test double, the demo or its pages",
	},
	{
		packages: []string{"..."}, except: []string{"internal/cli", "internal/dev", "cmd/rtmauth"},
		ban:    []string{"./internal/dev", "./internal/cli", "./cmd/..."},
		reason: "dev composes the parts and cli only parses flags: nothing depends on either",
	},
	{
		packages: []string{"..."}, except: []string{"internal/dev", "internal/cli"}, ban: []string{"./web", "./rtmtest"},
		reason: "the pages and the local service are parts of dev alone",
	},
	{
		packages: []string{"..."}, except: []string{"internal/metrics"}, ban: []string{"github.com/prometheus/..."},
		reason: "one package knows Prometheus, so that metrics can be off, and be replaced",
	},
	{
		packages: []string{"..."}, except: []string{"internal/fleet", "internal/ratelimit", "internal/denylist"},
		ban:    []string{"github.com/redis/...", "github.com/go-redis/..."},
		reason: "one process needs no Redis: only what replicas share knows it",
	},
	{
		packages: []string{"..."}, except: []string{"internal/denylist"}, ban: []string{"go.etcd.io/..."},
		reason: "one package owns the embedded store's file",
	},
	{
		packages: []string{"..."}, except: []string{"internal/caller/...", "internal/cli"},
		ban:    []string{"github.com/golang-jwt/...", "github.com/MicahParks/..."},
		reason: "one package judges JWTs",
	},
	{
		packages: []string{"..."}, except: []string{"internal/caller/jwt/es256"}, ban: []string{"filippo.io/..."},
		reason: "one package calculates with points, on public data alone",
	},
	{
		packages: []string{"internal/caller/jwt/es256"}, reach: true, only: []string{"filippo.io/nistec/...", "golang.org/x/sys/cpu"},
		reason: "it decides who is let in and must be readable in one sitting",
	},
	{
		packages: []string{"..."}, except: []string{"internal/server/..."}, ban: []string{"github.com/danielgtaylor/huma/..."},
		reason: "the HTTP framework stays at the edge",
	},
	{
		packages: []string{"..."}, except: []string{"internal/config/...", "internal/cli"}, ban: []string{"github.com/goccy/go-yaml/..."},
		reason: "one package reads configuration, strictly",
	},
	{
		packages: []string{"..."}, except: []string{"internal/cli", "cmd/rtmauth"}, ban: []string{"github.com/spf13/..."},
		reason: "flags end at the command line",
	},
	{
		packages: []string{"..."}, except: []string{"rtmtest"}, ban: []string{"github.com/coder/websocket/..."},
		reason: "only the local service speaks WebSocket",
	},
	{
		packages: []string{"..."}, reach: true,
		ban:    []string{"./interop/...", "./e2e/...", "./bench/...", "./ci/tools/...", "github.com/AgoraIO-Community/...", "github.com/chromedp/...", "github.com/gin-gonic/..."},
		reason: "other people's builders, browsers and rival servers are for the nested modules' tests: nothing of them is in the program",
	},
	{
		packages: []string{"cmd/..."}, reach: true, ban: []string{"./internal/redistest", "./internal/logbuffer"},
		reason: "they are for tests",
	},
	{
		packages: []string{"..."}, ban: []string{"C", "unsafe"},
		reason: "the program is pure and safe Go: it cross-compiles and runs from an empty container",
	},
}

// A goPackage is what go list says of a package.
type goPackage struct {
	ImportPath    string
	Dir           string
	Standard      bool
	Imports, Deps []string
	CgoFiles      []string
}

func listPackages(t *testing.T) (ours []goPackage, standard map[string]bool) {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), "go", "list", "-deps", "-json=ImportPath,Dir,Standard,Imports,Deps,CgoFiles", "./...")
	cmd.Dir = ".."
	cmd.Env = append(os.Environ(), "CGO_ENABLED=0")
	out, err := cmd.Output()
	if err != nil {
		var exit *exec.ExitError
		if errors.As(err, &exit) {
			t.Logf("%s", exit.Stderr)
		}
		t.Fatal(err)
	}
	standard = make(map[string]bool)
	for dec := json.NewDecoder(strings.NewReader(string(out))); ; {
		var p goPackage
		if err := dec.Decode(&p); err == io.EOF {
			break
		} else if err != nil {
			t.Fatal(err)
		}
		standard[p.ImportPath] = p.Standard
		if p.ImportPath == module || strings.HasPrefix(p.ImportPath, module+"/") {
			ours = append(ours, p)
		}
	}
	return ours, standard
}

func TestImportRules(t *testing.T) {
	ours, standard := listPackages(t)
	if len(ours) == 0 {
		t.Fatal("go list found no package of ours")
	}
	for _, p := range ours {
		name := strings.TrimPrefix(strings.TrimPrefix(p.ImportPath, module), "/")
		for _, r := range rules {
			for _, broken := range r.check(name, p, standard) {
				t.Errorf("%s imports %s: %s", p.ImportPath, broken, r.reason)
			}
		}
	}
}

// TestImportRules_fire shows that each kind of rule can fail.
func TestImportRules_fire(t *testing.T) {
	standard := map[string]bool{"net/http": true, "fmt": true}
	p := goPackage{Imports: []string{"net/http", module + "/rtmtest", "github.com/prometheus/client_golang/prometheus"}}
	p.Deps = p.Imports
	for _, name := range []string{"", "internal/policy", "internal/server/compat", "internal/wire", "internal/ratelimit"} {
		var found []string
		for _, r := range rules {
			found = append(found, r.check(name, p, standard)...)
		}
		if len(found) == 0 {
			t.Errorf("no rule binds %q", name)
		}
	}
}

func (r rule) check(name string, p goPackage, standard map[string]bool) (broken []string) {
	if !matchAny(r.packages, name) || matchAny(r.except, name) {
		return nil
	}
	imports := p.Imports
	if r.reach {
		imports = p.Deps
	}
	for _, path := range imports {
		banned := matchAny(absolute(r.ban), path)
		outside := r.only != nil && !standard[path] && !matchAny(absolute(r.only), path)
		if banned || outside {
			broken = append(broken, path)
		}
	}
	return broken
}

// absolute spells out the patterns of this module.
func absolute(patterns []string) []string {
	full := make([]string, 0, len(patterns))
	for _, p := range patterns {
		if p == "." {
			p = module
		} else if rest, ok := strings.CutPrefix(p, "./"); ok {
			p = module + "/" + rest
		}
		full = append(full, p)
	}
	return full
}

func matchAny(patterns []string, name string) bool {
	return slices.ContainsFunc(patterns, func(p string) bool {
		if p == "..." || p == name {
			return true
		}
		prefix, deep := strings.CutSuffix(p, "/...")
		return deep && (name == prefix || strings.HasPrefix(name, prefix+"/"))
	})
}

// TestPackageNames refuses the names under which anything can be put.
func TestPackageNames(t *testing.T) {
	ours, _ := listPackages(t)
	for _, p := range ours {
		switch filepath.Base(p.ImportPath) {
		case "util", "utils", "common", "helper", "helpers", "misc", "types", "models", "manager", "interfaces":
			t.Errorf("%s: the name says nothing of what it is for", p.ImportPath)
		}
	}
}

// TestDependenciesExplained: a module that go.mod asks for by name is in the
// record of dependencies, with what the standard library lacks, what it links
// and how to be rid of it.
func TestDependenciesExplained(t *testing.T) {
	record, err := os.ReadFile("../docs/adr/0007-dependencies.md")
	if err != nil {
		t.Fatal(err)
	}
	out, err := exec.CommandContext(t.Context(), "go", "mod", "edit", "-json", "../go.mod").Output()
	if err != nil {
		t.Fatal(err)
	}
	var mod struct {
		Require []struct {
			Path     string
			Indirect bool
		}
	}
	if err := json.Unmarshal(out, &mod); err != nil {
		t.Fatal(err)
	}
	for _, r := range mod.Require {
		if !r.Indirect && !strings.Contains(string(record), "`"+r.Path+"`") {
			t.Errorf("go.mod requires %s, and docs/adr/0007-dependencies.md does not say why", r.Path)
		}
	}
}
