//! Files of messages: uploaded to a room first, then carried by a message.

use bytes::{Bytes, BytesMut};
use futures_util::stream::BoxStream;
use futures_util::{Stream, StreamExt};
use sea_orm::FromQueryResult;

use super::model::File;
use super::{Refusal, Rooms};
use crate::accounts::Caller;
use crate::clock::now_ms;
use crate::db::Sql;
use crate::text;
use crate::values;

/// The beginning of a file, which tells its type and an image's size.
const HEAD: usize = 64 * 1024;

/// Images that a browser shows inside the page. Everything else is a download.
pub const INLINE: [&str; 4] = ["image/png", "image/jpeg", "image/webp", "image/gif"];

/// A file that was never sent with a message is deleted after a day.
const UNSENT_MS: i64 = 24 * 3_600_000;

impl Rooms {
    /// Stores a file for a message that the caller is going to send to the room. The type comes from the bytes, not
    /// from what the sender says.
    pub async fn upload<S, E>(&self, caller: &Caller, room: i64, name: &str, body: S) -> Result<File, Refusal>
    where
        S: Stream<Item = Result<Bytes, E>> + Unpin,
    {
        self.member(caller, room).await?;
        let name = text::line("name", name, 1, 200)?.replace(['/', '\\'], "_");
        let id = format!("{:032x}", rand::random::<u128>());
        let (size, head) = self.store(&id, body).await?;
        let media_type = infer::get(&head).map_or("application/octet-stream", |kind| kind.mime_type());
        let dimensions = if INLINE.contains(&media_type) { imagesize::blob_size(&head).ok() } else { None };
        let (width, height) =
            dimensions.map_or((None, None), |size| (Some(size.width as i64), Some(size.height as i64)));
        let file = File { id: id.clone(), name, size, media_type: media_type.to_owned(), width, height };
        let (row, person) = (file.clone(), caller.id());
        let written = self
            .log
            .work::<(), Refusal, _>(Some(room), move |tx| {
                let File { id, name, size, media_type, width, height } = row.clone();
                Box::pin(async move {
                    let sql = "INSERT INTO file (id, room_id, person_id, name, size, media_type, width, height, created_at) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)";
                    tx.sql().run(sql, values![id, room, person, name, size, media_type, width, height, tx.now]).await?;
                    Ok(())
                })
            })
            .await;
        if let Err(refusal) = written {
            self.storage.delete(&key(&id)).await?;
            return Err(refusal);
        }
        Ok(file)
    }

    /// Writes the bytes and answers how many there were, and the first of them.
    async fn store<S, E>(&self, id: &str, mut body: S) -> Result<(i64, BytesMut), Refusal>
    where
        S: Stream<Item = Result<Bytes, E>> + Unpin,
    {
        let mut upload = self.storage.upload(&key(id)).await?;
        let (mut size, mut head) = (0_u64, BytesMut::new());
        let refusal = loop {
            match body.next().await {
                Some(Ok(bytes)) => {
                    size += bytes.len() as u64;
                    if size > self.max_file_bytes {
                        break Refusal::FileTooLarge { max_bytes: self.max_file_bytes };
                    }
                    head.extend_from_slice(&bytes[..bytes.len().min(HEAD - head.len())]);
                    if let Err(error) = upload.write(bytes).await {
                        break error.into();
                    }
                }
                Some(Err(_)) => break Refusal::BrokenUpload,
                None => {
                    upload.finish().await?;
                    return Ok((size as i64, head));
                }
            }
        };
        upload.abort().await?;
        Err(refusal)
    }

    /// A file and its bytes, for members of its room; before it is sent, only for the one who uploaded it.
    pub async fn file(
        &self,
        caller: &Caller,
        id: &str,
    ) -> Result<(File, BoxStream<'static, Result<Bytes, object_store::Error>>), Refusal> {
        let sql = "SELECT f.id, f.name, f.size, f.media_type, f.width, f.height FROM file f JOIN member m ON m.log_id = f.room_id AND m.person_id = $2 \
            WHERE f.id = $1 AND NOT f.recalled AND (f.seq IS NOT NULL OR f.person_id = $2)";
        let file: Option<File> = self.log.db().reader.one(sql, values![id, caller.id()]).await?;
        let file = file.ok_or(Refusal::FileNotFound)?;
        let bytes = self.storage.read(&key(&file.id)).await?;
        Ok((file, bytes))
    }

    /// Stores a profile picture and answers its name.
    pub async fn store_avatar(&self, extension: &str, bytes: Bytes) -> Result<String, Refusal> {
        let name = format!("{:032x}.{extension}", rand::random::<u128>());
        self.storage.put(&format!("avatars/{name}"), bytes).await?;
        Ok(name)
    }

    pub async fn read_avatar(
        &self,
        name: &str,
    ) -> Result<BoxStream<'static, Result<Bytes, object_store::Error>>, Refusal> {
        Ok(self.storage.read(&format!("avatars/{name}")).await?)
    }

    pub async fn delete_avatar(&self, name: &str) -> Result<(), Refusal> {
        Ok(self.storage.delete(&format!("avatars/{name}")).await?)
    }

    /// Deletes the bytes of recalled files now, in the background; the sweep repeats what fails.
    pub(super) fn erase_recalled_files(&self) {
        let rooms = self.clone();
        tokio::spawn(async move {
            if let Err(error) = rooms.sweep_files().await {
                tracing::warn!(%error, "could not delete the files of a recalled message");
            }
        });
    }

    /// Deletes files of recalled messages, and files that were never sent.
    pub async fn sweep_files(&self) -> Result<(), Refusal> {
        #[derive(FromQueryResult)]
        struct Row {
            id: String,
        }
        loop {
            let sql = "SELECT id FROM file WHERE recalled UNION SELECT id FROM file WHERE seq IS NULL AND created_at < $1 LIMIT 100";
            let rows: Vec<Row> = self.log.db().reader.all(sql, values![now_ms() - UNSENT_MS]).await?;
            if rows.is_empty() {
                return Ok(());
            }
            for Row { id } in rows {
                self.storage.delete(&key(&id)).await?;
                self.log
                    .work::<(), Refusal, _>(None, move |tx| {
                        let id = id.clone();
                        Box::pin(async move {
                            // A message may have taken an unsent file in the meantime.
                            tx.sql()
                                .run("DELETE FROM file WHERE id = $1 AND (recalled OR seq IS NULL)", values![id])
                                .await?;
                            Ok(())
                        })
                    })
                    .await?;
            }
        }
    }
}

fn key(id: &str) -> String {
    format!("files/{}/{id}", &id[..2])
}
