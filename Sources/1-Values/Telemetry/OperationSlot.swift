import Synchronization

/// Where one tool finds its durations of one outcome: empty until the first such call. Any thread, no lock.
///
/// The standard library's `AtomicLazyReference` does the same, but looks up a type's metadata with every load.
struct OperationSlot: ~Copyable {
    /// The object's address, which this holds a reference to; 0 for none.
    private let address = Atomic<UInt>(0)

    func load() -> CallOperation? {
        let address = address.load(ordering: .acquiring)
        guard let object = unsafe UnsafeRawPointer(bitPattern: address) else { return nil }
        // What was put here stays until this is gone.
        return unsafe Unmanaged<CallOperation>.fromOpaque(object).takeUnretainedValue()
    }

    /// Puts an object there, unless another thread was faster; returns the one that is there now.
    func storeIfNil(_ made: CallOperation) -> CallOperation {
        let object = unsafe Unmanaged.passRetained(made)
        let (isStored, _) = address.compareExchange(
            expected: 0,
            desired: unsafe UInt(bitPattern: object.toOpaque()),
            ordering: .acquiringAndReleasing
        )
        if isStored { return made }
        unsafe object.release()
        return load() ?? made
    }

    deinit {
        let address = address.load(ordering: .acquiring)
        guard let object = unsafe UnsafeRawPointer(bitPattern: address) else { return }
        unsafe Unmanaged<CallOperation>.fromOpaque(object).release()
    }
}
