import Calendar
import Database
import System
import Telemetry

/// The files that a writer has open, and the records that wait for them. The writer's thread only.
final class RecordFiles {
    /// The most files that may be open: calls that began before midnight end after it, and clocks are set.
    private static let openMax = 4

    var settings: RecordSettings
    private let folder: RecordFolder
    private let keeper: any BodyKeeper
    private let clock: RecordClock
    private let queue: RecordQueue
    private let log: @Sendable (RecordEvent) -> Void

    private var place: WriterPlace?
    /// The file that was used last is at the end.
    private var open: [DayFile] = []
    private var waiting: [UTCDay: [BatchShare]] = [:]
    /// The bytes of arguments and results that were taken since everything was written last.
    private var bodyBytes = 0
    /// Files that turned out to be unusable, with their inodes, which tell them from later files of the same name.
    private var unusable: [RecordFileName: UInt64] = [:]
    private var tidying: RecordTidying
    private var lastTailMs: Int64 = .min
    private var retryAtMs: Int64 = .min
    private var failing: String?

    init(
        _ settings: RecordSettings,
        keeper: any BodyKeeper,
        clock: RecordClock,
        queue: RecordQueue,
        log: @escaping @Sendable (RecordEvent) -> Void
    ) {
        self.settings = settings
        folder = RecordFolder(path: settings.directory)
        self.keeper = keeper
        self.clock = clock
        self.queue = queue
        self.log = log
        tidying = RecordTidying(clock)
    }

    /// Sorts records by the days of their starts.
    func add(_ batches: [CallBatch]) {
        for batch in batches {
            bodyBytes += batch.bytes.count
            guard let first = batch.records.first.map({ UTCDay(us: $0.startedAtUs) }) else { continue }
            let (start, end) = (first.startMs * 1_000, first.startMs * 1_000 + UTCDay.ms * 1_000)
            if batch.records.indices.allSatisfy({ start..<end ~= batch.records[$0].startedAtUs }) {
                waiting[first, default: []].append(BatchShare(batch: batch, positions: nil))
                continue
            }
            var positions: [UTCDay: [Int]] = [:]
            for index in batch.records.indices {
                positions[UTCDay(us: batch.records[index].startedAtUs), default: []].append(index)
            }
            for (day, positions) in positions {
                waiting[day, default: []].append(BatchShare(batch: batch, positions: positions))
            }
        }
    }

    /// Writes what waits, as far as it can be written, and removes files that are too old.
    ///
    /// - Parameter isAsked: whether everything is to be written now. Otherwise records that are in no whole block
    ///   wait until `RecordWriter.interval` has passed, and nothing is tried for a second after a failure.
    func write(isAsked: Bool) {
        let steadyMs = clock.steadyMs()
        tidy()
        if !isAsked, steadyMs < retryAtMs { return }
        let isDue = isAsked || steadyMs >= lastTailMs + RecordWriter.interval.milliseconds - 100
        var written = 0
        var fault: String?
        // Tries again with another file when one turns out to be unusable.
        for _ in 0..<RecordFileName.tryMax {
            let turn = turn(wholeBlocksAlone: !isDue)
            written += turn.written
            fault = turn.fault
            if !turn.isToBeRepeated { break }
        }
        if isDue { lastTailMs = steadyMs }
        if waiting.isEmpty, open.allSatisfy({ $0.unstoredCount == 0 }) {
            queue.free(bodyBytes: bodyBytes)
            bodyBytes = 0
        }
        // When nothing was written, an earlier failure still holds.
        if written == 0, fault == nil { fault = failing }
        tell(fault)
        retryAtMs = fault == nil || waiting.isEmpty ? .min : steadyMs + 1_000
        let nowMs = clock.nowMs()
        queue.change { figures in
            figures.queued -= written
            figures.written += written
            if written > 0 { figures.lastWriteMs = nowMs }
            if figures.failing == nil || fault == nil { figures.failingSinceMs = fault == nil ? nil : nowMs }
            figures.failing = fault
        }
    }

    private func turn(wholeBlocksAlone: Bool) -> (written: Int, fault: String?, isToBeRepeated: Bool) {
        var fault: String?
        for day in waiting.keys.sorted() {
            if tidying.isFull {
                drop(day) { $0.droppedBytesMax += $1 }
                fault = "the files of the present day alone take all of bytes_max"
                continue
            }
            do throws(FileFault) {
                let file = try file(of: day)
                for share in waiting.removeValue(forKey: day) ?? [] { file.add(share) }
            } catch {
                fault = error.reason
                if case .unusable = error { drop(day) { $0.droppedUnusable += $1 } }
            }
        }
        var written = 0
        var isToBeRepeated = false
        for file in open where file.unstoredCount > 0 {
            do throws(FileFault) { written += try write(file, wholeBlocksAlone: wholeBlocksAlone) } catch {
                fault = error.reason
                if case .unusable = error { isToBeRepeated = true }
            }
        }
        return (written, fault, isToBeRepeated)
    }

    /// - Throws: `.unusable` when the file was closed and another one can be.
    private func write(_ file: DayFile, wholeBlocksAlone: Bool) throws(FileFault) -> Int {
        let path = folder.path(of: file.name)
        guard file.isInPlace, place?.isInPlace ?? false else {
            // Nobody would find what is written there.
            file.leave()
            close(file)
            log(
                RecordEvent(
                    "a record file was moved or removed while it was written; another one is begun",
                    [("file", path)]
                )
            )
            throw .unusable("\(path) was moved or removed")
        }
        do throws(DatabaseError) { return try file.write(wholeBlocksAlone: wholeBlocksAlone) } catch {
            let fault = FileFault(error, DatabaseFile(path: path))
            if case .unusable(let reason) = fault {
                setAside(file.name, reason)
                close(file)
            }
            throw fault
        }
    }

    /// The file for a day, opened or made.
    ///
    /// - Throws: `.unusable` when none of the files that the day may have can be used.
    private func file(of day: UTCDay) throws(FileFault) -> DayFile {
        if let index = open.firstIndex(where: { $0.name.day == day }) {
            open.append(open.remove(at: index))
            return open[open.count - 1]
        }
        let server = try server()
        for number in 1...RecordFileName.tryMax {
            let name = RecordFileName(day: day, server: server, number: number)
            if let inode = unusable[name] {
                if inode == Files.status(folder.path(of: name), followingLinks: false)?.inode { continue }
                unusable[name] = nil
            }
            do throws(FileFault) {
                let file = DayFile(try OpenedFile.open(name, in: folder), keeper: keeper)
                if open.count >= Self.openMax { closeOldest() }
                open.append(file)
                tidying.lookSoon()
                return file
            } catch {
                guard case .unusable(let reason) = error else { throw error }
                setAside(name, reason)
            }
        }
        throw .unusable("no file for \(day.text) can be used: \(RecordFileName.tryMax) are damaged")
    }

    /// The number of the server that this writer is. Makes the folder.
    private func server() throws(FileFault) -> Int {
        if let place, place.isInPlace { return place.server }
        for file in open { file.leave() }
        while let file = open.last { close(file) }
        place = nil
        do throws(FileError) {
            try folder.make()
            place = try WriterPlace.take(in: folder)
        } catch {
            throw .unavailable("\(error)")
        }
        guard let place else {
            throw .unavailable("\(folder.path) is written by \(RecordFileName.serverMax) servers")
        }
        return place.server
    }

    /// Leaves a file as it is; its day's further records go into the next one.
    private func setAside(_ name: RecordFileName, _ reason: String) {
        let path = folder.path(of: name)
        if unusable.count > 1_000 { unusable = [:] }
        unusable[name] = Files.status(path, followingLinks: false)?.inode ?? 0
        log(
            RecordEvent(
                "a record file can't be used and is left as it is; further calls of its day go into another one",
                [("file", path), ("error", reason)]
            )
        )
    }

    /// Closes a file; the records that it has not stored wait again.
    private func close(_ file: DayFile) {
        guard let index = open.firstIndex(where: { $0 === file }) else { return }
        open.remove(at: index)
        if file.unstoredCount > 0 {
            waiting[file.name.day, default: []].insert(contentsOf: file.unstored, at: 0)
        }
    }

    private func closeOldest() {
        guard let file = open.first else { return }
        if let written = try? write(file, wholeBlocksAlone: false) {
            queue.change { figures in
                figures.queued -= written
                figures.written += written
            }
        }
        close(file)
    }

    private func drop(_ day: UTCDay, _ count: (inout RecordFigures, Int) -> Void) {
        let dropped = (waiting.removeValue(forKey: day) ?? []).reduce(0) { $0 + $1.count }
        let nowMs = clock.nowMs()
        queue.change { figures in
            figures.queued -= dropped
            figures.lastDropMs = nowMs
            count(&figures, dropped)
        }
    }

    private func tidy() {
        let removed = tidying.run(folder, settings) { name in
            for file in open where file.name == name {
                file.leave()
                close(file)
            }
        }
        if let removed {
            log(
                RecordEvent(
                    "the oldest record files were removed: all together took more than records.bytes_max",
                    [("files", "\(removed.count)"), ("last", removed.last.text)],
                    isError: false
                )
            )
        }
        queue.change { figures in
            figures.files = tidying.files
            figures.bytes = tidying.bytes
        }
    }

    /// Logs once when writing begins to fail, and once when it works again.
    private func tell(_ fault: String?) {
        defer { failing = fault }
        if let fault, failing == nil {
            log(
                RecordEvent(
                    "records of calls can't be written; it is tried again each second",
                    [("error", fault)]
                )
            )
        }
        if fault == nil, failing != nil {
            log(RecordEvent("records of calls are written again", isError: false))
        }
    }

    /// Ends the writing: nothing is written afterwards.
    func end() {
        for file in open where !file.isInPlace { file.leave() }
        open = []
        place = nil
        let lost = waiting.values.joined().reduce(0) { $0 + $1.count }
        if lost > 0 {
            log(
                RecordEvent(
                    "records of calls could not be written before the end",
                    [("calls", "\(lost)"), ("error", failing ?? "")]
                )
            )
        }
    }
}
