//! A command run in this process, its streams captured.

use kubetick::cli::{self, Env, Inhabitants, Io, Session};
use std::cell::RefCell;
use std::io::Write;
use std::rc::Rc;

/// What a command printed and how it ended.
#[derive(Debug, PartialEq, Eq)]
pub struct Said {
    pub stdout: String,
    pub stderr: String,
    pub rc: i32,
}

/// Runs the program `called` with standard input `input`; no stream is a terminal.
pub fn run(called: &str, args: &[String], env: Env, input: &str) -> Said {
    run_among(Inhabitants::default(), called, args, env, input)
}

/// As [`run`], with others acting in the cluster.
pub fn run_among(inhabitants: Inhabitants, called: &str, args: &[String], env: Env, input: &str) -> Said {
    let (stdout, stderr) = (Captured::default(), Captured::default());
    let session = Session {
        env,
        io: Io {
            out: RefCell::new(Box::new(stdout.clone())),
            err: RefCell::new(Box::new(stderr.clone())),
            input: RefCell::new(Box::new(std::io::Cursor::new(input.as_bytes().to_vec()))),
            input_is_terminal: false,
            out_is_terminal: false,
            reader_is_gone: || false,
        },
        inhabitants,
    };
    let rc = cli::run(called, args, &session);
    drop(session);
    Said { stdout: stdout.text(), stderr: stderr.text(), rc }
}

#[derive(Clone, Default)]
struct Captured(Rc<RefCell<Vec<u8>>>);

impl Write for Captured {
    fn write(&mut self, text: &[u8]) -> std::io::Result<usize> {
        self.0.borrow_mut().extend_from_slice(text);
        Ok(text.len())
    }
    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

impl Captured {
    fn text(&self) -> String {
        String::from_utf8_lossy(&self.0.borrow()).into_owned()
    }
}
