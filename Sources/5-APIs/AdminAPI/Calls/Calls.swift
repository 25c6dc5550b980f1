package import Calendar
import Control
import HTTP
package import Model
import Records
package import REST

/// `/calls`: the recorded calls.
package enum Calls {
    /// Longer commands come first, so that they are found first.
    static let all: [any AnyOperation<Services>] = [receipt, receiptKey, list, show]

    package struct ListArguments: Arguments {
        package let since = Argument.query(
            "since",
            .pastMoment("since"),
            "started then or later, such as 24h, 2026-11-21 or 2026-11-21T14:02"
        )
        package let until = Argument.query(
            "until",
            .pastMoment("until"),
            "started at or before this time; a day or minute counts whole"
        )
        package let tenant = Argument.query(
            "tenant",
            .tenant(.anyName),
            "only this tenant's, also a removed one's"
        )
        package let key = Argument.query(
            "key",
            .anyName,
            "only with this key, by its prefix; tokens for those with access tokens"
        )
        package let target = Argument.query("target", .anyName, "only to this target, by its name then")
        package let tool = Argument.query("tool", .anyName, "only to this tool, by its exposed name then")
        package let status = Argument.query(
            "status",
            .wordList(of: CallSearch.statuses, query: "status"),
            "only with these outcomes, with commas between; error for all but ok"
        )
        package let slowest = Argument.query(
            "slowest",
            .count(1...Page.limitMax),
            "only this many of the longest calls, the longest first, in one page"
        )
        package let after = Argument.query(
            "after",
            .text(1...1_024),
            "only what was stored after `last` of an earlier answer, in that order: for following"
        )
        let page = PageArguments()

        package init() {}
    }

    package static let list = AdminOperation(
        .get,
        "/calls",
        id: "calls",
        "Lists calls, refused ones too; newest first.",
        takes: ListArguments.self,
        answers: CallsForm.self,
        problems: [.notFound, .unavailable],
        verb: .own("calls")
    ) { call throws(Problem) in
        let source = try call.recordedCalls()
        let page = try call.page(of: "calls")
        var search = CallSearch()
        (search.since, search.until) = (call.since, call.until)
        (search.tenant, search.key) = (call.tenant?.text, call.key)
        (search.target, search.tool, search.status) = (call.target, call.tool, call.status)
        (search.slowest, search.after, search.page) = (call.slowest, call.after, page.after)
        search.limit = page.limit
        let found: FoundCalls
        do throws(CallSearch.Fault) { found = try await search.run(in: source, nowMs: call.nowMs) } catch {
            throw Problem(error)
        }
        if found.calls.isEmpty, page.after == nil { try await call.checkNames(source) }
        return CallsForm.Record(found: found, page: page)
    }

    package struct IDArguments: Arguments {
        package let id = Argument.path(
            "id",
            .anyName,
            "the call's id, Lambda's of its request, or its trace's"
        )

        package init() {}
    }

    package static let show = AdminOperation(
        .get,
        "/calls/{id}",
        id: "callsShow",
        "Shows all that was recorded of a call, by its id, by Lambda's, or by its trace's.",
        takes: IDArguments.self,
        answers: CallDetailsForm.self,
        problems: [.notFound, .unavailable]
    ) { call throws(Problem) in
        let all = try await call.recordedCalls(identifiedBy: call.id, limit: 101)
        guard var first = all.first else { throw noCall }
        // Viewers may not see what agents sent and got.
        if !call.caller.may(.change) { (first.arguments, first.result) = (nil, nil) }
        return CallDetailsForm.Record(call: first, others: all.dropFirst().prefix(100).map { $0.id })
    }

    static let noCall = Problem(
        .notFound,
        "no call with that id is recorded",
        hint:
            "an id has 32 hexadecimal digits, a UUID's with hyphens between; `mcp-gateway calls` shows calls and their ids"
    )
}
