// SPDX-FileCopyrightText: dfxkit contributors
// SPDX-License-Identifier: MIT OR Apache-2.0
//! What can be wrong with a `.hwh`, and with a pair of them.

/// A file that is not a usable `.hwh`. Lines and columns count from 1, columns in characters.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum HwhError {
    /// Larger than any file that Vivado was seen to write.
    #[error("the file has {size} bytes; at most {limit} are read. Is this a .hwh?")]
    TooLarge {
        /// Bytes in the file.
        size: usize,
        /// The limit, [`crate::hwh::MAX_BYTES`].
        limit: usize,
    },
    /// Not text in UTF-8.
    #[error(
        "byte {offset} is not UTF-8: Vivado writes .hwh files in UTF-8. Was the file transferred as text?"
    )]
    NotUtf8 {
        /// Offset of the first bad byte.
        offset: usize,
    },
    /// Not well-formed XML; a truncated file ends up here.
    #[error(
        "line {line}, column {column}: not well-formed XML ({message}). A truncated copy looks like this"
    )]
    Xml {
        /// Line.
        line: u32,
        /// Column.
        column: u32,
        /// The XML parser's words.
        message: String,
    },
    /// XML, but of something else.
    #[error("the root element is <{root}>, expected <EDKSYSTEM>: this is not a .hwh")]
    NotHwh {
        /// Name of the root element.
        root: String,
    },
    /// An element or attribute that every file has is absent.
    #[error("line {line}: <{element}> has no {missing}")]
    Missing {
        /// Element.
        element: String,
        /// Attribute, or child element in angle brackets.
        missing: &'static str,
        /// Line.
        line: u32,
    },
    /// An attribute that should be a number is none.
    #[error("line {line}: {attribute}=\"{value}\" in <{element}> is not a number of at most 64 bits")]
    BadNumber {
        /// Element.
        element: String,
        /// Attribute or property name.
        attribute: String,
        /// Its text.
        value: String,
        /// Line.
        line: u32,
    },
    /// A memory range that ends before it begins.
    #[error("line {line}: the range of \"{instance}\" ends at {high:#x}, before its base {base:#x}")]
    BackwardRange {
        /// Instance in the range.
        instance: String,
        /// First address.
        base: u64,
        /// Last address.
        high: u64,
        /// Line.
        line: u32,
    },
    /// More of something than any real design has; what walks the model would take too long.
    #[error("line {line}: more than {limit} {what}. No real design has so many")]
    TooMany {
        /// What.
        what: &'static str,
        /// The limit.
        limit: usize,
        /// Line of the first one too many.
        line: u32,
    },
    /// Two modules claim one place in the hierarchy, so names would mean nothing.
    #[error("line {line}: module \"{full_name}\" appears twice")]
    DuplicateModule {
        /// Hierarchical name.
        full_name: String,
        /// Line of the second.
        line: u32,
    },
}

/// Why a reconfigurable module's addresses cannot be joined to a region. A refused module must not be given base 0:
/// on Zynq that is DDR, on ZynqMP a wrong access can hang the system.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum JoinError {
    /// The static has no module of that name.
    #[error("the static \"{design}\" has no region \"{wanted}\"; its partial regions: {}", list(known))]
    NoRegion {
        /// Design name of the static.
        design: String,
        /// What was asked for.
        wanted: String,
        /// Full names of the regions that exist.
        known: Vec<String>,
    },
    /// The module exists but nothing can be loaded into it.
    #[error(
        "\"{full_name}\" is no partial region (neither an RBD module nor a block design container with ENABLE_DFX); partial regions: {}",
        list(known)
    )]
    NotPartial {
        /// Full name.
        full_name: String,
        /// Full names of the regions that exist.
        known: Vec<String>,
    },
    /// Made for another device.
    #[error("the module is for device {actual}, the static for {expected}")]
    OtherDevice {
        /// Device and package of the static.
        expected: String,
        /// Device and package of the module.
        actual: String,
    },
    /// The module is reached through an interface that the region does not have in any memory map.
    #[error(
        "module \"{module}\" is reached through interface \"{interface}\", but no address map of the static leads to {region}/{interface}; mapped interfaces of the region: {}",
        list(known)
    )]
    NoAperture {
        /// Full name of the region.
        region: String,
        /// Instance inside the reconfigurable module.
        module: String,
        /// Interface that the module's map names.
        interface: String,
        /// Interfaces of the region with an aperture.
        known: Vec<String>,
    },
    /// Neither absolute inside the aperture nor an offset that fits.
    #[error(
        "module \"{module}\" at {base:#x}..={high:#x} does not fit the aperture {aperture_base:#x}..={aperture_high:#x} of interface \"{interface}\", neither as absolute addresses nor as offsets"
    )]
    DoesNotFit {
        /// Instance inside the reconfigurable module.
        module: String,
        /// Interface.
        interface: String,
        /// First address in the module's own map.
        base: u64,
        /// Last address in the module's own map.
        high: u64,
        /// First address of the aperture.
        aperture_base: u64,
        /// Last address of the aperture.
        aperture_high: u64,
    },
    /// Two blocks of the module would answer to one address.
    #[error("\"{first}\" and \"{second}\" overlap at {address:#x} after the join")]
    Overlap {
        /// First module.
        first: String,
        /// Second module.
        second: String,
        /// First shared address.
        address: u64,
    },
    /// Several places for one range, and the processor does not decide between them.
    #[error(
        "module \"{module}\" at {base:#x} of interface \"{interface}\" is seen at more than one address by the masters of the static; one file can hold only one"
    )]
    Ambiguous {
        /// Instance inside the reconfigurable module.
        module: String,
        /// Interface.
        interface: String,
        /// First address in the module's own map.
        base: u64,
    },
    /// The module's file cannot be read, or not be rewritten safely.
    #[error("the module's hand-off file cannot be rewritten: {message}")]
    Unreadable {
        /// Why.
        message: String,
    },
    /// The module's memory map names an instance that the file does not describe.
    #[error("the module's memory map names instance \"{instance}\", which the file does not describe")]
    UnknownInstance {
        /// Instance.
        instance: String,
    },
}

fn list(names: &[String]) -> String {
    if names.is_empty() { "none".to_owned() } else { names.join(", ") }
}
