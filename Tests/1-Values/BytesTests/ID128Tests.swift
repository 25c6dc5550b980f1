import Bytes
import Testing

@Suite("A 128-bit identifier")
struct ID128Tests {
    @Test("is read from a UUID's text and written as it was, in lower case")
    func uuid() throws {
        let text = "01978F2A-7c31-7abc-8def-0123456789ab"
        let bytes = Array(text.utf8)
        let parsed = ID128(uuid: bytes.span)
        let id = try #require(parsed)
        #expect(id.uuid == text.lowercased())
        #expect(id.hex == text.lowercased().replacing("-", with: ""))
    }

    @Test("is read from 32 digits")
    func hex() throws {
        let bytes = Array("4bf92f3577b34da6a3ce929d0e0e4736".utf8)
        let parsed = ID128(hex: bytes.span)
        let id = try #require(parsed)
        #expect(id == ID128(high: 0x4bf9_2f35_77b3_4da6, low: 0xa3ce_929d_0e0e_4736))
        #expect(!id.isNone)
    }

    @Test(
        "is nothing else",
        arguments: [
            "", "4bf92f3577b34da6a3ce929d0e0e473", "4bf92f3577b34da6a3ce929d0e0e473g",
            "01978f2a_7c31-7abc-8def-0123456789ab", "01978f2a-7c317-abc-8def-0123456789ab",
            "01978f2a-7c31-7abc-8def-0123456789ab0",
        ]
    )
    func malformed(_ text: String) {
        let bytes = Array(text.utf8)
        #expect(ID128(uuid: bytes.span) == nil)
        #expect(ID128(hex: bytes.span) == nil)
    }

    @Test("takes hexadecimal digits and nothing else, in every place")
    func everyByte() {
        let uuid = Array("01978f2a-7c31-7abc-8def-0123456789ab".utf8)
        let hex = uuid.filter { $0 != UInt8(ascii: "-") }
        for byte in UInt8.min...UInt8.max {
            let isDigit = "0123456789abcdefABCDEF".utf8.contains(byte)
            for place in uuid.indices where uuid[place] != UInt8(ascii: "-") {
                var changed = uuid
                changed[place] = byte
                let parsed = ID128(uuid: changed.span)?.uuid
                #expect(parsed == (isDigit ? String(decoding: changed, as: UTF8.self).lowercased() : nil))
            }
            for place in hex.indices {
                var changed = hex
                changed[place] = byte
                let parsed = ID128(hex: changed.span)?.hex
                #expect(parsed == (isDigit ? String(decoding: changed, as: UTF8.self).lowercased() : nil))
            }
        }
    }
}
