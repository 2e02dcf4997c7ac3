package strictjson

import (
	"bytes"
	"encoding/json"
	"testing"
	"unicode/utf8"
)

func TestPlain(t *testing.T) {
	for text, want := range map[string]bool{
		`{"uid":"alice"}`: true, ` { "uid" : "a b" , "x_1" : "" } ` + "\n": true,
		`{}`: false, `{"uid":"a","uid":"b"}`: false, `{"Uid":"a"}`: false, `{"uid":"a\u0062"}`: false, `{"uid":1}`: false, `{"uid":"a",}`: false,
		`{"uid":"é"}`: false, `{"uid":"a"}x`: false, `{"uid":"a"`: false, `{"":"a"}`: false, ``: false, `{"a":"1","b":"","c":"","d":"","e":"","f":"","g":"","h":"","i":""}`: false,
		`{"uid":{"a":"b"}}`: false, "{\"uid\":\"a\nb\"}": false, `["a"]`: false, `{"uid"}`: false, `{"uid" "a"}`: false, `{"uid":`: false,
	} {
		if got := plain([]byte(text)); got != want {
			t.Errorf("%s: got %v", text, got)
		}
	}
}

// What is plain breaks no rule: the slow way must agree.
func FuzzPlain(f *testing.F) {
	f.Add([]byte(`{"uid":"alice","life":"1h"}`))
	f.Add([]byte(` {"a":"b" ,"c" :"d"}` + "\t"))
	f.Fuzz(func(t *testing.T, data []byte) {
		if !plain(data) {
			return
		}
		d := json.NewDecoder(bytes.NewReader(data))
		if !utf8.Valid(data) || !json.Valid(data) || loneSurrogate(data) || walk(d, "", 0) != nil {
			t.Errorf("%q is not plain", data)
		}
		var slow map[string]string
		if err := json.Unmarshal(data, &slow); err != nil {
			t.Fatal(err)
		}
		for _, key := range []string{"uid", "a", "life", "none"} {
			want, has := slow[key]
			if got, ok := PlainString(data, key); got != want || ok != has {
				t.Errorf("%q: %s is %q, %v; want %q, %v", data, key, got, ok, want, has)
			}
		}
	})
}
