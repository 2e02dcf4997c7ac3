package rtmauth

import (
	"crypto/sha256"
	"math"
	"testing"
	"time"
)

// The floor of a token is the SHA-256 that its format requires, at the lengths
// it has, hashed alone: an HMAC hashes its data after a block of key, and then
// that sum after another.
type floor struct {
	digests [6][]byte
	sum     [sumLen]byte
}

func newFloor(lengths ...int) *floor {
	f := new(floor)
	for i, n := range lengths {
		f.digests[i] = make([]byte, blockLen+n)
	}
	return f
}

func (f *floor) hash() {
	for _, data := range f.digests {
		if data != nil {
			f.sum = sha256.Sum256(data)
		}
	}
}

// floor007 is three HMACs, of the certificate, of the first key, and of the
// body of an RTM token.
func floor007(user string) *floor {
	body := 2 + len(testAppID) + 4 + 4 + 4 + 2 + 2 + 2 + 6 + 2 + len(user)
	return newFloor(len(testKey), sumLen, sumLen, sumLen, body, sumLen)
}

// floor006 is one HMAC, of App ID, user and message.
func floor006(user string) *floor {
	return newFloor(len(testAppID)+len(user)+4+4+2+6, sumLen)
}

// job is something whose cost is compared with its floor.
type job struct {
	name   string
	floor  *floor
	target float64 // times the floor
	allocs float64 // at most
	do     func() error
}

func jobs(t testing.TB) []job {
	s, err := NewSigner(testAppID, certificate(t, testKey))
	if err != nil {
		t.Fatal(err)
	}
	v := verifier(t, testAppID, testKey)
	token006, err := s.RTM006(testUser, time.Hour)
	if err != nil {
		t.Fatal(err)
	}
	token007, err := s.RTM(testUser, time.Hour)
	if err != nil {
		t.Fatal(err)
	}
	now := time.Now() // after both: a second may turn between
	// As C zlib wrote it: the vector 7-valid, made for testUser.
	official := readVectors[malformedCase](t, "testdata/malformed.json", malformedCases)[0].Token
	u, err := Parse(official)
	if err != nil {
		t.Fatal(err)
	}
	verify := func(token string, at time.Time) func() error {
		return func() error {
			_, err := v.Verify(token, Want{At: at, Service: ServiceRTM, User: testUser})
			return err
		}
	}
	build := func(make func(string, time.Duration) (string, error)) func() error {
		return func() error {
			_, err := make(testUser, time.Hour)
			return err
		}
	}
	return []job{
		{"Build007", floor007(testUser), 1.6, 1, build(s.RTM)},
		{"Build006", floor006(testUser), 2, 1, build(s.RTM006)},
		{"Verify007", floor007(testUser), 3.5, 6, verify(token007, now)},
		{"Verify007C", floor007(testUser), 3.5, 6, verify(official, u.IssuedAt())},
		{"Verify006", floor006(testUser), 3, 3, verify(token006, now)},
	}
}

// BenchmarkRTM shows what RTM tokens cost and, as x-floor, how many times their
// floor. Both are measured in turns, and the fastest turn of each counts, so
// that a busy machine does not change the ratio much.
func BenchmarkRTM(b *testing.B) {
	for _, j := range jobs(b) {
		b.Run(j.name, func(b *testing.B) {
			b.ReportAllocs()
			const turn = 200
			best := [2]time.Duration{math.MaxInt64, math.MaxInt64}
			for b.Loop() {
				start := time.Now()
				for range turn {
					j.floor.hash()
				}
				middle := time.Now()
				for range turn {
					if err := j.do(); err != nil {
						b.Fatal(err)
					}
				}
				end := time.Now()
				best[0] = min(best[0], middle.Sub(start))
				best[1] = min(best[1], end.Sub(middle))
			}
			b.ReportMetric(float64(best[0])/turn, "floor-ns")
			b.ReportMetric(float64(best[1])/turn, "token-ns")
			ratio := float64(best[1]) / float64(best[0])
			b.ReportMetric(ratio, "x-floor")
			if b.N > 200 && ratio > j.target { // fewer turns say nothing
				b.Errorf("costs %.2f times its floor, want at most %.1f", ratio, j.target)
			}
		})
	}
}

// BenchmarkParallel shows that signers and verifiers scale over cores: run it
// with -cpu 1,2.
func BenchmarkParallel(b *testing.B) {
	for _, j := range jobs(b) {
		b.Run(j.name, func(b *testing.B) {
			b.ReportAllocs()
			b.RunParallel(func(pb *testing.PB) {
				for pb.Next() {
					if err := j.do(); err != nil {
						b.Error(err)
						return
					}
				}
			})
		})
	}
}

// TestAllocations holds builders to one allocation, the token, and verifiers
// to what they return. Under the race detector sync.Pool forgets on purpose.
func TestAllocations(t *testing.T) {
	all := jobs(t)
	for name, make := range makers(signer(t)) {
		if name != "APaaSRoom" && name != "Sign" { // the MD5 as text, the copy of the services
			all = append(all, job{name: name, allocs: 1, do: func() error {
				_, err := make(time.Hour)
				return err
			}})
		}
	}
	for _, j := range all {
		got := testing.AllocsPerRun(1000, func() {
			if err := j.do(); err != nil {
				t.Fatal(err)
			}
		})
		if got > j.allocs {
			t.Errorf("%s: got %v allocations, want %v", j.name, got, j.allocs)
		}
	}
}
