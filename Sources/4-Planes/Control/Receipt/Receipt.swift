package import Bytes
import Crypto
package import JSON
package import Records
package import Store
import Telemetry

/// A signed document that says what was called, by whom, under which subscription, and at which place in the audit
/// log's chain.
///
/// The signature is over the document without its member `signature`, in the canonical form of RFC 8785: no white
/// space, members in order of their names. All its numbers are whole and below 2^53, so that the form is the same in
/// every language.
package enum Receipt {
    /// The format's name and version, a member of each receipt, so that a signature holds for no other format.
    package static let format = "mcp-gateway-receipt-1"
    package static let algorithm = "Ed25519"

    /// The most bytes of a receipt that is checked.
    package static let bytesMax = 256 * 1024

    /// The readers of a receipt, who decide how it shows operators' names.
    package enum Audience: Sendable {
        /// Names are shown as the audit log has them.
        case operators
        /// Only the side that a person is on is shown: tenants don't see operators' names.
        case tenants
    }

    /// The store's facts about a call.
    package struct Facts: Sendable {
        let subscription: SubscriptionStanding?
        /// The newest event of the audit log at or before the time of the call.
        let atCall: AuditPlace?
        /// The last event of the audit log now.
        let head: AuditPlace?
    }

    /// The receipt of a call.
    /// - Parameter issuedAtMs: milliseconds since 1970.
    /// - Throws: `.corrupt` for a key that can't sign.
    package static func make(
        of call: RecordedCall,
        _ facts: Facts,
        for audience: Audience,
        issuedAtMs: Int64,
        key: ReceiptKey
    ) throws(StoreError) -> JSONValue {
        var document: JSONObject = JSONObject([
            ("format", .string(format)),
            ("issuedAtMs", .number("\(issuedAtMs)")),
            ("issuer", issuer(key)),
            ("call", described(call)),
            (
                "caller",
                [
                    "tenant": .string(call.tenant), "key": .optional(call.key),
                    "subject": .optional(call.subject), "client": .optional(call.client),
                ]
            ),
            ("subscription", facts.subscription.map { described($0, for: audience) } ?? .null),
            (
                "audit",
                [
                    "atCall": facts.atCall.map { described($0) } ?? .null,
                    "head": facts.head.map { described($0) } ?? .null,
                ]
            ),
        ])
        guard let signature = key.sign(signedBytes(of: document)) else {
            throw StoreError(
                .corrupt,
                "the store's key for receipts is damaged",
                hint: "restore the store from a backup"
            )
        }
        document["signature"] = .string(Base64.url.encode(signature))
        return .object(document)
    }

    /// The bytes of a receipt that are signed.
    static func signedBytes(of document: JSONObject) -> [UInt8] {
        var signed = document
        signed["signature"] = nil
        return JSONValue.object(signed).canonical().bytes
    }

    private static func issuer(_ key: ReceiptKey) -> JSONValue {
        [
            "gateway": .string(gatewayVersion), "algorithm": .string(algorithm),
            "publicKey": .string(key.publicText),
            "fingerprint": .string(key.fingerprint.hex),
        ]
    }

    private static func described(_ call: RecordedCall) -> JSONValue {
        let record = call.record
        return [
            "id": .string(record.id.uuid), "atUs": .number("\(record.startedAtUs)"),
            "durationUs": .number("\(record.endedUs)"),
            "target": .optional(call.target), "tool": .string(call.exposedName),
            "ownName": .optional(call.tool),
            "definitionSha256": .optional(call.definitionSHA256?.hex),
            "executedVersion": .optional(call.executedVersion),
            "outcome": .string(call.outcome.label), "code": .optional(call.code),
            "lambdaRequestId": .optional(record.lambdaRequestID.isNone ? nil : record.lambdaRequestID.uuid),
            "traceId": .optional(record.traceID.isNone ? nil : record.traceID.hex),
            "argumentsSha256": .optional(record.argumentsSHA256.taken?.hex),
            "resultSha256": .optional(record.resultSHA256.taken?.hex),
        ]
    }

    private static func described(_ standing: SubscriptionStanding, for audience: Audience) -> JSONValue {
        let decidedBy = standing.decidedBy.map { actor in
            audience == .operators ? actor : side(of: actor)
        }
        return [
            "id": .number("\(standing.id)"), "state": .string(standing.state.rawValue),
            "decidedBy": .optional(decidedBy), "decidedAtMs": .optional(standing.decidedAtMs),
            "expiresAtMs": .optional(standing.expiresAtMs),
        ]
    }

    private static func side(of actor: String) -> String {
        actor.hasPrefix("portal:") ? "tenant" : actor == "system" ? "gateway" : "operator"
    }

    private static func described(_ place: AuditPlace) -> JSONValue {
        ["id": .number("\(place.id)"), "hash": .string(place.hash)]
    }
}

extension ReadTransaction {
    /// The store's facts about a call, now and at the time of the call.
    package borrowing func receiptFacts(of call: RecordedCall) throws(StoreError) -> Receipt.Facts {
        let atMs = call.record.startedAtUs / 1_000
        var subscription: SubscriptionStanding?
        if let target = call.target {
            subscription = try subscriptionStanding(tenantID: call.tenantID, target: target, atMs: atMs)
        }
        return Receipt.Facts(
            subscription: subscription,
            atCall: try auditPlace(atOrBefore: atMs),
            head: try lastAuditPlace()
        )
    }
}

extension Digest {
    /// nil for a digest that wasn't taken.
    package var taken: Digest? { isNone ? nil : self }
}
