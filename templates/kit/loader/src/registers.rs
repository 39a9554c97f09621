//! The registers that the hand-off files list, at their absolute addresses.
//!
//! | | |
//! |---|---|
//! | `fixed` | IP of the static |
//! | a module for each partition, in it one for each of its modules | IP of that module |
//!
//! In each: `open`, which gives the window; a module for each IP with `BASE`, `HIGH`, its registers as constants, and for each register
//! with fields a module of them. Registers that hang together over more than 32 bits, that lie outside of the IP's range or that a
//! parameter switches off are left out.
{% for scope in scopes %}
/// {{ scope.doc }}
pub mod {{ scope.name }} {
{% for m in scope.modules %}{% if m.name %}    /// {{ m.doc }}
    pub mod {{ m.name }} {
{% endif %}    /// The owner of these registers.
    #[derive(Debug)]
    pub enum Here {}

    /// The right to use them.
    ///
    /// # Errors
    /// [`AccessError`](crate::access::AccessError): {{ m.when }}.
    pub fn open<M: dfxkit_loader::FpgaManager, R: dfxkit_loader::Registers>(
        loader: &mut dfxkit_loader::Loader<M, R>,
    ) -> Result<crate::access::Window<'_, R, Here>, crate::access::AccessError> {
        crate::access::Window::{{ m.open }}
    }
{% for b in m.blocks %}
    /// {{ b.doc }}
    pub mod {{ b.name }} {
        #[allow(unused_imports, reason = "IP may list no register")]
        use crate::access::{Field, ReadOnly, ReadWrite, Register, WriteOnly};

        /// First address.
        pub const BASE: u64 = {{ b.base }};
        /// Last address.
        pub const HIGH: u64 = {{ b.high }};
{% for r in b.registers %}        /// {{ r.doc }}
        pub const {{ r.name }}: Register<super::Here, {{ r.access }}> = Register::new({{ r.address }});
{% endfor %}{% for r in b.registers %}{% if r.fields %}        /// Fields of {{ r.doc }}
        pub mod {{ r.module }} {
            #[allow(unused_imports, reason = "not every register has every right")]
            use super::{Field, ReadOnly, ReadWrite, WriteOnly};
{% for f in r.fields %}            /// {{ f.doc }}
            pub const {{ f.name }}: Field<super::super::Here, {{ f.access }}> = Field::new({{ r.address }}, {{ f.shift }}, {{ f.bits }});
{% endfor %}        }
{% endif %}{% endfor %}    }
{% endfor %}{% if m.name %}    }
{% endif %}{% endfor %}}
{% endfor %}
