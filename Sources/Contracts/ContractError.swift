import Bytes

/// Why a function's answer can't be used, in words for an operator. Holds at most a short, redacted piece of
/// it.
package enum ContractError: Error, Equatable, CustomStringConvertible {
    /// This version doesn't speak the contract.
    case unsupported(Contract)
    /// The answer is not what the contract asks for.
    case badAnswer(String)
    /// The function answered with an error of its own: a status of 400 or more, or a JSON-RPC error.
    case refused(String)
    /// The function raised, exited or timed out.
    case failed(FunctionFailure)

    package var description: String {
        switch self {
        case .unsupported(let contract):
            "the contract \"\(contract.rawValue)\" is not supported yet by this version"
        case .badAnswer(let message), .refused(let message): message
        case .failed(let failure):
            "the function failed\(failure.code.map { " with \($0)" } ?? ""): \(failure.text)"
        }
    }
}

/// The beginning of an answer, for a message: on one line, at most 120 characters, long tokens cut out.
func excerpt(_ bytes: Span<UInt8>, _ range: Range<Int>) -> String {
    let sample = bytes.text(range.lowerBound..<min(range.upperBound, range.lowerBound + 240))
    var result = ""
    var run = ""
    func isToken(_ scalar: Unicode.Scalar) -> Bool {
        scalar.properties.isAlphabetic || scalar.properties.numericType != nil
            || "+/_=-".unicodeScalars.contains(scalar)
    }
    for scalar in sample.unicodeScalars {
        if isToken(scalar) {
            run.unicodeScalars.append(scalar)
            continue
        }
        result += hidden(run)
        run = ""
        result.unicodeScalars.append(isInvisible(scalar) ? "." : scalar)
    }
    result += hidden(run)
    let isCut = result.count > 120 || range.count > 240
    return isCut ? "\(result.prefix(120))…" : result
}

/// A run of 16 or more token characters may be a credential; words that long are rare.
private func hidden(_ run: String) -> String {
    run.unicodeScalars.count >= 16 ? "[…]" : run
}

func isInvisible(_ scalar: Unicode.Scalar) -> Bool {
    switch scalar.properties.generalCategory {
    case .control, .format, .lineSeparator, .paragraphSeparator, .surrogate, .privateUse, .unassigned: true
    default: false
    }
}

/// Text from a function, for people and agents: invisible characters but line ends and tabs dropped, at most
/// 4,000 characters.
func readable(_ text: String) -> String {
    var result = String.UnicodeScalarView()
    var count = 0
    for scalar in text.unicodeScalars where scalar == "\n" || scalar == "\t" || !isInvisible(scalar) {
        result.append(scalar)
        count += 1
        if count == 4000 { return String(result) + "…" }
    }
    return String(result)
}
