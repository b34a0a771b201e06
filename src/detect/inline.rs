//! Allow comments in a text: `inkout:allow cn.mobile test data` in the line of a finding.

const MARK: &[u8] = b"inkout:allow";

/// Whether a line allows what a rule finds in it: the mark, the rule's id (or several, with commas),
/// and a reason, which must be there.
pub(super) fn allows(line: &[u8], rule: &str) -> bool {
    memchr::memmem::find_iter(line, MARK).any(|at| {
        let rest = line.get(at + MARK.len()..).unwrap_or_default();
        let rest = String::from_utf8_lossy(rest);
        if !rest.starts_with([' ', '\t', ':']) {
            return false;
        }
        let rest = rest.trim_start_matches([' ', '\t', ':']);
        let (ids, reason) = rest.split_once([' ', '\t']).unwrap_or((rest, ""));
        let reason = reason.split("inkout:allow").next().unwrap_or_default();
        let reason = reason
            .trim()
            .trim_end_matches("-->")
            .trim_end_matches("*/")
            .trim();
        reason.chars().any(char::is_alphanumeric) && ids.split(',').any(|id| id == rule)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_rule_and_a_reason_are_needed() {
        let yes = [
            "tel = 13812345678 # inkout:allow cn.mobile sample of the docs",
            "13812345678 <!-- inkout:allow cn.email,cn.mobile 示例 -->",
            "x /* inkout:allow cn.email a */ /* inkout:allow: cn.mobile b */",
        ];
        let no = [
            "tel = 13812345678 # inkout:allow cn.mobile",
            "tel = 13812345678 # inkout:allow cn.mobile */",
            "tel = 13812345678 # inkout:allow cn.mobil reason",
            "tel = 13812345678 # inkout:allowed cn.mobile reason",
            "tel = 13812345678 # inkout:allow reason cn.mobile",
            "tel = 13812345678",
        ];
        for line in yes {
            assert!(allows(line.as_bytes(), "cn.mobile"), "{line}");
        }
        for line in no {
            assert!(!allows(line.as_bytes(), "cn.mobile"), "{line}");
        }
    }
}
