//! Stage 4, what a WebSocket is: the handshake and the frames of a real connection, byte by byte.
//!
//! Open the page and watch the terminal. The server has no HTTP library and no framework: a TCP connection, and the
//! codec of `channels::protocol`, which does no input or output of its own.

use std::io;

use channels::protocol::handshake::{accept_key, check_request, is_upgrade};
use channels::protocol::{Decoder, Event, Limits, Opcode, Role, encode_close, encode_frame};
use http::{HeaderMap, HeaderName, HeaderValue, Method, Version};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};

/// A request's head has at most this many bytes.
const MAX_HEAD: usize = 16 * 1024;

#[tokio::main]
async fn main() -> io::Result<()> {
    let port = std::env::var("PORT").ok().and_then(|port| port.parse().ok()).unwrap_or(8000);
    let listener = TcpListener::bind(("127.0.0.1", port)).await?;
    println!("http://{}/home/", listener.local_addr()?);
    loop {
        let (stream, client) = listener.accept().await?;
        tokio::spawn(async move {
            if let Err(error) = serve(stream).await {
                println!("{client}: {error}");
            }
        });
    }
}

async fn serve(mut stream: TcpStream) -> io::Result<()> {
    let mut head = Vec::new();
    while !head.ends_with(b"\r\n\r\n") {
        if head.len() > MAX_HEAD || stream.read_buf(&mut head).await? == 0 {
            return Ok(());
        }
    }
    let request = parse(&head)?;
    if !is_upgrade(&request.headers) {
        return answer_page(stream, &request.target).await;
    }
    println!("\n──── the client asks ────\n{}", String::from_utf8_lossy(&head).trim_end());

    let offer = match check_request(&request.method, request.version, &request.headers) {
        Ok(offer) => offer,
        Err(error) => {
            println!("──── refused: {error} ────");
            let mut answer = format!("HTTP/1.1 {}\r\n", error.status());
            add_lines(&mut answer, &error.response_headers());
            return stream.write_all((answer + "Connection: close\r\nContent-Length: 0\r\n\r\n").as_bytes()).await;
        }
    };
    let key = request.headers.get("sec-websocket-key").and_then(|key| key.to_str().ok()).unwrap_or_default();
    println!("\n──── the key is joined with the number that RFC 6455 fixes, hashed, and written in base64 ────");
    println!("base64(sha1({key:?} + \"258EAFA5-E914-47DA-95CA-C5AB0DC85B11\")) = {:?}", accept_key(key));

    let mut answer = String::from("HTTP/1.1 101 Switching Protocols\r\n");
    // No extensions, so that the frames can be read.
    add_lines(&mut answer, &offer.response_headers(None, None));
    println!("\n──── the server agrees ────\n{answer}");
    stream.write_all((answer + "\r\n").as_bytes()).await?;
    exchange(stream).await
}

/// Explains each frame, and answers it.
async fn exchange(mut stream: TcpStream) -> io::Result<()> {
    let mut decoder = Decoder::new(Role::Server, Limits { message: 1 << 16, ..Limits::default() }, None);
    let mut buffer = [0; 4096];
    loop {
        let count = stream.read(&mut buffer).await?;
        if count == 0 {
            println!("──── the connection is at its end ────");
            return Ok(());
        }
        explain(&buffer[..count]);
        let mut input = &mut buffer[..count];
        loop {
            let mut frame = Vec::new();
            let mut is_over = false;
            match decoder.decode(&mut input) {
                Ok(None) => break,
                Ok(Some(Event::Text(text))) => {
                    println!("  a text message: {text:?}");
                    encode_frame(&mut frame, Opcode::Text, true, false, None, format!("{text} 收到").as_bytes());
                }
                Ok(Some(Event::Binary(bytes))) => encode_frame(&mut frame, Opcode::Binary, true, false, None, &bytes),
                Ok(Some(Event::Ping(bytes))) => encode_frame(&mut frame, Opcode::Pong, true, false, None, &bytes),
                Ok(Some(Event::Pong(_))) => continue,
                Ok(Some(Event::Close(close))) => {
                    println!("  a goodbye: {close:?}");
                    let code = close.map_or(1000, |close| close.code);
                    encode_frame(&mut frame, Opcode::Close, true, false, None, &encode_close(code, ""));
                    is_over = true;
                }
                Err(error) => {
                    println!("  this breaks the protocol: {error}");
                    let close = encode_close(error.close_code(), &error.to_string());
                    encode_frame(&mut frame, Opcode::Close, true, false, None, &close);
                    is_over = true;
                }
            }
            println!("\n──── the server sends {} bytes, without a mask ────\n  {}", frame.len(), hex(&frame));
            stream.write_all(&frame).await?;
            if is_over {
                return stream.shutdown().await;
            }
        }
    }
}

/// Says what the bytes of a frame mean, where the frame came in one piece.
fn explain(bytes: &[u8]) {
    println!("\n──── the client sends {} bytes ────\n  {}", bytes.len(), hex(&bytes[..bytes.len().min(32)]));
    let [first, second, rest @ ..] = bytes else { return };
    let (fin, opcode, masked, length) = (first >> 7, first & 0x0F, second >> 7, second & 0x7F);
    println!(
        "  {first:08b}  the last frame of its message: {fin}, opcode {opcode} (1 text, 2 binary, 8 close, 9 ping)"
    );
    println!("  {second:08b}  masked: {masked}, length {length}");
    let more = match length {
        126 => 2,
        127 => 8,
        _ => 0,
    };
    let Some((long, rest)) = rest.split_at_checked(more) else { return };
    if more > 0 {
        let length = long.iter().fold(0_u64, |length, byte| length << 8 | u64::from(*byte));
        println!("  {}  so the length stands in the next {more} bytes: {length}", hex(long));
    }
    let Some((mask, payload)) = rest.split_at_checked(4).filter(|_| masked == 1) else { return };
    println!("  {}  the mask: each byte of the payload is xored with one of these, in turn", hex(mask));
    let plain: Vec<u8> = payload.iter().zip(mask.iter().cycle()).map(|(byte, mask)| byte ^ mask).take(32).collect();
    println!("  {}  becomes {:?}", hex(&payload[..plain.len()]), String::from_utf8_lossy(&plain));
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect::<Vec<_>>().join(" ")
}

struct Request {
    method: Method,
    target: String,
    version: Version,
    headers: HeaderMap,
}

fn parse(head: &[u8]) -> io::Result<Request> {
    let mut lines = [httparse::EMPTY_HEADER; 64];
    let mut request = httparse::Request::new(&mut lines);
    request.parse(head).map_err(io::Error::other)?;
    let mut headers = HeaderMap::new();
    for line in request.headers {
        let name = HeaderName::from_bytes(line.name.as_bytes()).map_err(io::Error::other)?;
        headers.append(name, HeaderValue::from_bytes(line.value).map_err(io::Error::other)?);
    }
    Ok(Request {
        method: request.method.unwrap_or("GET").parse().map_err(io::Error::other)?,
        target: request.path.unwrap_or("/").to_owned(),
        version: if request.version == Some(0) { Version::HTTP_10 } else { Version::HTTP_11 },
        headers,
    })
}

fn add_lines(head: &mut String, headers: &HeaderMap) {
    for (name, value) in headers {
        *head += &format!("{name}: {}\r\n", value.to_str().unwrap_or_default());
    }
}

async fn answer_page(mut stream: TcpStream, target: &str) -> io::Result<()> {
    let (status, media_type, body) = match target {
        "/" | "/home/" => ("200 OK", "text/html", include_str!("pages/chat.html")),
        "/style.css" => ("200 OK", "text/css", include_str!("pages/style.css")),
        _ => ("404 Not Found", "text/plain", ""),
    };
    let length = body.len();
    let head = format!(
        "HTTP/1.1 {status}\r\nContent-Type: {media_type}; charset=utf-8\r\nContent-Length: {length}\r\n\
         Connection: close\r\n\r\n"
    );
    stream.write_all(head.as_bytes()).await?;
    stream.write_all(body.as_bytes()).await?;
    stream.shutdown().await
}
