use std::collections::VecDeque;

use bytes::{Buf, Bytes, BytesMut};

use crate::control::{Control, Line, skip_chatter};
use crate::exec::{Exec, Piece};
use crate::wrapper::GREETING;
use crate::{News, RunError};

const MAX_PIECE: usize = 64 * 1024;

/// The output of one run, as it comes. Dropping it stops the watching and nothing else: the run goes on.
///
/// At most a few hundred KiB wait in it, whatever the size of the output: a reader that is slow makes the machine wait
/// with reading the file in which the output stands, and the script never waits for either.
pub struct Follow {
    exec: Exec,
    control: Control,
    /// What the wrapper said and the output has not come to yet.
    lines: VecDeque<Line>,
    /// Output before the wrapper's greeting, which is chatter of the login shell.
    chatter: Option<BytesMut>,
    /// Output that came before it was known that the run is followed, or that is too long for one piece of news.
    waiting: VecDeque<Bytes>,
    offset: u64,
    end: Option<News>,
}

impl Follow {
    /// Waits until the wrapper says that the run is followed, or why not.
    pub(crate) async fn begin(exec: Exec, offset: u64) -> Result<Self, RunError> {
        let mut follow = Self {
            exec,
            control: Control::default(),
            lines: VecDeque::new(),
            chatter: Some(BytesMut::new()),
            waiting: VecDeque::new(),
            offset,
            end: None,
        };
        loop {
            match follow.lines.pop_front() {
                Some(Line::Following) => return Ok(follow),
                Some(Line::No(error)) => return Err(error),
                Some(line) => return Err(RunError::Protocol(format!("{line:?}"))),
                None => follow.read().await?,
            }
        }
    }

    /// How many bytes of the raw output have been told: from where to follow the next time.
    pub fn offset(&self) -> u64 {
        self.offset
    }

    /// The next news. Cancel-safe. The last one, `Ended` or `Gone`, is told again whenever it is asked for.
    pub async fn next(&mut self) -> Result<News, RunError> {
        loop {
            if let Some(bytes) = self.waiting.front_mut() {
                let part = bytes.split_to(bytes.len().min(MAX_PIECE));
                if bytes.is_empty() {
                    self.waiting.pop_front();
                }
                self.offset += part.len() as u64;
                return Ok(News::Output(part));
            }
            if let Some(end) = &self.end {
                return Ok(end.clone());
            }
            if let Some(news) = self.line()? {
                return Ok(news);
            }
            self.read().await?;
        }
    }

    /// What the wrapper said, once the output that comes before it is there: the two travel side by side.
    fn line(&mut self) -> Result<Option<News>, RunError> {
        let kept = match self.lines.front() {
            Some(Line::Exit { kept, .. } | Line::Gone { kept } | Line::Cut { kept, .. }) => *kept,
            Some(Line::No(error)) => return Err(error.clone()),
            Some(line) => return Err(RunError::Protocol(format!("{line:?}"))),
            None => return Ok(None),
        };
        if self.offset < kept {
            return Ok(None);
        }
        Ok(match self.lines.pop_front() {
            Some(Line::Cut { kept, total, end }) => Some(News::Cut { kept, total, end }),
            Some(Line::Exit { exit, .. }) => self.end.insert(News::Ended(exit)).clone().into(),
            _ => self.end.insert(News::Gone).clone().into(),
        })
    }

    async fn read(&mut self) -> Result<(), RunError> {
        match self.exec.next().await? {
            Some(Piece::Output(bytes)) => self.output(bytes),
            Some(Piece::Control(bytes)) => {
                self.control.push(&bytes);
                while let Some(line) = self.control.next()? {
                    self.lines.push_back(line);
                }
                Ok(())
            }
            None => Err(RunError::Lost("the connection ended before the run did".into())),
        }
    }

    fn output(&mut self, bytes: Bytes) -> Result<(), RunError> {
        match &mut self.chatter {
            None => self.waiting.push_back(bytes),
            Some(chatter) => {
                chatter.extend_from_slice(&bytes);
                if skip_chatter(chatter)? {
                    let rest = std::mem::take(chatter).freeze();
                    self.chatter = None;
                    if !rest.is_empty() {
                        self.waiting.push_back(rest);
                    }
                } else if chatter.len() > 2 * GREETING.len() {
                    // Only the last bytes can still become the greeting.
                    chatter.advance(chatter.len() - GREETING.len());
                }
            }
        }
        Ok(())
    }
}
