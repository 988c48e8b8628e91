use std::collections::BTreeMap;
use std::fmt;

use super::parse::{number, octal, quoted};
use super::{Problem, Token};

/// A tree of nodes by their paths, which are relative and have no slash at the end.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Tree(BTreeMap<Vec<u8>, Node>);

/// One node of a [`Tree`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Node {
    pub(crate) content: Content,
    /// The permission bits, where they matter.
    pub(crate) mode: Option<u32>,
}

#[derive(Clone, PartialEq, Eq)]
pub(crate) enum Content {
    Dir,
    File(Vec<u8>),
    /// A file of this many zero bytes, or whose contents don't matter.
    Sized(u64),
    Symlink(Vec<u8>),
    /// Another name of the file at that path.
    Same(Vec<u8>),
    /// Something else.
    Other,
}

impl Tree {
    /// The nodes in the order of their paths, so that a directory comes before what is in it.
    pub(crate) fn nodes(&self) -> impl Iterator<Item = (&[u8], &Node)> {
        self.0.iter().map(|(path, node)| (path.as_slice(), node))
    }

    pub(crate) fn get(&self, path: &[u8]) -> Option<&Node> {
        self.0.get(path)
    }

    pub(crate) fn insert(&mut self, path: Vec<u8>, node: Node) -> Option<Node> {
        self.0.insert(path, node)
    }

    /// Adds what one line says: `dir/`, `file "contents"`, `file size=N`, `link -> target`, `name = other`, each with an optional `mode=0600`.
    pub(crate) fn add_line(&mut self, tokens: &[Token]) -> Result<(), Problem> {
        let Some((path, rest)) = tokens.split_first() else {
            return Ok(());
        };
        let mode = match rest.last().and_then(|token| token.value_of("mode")) {
            Some(mode) => Some(octal(mode)?),
            None => None,
        };
        let rest = &rest[..rest.len() - usize::from(mode.is_some())];
        let words: Vec<&str> = rest.iter().map(Token::word).collect();
        let dir = path.bytes.strip_suffix(b"/");
        let content = match (words.as_slice(), rest) {
            ([], _) if dir.is_some() => Content::Dir,
            (["->", ..], [_, target]) => Content::Symlink(target.bytes.clone()),
            (["=", ..], [_, other]) => Content::Same(other.bytes.clone()),
            ([size], _) if size.starts_with("size=") => Content::Sized(number(&size[5..])?),
            _ if rest.iter().all(|token| token.quoted) => {
                Content::File(rest.iter().flat_map(|token| token.bytes.clone()).collect())
            }
            _ => return Err("a line of a tree says name/, name \"…\", name size=N, name -> target or name = other".into()),
        };
        let path = dir.unwrap_or(&path.bytes).to_vec();
        self.add_parents(&path);
        match self.insert(path, Node { content, mode }) {
            Some(Node {
                content: Content::Dir,
                ..
            })
            | None => Ok(()),
            Some(_) => Err("this path is there already".into()),
        }
    }

    fn add_parents(&mut self, path: &[u8]) {
        for (end, _) in path.iter().enumerate().filter(|&(_, &byte)| byte == b'/') {
            let node = Node {
                content: Content::Dir,
                mode: None,
            };
            self.0.entry(path[..end].to_vec()).or_insert(node);
        }
    }

    /// What is different in `found`, one line each, or nothing.
    pub(crate) fn differences(&self, found: &Self) -> Vec<String> {
        let expected = self.with_first_names();
        let mut lines = Vec::new();
        for (path, node) in &expected.0 {
            let show = |node: &Node| format!("{} {}", quoted(path), node);
            match found.get(path) {
                None => lines.push(format!("missing: {}", show(node))),
                Some(found) if !node.describes(found) => {
                    lines.push(format!(
                        "expected: {}\n          got: {}",
                        show(node),
                        show(found)
                    ));
                }
                Some(_) => {}
            }
        }
        for (path, node) in &found.0 {
            if !expected.0.contains_key(path) {
                lines.push(format!("too much: {} {node}", quoted(path)));
            }
        }
        lines
    }

    /// The same tree, in which of several names of a file the first one has the contents.
    fn with_first_names(&self) -> Self {
        let mut tree = self.clone();
        let mut groups: BTreeMap<Vec<u8>, Vec<Vec<u8>>> = BTreeMap::new();
        for (path, node) in self.nodes() {
            if let Content::Same(other) = &node.content {
                groups.entry(other.clone()).or_default().push(path.to_vec());
            }
        }
        for (owner, mut names) in groups {
            names.push(owner.clone());
            names.sort();
            let (Some(node), Some(first)) = (self.get(&owner), names.first()) else {
                continue;
            };
            for name in &names {
                let same = Node {
                    content: Content::Same(first.clone()),
                    mode: node.mode,
                };
                tree.insert(name.clone(), same);
            }
            tree.insert(first.clone(), node.clone());
        }
        tree
    }
}

impl Node {
    /// Whether `found` is as this node says, in everything that it says.
    fn describes(&self, found: &Self) -> bool {
        let content = match (&self.content, &found.content) {
            (Content::Sized(expected), Content::File(found)) => *expected == found.len() as u64,
            (expected, found) => expected == found,
        };
        content && (self.mode.is_none() || self.mode == found.mode)
    }
}

impl fmt::Display for Node {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.content {
            Content::Dir => f.write_str("/")?,
            Content::File(bytes) => f.write_str(&quoted(bytes))?,
            Content::Sized(size) => write!(f, "size={size}")?,
            Content::Symlink(target) => write!(f, "-> {}", quoted(target))?,
            Content::Same(other) => write!(f, "= {}", quoted(other))?,
            Content::Other => f.write_str("(a special file)")?,
        }
        match self.mode {
            Some(mode) => write!(f, " mode={mode:04o}"),
            None => Ok(()),
        }
    }
}

impl fmt::Debug for Content {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let node = Node {
            content: self.clone(),
            mode: None,
        };
        write!(f, "{node}")
    }
}

#[cfg(test)]
mod tests {
    use super::super::tokens;
    use super::*;

    fn tree(text: &str) -> Tree {
        let mut tree = Tree::default();
        for line in text.lines() {
            tree.add_line(&tokens(line).unwrap()).unwrap();
        }
        tree
    }

    #[test]
    fn parents_need_no_lines() {
        assert_eq!(
            tree("a/b/c \"x\"").differences(&tree("a/\na/b/\na/b/c \"x\"")),
            [""; 0]
        );
    }

    #[test]
    fn every_kind_of_difference_is_told() {
        let found = tree("a \"1\"\nb/\nl -> x\nm mode=0600");
        assert_eq!(tree("a \"1\"\nb/\nl -> x\nm").differences(&found), [""; 0]);
        assert_eq!(
            tree("a \"2\"\nb \"\"\nl -> y\nn\nm mode=0644")
                .differences(&found)
                .len(),
            5
        );
        assert_eq!(
            tree("a size=1\nb/\nl -> x").differences(&found),
            ["too much: \"m\" \"\" mode=0600"]
        );
    }

    #[test]
    fn of_several_names_any_may_be_the_first() {
        let found = tree("a \"1\"\nb = a\nc = a");
        assert_eq!(tree("b \"1\"\na = b\nc = b").differences(&found), [""; 0]);
        assert_eq!(tree("a \"1\"\nb = a\nc \"1\"").differences(&found).len(), 1);
    }
}
