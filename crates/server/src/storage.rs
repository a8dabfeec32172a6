//! Where the bytes of files are kept.

use std::path::Path;
use std::sync::Arc;

use bytes::Bytes;
use futures_util::stream::BoxStream;
use futures_util::{StreamExt, TryStreamExt};
use object_store::local::LocalFileSystem;
use object_store::{ObjectMeta, ObjectStore, ObjectStoreExt, PutPayload, WriteMultipart};

/// Files by key; clones share it.
#[derive(Debug, Clone)]
pub struct Storage {
    store: Arc<dyn ObjectStore>,
}

/// A file as a folder lists it.
#[derive(Debug)]
pub struct Listed {
    pub key: String,
    pub modified_ms: i64,
}

/// A file that is being written. It is there only after [`Upload::finish`].
#[derive(Debug)]
pub struct Upload {
    parts: WriteMultipart,
}

impl Storage {
    /// A folder, which is made when it is not there.
    pub fn folder(path: &Path) -> Result<Self, object_store::Error> {
        std::fs::create_dir_all(path)
            .map_err(|error| object_store::Error::Generic { store: "LocalFileSystem", source: error.into() })?;
        let store = LocalFileSystem::new_with_prefix(path)?.with_automatic_cleanup(true);
        Ok(Self { store: Arc::new(store) })
    }

    pub async fn put(&self, key: &str, bytes: Bytes) -> Result<(), object_store::Error> {
        self.store.put(&key.into(), PutPayload::from_bytes(bytes)).await?;
        Ok(())
    }

    pub async fn upload(&self, key: &str) -> Result<Upload, object_store::Error> {
        let upload = self.store.put_multipart(&key.into()).await?;
        Ok(Upload { parts: WriteMultipart::new(upload) })
    }

    pub async fn read(
        &self,
        key: &str,
    ) -> Result<BoxStream<'static, Result<Bytes, object_store::Error>>, object_store::Error> {
        Ok(self.store.get(&key.into()).await?.into_stream())
    }

    pub async fn has(&self, key: &str) -> Result<bool, object_store::Error> {
        match self.store.head(&key.into()).await {
            Ok(_) => Ok(true),
            Err(object_store::Error::NotFound { .. }) => Ok(false),
            Err(error) => Err(error),
        }
    }

    /// The files of a folder and of those within it, in no order.
    pub fn list(&self, folder: &str) -> BoxStream<'static, Result<Listed, object_store::Error>> {
        let listed = |meta: ObjectMeta| Listed {
            key: meta.location.to_string(),
            modified_ms: meta.last_modified.timestamp_millis(),
        };
        self.store.list(Some(&folder.into())).map_ok(listed).boxed()
    }

    /// Deletes a file; one that is not there is no error.
    pub async fn delete(&self, key: &str) -> Result<(), object_store::Error> {
        match self.store.delete(&key.into()).await {
            Err(object_store::Error::NotFound { .. }) | Ok(()) => Ok(()),
            Err(error) => Err(error),
        }
    }
}

impl Listed {
    /// The last part of its key.
    pub fn name(&self) -> &str {
        self.key.rsplit('/').next().unwrap_or_default()
    }
}

impl Upload {
    /// Takes the next bytes. Waits while earlier ones are being written.
    pub async fn write(&mut self, bytes: Bytes) -> Result<(), object_store::Error> {
        self.parts.wait_for_capacity(2).await?;
        self.parts.put(bytes);
        Ok(())
    }

    pub async fn finish(self) -> Result<(), object_store::Error> {
        self.parts.finish().await?;
        Ok(())
    }

    pub async fn abort(self) -> Result<(), object_store::Error> {
        self.parts.abort().await
    }
}
