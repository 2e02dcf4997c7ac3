package diagnose

// wordsOfCodes say what SDK codes mean.
func wordsOfCodes() map[string]text {
	return map[string]text{
		"code_meaning.message": {
			"Code {code} in {sdk}: {meaning}.",
			"{sdk} 的错误码 {code}：{meaning}。",
		},
		"code_meaning.message.unknown": {
			"Code {code} is not among the documented codes for logging in with a token.",
			"错误码 {code} 不在与 Token 登录有关的已公开错误码之中。",
		},
		"code_meaning.evidence": {
			"It is {name}.",
			"即 {name}。",
		},
		"code_meaning.evidence.nameless": {
			"It is documented without a name.",
			"官方文档列出该错误码，没有名称。",
		},
		"code_meaning.evidence.unknown": {
			"RTM 1.x has 1 to 10 and 102, RTM 2.x -10002 to -10026, RTC 101, 109, 110, 119 and 120.",
			"RTM 1.x 有 1 到 10 和 102，RTM 2.x 有 -10002 到 -10026，RTC 有 101、109、110、119 和 120。",
		},
		"code_meaning.evidence.swap": {
			"That is at login. At renewToken the numbers 5 and 6 are swapped: {code} is {renew} there ({renew_meaning}).",
			"这是登录时的含义。在 renewToken 中 5 和 6 互换：{code} 是 {renew}（{renew_meaning}）。",
		},
		"code_meaning.evidence.renew": {
			"That is at login. At renewToken {code} is {renew} ({renew_meaning}).",
			"这是登录时的含义。在 renewToken 中 {code} 是 {renew}（{renew_meaning}）。",
		},
		"code_meaning.evidence.other": {
			"In {other} the same number means: {other_meaning}.",
			"在 {other} 中，同一数字表示：{other_meaning}。",
		},
		"code_meaning.fix": {
			"{advice}",
			"{advice}",
		},
		"code_meaning.fix.unknown": {
			"Check the number and the SDK (--sdk 1.x or 2.x, --service rtc for RTC codes).",
			"核对数字和 SDK（--sdk 1.x 或 2.x，RTC 错误码用 --service rtc）。",
		},

		"not_visible_offline.message": {
			"Nothing in the token explains this code.",
			"从 Token 本身看不出该错误码的原因。",
		},
		"not_visible_offline.evidence": {
			"The text, the times and whatever was given were checked.",
			"已检查文本、时间和所提供的信息。",
		},
		"not_visible_offline.message.elsewhere": {
			"The token shows nothing, and this code is not about the token.",
			"Token 没有显示问题，该错误码也与 Token 无关。",
		},
		"not_visible_offline.evidence.elsewhere": {
			"Code {code} comes before a token is judged, or after a login that failed.",
			"错误码 {code} 出现在校验 Token 之前，或出现在登录失败之后。",
		},
		"not_visible_offline.fix.elsewhere": {
			"Do what the meaning of the code asks for; if a login failed earlier, run explain with the code that it gave.",
			"按错误码的含义处理；如果之前的登录失败，请用当时的错误码再运行 explain。",
		},
		"not_visible_offline.evidence.checked": {
			"The text, the signature with the certificate given, the times and whatever else was given are right.",
			"文本、用所提供证书校验的签名、时间及其他所提供的信息都正确。",
		},
		"not_visible_offline.evidence.unchecked": {
			"The text, the times and whatever was given are right; the signature could not be checked.",
			"文本、时间和所提供的信息都正确；签名无法校验。",
		},
		"not_visible_offline.evidence.missing": {
			"Not given: {missing}.",
			"未提供：{missing}。",
		},
		"not_visible_offline.fix": {
			"Check in this order: 1) the certificate in the token server is really one of this App ID in the Agora Console; 2) it was enabled more than an hour ago, because it takes effect after about that long; {sdk_step}then that the running client is created with this App ID and passes this very token and user ID (log their lengths and fingerprints).",
			"按此顺序检查：1) Token 服务器中的证书确实是声网控制台里该 App ID 的证书；2) 证书启用已超过一小时，因为约一小时后才生效；{sdk_step}然后确认运行中的客户端用该 App ID 创建，并传入了这个 Token 和用户 ID（可记录长度和指纹）。",
		},
		"step.sdk": {
			"3) the client's RTM SDK is 1.5.0 or later, because earlier ones do not read 007 tokens; ",
			"3) 客户端的 RTM SDK 为 1.5.0 及以上，更早的版本不支持 007 Token；",
		},

		"meaning.unknown":         {"the login failed for an unknown reason", "登录失败，原因未知"},
		"meaning.failure":         {"the renewal failed", "更新失败"},
		"meaning.rejected":        {"the server rejected the request without saying why", "服务器拒绝了请求，没有说明原因"},
		"meaning.rejected2":       {"the login was rejected: the service is off, or the token or user ID is banned", "登录被拒绝：服务未开通，或 Token、用户 ID 被封禁"},
		"meaning.argument":        {"an argument is invalid", "参数无效"},
		"meaning.app_id":          {"the App ID is invalid", "App ID 无效"},
		"meaning.app_id2":         {"the App ID is wrong, or the service is not enabled for it", "App ID 错误，或未开通服务"},
		"meaning.invalid":         {"the token is not valid", "Token 无效"},
		"meaning.expired":         {"the token has expired", "Token 已过期"},
		"meaning.reserved":        {"not authorized; the documentation calls this code reserved", "未授权；官方文档标为保留"},
		"meaning.already":         {"the user is already logged in, is logging in, or was aborted and has not logged out", "用户已登录、正在登录，或处于 ABORTED 状态而未登出"},
		"meaning.timeout":         {"the login timed out", "登录超时"},
		"meaning.often":           {"the call was made too often", "调用过于频繁"},
		"meaning.not_initialized": {"the native SDK is not initialised", "原生 SDK 未初始化"},
		"meaning.not_logged_in":   {"the client is not logged in", "客户端未登录"},
		"meaning.user":            {"the user ID is empty or holds characters that are not allowed", "用户 ID 为空或含有不允许的字符"},
		"meaning.channel":         {"the channel name is invalid", "频道名无效"},
		"meaning.resources":       {"the server has no resources for the login", "服务器没有可用资源"},
		"meaning.aborted":         {"the login was aborted by the network, or the user ID is already logged in", "登录因网络中断，或该用户 ID 已登录"},
		"meaning.not_authorized":  {"no permission for Signaling: it is off, unpaid or suspended", "没有使用信令服务的权限：未开通、欠费或停用"},
		"meaning.inconsistent":    {"the token was made for another App ID", "Token 属于另一个 App ID"},
		"meaning.duplicate":       {"the same operation is already under way", "同一操作正在进行"},
		"meaning.released":        {"the client was already released", "客户端实例已释放"},
		"meaning.channel_type":    {"the channel type is invalid", "频道类型无效"},
		"meaning.encryption":      {"the encryption settings are invalid", "加密参数无效"},
		"meaning.unsupported":     {"the service is not supported", "不支持该服务"},
		"meaning.canceled":        {"another login or a logout came before this login ended", "此次登录结束前又调用了登录或登出"},
		"meaning.not_connected":   {"the link to the service is down", "与服务的连接已断开"},
		"meaning.renew_timeout":   {"renewToken timed out", "renewToken 超时"},

		"meaning.rtc_expired_or_argument": {"an argument is invalid, or in some SDKs the token has expired", "参数无效；在某些 SDK 中表示 Token 已过期"},
		"meaning.rtc_app_id":              {"the App ID is invalid", "App ID 无效"},
		"meaning.rtc_invalid":             {"the token is not valid", "Token 无效"},
		"meaning.rtc_static":              {"the project uses tokens (a dynamic key), and the client passed only its App ID (a static key)", "项目启用了 Token（dynamic key），而客户端只用 App ID（static key）"},
		"meaning.rtc_dynamic":             {"the project does not use tokens, and the client passed one", "项目未启用 Token，而客户端传入了 Token"},

		"advice.unknown":         {"Try again; if it stays, check the network and this token with explain.", "重试；若仍失败，检查网络并用 explain 检查该 Token。"},
		"advice.rejected":        {"Ask Agora's support with the App ID, the user and the time; the code does not say more.", "带上 App ID、用户和时间联系声网技术支持；错误码没有更多信息。"},
		"advice.rejected2":       {"Check in the Agora Console that Signaling is enabled for the project; how users get banned is not documented.", "在声网控制台确认项目已开通信令服务；如何封禁用户没有公开文档。"},
		"advice.argument":        {"Pass the user ID as a string that keeps the rules, and the token as a string.", "用户 ID 传入符合规则的字符串，Token 也传入字符串。"},
		"advice.app_id":          {"Copy the App ID of the project from the Agora Console: 32 characters.", "从声网控制台复制项目的 App ID：32 个字符。"},
		"advice.app_id2":         {"Copy the App ID from the Agora Console, and check that Signaling is enabled for the project.", "从声网控制台复制 App ID，并确认项目已开通信令服务。"},
		"advice.invalid":         {"Find out what is wrong with the token from the other causes here; a token missing altogether gives the same code.", "根据此处的其他原因查找问题；完全没有传 Token 也会得到这个错误码。"},
		"advice.expired":         {"Fetch a new token and log in with it; renew on a timer.", "获取新的 Token 后登录，并定时更新。"},
		"advice.reserved":        {"Treat it as a refused token and run explain on it.", "当作 Token 被拒绝，用 explain 检查。"},
		"advice.already":         {"Call logout first, and log in once only; hot reload often keeps an old client.", "先调用 logout，并只登录一次；热重载常会保留旧的客户端。"},
		"advice.timeout":         {"Check the network and the firewall; the token was not judged.", "检查网络和防火墙；Token 未被校验。"},
		"advice.often":           {"Wait and call less often: login and renewToken at most twice a second.", "降低调用频率：login 和 renewToken 每秒最多两次。"},
		"advice.not_initialized": {"Create and initialise the client before calling it.", "先创建并初始化客户端再调用。"},
		"advice.not_logged_in":   {"Look at what the earlier login answered and stop when it fails: this code only follows from that.", "查看之前 login 的返回值，失败时不要继续：该错误码只是它的后果。"},
		"advice.user":            {"Use a user ID that keeps the rules: 1 to 64 bytes of the allowed characters.", "使用符合规则的用户 ID：1 到 64 字节的允许字符。"},
		"advice.channel":         {"Use a channel name that keeps the rules.", "使用符合规则的频道名。"},
		"advice.resources":       {"Try again later.", "稍后重试。"},
		"advice.aborted":         {"Check the network, and whether the same user ID is logged in elsewhere.", "检查网络，以及同一用户 ID 是否在别处登录。"},
		"advice.not_authorized":  {"Check in the Agora Console that Signaling is enabled, paid and not suspended, and that the token is for RTM.", "在声网控制台确认信令服务已开通、未欠费停用，并确认 Token 是 RTM Token。"},
		"advice.inconsistent":    {"Use the same App ID in the token server and in the client.", "Token 服务器和客户端使用同一个 App ID。"},
		"advice.duplicate":       {"Wait for the first call to end.", "等待前一次调用结束。"},
		"advice.released":        {"Create a new client.", "创建新的客户端。"},
		"advice.channel_type":    {"Check the channel type.", "检查频道类型。"},
		"advice.encryption":      {"Check the encryption settings of the client.", "检查客户端的加密设置。"},
		"advice.unsupported":     {"Check that the service is enabled for the project.", "确认项目已开通该服务。"},
		"advice.canceled":        {"Log in once and wait for the result.", "只登录一次并等待结果。"},
		"advice.not_connected":   {"Wait until the link state is CONNECTED.", "等待连接状态变为 CONNECTED。"},
		"advice.renew_timeout":   {"Check the network and renew again before the token ends.", "检查网络，并在 Token 到期前再次更新。"},

		"advice.rtc_expired_or_argument": {"Check the arguments first, then the end of the token.", "先检查参数，再检查 Token 的失效时间。"},
		"advice.rtc_app_id":              {"Copy the App ID of the project from the Agora Console: 32 characters.", "从声网控制台复制项目的 App ID：32 个字符。"},
		"advice.rtc_invalid":             {"Compare App ID, channel and uid of the token with those of the client.", "比较 Token 与客户端的 App ID、频道和 uid。"},
		"advice.rtc_static":              {"Pass a token: with an App certificate enabled, the App ID alone is refused.", "传入 Token：启用 App 证书后，仅用 App ID 会被拒绝。"},
		"advice.rtc_dynamic":             {"Enable the App certificate, or join without a token.", "启用 App 证书，或不传 Token 加入。"},
	}
}
