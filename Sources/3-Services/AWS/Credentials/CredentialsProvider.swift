import EventLoop
import SigV4
import Synchronization

/// Where a signer gets its key pair, again and again.
///
/// Any thread. A request only looks at `generation`, one atomic load; it asks for the key pair when that has changed.
package protocol CredentialsProvider: AnyObject, Sendable {
    /// Goes up whenever another key pair (or another error) is current.
    var generation: Int { get }

    /// The current key pair.
    func credentials() throws(CredentialsError) -> Credentials

    /// Looks again where the key pair comes from. Blocks for as long as reading two small files takes.
    /// - Returns: whether another one is current now.
    @discardableResult func reload() -> Bool

    /// The same for an operator who has changed something: when what is there now can't be used, a key pair that is good
    /// stays current.
    /// - Returns: what is wrong with what is there now.
    func reloadOrKeep() -> CredentialsError?
}

/// A key pair that was given and never changes.
package final class StaticCredentials: CredentialsProvider {
    private let current: Credentials

    package init(_ credentials: Credentials) { current = credentials }

    package var generation: Int { 0 }

    package func credentials() throws(CredentialsError) -> Credentials { current }

    package func reload() -> Bool { false }

    package func reloadOrKeep() -> CredentialsError? { nil }
}

/// A key pair that is looked for when it's first needed, and again when somebody says that it may have changed.
package final class CredentialsChain: CredentialsProvider {
    private typealias Outcome = Result<Credentials, CredentialsError>

    private let find: @Sendable () throws(CredentialsError) -> Credentials
    private let changes = Atomic<Int>(0)
    private let current: Locked<Outcome?> = Locked(nil)

    /// The environment, then the shared files; the files are read again at each `reload`.
    package convenience init(
        environment: AWSEnvironment,
        profile: String? = nil,
        readFile: @escaping FileReader = FileContents.read
    ) {
        self.init { () throws(CredentialsError) in
            let settings: AWSSettings
            do throws(ProfileError) {
                settings = try AWSSettings(environment: environment, profile: profile, readFile: readFile)
            } catch {
                throw .file(error)
            }
            return try settings.credentials()
        }
    }

    package init(_ find: @escaping @Sendable () throws(CredentialsError) -> Credentials) { self.find = find }

    package var generation: Int { changes.load(ordering: .acquiring) }

    package func credentials() throws(CredentialsError) -> Credentials {
        let find = find
        return try current.withLock { outcome in
            let found = outcome ?? Outcome { () throws(CredentialsError) in try find() }
            outcome = found
            return found
        }.get()
    }

    package func reloadOrKeep() -> CredentialsError? {
        let find = find
        let (isOther, fault) = current.withLock { outcome in
            let found = Outcome { () throws(CredentialsError) in try find() }
            if case .failure(let error) = found {
                if case .success? = outcome { return (false, error as CredentialsError?) }
                defer { outcome = found }
                // What was missing before is missing still, and was said then.
                return (outcome != found, outcome == found ? nil : error)
            }
            defer { outcome = found }
            return (outcome != found, nil)
        }
        if isOther { changes.add(1, ordering: .acquiringAndReleasing) }
        return fault
    }

    @discardableResult
    package func reload() -> Bool {
        let find = find
        let isOther = current.withLock { outcome in
            let found = Outcome { () throws(CredentialsError) in try find() }
            defer { outcome = found }
            return outcome != found
        }
        if isOther { changes.add(1, ordering: .acquiringAndReleasing) }
        return isOther
    }
}
