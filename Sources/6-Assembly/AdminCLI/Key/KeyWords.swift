import AdminAPI
import JSON
import REST

/// Prints a new key: the key alone on stdout, so that a script can keep it, and everything about it on stderr.
func showIssuedKey(
    _ text: String,
    _ key: Answer<KeyForm>,
    _ session: Session,
    note: Sentence = ""
) {
    session.answer(key.json, text: "\(safe(text))\n")
    guard session.format == .table else { return }
    let end: Sentence? = key.expiresAtMs.map { ", works until \(moment: $0)" }
    let about: Sentence = "key \(key.prefix) of tenant \(key.tenant)\(end)\(note); it is not shown again\n"
    session.err.write(about.text)
}
