package diagnose

import (
	"strings"

	"github.com/rtmauth/rtmauth"
)

// placeholders looks for what guides leave to be filled in.
func (f *finder) placeholders() {
	if f.token != nil && placeholder(f.token.appID) != "" {
		f.add(PlaceholderLeft, args{"placeholder": f.token.appID}, "app_id_in_token")
	}
	if f.token != nil && f.user.known && placeholder(f.user.text) != "" {
		f.add(PlaceholderLeft, args{"placeholder": f.user.text}, "user_in_token")
	}
	for _, x := range []struct {
		text     string
		evidence string
	}{{f.AppID, "app_id"}, {f.Project.AppID, "app_id"}, {deref(f.User), "user"}, {deref(f.Channel), "channel"}} {
		if p := placeholder(x.text); p != "" {
			f.add(PlaceholderLeft, args{"placeholder": p}, x.evidence)
		}
	}
}

func deref(s *string) string {
	if s == nil {
		return ""
	}
	return *s
}

// appID compares the token's App ID with the client's.
func (f *finder) appID() {
	r := f.token
	expected := f.AppID
	if expected == "" {
		expected = f.project
	}
	// An App ID of another shape is damage, and said to be.
	if expected == "" || r.appID == expected || !r.hasAppID() || placeholder(expected) != "" {
		return
	}
	how := ""
	switch {
	case strings.EqualFold(r.appID, expected):
		how = "case"
	case trimPasted(expected) == r.appID:
		how = "around"
	}
	f.add(AppIDMismatch, args{"token": r.appID, "app_id": expected}, how)
}

// certificates judges the certificates themselves, whatever the token is.
func (f *finder) certificates() {
	for i, k := range f.Project.Keys {
		a := args{"which": i, "length": len(k.clean())}
		if code, how := k.problem(); code != "" {
			f.add(code, a, how)
			continue
		}
		for _, id := range []string{f.AppID, f.project} {
			if isHex(id) && k.is(id) {
				f.add(CertificateIsAppID, a, "given")
			}
		}
	}
}

// signature finds out who has signed the token.
func (f *finder) signature() {
	r := f.token
	if !r.has(fieldSignature | fieldSigned) {
		return
	}
	channel, uid := f.channel.text, f.user.text
	if r.version == v006 {
		if f.Service == rtmauth.ServiceRTM {
			channel, uid = f.user.text, f.uidSlot.text
			if !f.user.known || !f.uidSlot.known {
				return // signed together with a user ID that is not known
			}
		} else if !f.user.known || !f.channel.known {
			return
		}
	}
	foreign := f.project != "" && r.appID != f.project && placeholder(f.project) == "" && r.hasAppID()
	usable := 0
	for i, k := range f.Project.Keys {
		if code, _ := k.problem(); code == "" {
			usable++
		}
		if !k.signed(r, channel, uid) {
			continue
		}
		switch {
		case foreign:
			f.add(SignedByOtherProject, args{"token": r.appID, "app_id": f.project}, "mixed")
		case k.is(r.appID):
			f.add(CertificateIsAppID, nil, "signed")
		default:
			f.signatureChecked = true
			if i > 0 {
				f.note(SignedBySecondary, nil)
			}
		}
		return
	}
	for i, k := range f.OldKeys {
		if k.signed(r, channel, uid) {
			f.add(SignedByOldCertificate, args{"which": i})
			return
		}
	}
	switch {
	case f.signedByMistake(channel, uid):
	case usable == 0 || r.short != "" || r.damage != "":
		// Nothing to compare with, or the damage explains it.
	case foreign && r.appID == f.AppID:
		// The certificates are of another project than the client and the token.
	case foreign:
		f.add(SignedByOtherProject, args{"token": r.appID, "app_id": f.project})
	default:
		f.add(SignatureMismatch, args{"count": usable})
	}
}

// signedByMistake looks for what gets put in the place of a certificate. Old
// builders sign with any text.
func (f *finder) signedByMistake(channel, uid string) bool {
	r := f.token
	for _, id := range []string{r.appID, f.AppID, f.project} {
		if id != "" && r.signedWith(id, channel, uid) {
			f.add(CertificateIsAppID, nil, "signed")
			return true
		}
	}
	if r.signedWith("", channel, uid) {
		f.add(ProjectWithoutCertificate, nil, "signed")
		return true
	}
	for _, p := range samplePlaceholders() {
		if r.signedWith(p, channel, uid) {
			f.add(PlaceholderLeft, args{"placeholder": p}, "signed")
			return true
		}
	}
	for i, k := range f.Project.Keys {
		if k.text == nil {
			continue
		}
		clean := k.clean()
		for _, v := range []struct{ text, how string }{
			{clean + "\n", "signed_around"},
			{clean + "\r\n", "signed_around"},
			{clean + " ", "signed_around"},
			{" " + clean, "signed_around"},
			{`"` + clean + `"`, "signed_around"},
			{*k.text, "signed_around"},
			{strings.ToLower(clean), "signed_case"},
			{strings.ToUpper(clean), "signed_case"},
		} {
			if clean != "" && r.signedWith(v.text, channel, uid) {
				f.add(CertificateMalformed, args{"which": i}, v.how)
				return true
			}
		}
	}
	return false
}

// samplePlaceholders are what guides and samples write for a certificate.
func samplePlaceholders() []string {
	return []string{
		"Your_Certificate", "<Your App Certificate>", "<YOUR APP CERTIFICATE>", "Your App Certificate", "your_app_certificate",
		"YOUR_APP_CERTIFICATE", "<Your app certificate>", "<Your Certificate>", "Your_App_Certificate", "<YOUR_APP_CERTIFICATE>",
		"appCertificate", "APP_CERTIFICATE", "undefined", "null", "None",
	}
}

// sdk checks whether the client can read the token's version.
func (f *finder) sdk() {
	if f.token.version != v007 || !f.SDK.is(1) || !f.SDK.exact || f.Service != rtmauth.ServiceRTM {
		return
	}
	a := args{"sdk": f.SDK.String()}
	switch {
	case f.SDK.before(1, 4, 6):
		f.add(WrongVersion, a, "sdk")
	case f.SDK.before(1, 5, 0):
		f.note(WrongVersion, a, "sdk_web")
	}
}
