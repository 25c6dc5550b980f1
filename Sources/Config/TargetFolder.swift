import Files

/// All targets that are files, and all that is wrong with those that can't be used.
///
/// One faulty file takes nothing from the others: a target is in `targets`, or its faults are in `faults`.
package struct TargetFolder: Sendable, Equatable {
    /// In the order of their names' bytes.
    package var targets: [TargetFile] = []
    package var faults: [ConfigFault] = []
    /// Whether the folder is there at all; a missing one holds no targets and no faults.
    package var isPresent = true

    /// Reads `<directory>/*/target.toml`. Files beside the folders, folders without a target.toml, and names
    /// that begin with a dot are passed over. Blocking.
    package static func load(_ directory: String, environment: [String: String]) -> TargetFolder {
        var result = TargetFolder()
        let names: [String]
        do throws(FileError) {
            names = try Files.names(inFolder: directory)
        } catch {
            result.isPresent = false
            if !error.isAbsent {
                let place = ConfigFault.Place.file(path: directory, line: 0)
                let message = "can't be read: \(error.reason)"
                result.faults.append(ConfigFault(place: place, key: "", message: message))
            }
            return result
        }
        for name in names where !name.hasPrefix(".") {
            let path = "\(Files.resolve(name, in: directory))/target.toml"
            guard Files.exists(path) else { continue }
            do throws(ConfigFaults) {
                result.targets.append(try TargetFile.load(path, environment: environment))
            } catch {
                result.faults += error.faults
            }
        }
        return result
    }
}
