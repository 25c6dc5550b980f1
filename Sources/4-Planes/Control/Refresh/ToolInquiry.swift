import Bytes
import Calendar
import Contracts
import EventLoop
import MCP
import Policy
package import Store
import Text

/// Asks one target for all its tools: page after page, within one deadline and fixed bounds.
package struct ToolInquiry: Sendable {
    /// The most pages that are asked for.
    package static let pagesMax = 200
    /// The most tools of one target.
    package static let toolsMax = 10_000
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

    /// All tools of the target, checked for whether they can be exposed under these aliases or their own names.
    /// - Throws: why there is no complete list. A tool that can't be used is not a failure: it is among the refused.
    package func list(
        _ target: TargetSpec,
        aliases: [ToolAlias]
    ) async throws(ToolSourceError) -> ToolListing {
        var listing = ToolListing(check: check(target, aliases))
        if let declared = try Self.declaredTools(of: target) {
            do throws(ContractError) { listing.add(try DeclaredTools(declared)) } catch {
                throw ToolSourceError(HiddenCharacters.shown(error.description), hint: error.hint)
            }
            return listing
        }
        let deadline = ContinuousClock.now + timeout
        var cursor: String?
        var cursors: Set<String> = []
        var http = HTTPExchange(
            address: HTTPAddress(path: target.invoke.httpPath, host: target.invoke.httpHost),
            seed: CallIDSeed(high: .random(in: .min ... .max), low: .random(in: .min ... .max))
        )
        repeat {
            let list = try await nextPage(target, cursor, deadline, &http, number: listing.pageCount + 1)
            listing.add(list)
            cursor = list.nextCursor
            try check(listing, cursor, &cursors)
        } while cursor != nil
        return listing
    }

    func check(_ target: TargetSpec, _ aliases: [ToolAlias]) -> DefinitionCheck {
        DefinitionCheck(
            naming: ToolNaming(target.name, aliases, lengthMax: toolNameMax),
            allowsHidden: target.allowsHidden
        )
    }

    private func check(
        _ listing: ToolListing,
        _ cursor: String?,
        _ cursors: inout Set<String>
    ) throws(ToolSourceError) {
        guard listing.count <= Self.toolsMax else {
            throw ToolSourceError(
                "the target lists more than \(Self.toolsMax) tools",
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
                hint: "let the function put more tools into a page"
            )
        }
    }

    private func nextPage(
        _ target: TargetSpec,
        _ cursor: String?,
        _ deadline: ContinuousClock.Instant,
        _ http: inout HTTPExchange,
        number: Int
    ) async throws(ToolSourceError) -> ToolList {
        let contract = target.contract
        http.nowMs = WallClock.nowMs()
        var answer = try await ask(target, deadline, number) { [http] (out) in
            contract.appendListPayload(cursor: cursor, id: number, over: http, to: &out)
        }
        if contract.isHTTP,
            let retry = HTTPEventContract.retry(answer.bytes, payload: answer.payload, over: http)
        {
            http.session =
                retry == .modern ? .modern : try await session(of: target, deadline, http, number: number)
            answer = try await ask(target, deadline, number) { [http] (out) in
                contract.appendListPayload(cursor: cursor, id: number, over: http, to: &out)
            }
        }
        let (read, exchange) = (answer, http)
        return try page { () throws(ContractError) in
            try contract.readToolList(read.bytes, payload: read.payload, over: exchange)
        }
    }

    /// Opens a session of an HTTP function, for this list only.
    private func session(
        of target: TargetSpec,
        _ deadline: ContinuousClock.Instant,
        _ http: HTTPExchange,
        number: Int
    ) async throws(ToolSourceError) -> HTTPSession {
        let answer = try await ask(target, deadline, number) { (out) in
            target.contract.appendInitialize(id: number, over: http, to: &out)
        }
        let session: HTTPSession
        do throws(ContractError) {
            session = try HTTPEventContract.readSession(answer.bytes, payload: answer.payload, over: http)
        } catch {
            throw ToolSourceError(
                "the function wants a session and gave none: \(HiddenCharacters.shown(error.description))",
                hint: error.hint
            )
        }
        var opened = http
        opened.session = session
        let exchange = opened
        do throws(ToolSourceError) {
            _ = try await ask(target, deadline, number) { (out) in
                target.contract.appendInitialized(id: number, over: exchange, to: &out)
            }
        } catch {
            // The next request for the list will show whether the function took notice.
        }
        return session
    }

    /// Invokes the function once, within the time that is left.
    private func ask(
        _ target: TargetSpec,
        _ deadline: ContinuousClock.Instant,
        _ number: Int,
        _ write: (inout ByteBuffer) -> Void
    ) async throws(ToolSourceError) -> ToolSourceAnswer {
        var payload = ByteBuffer()
        write(&payload)
        let left = ContinuousClock.now.duration(to: deadline)
        guard left > .zero else {
            throw ToolSourceError(
                "the list was not complete within \(timeout.milliseconds) ms, after \(number - 1) pages",
                hint: "raise refresh.timeout in gateway.toml"
            )
        }
        return try await source.invoke(target, payload: payload, timeout: left)
    }

    private func page(_ read: () throws(ContractError) -> ToolList) throws(ToolSourceError) -> ToolList {
        do throws(ContractError) { return try read() } catch {
            throw ToolSourceError(HiddenCharacters.shown(error.description), hint: error.hint)
        }
    }
}
