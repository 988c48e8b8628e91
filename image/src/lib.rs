//! Archives and container images in and out of [Guesthouse's filesystems](guesthouse_vfs).
//!
//! An image is read once, into memory. Each guest then gets a fork of it: a filesystem of its own, in constant time, that costs what the guest changes. What it
//! has left behind goes out as an archive, or as a layer upon the image.
//!
//! ```
//! use guesthouse_image::{Image, ImageOptions, TarOptions, write_tar};
//! use guesthouse_vfs::{MemFs, Tree};
//!
//! # fn main() -> Result<(), Box<dyn std::error::Error>> {
//! // An archive from somewhere. `Image::open` takes a file or a directory of the host.
//! let somewhere = Tree::new(MemFs::new());
//! somewhere.build().file("srv/index.html", "<h1>Hello</h1>").finish()?;
//! let mut archive = Vec::new();
//! write_tar(&somewhere, "/", &mut archive, &TarOptions::default())?;
//!
//! let image = Image::from_bytes(archive.into(), &ImageOptions::new().memory_bytes(64 << 20))?;
//! for note in image.notes() {
//!     eprintln!("{note}");
//! }
//!
//! // One for each guest. Its contents are slices of the archive until they are written.
//! let guest = Tree::new(image.fork());
//! guest.write("srv/index.html", "<h1>Goodbye</h1>")?;
//! assert_eq!(Tree::new(image.fork()).read("srv/index.html")?, b"<h1>Hello</h1>");
//! assert_eq!(image.file_system().usage().private_bytes, 0);
//! # Ok(())
//! # }
//! ```
//!
//! # What can be read
//! | | |
//! |---|---|
//! | tar | as Unix V7, POSIX (ustar, pax) and GNU tar write it: long names, exact times, sparse files, hard links |
//! | tar.gz, tar.zst | one or several members or frames; unpacked into one buffer |
//! | zip | stored and deflated entries, also beyond 4 GiB |
//! | OCI image layout | a directory, or a tar archive, also compressed; layers with whiteouts, one image chosen by name and platform |
//! | `docker save` | old archives and new ones |
//! | a directory of the host | copied, without what leads out of it |
//!
//! [`Image`] says which of them something is by its contents.
//!
//! # What an image costs
//! The archive itself lies in one buffer, and what is stored in it as it is costs no copy. What is compressed costs its unpacked size, once.
//! [`ImageOptions::memory_bytes`] limits both, [`ImageOptions::limits`] what the tree may hold; both hold whatever sizes an archive claims. As long as one of its
//! files is in use, so is the whole buffer.
//!
//! # What an image may not do
//! Whatever a file holds, reading it ends in an image or in an [`ImageError`], of which nothing is left behind.
//!
//! | an entry | becomes |
//! |---|---|
//! | with `..` in its name, or as the target of a hard link | an error |
//! | with an absolute name | relative to the root, with a [`Note`] |
//! | whose name leads through a symbolic link | what it would in a chroot: the link is followed within the tree. If it leads out, nowhere or round in a circle: an error |
//! | that is a symbolic link | the link, wherever it points: the image's root is the root that its guests see |
//! | that is a hard link to nothing, or to a directory | an error |
//! | of a name that was there before | what replaces it, even a whole directory; only directories are merged. In a zip archive, an error |
//! | that is a device, a FIFO or of an unknown kind | left out, with a [`Note`] |
//! | with a part of its name above 255 bytes, or a name above 65,535 | an error |
//! | with a wrong checksum, length or digest, or cut short | an error |
//! | that has its name, its length or its holes from a global header of tar | an error |
//!
//! Mode bits are kept, all twelve, and so are times of modification to the nanosecond. Owners and extended attributes are not kept.
//!
//! # Features
//! `mmap` (off by default) adds `ImageOptions::map_file`, which maps archives instead of reading them. **A file that is cut short while it is mapped kills the process.**
#![deny(unsafe_code)]

mod error;
mod read;
mod write;

pub use error::{ImageError, ImageErrorKind};
pub use read::{Image, ImageConfig, ImageFormat, ImageOptions, Note, NoteKind, Platform};
pub use write::{
    LayerOptions, LayerReport, LayoutOptions, LayoutWriter, TarNote, TarNoteReason, TarOptions,
    TarReport, write_layer, write_tar,
};
