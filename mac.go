package rtmauth

import (
	"crypto/sha256"
	"crypto/subtle"
	"encoding/binary"
)

// HMAC-SHA256 (RFC 2104) for keys of at most one block, written out because
// hmac.New allocates, and by that costs more than the hashing. Tested against
// crypto/hmac.

const (
	blockLen = sha256.BlockSize
	sumLen   = sha256.Size
)

// ordinary is how many bytes of a token's signed fields are handled on the
// stack. A token for RTC and RTM with the longest names has some 350; longer
// ones work too, through the heap.
const ordinary = 384

// hmacSHA256 returns the HMAC-SHA256 of data with a key of at most 64 bytes.
func hmacSHA256[D string | []byte](key []byte, data D) [sumLen]byte {
	var buf [blockLen + ordinary]byte
	copy(buf[:], innerPad[:])
	subtle.XORBytes(buf[:], buf[:], key)
	sum := sha256.Sum256(append(buf[:blockLen], data...))
	copy(buf[:], outerPad[:])
	subtle.XORBytes(buf[:], buf[:], key)
	return sha256.Sum256(append(buf[:blockLen], sum[:]...))
}

// The pads of HMAC, with which a key is combined.
var innerPad, outerPad = pad(0x36), pad(0x5c)

func pad(b byte) (p [blockLen]byte) {
	for i := range p {
		p[i] = b
	}
	return p
}

// sign007 is the signature of a 007 token's body.
func sign007[D string | []byte](c Certificate, issued, salt uint32, body D) [sumLen]byte {
	var number [4]byte
	binary.LittleEndian.PutUint32(number[:], issued)
	key := hmacSHA256(number[:], c.key())
	binary.LittleEndian.PutUint32(number[:], salt)
	key = hmacSHA256(number[:], key[:])
	return hmacSHA256(key[:], body)
}

// sign006 is the signature of a 006 token. What it covers is App ID, channel,
// user and message, and the format does not separate them: channel "ab" and
// user "" sign as "a" and "b" do.
func sign006(c Certificate, covered []byte) [sumLen]byte {
	return hmacSHA256(c.key(), covered)
}

// covered006 appends what the signature of a 006 token covers, but for the
// message, which follows.
func covered006(dst []byte, appID, channel, user string) []byte {
	dst = append(dst, appID...)
	dst = append(dst, channel...)
	return append(dst, user...)
}
