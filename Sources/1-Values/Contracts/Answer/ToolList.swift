import Bytes
import JSON
package import MCP

/// One page of a target's tools, or of what else it lists, each as the raw bytes that the function sent.
package struct ToolList: Sendable, Equatable {
    package struct Tool: Sendable, Equatable {
        /// The bare name; a resource's URI, or a template.
        package let name: String
        /// The whole definition, a JSON object, inside `bytes`.
        package let definition: Range<Int>
    }

    /// An entry that no client could use.
    package struct Rejected: Sendable, Equatable, CustomStringConvertible {
        /// From 0, in the function's order.
        package let index: Int
        package let name: String?
        /// The member that is wrong; empty when the whole entry is.
        package let member: String
        package let reason: String

        package var description: String {
            "tool \(index + 1)\(name.map { " (\($0))" } ?? ""): \(reason)"
        }
    }

    package let bytes: [UInt8]
    /// In the function's order, each name once.
    package let tools: [Tool]
    package let rejected: [Rejected]
    /// The cursor to ask for the next page with; `nil` on the last page.
    package let nextCursor: String?
}

extension Contract {
    /// The most entries that one page may have.
    package static let toolsMax = 10_000

    /// Reads what a function answered to a list: `{"tools"}`, a bare array, `{"result":…}` or a JSON-RPC
    /// response, each wrapped in `{"statusCode","body"}` or not.
    ///
    /// An entry without a name or an `inputSchema` object is rejected alone.
    /// - Throws: `ContractError` when there is no list in it.
    package func readToolList(
        _ bytes: [UInt8],
        payload: Range<Int>,
        over http: HTTPExchange = HTTPExchange()
    ) throws(ContractError) -> ToolList {
        if isHTTP { return try readTools(HTTPEventContract.readList(bytes, payload: payload, over: http)) }
        let answer = try Unwrapped.read(bytes, payload: payload, for: .list)
        if answer.isRefusal {
            let status = answer.statusCode ?? 500
            let text = errorText(answer)
            throw .refused(
                "the function answered with status \(status)\(text.isEmpty ? "" : ": \(text)")",
                hint: other(behind: answer, status: status, text: text)?.hint ?? ""
            )
        }
        return try readTools(answer)
    }

    /// Reads what a function answered to a list of prompts, resources or templates: the same forms, but for the bare
    /// array, which a function that looks at no method answers to all.
    /// - Throws: `.notServed` when the function says that it has no such list; else as for tools.
    package func readList(
        of kind: CatalogKind,
        _ bytes: [UInt8],
        payload: Range<Int>,
        over http: HTTPExchange = HTTPExchange()
    ) throws(ContractError) -> ToolList {
        if kind == .tool { return try readToolList(bytes, payload: payload, over: http) }
        let answer: Unwrapped
        if isHTTP {
            let response = try HTTPAnswer(bytes, payload: payload)
            guard 200...299 ~= response.status else {
                throw Self.notListed(HTTPRefusal(response, over: http).asError, status: response.status)
            }
            answer = try HTTPEventContract.readResponse(response, id: nil).message
        } else {
            answer = try Unwrapped.read(bytes, payload: payload, for: .list)
        }
        return try read(kind, answer)
    }

    private func read(_ kind: CatalogKind, _ answer: Unwrapped) throws(ContractError) -> ToolList {
        let span = answer.bytes.span
        if answer.isRefusal {
            let status = answer.statusCode ?? 500
            let text = errorText(answer)
            throw Self.notListed(
                .refused(
                    "the function answered with status \(status)\(text.isEmpty ? "" : ": \(text)")",
                    hint: ""
                ),
                status: status
            )
        }
        guard case .object(let hasResult) = answer.form else { throw .badAnswer(notAList(answer, kind)) }
        let members = answer.members
        if members.isEnvelope, let error = AnsweredError(members, span) {
            let text = "the function answered with error \(error.code): \(error.message)"
            throw error.code == -32601 ? .notServed(text) : .refused(text, hint: "")
        }
        if let failure = answer.lambdaError(members) {
            throw .refused(
                "the function answered with \(failure.type ?? "an error"): \(failure.text)",
                hint: ""
            )
        }
        let result = hasResult ? answer.resultMembers : members
        guard let array = JSON.member(kind.listMember, of: result.range, in: span),
            JSON.kind(span, at: array) == .array
        else { throw .badAnswer(notAList(answer, kind)) }
        return try read(array, kind, cursor: try nextCursor(result.nextCursor, span), answer.bytes)
    }

    /// What a status says of a list that a function need not have.
    private static func notListed(_ error: ContractError, status: Int) -> ContractError {
        [404, 405, 500, 501].contains(status) ? .notServed(error.description) : error
    }

    private func readTools(_ answer: Unwrapped) throws(ContractError) -> ToolList {
        let span = answer.bytes.span
        var array: Range<Int>?
        var cursor: Range<Int>?
        switch answer.form {
        case .value(let range): array = range
        case .text: break
        case .object(let hasResult):
            let members = answer.members
            let result = hasResult ? answer.resultMembers : nil
            if members.tools == nil, let error = AnsweredError(members, span) {
                throw .refused(
                    "the function answered with error \(error.code): \(error.message)",
                    hint: other(behind: error, span)?.hint ?? ""
                )
            }
            if let failure = answer.lambdaError(members) {
                throw .refused(
                    "the function answered with \(failure.type ?? "an error"): \(failure.text)",
                    hint: OtherContract.behind(
                        errorType: failure.type,
                        message: failure.text,
                        isList: true
                    )?.hint ?? ""
                )
            }
            array = members.tools ?? result?.tools ?? members.result
            cursor = members.nextCursor ?? result?.nextCursor
        }
        guard let array, JSON.kind(span, at: array) == .array else {
            throw .refused(notAList(answer), hint: OtherContract.contract(.function).hint)
        }
        return try read(array, .tool, cursor: try nextCursor(cursor, span), answer.bytes)
    }

    /// The contract that a status points to, judging by the error's message or by its data.
    private func other(behind answer: Unwrapped, status: Int, text: String) -> OtherContract? {
        let named = OtherContract.behind(
            status: status,
            text: text,
            hasHeaders: answer.hasHeaders,
            isList: true
        )
        guard named == nil, case .object = answer.form else { return named }
        let span = answer.bytes.span
        return AnsweredError(answer.members, span).flatMap { other(behind: $0, span) }
    }

    /// The contract that an error in a body points to. Frameworks put the exception's own text into `data`.
    private func other(behind error: AnsweredError, _ bytes: Span<UInt8>) -> OtherContract? {
        if let named = OtherContract.behind(errorType: nil, message: error.message, isList: true) {
            return named
        }
        guard let data = error.data.flatMap({ JSON.string(bytes, at: $0) }) else { return nil }
        return OtherContract.behind(errorType: "KeyError", message: data, isList: true)
    }

    private func nextCursor(_ range: Range<Int>?, _ bytes: Span<UInt8>) throws(ContractError) -> String? {
        guard let range, JSON.kind(bytes, at: range) != .null else { return nil }
        guard let cursor = JSON.string(bytes, at: range) else {
            throw .badAnswer("nextCursor must be a string; it is \(excerpt(bytes, range))")
        }
        return cursor.isEmpty ? nil : cursor
    }

    private func read(
        _ array: Range<Int>,
        _ kind: CatalogKind,
        cursor: String?,
        _ bytes: [UInt8]
    ) throws(ContractError) -> ToolList {
        let span = bytes.span
        guard let entries = elements(array, span, atMost: Self.toolsMax) else {
            throw .badAnswer(
                "the list has more than \(Self.toolsMax) \(kind.word)s in one page; use nextCursor"
            )
        }
        var tools: [ToolList.Tool] = []
        var rejected: [ToolList.Rejected] = []
        var names: Set<String> = []
        for (index, entry) in entries.enumerated() {
            let name = JSON.member(kind.nameMember, of: entry, in: span).flatMap { JSON.string(span, at: $0) }
            if let fault = fault(entry, kind, name, span, isNew: names.insert(name ?? "").inserted) {
                let shown = name.map { readable(String($0.prefix(80))) }
                rejected.append(
                    ToolList.Rejected(index: index, name: shown, member: fault.member, reason: fault.reason)
                )
            } else {
                tools.append(ToolList.Tool(name: name ?? "", definition: entry))
            }
        }
        return ToolList(bytes: bytes, tools: tools, rejected: rejected, nextCursor: cursor)
    }

    private func fault(
        _ entry: Range<Int>,
        _ kind: CatalogKind,
        _ name: String?,
        _ bytes: Span<UInt8>,
        isNew: Bool
    ) -> (member: String, reason: String)? {
        guard JSON.kind(bytes, at: entry) == .object else { return ("", "is not an object") }
        let member = "\(kind.nameMember)"
        guard let name, !name.isEmpty else { return (member, "has no \(member)") }
        guard isNew else { return (member, "has a \(member) that an earlier \(kind.word) has") }
        guard kind == .tool else { return nil }
        guard let schema = JSON.member("inputSchema", of: entry, in: bytes),
            JSON.kind(bytes, at: schema) == .object
        else { return ("inputSchema", "has no inputSchema object") }
        return nil
    }

    private func notAList(_ answer: Unwrapped, _ kind: CatalogKind = .tool) -> String {
        let wanted = "no \(kind.word)s in it: expected {\"\(kind.listMember)\":[…]}"
        switch answer.form {
        case .object: return "\(wanted), found \(excerpt(answer.bytes.span, answer.members.range))"
        case .value(let range): return "\(wanted), found \(excerpt(answer.bytes.span, range))"
        case .text(let text): return "\(wanted), found text: \(excerpt(text.utf8.span, 0..<text.utf8.count))"
        }
    }
}
