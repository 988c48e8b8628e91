//! The language in which cases are written: a tree before, a script, a tree after.

mod call;
mod display;
mod line;
mod parse;
mod token;
mod tree;

pub use call::{Call, Entry, Outcome, Target};
pub(crate) use display::Text;
pub(crate) use line::{Expected, Line, Step};
pub(crate) use parse::{UNNAMED, number, parse_line, quoted};
pub(crate) use token::{Token, tokens};
pub(crate) use tree::{Content, Node, Tree};

/// What is wrong with the text of a case.
pub(crate) type Problem = std::borrow::Cow<'static, str>;

/// A case's text, understood.
#[derive(Debug)]
pub(crate) struct Script {
    pub(crate) before: Tree,
    pub(crate) lines: Vec<Line>,
    /// `None` where the text says `unchanged`.
    pub(crate) after: Option<Tree>,
}

impl Script {
    /// Understands a text of three parts, parted by lines of `---`.
    ///
    /// # Errors
    /// The number of the line (0 for the first) that cannot be understood, and why.
    pub(crate) fn parse(text: &str) -> Result<Self, (usize, Problem)> {
        let mut parts: Vec<Vec<(usize, &str)>> = vec![Vec::new()];
        for (number, line) in text.lines().enumerate() {
            let line = line.trim();
            if line == "---" {
                parts.push(Vec::new());
            } else if let Some(part) = parts.last_mut()
                && !line.is_empty()
            {
                part.push((number, line));
            }
        }
        let [before, script, after] = parts.as_slice() else {
            return Err((
                0,
                "a case has three parts: before --- script --- after".into(),
            ));
        };
        let mut lines = Vec::new();
        for &(number, line) in script {
            for line in ranges(line) {
                let tokens = tokens(&line).map_err(|problem| (number, problem))?;
                if !tokens.is_empty() {
                    lines.push(parse_line(number, &tokens).map_err(|problem| (number, problem))?);
                }
            }
        }
        let after = match after.as_slice() {
            [(_, "unchanged")] => None,
            after => Some(tree(after)?),
        };
        Ok(Self {
            before: tree(before)?,
            lines,
            after,
        })
    }
}

fn tree(lines: &[(usize, &str)]) -> Result<Tree, (usize, Problem)> {
    let mut tree = Tree::default();
    for &(number, line) in lines {
        for line in ranges(line) {
            tokens(&line)
                .and_then(|tokens| tree.add_line(&tokens))
                .map_err(|problem| (number, problem))?;
        }
    }
    Ok(tree)
}

/// A line that holds `{0..300}` stands for 300 lines, with the numbers from 0 to 299 in that place.
fn ranges(line: &str) -> Vec<String> {
    let range = line.split_once("..").and_then(|(before, after)| {
        let (head, from) = before.rsplit_once('{')?;
        let (to, tail) = after.split_once('}')?;
        Some((head, from.parse::<u64>().ok()?..to.parse().ok()?, tail))
    });
    match range {
        None => vec![line.to_owned()],
        Some((head, numbers, tail)) => {
            let expand = |number: u64| format!("{head}{number}{tail}");
            numbers.map(expand).collect()
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn three_parts_with_comments_and_ranges() {
        let script =
            Script::parse("d/  # a directory\n---\nmkdir d/a{0..3}\n# nothing\n---\nd/a{0..3}/\n")
                .unwrap();
        assert_eq!(script.lines.len(), 3);
        assert_eq!(script.after.unwrap().nodes().count(), 4);
    }

    #[test]
    fn the_line_of_a_mistake_is_told() {
        assert_eq!(
            Script::parse("a/\n---\nmkdir b\nfly b\n---\n")
                .unwrap_err()
                .0,
            3
        );
        assert_eq!(Script::parse("---\n").unwrap_err().0, 0);
    }
}
