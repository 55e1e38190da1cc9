//! eksctl's tables: rows sorted, columns padded with tabs.

/// A table as eksctl prints it.
pub fn print(columns: &[&str], mut rows: Vec<Vec<String>>) -> String {
    rows.sort();
    let width = |column: usize| {
        let header = columns[column].chars().count();
        let longest = rows.iter().map(|row| row[column].chars().count()).max().unwrap_or(0).max(header);
        // The next stop after the longest cell and one blank.
        (longest + 1).div_ceil(8) * 8
    };
    let widths: Vec<usize> = (0..columns.len()).map(width).collect();
    let mut text = String::new();
    let header: Vec<String> = columns.iter().map(ToString::to_string).collect();
    for row in std::iter::once(&header).chain(&rows) {
        for (i, cell) in row.iter().enumerate() {
            text.push_str(cell);
            if i + 1 < row.len() {
                text.push_str(&"\t".repeat((widths[i] - cell.chars().count()).div_ceil(8)));
            }
        }
        text.push('\n');
    }
    text
}
