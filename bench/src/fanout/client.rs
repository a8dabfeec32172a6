//! The load: many receivers in one loop that only counts frames, so that it costs much less than any server.

use std::collections::VecDeque;
use std::io::{ErrorKind, Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail, ensure};
use rustix::event::Timespec;
use rustix::event::epoll::{self, CreateFlags, Event, EventData, EventFlags};
use rustix::fd::OwnedFd;

use super::wire::{self, PING, PONG, Side, TEXT};

/// What stands inside the WebSocket messages.
#[derive(Clone, Copy, PartialEq)]
pub enum Dialect {
    Plain,
    /// Socket.IO 5 over Engine.IO 4.
    SocketIo,
}

const ENGINE_IO_PING: &str = "2";
const ENGINE_IO_PONG: &[u8] = b"3";
/// Connections that are opened together; fewer than any server lets wait.
const BUNCH: usize = 32;
const READ_BUFFER: usize = 64 * 1024;
const EVENTS: usize = 1024;
/// Nobody waits longer for a message that was sent. Django with 5,000 receivers takes about 16 s.
const PATIENCE: Duration = Duration::from_secs(60);

pub struct Client {
    address: SocketAddr,
    dialect: Dialect,
    epoll: OwnedFd,
    receivers: Vec<Receiver>,
    events: Vec<Event>,
    buffer: Vec<u8>,
}

struct Receiver {
    stream: TcpStream,
    /// The beginning of a frame whose end has not come.
    unfinished: Vec<u8>,
    /// Messages of the current run.
    received: usize,
}

/// What a run showed.
pub struct Run {
    pub messages: usize,
    pub elapsed: Duration,
    /// From sending a message to its last delivery.
    pub delays: Vec<Duration>,
}

/// A message that not all have.
struct InFlight {
    sent: Instant,
    missing: usize,
}

impl Client {
    pub fn new(address: SocketAddr, dialect: Dialect) -> Result<Self> {
        let epoll = epoll::create(CreateFlags::CLOEXEC)?;
        let (events, buffer) = (Vec::with_capacity(EVENTS), vec![0; READ_BUFFER]);
        Ok(Self { address, dialect, epoll, receivers: Vec::new(), events, buffer })
    }

    /// Opens connections until there are `count`.
    pub fn open(&mut self, count: usize) -> Result<()> {
        while self.receivers.len() < count {
            let bunch = BUNCH.min(count - self.receivers.len());
            let streams: Vec<TcpStream> = (0..bunch).map(|_| self.request()).collect::<Result<_>>()?;
            for stream in streams {
                let receiver = self.finish(stream)?;
                let data = EventData::new_u64(self.receivers.len() as u64);
                epoll::add(&self.epoll, &receiver.stream, data, EventFlags::IN)?;
                self.receivers.push(receiver);
            }
            self.rest(Duration::ZERO)?;
        }
        Ok(())
    }

    /// Does nothing for `period` but answer pings.
    pub fn rest(&mut self, period: Duration) -> Result<()> {
        let end = Instant::now() + period;
        loop {
            let left = end.saturating_duration_since(Instant::now());
            self.wait(left)?;
            for event in &self.events {
                self.receivers[event.data.u64() as usize].read(&mut self.buffer, self.dialect)?;
            }
            if left.is_zero() {
                return Ok(());
            }
        }
    }

    fn wait(&mut self, patience: Duration) -> Result<()> {
        self.events.clear();
        let timeout = Timespec::try_from(patience)?;
        epoll::wait(&self.epoll, rustix::buffer::spare_capacity(&mut self.events), Some(&timeout))?;
        Ok(())
    }

    /// A connection in the room that never reads.
    pub fn open_slow(&self) -> Result<TcpStream> {
        let stream = self.request()?;
        Ok(self.finish(stream)?.stream)
    }

    fn request(&self) -> Result<TcpStream> {
        let mut stream = TcpStream::connect(self.address).context("can not connect")?;
        stream.set_nodelay(true)?;
        stream.set_read_timeout(Some(PATIENCE))?;
        let path = match self.dialect {
            Dialect::Plain => "/room/bench/",
            Dialect::SocketIo => "/socket.io/?EIO=4&transport=websocket",
        };
        let (address, key) = (self.address, wire::KEY);
        write!(
            stream,
            "GET {path} HTTP/1.1\r\nHost: {address}\r\nOrigin: http://{address}\r\nConnection: Upgrade\r\n\
             Upgrade: websocket\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: {key}\r\n\r\n"
        )?;
        Ok(stream)
    }

    fn finish(&self, stream: TcpStream) -> Result<Receiver> {
        let mut receiver = Receiver { stream, unfinished: Vec::new(), received: 0 };
        let end = receiver.read_until(wire::end_of_head)?;
        let head = receiver.unfinished.drain(..end).as_slice().to_vec();
        ensure!(head.starts_with(b"HTTP/1.1 101 "), "no WebSocket: {}", String::from_utf8_lossy(&head));
        if self.dialect == Dialect::SocketIo {
            receiver.expect_text("0{")?;
            receiver.stream.write_all(&wire::frame(&Side::Client, TEXT, b"40"))?;
            receiver.expect_text("40")?;
        }
        receiver.stream.set_nonblocking(true)?;
        Ok(receiver)
    }

    /// Keeps `in_flight` messages of `bytes` bytes on their way for `period`, sends the next as soon as one has reached
    /// all receivers, and waits for the last.
    pub fn run(&mut self, in_flight: usize, bytes: usize, period: Duration) -> Result<Run> {
        let message = wire::frame(&Side::Client, TEXT, &self.dialect.message(bytes));
        let mut on_their_way: VecDeque<InFlight> = VecDeque::new();
        let mut delays = Vec::new();
        let mut sent = 0;
        self.receivers.iter_mut().for_each(|receiver| receiver.received = 0);
        let start = Instant::now();
        loop {
            while on_their_way.len() < in_flight && (sent == 0 || start.elapsed() < period) {
                // As many people write as there are messages in flight.
                let writer = sent % in_flight.min(self.receivers.len());
                self.receivers[writer].write(&message)?;
                on_their_way.push_back(InFlight { sent: Instant::now(), missing: self.receivers.len() });
                sent += 1;
            }
            if on_their_way.is_empty() {
                return Ok(Run { messages: sent, elapsed: start.elapsed(), delays });
            }
            self.wait(PATIENCE)?;
            let patience = PATIENCE.as_secs();
            ensure!(!self.events.is_empty(), "nothing came for {patience} s; {} of {sent} arrived", delays.len());
            for event in &self.events {
                let receiver = &mut self.receivers[event.data.u64() as usize];
                let before = receiver.received;
                receiver.read(&mut self.buffer, self.dialect)?;
                ensure!(receiver.received <= sent, "a receiver has more messages than were sent");
                for number in before..receiver.received {
                    // All messages have the same content, so a receiver's n-th is the n-th.
                    on_their_way[number - delays.len()].missing -= 1;
                    while on_their_way.front().is_some_and(|first| first.missing == 0) {
                        delays.extend(on_their_way.pop_front().map(|first| first.sent.elapsed()));
                    }
                }
            }
        }
    }

    pub fn receivers(&self) -> usize {
        self.receivers.len()
    }
}

impl Receiver {
    /// Reads what is there and counts the messages in it.
    fn read(&mut self, buffer: &mut [u8], dialect: Dialect) -> Result<()> {
        let count = match self.stream.read(buffer) {
            Ok(0) => bail!("the server closed a connection"),
            Ok(count) => count,
            Err(error) if error.kind() == ErrorKind::WouldBlock => return Ok(()),
            Err(error) => return Err(error).context("a connection broke"),
        };
        if self.unfinished.is_empty() {
            let rest = self.count(&buffer[..count], dialect)?;
            self.unfinished.extend(rest);
        } else {
            let mut bytes = std::mem::take(&mut self.unfinished);
            bytes.extend(&buffer[..count]);
            let rest = self.count(&bytes, dialect)?.len();
            bytes.drain(..bytes.len() - rest);
            self.unfinished = bytes;
        }
        Ok(())
    }

    /// Answers what is left: the beginning of a frame.
    fn count<'a>(&mut self, mut bytes: &'a [u8], dialect: Dialect) -> Result<&'a [u8]> {
        while let Some((frame, rest)) = wire::split_frame(bytes) {
            match (frame.opcode, dialect) {
                (TEXT, Dialect::Plain) => self.received += 1,
                (TEXT, Dialect::SocketIo) if frame.payload.starts_with(b"42") => self.received += 1,
                (TEXT, Dialect::SocketIo) if frame.payload == ENGINE_IO_PING.as_bytes() => {
                    self.write(&wire::frame(&Side::Client, TEXT, ENGINE_IO_PONG))?;
                }
                (PING, _) => self.write(&wire::frame(&Side::Client, PONG, frame.payload))?,
                (opcode, _) => bail!("an unexpected frame with opcode {opcode}"),
            }
            bytes = rest;
        }
        Ok(bytes)
    }

    /// Frames are small and the server reads, so there is always room for a whole one.
    fn write(&mut self, frame: &[u8]) -> Result<()> {
        self.stream.write_all(frame).context("the server does not read")
    }

    /// Reads, blocking, until `found` finds something in what came.
    fn read_until<T>(&mut self, found: impl Fn(&[u8]) -> Option<T>) -> Result<T> {
        let mut buffer = [0; 4096];
        loop {
            if let Some(found) = found(&self.unfinished) {
                return Ok(found);
            }
            let count = self.stream.read(&mut buffer).context("no answer")?;
            ensure!(count > 0, "the server closed a connection: {}", String::from_utf8_lossy(&self.unfinished));
            self.unfinished.extend(&buffer[..count]);
        }
    }

    /// Blocks until a message has come that is not a ping of Engine.IO. It has to begin so.
    fn expect_text(&mut self, start: &str) -> Result<()> {
        loop {
            let (length, text) = self.read_until(|bytes| {
                let (frame, rest) = wire::split_frame(bytes)?;
                Some((bytes.len() - rest.len(), String::from_utf8_lossy(frame.payload).into_owned()))
            })?;
            self.unfinished.drain(..length);
            if text == ENGINE_IO_PING {
                self.write(&wire::frame(&Side::Client, TEXT, ENGINE_IO_PONG))?;
                continue;
            }
            ensure!(text.starts_with(start), "{text} came where {start} was expected");
            return Ok(());
        }
    }
}

impl Dialect {
    fn message(self, bytes: usize) -> Vec<u8> {
        let text = "x".repeat(bytes);
        match self {
            Dialect::Plain => text.into_bytes(),
            Dialect::SocketIo => format!(r#"42["m","{text}"]"#).into_bytes(),
        }
    }
}
