import Bytes
import Control
import HTTP
import JSON
import Records
package import REST
import Store

extension Calls {
    package static let receipt = AdminOperation(
        .get,
        "/calls/{id}/receipt",
        id: "callsReceipt",
        "Issues the receipt of a call: a signed document for others to keep and check.",
        takes: IDArguments.self,
        answers: ReceiptForm.self,
        problems: [.notFound, .conflict, .unavailable],
        verb: .own("calls receipt")
    ) { call throws(Problem) in
        let all = try await call.recordedCalls(identifiedBy: call.id, limit: 2)
        guard let first = all.first else { throw noCall }
        guard all.count == 1 else { throw severalCalls }
        let key = try await call.receiptKey()
        let facts = try await call.read { reading throws(StoreError) in try reading.receiptFacts(of: first) }
        do throws(StoreError) {
            return try Receipt.make(of: first, facts, for: .operators, issuedAtMs: call.nowMs, key: key)
        } catch {
            throw Problem(error)
        }
    }

    package static let receiptKey = AdminOperation(
        .get,
        "/receipt-key",
        id: "callsReceiptKey",
        "Shows the public key that receipts of this gateway are signed with.",
        takes: NoArguments.self,
        answers: ReceiptKeyForm.self,
        verb: Verb(
            "calls receipt-key",
            "Shows the public key that receipts of this gateway are signed with.",
            details: """
                The key pair is made when it's first needed and kept in the store. Whoever checks receipts gets the public key, or
                its fingerprint, from you in a way that they trust.
                """,
            example: "mcp-gateway calls receipt-key -o json",
            shows: .details([
                Column("public key", \.publicKey), Column("fingerprint", \.fingerprint),
                Column("algorithm", \.algorithm), Column("made", \.createdAtMs),
            ])
        )
    ) { call throws(Problem) in
        let key = try await call.receiptKey()
        return ReceiptKeyView(
            publicKey: key.publicText,
            fingerprint: key.fingerprint.hex,
            pem: ReceiptPin.pem(key.publicKey),
            createdAtMs: key.createdAtMs
        )
    }

    private static let severalCalls = Problem(
        .conflict,
        "several calls belong to that trace, and a receipt is of one",
        hint: "`mcp-gateway calls --id` shows their ids"
    )
}

extension OperationCall where Service == Services {
    /// The key that receipts are signed with; made if there is none.
    fileprivate func receiptKey() async throws(Problem) -> ReceiptKey {
        let found = try await read { reading throws(StoreError) in try reading.receiptKey() }
        if let found { return found }
        do throws(StoreError) {
            return try await services.store.write(as: .system, requestID: requestID) {
                writing throws(StoreError) in
                try writing.receiptKeyMadeIfMissing()
            }
        } catch {
            throw Problem(error)
        }
    }
}
