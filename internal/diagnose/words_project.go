package diagnose

// wordsOfProject are about App IDs, certificates and signatures.
func wordsOfProject() map[string]text {
	return map[string]text{
		"placeholder_left.message": {
			"A placeholder of a guide was not replaced.",
			"示例中的占位符没有替换。",
		},
		"placeholder_left.evidence": {
			"{placeholder} stands where a real value belongs.",
			"应填真实值的地方是 {placeholder}。",
		},
		"placeholder_left.evidence.token": {
			"The token is {placeholder}.",
			"Token 是 {placeholder}。",
		},
		"placeholder_left.evidence.app_id": {
			"The App ID given is {placeholder}.",
			"传入的 App ID 是 {placeholder}。",
		},
		"placeholder_left.evidence.app_id_in_token": {
			"The token was made for the App ID {placeholder}.",
			"Token 是用 App ID {placeholder} 生成的。",
		},
		"placeholder_left.evidence.user_in_token": {
			"The token was made for the user {placeholder}.",
			"Token 是为用户 {placeholder} 生成的。",
		},
		"placeholder_left.evidence.user": {
			"The user ID is {placeholder}.",
			"用户 ID 是 {placeholder}。",
		},
		"placeholder_left.evidence.channel": {
			"The channel is {placeholder}.",
			"频道是 {placeholder}。",
		},
		"placeholder_left.evidence.certificate": {
			"The App certificate given is still a placeholder.",
			"传入的 App 证书仍是占位符。",
		},
		"placeholder_left.evidence.signed": {
			"The token is signed with {placeholder} in the place of the App certificate.",
			"Token 的签名所用的不是 App 证书，而是 {placeholder}。",
		},
		"placeholder_left.fix": {
			"Put in the value of your project from the Agora Console, then make a new token.",
			"填入声网控制台中你的项目的真实值，然后重新生成 Token。",
		},

		"app_id_mismatch.message": {
			"The token is for another App ID than the client uses.",
			"Token 的 App ID 与客户端使用的 App ID 不同。",
		},
		"app_id_mismatch.evidence": {
			"Token: {token}; expected: {app_id}.",
			"Token 中是 {token}；应为 {app_id}。",
		},
		"app_id_mismatch.evidence.case": {
			"Token: {token}; expected: {app_id}. They differ only in upper and lower case.",
			"Token 中是 {token}；应为 {app_id}。两者只有大小写不同。",
		},
		"app_id_mismatch.evidence.around": {
			"Token: {token}; expected: {app_id}, with spaces or quotation marks around it.",
			"Token 中是 {token}；应为 {app_id}，后者前后多了空格或引号。",
		},
		"app_id_mismatch.fix": {
			"Use one and the same App ID in the token server and in the client, copied from the Agora Console.",
			"Token 服务器和客户端使用同一个 App ID，从声网控制台复制。",
		},

		"signed_by_other_project.message": {
			"The token was not made with the certificate of the expected project.",
			"Token 不是用该项目的证书生成的。",
		},
		"signed_by_other_project.evidence": {
			"It says App ID {token}, and no certificate of {app_id} has signed it.",
			"它的 App ID 是 {token}，而 {app_id} 的证书都没有签过它。",
		},
		"signed_by_other_project.evidence.mixed": {
			"It says App ID {token}, but a certificate of {app_id} has signed it.",
			"它的 App ID 是 {token}，但签名所用的是 {app_id} 的证书。",
		},
		"signed_by_other_project.fix": {
			"Give the token server the App ID and the App certificate of the same project, the one that the client uses.",
			"让 Token 服务器使用同一个项目（即客户端所用项目）的 App ID 和 App 证书。",
		},

		"project_without_certificate.message": {
			"There is no App certificate where a token needs one.",
			"需要 App 证书的地方没有证书。",
		},
		"project_without_certificate.evidence": {
			"The App certificate given is empty.",
			"传入的 App 证书为空。",
		},
		"project_without_certificate.evidence.empty": {
			"The App certificate given is empty.",
			"传入的 App 证书为空。",
		},
		"project_without_certificate.evidence.signed": {
			"The token is signed with an empty certificate.",
			"Token 是用空证书签名的。",
		},
		"project_without_certificate.evidence.code120": {
			"RTC code 120 says that the project does not use tokens while the client passes one.",
			"RTC 错误码 120 表示项目未启用 Token，而客户端传入了 Token。",
		},
		"project_without_certificate.fix": {
			"Enable the primary certificate of the project in the Agora Console (it takes effect after about an hour) and give it to the token server; or, for a project without one, log in without a token.",
			"在声网控制台为项目启用主要证书（约一小时后生效）并配置到 Token 服务器；若项目确实不用证书，则登录时不传 Token。",
		},

		"certificate_malformed.message": {
			"The App certificate is not as the Agora Console shows it.",
			"App 证书与声网控制台显示的不一致。",
		},
		"certificate_malformed.evidence": {
			"A certificate is 32 hexadecimal characters.",
			"证书是 32 位十六进制字符。",
		},
		"certificate_malformed.evidence.length": {
			"The {which} certificate given has {length} characters; a certificate has 32.",
			"传入的{which}证书有 {length} 个字符；证书应为 32 个字符。",
		},
		"certificate_malformed.evidence.hex": {
			"The {which} certificate given holds characters other than 0-9 and a-f.",
			"传入的{which}证书含有 0-9、a-f 以外的字符。",
		},
		"certificate_malformed.evidence.around": {
			"The {which} certificate given has spaces, line breaks or quotation marks around it.",
			"传入的{which}证书前后有空格、换行或引号。",
		},
		"certificate_malformed.evidence.signed_around": {
			"The token is signed with the {which} certificate and a space, line break or quotation marks around it.",
			"Token 的签名用的是带有空格、换行或引号的{which}证书。",
		},
		"certificate_malformed.evidence.signed_case": {
			"The token is signed with the {which} certificate in other upper and lower case.",
			"Token 的签名用的是大小写不同的{which}证书。",
		},
		"certificate_malformed.fix": {
			"Copy the certificate from the Agora Console again, all 32 characters and nothing else, as it is written there, and make a new token.",
			"从声网控制台重新复制证书：正好 32 个字符，大小写原样，不含其他字符，然后重新生成 Token。",
		},

		"certificate_is_app_id.message": {
			"The App ID was used as the App certificate.",
			"把 App ID 当作 App 证书使用了。",
		},
		"certificate_is_app_id.evidence": {
			"Both are the same text.",
			"两者是同一段文本。",
		},
		"certificate_is_app_id.evidence.given": {
			"The {which} certificate given is the App ID.",
			"传入的{which}证书就是 App ID。",
		},
		"certificate_is_app_id.evidence.signed": {
			"The token's signature was made with the App ID.",
			"Token 的签名是用 App ID 生成的。",
		},
		"certificate_is_app_id.fix": {
			"The Agora Console shows the certificate beside the App ID, hidden behind an eye: give that one to the token server.",
			"在声网控制台中，证书显示在 App ID 旁边，点击眼睛图标查看：把它配置到 Token 服务器。",
		},

		"signed_by_old_certificate.message": {
			"The token is signed with a certificate that the project no longer has.",
			"Token 是用项目已不再使用的旧证书签名的。",
		},
		"signed_by_old_certificate.evidence": {
			"The {which} of the old certificates given fits the signature; none of the present ones does.",
			"签名与传入的{which}旧证书相符，与现有证书都不符。",
		},
		"signed_by_old_certificate.fix": {
			"Give the token server the present certificate and restart or reload it; tokens of a deleted certificate cannot be saved, so let clients fetch new ones.",
			"为 Token 服务器配置现有证书并重启或重新加载；已删除证书签发的 Token 无法恢复，让客户端获取新的。",
		},

		"signature_mismatch.message": {
			"The token's signature does not fit the project's certificate.",
			"Token 的签名与项目证书不符。",
		},
		"signature_mismatch.evidence": {
			"None of the certificates given ({count}) has made this signature over what the token holds.",
			"传入的证书（{count} 个）都不能得到该 Token 内容的签名。",
		},
		"signature_mismatch.fix": {
			"Compare the App certificate in the token server with the Agora Console: it may belong to another project, be an earlier one, or lack a character. If it is right, the token was altered after it was made.",
			"把 Token 服务器中的 App 证书与声网控制台对照：可能属于其他项目、是旧证书，或少了字符。若证书正确，则 Token 在生成后被改动过。",
		},

		"signed_by_secondary.message": {
			"The token is signed with the secondary certificate.",
			"Token 是用次要证书签名的。",
		},
		"signed_by_secondary.evidence": {
			"The secondary certificate fits the signature, the primary one does not. Both are valid as long as the project has them.",
			"签名与次要证书相符，与主要证书不符。只要项目仍保留，两个证书都有效。",
		},
		"signed_by_secondary.fix": {
			"Nothing has to be done for logging in. Before this certificate is deleted, have the token server sign with the other one; do not use it for REST calls.",
			"登录无需处理。删除该证书之前，先让 Token 服务器改用另一个证书签名；次要证书不能用于 REST 调用。",
		},
	}
}
