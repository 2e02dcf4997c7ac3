package diagnose

import (
	"fmt"
	"log/slog"
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"
	"unicode"
)

// TestWords: every text is there in both languages with the same placeholders,
// and every cause has all its parts.
func TestWords(t *testing.T) {
	placeholders := regexp.MustCompile(`\{[a-z_0-9]*\}`)
	for key, w := range words {
		if w.en == "" || w.zh == "" {
			t.Errorf("%s: a language is missing", key)
		}
		en, zh := placeholders.FindAllString(w.en, -1), placeholders.FindAllString(w.zh, -1)
		slices.Sort(en)
		slices.Sort(zh)
		if !slices.Equal(en, zh) {
			t.Errorf("%s: placeholders %v and %v", key, en, zh)
		}
		if !slices.Equal(en, []string{"{advice}"}) && strings.IndexFunc(w.zh, func(r rune) bool { return unicode.Is(unicode.Han, r) }) < 0 {
			t.Errorf("%s: the Chinese text holds no Chinese: %q", key, w.zh)
		}
		if strings.IndexFunc(w.en, func(r rune) bool { return unicode.Is(unicode.Han, r) }) >= 0 {
			t.Errorf("%s: the English text holds Chinese: %q", key, w.en)
		}
	}
	for _, c := range Codes() {
		for _, part := range []string{".message", ".evidence", ".fix"} {
			if _, ok := words[string(c)+part]; !ok {
				t.Errorf("%s has no %s", c, part)
			}
		}
	}
	for _, fam := range []family{rtm1, rtm2, rtc} {
		for _, m := range meanings(fam) {
			for _, key := range []string{"meaning." + m.key, "advice." + m.key} {
				if _, ok := words[key]; !ok {
					t.Errorf("%s code %d: no text %s", fam, m.code, key)
				}
			}
			if _, ok := words["meaning."+m.renewAs]; m.renew != "" && !ok {
				t.Errorf("%s code %d: no text for %s", fam, m.code, m.renewAs)
			}
		}
	}
}

// TestWordsUsed: the names of sentences in the code exist, and nothing in the
// table is left over.
func TestWordsUsed(t *testing.T) {
	var source strings.Builder
	files, err := os.ReadDir(".")
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range files {
		if name := f.Name(); strings.HasSuffix(name, ".go") && !strings.HasPrefix(name, "words") && !strings.HasSuffix(name, "_test.go") {
			data, err := os.ReadFile(name)
			if err != nil {
				t.Fatal(err)
			}
			source.Write(data)
		}
	}
	for key := range words {
		parts := strings.Split(key, ".")
		name := parts[len(parts)-1]
		if len(parts) == 2 && parts[0] != "hint" && parts[0] != "meaning" && parts[0] != "advice" {
			continue // message, evidence and fix themselves
		}
		if !strings.Contains(source.String(), `"`+name+`"`) && !strings.Contains(source.String(), `"hint.`+name+`"`) {
			t.Errorf("%s is used nowhere", key)
		}
	}
}

func TestKeyPrintsNothing(t *testing.T) {
	const secret = "5CFd2fd1755d40ecb72977518be15d3b"
	k := KeyText(secret)
	inside := struct {
		key  Key
		Keys []Key
		A    Attempt
	}{k, []Key{k}, Attempt{Project: Project{Keys: []Key{k}}, OldKeys: []Key{k}}}
	var b strings.Builder
	for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%q", "%x", "%d"} {
		fmt.Fprintf(&b, verb+verb+verb, k, inside, &k)
	}
	log := slog.New(slog.NewJSONHandler(&b, nil))
	log.Info("x", "key", k, "inside", inside)
	slog.New(slog.NewTextHandler(&b, nil)).Info("x", "key", k, "inside", inside)
	if strings.Contains(b.String(), secret) || strings.Contains(b.String(), fmt.Sprintf("%x", secret)) {
		t.Errorf("a certificate was printed: %s", b.String())
	}
}

func TestDuration(t *testing.T) {
	for d, want := range map[time.Duration]string{
		0: "0 s", 53 * time.Minute: "53 min", time.Hour: "1 h", 24*time.Hour - time.Minute: "23 h 59 min",
		25 * time.Hour: "1 d 1 h", 61 * time.Second: "1 min 1 s", -time.Minute: "1 min",
	} {
		if got := English.Duration(d); got != want {
			t.Errorf("%s: got %q, want %q", time.Duration(d), got, want)
		}
	}
	if got := Chinese.Duration(90 * time.Minute); got != "1 小时 30 分钟" {
		t.Errorf("got %q", got)
	}
}

func TestParseLang(t *testing.T) {
	for text, want := range map[string]Lang{"zh": Chinese, "zh_CN.UTF-8": Chinese, "zh-TW": Chinese, "en": English, "en_GB.UTF-8": English, "C": English, "C.UTF-8": English, "POSIX": English, "": English} {
		if got, err := ParseLang(text); err != nil || got != want {
			t.Errorf("%q: got %q, %v", text, got, err)
		}
	}
	if _, err := ParseLang("fr"); err == nil {
		t.Error("fr was accepted")
	}
}
