/// Splits a command line into words as a POSIX shell does, without a shell's other features: no variables, no
/// wildcards, no operators.
///
/// Source: POSIX.1-2017, Shell Command Language §2.2; Python's `shlex.split`, which boto3 uses here
enum CommandWords {
    /// `nil` when a quote isn't closed or a backslash stands at the end.
    static func split(_ text: String) -> [String]? {
        var words: [String] = []
        var word: String?
        var quote: Unicode.Scalar?
        var scalars = text.unicodeScalars.makeIterator()
        while let scalar = scalars.next() {
            if let open = quote {
                if scalar == open {
                    quote = nil
                } else if scalar == "\\", open == "\"" {
                    guard let next = scalars.next() else { return nil }
                    // Inside double quotes, a backslash escapes only these two characters.
                    if next != "\"" && next != "\\" { word?.unicodeScalars.append("\\") }
                    word?.unicodeScalars.append(next)
                } else {
                    word?.unicodeScalars.append(scalar)
                }
                continue
            }
            switch scalar {
            case " ", "\t", "\r", "\n":
                if let done = word { words.append(done) }
                word = nil
            case "'", "\"":
                quote = scalar
                word = word ?? ""
            case "\\":
                guard let next = scalars.next() else { return nil }
                word = word ?? ""
                word?.unicodeScalars.append(next)
            default:
                word = word ?? ""
                word?.unicodeScalars.append(scalar)
            }
        }
        guard quote == nil else { return nil }
        if let done = word { words.append(done) }
        return words
    }
}
