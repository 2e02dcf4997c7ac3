package rtmtest

import "github.com/rtmauth/rtmauth"

// CheckLogin tells what the documentation says of a login with a token at this
// moment, as an RTM 1.x client of appID would hear it: nil, or an [*Error] with
// the documented code. certificates are the one or two of the App ID's project.
//
// nil does not mean that Agora will accept the login: it knows what a project
// has enabled, who is banned, and what nobody has documented.
func CheckLogin(token, appID, user string, certificates ...rtmauth.Certificate) error {
	p, err := newProject(ProjectOptions{AppID: appID, Certificates: certificates}, nil)
	if err != nil {
		return error1("login", 4, "The App ID or the certificates cannot be used: "+err.Error()+".")
	}
	defer p.close()
	return p.CheckLogin(token, appID, user)
}

// CheckLogin is the function of this name by the project's certificates,
// settings, bans and clock. It leaves no trace.
func (p *Project) CheckLogin(token, appID, user string) error {
	if appID != p.appID {
		return error1("login", 4, "Illegal App ID: it is not this project's.")
	}
	if err := rtmauth.ValidateUserID(user); err != nil {
		return error1("login", 3, sentence(err))
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	if _, f := p.judge(user, token); f != found {
		code, _ := loginCode1(f)
		return error1("login", code, f.say())
	}
	return nil
}
