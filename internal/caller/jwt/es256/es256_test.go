package es256

import (
	"crypto/ecdh"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/sha256"
	"fmt"
	"math/big"
	mrand "math/rand/v2"
	"sync"
	"testing"
	"time"
)

// The tests do their own arithmetic, with math/big and crypto/ecdh; none of these
// is written to.
var (
	curve    = elliptic.P256()
	prime    = curve.Params().P
	order    = curve.Params().N
	overflow = new(big.Int).Sub(prime, order)
)

func mod(x *big.Int) *big.Int               { return new(big.Int).Mod(x, order) }
func mul(x, y *big.Int) *big.Int            { return mod(new(big.Int).Mul(x, y)) }
func inv(x *big.Int) *big.Int               { return new(big.Int).ModInverse(x, order) }
func num(x int64) *big.Int                  { return big.NewInt(x) }
func pow2(n uint) *big.Int                  { return new(big.Int).Lsh(num(1), n) }
func minus(x, y *big.Int) *big.Int          { return new(big.Int).Sub(x, y) }
func fill(x *big.Int) []byte                { return x.FillBytes(make([]byte, 32)) }
func signature(r, s *big.Int) []byte        { return append(fill(r), fill(s)...) }
func public(x, y *big.Int) *ecdsa.PublicKey { return &ecdsa.PublicKey{Curve: curve, X: x, Y: y} }

// base is k * G.
func base(k *big.Int) (x, y *big.Int) {
	private, err := ecdh.P256().NewPrivateKey(fill(mod(k)))
	if err != nil {
		panic(err) // k is a multiple of the order
	}
	point := private.PublicKey().Bytes()
	return new(big.Int).SetBytes(point[1:33]), new(big.Int).SetBytes(point[33:])
}

// plus adds two different points that are not opposite, by the schoolbook.
func plus(x1, y1, x2, y2 *big.Int) (x, y *big.Int) {
	inverse := new(big.Int).ModInverse(new(big.Int).Mod(minus(x2, x1), prime), prime)
	return third(new(big.Int).Mul(minus(y2, y1), inverse), x1, y1, x2)
}

// twice doubles a point.
func twice(x1, y1 *big.Int) (x, y *big.Int) {
	slope := minus(new(big.Int).Mul(num(3), new(big.Int).Mul(x1, x1)), num(3))
	return third(slope.Mul(slope, new(big.Int).ModInverse(new(big.Int).Lsh(y1, 1), prime)), x1, y1, x1)
}

func third(slope, x1, y1, x2 *big.Int) (x, y *big.Int) {
	x = new(big.Int).Mod(minus(minus(new(big.Int).Mul(slope, slope), x1), x2), prime)
	y = minus(new(big.Int).Mul(slope, minus(x1, x)), y1)
	return x, y.Mod(y, prime)
}

// times is k * (x, y), for k of at least 1.
func times(k, x, y *big.Int) (*big.Int, *big.Int) {
	rx, ry := x, y
	for i := k.BitLen() - 2; i >= 0; i-- {
		rx, ry = twice(rx, ry)
		if k.Bit(i) == 1 {
			rx, ry = plus(rx, ry, x, y)
		}
	}
	return rx, ry
}

// pair is a key in both forms.
type pair struct {
	*Key
	public *ecdsa.PublicKey
}

func prepared(t testing.TB, pub *ecdsa.PublicKey) pair {
	t.Helper()
	k, err := NewKey(pub)
	if err != nil {
		t.Fatal(err)
	}
	return pair{k, pub}
}

// same fails where Key and crypto/ecdsa differ; it returns what both say.
func same(t testing.TB, k pair, hash []byte, r, s *big.Int) bool {
	t.Helper()
	want := ecdsa.Verify(k.public, hash, r, s)
	if got := k.verify(hash, signature(r, s)); got != want {
		t.Fatalf("got %t, crypto/ecdsa %t: x %x hash %x r %x s %x", got, want, k.public.X, hash, r, s)
	}
	return want
}

// scalar returns one whose bytes are often those where recoding turns.
func scalar() *big.Int {
	b := make([]byte, 32)
	edge := []byte{0, 1, 126, 127, 128, 129, 254, 255}
	style := mrand.IntN(4)
	for i := range b {
		switch style {
		case 0:
			b[i] = byte(mrand.Uint32())
		case 1:
			b[i] = edge[mrand.IntN(len(edge))]
		case 2:
			b[i] = edge[style]
		}
	}
	if style == 3 {
		b[mrand.IntN(32)] = byte(mrand.Uint32())
	}
	return mod(new(big.Int).SetBytes(b))
}

func TestVerify_random(t *testing.T) {
	for range 8 {
		priv, _ := ecdsa.GenerateKey(curve, rand.Reader)
		k := prepared(t, &priv.PublicKey)
		for i := range 200 {
			msg := fmt.Append(nil, "message", i)
			hash := sha256.Sum256(msg)
			r, s, _ := ecdsa.Sign(rand.Reader, priv, hash[:])
			if !same(t, k, hash[:], r, s) || !k.Verify(msg, signature(r, s)) {
				t.Fatal("a valid signature was refused")
			}
			if !same(t, k, hash[:], r, minus(order, s)) { // ECDSA's signatures are malleable
				t.Fatal("the other s was refused")
			}
			sig := signature(r, s)
			sig[mrand.IntN(64)] ^= 1 << mrand.IntN(8)
			same(t, k, hash[:], new(big.Int).SetBytes(sig[:32]), new(big.Int).SetBytes(sig[32:]))
			hash[mrand.IntN(32)] ^= 1 << mrand.IntN(8)
			if same(t, k, hash[:], r, s) {
				t.Fatal("another message was accepted")
			}
		}
	}
}

func TestVerify_edges(t *testing.T) {
	priv, _ := ecdsa.GenerateKey(curve, rand.Reader)
	k := prepared(t, &priv.PublicKey)
	edges := []*big.Int{
		num(0), num(1), num(2), minus(order, num(1)), order, new(big.Int).Add(order, num(1)), overflow,
		minus(overflow, num(1)), prime, minus(prime, num(1)), minus(pow2(256), num(1)), pow2(255), pow2(128), pow2(224),
	}
	hash := sha256.Sum256([]byte("m"))
	gr, gs, _ := ecdsa.Sign(rand.Reader, priv, hash[:])
	for _, h := range append(edges[:len(edges):len(edges)], new(big.Int).SetBytes(hash[:])) {
		for _, r := range append(edges[:len(edges):len(edges)], gr) {
			for _, s := range append(edges[:len(edges):len(edges)], gs) {
				same(t, k, fill(h), r, s)
			}
		}
		// A true signature of that very hash; of 0 and the order u1 is 0.
		r, s, _ := ecdsa.Sign(rand.Reader, priv, fill(h))
		if !same(t, k, fill(h), r, s) {
			t.Fatalf("refused for hash %x", h)
		}
	}
	for _, n := range []int{0, 1, 63, 65, 128} {
		if k.verify(hash[:], append(signature(gr, gs), make([]byte, 64)...)[:n]) {
			t.Errorf("a signature of %d bytes was accepted", n)
		}
	}
}

// Of a key that is a known multiple of G, signatures can be made with any u1 and
// u2: those that make sums meet equal and opposite points, and infinity.
func TestVerify_relatedKeys(t *testing.T) {
	ds := []*big.Int{num(1), num(2), num(3), num(127), num(128), num(129), num(256), num(257), pow2(248), pow2(255), pow2(252), num(511), num(512), inv(num(512)), inv(num(2)), inv(num(256))}
	for _, d := range ds[:len(ds):len(ds)] {
		ds = append(ds, minus(order, d))
	}
	accepted, degenerate, infinite := 0, 0, 0
	for _, d := range ds {
		k := prepared(t, public(base(d)))
		for i := range 120 {
			u1, u2 := scalar(), scalar()
			switch i % 6 {
			case 0:
				u1 = mul(u2, d) // both halves are the same point
			case 1:
				u1 = mod(new(big.Int).Neg(mul(u2, d))) // infinity
			case 2:
				u1, u2 = num(mrand.Int64N(300)), num(1+mrand.Int64N(300))
			case 3:
				u1 = num(0)
			}
			if u2.Sign() == 0 {
				continue
			}
			degenerate++
			sumOf := mod(new(big.Int).Add(u1, mul(u2, d)))
			r := scalar()
			if sumOf.Sign() != 0 {
				x, _ := base(sumOf)
				r = mod(x)
			} else {
				infinite++
			}
			if r.Sign() == 0 {
				continue
			}
			s := mul(r, inv(u2))
			if same(t, k, fill(mul(u1, s)), r, s) {
				accepted++
			} else if sumOf.Sign() != 0 {
				t.Fatal("a valid signature was refused by both")
			}
			same(t, k, fill(mul(u1, s)), mod(new(big.Int).Add(r, num(1))), s)
		}
	}
	if accepted < 1800 || degenerate < 1000 || infinite < 500 {
		t.Errorf("the test missed what it is for: %d accepted, %d degenerate, %d infinite", accepted, degenerate, infinite)
	}
}

// A key for which given u1, u2 and R hold is (R - u1 G) / u2, though nobody
// knows its secret. So R can have an x that no signer would ever find.
func TestVerify_xAboveOrder(t *testing.T) {
	withX := func(x *big.Int) (*big.Int, *big.Int) {
		for ; ; x = new(big.Int).Add(x, num(1)) {
			if rx, ry := elliptic.UnmarshalCompressed(curve, append([]byte{2}, fill(x)...)); rx != nil {
				return rx, ry
			}
		}
	}
	try := func(rx, ry, r *big.Int) bool {
		u1, u2 := scalar(), mod(new(big.Int).Add(scalar(), num(1)))
		gx, gy := base(minus(order, u1))
		qx, qy := plus(rx, ry, gx, gy)
		qx, qy = times(inv(u2), qx, qy)
		s := mul(r, inv(u2))
		return same(t, prepared(t, public(qx, qy)), fill(mul(u1, s)), r, s)
	}
	for range 10 {
		delta, _ := rand.Int(rand.Reader, minus(overflow, num(1000)))
		x, y := withX(new(big.Int).Add(order, delta))
		if !try(x, y, minus(x, order)) {
			t.Error("x = r + order was refused")
		}
		// r + order must not be taken modulo the prime.
		x, y = withX(new(big.Int).Add(delta, num(1)))
		if !try(x, y, x) {
			t.Error("x = r was refused")
		}
		if try(x, y, new(big.Int).Add(x, overflow)) {
			t.Error("x = r + order - prime was accepted")
		}
	}
}

func TestNewKey_refuses(t *testing.T) {
	g := curve.Params()
	p384, _ := ecdsa.GenerateKey(elliptic.P384(), rand.Reader)
	for name, pub := range map[string]*ecdsa.PublicKey{
		"P-384": &p384.PublicKey, "off the curve": public(g.Gx, num(1)), "zero": public(num(0), num(0)),
		"not reduced": public(new(big.Int).Add(g.Gx, prime), g.Gy), "negative": public(num(-1), g.Gy), "no curve": {X: g.Gx, Y: g.Gy},
	} {
		if _, err := NewKey(pub); err == nil {
			t.Errorf("%s: accepted", name)
		}
	}
}

func TestVerify_concurrently(t *testing.T) {
	priv, _ := ecdsa.GenerateKey(curve, rand.Reader)
	k := prepared(t, &priv.PublicKey)
	hash := sha256.Sum256([]byte("m"))
	r, s, _ := ecdsa.Sign(rand.Reader, priv, hash[:])
	var wg sync.WaitGroup
	for range 8 {
		wg.Go(func() {
			for range 50 {
				if !k.Verify([]byte("m"), signature(r, s)) || k.Verify([]byte("n"), signature(r, s)) {
					t.Error("wrong")
				}
			}
		})
	}
	wg.Wait()
}

// FuzzVerify compares with crypto/ecdsa, for keys of which the secret is known,
// and a signature of theirs to begin from.
func FuzzVerify(f *testing.F) {
	secrets := []*big.Int{num(1), num(2), minus(order, num(3)), mod(pow2(250)), mod(new(big.Int).SetBytes([]byte("a secret that is none, of the test")))}
	keys := make([]pair, len(secrets))
	for i, d := range secrets {
		keys[i] = prepared(f, public(base(d)))
		hash := sha256.Sum256([]byte{byte(i)})
		k := num(int64(1000 + i))
		x, _ := base(k)
		r := mod(x)
		s := mul(inv(k), mod(new(big.Int).Add(new(big.Int).SetBytes(hash[:]), mul(r, d))))
		if !same(f, keys[i], hash[:], r, s) {
			f.Fatal("a valid signature is refused")
		}
		f.Add(byte(i), hash[:], fill(r), fill(s))
	}
	f.Fuzz(func(t *testing.T, which byte, hash, r, s []byte) {
		if len(hash) == 32 && len(r) <= 32 && len(s) <= 32 {
			same(t, keys[int(which)%len(keys)], hash, new(big.Int).SetBytes(r), new(big.Int).SetBytes(s))
		}
	})
}

// BenchmarkVerify compares with the standard library, in turn, and prints the
// ratio.
func BenchmarkVerify(b *testing.B) {
	priv, _ := ecdsa.GenerateKey(curve, rand.Reader)
	k := prepared(b, &priv.PublicKey)
	type signed struct {
		hash, signature []byte
		r, s            *big.Int
	}
	var all [512]signed
	for i := range all {
		hash := sha256.Sum256(fmt.Append(nil, i))
		r, s, err := ecdsa.Sign(rand.Reader, priv, hash[:])
		if err != nil {
			b.Fatal(err)
		}
		all[i] = signed{hash[:], signature(r, s), r, s}
	}
	var ours, theirs time.Duration
	for n := 0; b.Loop(); n++ {
		one := &all[n%len(all)]
		began := time.Now()
		ok := k.verify(one.hash, one.signature)
		half := time.Now()
		ok = ecdsa.Verify(k.public, one.hash, one.r, one.s) && ok
		theirs, ours = theirs+time.Since(half), ours+half.Sub(began)
		if !ok {
			b.Fatal("refused")
		}
	}
	b.ReportMetric(float64(ours.Nanoseconds())/float64(b.N), "ns/prepared")
	b.ReportMetric(float64(theirs.Nanoseconds())/float64(b.N), "ns/ecdsa")
	b.ReportMetric(float64(ours)/float64(theirs), "prepared/ecdsa")
}
