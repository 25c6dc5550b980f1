import Database

/// Why the store didn't do what it was asked: the model refuses it, or the storage failed. Holds no secret: neither
/// keys nor bound values.
package enum StoreError: Error, Equatable, CustomStringConvertible {
    case rejected(ModelFault)
    case failed(StoreFailure)

    package init(_ kind: Kind, _ message: String, hint: String = "") {
        switch kind {
        case .rejected(let kind): self = .rejected(ModelFault(kind, message, hint: hint))
        case .failed(let kind): self = .failed(StoreFailure(kind: kind, message: message, hint: hint))
        }
    }

    package var kind: Kind {
        switch self {
        case .rejected(let fault): .rejected(fault.kind)
        case .failed(let failure): .failed(failure.kind)
        }
    }

    package var message: String {
        switch self {
        case .rejected(let fault): fault.message
        case .failed(let failure): failure.message
        }
    }

    /// What to do next; may be empty.
    package var hint: String {
        switch self {
        case .rejected(let fault): fault.hint
        case .failed(let failure): failure.hint
        }
    }

    package var description: String { hint.isEmpty ? message : "\(message); \(hint)" }

    static let refused = StoreError(
        .closed,
        "the store is closed or has too many changes waiting",
        hint: "try again later, or start the process again"
    )
}

/// A failure of the storage: the file, the disk, the lock on it.
package struct StoreFailure: Error, Equatable {
    package enum Kind: Sendable, Equatable {
        /// Another process held the file for longer than the busy timeout; worth another try.
        case busy
        /// The file can't be opened, or isn't a store of this version.
        case unavailable
        /// The path leads to another file than the open one, or to none; nothing may be written.
        case displaced
        /// The file is damaged.
        case corrupt
        /// The disk, or the library, failed.
        case failed
        /// `close()` was called, or too many writes wait.
        case closed
    }

    package let kind: Kind
    package let message: String
    /// What to do next; may be empty.
    package let hint: String
}

extension StoreError {
    /// The kind of refusal or failure. The static members name the kinds of both.
    package enum Kind: Sendable, Equatable {
        case rejected(ModelFault.Kind)
        case failed(StoreFailure.Kind)

        package static let invalid = Kind.rejected(.invalid)
        package static let notFound = Kind.rejected(.notFound)
        package static let conflict = Kind.rejected(.conflict)
        package static let stale = Kind.rejected(.stale)
        package static let busy = Kind.failed(.busy)
        package static let unavailable = Kind.failed(.unavailable)
        package static let displaced = Kind.failed(.displaced)
        package static let corrupt = Kind.failed(.corrupt)
        package static let failed = Kind.failed(.failed)
        package static let closed = Kind.failed(.closed)
    }
}

/// The value; the model's refusal of it is thrown as a store's error.
package func checked<T>(_ value: @autoclosure () throws(ModelFault) -> T) throws(StoreError) -> T {
    do throws(ModelFault) { return try value() } catch { throw .rejected(error) }
}

extension StoreError {
    /// A failure while the store is open.
    init(_ error: DatabaseError) {
        switch error.kind {
        case .busy:
            self.init(
                .busy,
                "another process kept the store locked for too long",
                hint: "try again; `fuser` on the file shows who has it open"
            )
        case .corrupt, .notADatabase:
            self.init(.corrupt, "the store is damaged: \(error.summary)", hint: "restore it from a backup")
        case .diskFull:
            self.init(.failed, "the disk of the store is full", hint: "make room; nothing was half written")
        case .readOnly:
            self.init(
                .failed,
                "the store became read-only: \(error.summary)",
                hint: "check its owner and its disk"
            )
        case .constraint, .unavailable, .ioFailed, .interrupted, .other:
            self.init(.failed, "the store failed: \(error.summary)")
        }
    }

    /// There is no file at the path, and the operation doesn't make one.
    init(missing path: String) {
        self.init(
            .unavailable,
            "there is no store at \(path)",
            hint: "`mcp-gateway serve` or a command that adds something creates it; "
                + "if there should be one, correct store.path"
        )
    }

    /// A failure while the store is being opened.
    init(opening location: DatabaseLocation, _ error: DatabaseError) {
        switch error.kind {
        case .notADatabase:
            self.init(
                .unavailable,
                "store \(location) is not a SQLite database",
                hint: "set another path for the store, or move that file away"
            )
        case .unavailable, .readOnly, .ioFailed:
            self = Self.unopenable(location, error)
        case .busy:
            self.init(
                .busy,
                "store \(location) is locked by another process",
                hint: "wait for it to finish; `fuser \(location)` shows who has it open"
            )
        case .corrupt, .diskFull, .constraint, .interrupted, .other:
            let plain = StoreError(error)
            self.init(plain.kind, "store \(location): \(plain.message)", hint: plain.hint)
        }
    }

    private static func unopenable(_ location: DatabaseLocation, _ error: DatabaseError) -> StoreError {
        switch location.file?.problem() {
        case .directoryMissing(let directory):
            StoreError(
                .unavailable,
                "store \(location): there is no folder \(directory)",
                hint: "make it with `mkdir -p \(directory)`, or set another path for the store"
            )
        case .directoryNotWritable(let directory):
            StoreError(
                .unavailable,
                "store \(location): this user may not write in the folder \(directory)",
                hint: "let the user that runs this write there; the store keeps a log beside its file"
            )
        case .isDirectory:
            StoreError(.unavailable, "store \(location) is a folder", hint: "set the path of a file in it")
        case .notWritable:
            StoreError(
                .unavailable,
                "store \(location): this user may not read and write the file",
                hint: "give the file to the user that runs this, with mode 600"
            )
        case nil:
            StoreError(.unavailable, "store \(location) can't be opened: \(error.summary)")
        }
    }
}
