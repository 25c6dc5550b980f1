import Glibc

/// Names of the machine's users.
package enum UserName {
    /// The name of the user that this process runs as; the environment is ignored.
    package static var own: String { of(getuid()) }

    /// The name of the user with that id; `uid-1000` for one without a name. Source: getpwuid_r(3)
    package static func of(_ uid: UInt32) -> String {
        var entry = unsafe passwd()
        var found: UnsafeMutablePointer<passwd>?
        var buffer = [CChar](repeating: 0, count: 16_384)
        // The entry's texts lie in the buffer, which outlives their use here.
        let name: String? = unsafe buffer.withUnsafeMutableBufferPointer { bytes in
            guard let base = bytes.baseAddress,
                unsafe getpwuid_r(uid, &entry, base, bytes.count, &found) == 0, unsafe found != nil,
                let name = unsafe entry.pw_name
            else { return nil }
            return unsafe String(cString: name)
        }
        guard let name, !name.isEmpty else { return "uid-\(uid)" }
        return name
    }
}
