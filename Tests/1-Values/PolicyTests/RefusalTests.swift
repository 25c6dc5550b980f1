import Policy
import Testing

/// Properties of every row of the table of refusals.
struct RefusalTests {
    @Test(arguments: Refusal.allCases)
    func `a guess is counted, audited and answered like every other wrong credential`(_ refusal: Refusal) {
        guard refusal.isGuess else { return }
        #expect(refusal.isCounted && refusal.isAudited)
        #expect(refusal.answer == .invalid)
    }

    @Test func `only reasons that needn't be told apart share a word`() {
        let all = Dictionary(grouping: Refusal.allCases) { $0.word }
        #expect(
            all.filter { $0.value.count > 1 } == [
                "unknown": [.malformed, .unknown],
                "token_unknownKey": [.tokenUnknownKey, .tokenKeysPending],
            ]
        )
    }

    @Test(arguments: Refusal.Answer.allCases)
    func `every answer belongs to a reason, and has a fitting status`(_ answer: Refusal.Answer) {
        #expect(Refusal.allCases.contains { $0.answer == answer })
        #expect([401, 403, 429, 503].contains(answer.status))
    }
}
