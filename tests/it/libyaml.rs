//! libyaml's reading of a text, by way of its translation to Rust: the judge of our parser.
#![allow(unsafe_code)]

use std::{
    ffi::{CStr, c_char},
    mem::MaybeUninit,
};

use seaworthy::{text::Span, yaml::Kind};
use unsafe_libyaml as unsafe_yaml;

/// Every document of a text.
#[derive(Debug, Default)]
pub struct Stream {
    /// The root of each document, for [`Stream::node`].
    pub documents: Vec<usize>,
    nodes: Vec<Node>,
}

#[derive(Debug)]
pub struct Node {
    /// [`Kind::Empty`] for a plain scalar without text.
    pub kind: Kind,
    /// Of a scalar its text, of an alias its name.
    pub text: String,
    pub anchor: Option<String>,
    /// In full: `tag:yaml.org,2002:str`.
    pub tag: Option<String>,
    /// In bytes, properties included; of a collection only what opens it.
    pub span: Span,
    /// For [`Stream::node`]; of a map, keys and values take turns.
    pub children: Vec<usize>,
    /// How many collections hold it.
    pub depth: usize,
}

/// Why libyaml refuses a text.
#[derive(Debug)]
pub struct Error {
    pub problem: String,
    /// In bytes, as far as libyaml knows it.
    pub at: usize,
}

impl Stream {
    pub fn node(&self, id: usize) -> &Node {
        &self.nodes[id]
    }

    pub fn nodes(&self) -> &[Node] {
        &self.nodes
    }
}

/// Reads a text as kubectl has libyaml's Go port read it: its last line ends with a line break.
pub fn parse(text: &str) -> Result<Stream, Error> {
    let mut builder = Builder::default();
    let ended = match text.ends_with('\n') {
        true => text.to_owned(),
        false => format!("{text}\n"),
    };
    each(&ended, |event| builder.take(event))?;
    let mut stream = builder.stream;
    // libyaml does not count the BOM before the text.
    let skipped = if text.starts_with('\u{feff}') { '\u{feff}'.len_utf8() } else { 0 };
    for node in &mut stream.nodes {
        let Span { start, end } = node.span;
        node.span = Span::new(start + skipped, (end + skipped).min(text.len()));
    }
    Ok(stream)
}

/// Goes through all events and lets go of them: what any reader built on libyaml has to do.
pub fn each(text: &str, mut take: impl FnMut(&unsafe_yaml::yaml_event_t)) -> Result<(), Error> {
    let mut parser = Parser::new(text);
    loop {
        let event = parser.next()?;
        take(&event.0);
        if event.0.type_ == unsafe_yaml::YAML_STREAM_END_EVENT {
            return Ok(());
        }
    }
}

struct Parser<'s> {
    parser: Box<MaybeUninit<unsafe_yaml::yaml_parser_t>>,
    _text: &'s str,
}

struct Event(unsafe_yaml::yaml_event_t);

impl<'s> Parser<'s> {
    fn new(text: &'s str) -> Parser<'s> {
        let mut parser = Box::new(MaybeUninit::uninit());
        // SAFETY: `initialize` fills the parser, whose box keeps it in one place, and the text
        // that it reads outlives it.
        unsafe {
            assert!(unsafe_yaml::yaml_parser_initialize(parser.as_mut_ptr()).ok, "there is memory");
            let size = text.len() as u64;
            unsafe_yaml::yaml_parser_set_input_string(parser.as_mut_ptr(), text.as_ptr(), size);
        }
        Parser { parser, _text: text }
    }

    fn next(&mut self) -> Result<Event, Error> {
        let mut event = MaybeUninit::uninit();
        // SAFETY: the parser is initialized, and fills the event if all is well; the text of its
        // problem is a constant.
        unsafe {
            if unsafe_yaml::yaml_parser_parse(self.parser.as_mut_ptr(), event.as_mut_ptr()).ok {
                return Ok(Event(event.assume_init()));
            }
            let parser = self.parser.assume_init_ref();
            let problem = match parser.problem.is_null() {
                true => "no memory".to_owned(),
                false => string(parser.problem.cast()),
            };
            Err(Error { problem, at: parser.problem_mark.index as usize })
        }
    }
}

impl Drop for Parser<'_> {
    fn drop(&mut self) {
        // SAFETY: it was initialized, and is deleted once.
        unsafe { unsafe_yaml::yaml_parser_delete(self.parser.as_mut_ptr()) }
    }
}

impl Drop for Event {
    fn drop(&mut self) {
        // SAFETY: the parser filled it, and it is deleted once.
        unsafe { unsafe_yaml::yaml_event_delete(&mut self.0) }
    }
}

/// # Safety
/// It ends with a NUL.
unsafe fn string(text: *const u8) -> String {
    // SAFETY: as the caller says.
    unsafe { CStr::from_ptr(text.cast::<c_char>()) }.to_string_lossy().into_owned()
}

/// # Safety
/// It is null, or ends with a NUL.
unsafe fn name(text: *const u8) -> Option<String> {
    // SAFETY: as the caller says.
    (!text.is_null()).then(|| unsafe { string(text) })
}

#[derive(Default)]
struct Builder {
    stream: Stream,
    open: Vec<usize>,
}

impl Builder {
    fn take(&mut self, event: &unsafe_yaml::yaml_event_t) {
        let span = Span::new(event.start_mark.index as usize, event.end_mark.index as usize);
        // SAFETY: the type of an event says which of its forms was filled, and its strings are
        // null or end with a NUL.
        unsafe {
            match event.type_ {
                unsafe_yaml::YAML_ALIAS_EVENT => {
                    let text = string(event.data.alias.anchor);
                    self.add(Kind::Alias, text, (None, None), span);
                }
                unsafe_yaml::YAML_SCALAR_EVENT => {
                    let scalar = event.data.scalar;
                    let bytes = std::slice::from_raw_parts(scalar.value, scalar.length as usize);
                    let text = String::from_utf8_lossy(bytes).into_owned();
                    let kind = match scalar.style {
                        unsafe_yaml::yaml_scalar_style_t::YAML_SINGLE_QUOTED_SCALAR_STYLE => {
                            Kind::SingleQuoted
                        }
                        unsafe_yaml::yaml_scalar_style_t::YAML_DOUBLE_QUOTED_SCALAR_STYLE => {
                            Kind::DoubleQuoted
                        }
                        unsafe_yaml::yaml_scalar_style_t::YAML_LITERAL_SCALAR_STYLE => {
                            Kind::Literal
                        }
                        unsafe_yaml::yaml_scalar_style_t::YAML_FOLDED_SCALAR_STYLE => Kind::Folded,
                        _ if text.is_empty() => Kind::Empty,
                        _ => Kind::Plain,
                    };
                    self.add(kind, text, (name(scalar.anchor), name(scalar.tag)), span);
                }
                unsafe_yaml::YAML_SEQUENCE_START_EVENT => {
                    let list = event.data.sequence_start;
                    let kind = match list.style {
                        unsafe_yaml::yaml_sequence_style_t::YAML_FLOW_SEQUENCE_STYLE => {
                            Kind::FlowList
                        }
                        _ => Kind::BlockList,
                    };
                    let properties = (name(list.anchor), name(list.tag));
                    let id = self.add(kind, String::new(), properties, span);
                    self.open.push(id);
                }
                unsafe_yaml::YAML_MAPPING_START_EVENT => {
                    let map = event.data.mapping_start;
                    let kind = match map.style {
                        unsafe_yaml::yaml_mapping_style_t::YAML_FLOW_MAPPING_STYLE => Kind::FlowMap,
                        _ => Kind::BlockMap,
                    };
                    let properties = (name(map.anchor), name(map.tag));
                    let id = self.add(kind, String::new(), properties, span);
                    self.open.push(id);
                }
                unsafe_yaml::YAML_SEQUENCE_END_EVENT | unsafe_yaml::YAML_MAPPING_END_EVENT => {
                    self.open.pop();
                }
                _ => {}
            }
        }
    }

    fn add(
        &mut self,
        kind: Kind,
        text: String,
        (anchor, tag): (Option<String>, Option<String>),
        span: Span,
    ) -> usize {
        let id = self.stream.nodes.len();
        match self.open.last() {
            Some(&parent) => self.stream.nodes[parent].children.push(id),
            None => self.stream.documents.push(id),
        }
        let depth = self.open.len();
        self.stream.nodes.push(Node { kind, text, anchor, tag, span, children: Vec::new(), depth });
        id
    }
}
