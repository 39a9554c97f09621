//! {{ title }}, as Rust.
//!
{% if simulated %}//! **SIMULATED**: the images of this kit were made by a stand-in and configure no device.
//!
{% endif %}//! Written by dfxkit {{ dfxkit }}. The digests are those of the images beside this crate: the loader refuses any other.
//!
//! | partition | modules |
//! |---|---|
{% for p in partitions %}//! | [`partition::{{ p.ty }}`] | {{ p.list }} |
{% endfor %}//!
//! ```no_run
//! # fn main() -> Result<(), Box<dyn std::error::Error>> {
{% for l in example_lines %}//! {{ l }}
{% endfor %}//! # Ok(())
//! # }
//! ```
#![forbid(unsafe_code)]
#![warn(missing_docs)]
#![allow(non_camel_case_types, reason = "modules keep their names as far as Rust allows")]

use std::path::Path;
#[allow(unused_imports, reason = "a kit may have no reset and no id register")]
use std::time::Duration;

pub use dfxkit_loader as loader;
/// The partitions, by the name that reads best where one is used: `kit::Partition::X.load(..)`.
pub use partition as Partition;

pub mod access;
pub mod registers;

#[allow(unused_imports, reason = "a kit may have no partition or no isolation")]
use dfxkit_loader::{
    Blob, FpgaManager, Image, ImageKind, Isolation, IsolationKind, Kit, Loader, Module, Options, Probe, Registers, Reset,
    digest,
};

/// SHA-256 of the configuration data of the static that every partial image here belongs to.
pub const STATIC_ID: [u8; 32] = digest({{ static_id }});

/// The kit.
pub static KIT: Kit = Kit {
    name: {{ name }},
    version: {{ version }},
    simulated: {{ simulated }},
    verdict: {{ verdict }},
    part: {{ part }},
    idcode: {{ idcode }},
    needs_clear: {{ needs_clear }},
    static_id: STATIC_ID,
    full: {{ full }},
    partitions: &[
{% for p in partitions %}        loader::Partition {
            name: {{ p.name }},
            cell: {{ p.cell }},
            frames: &[{{ p.frames }}],
            isolation: &[{{ p.isolation }}],
            reset: {{ p.reset }},
            power_up: {{ p.power_up }},
            modules: &[
{% for m in p.modules %}                Module {
                    name: {{ m.name }},
                    greybox: {{ m.greybox }},
                    image: {{ m.image }},
                    clear: {{ m.clear }},
                    id: {{ m.id }},
                    overlay: {{ m.overlay }},
                },
{% endfor %}            ],
        },
{% endfor %}    ],
};

/// A loader for this kit, whose files are below `kit_dir`. The journal is kept below `root`, which is `/` on a target.
pub fn open<M: FpgaManager, R: Registers>(
    kit_dir: &Path,
    root: &Path,
    manager: M,
    registers: R,
    options: Options,
) -> Loader<M, R> {
    Loader::new(&KIT, kit_dir, root, manager, registers, options)
}

const fn image(path: &'static str, size: u64, sha256: &str, kind: ImageKind) -> Image {
    Image { path, size, sha256: digest(sha256), kind, static_id: STATIC_ID }
}

/// The partitions, each with the function that loads it.
pub mod partition {
    #[allow(unused_imports, reason = "a kit may have no partition")]
    use dfxkit_loader::{FpgaManager, LoadFailure, Loader, Outcome, Registers};
{% for p in partitions %}
    /// Partition `{{ p.doc }}`.
    #[derive(Debug, Clone, Copy, PartialEq, Eq)]
    pub struct {{ p.ty }};

    impl {{ p.ty }} {
        /// Name in the kit.
        pub const NAME: &'static str = {{ p.name }};

        /// Puts a module of this partition into it.
        ///
        /// # Errors
        /// [`LoadFailure`], which tells whether the partition was touched.
        pub fn load<M: FpgaManager, R: Registers>(
            self,
            loader: &mut Loader<M, R>,
            module: super::{{ p.module }}::Module,
        ) -> Result<Outcome, LoadFailure> {
            loader.swap(Self::NAME, module.name())
        }
    }
{% endfor %}}
{% for p in partitions %}
/// Modules of partition `{{ p.doc }}`.
pub mod {{ p.module }} {
    /// A module that fits partition `{{ p.doc }}`.
    #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
    pub enum Module {
{% for m in p.modules %}        /// `{{ m.doc }}`
        {{ m.ty }},
{% endfor %}    }

    impl Module {
        /// All of them.
        pub const ALL: [Self; {{ p.count }}] = [{{ p.all }}];

        /// Name in the kit.
        pub const fn name(self) -> &'static str {
            match self {
{% for m in p.modules %}                Self::{{ m.ty }} => {{ m.name }},
{% endfor %}            }
        }
    }
}
{% endfor %}
