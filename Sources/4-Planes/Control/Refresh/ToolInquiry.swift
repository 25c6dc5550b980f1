import Bytes
import Calendar
import Contracts
import EventLoop
package import MCP
import Policy
package import Store
import Text

/// Asks one target for all that it serves: kind after kind, page after page, within one deadline and fixed bounds.
package struct ToolInquiry: Sendable {
    /// The most pages that are asked for, of all kinds together.
    package static let pagesMax = 200
    /// The most tools of one target.
    package static let toolsMax = CatalogKind.tool.countMax
    /// The most bytes of one target's definitions together.
    package var definitionBytesMax = 32 << 20
    /// The longest cursor that is sent back.
    package static let cursorBytesMax = 8 << 10

    let source: any ToolSource
    let timeout: Duration
    let toolNameMax: Int

    /// - Parameters:
    ///   - source: the source that is asked.
    ///   - timeout: the time for all pages together.
    ///   - toolNameMax: the longest exposed name, in characters.
    package init(source: any ToolSource, timeout: Duration, toolNameMax: Int) {
        self.source = source
        self.timeout = timeout
        self.toolNameMax = toolNameMax
    }

    /// All that the target serves, and whether it can be exposed, by these aliases or by its own names.
    /// - Parameters:
    ///   - asksUndeclared: whether a target that declares nothing is asked for more than its tools.
    ///   - skipping: what such a target isn't asked for.
    /// - Throws: why there is no complete list of its tools. An entry that can't be used is no failure: it's among the
    ///   refused. Why another kind could not be read is among the listing's failures.
    package func list(
        _ target: TargetSpec,
        aliases: [ToolAlias],
        asksUndeclared: Bool = true,
        skipping: Set<CatalogKind> = []
    ) async throws(ToolSourceError) -> ToolListing {
        var listing = ToolListing(check: check(target, aliases))
        if let declared = try Self.declaredTools(of: target) {
            do throws(ContractError) { listing.add(try DeclaredTools(declared)) } catch {
                throw ToolSourceError(HiddenCharacters.shown(error.description), hint: error.hint)
            }
            // What is declared are its tools; the function may serve more, and says so only when it is declared to.
            if target.serves?.contains(where: { $0 != .tools }) != true { return listing }
        }
        var session = InquirySession(target, deadline: ContinuousClock.now + timeout)
        if target.serves == nil, !asksUndeclared {
            do throws(InquiryFault) { try await list(.tool, of: target, &session, into: &listing) } catch {
                throw error.error
            }
            return listing
        }
        try await listKinds(of: target, skipping: skipping, &session, into: &listing)
        return listing
    }

    func check(_ target: TargetSpec, _ aliases: [ToolAlias]) -> DefinitionCheck {
        DefinitionCheck(
            naming: ToolNaming(target.name, aliases, lengthMax: toolNameMax),
            allowsHidden: target.allowsHidden
        )
    }

    /// Reads all pages of one kind.
    func list(
        _ kind: CatalogKind,
        of target: TargetSpec,
        _ session: inout InquirySession,
        into listing: inout ToolListing
    ) async throws(InquiryFault) {
        var cursor: String?
        var cursors: Set<String> = []
        repeat {
            let page = try await nextPage(kind, of: target, cursor, &session)
            listing.add(page, of: kind)
            cursor = page.nextCursor
            do throws(ToolSourceError) { try check(listing, kind, cursor, &cursors) } catch {
                throw .failed(error)
            }
        } while cursor != nil
    }

    private func check(
        _ listing: ToolListing,
        _ kind: CatalogKind,
        _ cursor: String?,
        _ cursors: inout Set<String>
    ) throws(ToolSourceError) {
        guard listing.count(of: kind) <= kind.countMax else {
            throw ToolSourceError(
                "the target lists more than \(kind.countMax) \(kind.word)s",
                hint: "split the function"
            )
        }
        guard listing.byteCount <= definitionBytesMax else {
            throw ToolSourceError(
                "the target's definitions have more than \(definitionBytesMax) bytes together",
                hint: "split the function, or shorten its descriptions"
            )
        }
        guard let cursor else { return }
        guard cursor.utf8.count <= Self.cursorBytesMax else {
            throw ToolSourceError(
                "page \(listing.pageCount) has a nextCursor of \(cursor.utf8.count) bytes",
                hint: "\(Self.cursorBytesMax) are allowed"
            )
        }
        guard cursors.insert(cursor).inserted else {
            throw ToolSourceError(
                "page \(listing.pageCount) has a nextCursor that an earlier page had, so the list never ends",
                hint: "the function must leave nextCursor out of its last page"
            )
        }
        guard listing.pageCount < Self.pagesMax else {
            throw ToolSourceError(
                "the list has more than \(Self.pagesMax) pages",
                hint: "let the function put more \(kind.word)s into a page"
            )
        }
    }

    private func nextPage(
        _ kind: CatalogKind,
        of target: TargetSpec,
        _ cursor: String?,
        _ session: inout InquirySession
    ) async throws(InquiryFault) -> ToolList {
        let contract = target.contract
        var answer = try await page(kind, of: target, cursor, &session)
        if contract.isHTTP,
            let retry = HTTPEventContract.retry(answer.bytes, payload: answer.payload, over: session.http)
        {
            if retry == .modern {
                session.http.session = .modern
            } else {
                do throws(ToolSourceError) { try await open(target, &session) } catch { throw .failed(error) }
            }
            answer = try await page(kind, of: target, cursor, &session)
        }
        do throws(ContractError) {
            return try contract.readList(
                of: kind,
                answer.bytes,
                payload: answer.payload,
                over: session.http
            )
        } catch {
            let told = ToolSourceError(HiddenCharacters.shown(error.description), hint: error.hint)
            if case .notServed = error { throw .notServed(told) }
            throw .noList(told)
        }
    }

    private func page(
        _ kind: CatalogKind,
        of target: TargetSpec,
        _ cursor: String?,
        _ session: inout InquirySession
    ) async throws(InquiryFault) -> ToolSourceAnswer {
        session.http.nowMs = WallClock.nowMs()
        let http = session.http
        do throws(ToolSourceError) {
            return try await ask(target, &session) { (id, out) in
                target.contract.appendListPayload(of: kind, cursor: cursor, id: id, over: http, to: &out)
            }
        } catch {
            throw error.isOfFunction ? .noList(error) : .failed(error)
        }
    }

    /// Opens a session of an HTTP function, for this inquiry alone.
    private func open(_ target: TargetSpec, _ session: inout InquirySession) async throws(ToolSourceError) {
        let answer = try await greet(target, &session)
        do throws(ContractError) {
            session.http.session = try HTTPEventContract.readSession(
                answer.bytes,
                payload: answer.payload,
                over: session.http
            )
        } catch {
            throw ToolSourceError(
                "the function wants a session and gave none: \(HiddenCharacters.shown(error.description))",
                hint: error.hint
            )
        }
        let http = session.http
        do throws(ToolSourceError) {
            _ = try await ask(target, &session) { (id, out) in
                target.contract.appendInitialized(id: id, over: http, to: &out)
            }
        } catch {
            // The next request for the list will show whether the function took notice.
        }
    }

    /// Asks an HTTP function who it is.
    func greet(
        _ target: TargetSpec,
        _ session: inout InquirySession
    ) async throws(ToolSourceError) -> ToolSourceAnswer {
        let http = session.http
        let answer = try await ask(target, &session) { (id, out) in
            target.contract.appendGreeting(id: id, over: http, to: &out)
        }
        session.greeting = answer
        return answer
    }

    /// Invokes the function once, within the time that is left.
    private func ask(
        _ target: TargetSpec,
        _ session: inout InquirySession,
        _ write: (Int, inout ByteBuffer) -> Void
    ) async throws(ToolSourceError) -> ToolSourceAnswer {
        let id = session.nextID()
        var payload = ByteBuffer()
        write(id, &payload)
        let left = ContinuousClock.now.duration(to: session.deadline)
        guard left > .zero else {
            throw ToolSourceError(
                "the list was not complete within \(timeout.milliseconds) ms, after \(id - 1) requests",
                hint: "raise refresh.timeout in gateway.toml"
            )
        }
        return try await source.invoke(target, payload: payload, timeout: left)
    }
}

/// Why there is no list of a kind.
enum InquiryFault: Error {
    /// The function says that it has none.
    case notServed(ToolSourceError)
    /// The function ran, and what came of it is no list.
    case noList(ToolSourceError)
    /// The function could not be asked, or its list breaks a bound.
    case failed(ToolSourceError)

    var error: ToolSourceError {
        switch self {
        case .notServed(let error), .noList(let error), .failed(let error): error
        }
    }
}
