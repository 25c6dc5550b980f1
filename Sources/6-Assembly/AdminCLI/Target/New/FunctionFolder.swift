import System

/// The folder of a new function while it is made: it appears whole, or not at all.
struct FunctionFolder {
    let path: String
    /// The folders that were made for it, the outermost first.
    private let made: [String]

    /// Makes the folder and its missing parents.
    /// - Throws: `CommandFailure` when something is there already.
    init(_ name: String, in directory: String) throws {
        path = Files.absolute(Files.resolve(name, in: directory))
        var missing: [String] = []
        var above = Files.folder(of: path)
        while above != "/", !Files.exists(above) {
            missing.insert(above, at: 0)
            above = Files.folder(of: above)
        }
        var made: [String] = []
        do throws(FileError) {
            for folder in missing + [path] {
                try Files.makeFolder(folder)
                made.append(folder)
            }
        } catch {
            for folder in made.reversed() { Files.removeTree(folder) }
            guard error.isPresent else { throw CommandFailure("can't make the folder: \(error)") }
            throw CommandFailure("\(error.path) is there already", hint: "choose another name, or remove it")
        }
        self.made = made
    }

    func write(_ text: String, to name: String) throws {
        do throws(FileError) {
            let file = try NewFile(becoming: "\(path)/\(name)")
            try file.write(Array(text.utf8))
            try file.publish(mode: 0o644, replacing: true)
        } catch {
            throw CommandFailure("can't write: \(error)")
        }
    }

    /// Removes everything that was made.
    func remove() { for folder in made.reversed() { Files.removeTree(folder) } }
}
