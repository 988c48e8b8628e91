use crate::{Backend, cases};

/// Makes a `#[test]` of every case of the kit for a [`Backend`], in a module for each file of cases.
#[macro_export]
macro_rules! conformance {
    ($backend:ty) => {
        $crate::conformance_of_posix!($backend);
        $crate::instantiate! { run $backend;
            contract cases_of_contract,
            sandbox cases_of_sandbox
        }
    };
}

/// As [`conformance!`], without the cases that go beyond POSIX: those that need a tree that cannot be left, and those that only our interface has.
///
/// It is for something like the system calls of a host.
#[macro_export]
macro_rules! conformance_of_posix {
    ($backend:ty) => {
        $crate::posix_files! { run $backend }

        #[test]
        fn deviations_name_cases() {
            $crate::check_deviations::<$backend>();
        }
    };
}

/// Makes the tests of a read-only view of a filesystem, for a [`Backend`] whose fixtures prepare the tree directly and run the script through the view.
///
/// There is a test for each case about read-only views, and one for each other case, in the module `unchanged`: its script may
/// fail wherever it likes, but no call in it that would change something may succeed, and the tree and its metadata must be what they were.
#[macro_export]
macro_rules! read_only_conformance {
    ($backend:ty) => {
        $crate::instantiate! { run $backend;
            read_only cases_of_read_only
        }

        mod unchanged {
            #[allow(unused_imports, reason = "the backend may be named by its full path")]
            use super::*;

            $crate::posix_files! { run_read_only $backend }
            $crate::instantiate! { run_read_only $backend;
                contract cases_of_contract,
                sandbox cases_of_sandbox
            }
        }
    };
}

/// Makes the tests of a filesystem with limits, for a [`Backend`] whose fixtures hold no more than [`LIMITS`](crate::cases::limits::LIMITS).
///
/// The nodes and names of the fixture's own, such as the root, count: an empty filesystem has one node and no names.
#[macro_export]
macro_rules! limits_conformance {
    ($backend:ty) => {
        $crate::instantiate! { run $backend;
            limits cases_of_limits
        }
    };
}

#[doc(hidden)]
#[macro_export]
macro_rules! posix_files {
    ($run:ident $backend:ty) => {
        $crate::instantiate! { $run $backend;
            create cases_of_create,
            open_dirs cases_of_open_dirs,
            hard_links cases_of_hard_links,
            pages cases_of_pages,
            blocks cases_of_blocks,
            open_flags cases_of_open_flags,
            links_on_the_way cases_of_links_on_the_way,
            replacing cases_of_replacing,
            open cases_of_open,
            mkdir cases_of_mkdir,
            rmdir cases_of_rmdir,
            unlink cases_of_unlink,
            link cases_of_link,
            symlink cases_of_symlink,
            rename cases_of_rename,
            rename_dir cases_of_rename_dir,
            read cases_of_read,
            write cases_of_write,
            append cases_of_append,
            truncate cases_of_truncate,
            sparse cases_of_sparse,
            readdir cases_of_readdir,
            metadata cases_of_metadata,
            times cases_of_times,
            mode cases_of_mode,
            paths cases_of_paths,
            trailing_slash cases_of_trailing_slash,
            names cases_of_names,
            deep_trees cases_of_deep_trees,
            handles cases_of_handles,
            error_order cases_of_error_order,
            taken_again cases_of_taken_again,
            moved cases_of_moved,
            far_offsets cases_of_far_offsets,
            buffers cases_of_buffers,
            listed_changes cases_of_listed_changes,
            spellings cases_of_spellings,
            long_paths cases_of_long_paths,
            dates cases_of_dates,
            bits cases_of_bits,
            crowds cases_of_crowds,
            access cases_of_access,
            shared cases_of_shared,
            through cases_of_through,
            same_directory cases_of_same_directory
        }
    };
}

#[doc(hidden)]
#[macro_export]
macro_rules! instantiate {
    ($run:ident $backend:ty; $($file:ident $cases:ident),*) => {
        $(
            mod $file {
                #[allow(unused_imports, reason = "the backend may be named by its full path")]
                use super::*;

                $crate::$cases!($run, $backend);
            }
        )*
    };
}

/// Checks that every deviation that a backend declares names a case of the kit.
///
/// # Panics
/// If one does not.
pub fn check_deviations<B: Backend>() {
    for deviation in B::deviations() {
        let mut all = cases::ALL.iter().flat_map(|cases| cases.iter());
        assert!(
            all.any(|case| deviation.covers(case)),
            "there is no case {}",
            deviation.case
        );
    }
}
