package rtmtest

import (
	"cmp"
	goflag "flag"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
)

// The conformance table in docs/local-rtm.md lists every method, event and
// error code of the two SDKs, and the test that shows what is implemented. Its
// rows are in conformance1_test.go and conformance2_test.go: to add one, add it
// there and run
//
//	go test ./rtmtest -update
//
// A row counts as implemented when a test has seen the service answer with it.
// A row that no test has seen must say why, in without.

const conformanceDoc = "../docs/local-rtm.md"

var update = goflag.Bool("update", false, "write the generated parts of docs/local-rtm.md; only without -run")

// A row is one method, event or error code that Agora documents.
type row struct {
	kind    string // method, event or code
	name    string // as the SDK has it
	number  int    // of a code
	of      string // what a code or an event belongs to
	key     string // the operation of the protocol, of a method; empty: name
	source  string // who documents it
	by      string // a file of tests of the drop-in, for what never reaches the service
	without string // why it is not implemented
}

// seenAs is what the service reports to observers.
func (r row) seenAs() string {
	if r.kind == "code" {
		return strconv.Itoa(r.number) + " " + r.name
	}
	if r.key != "" {
		return r.key
	}
	return r.name
}

// recorder notes which tests have seen the service do what.
type recorder struct {
	mu    sync.Mutex
	tests map[string]map[string]bool // by sdk, kind and name
}

// seen is filled by all tests of one run and read when they have ended: only
// TestMain sees all of them.
var seen = &recorder{tests: make(map[string]map[string]bool)}

func seenKey(sdk sdk, kind, name string) string { return string(sdk) + " " + kind + " " + name }

// observer returns what notes for t what the service does.
func observer(t *testing.T) func(sdk, string, string) {
	name, _, _ := strings.Cut(t.Name(), "/")
	return func(sdk sdk, kind, what string) {
		if !strings.HasPrefix(name, "Test") {
			return // a fuzz target: chance shows nothing
		}
		seen.mu.Lock()
		defer seen.mu.Unlock()
		key := seenKey(sdk, kind, what)
		if seen.tests[key] == nil {
			seen.tests[key] = make(map[string]bool)
		}
		seen.tests[key][name] = true
	}
}

// tested names the test that shows a row best: one of the acceptance list, else
// one that is about such calls, else the one that shows least besides.
func (r *recorder) tested(sdk sdk, kind, name string) string {
	r.mu.Lock()
	defer r.mu.Unlock()
	shows := make(map[string]int)
	for _, of := range r.tests {
		for test := range of {
			shows[test]++
		}
	}
	rank := func(test string) int {
		if strings.HasPrefix(test, "TestAcceptance_") {
			return 0
		}
		about := []string{
			"TestPeerMessages", "TestMessagesOfAGapAreResent", "TestChannels", "TestPeersOnlineStatus", "TestAttributes", "TestCallsThatNeedALogin",
			"TestCallsWithoutAnswer", "TestLimits", "TestTooOften", "TestRTM2_loginCodes", "TestRTM2_messagesAndPresence", "TestRTM2_limits",
		}
		if i := slices.Index(about, test); i >= 0 {
			return 1 + i
		}
		return 1 + len(about)
	}
	tests := slices.Sorted(maps.Keys(r.tests[seenKey(sdk, kind, name)]))
	slices.SortStableFunc(tests, func(a, b string) int { return cmp.Or(cmp.Compare(rank(a), rank(b)), cmp.Compare(shows[a], shows[b])) })
	if len(tests) == 0 {
		return ""
	}
	return tests[0]
}

// wholeRun reports whether every test of the package has run.
func wholeRun() bool {
	for _, name := range []string{"test.run", "test.skip", "test.list", "test.fuzz"} {
		if f := goflag.Lookup(name); f != nil && f.Value.String() != "" {
			return false
		}
	}
	return !testing.Short()
}

// checkConformance is called when all tests have run: the table must say what
// they have seen. With -update it is written.
func checkConformance() error {
	if !wholeRun() {
		return nil
	}
	text, err := os.ReadFile(conformanceDoc)
	if err != nil {
		return err
	}
	if *update {
		doc := string(text)
		for _, part := range generatedParts() {
			if doc, err = replacePart(doc, part.name, part.text()); err != nil {
				return err
			}
		}
		return os.WriteFile(conformanceDoc, []byte(doc), 0o644)
	}
	return seen.disagrees(string(text))
}

// disagrees reports rows that the tests named in a table have not seen, and
// what was seen that has no row.
func (r *recorder) disagrees(doc string) error {
	var wrong []string
	r.mu.Lock()
	defer r.mu.Unlock()
	for _, s := range []sdk{sdk1, sdk2} {
		table, err := part(doc, "table "+string(s))
		if err != nil {
			return err
		}
		lines := tableLines(table)
		known := make(map[string]bool)
		for i, row := range rowsOf(s) {
			known[seenKey(s, row.kind, row.seenAs())] = true
			if i >= len(lines) {
				wrong = append(wrong, row.name+" is missing")
				continue
			}
			test := strings.Trim(lines[i][testColumn], "`")
			has := r.tests[seenKey(s, row.kind, row.seenAs())]
			switch {
			case strings.HasPrefix(test, "Test") && !has[test]:
				wrong = append(wrong, fmt.Sprintf("%s %s: %s does not show it", s, row.name, test))
			case test == "" && len(has) > 0:
				wrong = append(wrong, fmt.Sprintf("%s %s: is shown by a test now", s, row.name))
			}
		}
		for key := range r.tests {
			if strings.HasPrefix(key, string(s)+" ") && !known[key] && !strings.HasSuffix(key, " -1 UNKNOWN_OPERATION") {
				wrong = append(wrong, key+": no row has it")
			}
		}
	}
	if len(wrong) > 0 {
		slices.Sort(wrong)
		return fmt.Errorf("the conformance table in docs/local-rtm.md is not current; run go test ./rtmtest -update\n%s", strings.Join(wrong, "\n"))
	}
	return nil
}

// testColumn is the column of a table that names the test.
const testColumn = 4

// renderTable is the table of one SDK.
func renderTable(s sdk) string {
	var b strings.Builder
	b.WriteString("| kind | name | of | implemented | tested by | source |\n|---|---|---|---|---|---|\n")
	for _, r := range rowsOf(s) {
		implemented, test := "yes", seen.tested(s, r.kind, r.seenAs())
		switch {
		case test != "":
			test = "`" + test + "`"
		case r.by != "":
			implemented, test = "by the drop-in", "`"+r.by+"`"
		case r.without != "":
			implemented = "no: " + r.without
		default:
			implemented = "NO"
		}
		name := r.name
		if r.kind == "code" {
			name = strconv.Itoa(r.number) + " `" + name + "`"
		} else {
			name = "`" + name + "`"
		}
		fmt.Fprintf(&b, "| %s | %s | %s | %s | %s | %s |\n", r.kind, name, r.of, implemented, test, r.source)
	}
	return b.String()
}

func rowsOf(s sdk) []row {
	if s == sdk1 {
		return rows1()
	}
	return rows2()
}

// tableLines are the cells of a table's rows.
func tableLines(table string) [][]string {
	var lines [][]string
	for i, line := range strings.Split(strings.TrimSpace(table), "\n") {
		if i < 2 {
			continue
		}
		cells := strings.Split(strings.Trim(line, "|"), "|")
		for j := range cells {
			cells[j] = strings.TrimSpace(cells[j])
		}
		lines = append(lines, cells)
	}
	return lines
}

func TestConformance_table(t *testing.T) {
	if *update {
		return // the table is written when all tests have run
	}
	text, err := os.ReadFile(conformanceDoc)
	if err != nil {
		t.Fatal(err)
	}
	tests := testNames(t)
	for _, s := range []sdk{sdk1, sdk2} {
		table, err := part(string(text), "table "+string(s))
		if err != nil {
			t.Fatal(err)
		}
		lines, rows := tableLines(table), rowsOf(s)
		if len(lines) != len(rows) {
			t.Errorf("%s: the table has %d rows, want %d; run go test ./rtmtest -update", s, len(lines), len(rows))
			continue
		}
		listed := make(map[string]bool)
		for i, r := range rows {
			if id := r.kind + r.of + r.name; listed[id] {
				t.Errorf("%s: %s is listed twice", s, r.name)
			} else {
				listed[id] = true
			}
			cells := lines[i]
			if !strings.Contains(cells[1], "`"+r.name+"`") || cells[5] != r.source || cells[5] == "" {
				t.Errorf("%s: the table has %q where %s belongs; run go test ./rtmtest -update", s, cells, r.name)
				continue
			}
			test := strings.Trim(cells[testColumn], "`")
			switch implemented := cells[3]; {
			case implemented == "yes" && tests[test], strings.HasPrefix(implemented, "no: ") && test == "" && r.without != "":
			case implemented == "by the drop-in" && test == r.by:
				js, err := os.ReadFile(filepath.Join("..", r.by))
				if err != nil {
					t.Error(err)
				} else if !strings.Contains(string(js), r.name) {
					t.Errorf("%s does not test %s", r.by, r.name)
				}
			default:
				t.Errorf("%s: row %q names no test that exists", s, cells)
			}
		}
	}
}
