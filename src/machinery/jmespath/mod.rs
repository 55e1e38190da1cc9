//! JMESPath as the AWS command line has it: the language of jmespath.org with what its Python implementation (1.0) does
//! beyond it (strings are ordered, a literal that is no JSON is a string) and that implementation's messages.

mod compare;
mod functions;
mod interpreter;
mod lexer;
mod parser;

use super::ordered::Json;

/// A compiled expression.
#[derive(Clone, Debug)]
pub struct Expression {
    root: parser::Node,
}

/// Which rule was broken, in the words of the compliance suite.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum ErrorKind {
    /// `syntax`; the only kind that compiling yields.
    Syntax,
    /// `invalid-arity`
    Arity,
    /// `invalid-type`
    Type,
    /// `invalid-value`
    Value,
    /// `unknown-function`
    UnknownFunction,
}

/// Why an expression cannot be compiled or evaluated.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
#[error("{message}")]
pub struct JmespathError {
    /// What kind of error.
    pub kind: ErrorKind,
    /// The message; several lines for most syntax errors.
    pub message: String,
}

impl JmespathError {
    fn new(kind: ErrorKind, message: String) -> JmespathError {
        JmespathError { kind, message }
    }
}

impl Expression {
    /// Compiles an expression.
    pub fn compile(text: &str) -> Result<Expression, JmespathError> {
        Ok(Expression { root: parser::parse(text)? })
    }

    /// Evaluates it.
    pub fn search(&self, value: &Json) -> Result<Json, JmespathError> {
        interpreter::visit(&self.root, value)
    }
}
