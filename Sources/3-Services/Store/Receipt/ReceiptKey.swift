package import Bytes
import Crypto
import Database
import JSON

/// The key that receipts of calls are signed with: an Ed25519 key pair, made when first needed and kept for good.
package struct ReceiptKey: Sendable {
    /// 32 bytes; never log or show them.
    private let privateKey: [UInt8]
    package let publicKey: [UInt8]
    package let createdAtMs: Int64

    init(privateKey: [UInt8], publicKey: [UInt8], createdAtMs: Int64) {
        self.privateKey = privateKey
        self.publicKey = publicKey
        self.createdAtMs = createdAtMs
    }

    /// - Returns: 64 bytes; nil when the stored key is damaged.
    package func sign(_ message: [UInt8]) -> [UInt8]? { Ed25519.sign(message, with: privateKey) }

    /// The public key in Base64 for URLs.
    package var publicText: String { Base64.url.encode(publicKey) }

    /// SHA-256 of the public key, for people to compare.
    package var fingerprint: Digest { SHA256.hash(publicKey) }
}

extension ReadTransaction {
    /// The key of receipts; nil before the first receipt.
    package borrowing func receiptKey() throws(StoreError) -> ReceiptKey? {
        try rows("SELECT private_key, public_key, created_at_ms FROM receipt_key WHERE id = 1") {
            row throws(StoreError) in
            ReceiptKey(
                privateKey: row.blob(at: 0) ?? [],
                publicKey: row.blob(at: 1) ?? [],
                createdAtMs: row.int64(at: 2)
            )
        }.first
    }
}

extension WriteTransaction {
    /// The key pair, which is made when there is none yet. The audit log keeps the public key, so that its chain vouches
    /// for it.
    package borrowing func receiptKeyMadeIfMissing() throws(StoreError) -> ReceiptKey {
        if let key = try reading.receiptKey() { return key }
        let privateKey = Ed25519.makePrivateKey()
        guard let publicKey = Ed25519.publicKey(of: privateKey) else {
            throw StoreError(.failed, "no key pair can be made for receipts")
        }
        let key = ReceiptKey(privateKey: privateKey, publicKey: publicKey, createdAtMs: clock())
        try run(
            "INSERT INTO receipt_key (id, private_key, public_key, created_at_ms) VALUES (1, ?, ?, ?)",
            [.blob(privateKey), .blob(publicKey), .integer(key.createdAtMs)]
        )
        try audit(
            "receipt-key.create",
            "receipt-key:1",
            after: [
                "publicKey": .string(key.publicText),
                "fingerprint": .string(key.fingerprint.hex),
            ]
        )
        return key
    }
}
