import Policy
import SQLite

/// What the reader thread owns: a connection that only reads, and the watch over the store.
struct Reader: ~Copyable {
    let reading: ReadTransaction
    private var watch: Watch?

    init(reading: consuming ReadTransaction) {
        self.reading = reading
        watch = nil
    }

    mutating func startWatching(
        publish: @escaping @Sendable (Snapshot) -> Void,
        onLoad: @escaping @Sendable (SnapshotCost) -> Void,
        onFailure: @escaping @Sendable (StoreError) -> Void
    ) -> Result<Void, StoreError> {
        // Read before the snapshot: a commit that comes between is looked at once more, not missed.
        reading.dataVersion().flatMap { dataVersion in
            reading.perform { reading throws(StoreError) in
                let generation = try reading.generation()
                return (generation, try reading.loadSnapshot(generation: generation, reusing: nil))
            }.map { generation, loaded in
                onLoad(loaded.cost)
                watch = Watch(
                    dataVersion: dataVersion,
                    generation: generation,
                    snapshot: loaded.snapshot,
                    publish: publish,
                    onLoad: onLoad,
                    onFailure: onFailure
                )
                publish(loaded.snapshot)
            }
        }
    }

    /// Looks for commits since the last look, by any connection, and publishes what they changed.
    mutating func publishIfChanged() {
        guard var watch else { return }
        switch news(since: watch) {
        case .failure(let error):
            if !watch.isFailing { watch.onFailure(error) }
            watch.isFailing = true
        case .success(let news):
            watch.isFailing = false
            watch.dataVersion = news.dataVersion
            watch.generation = news.generation
            if let snapshot = news.snapshot {
                watch.snapshot = snapshot
                watch.publish(snapshot)
            }
        }
        self.watch = watch
    }

    private borrowing func news(since watch: Watch) -> Result<News, StoreError> {
        reading.dataVersion().flatMap { dataVersion in
            if dataVersion == watch.dataVersion {
                return .success(News(dataVersion: dataVersion, generation: watch.generation, snapshot: nil))
            }
            return reading.perform { reading throws(StoreError) in
                let generation = try reading.generation()
                var snapshot: Snapshot?
                if generation.catalog != watch.generation.catalog {
                    let loaded = try reading.loadSnapshot(
                        generation: generation,
                        reusing: (watch.snapshot, watch.generation)
                    )
                    watch.onLoad(loaded.cost)
                    snapshot = loaded.snapshot
                } else if generation.health != watch.generation.health {
                    snapshot = watch.snapshot.replacingHealth(try reading.targetHealths())
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
    let publish: @Sendable (Snapshot) -> Void
    let onLoad: @Sendable (SnapshotCost) -> Void
    let onFailure: @Sendable (StoreError) -> Void
    var isFailing = false
}

private struct News {
    let dataVersion: Int64
    let generation: Generation
    /// `nil` when nothing that a snapshot shows has changed.
    let snapshot: Snapshot?
}

extension ReadTransaction {
    fileprivate borrowing func dataVersion() -> Result<Int64, StoreError> {
        Result { () throws(SQLiteError) in try connection.dataVersion() }.mapError { StoreError($0) }
    }
}
