/// A variable of the function: `--env NAME=value`, or `--env NAME`, whose value is taken from the environment at each
/// run of the function and is written nowhere.
struct FunctionSetting: Sendable {
    let name: String
    /// nil when the value is taken from the environment.
    let value: String?

    private static let secretWords = ["KEY", "TOKEN", "SECRET", "PASSWORD", "PASSWD", "CREDENTIAL"]

    /// - Throws: for a text that isn't a variable; for a value that looks like a secret, as other users can read
    ///   command lines.
    init(_ text: String) throws(UsageError) {
        let halves = text.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false).map {
            String($0)
        }
        name = halves[0]
        value = halves.count == 2 ? halves[1] : nil
        guard (try? #/^[A-Za-z_][A-Za-z0-9_]*$/#.wholeMatch(in: name)) != nil else {
            throw UsageError("--env takes NAME=value, or NAME of a variable that is set")
        }
        guard let value else { return }
        if Self.secretWords.contains(where: { name.uppercased().contains($0) }) || holdsSecret(value) {
            throw UsageError(
                "\(name) looks like a secret, which others could read on the command line: give --env \(name) alone, and "
                    + "set the variable where the gateway is started"
            )
        }
        if value.contains("${") || value.utf8.contains(where: { $0 < 32 || $0 == 127 }) {
            throw UsageError(
                "the value of \(name) holds ${ or a control character; write it into target.toml"
            )
        }
    }
}
