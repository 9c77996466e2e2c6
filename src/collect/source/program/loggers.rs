//! What writes to a log or to the screen, by the names on the way to it.

use crate::collect::source::names::{squeezed, words};

/// Functions, squeezed, that write to a log or to the screen.
const WHOLE: [&str; 50] = [
    "clickecho",
    "typerecho",
    "stdoutwrite",
    "stderrwrite",
    "processstdoutwrite",
    "processstderrwrite",
    "sysstdoutwrite",
    "sysstderrwrite",
    "wscriptecho",
    "fmtprint",
    "fmtprintf",
    "fmtprintln",
    "debugprint",
    "debuglog",
    "log",
    "logevent",
    "logdebug",
    "logerror",
    "loginfo",
    "logmessage",
    "logwarning",
    "writelog",
    "writetolog",
    "print",
    "println",
    "printline",
    "printf",
    "printr",
    "puts",
    "echo",
    "vardump",
    "varexport",
    "errorlog",
    "syslog",
    "dd",
    "dump",
    "pprint",
    "writehost",
    "writeoutput",
    "writeverbose",
    "writedebug",
    "writewarning",
    "writeerror",
    "writeinformation",
    "tracewriteline",
    "debugwriteline",
    "consolewriteline",
    "consolewrite",
    "nslog",
    "printstacktrace",
];
/// Methods of loggers, squeezed.
const METHODS: [&str; 47] = [
    "traceinformation",
    "traceerror",
    "tracewarning",
    "log",
    "info",
    "debug",
    "warn",
    "warning",
    "error",
    "trace",
    "fatal",
    "critical",
    "verbose",
    "information",
    "notice",
    "exception",
    "severe",
    "fine",
    "finer",
    "finest",
    "record",
    "write",
    "writeline",
    "loginformation",
    "logdebug",
    "logwarning",
    "logerror",
    "logtrace",
    "logcritical",
    "trackevent",
    "tracktrace",
    "trackexception",
    "trackerror",
    "writeentry",
    "markupline",
    "infoformat",
    "debugformat",
    "errorformat",
    "warnformat",
    "silly",
    "http",
    "println",
    "print",
    "printf",
    "addentry",
    "dir",
    "table",
];
/// Methods, squeezed, that nothing but a logger has, whatever gives the logger: `services.GetRequiredService<ILogger<Program>>().LogInformation(…)`.
const OF_LOGGERS_ALONE: [&str; 7] = ["loginformation", "logdebug", "logwarning", "logerror", "logtrace", "logcritical", "traceinformation"];
/// How loggers are called, squeezed.
const LOGGERS: [&str; 14] = [
    "log",
    "logg",
    "logger",
    "logging",
    "console",
    "trace",
    "debug",
    "out",
    "err",
    "telemetry",
    "telemetryclient",
    "analytics",
    "crashes",
    "winston",
];

/// Levels of a log that few other methods are called after, in small letters.
const LEVELS: [&str; 6] = ["debug", "error", "info", "verbose", "warn", "warning"];
/// What comes before the log in the names of functions that write to it, in small letters.
const WRITING: [&str; 28] = [
    "add", "app", "append", "console", "custom", "debug", "error", "event", "file", "info", "insert", "my", "own", "plugin", "print",
    "put", "save", "send", "system", "to", "trace", "write", "schreibe", "schrijf", "skriv", "skriva", "til", "till",
];
/// The log, in small letters, as functions that write to it are called after it in the languages of the platform's partners.
const LOGS: [&str; 4] = ["log", "logg", "loggen", "logbog"];

/// Whether a method may write to a log that is called after nothing known, by the level that it is named after: `this._bridge.debug(…)`. What it is passed
/// decides.
pub(in crate::collect::source) fn may_log(path: &[&str]) -> bool {
    matches!(path, [.., of, level] if LEVELS.contains(level) && !matches!(*of, "Math" | "np"))
}

/// Whether a function of the app's own is called after the log that it writes to: `app_error_log(…)`, `writeToLog(…)`.
fn is_own_log(name: &str) -> bool {
    let words = words(name);
    let is_asked = words.first().is_some_and(|first| matches!(first.as_str(), "get" | "read" | "set" | "show" | "clear" | "has" | "is"));
    matches!(words.as_slice(), [.., before, last] if LOGS.contains(&last.as_str()) && WRITING.contains(&before.as_str())) && !is_asked
}

/// Whether a function writes to a log or to the screen; `path` are the names on the way, its own last.
pub(in crate::collect::source) fn logs(path: &[&str]) -> bool {
    let is_own = |name: &&str| matches!(name.trim_start_matches('$'), "this" | "self");
    let path = path.split_first().filter(|(first, rest)| is_own(first) && !rest.is_empty()).map_or(path, |(_, rest)| rest);
    let Some((last, before)) = path.split_last() else { return false };
    // A stream that a file or a socket is written by; the one of the screen is `System.out`.
    if matches!(path, ["out", "write"]) {
        return false;
    }
    let name = squeezed(last);
    let whole = squeezed(&path.concat());
    if WHOLE.contains(&whole.as_str()) || (before.is_empty() && (WHOLE.contains(&name.as_str()) || is_own_log(last))) {
        return true;
    }
    let is_logger = |part: &&str| {
        let part = squeezed(part);
        LOGGERS.iter().any(|logger| part == *logger || (logger.len() > 3 && part.ends_with(logger)) || part.ends_with("log"))
    };
    let is_android = matches!(*last, "d" | "e" | "i" | "v" | "w" | "wtf") && matches!(before, ["Log" | "Timber"]);
    is_android || OF_LOGGERS_ALONE.contains(&name.as_str()) || METHODS.contains(&name.as_str()) && before.iter().any(is_logger)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn loggers_are_told_from_other_objects_with_such_methods() {
        for path in [
            &["console", "log"][..],
            &["logger", "info"],
            &["_logger", "LogInformation"],
            &["System", "out", "println"],
            &["print"],
            &["error_log"],
            &["Log", "d"],
            &["Think", "Log", "record"],
            &["this", "log"],
            &["$this", "log"],
            &["_telemetryClient", "TrackTrace"],
            &["EventLog", "WriteEntry"],
            &["AnsiConsole", "MarkupLine"],
            &["dbg_error_log"],
            &["$this", "appLog"],
            &["process", "stdout", "write"],
            &["self", "stdout", "write"],
            &["click", "echo"],
            &["services", "GetRequiredService", "LogInformation"],
            &["HttpContext", "RequestServices", "GetService", "LogWarning"],
            &["SkrivTilLogg"],
            &["schreibeLog"],
        ] {
            assert!(logs(path), "{path:?}");
        }
        for path in [
            &["response", "write"][..],
            &["analyticsClient", "send"],
            &["archive", "WriteEntry"],
            &["Math", "log"],
            &["result", "error"],
            &["fs", "write"],
            &["read_log"],
            &["catalog"],
            &["hentLogg"],
            &["services", "GetRequiredService", "Information"],
            &["dialog"],
            &["getErrorLog"],
            &["testEditAndLog"],
            &["socket", "write"],
        ] {
            assert!(!logs(path), "{path:?}");
        }
    }
}
