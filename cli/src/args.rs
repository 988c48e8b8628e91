use std::ffi::OsString;
use std::net::SocketAddr;
use std::path::Path;
use std::time::Duration;

use bytesize::ByteSize;
use clap::{Args, Parser, Subcommand, ValueHint};
use clap_complete::Shell;

use crate::changes::ChangesReport;
use crate::mount_spec::{CopyOut, DirMount, ImageMount, OverlayMount, Preopen, TmpMount};
use crate::save::Save;

/// Runs WebAssembly guests on a filesystem that you compose from memory and host directories.
#[derive(Debug, Parser)]
#[command(
    name = "guesthouse",
    version,
    propagate_version = true,
    arg_required_else_help = true
)]
pub(crate) struct Cli {
    #[command(subcommand)]
    pub(crate) command: Command,
}

#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    Run(Box<RunArgs>),
    /// Print a completion script for a shell
    Completions {
        /// The shell
        shell: Shell,
    },
    /// Print the manual page, in troff
    Man,
}

const RUN_EXAMPLES: &str = "\
Examples:
  guesthouse run tour.wasm
      Run a guest in memory: it can write files, and nothing of this machine is in reach.
  guesthouse run --dir . ls.wasm -l
      The current directory is the guest's /, in place.
  guesthouse run --dir src::/src::ro --copy-out /out::./out build.wasm
      Read sources from the host, collect the output in memory, and write it out at the end.
  guesthouse run --copy lib::/usr/lib --tmp /work::64MiB --timeout 10s app.wasm
      Load a tree into memory, give scratch space with a limit, and stop after ten seconds.
  guesthouse run --image python.tar::/ --image site.zip::/srv::ro --tmp /tmp python.wasm /srv/app.py
      An archive is the guest's root, another holds what it serves; it can change the first, in memory only.
  guesthouse run --overlay patches:base.tar.gz::/app --changes --save /app::patched.tar.gz build.wasm
      A directory over an archive; at the end, list what the guest changed and keep the result.
  guesthouse run --trace guest.wasm 2>trace.txt
      Write down every call that the guest makes.

Exit status:
  0 to 255 as the guest says (larger codes become 1); 134 for a trap; 2 for a usage error; 1 for everything else.";

/// Run a guest: a WebAssembly module that is a WASI preview1 command or reactor
///
/// Unless it is told otherwise, the guest sees an empty filesystem in memory with /tmp and /dev; nothing of this machine is in reach. Mounts
/// combine at any depth in one tree, which the guest gets as its one preopened directory /. A relative GUEST path starts at /, the guest's working directory.
#[derive(Debug, Args)]
#[command(after_help = RUN_EXAMPLES, arg_required_else_help = true)]
pub(crate) struct RunArgs {
    /// The guest, a .wasm or .wat file, and its own arguments; options of guesthouse come before it
    // One list, so that everything after the guest is the guest's, whatever it looks like.
    #[arg(
        value_names = ["GUEST", "ARGS"],
        required = true,
        num_args = 1..,
        trailing_var_arg = true,
        value_hint = ValueHint::FilePath
    )]
    command_line: Vec<OsString>,

    #[command(flatten)]
    pub(crate) mounts: MountArgs,

    #[command(flatten)]
    pub(crate) program: ProgramArgs,

    #[command(flatten)]
    pub(crate) limits: LimitArgs,

    #[command(flatten)]
    pub(crate) report: ReportArgs,
}

impl RunArgs {
    /// The guest's file.
    pub(crate) fn guest(&self) -> &Path {
        self.command_line.first().map_or(Path::new(""), Path::new)
    }

    /// The guest's own arguments, without its name.
    pub(crate) fn guest_args(&self) -> &[OsString] {
        self.command_line.get(1..).unwrap_or_default()
    }
}

#[derive(Debug, Args)]
#[command(next_help_heading = "Filesystem")]
pub(crate) struct MountArgs {
    /// Mount a host directory in place: at GUEST, or under its own name; `ro` makes it read-only
    #[arg(long = "dir", value_name = "HOST[::GUEST[::ro]]", value_hint = ValueHint::DirPath)]
    pub(crate) dirs: Vec<DirMount>,

    /// Load a host directory into memory at GUEST; what the guest changes there stays in memory
    #[arg(long = "copy", value_name = "HOST::GUEST[::ro]", value_hint = ValueHint::DirPath)]
    pub(crate) copies: Vec<DirMount>,

    /// Mount an empty memory filesystem at GUEST, with a limit of its own on its contents
    #[arg(long = "tmp", value_name = "GUEST[::SIZE]")]
    pub(crate) tmps: Vec<TmpMount>,

    /// Load an image into memory at GUEST; what the guest changes there is its own and gone after the run
    ///
    /// FILE is a tar, tar.gz, tar.zst or zip archive, an OCI image layout, a `docker save` archive, or a host directory. Mode bits, times and links are kept; what an archive must not do
    /// (names that lead out, devices) is refused or left out, and said. `fork` is the default: a private writable copy in memory, made without copying; `ro` makes it read-only. The same FILE at several
    /// places is loaded once. --fs-bytes limits what the guest writes, not what the image holds; --fs-nodes counts what it holds as well.
    ///
    /// An image at / is the guest's root as it is, with its own /tmp or none (`--tmp /tmp` gives one), and with the devices at /dev, which hide what it has there, as in a container; --bare leaves them out. The
    /// settings in a container image (Env, Entrypoint, WorkingDir) are not used.
    #[arg(long = "image", value_name = "FILE::GUEST[::ro|::fork]", value_hint = ValueHint::AnyPath)]
    pub(crate) images: Vec<ImageMount>,

    /// Map the archives of --image and --overlay into memory instead of reading them
    ///
    /// What the guest does not read is then never loaded. Nobody may write to a mapped file or cut it short until the guest has ended: cutting it short kills this process.
    #[arg(long)]
    pub(crate) image_mmap: bool,

    /// Show several directories and images as one at GUEST, the leftmost on top; what the guest changes stays in memory
    ///
    /// LOWER is a host directory, which is read in place and never changed, or whatever --image takes. Names on top hide those below, and directories are merged. A colon in a name is written `\:`, also
    /// that of a Windows drive: `C\:\base:C\:\site::/`. `ro` makes it read-only. At / it is the guest's root, as with --image.
    #[arg(long = "overlay", value_name = "LOWER[:LOWER...]::GUEST[::ro]", value_hint = ValueHint::AnyPath)]
    pub(crate) overlays: Vec<OverlayMount>,

    /// Preopen a host directory as a further directory of exactly this name, outside the tree
    #[arg(long = "preopen", value_name = "HOST::NAME[::ro]", value_hint = ValueHint::DirPath)]
    pub(crate) preopens: Vec<Preopen>,

    /// Leave out /tmp and /dev
    #[arg(long)]
    pub(crate) bare: bool,

    /// Preopen no tree at all: the guest gets what --preopen and --listen give, or no files
    #[arg(long, conflicts_with_all = ["dirs", "copies", "tmps", "images", "image_mmap", "overlays", "copy_outs", "saves", "bare", "changes"])]
    pub(crate) no_root: bool,

    /// After the run, write the guest's tree at GUEST to the host directory HOST, whatever the exit code
    #[arg(long = "copy-out", value_name = "GUEST::HOST")]
    pub(crate) copy_outs: Vec<CopyOut>,

    /// After the run, write the file or directory GUEST to an archive (.tar, .tar.gz or .tgz), whatever the exit code
    ///
    /// FILE is written under another name beside it and renamed when it is complete, so that a failure leaves no half of it. --image reads it again.
    #[arg(long = "save", value_name = "GUEST::FILE", value_hint = ValueHint::FilePath)]
    pub(crate) saves: Vec<Save>,
}

#[derive(Debug, Args)]
#[command(next_help_heading = "Program")]
pub(crate) struct ProgramArgs {
    /// Set an environment variable, or hand on this process's own
    #[arg(long = "env", value_name = "NAME[=VALUE]")]
    pub(crate) env: Vec<String>,

    /// What the guest sees as its own name, its argument 0; the file's name unless given
    #[arg(long, value_name = "NAME")]
    pub(crate) argv0: Option<String>,

    /// Call this exported function, with ARGS as its numbers, instead of _start; its results are printed
    #[arg(long, value_name = "FUNCTION")]
    pub(crate) invoke: Option<String>,

    /// Listen on this TCP address and hand the listener to the guest, as its next descriptor after the preopens
    #[arg(long = "listen", value_name = "ADDR")]
    pub(crate) listen: Vec<SocketAddr>,
}

#[derive(Debug, Args)]
#[command(next_help_heading = "Limits")]
pub(crate) struct LimitArgs {
    /// The most bytes that files may hold in the memory filesystem (such as 64MiB or 1GB)
    #[arg(long, value_name = "SIZE")]
    pub(crate) fs_bytes: Option<ByteSize>,

    /// The most files, directories and links in the memory filesystem
    #[arg(long, value_name = "COUNT")]
    pub(crate) fs_nodes: Option<u64>,

    /// The most memory that the guest may have: all its linear memories and tables
    #[arg(long, value_name = "SIZE")]
    pub(crate) max_memory: Option<ByteSize>,

    /// End the guest after this time, whether it computes or waits (such as 500ms, 10s or 2m)
    #[arg(long, value_name = "TIME", value_parser = humantime::parse_duration)]
    pub(crate) timeout: Option<Duration>,

    /// End the guest after about this many instructions
    #[arg(long, value_name = "COUNT")]
    pub(crate) fuel: Option<u64>,
}

#[derive(Debug, Args)]
#[command(next_help_heading = "Reports")]
pub(crate) struct ReportArgs {
    /// After the run, print what the guest did: calls, bytes, time, and the peaks of memory
    #[arg(long)]
    pub(crate) stats: bool,

    /// After the run, list what the guest changed: created, modified, renamed, removed; FORMAT is `list` or `json`
    ///
    /// It covers all that is in memory and in overlays, whatever the exit code, against the state in which the guest found it. Host directories mounted in place and preopens are not covered, and named as such if they are
    /// writable. It goes to standard error, or to FILE, as in `--changes=json:changes.json`, which is written as --save writes.
    ///
    /// JSON is one object: `changes`, an array sorted by path, and `not_tracked`, the places that are not covered. A change has `path`, `type` (file, directory, symlink), `change` (created, modified, renamed,
    /// removed), and `from` if renamed or `modified` (an array of contents, mode, times). A path that is not UTF-8 is in `path_bytes` or `from_bytes` instead, an array of numbers. The list leaves out
    /// directories in which just names came and went, and quotes paths with spaces or what is not printable in them.
    #[arg(
        long,
        value_name = "FORMAT[:FILE]",
        num_args = 0..=1,
        require_equals = true,
        default_missing_value = "list"
    )]
    pub(crate) changes: Option<ChangesReport>,

    /// Print each call of the guest as it happens, with its arguments and result
    #[arg(long)]
    pub(crate) trace: bool,
}
