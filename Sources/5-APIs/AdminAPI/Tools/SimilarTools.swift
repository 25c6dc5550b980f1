import Config
import Store

/// Finds the tools that an unknown name may have meant, by the names that agents and targets use, including refused
/// tools.
struct SimilarTools {
    private struct Candidate {
        /// The name that agents use, or would use.
        let name: String
        /// Why it is refused.
        let refusal: String?
        /// The target's name, and the part of the name after `___`.
        let target: String
        let word: String
    }

    private static let countMax = 3
    private let candidates: [Candidate]

    init(_ tools: [ListedTool]) {
        candidates = tools.flatMap { tool -> [Candidate] in
            let (name, target) = (tool.exposedName, tool.target)
            let word = String(name.dropFirst(target.count + 3))
            switch tool {
            case .served(let record):
                let own = record.alias == nil ? [] : [record.definition.name]
                return ([word] + own).map {
                    Candidate(name: name, refusal: nil, target: target, word: $0)
                }
            case .refused(let record, _):
                return [Candidate(name: name, refusal: record.tool.reason, target: target, word: word)]
            }
        }
    }

    /// At most three similar names, the likeliest first. Linear in the tools.
    func names(like name: String) -> [String] {
        let target = ToolRecord.target(ofExposedName: name)
        let word = target.map { String(name.dropFirst($0.count + 3)) } ?? name
        var offers: [Candidate] = []
        // A name that is both served and refused (because it came twice) is offered once.
        func add(_ more: [Candidate]) {
            for candidate in more where !offers.contains(where: { $0.name == candidate.name }) {
                offers.append(candidate)
            }
        }
        let ofTarget = candidates.filter { $0.target == target }
        add(near(word, ofTarget))
        add(containing(word, ofTarget))
        if ofTarget.isEmpty {
            let targets = Array(Set(candidates.map { $0.target })).sorted()
            let nearest = target.flatMap { nearestName(to: $0, in: targets) }
            add(near(word, candidates.filter { $0.target == nearest }))
        }
        if offers.isEmpty {
            add(near(word, candidates))
            add(containing(word, candidates))
        }
        return offers.prefix(Self.countMax).map { offer in
            offer.refusal.map { "\(offer.name) (refused: \($0))" } ?? offer.name
        }
    }

    /// Compares only the part after `___`: a common target would make any two names seem similar.
    private func near(_ word: String, _ among: [Candidate]) -> [Candidate] {
        nearestNames(to: word, in: among.map { $0.word.lowercased() }, countMax: Self.countMax).map {
            among[$0]
        }
    }

    private func containing(_ word: String, _ among: [Candidate]) -> [Candidate] {
        let word = word.lowercased()
        return word.count < 3 ? [] : among.filter { $0.word.lowercased().contains(word) }
    }
}
