import Config
import REST

/// The words after the verb, parsed by the verb's usage.
///
/// `--option value`, `--option=value`; everything after `--` is an operand. No error repeats a value, because it may be
/// a secret in the wrong place.
struct ParsedWords: Sendable {
    private var values: [String: [String]] = [:]
    private(set) var operands: [String] = []
    let usage: Usage

    /// - Throws: for unknown options, with a suggestion, and for missing or surplus words.
    init(_ words: [String], _ usage: Usage) throws(UsageError) {
        self.usage = usage
        var rest = words[...]
        while let word = rest.popFirst() {
            if word == "--" {
                operands += rest
                break
            }
            guard word.hasPrefix("-"), word != "-" else {
                operands.append(word)
                continue
            }
            try take(word, &rest)
        }
        if !wantsHelp { try check() }
    }

    /// Parses a command line that is still being typed, and ignores what makes no sense.
    /// - Parameter open: the option whose value comes next.
    init(unfinished words: [String], _ usage: Usage, open: inout Usage.Option?) {
        self.usage = usage
        open = nil
        var rest = words[...]
        while let word = rest.popFirst() {
            if word == "--" {
                operands += rest
                return
            }
            guard word.hasPrefix("-"), word != "-" else {
                operands.append(word)
                continue
            }
            let option = usage.allOptions.first { $0.isCalled(word) }
            if rest.isEmpty, option?.value != nil { open = option }
            try? take(word, &rest)
        }
    }

    private mutating func take(_ word: String, _ rest: inout ArraySlice<String>) throws(UsageError) {
        let halves = word.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false).map {
            String($0)
        }
        let name = Usage.Option.longName(halves[0])
        guard let option = usage.allOptions.first(where: { $0.name == name }) else { throw unknown(name) }
        guard option.value != nil else {
            guard halves.count == 1 else { throw UsageError("\(name) takes no value") }
            values[name] = []
            return
        }
        var value = halves.count > 1 ? halves[1] : nil
        if value == nil, let next = rest.first, !next.hasPrefix("--") {
            value = next
            rest.removeFirst()
        }
        guard let value else { throw UsageError("\(name) needs a value: \(name) \(option.value ?? "")") }
        if values[name] != nil, !option.isRepeatable { throw UsageError("\(name) is given twice") }
        values[name, default: []].append(value)
    }

    private func unknown(_ name: String) -> UsageError {
        let secrets = ["--key", "--token", "--secret", "--password", "--api-key", "--bearer"]
        if secrets.contains(name) {
            return UsageError(
                "secrets are not taken from the command line, where other users can read them; "
                    + (usage.reach == .adminAPI
                        ? "set \(RemotePlace.tokenName)" : "set MCP_GATEWAY_KEY, or use --key-file FILE")
            )
        }
        if usage.reach == .thisMachine, ["--url", "--context", "--ca"].contains(name) {
            return UsageError(
                "\(name) can't be used here: this works on this machine alone; run it on the server's host"
            )
        }
        let form = String(name.drop { $0 == "-" })
        if AnswerForm(rawValue: form) != nil, usage.hasAnswer {
            return UsageError("there is no option \(name); use -o \(form)")
        }
        let near = nearestName(to: name, in: usage.allOptions.map { $0.name })
        let shown = safe(String(name.prefix(40)))
        return UsageError("there is no option \(shown)\(near.map { "; did you mean \($0)?" } ?? "")")
    }

    private func check() throws(UsageError) {
        let wanted = usage.operands
        if operands.count > wanted.count, wanted.last?.isRepeatable != true {
            let surplus = operands[wanted.count]
            let what = isSecret(surplus) ? "a key, which does not belong here" : quoted(surplus)
            throw UsageError("unexpected argument: \(what)")
        }
        if operands.count < wanted.count, !wanted[operands.count].isOptional {
            throw UsageError("<\(wanted[operands.count].name)> is missing: \(wanted[operands.count].summary)")
        }
        for option in usage.options where option.isRequired && values[option.name] == nil {
            throw UsageError(
                "\(option.name) \(option.value ?? "") is missing: \(option.need?.reason ?? option.summary)",
                lines: option.need?.choices ?? []
            )
        }
    }

    var wantsHelp: Bool { flag(.help) }

    /// The value of an option that is given at most once.
    func option(_ option: Usage.Option) -> String? { given(option)?.last }

    /// The values of an option that may be repeated.
    func options(_ option: Usage.Option) -> [String] { given(option) ?? [] }

    func flag(_ option: Usage.Option) -> Bool { given(option) != nil }

    /// - Precondition: the usage has the option.
    private func given(_ option: Usage.Option) -> [String]? {
        precondition(
            usage.allOptions.contains { $0.name == option.name },
            "\(usage.name) has no option \(option.name)"
        )
        return values[option.name]
    }

    /// All operands from that index on.
    func operands(from index: Int) -> [String] { Array(operands.dropFirst(index)) }

    func operand(_ index: Int) -> String? { operands.indices.contains(index) ? operands[index] : nil }

    /// The operand at that index, which the usage must not call optional.
    func required(_ index: Int) throws(UsageError) -> String {
        guard let word = operand(index) else { throw UsageError("a word is missing") }
        return word
    }
}

/// Whether the text begins like a key or an admin token: then it must not be shown, sent or stored.
func isSecret(_ text: String) -> Bool { text.hasPrefix("mgw_") || text.hasPrefix("mgwa_") }

/// Whether the text contains a whole key or admin token: `mgw_` or `mgwa_`, 8 of a–z and 0–9, `_` and more.
func holdsSecret(_ text: String) -> Bool {
    let bytes = Array(text.utf8)
    for mark in [Array("mgw_".utf8), Array("mgwa_".utf8)] {
        var start = 0
        while start + mark.count + 10 <= bytes.count {
            let prefix = start + mark.count..<start + mark.count + 8
            if bytes[start..<start + mark.count].elementsEqual(mark),
                bytes[prefix].allSatisfy({ $0 &- 0x30 < 10 || $0 &- 0x61 < 26 }),
                bytes[prefix.upperBound] == UInt8(ascii: "_")
            {
                return true
            }
            start += 1
        }
    }
    return false
}
