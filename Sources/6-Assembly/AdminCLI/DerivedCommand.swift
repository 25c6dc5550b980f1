import AdminAPI
import JSON
import REST
import Store
import System

/// A command derived from an operation of the admin API: its words become the request, and the answer is shown.
struct DerivedCommand: RunnableCommand {
    private let verb: VerbCommand
    private let words: [String: [String]]
    /// Whether the exit status is the whole answer.
    private let isQuiet: Bool

    /// - Throws: `UsageError` for a word that the operation doesn't accept.
    init(_ verb: VerbCommand, _ words: ParsedWords) throws(UsageError) {
        self.verb = verb
        self.words = words.given(verb.words)
        isQuiet = verb.isVerdict && words.flag(.quiet)
        _ = try request()
    }

    private func request(files: [String: JSONValue] = [:]) throws(UsageError) -> APIRequest {
        do throws(WordFault) { return try verb.request(words, files: files) } catch {
            throw UsageError(error.description)
        }
    }

    func run(_ session: Session) throws -> Int32 {
        let answer = try ask(session)
        if !isQuiet { show(answer, session) }
        return verb.exitStatus(of: answer)
    }

    private func show(_ answer: JSONValue, _ session: Session) {
        if let note = verb.note(on: answer) { session.err.write("note: \(safe(note))\n") }
        switch verb.show(answer, words) {
        case .done(let sentence):
            session.answer(answer, done: sentence, isDryRun: words["--dry-run"] != nil)
        case .details(let rows):
            session.answer(
                answer,
                text: details(
                    rows.map { ($0.title, $0.cell) },
                    nowMs: session.nowMs(),
                    style: session.out.style
                )
            )
        case .table(let headings, let rows, let hint):
            let table = Table(headings: headings, rows: rows, nowMs: session.nowMs())
            session.answer(answer, table, ifEmpty: hint)
        }
    }

    private func ask(_ session: Session) throws -> JSONValue {
        var files: [String: JSONValue] = [:]
        for case (let name, .file) in verb.words.map({ ($0.name, $0.kind) }) {
            guard let file = words[name]?.last else { continue }
            files[name] = file.isEmpty ? .null : try jsonFile(file, of: name)
        }
        let (request, list) = (try request(files: files), verb.list)
        do {
            return try asking(request, list, session)
        } catch let words as RefusedWords where words.concern(files.keys.map { $0 }) {
            throw CommandFailure(words.description)
        }
    }

    private func asking(_ request: APIRequest, _ list: String?, _ session: Session) throws -> JSONValue {
        try session.withAdmin(verb.makesStore ? .creating : .existing, via: verb.asks) { admin in
            guard let list else { return try await admin.ask(request) }
            if session.form == .jsonl {
                // Readers of lines take them one by one, so each page is printed as it comes.
                try await admin.askPages(list, request) { page in
                    session.answer(.object(JSONObject([(list, .array(page))])), text: "")
                    return !session.out.isBroken
                }
                return .object(JSONObject([(list, .array([]))]))
            }
            return .object(JSONObject([(list, .array(try await admin.askAll(list, request)))]))
        }
    }
}

/// The JSON of a file that an option names.
private func jsonFile(_ file: String, of option: String) throws -> JSONValue {
    let bytes: [UInt8]
    do throws(FileError) {
        bytes = try Files.read(file, bytesMax: 4 << 20)
    } catch {
        throw CommandFailure("the file of \(option) can't be read: \(error)")
    }
    do throws(JSONError) {
        // Editors on Windows put a byte-order mark at the start. Source: RFC 8259 §8.1
        let start = bytes.starts(with: [0xEF, 0xBB, 0xBF]) ? 3 : 0
        return try JSONValue(parsing: bytes.span, in: start..<bytes.count)
    } catch {
        throw CommandFailure("the file of \(option), \(file), is not JSON: \(error.description)")
    }
}

extension Usage {
    init(_ verb: VerbCommand) {
        self.init(
            path: verb.path,
            summary: verb.summary,
            operands: verb.words.filter { $0.kind == .operand }.map {
                Operand(name: $0.name, summary: $0.summary, isOptional: !$0.isRequired, offer: $0.offer)
            },
            options: verb.words.filter { $0.kind != .operand }.map { word in
                Option(word, isRepeatable: verb.isRepeatable(word))
            } + (verb.isVerdict ? [.quiet] : []),
            details: verb.details,
            example: verb.example,
            list: verb.list,
            names: verb.names
        )
    }
}

extension Usage.Option {
    fileprivate init(_ word: Word, isRepeatable: Bool) {
        let value: String? =
            switch word.kind {
            case .option(let value), .file(let value): value
            case .operand, .flag: nil
            }
        self.init(
            name: word.name,
            value: value,
            summary: word.summary,
            isRepeatable: isRepeatable,
            isRequired: word.isRequired || word.need != nil,
            need: word.need,
            offer: word.offer
        )
    }
}

extension ParsedWords {
    /// The values given for these words, by name; an empty list for a flag.
    fileprivate func given(_ words: [Word]) -> [String: [String]] {
        var given: [String: [String]] = [:]
        for (index, word) in words.filter({ $0.kind == .operand }).enumerated() {
            given[word.name] = operand(index).map { [$0] }
        }
        for word in words where word.kind != .operand {
            let option = Usage.Option(word, isRepeatable: false)
            given[word.name] = flag(option) ? options(option) : nil
        }
        return given
    }
}

extension Sentence {
    /// The sentence's text, safe to show.
    var text: String {
        parts.map { part in
            switch part {
            case .words(let words): words
            case .value(let text): safe(text)
            case .moment(let milliseconds): timeText(milliseconds) ?? ""
            }
        }.joined()
    }
}

extension Table {
    /// - Parameter nowMs: milliseconds since 1970, the end of ages such as `5m ago`.
    init(headings: [Heading], rows: [[Cell]], nowMs: Int64) {
        self.init(headings: headings)
        for row in rows { add(cells: row, nowMs: nowMs) }
    }

    /// Makes one row per answer.
    init<F>(_ columns: [Column<F>], _ answers: [Answer<F>], nowMs: Int64) {
        self.init(
            headings: columns.map { $0.heading },
            rows: answers.map { answer in columns.map { $0.cell(answer) } },
            nowMs: nowMs
        )
    }
}

extension Cell {
    /// The text for tables and details, which make it safe to show.
    func text(nowMs: Int64) -> String? {
        switch self {
        case .nothing: nil
        case .text(let text), .state(_, let text), .prose(let text): text
        case .moment(let milliseconds): timeText(milliseconds)
        case .age(let milliseconds): ageText(milliseconds, nowMs: nowMs)
        }
    }

    var tone: Tone {
        switch self {
        case .state(let tone, _): tone
        case .nothing, .text, .moment, .age, .prose: .plain
        }
    }
}
