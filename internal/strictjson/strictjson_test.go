package strictjson_test

import (
	"encoding/json"
	"errors"
	"strings"
	"testing"

	"github.com/rtmauth/rtmauth/internal/strictjson"
)

type request struct {
	UID      string   `json:"uid"`
	Life     int      `json:"life"`
	Fast     bool     `json:"fast"`
	Services []inner  `json:"services"`
	Extra    *inner   `json:"extra"`
	Share    *float64 `json:"share"`
}

type inner struct {
	Type string `json:"type"`
}

func TestDecode(t *testing.T) {
	tests := []struct {
		name, body, want string
	}{
		{"plain", `{"uid":"alice"}`, "alice"},
		{"unknown keys are ignored", ` {"x":[1,{"y":null}],"uid":"alice","z":1e400} ` + "\n", "alice"},
		{"another case", `{"UID":"alice"}`, "alice"},
		{"same key in different objects", `{"uid":"alice","a":{"uid":"x"},"b":[{"uid":"y"},{"uid":"z"}]}`, "alice"},
		{"escaped", `{"u\u0069d":"\u0061lice"}`, "alice"},
		{"surrogate pair", `{"uid":"\ud83d\ude00"}`, "\U0001f600"},
		{"an escaped backslash before u", `{"uid":"\\ud800"}`, `\ud800`},
		{"null is the zero value", `{"uid":null}`, ""},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			var got request
			if err := strictjson.Decode([]byte(tt.body), &got); err != nil {
				t.Fatal(err)
			}
			if got.UID != tt.want {
				t.Errorf("uid: got %q, want %q", got.UID, tt.want)
			}
		})
	}
}

func TestDecode_refuses(t *testing.T) {
	tests := []struct {
		name, body, want string
	}{
		{"empty", "", "the body must be JSON, and is empty"},
		{"white space", " \n", "the body must be JSON, and is empty"},
		{"syntax", `{uid:1}`, "the body must be one JSON value and nothing else"},
		{"cut short", `{"uid":"alice"`, "the body must be one JSON value and nothing else"},
		{"second value", `{"uid":"alice"}{"uid":"bob"}`, "the body must be one JSON value and nothing else"},
		{"trailing text", `{"uid":"alice"} x`, "the body must be one JSON value and nothing else"},
		{"not UTF-8", "{\"uid\":\"\xff\"}", "the body must be UTF-8"},
		{"high surrogate alone", `{"uid":"\ud800"}`, `the body must not hold half a surrogate pair (\ud800 to \udfff alone)`},
		{"low surrogate alone", `{"uid":"\uDC00"}`, `the body must not hold half a surrogate pair (\ud800 to \udfff alone)`},
		{"two high surrogates", `{"uid":"\ud800\ud800"}`, `the body must not hold half a surrogate pair (\ud800 to \udfff alone)`},
		{"duplicate", `{"uid":"alice","uid":"bob"}`, `"uid" is given twice; one of them must go`},
		{"duplicate by escape", `{"uid":"alice","u\u0069d":"bob"}`, `"uid" is given twice; one of them must go`},
		{"case", `{"uid":"alice","UID":"bob"}`, `"UID" and "uid" differ only in case; one of them must go`},
		{"case by Unicode folding", `{"servicesſ":1,"servicess":2}`, `"servicess" and "servicesſ" differ only in case; one of them must go`},
		{"deep duplicate", `{"services":[{"type":"rtm"},{"type":"rtm","Type":"rtc"}]}`, `"services.Type" and "type" differ only in case; one of them must go`},
		{"duplicate below an ignored key", `{"ignored":{"a":1,"a":2}}`, `"ignored.a" is given twice; one of them must go`},
		{"number for string", `{"uid":1}`, `"uid" must be a string`},
		{"string for number", `{"life":"1"}`, `"life" must be a whole number`},
		{"fraction for whole number", `{"life":1.5}`, `"life" must be a whole number`},
		{"too large", `{"life":99999999999999999999}`, `"life" must be a whole number`},
		{"string for bool", `{"fast":"yes"}`, `"fast" must be true or false`},
		{"string for list", `{"services":"rtm"}`, `"services" must be a list`},
		{"string for object", `{"extra":"rtm"}`, `"extra" must be an object`},
		{"string for number", `{"share":"x"}`, `"share" must be a number`},
		{"list for object", `["alice"]`, `the body must be an object`},
		{"too deep", strings.Repeat("[", 33) + strings.Repeat("]", 33), "the body must not nest deeper than 32"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			var got request
			err := strictjson.Decode([]byte(tt.body), &got)
			var typed *strictjson.Error
			if !errors.As(err, &typed) || err.Error() != tt.want {
				t.Errorf("got %v, want %s", err, tt.want)
			}
		})
	}
}

func TestDecode_errorHoldsNoValue(t *testing.T) {
	const secret = "canary-8c1f"
	for _, body := range []string{
		`{"life":"` + secret + `"}`,
		`{"uid":"` + secret + `","uid":"` + secret + `"}`,
		`{"uid":"` + secret + `"`,
		`{"t":"` + secret + `"}`,
	} {
		var got struct {
			request
			T secretText `json:"t"`
		}
		err := strictjson.Decode([]byte(body), &got)
		if err == nil || strings.Contains(err.Error(), secret) {
			t.Errorf("%s: got %v", body, err)
		}
	}
}

type secretText string

func (*secretText) UnmarshalJSON(data []byte) error { return errors.New("cannot read " + string(data)) }

func TestDecode_longKeyIsClipped(t *testing.T) {
	key := strings.Repeat("é", 4096)
	err := strictjson.Decode([]byte(`{"`+key+`":1,"`+key+`":2}`), new(request))
	if err == nil || len(err.Error()) > 200 {
		t.Errorf("got an error of %d bytes", len(err.Error()))
	}
}

// FuzzDecode checks that whatever is accepted means the same to encoding/json
// read strictly, and that nothing panics.
func FuzzDecode(f *testing.F) {
	for _, seed := range []string{`{"uid":"alice"}`, `{"uid":"a","UID":"b"}`, `"\ud800\udc00"`, `[[[{}]]]`, `{"a":1}x`, `"\u12`} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		var got any
		if err := strictjson.Decode(data, &got); err != nil {
			return
		}
		again, err := json.Marshal(got)
		if err != nil {
			t.Fatal(err)
		}
		if err := strictjson.Decode(again, &got); err != nil {
			t.Errorf("accepted %q but not what it means, %q: %v", data, again, err)
		}
	})
}
