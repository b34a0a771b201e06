//! Cells that hold nothing, or what a mask has left.

/// Whether a cell holds nothing: empty, a dash, or a word for nothing.
pub(in crate::detect) fn is_blank(cell: &str) -> bool {
    matches!(
        cell,
        "" | "-"
            | "--"
            | "—"
            | "——"
            | "/"
            | "\\"
            | "."
            | "0"
            | "*"
            | "无"
            | "暂无"
            | "未知"
            | "空"
            | "N/A"
            | "n/a"
            | "NA"
            | "null"
            | "NULL"
            | "None"
            | "none"
            | "nan"
            | "NaN"
            | "true"
            | "false"
    )
}

/// Whether a cell was masked already: three mask characters in a row, or mostly mask characters.
pub(in crate::detect) fn is_masked(cell: &str) -> bool {
    let mask = |c: char| matches!(c, '*' | '＊' | '●' | '•' | '■' | '×' | 'x' | 'X' | '#');
    let (mut run, mut longest, mut all, mut count) = (0, 0, 0, 0);
    for c in cell.chars() {
        all += 1;
        if mask(c) {
            run += 1;
            count += 1;
            longest = longest.max(run);
        } else {
            run = 0;
        }
    }
    longest >= 3
        || (all > 0 && all <= 4 && count * 2 >= all && cell.contains(['*', '＊', '●', '■']))
}
