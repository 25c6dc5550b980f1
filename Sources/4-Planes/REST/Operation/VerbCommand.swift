package import JSON

/// A verb without its generic types: what the command line needs to parse words, send the request and show the answer.
package struct VerbCommand: Sendable {
    package let path: [String]
    package let summary: String
    package let details: String
    package let example: String
    /// Whether the command makes the store when there is none.
    package let makesStore: Bool
    /// The process that answers the command on the store's machine.
    package let asks: Asked
    /// In the order in which the operation declares them.
    package let words: [Word]
    /// The members by which other commands name the answer, or each of its items.
    package let names: [String]
    /// The member that holds the items, when the answer is a list in pages.
    package let list: String?
    /// Whether the command line has a file of its own for the command; then this only gives its place among the
    /// commands.
    package let isOwn: Bool

    private let place: OperationPlace
    private let noOption: String?
    private let fixed: [String: String]
    /// Whether the exit status gives the answer too.
    package let isVerdict: Bool

    private let isNo: @Sendable (JSONValue) -> Bool
    private let noting: @Sendable (JSONValue) -> String?
    private let showing: @Sendable (JSONValue, [String: [String]]) -> Shown

    init<A, Output>(_ verb: Verb<A, Output>, _ place: OperationPlace) {
        path = verb.path
        summary = verb.summary
        details = verb.details
        example = verb.example
        makesStore = verb.makesStore
        asks = verb.asks
        isOwn = verb.showing == nil
        list = verb.showing?.list
        names = Output.names
        self.place = place
        noOption = verb.noOption
        fixed = verb.fixed
        words = place.arguments.compactMap { argument in
            guard var word = argument.word else { return nil }
            if let offer = verb.offers[argument.name] { word.offer = offer }
            if let need = verb.need, need.argument == argument.name { word.need = need }
            return word
        }
        isVerdict = verb.isNo != nil
        isNo = { answer in verb.isNo?(Answer(answer)) ?? false }
        noting = { verb.showing?.note($0) }
        showing = { verb.showing?.show($0, Given(words: $1)) ?? .details([]) }
    }

    package func show(_ answer: JSONValue, _ words: [String: [String]]) -> Shown {
        showing(answer, named(words))
    }

    /// A note to show beside the answer; nil for none.
    package func note(on answer: JSONValue) -> String? { noting(answer) }

    /// 1 for an answer that means "no", else 0.
    package func exitStatus(of answer: JSONValue) -> Int32 { isNo(answer) ? 1 : 0 }

    /// Whether a word may be given more than once.
    package func isRepeatable(_ word: Word) -> Bool {
        if case .file = word.kind { return false }
        guard case .array = place.arguments.first(where: { $0.word?.name == word.name })?.schema.shape else {
            return false
        }
        return true
    }

    /// The request that these words ask for.
    /// - Parameters:
    ///   - words: [name in the help] → the values; a flag that is given has none.
    ///   - files: [name in the help] → the content of the file that the word names.
    /// - Throws: for a word that doesn't fit its schema.
    package func request(
        _ words: [String: [String]],
        files: [String: JSONValue] = [:]
    ) throws(WordFault) -> APIRequest {
        if let noOption, !words.keys.contains(where: { $0.hasPrefix("--") }) { throw WordFault(noOption) }
        let words = named(words)
        var values = fixed.mapValues { JSONValue.string($0) }
        for argument in place.arguments {
            guard let given = words[argument.name], let word = argument.word else { continue }
            if case .file = word.kind {
                values[argument.name] = files[word.name]
                continue
            }
            values[argument.name] = try argument.schema.value(of: given, word)
        }
        return place.request(values)
    }

    /// The words by the names of their arguments.
    private func named(_ words: [String: [String]]) -> [String: [String]] {
        var named: [String: [String]] = [:]
        for argument in place.arguments {
            if let word = argument.word { named[argument.name] = words[word.name] }
        }
        return named
    }
}

/// The error for a word of the command line that isn't valid there. It doesn't hold the word, which may be a misplaced
/// secret.
package struct WordFault: Error, Equatable {
    package let description: String

    package init(_ description: String) { self.description = description }
}

extension Schema {
    /// The JSON of a value given as words.
    fileprivate func value(of words: [String], _ word: Word) throws(WordFault) -> JSONValue {
        if case .array(let element, _) = shape {
            if words == [""], word.clearsWhenEmpty { return .null }
            var elements: [JSONValue] = []
            for text in words { elements.append(try element.value(of: [text], word)) }
            return .array(elements)
        }
        guard let text = words.last else { return true }
        if text.isEmpty, word.clearsWhenEmpty { return .null }
        if case .map(let element, _) = shape { return try map(of: element, text, word) }
        switch shape {
        case .integer:
            guard let number = Int(text) else { throw fault(word, "a whole number") }
            return .int(number)
        case .boolean:
            guard text == "true" || text == "false" else { throw fault(word, "true or false") }
            return .bool(text == "true")
        case .oneOf(let known) where !word.isLeftToServer:
            guard known.contains(text) else {
                throw fault(word, known.dropLast().joined(separator: ", ") + " or \(known.last ?? "")")
            }
            return .string(text)
        default: return .string(text)
        }
    }

    /// The object for a text such as `live=90,next=10`.
    private func map(of element: Schema, _ text: String, _ word: Word) throws(WordFault) -> JSONValue {
        var object = JSONObject()
        for entry in text.split(separator: ",", omittingEmptySubsequences: false) {
            let parts = entry.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
            guard parts.count == 2, !parts[0].isEmpty, object[String(parts[0])] == nil else {
                throw fault(word, "different names with values, such as a=1,b=2")
            }
            object[String(parts[0])] = try element.value(of: [String(parts[1])], word)
        }
        return .object(object)
    }

    private func fault(_ word: Word, _ wanted: String) -> WordFault {
        switch word.kind {
        case .operand: WordFault("<\(word.name)> is \(word.summary): \(wanted)")
        case .option, .file, .flag: WordFault("\(word.name) takes \(wanted)")
        }
    }
}
