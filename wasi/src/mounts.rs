use std::sync::Arc;

use guesthouse_vfs::{FileSystem, MountError, MountFs, MountFsBuilder, MountOptions};

/// The filesystems that a builder mounts in the guest's root, in the order in which it was told.
#[derive(Default)]
pub(crate) struct Mounts(Vec<(Vec<u8>, Arc<dyn FileSystem>, MountOptions)>);

impl Mounts {
    pub(crate) fn add(&mut self, path: &[u8], fs: Arc<dyn FileSystem>, read_only: bool) {
        let options = MountOptions {
            read_only,
            ..MountOptions::default()
        };
        self.0.push((path.to_vec(), fs, options));
    }

    pub(crate) const fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// The tree of `root` and all mounts.
    ///
    /// # Errors
    /// The first mount that cannot be made.
    pub(crate) fn on(self, root: Arc<dyn FileSystem>) -> Result<Arc<MountFs>, MountError> {
        self.0
            .into_iter()
            .try_fold(MountFs::builder(root), |builder, (path, fs, options)| {
                builder.mount_with(path, fs, options)
            })
            .map(MountFsBuilder::build)
    }
}

#[cfg(test)]
mod tests {
    use guesthouse_vfs::{MemFs, OpenDir, Tree};

    use crate::abi::Errno;
    use crate::{Stop, WasiCtx, preview1};

    /// What the guest gets for making the directory `path`.
    fn make_dir(ctx: &mut WasiCtx, path: &str) -> Result<(), Errno> {
        let mut mem = path.as_bytes().to_vec();
        let len = u32::try_from(path.len()).unwrap();
        match preview1::path_create_directory(ctx, mem.as_mut_slice(), 3, 0, len) {
            Ok(()) => Ok(()),
            Err(Stop::Errno(errno)) => Err(errno),
            Err(other) => panic!("{other}"),
        }
    }

    #[test]
    fn mounts_lie_in_the_root_whenever_it_was_given() {
        let (root, work, assets) = (MemFs::new(), MemFs::new(), MemFs::new());
        let mut ctx = WasiCtx::builder()
            .mount("/work", work.clone())
            .root(root.clone())
            .mount_read_only("/work/deep/assets", assets.clone())
            .build()
            .unwrap();
        assert_eq!(make_dir(&mut ctx, "here"), Ok(()));
        assert_eq!(make_dir(&mut ctx, "work/there"), Ok(()));
        assert_eq!(make_dir(&mut ctx, "work/deep/assets/x"), Err(Errno::Rofs));
        assert!(Tree::new(root).exists("/here"));
        assert!(Tree::new(work).exists("/there"));
        assert!(!Tree::new(assets).exists("/x"));
    }

    #[test]
    fn mounts_that_cannot_be_made_are_refused() {
        let no_root = WasiCtx::builder().mount("/work", MemFs::new()).build();
        assert_eq!(
            no_root.unwrap_err().to_string(),
            "there are mounts, but no root"
        );

        let files = MemFs::new();
        Tree::new(files.clone()).write("/file", "").unwrap();
        let below_file = WasiCtx::builder()
            .root(files)
            .mount("/file/x", MemFs::new())
            .build();
        assert!(below_file.unwrap_err().to_string().contains("/file/x"));

        let elsewhere = OpenDir::root(MemFs::new());
        let other = WasiCtx::builder()
            .preopen(elsewhere, "data")
            .mount("/x", MemFs::new());
        assert!(other.build().is_err());
    }
}
