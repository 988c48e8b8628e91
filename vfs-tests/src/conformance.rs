use crate::{Backend, cases};

/// Makes a `#[test]` of every case of the kit for a [`Backend`], in a module for each file of cases.
#[macro_export]
macro_rules! conformance {
    (@files $backend:ty; $($file:ident $cases:ident),*) => {
        $(
            mod $file {
                #[allow(unused_imports, reason = "the backend may be named by its full path")]
                use super::*;

                $crate::$cases!($backend);
            }
        )*
    };
    ($backend:ty) => {
        $crate::conformance_of_posix!($backend);
        $crate::conformance! { @files $backend;
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
        $crate::conformance! { @files $backend;
            create cases_of_create,
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
            error_order cases_of_error_order
        }

        #[test]
        fn deviations_name_cases() {
            $crate::check_deviations::<$backend>();
        }
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
