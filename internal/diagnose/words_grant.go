package diagnose

// wordsOfGrant are about services, users, channels and privileges.
func wordsOfGrant() map[string]text {
	return map[string]text{
		"rtm_service_missing.message": {
			"The token is not for RTM.",
			"该 Token 不是 RTM Token。",
		},
		"rtm_service_missing.evidence": {
			"It is for: {has}. The temporary token of the Agora Console is an RTC token too and does not serve RTM.",
			"它用于：{has}。声网控制台的临时 Token 也是 RTC Token，不能用于 RTM。",
		},
		"rtm_service_missing.evidence.none": {
			"It is for no service at all.",
			"它不包含任何服务。",
		},
		"rtm_service_missing.evidence.unknown": {
			"It is for: {has}. From service type {type} on it cannot be read further.",
			"它用于：{has}。从服务类型 {type} 起无法继续读取。",
		},
		"rtm_service_missing.fix": {
			"Make the token with an RTM builder for the user who logs in, for example: rtmauth token new --service rtm --user ID",
			"用 RTM 生成器为登录的用户生成 Token，例如：rtmauth token new --service rtm --user ID",
		},

		"rtc_service_missing.message": {
			"The token is not for RTC.",
			"该 Token 不是 RTC Token。",
		},
		"rtc_service_missing.evidence": {
			"It is for: {has}.",
			"它用于：{has}。",
		},
		"rtc_service_missing.evidence.none": {
			"It is for no service at all.",
			"它不包含任何服务。",
		},
		"rtc_service_missing.evidence.unknown": {
			"It is for: {has}. From service type {type} on it cannot be read further.",
			"它用于：{has}。从服务类型 {type} 起无法继续读取。",
		},
		"rtc_service_missing.fix": {
			"Make the token with an RTC builder for the channel and the uid, or one for both services: rtmauth token new --service rtc --service rtm --channel NAME --user ID",
			"用 RTC 生成器按频道和 uid 生成 Token，或生成同时包含两种服务的 Token：rtmauth token new --service rtc --service rtm --channel NAME --user ID",
		},

		"service_missing.message": {
			"The token is not for {service}.",
			"该 Token 不包含 {service} 服务。",
		},
		"service_missing.evidence": {
			"It is for: {has}.",
			"它用于：{has}。",
		},
		"service_missing.evidence.none": {
			"It is for no service at all.",
			"它不包含任何服务。",
		},
		"service_missing.evidence.unknown": {
			"It is for: {has}. From service type {type} on it cannot be read further.",
			"它用于：{has}。从服务类型 {type} 起无法继续读取。",
		},
		"service_missing.evidence.006": {
			"It is a 006 token, which can be for RTC and RTM only.",
			"这是 006 Token，只能用于 RTC 和 RTM。",
		},
		"service_missing.fix": {
			"Make a 007 token with the builder of that service: rtmauth token new --service NAME",
			"用该服务的生成器生成 007 Token：rtmauth token new --service NAME",
		},

		"console_channel_is_user.message": {
			"The user ID sits in the channel of an RTC token, as when the Console's temporary token is made with the user ID as channel name.",
			"用户 ID 位于 RTC Token 的频道位置，就像在控制台生成临时 Token 时把用户 ID 填成了频道名。",
		},
		"console_channel_is_user.evidence": {
			"The channel checksum is that of {user}, the uid is empty, and there is no RTM login privilege. A 006 token for RTM is laid out the same way, so users report that such a token logged in; it is not documented.",
			"频道校验值与 {user} 相符，uid 为空，且没有 RTM 登录权限。006 RTM Token 的布局与此相同，因此有用户反映这种 Token 能登录；官方文档并无此说明。",
		},
		"console_channel_is_user.fix": {
			"Do not rely on it: make the token with an RTM builder, on your token server.",
			"不要依赖这种做法：在 Token 服务器上用 RTM 生成器生成 Token。",
		},

		"user_empty.message": {
			"The user ID is empty.",
			"用户 ID 为空。",
		},
		"user_empty.evidence": {
			"The token was made for an empty user ID.",
			"Token 是为空的用户 ID 生成的。",
		},
		"user_empty.evidence.token": {
			"The token was made for an empty user ID.",
			"Token 是为空的用户 ID 生成的。",
		},
		"user_empty.evidence.login": {
			"The client logs in with an empty user ID.",
			"客户端用空的用户 ID 登录。",
		},
		"user_empty.fix": {
			"Send the user ID as a non-empty string, both when asking for the token and at login; 1 to 64 bytes. Look for a misspelt field in the request to the token server.",
			"获取 Token 和登录时都要传入非空字符串形式的用户 ID（1 到 64 字节）。检查发给 Token 服务器的请求中字段名是否写错。",
		},

		"user_invalid.message": {
			"The user ID breaks the rules for RTM user IDs.",
			"用户 ID 不符合 RTM 用户 ID 的规则。",
		},
		"user_invalid.evidence": {
			"The client logs in as {user}.",
			"客户端以 {user} 登录。",
		},
		"user_invalid.evidence.login": {
			"The client logs in as {user}.",
			"客户端以 {user} 登录。",
		},
		"user_invalid.evidence.token": {
			"The token was made for {user}.",
			"Token 是为 {user} 生成的。",
		},
		"user_invalid.evidence.null": {
			"The word null is not allowed; often it is a missing value that became text.",
			"不允许使用 null 这个词；它通常是缺失的值变成了文本。",
		},
		"user_invalid.evidence.length": {
			"It has {length} bytes; at most 64 are allowed.",
			"它有 {length} 字节；最多允许 64 字节。",
		},
		"user_invalid.evidence.character": {
			"The character {character} is not allowed.",
			"不允许使用字符 {character}。",
		},
		"user_invalid.fix": {
			"Use 1 to 64 bytes of a-z, A-Z, 0-9, space and {allowed} as a string; not the word null. For other names log in with an internal ID.",
			"使用 1 到 64 字节的字符串，只含 a-z、A-Z、0-9、空格和 {allowed} 且不是 null。其他名称请改用内部 ID 登录。",
		},

		"uid_zero_vs_account.message": {
			"The uid 0 or empty stands on one side and something else on the other.",
			"一边是 uid 0 或空，另一边是其他值。",
		},
		"uid_zero_vs_account.evidence": {
			"The token is for {token}, the client joins as {user}.",
			"Token 是为 {token} 生成的，客户端以 {user} 加入。",
		},
		"uid_zero_vs_account.evidence.any": {
			"The token is for uid 0, which stands for any uid; the client joins with the account {user}.",
			"Token 是为 uid 0（代表任意 uid）生成的；客户端以字符串账号 {user} 加入。",
		},
		"uid_zero_vs_account.evidence.specific": {
			"The token is for {token}; the client joins with uid 0 or none and is given another one.",
			"Token 是为 {token} 生成的；客户端以 uid 0 或空加入，会被分配另一个 uid。",
		},
		"uid_zero_vs_account.evidence.specific_crc": {
			"The token is for a uid of its own; the client joins with uid 0 or none and is given another one.",
			"Token 是为某个特定 uid 生成的；客户端以 uid 0 或空加入，会被分配另一个 uid。",
		},
		"uid_zero_vs_account.evidence.string": {
			"The token is for an account spelled \"0\". The number 0 is written as the empty text, which stands for any uid; a few builders write \"0\".",
			"Token 是为写作 \"0\" 的账号生成的。数字 0 应写成空文本（代表任意 uid）；少数生成器会写成 \"0\"。",
		},
		"uid_zero_vs_account.fix": {
			"Use the same uid or account for the token and for joining; if the client lets Agora choose the uid, make the token for uid 0.",
			"生成 Token 与加入频道使用同一个 uid 或账号；若由声网分配 uid，则为 uid 0 生成 Token。",
		},

		"user_mismatch.message": {
			"The token is for another user than the one who logs in.",
			"Token 不是为登录的用户生成的。",
		},
		"user_mismatch.evidence": {
			"Token: {token}; login: {user}.",
			"Token 中是 {token}；登录时是 {user}。",
		},
		"user_mismatch.evidence.guessed": {
			"The token's checksum fits {token}; login: {user}.",
			"Token 的校验值与 {token} 相符；登录时是 {user}。",
		},
		"user_mismatch.evidence.crc": {
			"The user checksum in the token is not that of {user}; a 006 token does not hold the user ID itself.",
			"Token 中的用户校验值与 {user} 不符；006 Token 不含用户 ID 本身。",
		},
		"user_mismatch.evidence.uid_slot": {
			"{user} was put into the token's uid; a 006 token for RTM has the user ID in the place of the channel and an empty uid.",
			"{user} 被放在了 Token 的 uid 位置；006 RTM Token 的用户 ID 应在频道位置，uid 为空。",
		},
		"user_mismatch.evidence.uid_not_empty": {
			"{user} is in the right place, but the token has a uid besides; a 006 token for RTM has none.",
			"{user} 的位置正确，但 Token 中另有 uid；006 RTM Token 没有 uid。",
		},
		"hint.case": {
			"They differ only in upper and lower case.",
			"两者只有大小写不同。",
		},
		"hint.space": {
			"They differ only in spaces or line breaks at the beginning or end.",
			"两者只有首尾的空格或换行不同。",
		},
		"hint.case_space": {
			"They differ only in upper and lower case, and in spaces or line breaks at the beginning or end.",
			"两者只有大小写以及首尾的空格或换行不同。",
		},
		"hint.zero": {
			"One is empty and the other \"0\": the number 0 became text on one side only.",
			"一个为空，另一个是 \"0\"：数字 0 只在一边变成了文本。",
		},
		"hint.number0": {
			"The token's is empty or \"0\", as when a number 0 or a missing value is passed to the builder.",
			"Token 中的为空或 \"0\"，通常是把数字 0 或缺失的值传给了生成器。",
		},
		"hint.quotes": {
			"They differ only in quotation marks.",
			"两者只有引号不同。",
		},
		"hint.escaped": {
			"One of them is URL-encoded.",
			"其中一个经过了 URL 编码。",
		},
		"hint.zeros": {
			"They differ only in leading zeros.",
			"两者只有前导零不同。",
		},
		"hint.prefix": {
			"One is the other with a prefix or suffix.",
			"一个是另一个加了前缀或后缀。",
		},
		"hint.number": {
			"One is a number and the other is not.",
			"一个是数字，另一个不是。",
		},
		"hint.nothing": {
			"The token's is a missing value that became text.",
			"Token 中的是缺失的值变成的文本。",
		},
		"hint.other": {
			"They are different names.",
			"两者是不同的名称。",
		},
		"user_mismatch.fix": {
			"Pass the same user ID, as the same string, to the token server and to login: upper and lower case, spaces and prefixes count.",
			"向 Token 服务器和登录接口传入完全相同的用户 ID 字符串：大小写、空格和前缀都要一致。",
		},
		"user_mismatch.fix.uid_slot": {
			"Use the RTM builder as it is: in 006 it writes the user ID into the place of the channel on purpose. For example: rtmauth token new --token-version 006 --service rtm --user ID",
			"直接使用 RTM 生成器：006 格式有意把用户 ID 写在频道位置。例如：rtmauth token new --token-version 006 --service rtm --user ID",
		},

		"channel_mismatch.message": {
			"The token is for another channel.",
			"Token 不是为该频道生成的。",
		},
		"channel_mismatch.evidence": {
			"Token: {token}; the client joins {channel}.",
			"Token 中是 {token}；客户端加入的是 {channel}。",
		},
		"channel_mismatch.evidence.guessed": {
			"The token's checksum fits {token}; the client joins {channel}.",
			"Token 的校验值与 {token} 相符；客户端加入的是 {channel}。",
		},
		"channel_mismatch.evidence.crc": {
			"The channel checksum in the token is not that of {channel}; a 006 token does not hold the name itself.",
			"Token 中的频道校验值与 {channel} 不符；006 Token 不含频道名本身。",
		},
		"channel_mismatch.fix": {
			"Make the token for exactly the channel that is joined. RTM tokens have no channel; only RTC and stream channels need one.",
			"为实际加入的频道生成 Token。RTM Token 不含频道；只有 RTC 频道和 Stream Channel 需要。",
		},

		"login_privilege_missing.message": {
			"The token does not hold the login privilege.",
			"Token 没有登录权限。",
		},
		"login_privilege_missing.evidence": {
			"It has the service {service} with the privileges {has}, without {privilege}.",
			"它包含 {service} 服务，权限为 {has}，缺少 {privilege}。",
		},
		"login_privilege_missing.evidence.none": {
			"It holds no privileges at all.",
			"它不含任何权限。",
		},
		"login_privilege_missing.fix": {
			"Use the builder for RTM instead of putting privileges together by hand: it adds the login privilege (1000 in 006, 1 in 007).",
			"使用 RTM 生成器，不要手工组合权限：它会加上登录权限（006 为 1000，007 为 1）。",
		},

		"privilege_missing.message": {
			"The token does not hold the privilege that lets the user in.",
			"Token 没有加入所需的权限。",
		},
		"privilege_missing.evidence": {
			"It has the service {service} with the privileges {has}, without {privilege}.",
			"它包含 {service} 服务，权限为 {has}，缺少 {privilege}。",
		},
		"privilege_missing.fix": {
			"Make the token with the builder of that service instead of putting privileges together by hand.",
			"使用该服务的生成器，不要手工组合权限。",
		},

		"publish_privilege_missing.message": {
			"The token lets its user join, but holds no privilege to publish.",
			"Token 允许加入频道，但没有发布权限。",
		},
		"publish_privilege_missing.evidence": {
			"Its RTC privileges are {has}: it was made for a subscriber. RTC services check publishing only where Agora has switched that on for the project.",
			"RTC 权限为 {has}：它是为订阅者生成的。只有声网为项目开启后，服务端才会校验发布权限。",
		},
		"publish_privilege_missing.fix": {
			"If the user is to publish, make the token for a publisher: rtmauth token new --service rtc --role publisher --channel NAME --uid N",
			"如果用户需要发布，按发布者角色生成 Token：rtmauth token new --service rtc --role publisher --channel NAME --uid N",
		},
	}
}
