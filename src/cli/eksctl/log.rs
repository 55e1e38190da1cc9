//! eksctl's log lines: `2023-05-22 20:41:45 [ℹ]  text`, in the user's time zone, on standard output (on standard error
//! where results go to standard output as data).

use crate::cli::Session;
use crate::machinery::Time;

/// How much is told and where.
pub(super) struct Logger<'s> {
    pub session: &'s Session,
    /// 0 tells only what is always told and successes, 3 (the default) information, 4 more.
    pub level: i64,
    pub to_stderr: bool,
    pub coloured: bool,
}

/// The kinds of lines: icon, level, colour.
#[derive(Clone, Copy)]
enum Kind {
    Success,
    Critical,
    Warning,
    Info,
}

impl Kind {
    fn icon(self) -> &'static str {
        match self {
            Kind::Success => "✔",
            Kind::Critical => "✖",
            Kind::Warning => "!",
            Kind::Info => "ℹ",
        }
    }

    fn level(self) -> i64 {
        match self {
            Kind::Success => 0,
            Kind::Critical => 1,
            Kind::Warning => 2,
            Kind::Info => 3,
        }
    }

    fn colour(self) -> &'static str {
        match self {
            Kind::Success | Kind::Info => "36",
            Kind::Warning => "32",
            Kind::Critical => "31",
        }
    }
}

impl Logger<'_> {
    pub(super) fn info(&self, at: Time, text: &str) {
        self.line(Kind::Info, at, text);
    }

    pub(super) fn success(&self, at: Time, text: &str) {
        self.line(Kind::Success, at, text);
    }

    pub(super) fn warning(&self, at: Time, text: &str) {
        self.line(Kind::Warning, at, text);
    }

    pub(super) fn critical(&self, at: Time, text: &str) {
        self.line(Kind::Critical, at, text);
    }

    fn line(&self, kind: Kind, at: Time, text: &str) {
        if kind.level() > self.level {
            return;
        }
        let local = at.timestamp().to_zoned(self.session.env.time_zone()).strftime("%Y-%m-%d %H:%M:%S");
        // A text of several lines ends as it ends: the next line follows at once if it has no newline of its own.
        let end = if text.contains('\n') { "" } else { "\n" };
        let mut line = format!("{local} [{}]  {text}{end}", kind.icon());
        if self.coloured {
            line = format!("\x1b[{}m{line}\x1b[0m", kind.colour());
        }
        if self.to_stderr {
            self.session.eprint(&line);
        } else {
            self.session.print(&line);
        }
        self.session.flush();
    }
}
