/// The public key of a gateway's receipts, for checking them.
package struct ReceiptKeyView: Sendable {
    /// In Base64 for URLs.
    let publicKey: String
    /// SHA-256 of the key.
    let fingerprint: String
    let pem: String
    /// Milliseconds since 1970.
    let createdAtMs: Int64

    package init(publicKey: String, fingerprint: String, pem: String, createdAtMs: Int64) {
        self.publicKey = publicKey
        self.fingerprint = fingerprint
        self.pem = pem
        self.createdAtMs = createdAtMs
    }
}

package struct ReceiptKeyForm: Form {
    package typealias Record = ReceiptKeyView

    package static let component: String? = "ReceiptKey"
    package static let names = ["fingerprint"]

    package let algorithm = Member("algorithm", .text(1...100)) { (_: Record) in "Ed25519" }
    package let publicKey = Member("publicKey", .text(43...43, "32 bytes; Base64 of URLs"), \Record.publicKey)
    package let fingerprint = Member("fingerprint", .text(64...64, "SHA-256 of the key"), \Record.fingerprint)
    package let pem = Member("pem", .text(1...1_000, "the key as other programs take it"), \Record.pem)
    package let createdAtMs = Member("createdAtMs", .moment, \Record.createdAtMs)

    package init() {}
}
