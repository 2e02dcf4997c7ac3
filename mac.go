package rtmauth

import (
	"crypto/sha256"
	"encoding/binary"
)

// HMAC-SHA256 (RFC 2104) for keys of at most one block, written out because
// hmac.New allocates, and by that costs more than the hashing. Tested against
// crypto/hmac.

const (
	blockLen = sha256.BlockSize
	sumLen   = sha256.Size
)

// ordinary is how many bytes of a token's content are handled on the stack. A
// token for RTC and RTM with the longest names has some 350; longer contents
// work too, through the heap.
const ordinary = 448

// hmacSHA256 returns the HMAC-SHA256 of data with a key of at most 64 bytes.
func hmacSHA256[D string | []byte](key []byte, data D) [sumLen]byte {
	var inner [blockLen + ordinary]byte
	var outer [blockLen + sumLen]byte
	copy(inner[:blockLen], key)
	for i := range blockLen {
		outer[i] = inner[i] ^ 0x5c
		inner[i] ^= 0x36
	}
	sum := sha256.Sum256(append(inner[:blockLen], data...))
	copy(outer[blockLen:], sum[:])
	return sha256.Sum256(outer[:])
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

// sign006 is the signature of a 006 token. The format does not separate
// channel and user: "ab" and "" sign as "a" and "b" do.
func sign006[M string | []byte](c Certificate, appID, channel, user string, message M) [sumLen]byte {
	var buf [ordinary]byte
	data := append(buf[:0], appID...)
	data = append(data, channel...)
	data = append(data, user...)
	data = append(data, message...)
	return hmacSHA256(c.key(), data)
}
