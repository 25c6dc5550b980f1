import Bytes
import Testing

struct ForgivingBase64Tests {
    @Test(
        arguments: [
            ("", ""), ("Zg==", "f"), ("Zg", "f"), ("Zm8=", "fo"), ("Zm8", "fo"), ("Zm9v", "foo"),
            (" Zm\r\n9v\t", "foo"), ("Zh==", "f"), ("QUJDREVGR0hJSktMTU5P", "ABCDEFGHIJKLMNO"),
            ("Pz8/Pz8/Pz8+Pj4+", "????????>>>>"), ("Z", nil), ("Zg=", nil), ("Zg===", nil), ("=", nil),
            ("Zg==Zg==", nil), ("Zm9v=", nil), ("Zm_v", nil), ("Zm-v", nil), ("Zm9v!", nil),
            ("QUJDREVG\u{e9}0hJ", nil), ("QUJDREVG_0hJSktM", nil), ("QUJDREVG@0hJSktM", nil),
            ("QUJDREVG[0hJSktM", nil), ("QUJDREVG`0hJSktM", nil), ("QUJDREVG{0hJSktM", nil),
            ("QUJDREVG.0hJSktM", nil), ("QUJDREVG:0hJSktM", nil), ("QUJDREVG,0hJSktM", nil),
        ] as [(String, String?)]
    )
    func `text that browsers decode is decoded, and nothing else`(_ text: String, _ plain: String?) {
        let bytes = Array("??\(text)??".utf8)
        let range = 2..<bytes.count - 2
        #expect(ForgivingBase64.isValid(bytes.span, range) == (plain != nil))
        #expect(ForgivingBase64.decode(bytes.span, range) == plain.map { Array($0.utf8) })
    }

    @Test func `each byte gets the same verdict at every place of an eight-byte run`() {
        let alphabet = Set("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/".utf8)
        for byte in UInt8.min...UInt8.max where ![9, 10, 12, 13, 32, 61].contains(byte) {
            for place in 0..<8 {
                var bytes = [UInt8](repeating: UInt8(ascii: "A"), count: 8)
                bytes[place] = byte
                #expect(ForgivingBase64.isValid(bytes.span, 0..<8) == alphabet.contains(byte), "\(byte)")
            }
        }
    }
}
