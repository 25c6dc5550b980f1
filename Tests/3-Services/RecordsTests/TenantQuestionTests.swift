@testable import Records
import Testing

@Suite("Questions of tenants")
struct TenantQuestionTests {
    @Test("one tenant may have two questions at once, and each end allows another one")
    func ofOne() {
        let questions = TenantQuestions()
        #expect((0..<3).map { _ in questions.begin(7) } == [true, true, false])
        questions.end(7)
        #expect((0..<2).map { _ in questions.begin(7) } == [true, false])
        // The end of another tenant's question allows none.
        questions.end(8)
        #expect(!questions.begin(7))
    }

    @Test("all tenants together leave room for operators' questions")
    func ofAll() {
        let questions = TenantQuestions()
        let taken = (0..<64).filter { questions.begin($0) }
        #expect(taken.count == TenantQuestions.tenantsMax)
        questions.end(0)
        #expect(questions.begin(63) && !questions.begin(62))
    }
}
