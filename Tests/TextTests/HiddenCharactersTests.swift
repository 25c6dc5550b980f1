import Testing
import Text

struct HiddenCharactersTests {
    @Test(arguments: [0x2800, 0xFE00, 0xFE0D, 0x1BCA0, 0x1D173, 0x1D17A, 0xE0100] as [UInt32])
    func `what hides in rare blocks is found too`(_ value: UInt32) throws {
        let scalar = try #require(Unicode.Scalar(value))
        #expect(HiddenCharacters.first(in: "a\(Character(scalar))b") == scalar)
    }

    @Test
    func `ordinary text of any script is plain`() {
        #expect(HiddenCharacters.first(in: "Grüße, 天気, مرحبا, नमस्ते, ☀️ 😀\r\n\t") == nil)
    }
}
