//! The limit of the system call: one epoll loop that writes the same ready frame to all sockets. No server that uses a
//! socket a connection does less.

use std::io::{ErrorKind, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::os::fd::AsRawFd;

use anyhow::{Context, Result};
use rustix::event::epoll::{self, CreateFlags, Event, EventData, EventFlags};
use rustix::fd::OwnedFd;
use tokio_tungstenite::tungstenite::handshake::derive_accept_key;

use crate::fanout::wire::{self, CLOSE, Side, TEXT};

#[derive(PartialEq)]
pub enum Writes {
    /// Each message is written when it is read.
    EachFrame,
    /// What one round of the loop reads is written together.
    QueuedFrames,
}

const READ_BUFFER: usize = 64 * 1024;
const EVENTS: usize = 1024;
/// A member that is further behind than this, in bytes, is disconnected.
const BACKLOG: usize = 1024 * 1024;

struct Room {
    epoll: OwnedFd,
    /// By file descriptor: the system gives out the smallest that is free.
    members: Vec<Option<Member>>,
}

struct Member {
    stream: TcpStream,
    shaken_hands: bool,
    /// The beginning of a frame or of the handshake.
    unfinished: Vec<u8>,
    /// What did not fit into the socket.
    backlog: Vec<u8>,
}

pub fn serve(listener: &TcpListener, writes: Writes) -> Result<()> {
    let epoll = epoll::create(CreateFlags::CLOEXEC)?;
    let listener_number = listener.as_raw_fd() as u64;
    epoll::add(&epoll, listener, EventData::new_u64(listener_number), EventFlags::IN)?;
    let mut room = Room { epoll, members: Vec::new() };
    let mut buffer = vec![0; READ_BUFFER];
    let mut events: Vec<Event> = Vec::with_capacity(EVENTS);
    let mut frames = Vec::new();
    loop {
        events.clear();
        epoll::wait(&room.epoll, rustix::buffer::spare_capacity(&mut events), None)?;
        for event in &events {
            let number = event.data.u64();
            if number == listener_number {
                room.accept(listener)?;
                continue;
            }
            room.serve_member(number as usize, &mut buffer, &mut frames);
            if writes == Writes::EachFrame {
                room.broadcast_each(&mut frames);
            }
        }
        room.broadcast(&frames);
        frames.clear();
    }
}

impl Room {
    fn accept(&mut self, listener: &TcpListener) -> Result<()> {
        while let Some((stream, _)) = unless_blocked(listener.accept())? {
            stream.set_nonblocking(true)?;
            stream.set_nodelay(true)?;
            let number = stream.as_raw_fd() as usize;
            epoll::add(&self.epoll, &stream, EventData::new_u64(number as u64), EventFlags::IN)?;
            if self.members.len() <= number {
                self.members.resize_with(number + 1, || None);
            }
            let (unfinished, backlog) = (Vec::new(), Vec::new());
            self.members[number] = Some(Member { stream, shaken_hands: false, unfinished, backlog });
        }
        Ok(())
    }

    fn serve_member(&mut self, number: usize, buffer: &mut [u8], frames: &mut Vec<u8>) {
        let slot = &mut self.members[number];
        // A member that fails is gone: its socket is closed, and epoll forgets it.
        if slot.as_mut().is_some_and(|member| !member.serve(buffer, frames, &self.epoll).unwrap_or(false)) {
            *slot = None;
        }
    }

    fn broadcast_each(&mut self, frames: &mut Vec<u8>) {
        let all = std::mem::take(frames);
        let mut bytes = &all[..];
        while let Some((_, rest)) = wire::split_frame(bytes) {
            self.broadcast(&bytes[..bytes.len() - rest.len()]);
            bytes = rest;
        }
    }

    fn broadcast(&mut self, frames: &[u8]) {
        if frames.is_empty() {
            return;
        }
        for slot in &mut self.members {
            let Some(member) = slot else { continue };
            if member.shaken_hands && (member.write(frames, &self.epoll).is_err() || member.backlog.len() > BACKLOG) {
                *slot = None;
            }
        }
    }
}

impl Member {
    /// Writes the backlog, and reads. False when the member goes.
    fn serve(&mut self, buffer: &mut [u8], frames: &mut Vec<u8>, epoll: &OwnedFd) -> Result<bool> {
        if !self.backlog.is_empty() {
            let backlog = std::mem::take(&mut self.backlog);
            self.write(&backlog, epoll)?;
            if self.backlog.is_empty() {
                self.wait_for(EventFlags::IN, epoll)?;
            }
        }
        match unless_blocked(self.stream.read(buffer))? {
            None => Ok(true),
            Some(0) => Ok(false),
            Some(count) => self.take(&buffer[..count], frames),
        }
    }

    /// Puts the frames that answer its messages behind `frames`. False when the member says goodbye.
    fn take(&mut self, bytes: &[u8], frames: &mut Vec<u8>) -> Result<bool> {
        self.unfinished.extend(bytes);
        if !self.shaken_hands {
            let Some(end) = wire::end_of_head(&self.unfinished) else { return Ok(true) };
            let head = String::from_utf8(self.unfinished.drain(..end).collect())?;
            self.shake_hands(&head)?;
        }
        let unfinished = std::mem::take(&mut self.unfinished);
        let mut bytes = &unfinished[..];
        while let Some((frame, rest)) = wire::split_frame(bytes) {
            match frame.opcode {
                TEXT => frames.extend(wire::frame(&Side::Server, TEXT, &frame.unmasked())),
                CLOSE => return Ok(false),
                _ => {}
            }
            bytes = rest;
        }
        // An empty vector takes no memory of its own.
        self.unfinished = bytes.to_vec();
        Ok(true)
    }

    fn shake_hands(&mut self, head: &str) -> Result<()> {
        let headers = head.lines().filter_map(|line| line.split_once(':'));
        let mut keys = headers.filter(|(name, _)| name.eq_ignore_ascii_case("sec-websocket-key"));
        let (_, key) = keys.next().context("a handshake has a key")?;
        let accept = derive_accept_key(key.trim().as_bytes());
        let answer = format!(
            "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\
             Sec-WebSocket-Accept: {accept}\r\n\r\n"
        );
        self.stream.write_all(answer.as_bytes())?;
        self.shaken_hands = true;
        Ok(())
    }

    /// Writes what fits; the rest waits.
    fn write(&mut self, bytes: &[u8], epoll: &OwnedFd) -> Result<()> {
        if !self.backlog.is_empty() {
            self.backlog.extend(bytes);
            return Ok(());
        }
        let written = unless_blocked(self.stream.write(bytes))?.unwrap_or(0);
        if written < bytes.len() {
            self.backlog.extend(&bytes[written..]);
            self.wait_for(EventFlags::IN | EventFlags::OUT, epoll)?;
        }
        Ok(())
    }

    fn wait_for(&self, what: EventFlags, epoll: &OwnedFd) -> Result<()> {
        let number = EventData::new_u64(self.stream.as_raw_fd() as u64);
        Ok(epoll::modify(epoll, &self.stream, number, what)?)
    }
}

fn unless_blocked<T>(result: std::io::Result<T>) -> std::io::Result<Option<T>> {
    match result {
        Ok(value) => Ok(Some(value)),
        Err(error) if error.kind() == ErrorKind::WouldBlock => Ok(None),
        Err(error) => Err(error),
    }
}
