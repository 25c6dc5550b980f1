import Bytes
import COpenSSL

/// SHA-1, only to compute names that other programs derive with it; no security depends on it.
package enum SHA1 {
    /// The hash of the text's UTF-8, as 40 lower-case hexadecimal digits.
    package static func hex(_ text: String) -> String {
        var bytes = [UInt8](repeating: 0, count: 20)
        text.utf8.span.withUnsafeBufferPointer { text in
            require(EVP_Digest(text.baseAddress, text.count, &bytes, nil, EVP_sha1(), nil), "EVP_Digest")
        }
        var out = ByteBuffer()
        out.append(hex: bytes.span)
        return out.text
    }
}
