import JSON
import REST

extension Completion {
    /// The word that a completion script begins with. No command: people don't type it.
    static let verb = "__complete"

    /// How long a server may take to say what it has.
    private static let waitingMax = Duration.milliseconds(1_500)
    private static let itemsMax = 5_000

    /// A line for each candidate; for files a line that says so. What goes wrong is nobody's concern while a command is typed.
    ///
    /// - Parameter words: the shell, and what was typed after the program's name, up to the cursor.
    /// - Returns: 0 always.
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

    /// What the store has, or the server that the words before name.
    private func names(_ items: ItemOffer, _ session: Session) throws -> [Candidate] {
        guard let given else { return [] }
        let session = try session.quiet(waitingMax: Self.waitingMax).with(given)
        // It could ask the person for a passphrase, on the terminal where a command is being typed.
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

    /// Whether it means itself in a command line, even between quotes that the user has opened. Names of refused tools are
    /// whatever their target says: in one such as `a$(rm x)` the shell would find a command.
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

    /// With the signs of patterns, which no shell expands between quotes, and which are quoted elsewhere.
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
