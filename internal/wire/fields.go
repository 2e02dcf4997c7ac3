package wire

import (
	"encoding/binary"
	"hash/crc32"
)

// A Reader reads little-endian fields from the front of a content. After the
// first field that cannot be read every further read gives zero, and Err tells
// which field it was. Strings are parts of the content; nothing is copied.
type Reader struct {
	data string
	off  int
	err  *Error
}

// NewReader reads data from its start.
func NewReader(data string) Reader { return Reader{data: data} }

// Err is the first field that could not be read, or nil.
func (r *Reader) Err() error {
	if r.err == nil {
		return nil // not a nil *Error in an error
	}
	return r.err
}

// Offset is how far the data has been read, Len how many bytes are left.
func (r *Reader) Offset() int { return r.off }
func (r *Reader) Len() int    { return len(r.data) - r.off }

// Fail records a problem with the field just read, unless there is one already.
func (r *Reader) Fail(field, problem string) {
	if r.err == nil {
		r.err = &Error{field, r.off, problem}
	}
}

// Bytes reads n bytes.
func (r *Reader) Bytes(n int, field string) string {
	if r.err == nil && n > r.Len() {
		r.Fail(field, "ends early")
	}
	if r.err != nil {
		return ""
	}
	s := r.data[r.off : r.off+n]
	r.off += n
	return s
}

// U16 and U32 read numbers.
func (r *Reader) U16(field string) uint16 {
	s := r.Bytes(2, field)
	if len(s) < 2 {
		return 0
	}
	return uint16(s[0]) | uint16(s[1])<<8
}

// U32 reads a number of four bytes.
func (r *Reader) U32(field string) uint32 {
	s := r.Bytes(4, field)
	if len(s) < 4 {
		return 0
	}
	return uint32(s[0]) | uint32(s[1])<<8 | uint32(s[2])<<16 | uint32(s[3])<<24
}

// String reads a string: its length in two bytes, then the string.
func (r *Reader) String(field string) string {
	return r.Bytes(int(r.U16(field)), field)
}

// Count reads how many elements of at least size bytes each follow. A count
// that the rest of the data cannot hold is refused before anything is made for
// it.
func (r *Reader) Count(size int, field string) int {
	n := int(r.U16(field))
	if n*size > r.Len() {
		r.Fail(field, "count is more than the token holds")
	}
	if r.err != nil {
		return 0
	}
	return n
}

// Rest reads all that is left.
func (r *Reader) Rest() string { return r.Bytes(r.Len(), "rest") }

// End fails unless everything has been read.
func (r *Reader) End(field string) {
	if r.Len() > 0 {
		r.Fail(field, "is followed by other bytes")
	}
}

// AppendU16 appends a number as two bytes.
func AppendU16(dst []byte, v uint16) []byte { return binary.LittleEndian.AppendUint16(dst, v) }

// AppendU32 appends a number as four bytes.
func AppendU32(dst []byte, v uint32) []byte { return binary.LittleEndian.AppendUint32(dst, v) }

// AppendLen appends a length or a count of at most 65,535, which the caller has
// checked.
func AppendLen(dst []byte, n int) []byte {
	return AppendU16(dst, uint16(n)) //nolint:gosec // checked by the caller
}

// AppendString appends the length of s, at most 65,535 bytes, and s.
func AppendString(dst []byte, s string) []byte {
	return append(AppendLen(dst, len(s)), s...)
}

// CRC is the CRC-32 (IEEE) of s, byte by byte: for names it costs less than
// the copy that crc32.ChecksumIEEE would need.
func CRC(s string) uint32 {
	crc := ^uint32(0)
	for i := range len(s) {
		crc = crc32.IEEETable[byte(crc&0xff)^s[i]] ^ crc>>8
	}
	return ^crc
}
