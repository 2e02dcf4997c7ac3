// Package deploy_test checks that what deploy/ holds fits the program. The rules
// and the dashboard are checked beside the metrics, in internal/metrics.
package deploy_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/goccy/go-yaml"

	"github.com/rtmauth/rtmauth/internal/cli"
	"github.com/rtmauth/rtmauth/internal/config"
)

func read(t *testing.T, path string) string {
	t.Helper()
	b, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}

// resolve reads a configuration on a machine that has none of its secrets.
func resolve(t *testing.T, text string) *config.Resolved {
	t.Helper()
	path := filepath.Join(t.TempDir(), "rtmauth.yaml")
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	source := config.OSSource()
	source.SkipSecrets = true
	r, err := config.Load(path, source)
	if err != nil {
		t.Fatal(err)
	}
	return r
}

// shutdown is how long a drain may take.
func shutdown(r *config.Resolved) time.Duration { return r.Timeouts.Drain + r.Timeouts.Shutdown }

// manifest is what the tests look at of deploy/kubernetes.yaml's objects.
type manifest struct {
	Kind string            `yaml:"kind"`
	Data map[string]string `yaml:"data"`
	Spec struct {
		Template struct {
			Metadata struct {
				Annotations map[string]string `yaml:"annotations"`
			} `yaml:"metadata"`
			Spec struct {
				Grace      int         `yaml:"terminationGracePeriodSeconds"`
				Containers []container `yaml:"containers"`
			} `yaml:"spec"`
		} `yaml:"template"`
		Ports []struct {
			TargetPort string `yaml:"targetPort"`
		} `yaml:"ports"`
	} `yaml:"spec"`
}

type container struct {
	Args  []string `yaml:"args"`
	Ports []struct {
		Name string `yaml:"name"`
		Port int    `yaml:"containerPort"`
	} `yaml:"ports"`
	Readiness probe `yaml:"readinessProbe"`
	Liveness  probe `yaml:"livenessProbe"`
	Mounts    []struct {
		Path string `yaml:"mountPath"`
	} `yaml:"volumeMounts"`
}

type probe struct {
	Get struct {
		Path string `yaml:"path"`
		Port string `yaml:"port"`
	} `yaml:"httpGet"`
}

func manifests(t *testing.T) map[string]manifest {
	t.Helper()
	out := map[string]manifest{}
	d := yaml.NewDecoder(strings.NewReader(read(t, "kubernetes.yaml")))
	for {
		var m manifest
		err := d.Decode(&m)
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			t.Fatal(err)
		}
		out[m.Kind] = m
	}
	for _, kind := range []string{"ConfigMap", "Deployment", "Service"} {
		if out[kind].Kind == "" {
			t.Fatalf("kubernetes.yaml has no %s", kind)
		}
	}
	return out
}

// TestKubernetes checks that the configuration in the ConfigMap is right, and
// that ports, probes, folders and the time for a drain in the Deployment are its.
func TestKubernetes(t *testing.T) {
	all := manifests(t)
	r := resolve(t, all["ConfigMap"].Data["rtmauth.yaml"])
	pod := all["Deployment"].Spec.Template
	if len(pod.Spec.Containers) != 1 {
		t.Fatalf("%d containers", len(pod.Spec.Containers))
	}
	c := pod.Spec.Containers[0]
	ports := map[string]string{}
	for _, p := range c.Ports {
		ports[p.Name] = ":" + strconv.Itoa(p.Port)
	}
	if ports["http"] != r.Listen || ports["probes"] != r.Probes.Listen {
		t.Errorf("ports are %v; the configuration listens on %s and %s", ports, r.Listen, r.Probes.Listen)
	}
	if got := pod.Metadata.Annotations["prometheus.io/port"]; ":"+got != r.Probes.Listen {
		t.Errorf("port %s is scraped; metrics are on %s", got, r.Probes.Listen)
	}
	if got := all["Service"].Spec.Ports; len(got) != 1 || got[0].TargetPort != "http" {
		t.Errorf("the Service's ports are %v", got)
	}
	if c.Readiness.Get.Path != "/readyz" || c.Liveness.Get.Path != "/healthz" || c.Readiness.Get.Port != "probes" || c.Liveness.Get.Port != "probes" {
		t.Errorf("probes are %+v and %+v", c.Readiness, c.Liveness)
	}
	if grace := time.Duration(pod.Spec.Grace) * time.Second; grace <= shutdown(r) {
		t.Errorf("a pod is killed after %v; a drain may take %v", grace, shutdown(r))
	}
	under := func(path string) bool {
		for _, m := range c.Mounts {
			if strings.HasPrefix(path, m.Path) {
				return true
			}
		}
		return false
	}
	for _, path := range []string{"/run/secrets/rtmauth/app-certificate", r.State, c.Args[len(c.Args)-1]} {
		if !under(path) {
			t.Errorf("no volume is mounted for %s", path)
		}
	}
}

// TestUnit checks that systemd waits for a drain, and that the check before the
// start is a command that there is.
func TestUnit(t *testing.T) {
	unit := read(t, "rtmauth.service")
	setting := func(name string) string {
		match := regexp.MustCompile(`(?m)^` + name + `=(.*)$`).FindStringSubmatch(unit)
		if match == nil {
			t.Fatalf("no %s", name)
		}
		return match[1]
	}
	const example = `
projects: [{name: main, app_id: "970ca35de60c44645bbae8a215061b33", primary: {file: app-certificate}}]
callers: {api_keys: [{id: backend, sha256: "0000000000000000000000000000000000000000000000000000000000000001"}]}
policy: [{callers: [backend], users: "*"}]
`
	stop, err := strconv.Atoi(setting("TimeoutStopSec"))
	if r := resolve(t, example); err != nil || time.Duration(stop)*time.Second <= shutdown(r) {
		t.Errorf("systemd kills after %d s; a drain may take %v", stop, shutdown(r))
	}
	if !strings.HasPrefix(setting("ExecStart"), "/usr/local/bin/rtmauth serve --config /etc/rtmauth/rtmauth.yaml") {
		t.Errorf("ExecStart=%s", setting("ExecStart"))
	}
	path := filepath.Join(t.TempDir(), "rtmauth.yaml")
	if err := os.WriteFile(path, []byte(example), 0o600); err != nil {
		t.Fatal(err)
	}
	args := strings.Fields(strings.ReplaceAll(setting("ExecStartPre"), "/etc/rtmauth/rtmauth.yaml", path))
	var said bytes.Buffer
	p := cli.OSProcess()
	p.Args, p.Stdout, p.Stderr = args[1:], &said, &said
	p.LookupEnv = func(string) (string, bool) { return "", false }
	if code := cli.Main(t.Context(), p); code != 0 {
		t.Errorf("%q exits %d:\n%s", args, code, &said)
	}
}

// TestDockerfile checks that the image is static, built by a Go that go.mod
// permits, not root, and started as the pod starts it.
func TestDockerfile(t *testing.T) {
	text := read(t, "Dockerfile")
	find := func(pattern string) string {
		match := regexp.MustCompile(pattern).FindStringSubmatch(text)
		if match == nil {
			t.Fatalf("no %s", pattern)
		}
		return match[1]
	}
	if find(`(?m)^RUN (CGO_ENABLED=0) go build`) == "" || strings.HasPrefix(find(`(?m)^USER (\d+):\d+$`), "0") {
		t.Error("not static, or root")
	}
	needs := regexp.MustCompile(`(?m)^go 1\.(\d+)`).FindStringSubmatch(read(t, "../go.mod"))
	has, _ := strconv.Atoi(find(`(?m)^ARG GO_VERSION=1\.(\d+)$`))
	if least, _ := strconv.Atoi(needs[1]); has < least {
		t.Errorf("Go 1.%d builds the image; go.mod needs 1.%d", has, least)
	}
	var args []string
	if err := json.Unmarshal([]byte(find(`(?m)^CMD (.*)$`)), &args); err != nil {
		t.Fatal(err)
	}
	if pod := manifests(t)["Deployment"].Spec.Template.Spec.Containers[0].Args; strings.Join(pod, " ") != strings.Join(args, " ") {
		t.Errorf("the image runs %q, the pod %q", args, pod)
	}
}
