import JSON
import REST

extension Completion {
    /// The word with which completion scripts call the program. It isn't listed as a command, as nobody types it.
    static let verb = "__complete"

    /// How long a server may take to answer with its names.
    private static let waitingMax = Duration.milliseconds(1_500)
    private static let itemsMax = 5_000

    /// Prints one line per candidate, or a line that makes the shell offer files. Prints no errors, because the user is
    /// typing.
    ///
    /// - Parameter words: the shell, and what was typed after the program's name, up to the cursor.
    /// - Returns: always 0.
    static func run(_ words: [String], _ session: Session) -> Int32 {
        guard let shell = words.first.flatMap({ Shell(rawValue: $0) }) else { return 0 }
        let typed = shell.words(Array(words.dropFirst()))
        let word = typed.last ?? ""
        let completion = Completion(typed)
        let candidates: [Candidate]
        switch completion.answer {
        case .files:
            session.out.write(shell.filesLine + "\n")
            return 0
        case .candidates(let all): candidates = all
        case .servers: candidates = servers(session)
        case .items(let items, let prefix):
            candidates = ((try? completion.names(items, session)) ?? []).map {
                Candidate(text: prefix + $0.text, about: $0.about)
            }
        }
        let lines = candidates.filter { $0.text.hasPrefix(word) }.map { shell.line($0, word: word) }
        session.out.write(lines.map { $0 + "\n" }.joined())
        return 0
    }

    private static func servers(_ session: Session) -> [Candidate] {
        let contexts = (try? ContextFile.load(session.environment))?.contexts ?? []
        return [Candidate(text: ServerContext.here, about: "this machine")]
            + contexts.map { Candidate(text: $0.name, about: $0.url ?? $0.agentsURL ?? "") }
    }

    /// The names in the store, or in the server that the words before choose.
    private func names(_ items: ItemOffer, _ session: Session) throws -> [Candidate] {
        guard let given else { return [] }
        let session = try session.quiet(waitingMax: Self.waitingMax).with(given)
        // Its program could ask for a passphrase, on the terminal where the command is being typed.
        if case .command = session.server?.context?.token { return [] }
        let found = try session.withAdmin { admin in
            try await admin.askAll(items.list, items.request, countMax: Self.itemsMax)
        }
        let kept = found.filter { item in
            items.conditions.allSatisfy { condition in
                let value: String? =
                    switch condition.value {
                    case .word(let word): word
                    case .operand(let index): given.operand(index)
                    }
                return value == nil || item.text(of: condition.member) == value
            }
        }
        return kept.compactMap { item in
            guard let name = item.text(of: items.name), Self.isPlain(name) else { return nil }
            let about = items.about.compactMap { item.text(of: $0) }.joined(separator: " ")
            return Candidate(text: name, about: about)
        }
    }

    /// Whether a shell takes the name literally, even inside quotes that the user has opened. The names of refused
    /// tools come unchecked from their targets: in one such as `a$(rm x)` the shell would run a command.
    static func isPlain(_ name: String) -> Bool {
        !name.isEmpty && !isSecret(name)
            && name.utf8.allSatisfy { byte in
                switch byte {
                case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
                    UInt8(ascii: "0")...UInt8(ascii: "9"):
                    true
                default: plainSigns.contains(byte)
                }
            }
    }

    /// Including the signs of patterns, which shells don't expand inside quotes; outside quotes the script quotes them.
    private static let plainSigns = [UInt8]("_.@:/+-*?".utf8)
}

extension JSONValue {
    fileprivate func text(of member: String) -> String? {
        switch self[member] {
        case .string(let text): text
        case .number(let spelling): spelling
        default: nil
        }
    }
}
