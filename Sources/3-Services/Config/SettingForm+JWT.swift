import JOSE
import Policy
import TOML

extension SettingForm where Value == [GatewayConfig.JWT.Issuer] {
    /// An array of URLs or of tables with `url`, `jwks_uri` and `tenant`; only URLs in the environment.
    static var issuers: Self {
        Self(
            fromFile: { value throws(Refusal) in
                guard case .array(let elements) = value.content else {
                    throw Refusal("must be an array of URLs or of tables, not \(value.kindInWords)")
                }
                var issuers: [GatewayConfig.JWT.Issuer] = []
                for (index, element) in elements.enumerated() {
                    let place = "entry \(index + 1)"
                    switch element.content {
                    case .string(let url): issuers.append(.init(url: url))
                    case .table(let table): issuers.append(try issuer(table, place))
                    default: throw Refusal("\(place) must be a URL or a table, not \(element.kindInWords)")
                    }
                }
                return try checked(issuers)
            },
            fromText: { text throws(Refusal) in
                let urls = text.split(separator: ",").map { trimmed($0) }.filter { !$0.isEmpty }
                return try checked(urls.map { .init(url: $0) })
            },
            show: { issuers in
                let texts = issuers.map { issuer in
                    guard issuer.jwksURI != nil || issuer.tenant != nil else { return tomlString(issuer.url) }
                    let members = [
                        ("url", issuer.url), ("jwks_uri", issuer.jwksURI), ("tenant", issuer.tenant),
                    ]
                    .compactMap { name, value in value.map { "\(name) = \(tomlString($0))" } }
                    return "{ \(members.joined(separator: ", ")) }"
                }
                return "[\(texts.joined(separator: ", "))]"
            }
        )
    }

    private static func issuer(_ table: TOMLTable, _ place: String) throws(Refusal)
        -> GatewayConfig.JWT.Issuer
    {
        var texts: [String: String] = [:]
        let known = ["url", "jwks_uri", "tenant"]
        for member in table.members {
            guard known.contains(member.key) else {
                let hint = nearestName(to: member.key, in: known).map { "; did you mean \"\($0)\"?" }
                throw Refusal(
                    "\(place): unknown key \(brief(member.key))\(hint ?? "; there are \(known.joined(separator: ", "))")"
                )
            }
            do throws(Refusal) {
                texts[member.key] = try SettingForm<String>.string(checkFilled).fromFile(member.value)
            } catch {
                throw Refusal("\(place), \(member.key), \(error.message)")
            }
        }
        guard let url = texts["url"] else { throw Refusal("\(place) has no url") }
        return .init(url: url, jwksURI: texts["jwks_uri"], tenant: texts["tenant"])
    }

    private static func checked(_ issuers: [GatewayConfig.JWT.Issuer]) throws(Refusal)
        -> [GatewayConfig.JWT.Issuer]
    {
        guard issuers.count <= 32 else { throw Refusal("must name at most 32 issuers, not \(issuers.count)") }
        for (index, issuer) in issuers.enumerated() {
            // A URL that may hold a password is not shown.
            let shown = issuer.url.contains("@") ? "" : ", \(brief(issuer.url)),"
            let place = "entry \(index + 1)\(shown)"
            if let fault = checkSecureURL(issuer.url) { throw Refusal("\(place) \(fault)") }
            if issuer.url.contains("?") { throw Refusal("\(place) must not have a query") }
            if let fault = issuer.jwksURI.flatMap({ checkSecureURL($0) }) {
                throw Refusal("\(place) jwks_uri \(fault)")
            }
            if issuers[..<index].contains(where: { $0.url == issuer.url }) {
                throw Refusal("holds \(brief(issuer.url)) twice")
            }
        }
        return issuers
    }
}

extension SettingForm where Value == [SignatureAlgorithm] {
    /// An array of algorithms, at least one. `none` and HS256 are not among the names.
    static var algorithms: Self {
        let names = SettingForm<[String]>.list { name in
            if SignatureAlgorithm(rawValue: name) != nil { return nil }
            let words = SignatureAlgorithm.allCases.map { $0.rawValue }.joined(separator: ", ")
            return "is not allowed; there are \(words)"
        }
        let read: @Sendable ([String]) throws(Refusal) -> [SignatureAlgorithm] = { names throws(Refusal) in
            let algorithms = names.compactMap { SignatureAlgorithm(rawValue: $0) }
            guard !algorithms.isEmpty else { throw Refusal("must name at least one algorithm") }
            return algorithms
        }
        return Self(
            fromFile: { value throws(Refusal) in try read(names.fromFile(value)) },
            fromText: { text throws(Refusal) in try read(names.fromText(text)) },
            show: { names.show($0.map { $0.rawValue }) }
        )
    }
}

extension SettingForm where Value == [String: String] {
    /// A table of strings. Can't be set from the environment.
    static var names: Self {
        Self(
            fromFile: { value throws(Refusal) in
                guard case .table(let table) = value.content else {
                    throw Refusal("must be a table of names, not \(value.kindInWords)")
                }
                var names: [String: String] = [:]
                for member in table.members {
                    do throws(Refusal) {
                        names[member.key] = try SettingForm<String>.string(checkFilled).fromFile(member.value)
                    } catch {
                        throw Refusal("\(brief(member.key)) \(error.message)")
                    }
                }
                return names
            },
            fromText: { _ throws(Refusal) in throw Refusal("can't be set from the environment") },
            show: { names in
                let texts = names.sorted { $0.key < $1.key }.map {
                    "\(tomlString($0.key)) = \(tomlString($0.value))"
                }
                return texts.isEmpty ? "{}" : "{ \(texts.joined(separator: ", ")) }"
            }
        )
    }
}

extension SettingForm where Value == [GatewayConfig.JWT.Scope] {
    /// A table: scope → array of name patterns. Can't be set from the environment.
    static var scopes: Self {
        Self(
            fromFile: { value throws(Refusal) in
                guard case .table(let table) = value.content else {
                    throw Refusal("must be a table of scopes and their patterns, not \(value.kindInWords)")
                }
                var scopes: [GatewayConfig.JWT.Scope] = []
                for member in table.members {
                    let place = brief(member.key)
                    if let fault = checkScope(member.key) { throw Refusal("\(place) \(fault)") }
                    let patterns: [String]
                    do throws(Refusal) {
                        patterns = try SettingForm<[String]>.list(checkPattern).fromFile(member.value)
                    } catch {
                        throw Refusal("\(place) \(error.message)")
                    }
                    scopes.append(.init(name: member.key, patterns: patterns))
                }
                return scopes
            },
            fromText: { _ throws(Refusal) in throw Refusal("can't be set from the environment") },
            show: { scopes in
                let texts = scopes.map {
                    "\(tomlString($0.name)) = \(SettingForm<[String]>.list(checkPattern).show($0.patterns))"
                }
                return texts.isEmpty ? "{}" : "{ \(texts.joined(separator: ", ")) }"
            }
        )
    }
}

/// `https://…`, or `http://…` on this machine. A URL with a user name is refused without being shown.
func checkSecureURL(_ text: String) -> String? {
    let plain = text.prefix { $0 != "?" }
    if let fault = checkEndpoint(String(plain)) { return fault }
    guard !text.contains("#"), !text.contains(" ") else { return "must not have a fragment or a space" }
    guard text.hasPrefix("http://") else { return nil }
    var host = text.dropFirst("http://".count).prefix { $0 != "/" && $0 != "?" }
    if !host.hasSuffix("]"), let colon = host.lastIndex(of: ":") { host = host[..<colon] }
    let isLoopback = host == "localhost" || host == "[::1]" || ListenAddress("\(host):0")?.isLoopback == true
    return isLoopback ? nil : "must be https, as tokens are judged by what is fetched there"
}

/// The URL that agents use, without a query, a fragment or a trailing slash. Source: RFC 9728 §1.2, RFC 8707 §2
func checkResource(_ text: String) -> String? {
    if let fault = checkEndpoint(text) { return fault }
    return text.hasSuffix("/") ? "must not end with a slash" : nil
}

/// Names of claims separated by dots, such as `org.id`.
func checkClaim(_ text: String) -> String? {
    let names = text.split(separator: ".", omittingEmptySubsequences: false)
    let isPath = names.count <= 8 && names.allSatisfy { !$0.isEmpty } && text.utf8.count <= 256
    return isPath ? nil : "must be a claim's name, or names with dots between such as \"org.id\""
}

/// Source: RFC 6749 §3.3
func checkScope(_ text: String) -> String? {
    let isToken =
        !text.isEmpty && text.utf8.count <= 128
        && text.utf8.allSatisfy {
            $0 > 0x20 && $0 < 0x7F && $0 != UInt8(ascii: "\"") && $0 != UInt8(ascii: "\\")
        }
    return isToken
        ? nil : "must be a scope: 1 to 128 printable characters without spaces, quotes and backslashes"
}

private func checkPattern(_ text: String) -> String? {
    NamePattern(text) == nil
        ? "must be a pattern of 1 to \(NamePattern.bytesMax) printable characters, as \"prometheus___*\""
        : nil
}
