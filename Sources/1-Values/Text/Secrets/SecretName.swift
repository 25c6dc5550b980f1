/// Names of members, fields and variables whose values are secret.
package enum SecretName {
    /// The number of bytes of a name that are examined; the rest is ignored.
    private static let lengthMax = 256

    /// Words, and pairs of words written without the separator between them.
    private static let words: Set<String> = [
        "password", "passwords", "passwd", "pwd", "passphrase", "passcode", "secret", "secrets", "token",
        "tokens",
        "apikey", "apikeys", "authorization", "authkey", "cookie", "cookies", "privatekey", "privkey",
        "accesskey",
        "signingkey", "encryptionkey", "masterkey", "sshkey", "credential", "credentials", "creds", "session",
        "sessions", "sessionid", "bearer", "jwt", "otp", "totp", "cvv", "cvc", "ssn", "connectionstring",
    ]

    /// Whether one of the name's words says that its value is secret: `dbPassword`, `API_KEY`, `x-session-id`. Linear.
    ///
    /// - Parameters:
    ///   - name: UTF-8. Every byte but an ASCII letter separates words.
    ///   - isOfNumber: whether the value is a number: `tokens` is then a count and not a secret.
    package static func isSecret(_ name: Span<UInt8>, isOfNumber: Bool = false) -> Bool {
        var letters: [UInt8] = []
        var starts: [Int] = []
        var before = Letter.none
        let count = min(name.count, lengthMax)
        letters.reserveCapacity(count)
        for index in 0..<count {
            let letter = Letter(name[index])
            defer { before = letter }
            guard letter != .none else { continue }
            // In `APIKey` the second word begins at the last of the capitals.
            let isLastCapital =
                letter == .upper && before == .upper && index + 1 < count && Letter(name[index + 1]) == .lower
            if before == .none || letter == .upper && before == .lower || isLastCapital {
                starts.append(letters.count)
            }
            letters.append(name[index] | 0x20)
        }
        for (index, start) in starts.enumerated() {
            let end = index + 1 < starts.count ? starts[index + 1] : letters.count
            if isKnown(letters[start..<end], isOfNumber) { return true }
            guard index + 1 < starts.count else { break }
            let pairEnd = index + 2 < starts.count ? starts[index + 2] : letters.count
            if isKnown(letters[start..<pairEnd], isOfNumber) { return true }
        }
        return false
    }

    private static func isKnown(_ word: ArraySlice<UInt8>, _ isOfNumber: Bool) -> Bool {
        guard (3...16).contains(word.count) else { return false }
        let text = String(decoding: word, as: UTF8.self)
        return words.contains(text) && !(isOfNumber && text == "tokens")
    }

    private enum Letter {
        case none, lower, upper

        init(_ byte: UInt8) {
            self = byte &- 0x61 < 26 ? .lower : byte &- 0x41 < 26 ? .upper : .none
        }
    }
}
