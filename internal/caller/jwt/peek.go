package jwt

import (
	"errors"
	"time"

	gojwt "github.com/golang-jwt/jwt/v5"
)

// Unverified is what a JWT says of itself. None of it is known to be true; it is
// for showing to whoever holds the JWT.
type Unverified struct {
	Algorithm string
	KeyID     string
	Issuer    string
	Subject   string
	Audience  []string
	IssuedAt  time.Time // zero where it is not there
	NotBefore time.Time
	Expires   time.Time
}

// Peek reads a JWT without verifying it.
func Peek(text string) (Unverified, error) {
	if len(text) > maxTokenBytes {
		return Unverified{}, errors.New("the JWT is too long")
	}
	claims := gojwt.MapClaims{}
	t, _, err := gojwt.NewParser(gojwt.WithStrictDecoding()).ParseUnverified(text, claims)
	if err != nil {
		return Unverified{}, errors.New("the credential cannot be read as a JWT")
	}
	u := Unverified{Algorithm: t.Method.Alg()}
	u.KeyID, _ = t.Header["kid"].(string)
	u.Issuer, _ = claims["iss"].(string)
	u.Subject, _ = claims["sub"].(string)
	u.Audience, _ = claims.GetAudience()
	for dst, get := range map[*time.Time]func() (*gojwt.NumericDate, error){&u.IssuedAt: claims.GetIssuedAt, &u.NotBefore: claims.GetNotBefore, &u.Expires: claims.GetExpirationTime} {
		if at, err := get(); err == nil && at != nil {
			*dst = at.Time
		}
	}
	return u, nil
}
