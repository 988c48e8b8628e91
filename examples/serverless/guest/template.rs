/// What goes into a template.
pub enum Slot<'a> {
    /// Shown as it is: escaped.
    Text(&'a str),
    /// Markup of ours.
    Html(&'a str),
}

/// Replaces each `{{name}}` by its slot. A name that nobody gave becomes nothing.
pub fn render(template: &str, slots: &[(&str, Slot<'_>)]) -> String {
    let mut page = String::with_capacity(template.len() * 2);
    let mut rest = template;
    while let Some((before, after)) = rest.split_once("{{") {
        page.push_str(before);
        let (name, after) = after.split_once("}}").unwrap_or((after, ""));
        match slots.iter().find(|(known, _)| *known == name.trim()) {
            Some((_, Slot::Text(text))) => escape(text, &mut page),
            Some((_, Slot::Html(html))) => page.push_str(html),
            None => {}
        }
        rest = after;
    }
    page.push_str(rest);
    page
}

fn escape(text: &str, page: &mut String) {
    for character in text.chars() {
        match character {
            '&' => page.push_str("&amp;"),
            '<' => page.push_str("&lt;"),
            '>' => page.push_str("&gt;"),
            '"' => page.push_str("&quot;"),
            '\'' => page.push_str("&#39;"),
            _ => page.push(character),
        }
    }
}
