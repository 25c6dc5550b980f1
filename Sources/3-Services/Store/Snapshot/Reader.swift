import Policy
import Database

/// What the reader thread owns: a connection that only reads, and the watch over the store.
struct Reader: ~Copyable {
    let reading: ReadTransaction
    private let file: StoreFile
    private let clock: @Sendable () -> Int64
    private var watch: Watch?

    init(reading: consuming ReadTransaction, file: StoreFile, clock: @escaping @Sendable () -> Int64) {
        self.reading = reading
        self.file = file
        self.clock = clock
        watch = nil
    }

    /// The version of the snapshot that was published last; 0 before the first.
    var publishedVersion: Int64 { watch?.snapshot.version ?? 0 }

    mutating func startWatching(_ watcher: Watcher) -> Result<Void, StoreError> {
        // Read before the snapshot: a commit in between is seen once more, not missed.
        let nowMs = clock()
        return reading.dataVersion().flatMap { dataVersion in
            reading.perform { reading throws(StoreError) in
                let generation = try reading.generation()
                let loaded = try reading.loadSnapshot(generation: generation, reusing: nil, nowMs: nowMs)
                return (generation, loaded)
            }.map { generation, loaded in
                watcher.onLoad(loaded.cost)
                watch = Watch(
                    dataVersion: dataVersion,
                    generation: generation,
                    snapshot: loaded.snapshot,
                    watcher: watcher
                )
                watcher.publish(loaded.snapshot)
            }
        }
    }

    /// Looks for commits since the last look, by any connection, and publishes what they changed.
    mutating func publishIfChanged() {
        guard var watch else { return }
        let displacement = file.fault()
        if displacement != watch.displacement {
            watch.displacement = displacement
            watch.watcher.onPlace(displacement)
        }
        switch news(since: watch) {
        case .failure(let error):
            if !watch.isFailing { watch.watcher.onFailure(error) }
            watch.isFailing = true
        case .success(let news):
            watch.isFailing = false
            watch.dataVersion = news.dataVersion
            watch.generation = news.generation
            if let snapshot = news.snapshot {
                watch.snapshot = snapshot
                watch.watcher.publish(snapshot)
            }
        }
        self.watch = watch
    }

    private borrowing func news(since watch: Watch) -> Result<News, StoreError> {
        let nowMs = clock()
        return reading.dataVersion().flatMap { dataVersion in
            if dataVersion == watch.dataVersion {
                return .success(News(dataVersion: dataVersion, generation: watch.generation, snapshot: nil))
            }
            return reading.perform { reading throws(StoreError) in
                let generation = try reading.generation()
                var snapshot: Snapshot?
                if generation.catalog != watch.generation.catalog {
                    let loaded = try reading.loadSnapshot(
                        generation: generation,
                        reusing: (watch.snapshot, watch.generation),
                        nowMs: nowMs
                    )
                    watch.watcher.onLoad(loaded.cost)
                    snapshot = loaded.snapshot
                } else {
                    if generation.health != watch.generation.health {
                        snapshot = watch.snapshot.replacingHealth(try reading.targetHealths())
                    }
                    if generation.session != watch.generation.session {
                        let ended = try reading.endedSessions(
                            generation,
                            since: watch.snapshot.endedSessions,
                            nowMs: nowMs
                        )
                        snapshot = (snapshot ?? watch.snapshot).replacingEndedSessions(ended)
                    }
                }
                return News(dataVersion: dataVersion, generation: generation, snapshot: snapshot)
            }
        }
    }
}

private struct Watch {
    var dataVersion: Int64
    var generation: Generation
    var snapshot: Snapshot
    let watcher: Watcher
    var isFailing = false
    var displacement: StoreError?
}

/// The receivers of changes, called on the reader's thread; see `Store.watch`.
struct Watcher: Sendable {
    let publish: @Sendable (Snapshot) -> Void
    let onLoad: @Sendable (SnapshotCost) -> Void
    let onPlace: @Sendable (StoreError?) -> Void
    let onFailure: @Sendable (StoreError) -> Void
}

private struct News {
    let dataVersion: Int64
    let generation: Generation
    /// `nil` when nothing that a snapshot shows has changed.
    let snapshot: Snapshot?
}

extension ReadTransaction {
    fileprivate borrowing func dataVersion() -> Result<Int64, StoreError> {
        Result { () throws(DatabaseError) in try connection.dataVersion() }.mapError { StoreError($0) }
    }
}
