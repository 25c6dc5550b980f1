package import JSON

/// The JSON form of a call's receipt, in both APIs. The record is the signed JSON itself: a member that is missing here
/// would be missing in the answer, and break the signature.
package struct ReceiptForm: Form {
    package typealias Record = JSONValue

    package static let component: String? = "Receipt"

    package let format = receiptMember("format", .text(1...100, "the form's name and version"))
    package let issuedAtMs = receiptMember("issuedAtMs", .moment)
    package let issuer = Member("issuer", ReceiptIssuerForm.self) { (json: Record) in json["issuer"] ?? .null
    }
    package let call = Member("call", ReceiptCallForm.self) { (json: Record) in json["call"] ?? .null }
    package let caller = Member("caller", ReceiptCallerForm.self) { (json: Record) in json["caller"] ?? .null
    }
    package let subscription = Member(
        "subscription",
        ReceiptSubscriptionForm.self,
        summary:
            "as it stood at the call's moment; null for a target that needs none, and for a tool that wasn't there",
        ifAny: { (json: Record) in presentMember("subscription", of: json) }
    )
    package let audit = Member("audit", ReceiptAuditForm.self) { (json: Record) in json["audit"] ?? .null }
    package let signature = receiptMember(
        "signature",
        .text(86...86, "over the canonical form (RFC 8785) of all other members; Base64 of URLs")
    )

    package init() {}
}

/// The issuer, who signed the receipt.
package struct ReceiptIssuerForm: Form {
    package typealias Record = JSONValue

    package let gateway = receiptMember("gateway", .text(1...100, "the version of mcp-gateway"))
    package let algorithm = receiptMember("algorithm", .text(1...100))
    package let publicKey = receiptMember("publicKey", .text(43...43, "32 bytes; Base64 of URLs"))
    package let fingerprint = receiptMember("fingerprint", .text(64...64, "SHA-256 of the public key"))

    package init() {}
}

/// The call and its outcome.
package struct ReceiptCallForm: Form {
    package typealias Record = JSONValue

    package let id = receiptMember("id", .text(36...36))
    package let atUs = receiptMember("atUs", .integer(0...JSONInteger.max, "microseconds since 1970"))
    package let durationUs = receiptMember("durationUs", .integer)
    package let target = receiptMember("target", optional: .text, "null for a tool that wasn't there")
    package let tool = receiptMember("tool", .text().described("as the agent called it"))
    package let ownName = receiptMember("ownName", optional: .text, "what the target calls it")
    package let definition = receiptMember(
        "definitionSha256",
        optional: .text(64...64),
        "of the tool's definition at that time"
    )
    package let executedVersion = receiptMember("executedVersion", optional: .text, "of the function")
    package let outcome = receiptMember("outcome", .text(1...100))
    package let code = receiptMember("code", optional: .text, "what went wrong")
    package let lambdaRequestID = receiptMember("lambdaRequestId", optional: .text(36...36), "Lambda's id")
    package let traceID = receiptMember("traceId", optional: .text(32...32), "of W3C's trace context")
    package let arguments = receiptMember(
        "argumentsSha256",
        optional: .text(64...64),
        "of the arguments as the agent sent them; null when it wasn't taken"
    )
    package let result = receiptMember(
        "resultSha256",
        optional: .text(64...64),
        "of the result as the agent got it; null when it wasn't taken"
    )

    package init() {}
}

/// The caller.
package struct ReceiptCallerForm: Form {
    package typealias Record = JSONValue

    package let tenant = receiptMember("tenant", .text)
    package let key = receiptMember("key", optional: .text, "the key's prefix; null for an access token")
    package let subject = receiptMember("subject", optional: .text, "of the access token")
    package let client = receiptMember("client", optional: .text, "its name and version, as it says itself")

    package init() {}
}

/// The subscription under which the call was made.
package struct ReceiptSubscriptionForm: Form {
    package typealias Record = JSONValue

    package let id = receiptMember("id", .id)
    package let state = receiptMember("state", .text(1...100))
    package let decidedBy = receiptMember(
        "decidedBy",
        optional: .text,
        "as the audit log names people; for tenants: tenant, operator or gateway"
    )
    package let decidedAtMs = receiptMember("decidedAtMs", optional: .moment, nil)
    package let expiresAtMs = receiptMember("expiresAtMs", optional: .moment, nil)

    package init() {}
}

/// The receipt's places in the chain of the audit log.
package struct ReceiptAuditForm: Form {
    package typealias Record = JSONValue

    package let atCall = Member(
        "atCall",
        ReceiptPlaceForm.self,
        summary: "the newest event at the call's moment or before it",
        ifAny: { (json: Record) in presentMember("atCall", of: json) }
    )
    package let head = Member(
        "head",
        ReceiptPlaceForm.self,
        summary: "the last event when the receipt was issued",
        ifAny: { (json: Record) in presentMember("head", of: json) }
    )

    package init() {}
}

/// An event of the audit log.
package struct ReceiptPlaceForm: Form {
    package typealias Record = JSONValue

    package let id = receiptMember("id", .id)
    package let hash = receiptMember("hash", .text(64...64))

    package init() {}
}

/// The member's value; `Optional.none` where it is null, because `nil` alone would mean JSON's null here.
private func presentMember(_ name: String, of json: JSONValue) -> JSONValue? {
    guard let value = json[name], !value.isNull else { return Optional.none }
    return value
}

private func receiptMember<Value: Blank & Sendable>(
    _ name: String,
    _ coding: Coding<Value>
) -> Member<JSONValue, Value> {
    Member(name, coding) { json in json[name].flatMap { (try? coding.read($0)) ?? nil } ?? Value.blank }
}

private func receiptMember<Value: Sendable>(
    _ name: String,
    optional coding: Coding<Value>,
    _ summary: String?
) -> Member<JSONValue, Value?> {
    Member(name, summary.map { coding.described($0) } ?? coding) { json in
        json[name].flatMap { (try? coding.read($0)) ?? nil }
    }
}
