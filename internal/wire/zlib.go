package wire

import (
	"bytes"
	"compress/flate"
	"compress/zlib"
	"encoding/binary"
	"hash/adler32"
	"io"
	"math"
	"slices"
	"sync"
)

// A zlib stream (RFC 1950): two header bytes, DEFLATE blocks, and the
// Adler-32 of what they hold, big-endian.
const (
	zlibHeaderLen = 2
	adlerLen      = 4

	// storedHeader begins a DEFLATE block (RFC 1951, 3.2.4) that is the last
	// one and stored as it is: one byte, then the length and its complement.
	storedHeader    = 0x01
	storedHeaderLen = 5
	storedOverhead  = zlibHeaderLen + storedHeaderLen + adlerLen

	// storeUpTo is the longest content that is stored. Below it a compressor
	// saves few characters and costs more than all the rest of a token.
	storeUpTo = 1024
)

// appendStored appends content, at most 65,535 bytes, as a zlib stream of one
// stored block.
func appendStored(dst, content []byte) []byte {
	dst = append(dst, 0x78, 0x01, storedHeader)
	dst = AppendLen(dst, len(content))
	dst = AppendLen(dst, math.MaxUint16-len(content)) // its complement
	dst = append(dst, content...)
	return binary.BigEndian.AppendUint32(dst, adler32.Checksum(content))
}

// A deflater is a compressor and where it writes to. Setting one up costs some
// hundred kilobytes, so they are kept.
type deflater struct {
	w   *zlib.Writer
	out bytes.Buffer
}

var deflaters = sync.Pool{New: func() any {
	d := new(deflater)
	d.w = zlib.NewWriter(&d.out)
	return d
}}

// compress makes a zlib stream of content. Its bytes depend on the version of
// Go: equal contents are equal only after inflation, as they are between all
// implementations of the format.
func compress(content []byte) []byte {
	d := deflaters.Get().(*deflater)
	defer deflaters.Put(d)
	d.out.Reset()
	d.w.Reset(&d.out)
	// The copy keeps the content of ordinary tokens, which never comes here,
	// on its maker's stack. Writing to a bytes.Buffer does not fail.
	_, _ = d.w.Write(bytes.Clone(content))
	_ = d.w.Close()
	return bytes.Clone(d.out.Bytes())
}

// An inflater is a decompressor, what it reads and what it has written. Its
// window alone is 32 KiB, so they are kept; of input and output they keep what
// ordinary tokens need.
type inflater struct {
	buf [ordinary]byte // a token's text, as bytes
	raw [ordinary]byte // the zlib stream in it
	in  bytes.Reader   // an io.ByteReader: flate reads no byte beyond its last block
	r   io.ReadCloser
	out [2 * ordinary]byte
}

var inflaters = sync.Pool{New: func() any {
	z := new(inflater)
	z.r = flate.NewReader(&z.in)
	return z
}}

// content decodes text and reads the whole zlib stream in it: nothing may
// follow it, its Adler-32 must be right, and at most MaxContent bytes come out.
func (z *inflater) content(text string) (string, error) {
	stream, err := decode(z.raw[:0], z.buf[:0], text)
	if err != nil {
		return "", err
	}
	if len(stream) < zlibHeaderLen+1+adlerLen {
		return "", &Error{"zlib", len(stream), "ends early"}
	}
	// CM must be 8 (DEFLATE), the window at most 32 KiB, no preset dictionary.
	cmf, flg := stream[0], stream[1]
	if cmf&0x0f != 8 || cmf>>4 > 7 || (uint(cmf)<<8|uint(flg))%31 != 0 || flg&0x20 != 0 {
		return "", &Error{"zlib", 0, "header is wrong"}
	}
	if stream[2]&0x07 == storedHeader {
		return stored(stream)
	}
	return z.inflate(stream)
}

func (z *inflater) inflate(stream []byte) (string, error) {
	defer z.in.Reset(nil) // do not keep a long stream alive
	z.in.Reset(stream[zlibHeaderLen:])
	if err := z.r.(flate.Resetter).Reset(&z.in, nil); err != nil {
		return "", &Error{"zlib", zlibHeaderLen, "cannot be read"}
	}
	out := z.out[:0]
	for {
		if len(out) == cap(out) {
			out = slices.Grow(out, len(out))
		}
		n, err := z.r.Read(out[len(out):min(cap(out), MaxContent+1)])
		out = out[:len(out)+n]
		if len(out) > MaxContent {
			return "", &Error{"zlib", len(stream) - z.in.Len(), "inflates to more than 64 KiB"}
		}
		if err == io.EOF {
			break
		}
		if err != nil {
			return "", &Error{"zlib", len(stream) - z.in.Len(), "is damaged or ends early"}
		}
	}
	return checked(string(out), stream[len(stream)-z.in.Len():])
}

// stored reads a stream whose first block is stored and the last one: what we
// write ourselves, and what several builders write for short contents. Unlike
// a general reader it refuses set bits in the block's padding, so that a token
// of ours has no second spelling in this form.
func stored(stream []byte) (string, error) {
	block := stream[zlibHeaderLen:]
	if len(block) < storedHeaderLen+adlerLen {
		return "", &Error{"zlib", len(stream), "ends early"}
	}
	n := binary.LittleEndian.Uint16(block[1:])
	if block[0] != storedHeader || ^n != binary.LittleEndian.Uint16(block[3:]) {
		return "", &Error{"zlib", zlibHeaderLen, "has a damaged stored block"}
	}
	block = block[storedHeaderLen:]
	if len(block) < int(n) {
		return "", &Error{"zlib", len(stream), "ends early"}
	}
	return checked(string(block[:n]), block[n:])
}

// checked returns content if rest is its Adler-32 and nothing else.
func checked(content string, rest []byte) (string, error) {
	switch {
	case len(rest) < adlerLen:
		return "", &Error{"zlib", 0, "ends before its Adler-32"}
	case len(rest) > adlerLen:
		return "", &Error{"zlib", 0, "is followed by other bytes"}
	case binary.BigEndian.Uint32(rest) != adler32.Checksum([]byte(content)):
		return "", &Error{"zlib", 0, "has a wrong Adler-32"}
	}
	return content, nil
}
