package import Bytes
import Calendar
import System
import Threads

/// Finds recorded calls, whether or not a server runs. Any thread; costs nothing until it is asked.
///
/// Files are opened for each question. One that can't be read is left out, and the answer says so. The questions of a
/// process are answered one after another, on a thread of their own.
package struct RecordReader: Sendable {
    let folder: RecordFolder

    /// - Parameter directory: a missing one has no calls.
    package init(directory: String) { folder = RecordFolder(path: directory) }

    /// - Throws: `.place` for an `after` that doesn't come from a list in this order.
    package func calls(_ query: CallQuery) async throws(RecordError) -> RecordedCalls {
        try await Self.ask(of: query.tenantID) { () throws(RecordError) in try blockingCalls(query) }
    }

    /// The calls that have an id: as their own, as that of their trace, or as Lambda's for their invocation. The newest first,
    /// with arguments and results.
    ///
    /// - Parameter tenantID: the only tenant whose calls are found; nil for all.
    package func calls(
        identifiedBy id: ID128,
        tenantID: Int64? = nil,
        limit: Int = 100
    ) async throws(RecordError) -> RecordedCalls {
        try await Self.ask(of: tenantID) { () throws(RecordError) in
            blockingCalls(identifiedBy: id, tenantID: tenantID, limit: limit)
        }
    }

    /// The place after everything that is stored now, for `after` of a query in the order of storing.
    /// - Parameter tenantID: the tenant that asks; nil for an operator.
    package func end(tenantID: Int64? = nil) async throws(RecordError) -> String {
        try await Self.ask(of: tenantID) { () throws(RecordError) in blockingEnd() }
    }

    /// The arguments that a tool was called with, as far as their shapes were recorded.
    package func argumentShapes(of query: ShapeQuery) async throws(RecordError) -> RecordedShapes {
        try await Self.ask { () throws(RecordError) in blockingShapes(query) }
    }

    /// The thread that answers; nil when it could not be started.
    private static let thread = try? OwnerThread(
        name: "records-read",
        jobsMax: 64,
        idleEvery: .seconds(3_600),
        idle: { _ in },
        owning: ()
    )

    private static let tenants = TenantQuestions()

    /// - Parameter tenantID: the tenant whose calls are asked for; nil for an operator's question.
    private static func ask<T: Sendable>(
        of tenantID: Int64? = nil,
        _ body: @escaping @Sendable () throws(RecordError) -> T
    ) async throws(RecordError) -> T {
        if let tenantID, !tenants.begin(tenantID) { throw .busy }
        defer { if let tenantID { tenants.end(tenantID) } }
        let answer = await thread?.run { _ in Result { () throws(RecordError) in try body() } }
        guard let answer else { throw .busy }
        return try answer.get()
    }

    /// The files that may have calls of that time, the newest day first.
    func files(sinceUs: Int64?, untilUs: Int64?, _ faults: inout RecordFaults) -> [RecordFolder.File] {
        do throws(FileError) {
            return try folder.files().filter { file in
                if let sinceUs, file.name.day < UTCDay(us: sinceUs) { return false }
                if let untilUs, file.name.day > UTCDay(us: untilUs) { return false }
                if !file.isRegular { faults.add(file.name, "it is not a regular file") }
                return file.isRegular
            }
        } catch {
            faults.add("\(error)")
            return []
        }
    }
}

/// Why a question about records isn't answered.
package enum RecordError: Error, Equatable {
    /// `after` isn't a place that a list in this order has given.
    case place
    /// Too many questions wait.
    case busy
}

/// What could not be read, in words; a bounded number of them.
struct RecordFaults {
    private static let max = 50
    private(set) var texts: [String] = []
    private var more = 0

    mutating func add(_ text: String) {
        if texts.count < Self.max { texts.append(text) } else { more += 1 }
    }

    mutating func add(_ file: RecordFileName, _ what: String) { add("\(file.text): \(what)") }

    var all: [String] { more == 0 ? texts : texts + ["and \(more) more"] }
}
