package diagnose

import (
	"bytes"
	"compress/flate"
	"encoding/base64"
	"encoding/binary"
	"errors"
	"hash/adler32"
	"io"
	"strings"

	"github.com/rtmauth/rtmauth"
	"github.com/rtmauth/rtmauth/internal/wire"
)

const (
	v006 = "006"
	v007 = "007"

	idLen = wire.AppIDLen

	// maxText is how much of a text is looked at: more than any token is long,
	// URL-encoded too.
	maxText = 128 << 10
)

// A field tells what of a token could be read.
type field uint

const (
	fieldSignature field = 1 << iota
	fieldAppID
	fieldCRCs // 006
	fieldSalt
	fieldTime   // 006: the end; 007: the issue time
	fieldExpire // 007
	fieldSigned // all bytes that the signature covers
	fieldServices
)

// A reading is what a token text holds, as far as it could be read. Unlike the
// library's parser it comes with the damage it found instead of an error.
type reading struct {
	version string
	fields  field

	appID     string
	content   string // as decoded and inflated
	signature string
	signed    string // 006: the inner message; 007: the body
	salt      uint32

	// 006
	crcChannel, crcUID uint32
	end                uint32
	privileges         []rtmauth.Privilege

	// 007
	issue, expire uint32
	services      []rtmauth.Service
	unknown       rtmauth.ServiceType // the first one of an unknown type; the rest cannot be read

	short   string // the field at which the bytes end, "" if they do not
	damage  string // evidence of damage, "" if there is none
	padding bool   // nothing but the padding is missing
}

func (r *reading) has(f field) bool { return r.fields&f == f }

// hasAppID tells whether there is an App ID in the shape of one.
func (r *reading) hasAppID() bool {
	return r.has(fieldAppID) && len(r.appID) == idLen && isHex(r.appID)
}

// find finds a privilege by its number.
func find(list []rtmauth.Privilege, id rtmauth.PrivilegeID) (uint32, bool) {
	for _, p := range list {
		if p.ID == id {
			return p.Expire, true
		}
	}
	return 0, false
}

// service finds the first service of a type.
func (r *reading) service(t rtmauth.ServiceType) *rtmauth.Service {
	for i := range r.services {
		if r.services[i].Type == t {
			return &r.services[i]
		}
	}
	return nil
}

// read006 reads what follows the version: the App ID and base64.
func read006(text string) *reading {
	r := &reading{version: v006}
	n := appIDEnd(text)
	r.appID, text = text[:n], text[n:]
	if n == idLen || text != "" {
		r.fields |= fieldAppID
	}
	r.content = string(r.base64(text))
	c := wire.NewReader(r.content)
	r.head(&c)
	r.crcChannel, r.crcUID = c.U32("CRC of the channel"), c.U32("CRC of the uid")
	if c.Err() == nil {
		r.fields |= fieldCRCs
	}
	size := int(c.U16("message"))
	if c.Err() == nil && size <= c.Len() {
		r.signed = c.Bytes(size, "message")
		r.fields |= fieldSigned
		if c.Len() > 0 {
			r.broken("trailing")
		}
	} else {
		r.signed = c.Rest()
		r.ends("message")
	}
	m := wire.NewReader(r.signed)
	r.salt = m.U32("salt")
	if m.Err() == nil {
		r.fields |= fieldSalt
	}
	r.end = m.U32("time")
	if m.Err() == nil {
		r.fields |= fieldTime
	}
	r.privileges = r.privilegeMap(&m)
	if m.Err() == nil {
		r.fields |= fieldServices
		if m.Len() > 0 {
			r.broken("trailing")
		}
	} else if r.has(fieldSigned) {
		r.broken("length")
	}
	if !r.has(fieldSigned) {
		r.padding = false
	}
	return r
}

// appIDEnd is where the App ID of a 006 token ends. It has 32 characters unless
// a placeholder was left in the builder; the base64 behind it begins with the
// length of the signature, 32, which is "IA" and one of A to D.
func appIDEnd(text string) int {
	if len(text) <= idLen {
		return len(text)
	}
	if isHex(text[:idLen]) {
		return idLen
	}
	for i := range min(len(text)-3, 2*idLen) {
		if text[i:i+2] == "IA" && text[i+2] >= 'A' && text[i+2] <= 'D' {
			return i
		}
	}
	return idLen
}

// read007 reads what follows the version: base64 of a zlib stream.
func read007(text string) *reading {
	r := &reading{version: v007}
	r.content = string(r.inflate(r.base64(text)))
	c := wire.NewReader(r.content)
	r.head(&c)
	start := c.Offset()
	r.appID = c.String("App ID")
	if c.Err() == nil {
		r.fields |= fieldAppID
	}
	r.issue = c.U32("issue time")
	if c.Err() == nil {
		r.fields |= fieldTime
	}
	r.expire = c.U32("expire")
	if c.Err() == nil {
		r.fields |= fieldExpire
	}
	r.salt = c.U32("salt")
	if c.Err() == nil {
		r.fields |= fieldSalt
	}
	n := int(c.U16("number of services"))
	for range n {
		if c.Err() != nil || !r.readService(&c) {
			break
		}
	}
	if err := c.Err(); err != nil {
		if r.short == "" && r.damage == "" {
			r.broken("length") // the stream is whole, so this is not a cut
		}
	} else {
		r.fields |= fieldServices | fieldSigned
		r.signed = r.content[start:c.Offset()]
		if c.Len() > 0 {
			r.broken("trailing")
		}
	}
	if !r.has(fieldSigned) {
		r.padding = false
	}
	return r
}

// head reads the signature.
func (r *reading) head(c *wire.Reader) {
	r.signature = c.String("signature")
	switch {
	case c.Err() != nil:
		r.ends("signature")
	case len(r.signature) != wire.SignatureLen:
		r.broken("length")
	default:
		r.fields |= fieldSignature
	}
}

// known tells whether a service type is one of the documented ones.
func known(t rtmauth.ServiceType) bool {
	return t >= rtmauth.ServiceRTC && t <= rtmauth.ServiceRTM2
}

// readService reads one service and tells whether more can follow.
func (r *reading) readService(c *wire.Reader) bool {
	s := rtmauth.Service{Type: rtmauth.ServiceType(c.U16("service type"))}
	if c.Err() == nil && !known(s.Type) {
		r.unknown = s.Type
		c.Rest()
		return false
	}
	s.Privileges = r.privilegeMap(c)
	switch s.Type {
	case rtmauth.ServiceRTC, rtmauth.ServiceStreaming, rtmauth.ServiceFCDN:
		s.Channel, s.User = c.String("channel"), c.String("uid")
	case rtmauth.ServiceRTM, rtmauth.ServiceChat:
		s.User = c.String("user ID")
	case rtmauth.ServiceAPaaS:
		s.Channel, s.User = c.String("room"), c.String("user")
		s.Role = int16(c.U16("role")) //nolint:gosec // a signed number in two bytes
	case rtmauth.ServiceRTM2:
		s.User = c.String("user ID")
		r.skipResources(c)
	}
	if c.Err() != nil {
		return false
	}
	r.services = append(r.services, s)
	return true
}

// skipResources reads over the permission lists of RTM2: which resources a
// user may touch is not what a login is refused for.
func (r *reading) skipResources(c *wire.Reader) {
	for range int(c.U16("resources")) {
		c.U16("resource type")
		for range int(c.U16("permissions")) {
			c.U16("permission type")
			for range int(c.U16("names")) {
				if c.String("name"); c.Err() != nil {
					return
				}
			}
			if c.Err() != nil {
				return
			}
		}
		if c.Err() != nil {
			return
		}
	}
}

// privilegeMap reads as many entries as there are.
func (r *reading) privilegeMap(c *wire.Reader) []rtmauth.Privilege {
	var list []rtmauth.Privilege
	for range int(c.U16("privileges")) {
		p := rtmauth.Privilege{ID: rtmauth.PrivilegeID(c.U16("privilege")), Expire: c.U32("privilege")}
		if c.Err() != nil {
			break
		}
		list = append(list, p)
	}
	return list
}

func (r *reading) ends(at string) {
	if r.short == "" {
		r.short = at
	}
}

func (r *reading) broken(how string) {
	if r.damage == "" {
		r.damage = how
	}
}

// base64 decodes as much as there is. Either alphabet, junk and missing padding
// are noted or passed over: the text has been looked at before.
func (r *reading) base64(text string) []byte {
	clean := make([]byte, 0, len(text))
	pads, junk := 0, 0
	for i := range len(text) {
		switch b := text[i]; {
		case b == '=':
			pads++
		case !isBase64(b):
			junk++
		case pads > 0:
			r.broken("trailing")
		default:
			clean = append(clean, b)
		}
	}
	if junk > 0 {
		r.broken("characters")
	}
	whole := len(clean) % 4
	switch {
	case whole == 1:
		r.ends("base64")
		clean = clean[:len(clean)-1]
	case (whole+pads)%4 != 0 && pads < (4-whole)%4:
		r.ends("base64")
		r.padding = true
	case pads != (4-whole)%4:
		r.broken("padding")
	}
	out := make([]byte, base64.RawStdEncoding.DecodedLen(len(clean)))
	n, err := base64.RawStdEncoding.Decode(out, clean)
	if err != nil {
		r.broken("characters")
	} else if _, err := base64.RawStdEncoding.Strict().Decode(make([]byte, len(out)), clean); err != nil {
		r.broken("bits")
	}
	return out[:n]
}

// inflate gives what comes out of a zlib stream before it ends or breaks.
func (r *reading) inflate(stream []byte) []byte {
	const header, trailer = 2, 4
	if len(stream) < header {
		r.ends("zlib")
		return nil
	}
	if stream[0]&0x0f != 8 || (uint(stream[0])<<8|uint(stream[1]))%31 != 0 || stream[1]&0x20 != 0 {
		r.broken("zlib")
	}
	in := bytes.NewReader(stream[header:])
	z := flate.NewReader(in)
	var out bytes.Buffer
	n, err := io.Copy(&out, io.LimitReader(z, wire.MaxContent+1))
	switch {
	case n > wire.MaxContent:
		r.broken("bomb")
		out.Truncate(wire.MaxContent)
	case errors.Is(err, io.ErrUnexpectedEOF):
		r.padding = false
		r.ends("zlib")
	case err != nil:
		r.broken("zlib")
	case in.Len() < trailer:
		r.padding = false
		r.ends("Adler-32")
	case in.Len() > trailer:
		r.broken("trailing")
	default:
		var sum [trailer]byte
		_, _ = in.Read(sum[:])
		if binary.BigEndian.Uint32(sum[:]) != adler32.Checksum(out.Bytes()) {
			r.broken("checksum")
		}
	}
	return out.Bytes()
}

func isBase64(b byte) bool {
	return b >= 'A' && b <= 'Z' || b >= 'a' && b <= 'z' || b >= '0' && b <= '9' || b == '+' || b == '/'
}

func isHex(s string) bool {
	return s != "" && strings.Trim(s, "0123456789abcdefABCDEF") == ""
}
