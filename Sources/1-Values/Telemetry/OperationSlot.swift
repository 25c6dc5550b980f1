import Synchronization

/// The place of one tool's durations of one outcome: empty until the first such call. Any thread, no lock.
///
/// The standard library's `AtomicLazyReference` does the same, but looks up a type's metadata with every load.
struct OperationSlot: ~Copyable {
    /// The object's address; the slot holds a reference to the object. 0 when there is none.
    private let address = Atomic<UInt>(0)

    func load() -> CallOperation? {
        let address = address.load(ordering: .acquiring)
        guard let object = unsafe UnsafeRawPointer(bitPattern: address) else { return nil }
        // A stored object stays until the slot is deinitialized.
        return unsafe Unmanaged<CallOperation>.fromOpaque(object).takeUnretainedValue()
    }

    /// Stores the object, unless another thread was faster; returns the one that is stored now.
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
