import Calendar
import Bytes
import Control
import HTTP
import Policy
import Records
import REST
import Store

/// `/calls`: the records of the tenant's own calls.
enum Calls {
    static let all: [any AnyOperation<Services>] = [list, show, receipt, receiptKey]

    private struct ListArguments: Arguments {
        let since = Argument.query(
            "since",
            .pastMoment("since"),
            "started then or later, such as 24h, 2026-11-21 or 2026-11-21T14:02"
        )
        let until = Argument.query(
            "until",
            .pastMoment("until"),
            "started at or before this time; a day or minute counts whole"
        )
        let key = Argument.query(
            "key",
            .anyText,
            "only with this key, by its prefix; tokens for those with access tokens"
        )
        let target = Argument.query("target", .anyText, "only to this target, by its name then")
        let tool = Argument.query("tool", .anyText, "only to this tool, by its name then")
        let status = Argument.query(
            "status",
            .wordList(of: CallSearch.statuses, query: "status"),
            "only with these outcomes, with commas between; error for all but ok"
        )
        let slowest = Argument.query(
            "slowest",
            .count(1...Page.limitMax),
            "only this many of the longest calls, the longest first, in one page"
        )
        let after = Argument.query(
            "after",
            .text(1...PlaceSeal.textMax),
            "only what was stored after `last` of an earlier answer, in that order: for following"
        )
        let page = PageArguments()
    }

    private static let list = PortalOperation(
        .get,
        "/calls",
        id: "calls",
        "Lists your calls, refused ones too; newest first.",
        takes: ListArguments.self,
        answers: CallsForm.self,
        problems: [.unavailable]
    ) { call throws(Problem) in
        let page = try call.page(of: "calls")
        let source = try await call.ownCalls()
        var search = CallSearch()
        search.tenantID = call.caller.entry.id
        (search.since, search.until, search.key) = (call.since, call.until, call.key)
        (search.target, search.tool, search.status) = (call.target, call.tool, call.status)
        search.slowest = call.slowest
        (search.after, search.page) = (try call.place(call.after), try call.place(page.after))
        search.limit = page.limit
        do throws(CallSearch.Fault) {
            var found = try await search.run(in: source, nowMs: call.nowMs)
            (found.next, found.last) = (call.sealed(found.next), call.sealed(found.last))
            return CallsForm.Record(found: found, page: page)
        } catch {
            throw Problem(error)
        }
    }

    private struct IDArguments: Arguments {
        let id = Argument.path("id", .anyText, "the call's id, Lambda's of its request, or its trace's")
    }

    private static let show = PortalOperation(
        .get,
        "/calls/{id}",
        id: "callsShow",
        "Shows all that was recorded of a call of yours, by its id, by Lambda's, or by its trace's.",
        takes: IDArguments.self,
        answers: CallDetailsForm.self,
        problems: [.notFound, .unavailable]
    ) { call throws(Problem) in
        let all = try await call.ownCalls(identifiedBy: call.id, limit: 101)
        guard var first = all.first else { throw .noCall }
        // A narrowed key must not read the arguments and results of calls that were made with another key.
        if !call.caller.made(first) { (first.arguments, first.result) = (nil, nil) }
        return CallDetailsForm.Record(call: first, others: all.dropFirst().prefix(100).map { $0.id })
    }

    private static let receipt = PortalOperation(
        .get,
        "/calls/{id}/receipt",
        id: "callsReceipt",
        "Issues the receipt of a call of yours: a signed document for others to keep and check.",
        takes: IDArguments.self,
        answers: ReceiptForm.self,
        problems: [.notFound, .conflict, .unavailable]
    ) { call throws(Problem) in
        let all = try await call.ownCalls(identifiedBy: call.id, limit: 2)
        guard let first = all.first else { throw .noCall }
        guard all.count == 1 else { throw .severalCalls }
        let key = try await call.receiptKey()
        let facts = try await call.read(missing: .noCall) { reading throws(StoreError) in
            try reading.receiptFacts(of: first)
        }
        let issuedAtMs = call.nowMs
        return try await call.read(missing: .noCall) { _ throws(StoreError) in
            try Receipt.make(of: first, facts, for: .tenants, issuedAtMs: issuedAtMs, key: key)
        }
    }

    private static let receiptKey = PortalOperation(
        .get,
        "/receipt-key",
        id: "callsReceiptKey",
        "Shows the public key that receipts of this gateway are signed with.",
        takes: NoArguments.self,
        answers: ReceiptKeyForm.self
    ) { call throws(Problem) in
        let key = try await call.receiptKey()
        return ReceiptKeyView(
            publicKey: key.publicText,
            fingerprint: key.fingerprint.hex,
            pem: ReceiptPin.pem(key.publicKey),
            createdAtMs: key.createdAtMs
        )
    }
}

extension OperationCall where Service == Services {
    /// The source of records, after checking that the tenant still exists.
    fileprivate func ownCalls() async throws(Problem) -> any CallSource {
        try await read(missing: .noCall) { _ throws(StoreError) in () }
        guard let records = services.records else {
            throw Problem(.unavailable, "no calls are recorded", hint: "ask the gateway's operator")
        }
        return records
    }

    /// A place in the sealed form that the tenant gets.
    fileprivate func sealed(_ place: String?) -> String? {
        place.map { services.places.seal($0, tenantID: caller.entry.id) }
    }

    /// The place that a tenant sent back.
    fileprivate func place(_ text: String?) throws(Problem) -> String? {
        guard let text else { return nil }
        guard let place = services.places.open(text, tenantID: caller.entry.id) else {
            throw Problem(CallSearch.Fault.records(.place))
        }
        return place
    }

    /// The tenant's calls that have this id, the newest first; none for a text that is not an id.
    fileprivate func ownCalls(identifiedBy text: String, limit: Int) async throws(Problem) -> [RecordedCall] {
        let source = try await ownCalls()
        guard let id = ID128(ofCall: text) else { return [] }
        do throws(RecordError) {
            return try await source.calls(identifiedBy: id, tenantID: caller.entry.id, limit: limit).calls
        } catch {
            throw Problem(CallSearch.Fault.records(error))
        }
    }

    /// The key that receipts are signed with; made if there is none.
    fileprivate func receiptKey() async throws(Problem) -> ReceiptKey {
        let found = try await read(missing: .noCall) { reading throws(StoreError) in try reading.receiptKey()
        }
        if let found { return found }
        return try await write(missing: .noCall) { writing throws(StoreError) in
            try writing.receiptKeyMadeIfMissing()
        }
    }
}

extension PortalCaller {
    /// Whether a call was made with this credential.
    fileprivate func made(_ call: RecordedCall) -> Bool {
        if let key { return call.key == key.prefix }
        // A record has no issuer, and only the beginning of a long subject.
        guard let token, token.isOnlyIssuers, let subject = token.subject, let recorded = call.subject
        else { return false }
        return call.key == nil && recorded.utf8.count < 256
            && recorded.utf8.elementsEqual(subject.utf8)
    }
}

extension Problem {
    fileprivate static let noCall = Problem(
        .notFound,
        "there is no such call",
        hint: "GET /portal/v1/calls lists yours"
    )

    fileprivate static let severalCalls = Problem(
        .conflict,
        "several calls belong to that trace, and a receipt is of one",
        hint: "GET /portal/v1/calls/{id} shows their ids"
    )

    fileprivate init(_ fault: CallSearch.Fault) {
        switch fault {
        case .invalid(let name, let detail, let hint):
            self.init(
                .invalid,
                "query \(name) \(detail)",
                hint: hint,
                errors: [.init("query \(name)", detail)]
            )
        case .records(.place):
            self.init(
                .malformed,
                "the cursor isn't from this list",
                hint: "start again without it, and send `nextCursor` and `last` back as they came"
            )
        case .records(.busy):
            self.init(.unavailable, "the gateway can't do it now", hint: "try again in a moment")
        }
    }
}
