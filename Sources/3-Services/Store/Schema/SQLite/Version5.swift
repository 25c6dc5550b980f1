extension SQLiteSchema {
    /// The time of calls in microseconds: many take less than a millisecond, and the sums that are written each
    /// second were rounded down to whole milliseconds.
    static let version5 = """
        ALTER TABLE usage RENAME COLUMN duration_ms TO duration_us;
        UPDATE usage SET duration_us = duration_us * 1000;
        """
}
