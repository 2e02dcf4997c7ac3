// Package es256 verifies many ES256 signatures (ECDSA on P-256 with SHA-256,
// RFC 7518 §3.4) by the same public key, for about two fifths of what
// [ecdsa.Verify] takes. It accepts exactly the signatures which that accepts.
//
// A verification is u1*G + u2*Q, where Q is the public key. Most of its time
// goes into u2*Q, because crypto/ecdsa has to take Q as it comes. Here multiples
// of Q are prepared once, and u2*Q is a sum of at most 26 of them.
//
// There is no arithmetic of our own: points are added by filippo.io/nistec, which
// is the standard library's implementation with its API exported, and whose Add
// is right for all points, also at infinity, equal and opposite ones; numbers
// modulo the group's order are math/big's. All of it takes time that depends on
// the numbers, which are public: never use this for anything secret.
package es256

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/sha256"
	"errors"
	"math/big"

	"filippo.io/nistec"
)

// Size is a signature's length in bytes: r and s, 32 each, big-endian.
const Size = 64

// A scalar below 2^256 is written as digits d of base 2^width, least significant
// first, with -half < d <= half. Signed digits halve the table, as the negative
// of a point is had for nothing. The last digit holds the 6 bits that are left
// and the carry of the one before, so it is at most last.
const (
	width  = 10
	digits = (256 + width) / width // 26: 257 bits, for the carry
	half   = 1 << (width - 1)      // multiples for each digit but the last
	last   = 1 << (256 - width*(digits-1))
)

// Key is a public key made ready. It takes 1.3 MB and is safe for concurrent use.
type Key struct {
	// multiples holds d * 2^(width*i) * Q at i*half + d-1. It has no pointers, so
	// the garbage collector does not look into it.
	multiples []nistec.P256Point
	order     *big.Int // of the group; not changed
}

// NewKey makes a key ready, which takes as long as about 100 verifications.
func NewKey(public *ecdsa.PublicKey) (*Key, error) {
	if public.Curve != elliptic.P256() {
		return nil, errors.New("es256: the key is not on P-256")
	}
	encoded, err := public.Bytes()
	if err != nil {
		return nil, err
	}
	base, err := nistec.NewP256Point().SetBytes(encoded) // refuses what is not on the curve
	if err != nil {
		return nil, err
	}
	k := &Key{multiples: make([]nistec.P256Point, (digits-1)*half+last), order: elliptic.P256().Params().N}
	for i := range digits {
		row := k.multiples[i*half : min((i+1)*half, len(k.multiples))]
		row[0].Set(base)
		for d := 1; d < len(row); d++ {
			row[d].Add(&row[d-1], base)
		}
		for range width {
			base.Double(base)
		}
	}
	return k, nil
}

// Verify reports whether a signature is of the message by this key.
func (k *Key) Verify(message, signature []byte) bool {
	hash := sha256.Sum256(message)
	return k.verify(hash[:], signature)
}

// verify follows FIPS 186-5 §6.4.2, as crypto/ecdsa does.
func (k *Key) verify(hash, signature []byte) bool {
	if len(signature) != Size {
		return false
	}
	r, s := new(big.Int).SetBytes(signature[:32]), new(big.Int).SetBytes(signature[32:])
	if r.Sign() == 0 || r.Cmp(k.order) >= 0 || s.Sign() == 0 || s.Cmp(k.order) >= 0 {
		return false
	}
	w := new(big.Int).ModInverse(s, k.order) // is there: the order is prime, and 0 < s < order
	u1 := new(big.Int).SetBytes(hash)        // as long as the order: nothing is cut off
	u1.Mod(u1.Mul(u1, w), k.order)
	u2 := w.Mod(w.Mul(w, r), k.order)

	var scalar [32]byte
	sum, err := nistec.NewP256Point().ScalarBaseMult(u1.FillBytes(scalar[:]))
	if err != nil {
		return false // not reached: the scalar has 32 bytes
	}
	u2.FillBytes(scalar[:])
	k.addMultiple(sum, &scalar)
	x, err := sum.BytesX()
	if err != nil {
		return false // the point at infinity
	}
	// x is below the field's prime, which is more than the order and less than
	// twice as much; r is compared with x modulo the order.
	v := u1.SetBytes(x)
	return v.Mod(v, k.order).Cmp(r) == 0
}

// addMultiple adds scalar * Q to sum. The points are fetched before any is
// added, so that the processor waits for memory once and not 26 times.
func (k *Key) addMultiple(sum *nistec.P256Point, scalar *[32]byte) {
	var terms [digits]nistec.P256Point
	n, carry := 0, 0
	for i := range digits {
		d := digit(scalar, i) + carry
		carry = 0
		if d > half {
			d, carry = d-2*half, 1
		}
		switch {
		case d > 0:
			terms[n].Set(&k.multiples[i*half+d-1])
			n++
		case d < 0:
			terms[n].Negate(&k.multiples[i*half-d-1])
			n++
		}
	}
	for i := range terms[:n] {
		sum.Add(sum, &terms[i])
	}
}

// digit returns bits width*i to width*i + width-1 of a big-endian scalar.
func digit(scalar *[32]byte, i int) int {
	low := width * i // at most 6 bits into a byte: a digit of 10 bits lies in two
	v := int(scalar[31-low/8])
	if low/8 < 31 {
		v |= int(scalar[30-low/8]) << 8
	}
	return v >> (low % 8) & (2*half - 1)
}
