package strictjson

// maxPlainKeys bounds what plain compares key by key.
const maxPlainKeys = 8

// Fields are the keys and values of a plain document, in its order. They are
// parts of the document's bytes.
type Fields struct {
	n      int
	keys   [maxPlainKeys][]byte
	values [maxPlainKeys][]byte
}

// Len is how many there are.
func (f *Fields) Len() int { return f.n }

// At returns the ith.
func (f *Fields) At(i int) (key, value []byte) { return f.keys[i], f.values[i] }

// Plain reads what nearly every request is: one object of strings, all ASCII
// without escapes, with few and different keys of small letters, digits and "_".
// Such a document breaks none of Decode's rules, and is read at a tenth of the
// cost. For every other document it returns false, which says nothing: Decode
// does.
func (f *Fields) Plain(data []byte) bool {
	f.n = 0
	i := space(data, 0)
	if i == len(data) || data[i] != '{' {
		return false
	}
	for i = space(data, i+1); ; i = space(data, i+1) {
		key, next, ok := text(data, i)
		if !ok || f.n == maxPlainKeys || !f.isNew(key) {
			return false
		}
		if i = space(data, next); i == len(data) || data[i] != ':' {
			return false
		}
		value, next, ok := text(data, space(data, i+1))
		if !ok {
			return false
		}
		f.keys[f.n], f.values[f.n] = key, value
		f.n++
		if i = space(data, next); i == len(data) {
			return false
		}
		switch data[i] {
		case ',':
		case '}':
			return space(data, i+1) == len(data)
		default:
			return false
		}
	}
}

// isNew reports whether a key is plain and not there yet.
func (f *Fields) isNew(key []byte) bool {
	for _, c := range key {
		if !(c >= 'a' && c <= 'z' || c >= '0' && c <= '9' || c == '_') {
			return false
		}
	}
	for _, other := range f.keys[:f.n] {
		if string(other) == string(key) {
			return false
		}
	}
	return len(key) > 0
}

// plain reports whether data is plain.
func plain(data []byte) bool {
	var f Fields
	return f.Plain(data)
}

// PlainString returns the value of a key of a plain document; false where the
// document is not plain or has no such key.
func PlainString(data []byte, key string) (value string, ok bool) {
	var f Fields
	if !f.Plain(data) {
		return "", false
	}
	for i := range f.n {
		if string(f.keys[i]) == key {
			return string(f.values[i]), true
		}
	}
	return "", false
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
