import Crypto
import Testing

struct CryptoTests {
    @Test(arguments: [
        ("", "", true), ("a", "a", true), ("a", "b", false), ("a", "", false), ("", "a", false),
        ("secret", "secret", true), ("secret", "secreT", false), ("secret", "secrets", false),
    ])
    func `two texts are equal only if all their bytes are`(_ left: String, _ right: String, _ isSame: Bool) {
        let answer = constantTimeEquals(left.utf8.span, right.utf8.span)
        #expect(answer == isSame)
        #expect(constantTimeEquals(left, right) == isSame)
    }

    @Test func `random bytes have the requested length and differ each time`() {
        #expect(randomBytes(0).isEmpty)
        #expect(randomBytes(1).count == 1)
        #expect(Set((0..<100).map { _ in randomBytes(16) }).count == 100)
        let many = randomBytes(100_000)
        #expect(Set(many).count == 256)
    }
}
