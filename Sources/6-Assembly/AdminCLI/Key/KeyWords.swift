import JSON

/// Prints a new key: alone on stdout, so that a script can keep it, and all about it on stderr.
func showIssuedKey(_ key: JSONValue, _ session: Session, note: String = "") {
    session.answer(key, text: "\(key.word("key"))\n")
    guard session.format == .table else { return }
    let end = key.moment("expiresAtMs").map { ", works until \($0)" } ?? ""
    session.err.write(
        "key \(key.word("prefix")) of tenant \(key.word("tenant"))\(end)\(note); it is not shown again\n"
    )
}
