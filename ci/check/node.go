package main

import (
	"bytes"
	"context"
	"fmt"
	"regexp"
	"strconv"
)

var tapCount = regexp.MustCompile(`(?m)^# (pass|fail|cancelled|skipped|todo) (\d+)$`)

// nodeTest is a step that runs Node.js's test runner and takes its counts.
func nodeTest(name string, files []string) step {
	return step{name: name, run: func(ctx context.Context, out *bytes.Buffer) tally {
		err := command(ctx, out, ".", nil, "node", append([]string{"--test", "--test-reporter=tap"}, files...)...)
		t := readTAP(out.Bytes())
		if err != nil && t.failed == 0 {
			t.add(verdict(out, err))
		}
		if err == nil && t.passed == 0 {
			t.add(verdict(out, fmt.Errorf("node ran no test")))
		}
		return t
	}}
}

func readTAP(out []byte) tally {
	var t tally
	for _, m := range tapCount.FindAllSubmatch(out, -1) {
		n, _ := strconv.Atoi(string(m[2]))
		switch string(m[1]) {
		case "pass":
			t.passed += n
		case "fail", "cancelled":
			t.failed += n
		case "skipped", "todo":
			t.skipped += n
		}
	}
	return t
}
