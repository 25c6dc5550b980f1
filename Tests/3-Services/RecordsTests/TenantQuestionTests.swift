@testable import Records
import Testing

@Suite("Questions of tenants")
struct TenantQuestionTests {
    @Test("one tenant has two places, and gets one back with each end")
    func ofOne() {
        let questions = TenantQuestions()
        #expect((0..<3).map { _ in questions.begin(7) } == [true, true, false])
        questions.end(7)
        #expect((0..<2).map { _ in questions.begin(7) } == [true, false])
        // Another tenant's ends give nothing back.
        questions.end(8)
        #expect(!questions.begin(7))
    }

    @Test("all tenants together leave places to operators")
    func ofAll() {
        let questions = TenantQuestions()
        let taken = (0..<64).filter { questions.begin($0) }
        #expect(taken.count == TenantQuestions.tenantsMax)
        questions.end(0)
        #expect(questions.begin(63) && !questions.begin(62))
    }
}
