package config_test

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/rtmauth/rtmauth/internal/config"
)

// Test values: none of them is a real project's.
const (
	appID     = "970ca35de60c44645bbae8a215061b33"
	otherID   = "870ca35de60c44645bbae8a215061b33"
	primary   = "5cfd2fd1755d40ecb72977518be15d3b"
	secondary = "00112233445566778899aabbccddeeff"
)

// environment makes a lookup of NAME=VALUE pairs.
func environment(pairs ...string) func(string) (string, bool) {
	values := make(map[string]string)
	for _, pair := range pairs {
		name, value, _ := strings.Cut(pair, "=")
		values[name] = value
	}
	return func(name string) (string, bool) {
		value, ok := values[name]
		return value, ok
	}
}

func write(t *testing.T, name, content string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), name)
	if err := os.WriteFile(path, []byte(content), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

func TestReadEnv_dotenv(t *testing.T) {
	path := write(t, ".env", "\ufeff# a comment\r\n\r\n"+
		"BARE=one # comment\r\n"+
		"  export SPACED =  two words  \r\n"+
		"HASH=a#b\nEMPTY=\nCOMMENT= # nothing\n"+
		"SINGLE='a \\n # $b'  # comment\n"+
		`DOUBLE="a\t\"b\" \$c"`+"\n"+
		"LONG=\"first\nsecond\"\nexport=word\n"+
		"AFTER=found\nother.tool-key=1\nEQUALS=a=b==\nSAME=1\nSAME=1\nLAST=no newline")
	env, err := config.ReadEnv(environment(), path)
	if err != nil {
		t.Fatal(err)
	}
	if env.DotenvPath() != path {
		t.Errorf("path: got %q", env.DotenvPath())
	}
	for name, want := range map[string]string{
		"BARE": "one", "SPACED": "two words", "HASH": "a#b", "EMPTY": "", "COMMENT": "", "SINGLE": `a \n # $b`, "DOUBLE": "a\t\"b\" $c",
		"LONG": "first\nsecond", "export": "word", "AFTER": "found", "other.tool-key": "1", "EQUALS": "a=b==", "SAME": "1", "LAST": "no newline", "ABSENT": "",
	} {
		got, _, err := env.Get(name)
		if err != nil || got != want {
			t.Errorf("%s: got %q, %v, want %q", name, got, err, want)
		}
	}
	if _, from, _ := env.Get("AFTER"); from != "AFTER ("+path+", line 13)" {
		t.Errorf("after a value of two lines: %s", from)
	}
}

func TestReadEnv_dotenvErrors(t *testing.T) {
	for name, tt := range map[string]struct{ content, want string }{
		"no equals sign":       {"A=1\n" + primary + "\n", "line 2: expected NAME=VALUE"},
		"space in name":        {"A B=" + primary, "line 1: expected NAME=VALUE"},
		"digit first":          {"1A=" + primary, "line 1: expected NAME=VALUE"},
		"open quote":           {"\n\nA=\"" + primary, `line 3: the quote " is not closed`},
		"open quote at escape": {`A="` + primary + `\`, `line 1: the quote " is not closed`},
		"text after quote":     {"A='x' " + primary, "line 1: expected nothing after the closing quote"},
		"unknown escape":       {`A="\x` + primary + `"`, "line 1: a backslash in double quotes"},
		"not UTF-8":            {"A=1\nB=\xff" + primary, "line 2: not UTF-8 text"},
		"UTF-16":               {"A\x00=\x001\x00", "line 1: not UTF-8 text"},
	} {
		t.Run(name, func(t *testing.T) {
			env, err := config.ReadEnv(environment(), write(t, ".env", tt.content))
			if env != nil || err == nil || !strings.Contains(err.Error(), tt.want) || !strings.Contains(err.Error(), ".env, line ") {
				t.Errorf("got %v, want %s", err, tt.want)
			}
			if err != nil && strings.Contains(err.Error(), primary) {
				t.Errorf("the error shows a value: %v", err)
			}
		})
	}
	if _, err := config.ReadEnv(environment(), write(t, ".env", strings.Repeat("#", 1<<20+1))); err == nil {
		t.Error("a file of more than 1 MiB was read")
	}
	if env, err := config.ReadEnv(environment(), t.TempDir()); err != nil || env.DotenvPath() != "" {
		t.Errorf("a folder: got %v, %v", env, err)
	}
	if env, err := config.ReadEnv(environment(), filepath.Join(t.TempDir(), ".env")); err != nil || env.DotenvPath() != "" {
		t.Errorf("no file: got %v, %v", env, err)
	}
}

func TestEnv_Get(t *testing.T) {
	dotenv := "PORT=1\nSERVER_PORT=1\nOTHER=2\nTWICE=1\nTWICE=2\n"
	tests := []struct {
		name      string
		env       []string
		names     []string
		want      string
		wantFrom  string
		wantError string
	}{
		{"environment", []string{"PORT= 9 "}, []string{"PORT"}, "9", "PORT (environment)", ""},
		{"environment hides the file for every name", []string{"SERVER_PORT=9"}, []string{"PORT", "SERVER_PORT"}, "9", "SERVER_PORT (environment)", ""},
		{"set and empty hides", []string{"PORT="}, []string{"PORT", "SERVER_PORT"}, "", "", ""},
		{"file", nil, []string{"PORT", "SERVER_PORT"}, "1", "PORT (.env, line 1)", ""},
		{"same in two names", []string{"A=1", "B=1"}, []string{"A", "B"}, "1", "A (environment)", ""},
		{"differ", []string{"A=1", "B=2"}, []string{"A", "B"}, "", "", "A (environment) and B (environment) differ"},
		{"differ in file", nil, []string{"PORT", "OTHER"}, "", "", "PORT (.env, line 1) and OTHER (.env, line 3) differ"},
		{"twice in file", nil, []string{"TWICE"}, "", "", ".env: TWICE is given on line 4 and, differently, on line 5"},
		{"none", nil, []string{"A", "B"}, "", "", ""},
	}
	t.Chdir(t.TempDir())
	if err := os.WriteFile(".env", []byte(dotenv), 0o600); err != nil {
		t.Fatal(err)
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			env, err := config.ReadEnv(environment(tt.env...), ".env")
			if err != nil {
				t.Fatal(err)
			}
			got, from, err := env.Get(tt.names...)
			if tt.wantError != "" {
				if err == nil || !strings.Contains(err.Error(), tt.wantError) || got != "" {
					t.Errorf("got %q, %v, want %s", got, err, tt.wantError)
				}
				return
			}
			if err != nil || got != tt.want || from != tt.wantFrom {
				t.Errorf("got %q from %q, %v; want %q from %q", got, from, err, tt.want, tt.wantFrom)
			}
		})
	}
}

func TestEnv_Project(t *testing.T) {
	file := write(t, "certificate", primary+"\n")
	tests := []struct {
		name string
		env  []string
		want [3]string // where App ID, primary and secondary came from
	}{
		{"plain", []string{"APP_ID=" + appID, "APP_CERTIFICATE=" + primary}, [3]string{"APP_ID (environment)", "APP_CERTIFICATE (environment)", ""}},
		{"aliases", []string{"AGORA_APP_ID=" + appID, "AGORA_APP_CERTIFICATE=" + primary, "AGORA_APP_CERTIFICATE_SECONDARY=" + secondary}, [3]string{"AGORA_APP_ID (environment)", "AGORA_APP_CERTIFICATE (environment)", "AGORA_APP_CERTIFICATE_SECONDARY (environment)"}},
		{"files", []string{"APP_ID=" + appID, "APP_CERTIFICATE_FILE=" + file}, [3]string{"APP_ID (environment)", "APP_CERTIFICATE_FILE (environment)", ""}},
		{"alias file", []string{"APP_ID=" + appID, "AGORA_APP_CERTIFICATE_FILE=" + file}, [3]string{"APP_ID (environment)", "AGORA_APP_CERTIFICATE_FILE (environment)", ""}},
		{"file and variable agree", []string{"APP_ID=" + appID, "APP_CERTIFICATE=" + primary, "APP_CERTIFICATE_FILE=" + file}, [3]string{"APP_ID (environment)", "APP_CERTIFICATE (environment)", ""}},
		{"two certificates", []string{"APP_ID=" + appID, "APP_CERTIFICATE=" + primary, "APP_CERTIFICATE_SECONDARY=" + secondary}, [3]string{"APP_ID (environment)", "APP_CERTIFICATE (environment)", "APP_CERTIFICATE_SECONDARY (environment)"}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			env, err := config.ReadEnv(environment(tt.env...), "")
			if err != nil {
				t.Fatal(err)
			}
			p, err := env.Project()
			if err != nil {
				t.Fatal(err)
			}
			if got := [3]string{p.AppIDFrom, p.PrimaryFrom, p.SecondaryFrom}; got != tt.want || p.AppID != appID {
				t.Errorf("got %q, want %q", got, tt.want)
			}
			wantCount := 1
			if tt.want[2] != "" {
				wantCount = 2
			}
			if len(p.Certificates()) != wantCount || p.Primary.IsZero() {
				t.Errorf("got %d certificates, want %d", len(p.Certificates()), wantCount)
			}
		})
	}
	env, err := config.ReadEnv(environment("APP_ID=", "APP_CERTIFICATE="), "")
	if err != nil {
		t.Fatal(err)
	}
	if p, err := env.Project(); p != nil || err != nil {
		t.Errorf("set and empty: got %v, %v", p, err)
	}
}

func TestEnv_Project_refuses(t *testing.T) {
	empty := write(t, "empty", "\n")
	bad := strings.Replace(primary, "5", "g", 1)
	tests := []struct {
		name string
		env  []string
		want []string
	}{
		{"App ID alone", []string{"APP_ID=" + appID}, []string{"APP_ID (environment)", "APP_CERTIFICATE (not set)", "set both, or neither"}},
		{"certificate alone", []string{"AGORA_APP_CERTIFICATE=" + primary}, []string{"AGORA_APP_CERTIFICATE (environment)", "APP_ID (not set)"}},
		{"secondary alone", []string{"APP_ID=" + appID, "APP_CERTIFICATE_SECONDARY=" + secondary}, []string{"APP_CERTIFICATE_SECONDARY (environment)", "APP_CERTIFICATE (not set)"}},
		{"two App IDs", []string{"APP_ID=" + appID, "AGORA_APP_ID=" + otherID, "APP_CERTIFICATE=" + primary}, []string{"APP_ID (environment) and AGORA_APP_ID (environment) differ"}},
		{"two certificates of one name", []string{"APP_ID=" + appID, "APP_CERTIFICATE=" + primary, "AGORA_APP_CERTIFICATE=" + secondary}, []string{"APP_CERTIFICATE (environment) and AGORA_APP_CERTIFICATE (environment) differ"}},
		{"short certificate", []string{"APP_ID=" + appID, "APP_CERTIFICATE=" + primary[:31]}, []string{"APP_CERTIFICATE (environment)", "32 hexadecimal characters", "31 long"}},
		{"not hexadecimal", []string{"APP_ID=" + appID, "APP_CERTIFICATE=" + bad}, []string{"APP_CERTIFICATE (environment)", "character number 1 is none of 0-9 and a-f"}},
		{"short App ID", []string{"APP_ID=" + appID[:8], "APP_CERTIFICATE=" + primary}, []string{"APP_ID (environment)", "8 long"}},
		{"in quotes", []string{"APP_ID=" + appID, "APP_CERTIFICATE='" + primary + "'"}, []string{"APP_CERTIFICATE (environment)", "quotes"}},
		{"guide's App ID", []string{"APP_ID=Your_App_ID", "APP_CERTIFICATE=" + primary}, []string{"APP_ID (environment)", "placeholder <Your App ID>"}},
		{"guide's certificate", []string{"APP_ID=" + appID, "APP_CERTIFICATE=Your_Certificate"}, []string{"APP_CERTIFICATE (environment)", "placeholder <Your App Certificate>"}},
		{"same", []string{"APP_ID=" + primary, "APP_CERTIFICATE=" + strings.ToUpper(primary)}, []string{"APP_ID (environment) and APP_CERTIFICATE (environment)", "the same"}},
		{"secondary is App ID", []string{"APP_ID=" + appID, "APP_CERTIFICATE=" + primary, "APP_CERTIFICATE_SECONDARY=" + appID}, []string{"APP_ID (environment) and APP_CERTIFICATE_SECONDARY (environment)", "the same"}},
		{"secondary is primary", []string{"APP_ID=" + appID, "APP_CERTIFICATE=" + primary, "APP_CERTIFICATE_SECONDARY=" + primary}, []string{"APP_CERTIFICATE (environment) and APP_CERTIFICATE_SECONDARY (environment)", "the same"}},
		{"bad secondary", []string{"APP_ID=" + appID, "APP_CERTIFICATE=" + primary, "APP_CERTIFICATE_SECONDARY=" + bad}, []string{"APP_CERTIFICATE_SECONDARY (environment)", "character number 1"}},
		{"missing file", []string{"APP_ID=" + appID, "APP_CERTIFICATE_FILE=/nowhere/certificate"}, []string{"APP_CERTIFICATE_FILE (environment)", "open /nowhere/certificate: no such file"}},
		{"empty file", []string{"APP_ID=" + appID, "APP_CERTIFICATE_FILE=" + empty}, []string{"APP_CERTIFICATE_FILE (environment)", "is empty"}},
		{"value where a path belongs", []string{"APP_ID=" + appID, "APP_CERTIFICATE_FILE=" + primary}, []string{"APP_CERTIFICATE_FILE (environment)", "path of a file, not the value itself"}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			env, err := config.ReadEnv(environment(tt.env...), "")
			if err != nil {
				t.Fatal(err)
			}
			p, err := env.Project()
			if err == nil || p != nil {
				t.Fatalf("got %v, %v", p, err)
			}
			for _, want := range tt.want {
				if !strings.Contains(err.Error(), want) {
					t.Errorf("got %v, want %q in it", err, want)
				}
			}
			for _, secret := range []string{primary, strings.ToUpper(primary), secondary, bad, primary[:31]} {
				if strings.Contains(err.Error(), secret) {
					t.Errorf("the error shows a certificate: %v", err)
				}
			}
		})
	}
}

func TestPlaceholder(t *testing.T) {
	for text, want := range map[string]string{
		"Your_App_ID": "<Your App ID>", "<Your App ID>": "<Your App ID>", "your-app-id": "<Your App ID>", "YOUR_AGORA_APP_ID": "<Your App ID>", "yourAppId": "<Your App ID>", "<YOUR_APP_ID_HERE>": "<Your App ID>", "app_id": "<Your App ID>",
		"Your_Certificate": "<Your App Certificate>", "<Your App Certificate>": "<Your App Certificate>", "YOUR_APP_CERTIFICATE": "<Your App Certificate>", "your agora app certificate": "<Your App Certificate>", "<Your primary certificate>": "<Your App Certificate>",
		"<#Your App ID#>": "<Your App ID>", "<whatever>": "<…>", "xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx": "xxx…",
		appID: "", primary: "", "": "", "hello": "", "<>": "",
	} {
		if got := config.Placeholder(text); got != want {
			t.Errorf("Placeholder(%q): got %q, want %q", text, got, want)
		}
	}
}

func TestEnv_printsNoValue(t *testing.T) {
	env, err := config.ReadEnv(environment(), write(t, ".env", "APP_ID="+appID+"\nAPP_CERTIFICATE="+primary+"\n"))
	if err != nil {
		t.Fatal(err)
	}
	project, err := env.Project()
	if err != nil {
		t.Fatal(err)
	}
	for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%q", "%x"} {
		for _, value := range []any{env, *env, struct{ env *config.Env }{env}, project, *project, struct{ p config.EnvProject }{*project}} {
			text := fmt.Sprintf(verb, value)
			if strings.Contains(text, primary) || strings.Contains(text, fmt.Sprintf("%x", primary)) || strings.Contains(text, fmt.Sprintf("%d", []byte(primary))) {
				t.Errorf("%s of %T shows the certificate", verb, value)
			}
		}
	}
}
