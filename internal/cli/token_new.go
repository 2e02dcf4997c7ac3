package cli

import (
	"errors"
	"fmt"
	"math"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/rtmauth/rtmauth"
	"github.com/rtmauth/rtmauth/internal/diagnose"
	"github.com/spf13/cobra"
)

// newFlags are what token new is asked for.
type newFlags struct {
	project      projectFlags
	services     []string
	version      string
	user         string
	app          bool
	channel      string
	uid          uint32
	account      string
	role         string
	privileges   []string
	permissions  []string
	life         time.Duration
	unsafeLife   bool
	issuedAt     string
	asJSON       bool
	given        func(flag string) bool
	serviceTypes []rtmauth.ServiceType
}

func newTokenNew(p *Process) *cobra.Command {
	var f newFlags
	cmd := &cobra.Command{
		Use:   "new",
		Short: "Make a token",
		Long: `Make a token and print it, alone, on standard output.

  rtm     --user ID
  rtc     --channel NAME, --uid N or --account S (--uid 0: any user), --role
          publisher or subscriber, or a life for each privilege:
          --privilege join=1h --privilege publish_audio=10m
  rtm2    --user ID, --permission message_channels:read:NAME,NAME (repeatable); for
          stream_channels, group_channels, server_groups and users too, and write
  chat    --user ID, or --app for the app's server
  apaas   --user ID; in a room: --channel ROOM --role NUMBER; --app for the app's server
  fpa     nothing

Several --service make one token for all of them, 007 only; rtc then takes --user
for its account if it has no --uid and no --account.`,
		Example: `  rtmauth token new --user alice
  rtmauth token new --user alice --token-version 006
  rtmauth token new --service rtc --channel room --uid 7 --role publisher --life 30m
  rtmauth token new --service rtc --service rtm --channel room --user alice`,
		Args: noArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			f.given = cmd.Flags().Changed
			return f.run(p)
		},
	}
	flags := cmd.Flags()
	flags.SortFlags = false
	flags.StringArrayVar(&f.services, "service", []string{"rtm"}, "what the token is for: rtm, rtc, chat, fpa, apaas or rtm2 (repeatable)")
	flags.StringVar(&f.user, "user", "", "the user `ID`")
	flags.StringVar(&f.channel, "channel", "", "the RTC channel `NAME`, or the APaaS room")
	flags.Uint32Var(&f.uid, "uid", 0, "the RTC uid, a `number`; 0 is for any user")
	flags.StringVar(&f.account, "account", "", "the RTC user as a `string`")
	flags.StringVar(&f.role, "role", "publisher", "RTC: publisher or subscriber; APaaS: a number")
	flags.StringArrayVar(&f.privileges, "privilege", nil, "RTC: a privilege and its life, `NAME=LIFE`, instead of a role (repeatable)")
	flags.StringArrayVar(&f.permissions, "permission", nil, "RTM2: `RESOURCE:ACCESS:NAMES` (repeatable)")
	flags.BoolVar(&f.app, "app", false, "Chat, APaaS: a token for the app's server, which may do everything")
	flags.StringVar(&f.version, "token-version", string(rtmauth.Version007), "`version` of the token, 006 (rtm or rtc) or 007")
	flags.DurationVar(&f.life, "life", time.Hour, "how `long` the token lives, 1s to 24h; a 006 token for RTM always lives 24h")
	flags.BoolVar(&f.unsafeLife, "unsafe-life", false, "accept a life of 0 or over 24h, which Agora's services cut or refuse")
	flags.StringVar(&f.issuedAt, "issued-at", "", "the issue `TIME`, RFC 3339 or Unix seconds (default: now)")
	f.project.register(cmd, "the App `ID` (default: APP_ID)")
	flags.BoolVar(&f.asJSON, "json", false, "print JSON: the token and its times")
	_ = cmd.RegisterFlagCompletionFunc("service", cobra.FixedCompletions([]string{"rtm", "rtc", "chat", "fpa", "apaas", "rtm2"}, cobra.ShellCompDirectiveNoFileComp))
	_ = cmd.RegisterFlagCompletionFunc("role", cobra.FixedCompletions([]string{"publisher", "subscriber"}, cobra.ShellCompDirectiveNoFileComp))
	_ = cmd.RegisterFlagCompletionFunc("token-version", cobra.FixedCompletions([]string{"006", "007"}, cobra.ShellCompDirectiveNoFileComp))
	return cmd
}

func (f *newFlags) run(p *Process) error {
	if err := f.check(); err != nil {
		return err
	}
	at, err := diagnose.ParseTime(f.issuedAt, p.Now())
	if err != nil {
		return usagef("--issued-at: %w", err)
	}
	if at.Unix() < 0 || at.Unix() > math.MaxUint32 {
		return usagef("--issued-at: must be between the years 1970 and 2106, as tokens hold times")
	}
	appID, certificates, err := f.project.project(p)
	if err != nil {
		return err
	}
	options := []rtmauth.SignerOption{rtmauth.WithClock(func() time.Time { return at })}
	if f.unsafeLife {
		options = append(options, rtmauth.UnsafeAnyLife())
	}
	signer, err := rtmauth.NewSigner(appID, certificates[0], options...)
	if err != nil {
		return err
	}
	token, err := f.make(signer)
	var argument *rtmauth.ArgumentError
	if errors.As(err, &argument) {
		return usagef("%w", err)
	}
	if err != nil {
		return err
	}
	if f.version == string(rtmauth.Version006) && f.serviceTypes[0] == rtmauth.ServiceRTM && f.given("life") && f.life != rtmauth.MaxLife {
		fmt.Fprintln(p.Stderr, "note: a 006 token for RTM lives 24 hours whatever --life says")
	}
	if !f.asJSON {
		_, err = fmt.Fprintln(p.Stdout, token)
		return err
	}
	return f.printJSON(p, token)
}

// printJSON has the shape of the native API's answer.
func (f *newFlags) printJSON(p *Process, token string) error {
	t, err := rtmauth.Parse(token)
	if err != nil {
		return err
	}
	return writeJSON(p.Stdout, struct {
		Token     string `json:"token"`
		Version   string `json:"version"`
		AppID     string `json:"app_id"`
		User      string `json:"user,omitempty"`
		IssuedAt  int64  `json:"issued_at"`
		ExpiresAt int64  `json:"expires_at"`
		ExpiresIn int64  `json:"expires_in"`
	}{token, string(t.Version()), t.AppID(), f.user, t.IssuedAt().Unix(), t.ExpiresAt().Unix(), t.ExpiresAt().Unix() - t.IssuedAt().Unix()})
}

// check finds what is missing or does not go together. A flag that the services
// do not use is refused: it was meant for something.
func (f *newFlags) check() error {
	for _, name := range f.services {
		t, err := diagnose.ParseService(name)
		if err != nil || name == "" {
			return usagef("--service %q: give rtm, rtc, chat, fpa, apaas or rtm2", name)
		}
		if t == rtmauth.ServiceStreaming || t == rtmauth.ServiceFCDN {
			return usagef("--service %s: Agora's builders make none; the library's Signer.Sign does", name)
		}
		if slices.Contains(f.serviceTypes, t) {
			return usagef("--service %s is given twice", name)
		}
		f.serviceTypes = append(f.serviceTypes, t)
	}
	has := func(types ...rtmauth.ServiceType) bool {
		return slices.ContainsFunc(f.serviceTypes, func(t rtmauth.ServiceType) bool { return slices.Contains(types, t) })
	}
	switch f.version {
	case "007":
	case "006":
		if len(f.serviceTypes) != 1 || !has(rtmauth.ServiceRTM, rtmauth.ServiceRTC) {
			return usagef("a 006 token is for rtm or for rtc, one of them; use 007")
		}
	default:
		return usagef("--token-version: give 006 or 007")
	}
	for _, x := range []struct {
		flag string
		used bool
		by   string
	}{
		{"uid", has(rtmauth.ServiceRTC), "rtc"},
		{"account", has(rtmauth.ServiceRTC), "rtc"},
		{"privilege", has(rtmauth.ServiceRTC), "rtc"},
		{"channel", has(rtmauth.ServiceRTC, rtmauth.ServiceAPaaS), "rtc and apaas"},
		{"role", has(rtmauth.ServiceRTC, rtmauth.ServiceAPaaS), "rtc and apaas"},
		{"permission", has(rtmauth.ServiceRTM2), "rtm2"},
		{"app", has(rtmauth.ServiceChat, rtmauth.ServiceAPaaS), "chat and apaas"},
		{"user", !has(rtmauth.ServiceFPA) || len(f.serviceTypes) > 1, "services that have users"},
	} {
		if f.given(x.flag) && !x.used {
			return usagef("--%s is for %s", x.flag, x.by)
		}
	}
	if f.given("privilege") && f.given("role") {
		return usagef("--privilege and --role exclude each other")
	}
	if f.given("uid") && f.given("account") {
		return usagef("--uid and --account exclude each other")
	}
	if f.app && f.given("user") && !has(rtmauth.ServiceRTM, rtmauth.ServiceRTM2, rtmauth.ServiceRTC) {
		return usagef("--app and --user exclude each other")
	}
	if !f.given("user") && (has(rtmauth.ServiceRTM, rtmauth.ServiceRTM2) || has(rtmauth.ServiceChat, rtmauth.ServiceAPaaS) && !f.app) {
		return usagef("give --user")
	}
	if has(rtmauth.ServiceRTC) {
		if !f.given("channel") {
			return usagef("give --channel")
		}
		if !f.given("uid") && !f.given("account") && !f.given("user") {
			return usagef("give --uid or --account; --uid 0 makes a token for any user")
		}
	}
	return nil
}

// make makes the token; several services are made one by one and signed
// together.
func (f *newFlags) make(s *rtmauth.Signer) (string, error) {
	if len(f.serviceTypes) == 1 {
		return f.one(s, f.serviceTypes[0])
	}
	var services []rtmauth.Service
	for _, t := range f.serviceTypes {
		token, err := f.one(s, t)
		if err != nil {
			return "", err
		}
		parsed, err := rtmauth.Parse(token)
		if err != nil {
			return "", err
		}
		services = append(services, parsed.Services()...)
	}
	return s.Sign(f.life, services...)
}

func (f *newFlags) one(s *rtmauth.Signer, t rtmauth.ServiceType) (string, error) {
	switch t {
	case rtmauth.ServiceRTC:
		return f.rtc(s)
	case rtmauth.ServiceRTM2:
		resources, err := parsePermissions(f.permissions)
		if err != nil {
			return "", err
		}
		return s.RTM2(f.user, resources, f.life)
	case rtmauth.ServiceChat:
		if f.app {
			return s.ChatApp(f.life)
		}
		return s.ChatUser(f.user, f.life)
	case rtmauth.ServiceAPaaS:
		return f.apaas(s)
	case rtmauth.ServiceFPA:
		return s.FPA(f.life)
	}
	if f.version == string(rtmauth.Version006) {
		return s.RTM006(f.user, f.life)
	}
	return s.RTM(f.user, f.life)
}

func (f *newFlags) rtc(s *rtmauth.Signer) (string, error) {
	user := f.user
	if f.given("account") {
		user = f.account
	} else if f.given("uid") {
		user = rtmauth.UID(f.uid)
	}
	if user == "" && !f.given("uid") {
		return "", usagef("an empty RTC user stands for any user; if that is meant, give --uid 0")
	}
	old := f.version == string(rtmauth.Version006)
	if len(f.privileges) > 0 {
		privileges, err := parsePrivileges(f.privileges)
		switch {
		case err != nil:
			return "", err
		case old:
			return s.RTC006WithPrivileges(f.channel, user, privileges)
		}
		return s.RTCWithPrivileges(f.channel, user, privileges, f.life)
	}
	role, known := map[string]rtmauth.Role{"publisher": rtmauth.RolePublisher, "subscriber": rtmauth.RoleSubscriber}[f.role]
	switch {
	case !known:
		return "", usagef("--role %q: give publisher or subscriber", f.role)
	case old:
		return s.RTC006(f.channel, user, role, f.life)
	}
	return s.RTC(f.channel, user, role, f.life)
}

func (f *newFlags) apaas(s *rtmauth.Signer) (string, error) {
	switch {
	case f.app:
		return s.APaaSApp(f.life)
	case !f.given("channel"):
		return s.APaaSUser(f.user, f.life)
	}
	role, err := strconv.ParseInt(f.role, 10, 16)
	if err != nil || role > math.MaxInt16 {
		return "", usagef("--role %q: APaaS roles are numbers", f.role)
	}
	return s.APaaSRoom(f.channel, f.user, int16(role), f.life)
}

func parsePrivileges(list []string) (rtmauth.RTCPrivileges, error) {
	var p rtmauth.RTCPrivileges
	lives := map[string]*time.Duration{"join": &p.Join, "publish_audio": &p.PublishAudio, "publish_video": &p.PublishVideo, "publish_data": &p.PublishData}
	for _, text := range list {
		name, life, _ := strings.Cut(text, "=")
		d, err := time.ParseDuration(life)
		if lives[name] == nil || err != nil {
			return p, usagef("--privilege %q: give join, publish_audio, publish_video or publish_data with a life, like join=1h", text)
		}
		*lives[name] = d
	}
	return p, nil
}

// parsePermissions reads RESOURCE:ACCESS:NAME,NAME. Names hold no comma here.
func parsePermissions(list []string) ([]rtmauth.Resource, error) {
	kinds := []string{"message_channels", "stream_channels", "group_channels", "server_groups", "users"}
	accesses := []string{"read", "write"}
	var resources []rtmauth.Resource
	for _, text := range list {
		kind, rest, _ := strings.Cut(text, ":")
		access, names, _ := strings.Cut(rest, ":")
		n, a := slices.Index(kinds, kind), slices.Index(accesses, access)
		if n < 0 || a < 0 || names == "" {
			return nil, usagef("--permission %q: give RESOURCE:ACCESS:NAMES, like message_channels:read:room,lobby; resources are %s; access is read or write", text, strings.Join(kinds, ", "))
		}
		t := rtmauth.ResourceType(n) //nolint:gosec // an index of kinds
		i := slices.IndexFunc(resources, func(r rtmauth.Resource) bool { return r.Type == t })
		if i < 0 {
			i = len(resources)
			resources = append(resources, rtmauth.Resource{Type: t})
		}
		permission := rtmauth.Permission{Names: strings.Split(names, ",")}
		permission.Type = rtmauth.PermissionType(a) //nolint:gosec // an index of accesses
		if slices.ContainsFunc(resources[i].Permissions, func(p rtmauth.Permission) bool { return p.Type == permission.Type }) {
			return nil, usagef("--permission %s:%s is given twice; put the names together", kind, access)
		}
		resources[i].Permissions = append(resources[i].Permissions, permission)
	}
	return resources, nil
}
