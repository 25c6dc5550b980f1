/// A valid target name that is close to a text which isn't one: for `My_Func`, `MyFunc`, `my.func` and the ARN of such
/// a function, `my-func`.
package enum NameSuggestion {
    private static let bytesMax = 50

    /// The suggested name; nil when the text is a valid name already, or nothing of it can be used.
    package static func near(_ text: String) -> String? {
        // Keeps the function's name of an ARN, and the last folder of a path.
        let cut = functionName(text).split(separator: "/").last.map { String($0) } ?? ""
        var words = hyphenated(cut)
        if words.isEmpty { return nil }
        // The gateway reserves these names, even as the result of shortening.
        if words == "gateway" || words == "lambda" { words += "-tools" }
        return words == text ? nil : words
    }

    private static func functionName(_ text: String) -> String {
        let parts = text.split(separator: ":", omittingEmptySubsequences: false)
        guard parts.first == "arn", let place = parts.firstIndex(of: "function"), place + 1 < parts.count
        else {
            return text
        }
        return String(parts[place + 1])
    }

    /// The text in lower case, with a hyphen for each run of other characters and before each capital that begins a
    /// word.
    private static func hyphenated(_ text: String) -> String {
        var out: [UInt8] = []
        let bytes = Array(text.utf8.prefix(256))
        for (index, byte) in bytes.enumerated() {
            guard byte.isLetterOrDigit else {
                if out.last.map({ $0 != hyphen }) ?? false { out.append(hyphen) }
                continue
            }
            if byte.isCapital, index > 0, bytes[index - 1].isLetterOrDigit {
                let isAfterSmall = !bytes[index - 1].isCapital
                let isBeforeSmall = index + 1 < bytes.count && bytes[index + 1].isSmall
                if isAfterSmall || isBeforeSmall { out.append(hyphen) }
            }
            out.append(byte.isCapital ? byte + 32 : byte)
        }
        var kept = out.prefix(bytesMax)
        while kept.last == hyphen { kept.removeLast() }
        return String(decoding: kept, as: UTF8.self)
    }

    private static let hyphen = UInt8(ascii: "-")
}

extension UInt8 {
    fileprivate var isSmall: Bool { UInt8(ascii: "a")...UInt8(ascii: "z") ~= self }
    fileprivate var isCapital: Bool { UInt8(ascii: "A")...UInt8(ascii: "Z") ~= self }
    fileprivate var isLetterOrDigit: Bool {
        isSmall || isCapital || UInt8(ascii: "0")...UInt8(ascii: "9") ~= self
    }
}
