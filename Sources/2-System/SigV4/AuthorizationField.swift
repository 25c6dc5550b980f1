/// The parts of an `Authorization: AWS4-HMAC-SHA256 …` field.
struct AuthorizationField: Equatable {
    let accessKeyID: String
    let scope: Scope
    let terminator: String
    /// Lower-case, in the order of the field.
    let signedNames: [String]
    let signature: String

    /// - Throws: the answer that AWS gives to such a field.
    init(parsing value: String) throws(SignatureRefusal) {
        let scheme = value.prefix { $0 != " " }
        guard scheme == algorithm.description else {
            throw .incomplete(
                "Authorization header is not of the form 'AWS4-HMAC-SHA256 Credential=..., ...'."
            )
        }
        var parts: [String: String] = [:]
        for part in value.dropFirst(scheme.count).split(separator: ",") {
            let trimmed = part.drop { $0 == " " }
            guard let equals = trimmed.firstIndex(of: "=") else {
                throw .incomplete(
                    "'\(trimmed)' not a valid key=value pair (missing equal-sign) in Authorization header: '\(value)'."
                )
            }
            parts[String(trimmed[..<equals])] = String(trimmed[trimmed.index(after: equals)...])
        }
        let needed = ["Credential", "Signature", "SignedHeaders"]
        let missing = needed.filter { parts[$0, default: ""].isEmpty }
        guard missing.isEmpty, let credential = parts["Credential"], let signature = parts["Signature"],
            let names = parts["SignedHeaders"]
        else {
            let sentences = missing.map { "Authorization header requires '\($0)' parameter. " }.joined()
            throw .incomplete(sentences + "Authorization=\(value)")
        }
        let elements = credential.split(separator: "/", omittingEmptySubsequences: false).map(String.init)
        guard elements.count >= 5 else {
            throw .incomplete(
                "Credential must have exactly 5 slash-delimited elements, e.g. keyid/date/region/service/term, "
                    + "got '\(credential)'"
            )
        }
        // An access key id may hold slashes; the scope can't.
        accessKeyID = elements.dropLast(4).joined(separator: "/")
        let tail = Array(elements.suffix(4))
        scope = Scope(date: tail[0], region: tail[1], service: tail[2])
        terminator = tail[3]
        signedNames = names.split(separator: ";").map { $0.lowercased() }
        self.signature = signature
    }
}
