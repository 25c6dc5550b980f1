import Bytes
import Crypto
package import JSON
package import Store

/// Checks a receipt: its signature, its issuer, and its hashes of the arguments and result that are said to belong to
/// it.
///
/// Needs no store and no server. The receipt may be any bytes.
package struct ReceiptCheck: Sendable {
    /// The result of comparing given bytes with a hash in the receipt.
    package enum Match: String, Sendable, CaseIterable {
        /// No bytes were given to compare.
        case unasked = "not_asked"
        case same = "match"
        case different = "mismatch"
        /// The receipt has no hash: it wasn't taken when the call was made.
        case untaken = "not_taken"
    }

    /// The receipt; nil for bytes that aren't a receipt.
    package private(set) var receipt: JSONValue?
    /// Whether the signature was made with the key in the receipt.
    package private(set) var isSigned = false
    /// The key in the receipt.
    package private(set) var publicKey: [UInt8]?
    /// Whether the key in the receipt is the trusted one; nil when no trusted key was given.
    package private(set) var isPinned: Bool?
    package private(set) var arguments = Match.unasked
    package private(set) var result = Match.unasked
    /// Whether the audit log's chain has the events that the receipt names; nil when no store was read.
    package private(set) var isInChain: Bool?
    /// What is wrong, each in a sentence; empty for a valid receipt.
    package private(set) var faults: [String] = []

    /// SHA-256 of the key in the receipt.
    package var fingerprint: String? { publicKey.map { SHA256.hash($0).hex } }

    package var isGood: Bool { faults.isEmpty }

    /// - Parameters:
    ///   - bytes: at most `Receipt.bytesMax`.
    ///   - pin: the trusted issuer.
    ///   - arguments: the alleged arguments of the call.
    ///   - result: the alleged result of the call.
    package init(_ bytes: [UInt8], pin: ReceiptPin?, arguments: [UInt8]?, result: [UInt8]?) {
        guard let document = Self.document(bytes) else {
            faults.append("this is not a receipt: it isn't a JSON object of the format \(Receipt.format)")
            return
        }
        receipt = .object(document)
        checkSignature(document)
        if let pin, let publicKey {
            isPinned = pin.isPin(of: publicKey)
            if isPinned == false {
                faults.append("the receipt is from an issuer other than the trusted one")
            }
        }
        let call = document["call"]
        self.arguments = match(arguments, call?["argumentsSha256"], "arguments")
        self.result = match(result, call?["resultSha256"], "result")
    }

    private static func document(_ bytes: [UInt8]) -> JSONObject? {
        guard bytes.count <= Receipt.bytesMax,
            let value = try? JSONValue(parsing: bytes.span, depthMax: 16),
            // With a lone surrogate, two spellings would be the same text.
            JSON.loneSurrogate(bytes.span, in: 0..<bytes.count) == nil,
            let document = value.objectValue,
            document["format"] == .string(Receipt.format)
        else { return nil }
        return document
    }

    private mutating func checkSignature(_ document: JSONObject) {
        let issuer = document["issuer"]
        publicKey = issuer?["publicKey"]?.stringValue.flatMap { Base64.url.decode($0) }
        guard let publicKey, publicKey.count == Ed25519.keyBytes,
            issuer?["algorithm"] == .string(Receipt.algorithm)
        else {
            self.publicKey = nil
            faults.append("the receipt doesn't name an \(Receipt.algorithm) key of its issuer")
            return
        }
        let signature = document["signature"]?.stringValue.flatMap { Base64.url.decode($0) } ?? []
        isSigned = Ed25519.isValid(signature, of: Receipt.signedBytes(of: document), by: publicKey)
        if !isSigned {
            faults.append("the signature is wrong: the receipt was changed, or not made by its issuer")
        }
        if issuer?["fingerprint"] != .string(SHA256.hash(publicKey).hex) {
            faults.append("the fingerprint is not that of the receipt's own key")
        }
    }

    private mutating func match(_ given: [UInt8]?, _ hash: JSONValue?, _ name: String) -> Match {
        guard let given else { return .unasked }
        guard let hash = hash?.stringValue else {
            faults.append("the receipt has no hash of the \(name): it wasn't taken when the call was made")
            return .untaken
        }
        // Editors end a file with a line end.
        let whole = given.count
        var ends = [whole]
        if given.last == UInt8(ascii: "\n") { ends.append(whole - 1) }
        if given.suffix(2) == [UInt8(ascii: "\r"), UInt8(ascii: "\n")] { ends.append(whole - 2) }
        if ends.contains(where: { SHA256.hash(given, 0..<$0).hex == hash }) { return .same }
        faults.append("the \(name) given has another hash than that of the call")
        return .different
    }

    /// Looks up the events that the receipt names in the audit log of a store's file.
    package mutating func check(againstStore path: String) throws(StoreError) {
        guard let receipt else { return }
        var places: [AuditPlace] = []
        for name in ["atCall", "head"] {
            guard let place = receipt["audit"]?[name], !place.isNull else { continue }
            guard let id = place["id"]?.intValue, id > 0, let hash = place["hash"]?.stringValue else {
                faults.append("the receipt's place in the audit log, \(name), makes no sense")
                isInChain = false
                continue
            }
            places.append(AuditPlace(id: Int64(id), hash: hash))
        }
        let check = try Store.auditPlaces(places.map { $0.id }, inFile: path)
        var all = isInChain ?? true
        for (place, found) in zip(places, check.found) where found != place {
            all = false
            faults.append(
                found == nil
                    ? "the audit log has no event \(place.id)"
                    : "event \(place.id) of the audit log has another hash than the receipt says"
            )
        }
        for fault in check.faults {
            all = false
            faults.append("the audit log was changed: \(fault)")
        }
        isInChain = all
    }
}
