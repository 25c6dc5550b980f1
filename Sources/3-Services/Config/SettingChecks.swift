import HTTP

// Grammars of single settings: each returns what is wrong with the text, or nil.

func checkFilled(_ text: String) -> String? { text.isEmpty ? "must not be empty" : nil }

/// A region's name, such as `eu-central-1`.
func checkRegion(_ text: String) -> String? {
    let isName =
        (1...32).contains(text.utf8.count) && text.utf8.contains(UInt8(ascii: "-"))
        && text.utf8.allSatisfy { $0 &- 48 < 10 || $0 &- 97 < 26 || $0 == UInt8(ascii: "-") }
    return isName ? nil : "must be a region such as \"eu-central-1\", not \(brief(text))"
}

/// `http(s)://host[:port][/path]`. A URL that holds a user's name is refused without being shown.
func checkEndpoint(_ text: String) -> String? {
    if text.contains("@") { return "must not hold a user or password" }
    let wanted = "must be a URL such as \"https://lambda.eu-central-1.amazonaws.com\", not \(brief(text))"
    guard let rest = withoutScheme(text) else { return wanted }
    let authority = rest.prefix { $0 != "/" }
    guard isAuthority(authority), !rest.contains("?"), !rest.contains("#"), !rest.contains(" ") else {
        return wanted
    }
    return nil
}

/// An `Origin` as browsers send it: a scheme, a host and perhaps a port. Source: RFC 6454 section 7
func checkOrigin(_ text: String) -> String? {
    guard let rest = withoutScheme(text), isAuthority(rest) else {
        return "must be an origin such as \"https://chat.example.com\", without a path"
    }
    return nil
}

/// Text that models read: at most 4,096 bytes; empty for none.
func checkInstructions(_ text: String) -> String? {
    text.utf8.count <= 4096 ? nil : "has \(text.utf8.count) bytes; 4096 are allowed"
}

/// A `Host` value: a name or address, perhaps with a port.
func checkHost(_ text: String) -> String? {
    isAuthority(text[...])
        ? nil : "must be a host such as \"gateway.example.com\" or \"gateway.example.com:443\""
}

/// An address or a prefix of addresses.
func checkAddressRange(_ text: String) -> String? {
    AddressRange(text) == nil
        ? "must be an address or a prefix such as \"10.0.0.0/8\" or \"2001:db8::/32\"" : nil
}

private func withoutScheme(_ text: String) -> Substring? {
    for scheme in ["https://", "http://"] where text.hasPrefix(scheme) { return text.dropFirst(scheme.count) }
    return nil
}

/// A host, with a port or without: `example.com`, `127.0.0.1:80`, `[::1]:80`, `[::1]`.
private func isAuthority(_ text: Substring) -> Bool {
    ListenAddress(String(text)) != nil || ListenAddress("\(text):0") != nil
}

extension SettingForm where Value == GatewayConfig.Log.Level {
    /// The levels' own words; variables may also use the names of other logging systems, in any case.
    static var logLevel: Self {
        let plain = Self.word
        return Self(
            fromFile: plain.fromFile,
            fromText: { text throws(Refusal) in
                switch text.lowercased() {
                case "trace": .debug
                case "warn": .warning
                case "critical", "fatal": .error
                case let word: try plain.fromText(word)
                }
            },
            show: plain.show
        )
    }
}
