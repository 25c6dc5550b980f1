import JSON

/// The values of `-o`: how an answer is printed.
enum AnswerForm: String, Sendable, CaseIterable {
    /// For people, as wide as the terminal.
    case table
    /// For people: all columns, nothing cut.
    case wide
    /// The names that other commands take, one per line.
    case name
    case json
    /// Each item of a list as one line of JSON.
    case jsonl
    /// For spreadsheets: one line per item of a list.
    case csv

    var isForPeople: Bool { self == .table || self == .wide }
}

extension Usage {
    /// The forms in which the verb's answer can be printed.
    var answerForms: [AnswerForm] {
        guard hasAnswer else { return [] }
        return AnswerForm.allCases.filter { form in
            switch form {
            case .table, .json: true
            case .wide: isTable ?? (list != nil)
            case .name: !names.isEmpty
            case .jsonl: list != nil
            case .csv: !csv.isEmpty
            }
        }
    }

    /// - Throws: for an unknown form, and for a form that the verb's answer doesn't have.
    func answerForm(_ word: String) throws(UsageError) -> AnswerForm {
        let words = answerForms.map { $0.rawValue }
        let known = words.dropLast().joined(separator: ", ") + " or \(words.last ?? "")"
        guard let form = AnswerForm(rawValue: word) else {
            throw UsageError("-o takes \(known), not \(quoted(word))")
        }
        if answerForms.contains(form) { return form }
        let why =
            switch form {
            case .name: "prints nothing that has a name of its own"
            case .wide: "prints no table that could be wider"
            case .csv: "prints nothing for spreadsheets"
            default: "prints one answer, no list"
            }
        throw UsageError("-o \(form.rawValue) is without effect, as `\(name)` \(why); -o takes \(known)")
    }

    /// The answer's items: those of its list, or the answer itself.
    func items(of answer: JSONValue) -> [JSONValue] {
        list.map { answer[$0]?.arrayValue ?? [] } ?? [answer]
    }

    /// The answer for programs, in the requested form.
    func text(of answer: JSONValue, _ form: AnswerForm) -> String {
        switch form {
        case .name:
            items(of: answer).map { item in
                names.map { safe(item[$0].map { $0.stringValue ?? $0.text } ?? "") }.joined(separator: " ")
                    + "\n"
            }.joined()
        case .jsonl: items(of: answer).map { jsonText($0) + "\n" }.joined()
        case .csv: CSV.head(csv) + items(of: answer).map { CSV.row($0, csv) }.joined()
        case .json, .table, .wide: jsonText(answer) + "\n"
        }
    }
}
