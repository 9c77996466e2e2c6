//! What is written into files.

use super::{Call, Expression, Form, places::Finder};
use crate::collect::source::names::squeezed;

/// Words, in small letters, of which a file has one that opens another as a stream.
pub(in crate::collect::source) const OPENING: [&str; 7] =
    ["streamwriter", "filewriter", "open(", "appendtext", "createtext", "newbufferedwriter", "createwritestream"];

/// Which of its arguments a function writes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::collect::source) enum Written {
    /// The one at a position.
    At(usize),
    /// Whichever it is given, as commands are that take what the one before them gave.
    Any,
}

impl Written {
    /// Whether it is the argument at a position.
    pub(in crate::collect::source) fn is_at(self, position: usize) -> bool {
        self == Self::Any || self == Self::At(position)
    }
}

/// What a function writes into a file, by the names on the way to it: `File.WriteAllText(path, text)`.
pub(in crate::collect::source) fn written_to_file(path: &[&str]) -> Option<Written> {
    match path {
        [
            ..,
            "File",
            "WriteAllText" | "WriteAllTextAsync" | "AppendAllText" | "AppendAllTextAsync" | "WriteAllLines" | "WriteAllLinesAsync",
        ]
        | [.., "fs" | "fsPromises" | "promises", "writeFile" | "writeFileSync" | "appendFile" | "appendFileSync"]
        | [.., "Files", "writeString"]
        | [.., "FileSystem", "WriteAllText"]
        | ["writeFile" | "writeFileSync" | "file_put_contents"] => Some(Written::At(1)),
        [.., "write_text"] | ["json" | "pickle" | "cPickle" | "dill" | "joblib" | "yaml", "dump"] => Some(Written::At(0)),
        [command] if ["out-file", "set-content", "add-content"].iter().any(|name| command.eq_ignore_ascii_case(name)) => Some(Written::Any),
        _ => None,
    }
}

/// Whether a command is told to leave in the file what is there, as one that keeps a log is.
pub(super) fn appends(call: &Call) -> bool {
    call.arguments.iter().filter_map(|argument| argument.name.as_deref()).any(|name| name.eq_ignore_ascii_case("append"))
}

/// Whether a method writes what it is given into the stream that it is called on.
pub(in crate::collect::source) fn writes_to_stream(method: &str) -> bool {
    ["println", "write", "writeasync", "writeline", "writelineasync"].contains(&squeezed(method).as_str())
}

/// What gives a stream that ends in no file, by its last name in small letters: the body of a request, a screen, memory.
const ELSEWHERE: [&str; 15] = [
    "baseoutputstream",
    "cryptostream",
    "getrequeststream",
    "getrequeststreamasync",
    "getresponsestream",
    "getstream",
    "memorystream",
    "namedpipeserverstream",
    "namedpipeclientstream",
    "networkstream",
    "openstandarderror",
    "openstandardoutput",
    "outputstream",
    "requeststream",
    "sslstream",
];

/// Whether a type or a function gives a stream that ends in a file, by the names on the way to it.
fn opens_file(path: &[&str], creates: bool) -> bool {
    match path {
        [.., "StreamWriter" | "FileWriter"] => creates,
        ["open"] | ["io" | "codecs", "open"] | [.., "File", "AppendText" | "CreateText"] | [.., "Files", "newBufferedWriter"] => true,
        _ => path.last() == Some(&"createWriteStream"),
    }
}

impl<'a> Finder<'a, '_> {
    /// What opened the file that a stream ends in, and how it is written to: `StreamWriter`, `WriteLine`.
    pub(super) fn file_behind(&self, call: &'a Call) -> Option<Vec<&'a str>> {
        let Form::Member(of, method) = &call.callee.form else { return None };
        let Form::Name(stream) = &of.form else { return None };
        let binding = self.bindings.find(stream, of.range.start).filter(|_| writes_to_stream(method))?;
        if binding.values.iter().any(|opened| self.ends_elsewhere(opened)) {
            return None;
        }
        if let Some(of_type @ ("StreamWriter" | "FileWriter")) = binding.of_type.as_ref().and_then(|of_type| of_type.last().copied()) {
            return Some(vec![of_type, method.as_str()]);
        }
        let [Expression { form: Form::Call(opened), .. }] = binding.values.as_slice() else { return None };
        let inner = opened.arguments.first().and_then(|first| if let Form::Call(inner) = &first.value.form { Some(inner) } else { None });
        let ends_in_file = |call: &Call| call.callee.path().is_some_and(|path| opens_file(&path, call.creates));
        let opens = ends_in_file(opened) || opened.creates && inner.is_some_and(|inner| ends_in_file(inner));
        opened.callee.path().filter(|_| opens).map(|path| path.last().copied().into_iter().chain([method.as_str()]).collect())
    }
}

impl Finder<'_, '_> {
    /// Whether what writes is made for a stream that ends in no file: `new StreamWriter(request.GetRequestStream())`.
    fn ends_elsewhere(&self, opened: &Expression) -> bool {
        let Form::Call(call) = &opened.form else { return false };
        let Some(first) = call.arguments.first().map(|first| &first.value) else { return false };
        let is_elsewhere = |stream: &Expression| {
            stream.path().and_then(|path| path.last().map(|last| squeezed(last))).is_some_and(|last| ELSEWHERE.contains(&last.as_str()))
        };
        let held = if let Form::Name(name) = &first.form { self.bindings.find(name, first.range.start) } else { None };
        is_elsewhere(first) || held.is_some_and(|binding| binding.values.iter().any(|stream| is_elsewhere(stream)))
    }
}

#[cfg(test)]
mod tests {
    use crate::{
        collect::source::all_facts_in,
        evidence::{FactKind, Vocabulary},
    };

    fn logged(path: &str, code: &str) -> Vec<String> {
        let vocabulary = Vocabulary { logged: vec!["ticket".to_owned(), "password".to_owned()], ..Vocabulary::default() };
        let facts = all_facts_in(path, code, &vocabulary).into_iter();
        facts.filter(|fact| fact.kind == FactKind::Log).map(|fact| fact.sink).collect()
    }

    #[test]
    fn a_secret_in_a_file_is_told_however_the_file_is_opened() {
        for (path, code, sink) in [
            (
                "A.cs",
                "class A { void B(string ticket) { using (var w = new StreamWriter(path)) { w.WriteLine(\"x \" + ticket); } } }",
                "StreamWriter.WriteLine",
            ),
            ("A.cs", "class A { void B(string ticket) { var w = File.AppendText(path); w.Write(ticket); } }", "AppendText.Write"),
            (
                "A.java",
                "class A { void b(String ticket) { BufferedWriter w = new BufferedWriter(new FileWriter(\"x\")); w.write(ticket); } }",
                "BufferedWriter.write",
            ),
            (
                "a.vb",
                "Sub A(ticket As String)\nUsing w As New StreamWriter(\"x\")\nw.WriteLine(ticket)\nEnd Using\nEnd Sub",
                "StreamWriter.WriteLine",
            ),
            ("a.py", "with open('x', 'w') as f:\n    f.write(ticket)", "open.write"),
            ("a.py", "with open('x', 'wb') as f:\n    pickle.dump(ticket, f)", "pickle.dump"),
            ("a.py", "json.dump({'ticket': ticket}, f)", "json.dump"),
            ("a.ps1", "$ticket | Out-File x.txt", "Out-File"),
            (
                "A.cs",
                "class A { void B(string ticket) { var f = new FileStream(path, m); using (var w = new StreamWriter(f)) { w.Write(ticket); } } }",
                "StreamWriter.Write",
            ),
            ("a.ps1", "Set-Content -Path x.txt -Value $ticket", "Set-Content"),
            ("a.ps1", "\"has $ticket\" | Out-File -Append x.log", "Out-File.Append"),
        ] {
            assert_eq!(logged(path, code), [sink], "{code}");
        }
    }

    #[test]
    fn what_goes_elsewhere_or_is_encrypted_is_in_no_file() {
        for (path, code) in [
            ("A.cs", "class A { void B(string ticket, TextWriter w) { w.Write(ticket); } }"),
            ("A.cs", "class A { void B(string ticket) { using (var w = new StreamWriter(path)) { w.WriteLine(ticket.Length); } } }"),
            // Sent, and kept in memory.
            ("A.cs", "class A { void B(string ticket) { using (var w = new StreamWriter(r.GetRequestStream())) { w.Write(ticket); } } }"),
            (
                "A.cs",
                "class A { void B(string ticket) { var s = r.GetRequestStream(); using (StreamWriter w = new StreamWriter(s)) { w.Write(ticket); } } }",
            ),
            ("A.cs", "class A { void B(string ticket) { var s = new MemoryStream(); var w = new StreamWriter(s); w.Write(ticket); } }"),
            ("a.vb", "Sub A(ticket As String)\nUsing w = New StreamWriter(r.GetRequestStream())\nw.Write(ticket)\nEnd Using\nEnd Sub"),
            ("a.py", "f = socket.makefile('w')\nf.write(ticket)"),
            ("a.ps1", "$password | ConvertFrom-SecureString | Out-File x.txt"),
            ("a.ps1", "$rows | Out-File \"$ticketPath\""),
        ] {
            assert_eq!(logged(path, code), [] as [&str; 0], "{code}");
        }
    }
}
