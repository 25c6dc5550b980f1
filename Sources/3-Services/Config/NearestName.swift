/// The candidate that `name` was most likely meant to be; `nil` when none is near.
///
/// A candidate is near if it's at most one edit away per three characters, or two edits for short names. O(candidates
/// × length²), with lengths capped at 64.
package func nearestName(to name: String, in candidates: [String]) -> String? {
    nearestNames(to: name, in: candidates, countMax: 1).first.map { candidates[$0] }
}

/// The positions of the nearest candidates, at most `countMax`.
package func nearestNames(to name: String, in candidates: [String], countMax: Int) -> [Int] {
    let wanted = Array(name.lowercased().utf8.prefix(64))
    let limit = max(2, wanted.count / 3)
    var near: [(position: Int, distance: Int)] = []
    for (position, candidate) in candidates.enumerated() {
        let bytes = Array(candidate.utf8.prefix(64))
        // The number of edits is at least the difference in length.
        guard abs(bytes.count - wanted.count) <= limit else { continue }
        let distance = editDistance(wanted, bytes)
        if distance <= limit, distance < candidate.utf8.count { near.append((position, distance)) }
    }
    let nearest = near.map { $0.distance }.min()
    return near.filter { $0.distance == nearest }.prefix(countMax).map { $0.position }
}

/// Levenshtein's distance: the fewest insertions, deletions and replacements that turn one into the other.
private func editDistance(_ first: [UInt8], _ second: [UInt8]) -> Int {
    var row = Array(0...second.count)
    for (line, byte) in first.enumerated() {
        var diagonal = row[0]
        row[0] = line + 1
        for column in second.indices {
            let replaced = diagonal + (byte == second[column] ? 0 : 1)
            diagonal = row[column + 1]
            row[column + 1] = min(replaced, row[column] + 1, diagonal + 1)
        }
    }
    return row[second.count]
}
