package strictjson

// maxPlainKeys bounds what plain compares key by key.
const maxPlainKeys = 8

// plain reports whether data is what nearly every request is: one object of
// strings, all ASCII without escapes, with few and different keys of small
// letters, digits and "_". Such a document breaks none of the rules, and seeing
// so costs a tenth of what checking them does. False says nothing.
func plain(data []byte) bool {
	_, _, ok := plainValue(data, "")
	return ok
}

// PlainString returns the value of a key of a document that is plain: one object
// of strings, all ASCII without escapes, with few and different keys of small
// letters, digits and "_". ok is false for every other document and where the
// key is missing; Decode then says what there is to say. It finds what Decode
// would find, without encoding/json.
func PlainString(data []byte, key string) (value string, ok bool) {
	found, has, ok := plainValue(data, key)
	return string(found), ok && has
}

func plainValue(data []byte, want string) (value []byte, has, ok bool) {
	var keys [maxPlainKeys][]byte
	i, n := space(data, 0), 0
	if i == len(data) || data[i] != '{' {
		return nil, false, false
	}
	for i = space(data, i+1); ; i = space(data, i+1) {
		key, next, ok := text(data, i)
		if !ok || n == maxPlainKeys || len(key) == 0 {
			return nil, false, false
		}
		for _, c := range key {
			if !(c >= 'a' && c <= 'z' || c >= '0' && c <= '9' || c == '_') {
				return nil, false, false
			}
		}
		for _, other := range keys[:n] {
			if string(other) == string(key) {
				return nil, false, false
			}
		}
		keys[n], n = key, n+1
		if i = space(data, next); i == len(data) || data[i] != ':' {
			return nil, false, false
		}
		content, next, ok := text(data, space(data, i+1))
		if !ok {
			return nil, false, false
		}
		if string(key) == want {
			value, has = content, true
		}
		if i = space(data, next); i == len(data) {
			return nil, false, false
		}
		switch data[i] {
		case ',':
		case '}':
			return value, has, space(data, i+1) == len(data)
		default:
			return nil, false, false
		}
	}
}

// text reads a string of plain ASCII and returns the index behind it.
func text(data []byte, i int) (content []byte, next int, ok bool) {
	if i >= len(data) || data[i] != '"' {
		return nil, 0, false
	}
	for j := i + 1; j < len(data); j++ {
		switch c := data[j]; {
		case c == '"':
			return data[i+1 : j], j + 1, true
		case c < 0x20 || c > 0x7e || c == '\\':
			return nil, 0, false
		}
	}
	return nil, 0, false
}

// space skips white space.
func space(data []byte, i int) int {
	for i < len(data) && (data[i] == ' ' || data[i] == '\t' || data[i] == '\n' || data[i] == '\r') {
		i++
	}
	return i
}
