/// Why records can't be searched.
package enum RecordError: Error, Sendable, Equatable {
    /// The cursor is of another query, or forged.
    case cursor
    /// Too many questions wait.
    case busy
}
