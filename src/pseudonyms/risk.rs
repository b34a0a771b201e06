//! How easily rows can be traced to persons by the columns that stay: k-anonymity, l-diversity, t-closeness and the
//! three risks of re-identification.
//!
//! Standard: terms of GB/T 37964-2019; L. Sweeney, *k-anonymity* (2002); A. Machanavajjhala et al., *l-diversity*
//! (2007); N. Li et al., *t-closeness* (2007); the risks as ARX reckons them (prosecutor, journalist, marketer).

use super::dates;
use serde::Serialize;
use std::collections::{BTreeMap, BTreeSet};

/// One column of the table, as many cells as there are rows.
#[derive(Debug, Clone, Copy)]
pub struct Column<'a> {
    /// Its name.
    pub name: &'a str,
    /// Its cells, trimmed.
    pub cells: &'a [String],
}

/// What is asked.
#[derive(Debug, Clone, Copy)]
pub struct Question<'a> {
    /// Columns that somebody may know of a person: quasi-identifiers.
    pub quasi: &'a [Column<'a>],
    /// Columns that somebody may learn.
    pub sensitive: &'a [Column<'a>],
    /// Groups of fewer rows count as small.
    pub least: u32,
    /// Share of the population that the rows are, above 0 and up to 1: 1 when all of it is in the table.
    pub sampled: f64,
}

/// How rows fall into groups that are equal in all quasi-identifiers.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct Groups {
    /// Groups.
    pub classes: u32,
    /// Rows of the smallest group.
    pub k_min: u32,
    /// Rows that are alone in their group.
    pub unique_rows: u32,
    /// Rows in small groups.
    pub small_rows: u32,
    /// Those as a share of all rows, 0 to 1.
    pub small_share: f64,
}

/// Shares between 0 and 1.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct Risks {
    /// Somebody knows that the person is in the table: the highest risk of any row.
    pub prosecutor_max: f64,
    /// The same, mean of all rows.
    pub prosecutor_mean: f64,
    /// Somebody does not know whether the person is in the table: the highest risk, with groups of the population
    /// estimated from the share sampled.
    pub journalist_max: f64,
    /// Share of all rows that somebody traces who goes for as many as possible.
    pub marketer: f64,
}

/// What one sensitive column gives away.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Sensitive {
    /// Its name.
    pub column: String,
    /// Different values in the poorest group.
    pub l_distinct: u32,
    /// Exponential of the least entropy of any group: effective number of values.
    pub l_entropy: f64,
    /// Greatest distance between the values of a group and those of all rows, 0 to 1.
    pub t_distance: f64,
    /// Whether that distance is one of ordered numbers; else values are equal or not.
    pub ordered: bool,
}

/// A change that would help.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Change {
    /// Leave the column out.
    Drop,
    /// Give numbers in tens.
    Tens,
    /// Give numbers in hundreds.
    Hundreds,
    /// Give dates as their year.
    Year,
    /// Give dates as their decade.
    Decade,
    /// Give the first two characters.
    Two,
}

/// What a change to one column would make of the groups.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Advice {
    /// The column.
    pub column: String,
    /// The change.
    pub change: Change,
    /// The groups after it.
    pub groups: Groups,
}

/// The answer.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Answer {
    /// Rows.
    pub rows: u32,
    /// The groups.
    pub groups: Groups,
    /// The risks.
    pub risks: Risks,
    /// For each sensitive column.
    pub sensitive: Vec<Sensitive>,
    /// Changes that make small groups fewer, the best first.
    pub advice: Vec<Advice>,
}

/// Rows of a table by what somebody may know of them.
type Classes<'a> = BTreeMap<Vec<&'a str>, Vec<usize>>;

/// Reckons. `None` without rows or without a quasi-identifier, or when columns have different lengths.
pub fn assess(question: &Question<'_>) -> Option<Answer> {
    let rows = question.quasi.first()?.cells.len();
    let all = question.quasi.iter().chain(question.sensitive);
    if rows == 0 || all.clone().any(|c| c.cells.len() != rows) {
        return None;
    }
    let columns: Vec<&[String]> = question.quasi.iter().map(|c| c.cells).collect();
    let classes = classes(&columns, rows);
    let groups = groups(&classes, rows, question.least);
    Some(Answer {
        rows: u32::try_from(rows).ok()?,
        groups,
        risks: risks(&classes, rows, question.sampled),
        sensitive: (question.sensitive.iter())
            .map(|c| sensitive(c, &classes, rows))
            .collect(),
        advice: advice(question, &groups, rows),
    })
}

fn classes<'a>(columns: &[&'a [String]], rows: usize) -> Classes<'a> {
    let mut out = Classes::new();
    for row in 0..rows {
        let key = columns
            .iter()
            .map(|c| c.get(row).map_or("", String::as_str))
            .collect();
        out.entry(key).or_default().push(row);
    }
    out
}

fn number(n: usize) -> u32 {
    u32::try_from(n).unwrap_or(u32::MAX)
}

fn share(part: usize, all: usize) -> f64 {
    f64::from(number(part)) / f64::from(number(all.max(1)))
}

fn groups(classes: &Classes<'_>, rows: usize, least: u32) -> Groups {
    let sizes = || classes.values().map(Vec::len);
    let small: usize = sizes().filter(|&n| number(n) < least).sum();
    Groups {
        classes: number(classes.len()),
        k_min: number(sizes().min().unwrap_or(0)),
        unique_rows: number(sizes().filter(|&n| n == 1).count()),
        small_rows: number(small),
        small_share: share(small, rows),
    }
}

fn risks(classes: &Classes<'_>, rows: usize, sampled: f64) -> Risks {
    let least = classes.values().map(Vec::len).min().unwrap_or(1);
    let max = 1.0 / f64::from(number(least.max(1)));
    let mean = share(classes.len(), rows);
    Risks {
        prosecutor_max: max,
        prosecutor_mean: mean,
        journalist_max: max * sampled,
        marketer: mean * sampled,
    }
}

fn sensitive(column: &Column<'_>, classes: &Classes<'_>, rows: usize) -> Sensitive {
    let cell = |row: usize| column.cells.get(row).map_or("", String::as_str);
    let amounts: Option<Vec<f64>> = (0..rows).map(|r| amount(cell(r))).collect();
    let order = amounts.as_deref().map(ranks);
    let names: BTreeSet<&str> = (0..rows).map(cell).collect();
    let names: BTreeMap<&str, usize> = names.into_iter().zip(0..).collect();
    // The number of a row's value among the different ones.
    let slot = |row: usize| match &order {
        Some((ranks, _)) => ranks.get(row).copied().unwrap_or(0),
        None => names.get(cell(row)).copied().unwrap_or(0),
    };
    let count = order.as_ref().map_or(names.len(), |o| o.1);
    let spread = |rows: &mut dyn Iterator<Item = usize>| {
        let mut out = vec![0usize; count];
        for row in rows {
            if let Some(n) = out.get_mut(slot(row)) {
                *n += 1;
            }
        }
        out
    };
    let whole = spread(&mut (0..rows));
    let (mut fewest, mut entropy, mut distance) = (usize::MAX, f64::INFINITY, 0f64);
    for members in classes.values() {
        let own = spread(&mut members.iter().copied());
        fewest = fewest.min(own.iter().filter(|&&n| n > 0).count());
        entropy = entropy.min(entropy_of(&own, members.len()));
        let here = apart(&own, members.len(), &whole, rows, order.is_some());
        distance = distance.max(here);
    }
    Sensitive {
        column: column.name.to_owned(),
        l_distinct: number(fewest),
        l_entropy: entropy.exp(),
        t_distance: distance,
        ordered: order.is_some(),
    }
}

/// A cell as a number, its thousands apart or not.
fn amount(cell: &str) -> Option<f64> {
    let bare: String = cell
        .chars()
        .filter(|c| !matches!(c, ',' | '，' | ' ' | '¥' | '￥'))
        .collect();
    bare.parse().ok().filter(|n: &f64| n.is_finite())
}

/// The place of each number among the different ones, and how many those are.
fn ranks(amounts: &[f64]) -> (Vec<usize>, usize) {
    let mut sorted = amounts.to_vec();
    sorted.sort_by(f64::total_cmp);
    sorted.dedup();
    let place = |a: &f64| sorted.partition_point(|s| s.total_cmp(a).is_lt());
    (amounts.iter().map(place).collect(), sorted.len())
}

fn entropy_of(counts: &[usize], all: usize) -> f64 {
    counts
        .iter()
        .filter(|&&n| n > 0)
        .map(|&n| {
            let p = share(n, all);
            -p * p.ln()
        })
        .sum()
}

/// How far two distributions are apart: half the sum of differences, or for ordered values the work of moving one
/// to the other (earth mover's distance, neighbours at equal distance).
fn apart(own: &[usize], members: usize, whole: &[usize], rows: usize, ordered: bool) -> f64 {
    let difference = own
        .iter()
        .zip(whole)
        .map(|(a, b)| share(*a, members) - share(*b, rows));
    if ordered {
        let steps = f64::from(number(own.len().saturating_sub(1).max(1)));
        let mut sum = 0.0;
        difference
            .map(|d| {
                sum += d;
                f64::abs(sum)
            })
            .sum::<f64>()
            / steps
    } else {
        difference.map(f64::abs).sum::<f64>() / 2.0
    }
}

/// What dropping or coarsening one column would give.
fn advice(question: &Question<'_>, now: &Groups, rows: usize) -> Vec<Advice> {
    let mut out = Vec::new();
    if now.small_rows == 0 {
        return out;
    }
    for (at, column) in question.quasi.iter().enumerate() {
        for change in [
            Change::Tens,
            Change::Hundreds,
            Change::Year,
            Change::Decade,
            Change::Two,
            Change::Drop,
        ] {
            let Some(cells) = changed(column, change) else {
                continue;
            };
            let columns: Vec<&[String]> = (question.quasi.iter().enumerate())
                .map(|(i, c)| if i == at { cells.as_slice() } else { c.cells })
                .collect();
            let groups = groups(&classes(&columns, rows), rows, question.least);
            if groups.small_rows < now.small_rows {
                out.push(Advice {
                    column: column.name.to_owned(),
                    change,
                    groups,
                });
            }
        }
    }
    out.sort_by_key(|a| (a.groups.small_rows, a.change == Change::Drop));
    out.truncate(8);
    out
}

/// The cells after a change; `None` when it does not fit the column or changes nothing.
fn changed(column: &Column<'_>, change: Change) -> Option<Vec<String>> {
    let filled = || column.cells.iter().filter(|c| !c.is_empty());
    let dates = || filled().count() > 0 && filled().all(|c| dates::parse(c).is_some());
    let numbers = || filled().count() > 0 && filled().all(|c| amount(c).is_some());
    let to = |n: f64, by: f64| format!("{}", (n / by).floor() * by);
    let every = |of: &dyn Fn(&str) -> Option<String>| -> Vec<String> {
        column
            .cells
            .iter()
            .map(|c| of(c).unwrap_or_default())
            .collect()
    };
    let year = |c: &str, letters: usize| {
        dates::iso(dates::parse(c)?)
            .get(..letters)
            .map(str::to_owned)
    };
    let cells = match change {
        Change::Drop => every(&|_| None),
        Change::Tens if numbers() && !dates() => every(&|c| Some(to(amount(c)?, 10.0))),
        Change::Hundreds if numbers() && !dates() => every(&|c| Some(to(amount(c)?, 100.0))),
        Change::Year if dates() => every(&|c| year(c, 4)),
        Change::Decade if dates() => every(&|c| year(c, 3)),
        Change::Two if !numbers() && !dates() => every(&|c| Some(c.chars().take(2).collect())),
        _ => return None,
    };
    (cells != column.cells).then_some(cells)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn cells(values: &[&str]) -> Vec<String> {
        values.iter().map(|v| (*v).to_owned()).collect()
    }

    fn close(a: f64, b: f64) -> bool {
        (a - b).abs() < 1e-9
    }

    /// The salaries of Li et al., table 3 and section 5.2: three groups of three, distances 0.375, 0.167 and 0.236.
    #[test]
    fn distances_of_the_paper_on_t_closeness() {
        let salaries = cells(&[
            "3000", "4000", "5000", "6000", "11000", "8000", "7000", "9000", "10000",
        ]);
        let group = cells(&["1", "1", "1", "2", "2", "2", "3", "3", "3"]);
        let quasi = [Column {
            name: "group",
            cells: &group,
        }];
        let sensitive = [Column {
            name: "salary",
            cells: &salaries,
        }];
        let answer = assess(&Question {
            quasi: &quasi,
            sensitive: &sensitive,
            least: 5,
            sampled: 1.0,
        })
        .unwrap();
        assert_eq!(
            (answer.rows, answer.groups.classes, answer.groups.k_min),
            (9, 3, 3)
        );
        let s = &answer.sensitive[0];
        assert!(s.ordered && s.l_distinct == 3 && close(s.l_entropy, 3.0));
        assert!(close(s.t_distance, 0.375), "{}", s.t_distance);
    }

    #[test]
    fn risks_by_hand() {
        let age = cells(&["30", "30", "31", "30", "30"]);
        let sick = cells(&["a", "a", "b", "a", "b"]);
        let quasi = [Column {
            name: "age",
            cells: &age,
        }];
        let sensitive = [Column {
            name: "illness",
            cells: &sick,
        }];
        let answer = assess(&Question {
            quasi: &quasi,
            sensitive: &sensitive,
            least: 2,
            sampled: 0.5,
        })
        .unwrap();
        let g = answer.groups;
        assert_eq!(
            (g.classes, g.k_min, g.unique_rows, g.small_rows),
            (2, 1, 1, 1)
        );
        assert!(close(g.small_share, 0.2));
        let r = answer.risks;
        assert!(close(r.prosecutor_max, 1.0) && close(r.prosecutor_mean, 0.4));
        assert!(close(r.journalist_max, 0.5) && close(r.marketer, 0.2));
        let s = &answer.sensitive[0];
        assert!(!s.ordered && s.l_distinct == 1 && close(s.t_distance, 0.6));
        let tens = answer
            .advice
            .iter()
            .find(|a| a.change == Change::Tens)
            .unwrap();
        assert_eq!((tens.groups.k_min, tens.groups.small_rows), (5, 0));
    }

    #[test]
    fn advice_fits_the_column() {
        let born = cells(&["1990-03-07", "1990-04-07", "1991-01-01", "1991-12-01"]);
        let city = cells(&["深圳市", "深圳市", "深圳市", "深圳市"]);
        let quasi = [
            Column {
                name: "born",
                cells: &born,
            },
            Column {
                name: "city",
                cells: &city,
            },
        ];
        let question = Question {
            quasi: &quasi,
            sensitive: &[],
            least: 2,
            sampled: 1.0,
        };
        let answer = assess(&question).unwrap();
        assert_eq!(answer.groups.small_rows, 4);
        let first = &answer.advice[0];
        assert_eq!(first.column, "born");
        assert!(
            answer
                .advice
                .iter()
                .any(|a| a.change == Change::Year && a.groups.k_min == 2)
        );
        assert!(answer.advice.iter().all(|a| a.column == "born"));
    }

    #[test]
    fn nothing_to_reckon() {
        let one = cells(&["a"]);
        let none = cells(&[]);
        let ask = |quasi: &[Column<'_>]| {
            assess(&Question {
                quasi,
                sensitive: &[],
                least: 5,
                sampled: 1.0,
            })
        };
        assert_eq!(ask(&[]), None);
        assert_eq!(
            ask(&[Column {
                name: "x",
                cells: &none
            }]),
            None
        );
        let uneven = [
            Column {
                name: "x",
                cells: &one,
            },
            Column {
                name: "y",
                cells: &none,
            },
        ];
        assert_eq!(ask(&uneven), None);
    }
}
