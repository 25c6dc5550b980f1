import Bytes
import Control
import Crypto
import JSON
import Policy
import Records
import Store
import Telemetry
import TestSupport
import Testing

/// Receipts: their content, and that any change of them is noticed.
struct ReceiptTests {
    private static let nowMs: Int64 = 1_800_000_000_000
    private static let arguments = #"{"id": 7,"name":"Zo\u00eb"}"#
    private static let result = #"{"content":[{"type":"text","text":"gone"}]}"#

    /// A call of a subscribed tenant a minute ago, with all members set.
    private static func call(tenantID: Int64) -> RecordedCall {
        var record = CallRecord()
        record.id = ID128(high: 0x0193_A7B2_5C1E_7D30, low: 1 << 63 | 5)
        record.startedAtUs = (nowMs - 60_000) * 1_000 + 17
        record.endedUs = 12_345
        record.lambdaRequestID = ID128(high: 1, low: 2)
        record.traceID = ID128(high: 3, low: 4)
        record.argumentsSHA256 = SHA256.hash(arguments)
        record.resultSHA256 = SHA256.hash(result)
        var call = RecordedCall(
            record: record,
            tenant: "acme",
            exposedName: "crm___delete \u{202E}\u{1F600}\"\\\n"
        )
        call.tenantID = tenantID
        (call.key, call.target, call.tool) = ("3k9x0v2a", "crm", "delete")
        (call.client, call.executedVersion) = ("claude 1.0", "7")
        call.definitionSHA256 = SHA256.hash("definition")
        return call
    }

    /// Runs `body` with a receipt for that audience, its key, and its store.
    private func withReceipt(
        for audience: Receipt.Audience = .operators,
        edit: (inout RecordedCall) -> Void = { _ in },
        _ body: (JSONValue, ReceiptKey, Store::Store) async throws -> Void
    ) async throws {
        try await withStore(clock: { Self.nowMs - 120_000 }) { store in
            try await store.add(["crm"])
            let tenant = try await store.write(as: .cli(user: "ada")) { writing throws(StoreError) in
                let tenant = try writing.createTenant(try checked(TenantName("acme")))
                let id = try writing.requestSubscription(
                    tenant: tenant.name,
                    target: try checked(TargetName("crm"))
                ).record.id
                try writing.approveSubscription(id)
                return tenant
            }
            let key = try await store.write(as: .system) { writing throws(StoreError) in
                try writing.receiptKeyMadeIfMissing()
            }
            var call = Self.call(tenantID: tenant.id)
            edit(&call)
            let facts = try await store.read { [call] reading throws(StoreError) in
                try reading.receiptFacts(of: call)
            }
            let receipt = try Receipt.make(of: call, facts, for: audience, issuedAtMs: Self.nowMs, key: key)
            try await body(receipt, key, store)
        }
    }

    private func check(_ receipt: JSONValue, pin: ReceiptPin? = nil) -> ReceiptCheck {
        ReceiptCheck(Array(receipt.text.utf8), pin: pin, arguments: nil, result: nil)
    }

    @Test func `a receipt has the caller, the call, the subscription and the audit places`()
        async throws
    {
        try await withReceipt { receipt, key, store in
            #expect(receipt["call"]?["id"] == "0193a7b2-5c1e-7d30-8000-000000000005")
            #expect(receipt["call"]?["atUs"]?.intValue == Int(Self.nowMs - 60_000) * 1_000 + 17)
            #expect(receipt["caller"]?["tenant"] == "acme" && receipt["caller"]?["key"] == "3k9x0v2a")
            #expect(receipt["subscription"]?["state"] == "approved")
            #expect(receipt["subscription"]?["decidedBy"] == "cli:ada")
            #expect(receipt["issuer"]?["fingerprint"] == .string(key.fingerprint.hex))
            let last = try await store.read { reading throws(StoreError) in try reading.lastAuditPlace() }
            #expect(receipt["audit"]?["head"]?["hash"]?.stringValue == last?.hash)
            let good = check(receipt)
            #expect(good.isGood && good.isSigned && good.isPinned == nil)
            var named = good
            try named.check(againstStore: store.path)
            #expect(named.isInChain == true && named.isGood)
        }
    }

    @Test func `a tenant's receipt names no operator`() async throws {
        try await withReceipt(for: .tenants) { receipt, _, _ in
            #expect(receipt["subscription"]?["decidedBy"] == "operator")
            // With the kind of caller: a hash in hexadecimal may spell the name by chance.
            #expect(!receipt.text.contains("cli:ada") && check(receipt).isGood)
        }
    }

    @Test func `hashes that weren't taken are null, and match nothing`() async throws {
        try await withReceipt(edit: { $0.record.argumentsSHA256 = .none }) { receipt, _, _ in
            #expect(receipt["call"]?["argumentsSha256"] == .null)
            let check = ReceiptCheck(Array(receipt.text.utf8), pin: nil, arguments: [], result: nil)
            #expect(check.arguments == .untaken && !check.isGood && check.isSigned)
            #expect(check.faults[0].contains("wasn't taken"))
        }
    }

    @Test func `arguments and result must match byte for byte, except for a final line end`()
        async throws
    {
        try await withReceipt { receipt, _, _ in
            let bytes = Array(receipt.text.utf8)
            for end in ["", "\n", "\r\n"] {
                let check = ReceiptCheck(
                    bytes,
                    pin: nil,
                    arguments: Array((Self.arguments + end).utf8),
                    result: Array((Self.result + end).utf8)
                )
                #expect(check.isGood && check.arguments == .same && check.result == .same)
            }
            for other in ["", "{}", Self.arguments + " ", Self.arguments + "\n\n", Self.result] {
                let check = ReceiptCheck(bytes, pin: nil, arguments: Array(other.utf8), result: nil)
                #expect(check.arguments == .different && !check.isGood && check.isSigned, "\(other)")
            }
        }
    }

    @Test func `changing, removing or adding any member breaks the signature`() async throws {
        try await withReceipt { receipt, _, _ in
            var count = 0
            for changed in Self.mutations(of: receipt) {
                let check = check(changed)
                #expect(!check.isGood, "\(changed.text)")
                count += 1
            }
            #expect(count > 100)
            #expect(check(receipt).isGood)
        }
    }

    @Test func `a receipt with a changed byte is invalid, or still has the same content`() async throws {
        try await withReceipt { receipt, _, _ in
            let bytes = Array(receipt.text.utf8)
            for index in bytes.indices {
                for change: UInt8 in [1, 2, 32, 128] {
                    var changed = bytes
                    changed[index] ^= change
                    let check = ReceiptCheck(changed, pin: nil, arguments: nil, result: nil)
                    if check.isGood { #expect(check.receipt == receipt, "\(index)") }
                }
                let cut = ReceiptCheck(Array(bytes.prefix(index)), pin: nil, arguments: nil, result: nil)
                #expect(!cut.isGood)
            }
        }
    }

    /// The document with one value changed, removed or added, at any depth.
    private static func mutations(of value: JSONValue) -> [JSONValue] {
        switch value {
        case .object(let object):
            var all: [JSONValue] = []
            var added = object
            added["added"] = true
            all.append(.object(added))
            for member in object.members {
                var without = object
                without[member.key] = nil
                all.append(.object(without))
                for changed in mutations(of: member.value) {
                    var with = object
                    with[member.key] = changed
                    all.append(.object(with))
                }
            }
            return all
        case .array(let elements): return [.array(elements + [.null]), .null]
        case .string(let text): return [.string(text + "x"), .string(String(text.dropLast())), .null, 1]
        case .number(let text): return [.number(text + "1"), .number("\(text).0"), .string(text), .null]
        case .bool(let truth): return [.bool(!truth), .null]
        case .null: return [.string("x"), 0, .object(JSONObject())]
        }
    }

    @Test func `a receipt signed by another key is valid only without a pin or with its own`() async throws {
        try await withReceipt { receipt, key, _ in
            try await withReceipt { others, othersKey, _ in
                let pin = ReceiptPin.publicKey(key.publicKey)
                #expect(check(receipt, pin: pin).isPinned == true)
                let forged = check(others, pin: pin)
                #expect(forged.isSigned && forged.isPinned == false && !forged.isGood)
                // With the trusted key as issuer, the signature is wrong.
                var document = try #require(others.objectValue)
                document["issuer"] = receipt["issuer"]
                #expect(!check(.object(document), pin: pin).isSigned)
                #expect(check(others, pin: .publicKey(othersKey.publicKey)).isGood)
            }
        }
    }

    @Test func `an issuer can be pinned with any text that receipt-key prints`() async throws {
        try await withReceipt { receipt, key, _ in
            let pem = ReceiptPin.pem(key.publicKey)
            let json: JSONValue = ["publicKey": .string(key.publicText), "fingerprint": "x"]
            for text in [
                key.publicText, " \(key.publicText)\n", key.fingerprint.hex, pem, json.text, pem + "\n",
            ] {
                let pin = try #require(ReceiptPin(text), "\(text)")
                #expect(check(receipt, pin: pin).isGood, "\(text)")
            }
            for text in [
                "", "x", String(key.publicText.dropLast()), "{}", #"{"publicKey":"x"}"#,
                String(pem.dropFirst()),
            ] {
                #expect(ReceiptPin(text) == nil, "\(text)")
            }
        }
    }

    @Test func `another store's audit log doesn't have the receipt's events`() async throws {
        try await withReceipt { receipt, _, _ in
            try await withStore { other in
                var check = check(receipt)
                try check.check(againstStore: other.path)
                #expect(check.isInChain == false && check.faults.count == 2)
                #expect(check.faults[0].contains("has no event"))
            }
            try await withReceipt { _, _, other in
                var check = check(receipt)
                try check.check(againstStore: other.path)
                #expect(check.isInChain == false)
                #expect(check.faults.contains { $0.contains("has another hash") })
            }
        }
    }

    @Test func `bytes that aren't a receipt are reported as invalid`() async throws {
        let texts = [
            "", "{}", "[]", "null", #"{"format":"mcp-gateway-receipt-1"}"#, #"{"format":"other"}"#,
            #"{"format":"mcp-gateway-receipt-1","issuer":{"publicKey":"AA","algorithm":"Ed25519"},"signature":7}"#,
            #"{"format":"mcp-gateway-receipt-1","format":"mcp-gateway-receipt-1"}"#,
            String(repeating: "[", count: 100_000), String(repeating: " ", count: Receipt.bytesMax + 1),
        ]
        for text in texts {
            let check = ReceiptCheck(Array(text.utf8), pin: nil, arguments: [1], result: [2])
            #expect(!check.isGood && !check.isSigned && !check.faults.isEmpty, "\(text.prefix(80))")
        }
    }

    @Test func `a thousand damaged receipts don't crash, and are refused unless unchanged`() async throws {
        try await withReceipt { receipt, _, store in
            var generator = SystemRandomNumberGenerator()
            let bytes = Array(receipt.text.utf8)
            for _ in 0..<1_000 {
                var damaged = bytes
                for _ in 0..<Int.random(in: 1...20, using: &generator) {
                    let place = Int.random(in: 0..<damaged.count, using: &generator)
                    switch Int.random(in: 0..<3, using: &generator) {
                    case 0: damaged[place] = UInt8.random(in: 0...255, using: &generator)
                    case 1: damaged.remove(at: place)
                    default: damaged.insert(UInt8.random(in: 0...255, using: &generator), at: place)
                    }
                }
                let check = ReceiptCheck(damaged, pin: nil, arguments: damaged, result: nil)
                #expect(check.arguments != .same)
                if check.isSigned { #expect(check.receipt == receipt) }
            }
            // Numbers and names of other kinds than in a receipt.
            var odd = try #require(receipt.objectValue)
            odd["audit"] = ["head": ["id": .number("99999999999999999999"), "hash": 1], "atCall": []]
            var check = check(.object(odd))
            try check.check(againstStore: store.path)
            #expect(!check.isGood && check.isInChain == false)
        }
    }
}
