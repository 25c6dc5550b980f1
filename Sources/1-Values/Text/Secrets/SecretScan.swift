import Bytes

/// Finds secrets in a text by their form: keys of well-known services, signed tokens, private keys, passwords in URLs,
/// payment cards, and `name=value` with a name that suggests a secret.
///
/// Linear in the text: each rule reads a bounded piece from where it begins, or stops at the first byte that can't
/// belong to it. A secret without a recognizable form, such as a password in a sentence, isn't found.
package struct SecretScan: Sendable {
    /// Whether only the gateway's own keys count.
    private let isOfOwnKeys: Bool
    /// Further names whose values are secret, in lower case.
    private let names: [[UInt8]]

    /// - Parameter names: further names whose values are secret in `name=value` and `name: value`, beside those of
    ///   `SecretName`.
    package init(names: [String] = []) {
        isOfOwnKeys = false
        self.names = names.filter { !$0.isEmpty }.map { $0.utf8.map { asciiLowered($0) } }
    }

    private init(isOfOwnKeys: Bool) {
        self.isOfOwnKeys = isOfOwnKeys
        names = []
    }

    /// Finds keys and admin tokens of a gateway, and nothing else.
    package static let ownKeys = SecretScan(isOfOwnKeys: true)

    /// Whether the text contains a secret.
    /// - Parameter text: UTF-8, without escapes.
    package func finds(in text: Span<UInt8>) -> Bool {
        // The end of the run of token characters that was read last: a token that starts later in that run ends there
        // too.
        var runEnd = 0
        for at in 0..<text.count where isSecret(text, at, &runEnd) { return true }
        return false
    }

    private func isSecret(_ text: Span<UInt8>, _ at: Int, _ runEnd: inout Int) -> Bool {
        let byte = text[at]
        if byte == UInt8(ascii: "m") { return isOwnKey(text, at) }
        guard !isOfOwnKeys else { return false }
        switch byte {
        case UInt8(ascii: "e"): return isSignedToken(text, at, &runEnd)
        case UInt8(ascii: "A"):
            return follows(text, at, "AKIA", 16, isUpperOrDigit)
                || follows(text, at, "ASIA", 16, isUpperOrDigit)
                || follows(text, at, "AIza", 30, isTokenByte)
        case UInt8(ascii: "-"): return begins(text, at, "-----BEGIN ")
        case UInt8(ascii: "B"), UInt8(ascii: "b"): return isAuthorization(text, at)
        case UInt8(ascii: "g"): return isForgeToken(text, at)
        case UInt8(ascii: "x"): return isChatToken(text, at)
        case UInt8(ascii: "s"), UInt8(ascii: "r"): return isServiceKey(text, at)
        case UInt8(ascii: ":"): return isPasswordInURL(text, at) || isNamed(text, at)
        case UInt8(ascii: "="): return isNamed(text, at)
        case UInt8(ascii: "0")...UInt8(ascii: "9"): return isCard(text, at)
        default: return false
        }
    }

    // MARK: the forms

    /// `mgw_3k9x0v2a_…`, `mgwa_…`
    private func isOwnKey(_ text: Span<UInt8>, _ at: Int) -> Bool {
        follows(text, at, "mgw_", 8, isWordByte) || follows(text, at, "mgwa_", 8, isWordByte)
    }

    /// A JSON web token: `eyJ…`, whose first part is the Base64 of `{"…`, a dot, and more. Source: RFC 7519 §3
    private func isSignedToken(_ text: Span<UInt8>, _ at: Int, _ runEnd: inout Int) -> Bool {
        guard begins(text, at, "eyJ") else { return false }
        var end = max(at + 3, runEnd)
        while end < text.count, isTokenByte(text[end]) { end += 1 }
        runEnd = end
        return end - at >= 11 && end + 1 < text.count && text[end] == UInt8(ascii: ".")
            && (isTokenByte(text[end + 1]) || text[end + 1] == UInt8(ascii: "."))
    }

    /// `Bearer …` in any case, and `Basic …` with text that looks like Base64. Source: RFC 6750 §2.1, RFC 7617 §2
    private func isAuthorization(_ text: Span<UInt8>, _ at: Int) -> Bool {
        if isFolded(text, at, "bearer") {
            var start = at + 6
            while start < text.count, start - at < 32, isSpace(text[start]) { start += 1 }
            return start > at + 6 && start < text.count && isTokenByte(text[start])
        }
        guard isFolded(text, at, "basic "), at + 6 < text.count else { return false }
        var (end, hasSign) = (at + 6, false)
        while end < text.count, end - at < 64, isBase64(text[end]) {
            hasSign = hasSign || !isLetter(text[end])
            end += 1
        }
        return end - at - 6 >= 8 && hasSign
    }

    /// GitHub's and GitLab's tokens.
    private func isForgeToken(_ text: Span<UInt8>, _ at: Int) -> Bool {
        if begins(text, at, "github_pat_") { return follows(text, at, "github_pat_", 10, isWordByte) }
        if begins(text, at, "glpat-") { return follows(text, at, "glpat-", 10, isTokenByte) }
        guard at + 4 < text.count, text[at + 1] == UInt8(ascii: "h"), text[at + 3] == UInt8(ascii: "_"),
            [UInt8(ascii: "p"), UInt8(ascii: "o"), UInt8(ascii: "u"), UInt8(ascii: "s"), UInt8(ascii: "r")]
                .contains(text[at + 2])
        else { return false }
        return run(text, at + 4, 10, isWordByte)
    }

    /// Slack's: `xoxb-…`, `xapp-…`.
    private func isChatToken(_ text: Span<UInt8>, _ at: Int) -> Bool {
        if begins(text, at, "xapp-") { return run(text, at + 5, 8, isTokenByte) }
        guard begins(text, at, "xox"), at + 5 < text.count, text[at + 4] == UInt8(ascii: "-"),
            [UInt8(ascii: "a"), UInt8(ascii: "b"), UInt8(ascii: "p"), UInt8(ascii: "r"), UInt8(ascii: "s")]
                .contains(text[at + 3])
        else { return false }
        return run(text, at + 5, 8, isTokenByte)
    }

    /// `sk-…`, as model providers issue it, and Stripe's `sk_live_…`. Inside a word such as `task-…`, it must have a
    /// digit.
    private func isServiceKey(_ text: Span<UInt8>, _ at: Int) -> Bool {
        if at + 3 < text.count, text[at + 1] == UInt8(ascii: "k"), text[at + 2] == UInt8(ascii: "_") {
            return follows(text, at + 3, "live_", 8, isWordByte)
                || follows(text, at + 3, "test_", 8, isWordByte)
        }
        guard begins(text, at, "sk-") else { return false }
        var (end, hasDigit) = (at + 3, false)
        while end < text.count, end - at < 64, isTokenByte(text[end]) {
            hasDigit = hasDigit || isDigit(text[end])
            end += 1
        }
        let isWhole = at == 0 || !isTokenByte(text[at - 1])
        return end - at - 3 >= 16 && (hasDigit || isWhole)
    }

    /// `://user:password@`, or a user alone, which is often a token. Source: RFC 3986 §3.2.1
    private func isPasswordInURL(_ text: Span<UInt8>, _ at: Int) -> Bool {
        guard begins(text, at, "://") else { return false }
        var end = at + 3
        while end < text.count, !isURLEnd(text[end]) {
            if text[end] == UInt8(ascii: "@") { return end > at + 3 }
            end += 1
        }
        return false
    }

    /// `password=…`, `"api_key": …`, `Authorization: …`; `at` is the position of the `:` or `=`.
    private func isNamed(_ text: Span<UInt8>, _ at: Int) -> Bool {
        var next = at + 1
        while next < text.count, next - at < 64, isSpace(text[next]) { next += 1 }
        guard next < text.count else { return false }
        var end = at
        while end > 0, at - end < 16, isSpace(text[end - 1]) || isQuote(text[end - 1]) { end -= 1 }
        var start = end
        while start > 0, end - start < 64, isTokenByte(text[start - 1]) { start -= 1 }
        if start < end, SecretName.isSecret(text.extracting(start..<end)) { return true }
        return names.contains { name in
            guard name.count <= end else { return false }
            return name.indices.allSatisfy { asciiLowered(text[end - name.count + $0]) == name[$0] }
        }
    }

    /// 13 to 19 digits, the first of them 2 to 6, with spaces or hyphens between; the last is a correct check digit.
    /// Source: ISO/IEC 7812-1, annex B
    private func isCard(_ text: Span<UInt8>, _ at: Int) -> Bool {
        guard at == 0 || !isDigit(text[at - 1]), (UInt8(ascii: "2")...UInt8(ascii: "6")).contains(text[at])
        else {
            return false
        }
        // Sums of the digits from here on with every other digit doubled: those at even places, or those at odd places.
        var (even, odd, count) = (0, 0, 0)
        var position = at
        while position < text.count, count < 19 {
            let byte = text[position]
            if !isDigit(byte) {
                guard byte == UInt8(ascii: " ") || byte == UInt8(ascii: "-"), isDigit(text[position - 1])
                else {
                    break
                }
                position += 1
                continue
            }
            let digit = Int(byte - UInt8(ascii: "0"))
            let doubled = digit < 5 ? 2 * digit : 2 * digit - 9
            (even, odd) =
                count.isMultiple(of: 2) ? (even + doubled, odd + digit) : (even + digit, odd + doubled)
            count += 1
            position += 1
            // The last digit isn't doubled.
            let isEnd = position == text.count || !isDigit(text[position])
            if isEnd, count >= 13, (count.isMultiple(of: 2) ? even : odd).isMultiple(of: 10) { return true }
        }
        return false
    }

    // MARK: pieces of text

    private func begins(_ text: Span<UInt8>, _ at: Int, _ mark: StaticString) -> Bool {
        let end = at + mark.utf8CodeUnitCount
        return end <= text.count && text.equals(at..<end, mark)
    }

    private func isFolded(_ text: Span<UInt8>, _ at: Int, _ mark: StaticString) -> Bool {
        let end = at + mark.utf8CodeUnitCount
        return end <= text.count && text.equalsIgnoringCase(at..<end, mark)
    }

    private func follows(
        _ text: Span<UInt8>,
        _ at: Int,
        _ mark: StaticString,
        _ count: Int,
        _ isPart: (UInt8) -> Bool
    ) -> Bool {
        begins(text, at, mark) && run(text, at + mark.utf8CodeUnitCount, count, isPart)
    }

    /// Whether the `count` bytes from `start` on all satisfy `isPart`.
    private func run(_ text: Span<UInt8>, _ start: Int, _ count: Int, _ isPart: (UInt8) -> Bool) -> Bool {
        guard start + count <= text.count else { return false }
        for index in start..<start + count where !isPart(text[index]) { return false }
        return true
    }
}

private func asciiLowered(_ byte: UInt8) -> UInt8 { byte &- 0x41 < 26 ? byte | 0x20 : byte }
private func isDigit(_ byte: UInt8) -> Bool { byte &- 0x30 < 10 }
private func isLetter(_ byte: UInt8) -> Bool { (byte | 0x20) &- 0x61 < 26 }
private func isUpperOrDigit(_ byte: UInt8) -> Bool { isDigit(byte) || byte &- 0x41 < 26 }
private func isWordByte(_ byte: UInt8) -> Bool {
    isDigit(byte) || isLetter(byte) || byte == UInt8(ascii: "_")
}
/// The URL-safe Base64 alphabet. Source: RFC 4648 §5
private func isTokenByte(_ byte: UInt8) -> Bool { isWordByte(byte) || byte == UInt8(ascii: "-") }
private func isBase64(_ byte: UInt8) -> Bool {
    isDigit(byte) || isLetter(byte) || byte == UInt8(ascii: "+") || byte == UInt8(ascii: "/")
        || byte == UInt8(ascii: "=")
}
private func isSpace(_ byte: UInt8) -> Bool { byte == 32 || byte &- 9 < 5 }
private func isQuote(_ byte: UInt8) -> Bool {
    byte == UInt8(ascii: "\"") || byte == UInt8(ascii: "'") || byte == UInt8(ascii: "`")
        || byte == UInt8(ascii: "\\") || byte == UInt8(ascii: "]")
}
private func isURLEnd(_ byte: UInt8) -> Bool {
    byte <= 32 || byte == UInt8(ascii: "/") || byte == UInt8(ascii: "?") || byte == UInt8(ascii: "#")
        || byte == UInt8(ascii: "\"") || byte == UInt8(ascii: "<") || byte == UInt8(ascii: ">")
}
