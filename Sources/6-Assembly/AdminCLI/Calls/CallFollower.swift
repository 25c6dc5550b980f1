import AdminAPI
import EventLoop
import JSON
import REST

/// Prints calls as they are stored, until it is interrupted or nobody reads any more.
///
/// Twice a second it asks for the calls stored since a place that the previous answer gave, so no call comes twice or
/// is missed, even over midnight or a restart of the server. When there is no answer it tries again.
struct CallFollower {
    let session: Session
    let filter: CallPages.Request
    /// How many earlier calls are shown first.
    let pastMax: Int

    private static let interval = Duration.milliseconds(500)
    private static let idsMax = 10_000

    /// How far the reader has come.
    private struct Place {
        var last: String?
        /// Ids of earlier calls that were printed: they may come once more.
        var printed: Set<String> = []
        var isBegun = false
    }

    /// The outcome of some seconds of following.
    private struct Round {
        /// Where to continue; nil to end.
        var place: Place?
        /// Why there was no answer.
        var failure: String?
    }

    func run() throws -> Int32 {
        SignalWatcher.block()
        var round = Round(place: Place())
        var isCut = false
        while let begin = round.place {
            do { round = try follow(from: begin) } catch  where begin.isBegun && Self.isPassing(error) {
                round = Round(place: begin, failure: "\(error)")
            }
            if let failure = round.failure {
                if !isCut { session.err.write("note: \(safe(failure)); trying again\n") }
                if session.out.isBroken || SignalWatcher.wait(for: .seconds(1)) != nil { round.place = nil }
            }
            isCut = round.failure != nil
        }
        return session.out.isBroken ? 1 : 0
    }

    /// Whether another try may succeed.
    private static func isPassing(_ error: any Error) -> Bool {
        if let failure = error as? CommandFailure {
            return failure.status.map { $0 >= 500 || $0 == 429 } ?? true
        }
        return !(error is UsageError || error is RefusedWords)
    }

    /// Follows for some seconds, then closes what it opened.
    private func follow(from begin: Place) throws -> Round {
        try session.withAdmin(readsRecords: true) { admin in
            var place = begin.isBegun ? begin : try await past(admin)
            do {
                for _ in 0..<60 {
                    while try await step(admin, &place) == Page.limitMax, !session.out.isBroken {}
                    // This thread has nothing else to do meanwhile.
                    if session.out.isBroken || SignalWatcher.wait(for: Self.interval) != nil {
                        return Round()
                    }
                }
                return Round(place: place)
            } catch  where Self.isPassing(error) {
                return Round(place: place, failure: "\(error)")
            }
        }
    }

    /// Shows earlier calls, the oldest first.
    private func past(_ admin: any AdminClient) async throws -> Place {
        var place = Place(isBegun: true)
        var calls: [Answer<CallForm>] = []
        var pages = CallPages(filter, slowest: nil, countMax: max(1, pastMax))
        while let page = try await pages.next(admin) {
            place.last = place.last ?? page.last
            for fault in page.faults { session.err.write("note: \(safe(fault))\n") }
            calls += page.calls
        }
        guard place.last != nil else {
            throw CommandFailure("this server doesn't say what was stored since", hint: "leave --follow out")
        }
        session.writeHead()
        place.printed = Set(calls.prefix(Self.idsMax).map { $0.id })
        show(calls.reversed())
        return place
    }

    /// Shows the calls stored since the place.
    /// - Returns: how many there were.
    private func step(_ admin: any AdminClient, _ place: inout Place) async throws -> Int {
        var request = filter
        request.since = nil
        request.after = .optional(place.last)
        let answer: Answer<CallsForm>
        do {
            answer = try await CallPages.ask(admin, request, limit: Page.limitMax)
        } catch is RefusedWords where place.last != nil {
            session.err.write(
                "note: the records are others than before; going on with what is stored from now on\n"
            )
            place.last = try await CallPages.ask(admin, filter, limit: 1).last
            return 0
        }
        show(answer.calls.filter { !place.printed.contains($0.id) })
        place.last = answer.last ?? place.last
        return answer.calls.count
    }

    private func show(_ calls: [Answer<CallForm>]) {
        session.out.write(calls.map { session.format == .json ? session.line(of: $0) : text($0) }.joined())
    }

    /// `2026-11-29 14:02:11Z  team-a  3k9x0v2a  ok  12.3 ms  crm___delete_customer`
    private func text(_ call: Answer<CallForm>) -> String {
        let style = session.out.style
        let columns = session.out.columns
        let isNarrow = columns.map { $0 < 100 } ?? false
        let time = Cell.moment(call.atMs).text(nowMs: 0) ?? ""
        var cells: [(Cell, Int)] = [
            // In a narrow terminal only the time of day.
            isNarrow ? (.text(String(time.suffix(9))), 9) : (.moment(call.atMs), 20),
            (.text(call.tenant), 12),
        ]
        if !isNarrow { cells.append((CallColumns.credential(call), 10)) }
        cells.append((CallColumns.outcome("").cell(call), 14))
        cells.append((.text(durationText(microseconds: call.durationUs)), 8))
        let head = cells.map { cell, width in
            let text = cell.text(nowMs: 0) ?? "–"
            return style.text(columns == nil ? text : cut(text, to: width), cell.tone, width: width)
        }.joined(separator: "  ")
        // Colours take no columns but would be cut as characters, so only the text after them is cut.
        let room = columns.map { max(8, $0 - cells.reduce(0) { $0 + $1.1 + 2 }) }
        let tool = safe(call.tool)
        return "\(head)  \(room.map { cut(tool, to: $0) } ?? tool)\n"
    }
}
