use super::to_u64;
use crate::mem_fs::chunk_pool::PAGE;
use crate::mem_fs::limits::{Charge, Storage};

/// What is charged for one file, for its filesystem's meters and for itself.
#[derive(Clone, Default)]
pub(super) struct Ledger {
    /// Who was charged `charged.private`; for everybody else it is 0.
    owner: u32,
    charged: Charge,
    /// Charged already and not used yet.
    reserve: Charge,
}

impl Ledger {
    pub(super) fn charged(&self, owner: u32) -> Charge {
        Charge {
            private: if self.owner == owner {
                self.charged.private
            } else {
                0
            },
            logical: self.charged.logical,
        }
    }

    /// Begins to charge this filesystem, which may have inherited the file.
    pub(super) fn begin(&mut self, storage: &Storage) {
        self.charged = self.charged(storage.owner);
        self.owner = storage.owner;
    }

    pub(super) fn charge(&mut self, storage: &Storage, private: usize, logical: usize) -> bool {
        let wanted = Charge {
            private: to_u64(private),
            logical: to_u64(logical),
        };
        if wanted.private <= self.reserve.private && wanted.logical <= self.reserve.logical {
            self.reserve = self.reserve.minus(wanted);
        } else if storage.charge(wanted).is_err() {
            return false;
        }
        self.charged = self.charged.plus(wanted);
        true
    }

    pub(super) fn refund(&mut self, storage: &Storage, charge: Charge) {
        storage.refund(charge);
        self.charged = self.charged.minus(charge);
    }

    /// Charges for what is to be allocated next, so that it cannot fail halfway.
    pub(super) fn reserve(&mut self, storage: &Storage, bytes: u64) -> bool {
        let wanted = Charge {
            private: bytes,
            logical: bytes,
        };
        let reserved = storage.charge(wanted).is_ok();
        if reserved {
            self.reserve = wanted;
        }
        reserved
    }

    /// Takes over what was charged for a smaller form of the same contents and charges what lacks for a page, which is allocated next.
    pub(super) fn adopt(&mut self, storage: &Storage, old: Charge) -> bool {
        self.reserve = Charge {
            private: to_u64(PAGE),
            logical: to_u64(PAGE),
        };
        let adopted = storage.charge(self.reserve.minus(old)).is_ok();
        if !adopted {
            self.reserve = Charge::default();
        }
        adopted
    }

    /// Gives back what was reserved and not used.
    pub(super) fn release(&mut self, storage: &Storage) {
        storage.refund(self.reserve);
        self.reserve = Charge::default();
    }
}
